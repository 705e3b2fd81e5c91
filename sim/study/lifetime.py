"""What customers are worth who come back: measures of cohorts, and the curve that cohorts fade by.

The shifted beta-geometric curve: each customer leaves with a chance of their own at every renewal,
the chances being Beta(alpha, beta); then survival is S(0) = 1, S(t) = S(t-1) (beta + t - 1) /
(alpha + beta + t - 1), and who has stayed longer stays surer (Fader & Hardie 2007, "How to project
customer retention").
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.study.formulas import measure, over
from sim.study.tables import Array

STEPS = 25
"""Points of the search grid along each axis."""

WIDEST = 9.0
"""Ends of the grid on logit and log scale: chances from 0.0001 to 0.9999."""

STARTS, ROUNDS = 6, 100
"""Grid points from which the curve is fitted, and steps of a fit at most."""


def survival(alpha: Array | float, beta: Array | float, length: int) -> Array:
    """Return S(0), S(1), ..., ``length`` values along the last axis."""
    a, b = np.asarray(alpha, np.float64)[..., None], np.asarray(beta, np.float64)[..., None]
    t = np.arange(1, max(length, 1))
    kept = np.cumprod((b + t - 1) / (a + b + t - 1), axis=-1)
    return np.concatenate([np.ones_like(a), kept], axis=-1)[..., :length]


def fitted(values: Array, weights: Array) -> tuple[float, float, float]:
    """Return (level, alpha, beta) of the curve level x S(t) nearest to ``values``, t = 0, 1, ...,
    by weighted least squares.

    The level follows from the curve. Mean a / (a + b) and sum a + b of the chances to leave are
    looked for on a grid, and from its best points on by Levenberg and Marquardt's method, which
    finds its way along the long bent valleys of this error.
    """
    values, weights = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    axis = np.linspace(-WIDEST, WIDEST, STEPS)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    off, _ = _off(grid.reshape(-1, 2), values, weights)
    error = (off**2).sum(axis=1).reshape(STEPS, STEPS)
    # The best point of every row: whatever the mean chance is, a valley that begins there.
    sums = error.argmin(axis=1)
    rows = np.argsort(error[np.arange(STEPS), sums], kind="stable")[:STARTS]
    ends = [_downhill(grid[n, sums[n]], values, weights) for n in rows]
    at = min(ends, key=lambda end: end[0])[1]
    level = float(_off(at[None], values, weights)[1][0])
    alpha, beta = _chances(at)
    return level, float(alpha), float(beta)


def _chances(at: Array) -> tuple[Array, Array]:
    """Return alpha and beta of points [..., 2]: logit of their mean, log of their sum."""
    mean, total = 1.0 / (1.0 + np.exp(-at[..., 0])), np.exp(at[..., 1])
    return mean * total, (1.0 - mean) * total


def _off(at: Array, values: Array, weights: Array) -> tuple[Array, Array]:
    """Return weighted errors [k, n] of the curves at points [k, 2], and their best levels [k]."""
    curve = survival(*_chances(at), len(values))
    level = (curve @ (weights * values)) / (curve**2 @ weights)
    return (level[:, None] * curve - values) * np.sqrt(weights), level


def _downhill(at: Array, values: Array, weights: Array) -> tuple[float, Array]:
    """Return the least error that is reached from a point, and where (Marquardt 1963)."""
    damping, nudge = 1e-2, 1e-6
    off = _off(at[None], values, weights)[0][0]
    for _ in range(ROUNDS):
        beside = at + nudge * np.eye(2)
        slope = (_off(beside, values, weights)[0] - off).T / nudge
        square, towards = slope.T @ slope, slope.T @ off
        step = np.linalg.lstsq(square + damping * np.diag(np.diag(square) + 1e-12), -towards)[0]
        there = np.clip(at + step, -2 * WIDEST, 2 * WIDEST)
        new = _off(there[None], values, weights)[0][0]
        better = bool(new @ new < off @ off)
        damping = max(1e-12, damping / 5) if better else damping * 4
        if better:
            done = off @ off - new @ new <= 1e-15 * (off @ off)
            at, off = there, new
            if done:
                break
        elif damping > 1e12:
            break
    return float(off @ off), at


@measure("Retention", "share")
def retention(active: npt.ArrayLike, customers: npt.ArrayLike) -> Array:
    """Customers of a month who bought again so many months later, over all customers of that month;
    averaged over the months whose customers could be watched for so long, by customers. A month
    has 30 days."""
    return over(active, customers)


@measure("Lifetime value, 90 days", "money per customer")
def lifetime_value(margin_by_month: npt.ArrayLike) -> float:
    """Gross margin less refunds that a customer brought from the month of the first order to the
    second month after it, averaged over the customers who could be watched for so long. Observed;
    nothing is extrapolated."""
    return float(np.asarray(margin_by_month, np.float64).sum())


@measure("Lifetime value, projected", "money per customer")
def projected_value(margin_by_month: npt.ArrayLike, later: npt.ArrayLike) -> float:
    """Extrapolated, not observed: gross margin of a customer over 36 months, the months watched as
    they were, those to come as a shifted beta-geometric curve goes on that is fitted to them (Fader
    & Hardie 2007: who stays longer stays surer). It does not exist before four months were
    watched."""
    watched, to_come = np.asarray(margin_by_month, np.float64), np.asarray(later, np.float64)
    return float(watched.sum() + to_come.sum())


@measure("Payback of a customer", "months")
def customer_payback(margin_by_month: Array, cost: float) -> float:
    """Months after which the margin that a customer had brought covered the gross CAC; none if it
    had not in the time watched."""
    covered = np.cumsum(margin_by_month) >= cost
    return float(np.argmax(covered) + 1) if np.isfinite(cost) and covered.any() else float("nan")
