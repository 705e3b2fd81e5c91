"""How often people buy and what, in closed form: NBD counts and Dirichlet choices.

Rates are Gamma over people, so counts are NBD (Ehrenberg 1959); what a person prefers is Dirichlet
over people (Goodhardt, Ehrenberg & Chatfield 1984). Large brands then have many buyers, and these
buy a little more often: double jeopardy.
"""

from __future__ import annotations

import math

import numpy as np


def nbd(n: int, mean: float, shape: float) -> float:
    """Return P(n purchases) for Gamma rates of this mean and shape."""
    share = mean / (mean + shape)
    return math.exp(
        math.lgamma(shape + n)
        - math.lgamma(shape)
        - math.lgamma(n + 1)
        + shape * math.log1p(-share)
        + n * math.log(share)
    )


def days_with_needs(n: int, days: int, mean: float, shape: float) -> float:
    """Return P(n days with a need), where a day brings one with chance 1 - e^-rate and rates are
    Gamma with this mean a day: the binomial, integrated over the log of the rate."""
    step = 0.01
    log_rate = np.arange(-60.0 / shape, 8.0, step) + math.log(mean / shape)
    rate = np.exp(log_rate)
    log_chance = np.log(-np.expm1(-rate)) if n else 0.0
    log_weight = shape * (log_rate - math.log(mean / shape)) - rate * shape / mean
    log_all = math.log(math.comb(days, n)) - math.lgamma(shape) + log_weight
    return float(np.exp(log_all + n * log_chance - (days - n) * rate).sum() * step)


def dirichlet_buyers(alpha: float, whole: float, mean: float, shape: float) -> float:
    """Return the share of people who buy a brand at all: one with ``alpha`` of the Dirichlet's
    ``whole``, where people buy the category NBD often."""
    none, missed = 0.0, 1.0
    for n in range(400):
        none += nbd(n, mean, shape) * missed
        missed *= (whole - alpha + n) / (whole + n)
    return 1.0 - none
