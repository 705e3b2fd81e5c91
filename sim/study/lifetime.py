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

ROUNDS, CLOSER = 24, 0.6
"""Times that the grid closes in on the best point, and to what part of its size each time; faster
it would lose its way in the long valleys of this error."""

WIDEST = 9.0
"""Ends of the search on logit and log scale: chances from 0.0001 to 0.9999."""


def survival(alpha: Array | float, beta: Array | float, length: int) -> Array:
    """Return S(0), S(1), ..., ``length`` values along the last axis."""
    a, b = np.asarray(alpha, np.float64)[..., None], np.asarray(beta, np.float64)[..., None]
    t = np.arange(1, max(length, 1))
    kept = np.cumprod((b + t - 1) / (a + b + t - 1), axis=-1)
    return np.concatenate([np.ones_like(a), kept], axis=-1)[..., :length]


def fitted(values: Array, weights: Array) -> tuple[float, float, float]:
    """Return (level, alpha, beta) of the curve level x S(t) nearest to ``values``, t = 0, 1, ...,
    by weighted least squares.

    The level follows from the curve; mean a / (a + b) and sum a + b of the chances to leave are
    searched on a grid that closes in.
    """
    values, weights = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    middle, reach = np.zeros(2), WIDEST
    for _ in range(ROUNDS):
        x, y = (np.linspace(at - reach, at + reach, STEPS) for at in middle)
        mean = 1.0 / (1.0 + np.exp(-x[:, None]))
        total = np.exp(y[None, :])
        alpha, beta = mean * total, (1.0 - mean) * total
        curve = survival(alpha, beta, len(values))
        level = (curve @ (weights * values)) / (curve**2 @ weights)
        error = (values - level[..., None] * curve) ** 2 @ weights
        best = np.unravel_index(int(np.argmin(error)), error.shape)
        middle, reach = np.array([x[best[0]], y[best[1]]]), reach * CLOSER
    return float(level[best]), float(alpha[best]), float(beta[best])


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
    return float(np.sum(margin_by_month))


@measure("Lifetime value, projected", "money per customer")
def projected_value(margin_by_month: npt.ArrayLike, later: npt.ArrayLike) -> float:
    """Extrapolated, not observed: gross margin of a customer over 36 months, the months watched as
    they were, those to come as a shifted beta-geometric curve goes on that is fitted to them (Fader
    & Hardie 2007: who stays longer stays surer). It does not exist before four months were
    watched."""
    return float(np.sum(margin_by_month) + np.sum(later))


@measure("Payback of a customer", "months")
def customer_payback(margin_by_month: Array, cost: float) -> float:
    """Months after which the margin that a customer had brought covered the gross CAC; none if it
    had not in the time watched."""
    covered = np.cumsum(margin_by_month) >= cost
    return float(np.argmax(covered) + 1) if np.isfinite(cost) and covered.any() else float("nan")
