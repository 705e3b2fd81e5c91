"""Who becomes a customer? Two readings of a cohort, and how the data tell them apart.

*Chance*: joining has nothing to do with a person's rate (an ad, a friend, curiosity). Rates of
customers are then the rates of people: Gamma(r, alpha).

*First need*: people are watched from day 0 and join with their first need. Who needs often joins
sooner, so the customers of the first weeks are the busy ones. Of who joins in week tau, rates are
Gamma(r + 1, alpha + tau): the shape is never below 1, whatever r > 0.

A test that holds for *every* spread of rates, not only Gamma: if needs are Poisson and n of them
fall on the days 0 .. 272, their days are spread evenly, so the first of n comes the sooner the
larger n is. If joining is chance, its day says nothing about the number of repeats.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from sim.check.buying import nbd_likelihood, nbd_shares
from sim.check.order_log import COHORT, LAST, Repeats

SMALL = 0.001
"""Stands for a shape of zero, at which almost nobody ever needs anything."""


class Timing(NamedTuple):
    """Mean day of joining [weeks] of customers with some number of repeats."""

    repeats: str
    customers: int
    seen: float
    error: float
    first_need: float


def first_need_likelihood(r: float, alpha: float, repeats: Repeats) -> float:
    """Log-likelihood of the repeats, given the day of joining, if joining is the first need."""
    return nbd_likelihood(r + 1, alpha + repeats.entry / 7, repeats)


def fit_first_need(repeats: Repeats, r: float) -> float:
    """Return the best alpha [weeks] for a shape ``r``."""
    found = minimize_scalar(
        lambda q: -first_need_likelihood(r, np.exp(q), repeats),
        bounds=(np.log(0.1), np.log(1000.0)),
        method="bounded",
        options={"xatol": 1e-8},
    )
    return float(np.exp(found.x))


def first_need_none(r: float, alpha: float, entry: np.ndarray, weeks: float) -> float:
    """P(no repeat within ``weeks`` of joining) of a cohort that joined by first need."""
    scale = alpha + entry / 7
    return float(np.mean((scale / (scale + weeks)) ** (r + 1)))


def pin_first_need(r: float, none: float, entry: np.ndarray, weeks: float) -> float:
    """Return the alpha [weeks] at which ``first_need_none`` is ``none``."""
    miss = lambda q: first_need_none(r, np.exp(q), entry, weeks) - none  # noqa: E731
    return float(np.exp(brentq(miss, np.log(0.1), np.log(1000.0))))


def first_need_many(r: float, alpha: float, repeats: Repeats) -> float:
    """Share of 7 and more repeats of a cohort that joined by first need."""
    return float(nbd_shares(r + 1, alpha + repeats.entry / 7, repeats.age)[-1])


def timing(repeats: Repeats) -> list[Timing]:
    """Compare days of joining by number of repeats with the reading *first need*."""
    expected = expected_first_day(repeats.x)
    rows = []
    for name, low, high in (("0", 0, 0), ("1", 1, 1), ("2", 2, 2), ("3-6", 3, 6), ("7+", 7, 999)):
        here = (repeats.x >= low) & (repeats.x <= high)
        days = repeats.entry[here] / 7
        rows.append(
            Timing(
                name,
                int(here.sum()),
                float(days.mean()),
                float(days.std(ddof=1) / np.sqrt(here.sum())),
                float(expected[here].mean() / 7),
            )
        )
    return rows


def expected_first_day(x: np.ndarray) -> np.ndarray:
    """Return float64[n]: mean day of the first of x + 1 needs among days 0 .. 272, given that it
    is one of the cohort's."""
    left = 1 - np.arange(COHORT + 1) / (LAST + 1)
    out = np.empty(len(x))
    for count in np.unique(x):
        chance = -np.diff(left ** (count + 1))
        out[x == count] = np.sum(chance * np.arange(COHORT)) / chance.sum()
    return out


def contrast(repeats: Repeats) -> tuple[float, float, float]:
    """Return how much sooner [weeks] customers with repeats joined than those without: in the data,
    its standard error, and by first need. A trend in joining cancels out."""
    days, back = repeats.entry / 7, repeats.x > 0
    seen = days[~back].mean() - days[back].mean()
    error = np.hypot(*(days[m].std(ddof=1) / np.sqrt(m.sum()) for m in (back, ~back)))
    expected = expected_first_day(repeats.x) / 7
    return float(seen), float(error), float(expected[~back].mean() - expected[back].mean())
