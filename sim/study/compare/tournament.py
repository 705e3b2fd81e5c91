"""Every strategy against every mix of the others: a payoff matrix, and what imitation makes of it.

A tournament fills one market with so many merchants and divides them among the strategies in every
possible way. What a merchant of a strategy earns in a mix is then described by a matrix game,

    payoff_i(mix) = Σ_j matrix[i, j] · share_j        (least squares over all mixes with i in them)

whose fit is told beside it: a market is not a matrix game, and where the fit is poor the dynamics
say little. Replicator dynamics of the matrix tell who survives; resampling seeds tells how sure
that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from sim.study.compare.replicator import RestPoint, dynamics, rest_points, survivors
from sim.study.tables import Array

RESAMPLES = 1_000
_QUICK = 1_000
"""Steps of the dynamics of a resample, of which only the survivors are read."""


@dataclass(frozen=True)
class Tournament:
    """What a tournament found. K strategies, M mixes, S seeds.

    strategies: names. mixes: int[M, K] merchants. payoffs: float[M, K, S] mean payoff of a merchant
    in the metric's unit, NaN where the strategy is absent or the trial failed. matrix: float[K, K].
    low, high: the ends of its 95 % intervals. fit: share of the variance between mixes that the
    matrix explains (R², 1 is all of it, NaN if nothing varies). path: shares over time from equal
    shares. alive: bool[K]. survival: float[K], share of resamples in which a strategy survives.
    rest: rest points of the matrix.
    """

    strategies: tuple[str, ...]
    mixes: Array
    payoffs: Array
    matrix: Array
    low: Array
    high: Array
    fit: float
    path: Array
    alive: Array
    survival: Array
    rest: tuple[RestPoint, ...]


def mixes(strategies: int, merchants: int) -> Array:
    """Return every division of ``merchants`` among so many strategies, int[M, K], none twice."""
    rows = []
    for bars in combinations(range(merchants + strategies - 1), strategies - 1):
        edges = [-1, *bars, merchants + strategies - 1]
        rows.append([right - left - 1 for left, right in pairwise(edges)])
    return np.array(rows[::-1], np.int64)


def matrix_of(counts: Array, payoffs: Array) -> tuple[Array, float]:
    """Return the payoff matrix that describes payoffs best, and R².

    Args:
        counts: int[M, K], merchants of each strategy in each mix.
        payoffs: float[M, K], mean payoff of each strategy in each mix; NaN where it has none.
    """
    shares = counts / counts.sum(axis=1, keepdims=True)
    k = counts.shape[1]
    matrix = np.full((k, k), np.nan)
    left, whole = 0.0, 0.0
    for i in range(k):
        there = np.isfinite(payoffs[:, i])
        if not there.any():
            continue
        x, y = shares[there], payoffs[there, i]
        matrix[i] = np.linalg.lstsq(x, y, rcond=None)[0]
        left += float(np.sum((y - x @ matrix[i]) ** 2))
        whole += float(np.sum((y - y.mean()) ** 2))
    return matrix, 1 - left / whole if whole > 0 else float("nan")


def play(strategies: Sequence[str], counts: Array, payoffs: Array) -> Tournament:
    """Evaluate a tournament from its payoffs, float[M, K, S].

    A strategy without any payoff at all makes the matrix, and so everything, NaN in its row.
    """
    k = len(strategies)
    matrix, fit = matrix_of(counts, _mean(payoffs))
    path = dynamics(matrix, np.ones(k))
    seeds = payoffs.shape[2]
    # Seeds are drawn whole: mixes that share a seed share its luck.
    picks = np.random.default_rng(seeds).integers(0, seeds, (RESAMPLES, seeds))
    again = np.array([matrix_of(counts, _mean(payoffs[:, :, pick]))[0] for pick in picks])
    low, high = np.quantile(again, (0.025, 0.975), axis=0)
    alive = survivors(dynamics(again, np.ones(k), steps=_QUICK))
    return Tournament(
        tuple(strategies),
        counts,
        payoffs,
        matrix,
        low,
        high,
        fit,
        path,
        survivors(path),
        alive.mean(axis=0),
        tuple(rest_points(matrix)),
    )


def _mean(payoffs: Array) -> Array:
    """Mean over seeds, NaN where there is none; without numpy's warning about it."""
    known = np.isfinite(payoffs)
    number = known.sum(axis=2)
    total = np.where(known, payoffs, 0.0).sum(axis=2)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
