"""Repeat purchases: from an order log to counts, and the two classic models of them.

A customer is observed from the day of the first purchase until a fixed last day; ``x`` is the
number of later days with a purchase (several purchases on one day count as one). Time is in weeks,
as in Fader, Hardie & Lee 2005, "Counting your customers the easy way".

NBD (Ehrenberg 1959): purchases are Poisson with rate lambda, lambda is Gamma(r, alpha) over people.
BG/NBD (Fader, Hardie & Lee 2005): the same, but after every repeat a customer leaves for ever with
chance p, Beta(a, b) over people.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln
from scipy.stats import nbinom

CDNOW = Path(__file__).resolve().parents[2] / "data" / "cdnow" / "CDNOW_sample.txt"
FIRST_DAY = date(1997, 1, 1)
COHORT = 84
"""Days in which a customer may join: CDNOW's cohort first bought in twelve weeks."""

LAST = 272
"""Last day of the first 39 weeks (1997-09-30)."""

HORIZON = 546
"""Days of the log, 78 weeks."""

BINS = 8
"""Bars of the histogram: 0, 1, ... 6, and 7 or more repeats."""


class Log(NamedTuple):
    """Days on which people bought, each (who, day) once, sorted: who int64[n], day int64[n]."""

    who: np.ndarray
    day: np.ndarray


class Repeats(NamedTuple):
    """One row a customer: x int64[n] repeats, recency float64[n] age at the last of them [weeks],
    age float64[n] at the end of observation [weeks], entry int64[n] day of joining."""

    x: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    entry: np.ndarray


class Nbd(NamedTuple):
    """Gamma over people: shape r and alpha [weeks]; standard errors of both, log-likelihood."""

    r: float
    alpha: float
    r_error: float
    alpha_error: float
    fit: float

    @property
    def mean_per_day(self) -> float:
        """Mean rate [a day]: what a scenario calls ``mean``."""
        return self.r / self.alpha / 7

    def none(self, weeks: float) -> float:
        """P(no repeat within ``weeks`` of joining)."""
        return float((self.alpha / (self.alpha + weeks)) ** self.r)


class BgNbd(NamedTuple):
    """Rates Gamma(r, alpha) [weeks], leaving Beta(a, b), log-likelihood."""

    r: float
    alpha: float
    a: float
    b: float
    fit: float

    def none(self, weeks: float) -> float:
        """P(no repeat within ``weeks`` of joining): nobody leaves before the first repeat."""
        return float((self.alpha / (self.alpha + weeks)) ** self.r)


def read_log(path: Path = CDNOW) -> Log:
    """Read an order log: lines of id, id in the sample, yyyymmdd, units, dollars."""
    rows = [line.split()[1:3] for line in path.read_text(encoding="ascii").splitlines() if line]
    days = [(date(int(d[:4]), int(d[4:6]), int(d[6:])) - FIRST_DAY).days for _, d in rows]
    return make_log(np.array([int(who) for who, _ in rows]) - 1, np.array(days))


def make_log(who: np.ndarray, day: np.ndarray) -> Log:
    """Sort by person and day; several purchases of a person on one day count as one."""
    pairs = np.unique(np.column_stack([who, day]).astype(np.int64), axis=0)
    return Log(pairs[:, 0], pairs[:, 1])


def first_days(log: Log, people: int) -> np.ndarray:
    """Return int64[people]: the first day of each in the log, ``HORIZON`` for who has none."""
    first = np.full(people, HORIZON, np.int64)
    np.minimum.at(first, log.who, log.day)
    return first


def count_repeats(log: Log, entry: np.ndarray, last: np.ndarray | int = LAST) -> Repeats:
    """Count days after ``entry`` int64[people] up to ``last``: one day, or one per person."""
    last = np.broadcast_to(np.asarray(last, np.int64), entry.shape)
    after = (log.day > entry[log.who]) & (log.day <= last[log.who])
    who, day = log.who[after], log.day[after]
    latest = entry.copy()
    np.maximum.at(latest, who, day)
    return Repeats(
        np.bincount(who, minlength=len(entry)),
        (latest - entry) / 7,
        (last - entry) / 7,
        entry,
    )


