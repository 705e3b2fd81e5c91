"""Which strategies survive when merchants imitate success: replicator dynamics of a payoff matrix.

    share_i' = share_i · (payoff_i − mean payoff),   payoff = matrix · shares

Source: Taylor & Jonker (1978); Hofbauer & Sigmund (1998), Evolutionary Games and Population
Dynamics, chapter 7. Logarithms of shares are integrated, so shares stay positive and sum to 1.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from sim.study.tables import Array

STEPS = 4_000
TIME = 200.0
"""Length of the dynamics, in units of one over the matrix's range: long after the dust settles."""

ALIVE = 0.01
"""A strategy survives if at least this share of merchants follows it, on average over the last half
of the time (shares may cycle for ever)."""

_SAME = 1e-9


class RestPoint(NamedTuple):
    """Shares at which nothing moves, and whether they return after a small push."""

    shares: Array
    stable: bool


def dynamics(payoff: Array, start: Array, *, time: float = TIME, steps: int = STEPS) -> Array:
    """Return shares over time, (steps + 1, ..., K); strategies with share 0 stay at 0.

    Args:
        payoff: (..., K, K); row: who earns, column: whom it meets. Several games go side by side.
        start: shares at the beginning, (K,); they are divided by their sum.
        time: in units of one over the range of ``payoff``: its scale and level do not matter.
        steps: of the classical Runge-Kutta method.
    """
    a = _scaled(payoff)
    begin = np.broadcast_to(np.asarray(start, np.float64) / np.sum(start), a.shape[:-1])
    with np.errstate(divide="ignore"):
        u = np.log(begin)
    h = time / steps

    def earned(u: Array) -> Array:
        return np.asarray((a @ _shares(u)[..., None])[..., 0])

    out = np.empty((steps + 1, *u.shape))
    out[0] = begin
    for step in range(1, steps + 1):
        k1 = earned(u)
        k2 = earned(u + h / 2 * k1)
        k3 = earned(u + h / 2 * k2)
        k4 = earned(u + h * k3)
        u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        u -= u.max(axis=-1, keepdims=True)
        out[step] = _shares(u)
    return out


def survivors(path: Array) -> Array:
    """Return which strategies survive, bool (..., K): mean share of the last half of the time at
    least ``ALIVE``."""
    half: Array = path[len(path) // 2 :].mean(axis=0) >= ALIVE
    return half


def rest_points(payoff: Array) -> list[RestPoint]:
    """Return every isolated rest point, by trying all sets of strategies; few strategies only."""
    a = np.asarray(payoff, np.float64)
    n = len(a)
    found = []
    for size in range(1, n + 1):
        for support in combinations(range(n), size):
            shares = _inside(a, list(support))
            if shares is not None:
                found.append(RestPoint(shares, _stable(a, shares)))
    return found


def _inside(a: Array, support: list[int]) -> Array | None:
    """Solve for equal payoffs among ``support``; None if that has no solution with all present."""
    k = len(support)
    system = np.zeros((k + 1, k + 1))
    system[:k, :k] = a[np.ix_(support, support)]
    system[:k, k] = -1
    system[k, :k] = 1
    if np.linalg.matrix_rank(system) <= k:
        return None
    solved = np.linalg.solve(system, np.append(np.zeros(k), 1.0))[:k]
    if np.any(solved <= _SAME):
        return None
    shares = np.zeros(len(a))
    shares[support] = solved
    return shares


def _stable(a: Array, x: Array) -> bool:
    """Whether all eigenvalues of the flow on the simplex have negative real parts."""
    n = len(x)
    if n == 1:
        return True
    f = a @ x
    jacobian = np.diag(f - x @ f) + x[:, None] * (a - (f + x @ a)[None, :])
    # A basis of the directions in which shares can move: they sum to 0.
    basis = np.linalg.qr(np.eye(n)[:, 1:] - np.eye(n)[:, :1])[0]
    moved = np.linalg.eigvals(basis.T @ jacobian @ basis)
    return bool(np.all(moved.real < -_SAME * max(1.0, float(np.abs(a).max()))))


def _scaled(payoff: Array) -> Array:
    a = np.asarray(payoff, np.float64)
    low = a.min(axis=(-2, -1), keepdims=True)
    span = a.max(axis=(-2, -1), keepdims=True) - low
    return np.asarray((a - low) / np.where(span > 0, span, 1.0))


def _shares(u: Array) -> Array:
    grown: Array = np.exp(u - u.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))