def take(repeats: Repeats, members: np.ndarray) -> Repeats:
    """Return the rows of ``members`` bool[n]."""
    return Repeats(*(column[members] for column in repeats))


def shares(x: np.ndarray) -> np.ndarray:
    """Return float64[BINS]: shares of customers with 0, 1, ... 6, 7 or more repeats."""
    return np.bincount(np.minimum(x, BINS - 1), minlength=BINS) / len(x)


def share_errors(share: np.ndarray, people: int) -> np.ndarray:
    """Return binomial standard errors of shares."""
    return np.sqrt(share * (1 - share) / people)


def nbd_likelihood(r: float, alpha: np.ndarray | float, repeats: Repeats) -> float:
    """Log-likelihood of the days of all repeats (not of their number alone, which has the same
    maximum), so that it compares with the BG/NBD."""
    x, age = repeats.x, repeats.age
    return float(
        np.sum(gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age))
    )


def nbd_score(r: float, alpha: float, repeats: Repeats) -> np.ndarray:
    """Gradient of the log-likelihood by log r and log alpha: 0 at the maximum."""
    x, age = repeats.x, repeats.age
    by_r = np.sum(digamma(r + x) - digamma(r) + np.log(alpha) - np.log(alpha + age))
    by_alpha = np.sum(r / alpha - (r + x) / (alpha + age))
    return np.array([r * by_r, alpha * by_alpha])


def fit_nbd(repeats: Repeats) -> Nbd:
    """Fit the NBD by maximum likelihood, every customer observed for their own time."""
    found = minimize(
        lambda q: -nbd_likelihood(*np.exp(q), repeats),
        np.log([0.5, 10.0]),
        jac=lambda q: -nbd_score(*np.exp(q), repeats),
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-8},
    )
    r, alpha = np.exp(found.x)
    return Nbd(float(r), float(alpha), *_nbd_errors(found.x, repeats), -float(found.fun))


def _nbd_errors(at: np.ndarray, repeats: Repeats) -> tuple[float, float]:
    """Return standard errors of r and alpha from the curvature at the maximum."""
    step = 1e-4
    rows = [
        (nbd_score(*np.exp(at + move), repeats) - nbd_score(*np.exp(at - move), repeats))
        / (2 * step)
        for move in step * np.eye(2)
    ]
    error = np.sqrt(np.diag(np.linalg.inv(-np.array(rows)))) * np.exp(at)
    return float(error[0]), float(error[1])


def nbd_shares(r: float, alpha: np.ndarray | float, age: np.ndarray) -> np.ndarray:
    """Return float64[BINS]: expected shares of repeats for customers observed for ``age`` weeks."""
    chance = alpha / (alpha + age)
    each = [float(np.mean(nbinom.pmf(k, r, chance))) for k in range(BINS - 1)]
    return np.array([*each, 1 - sum(each)])


def bgnbd_likelihood(r: float, alpha: float, a: float, b: float, repeats: Repeats) -> float:
    """Log-likelihood of the BG/NBD (Fader, Hardie & Lee 2005, equation 6)."""
    x, recency, age = repeats.x, repeats.recency, repeats.age
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stay = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + age)
    back = np.maximum(x, 1)  # who never came back cannot have left
    gone = np.log(a) - np.log(b + back - 1) - (r + x) * np.log(alpha + recency)
    return float(np.sum(rate + stay + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))))


def fit_bgnbd(repeats: Repeats) -> BgNbd:
    """Fit the BG/NBD by maximum likelihood."""
    found = minimize(
        lambda q: -bgnbd_likelihood(*np.exp(q), repeats),
        np.log([0.5, 10.0, 1.0, 2.0]),
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-7},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BgNbd(r, alpha, a, b, -float(found.fun))
