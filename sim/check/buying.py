"""The two classic models of repeat purchases, fitted to an order log by maximum likelihood.

NBD (Ehrenberg 1959): purchases are Poisson with rate lambda, lambda is Gamma(r, alpha) over people.
BG/NBD (Fader, Hardie & Lee 2005): the same, but after every repeat a customer leaves for ever with
chance p, Beta(a, b) over people. Time is in weeks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, hyp2f1
from scipy.stats import nbinom

from sim.check.order_log import BINS, Repeats

ALIKE = 1_000.0
"""Shape at which people are as good as alike; if a log's are, any larger one fits as well."""


class Nbd(NamedTuple):
    """Gamma over people: shape r and alpha [weeks]; standard errors of both (NaN where people are
    alike), log-likelihood."""

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
    """Rates Gamma(r, alpha) [weeks], leaving Beta(a, b), log-likelihood; standard errors of the
    logs of r, alpha, a and b."""

    r: float
    alpha: float
    a: float
    b: float
    fit: float = 0.0
    errors: tuple[float, ...] = ()

    def none(self, weeks: float) -> float:
        """P(no repeat within ``weeks`` of joining): nobody leaves before the first repeat."""
        return float((self.alpha / (self.alpha + weeks)) ** self.r)

    def expected(self, weeks: np.ndarray) -> np.ndarray:
        """Expected repeats of a customer within ``weeks`` of joining (their equation 9)."""
        r, alpha, a, b = self[:4]
        left = (alpha / (alpha + weeks)) ** r * hyp2f1(r, b, a + b - 1, weeks / (alpha + weeks))
        return np.asarray((a + b - 1) / (a - 1) * (1 - left))


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

    def score(at: np.ndarray) -> np.ndarray:
        return nbd_score(float(np.exp(at[0])), float(np.exp(at[1])), repeats)

    found = minimize(
        lambda at: -nbd_likelihood(float(np.exp(at[0])), float(np.exp(at[1])), repeats),
        np.log([0.5, 10.0]),
        jac=lambda at: -score(at),
        method="L-BFGS-B",
        bounds=[(None, math.log(ALIKE)), (None, None)],
        options={"ftol": 1e-15, "gtol": 1e-8},
    )
    r, alpha = np.exp(found.x)
    step = 1e-4 * np.eye(2)
    bend = [(score(found.x + move) - score(found.x - move)) / 2e-4 for move in step]
    variance = np.diag(np.linalg.inv(-np.array(bend)))
    error = np.sqrt(np.where(variance > 0, variance, np.nan)) * (r, alpha)
    return Nbd(float(r), float(alpha), float(error[0]), float(error[1]), -float(found.fun))


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

    def likelihood(at: np.ndarray) -> float:
        r, alpha, a, b = (float(value) for value in np.exp(at))
        return bgnbd_likelihood(r, alpha, a, b, repeats)

    found = minimize(
        lambda at: -likelihood(at),
        np.log([0.5, 10.0, 1.0, 2.0]),
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-7},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    error = np.sqrt(np.diag(np.linalg.inv(-_bend(likelihood, found.x))))
    return BgNbd(r, alpha, a, b, -float(found.fun), tuple(float(e) for e in error))


def _bend(of: Callable[[np.ndarray], float], at: np.ndarray, step: float = 2e-3) -> np.ndarray:
    """Return the matrix of second derivatives, by central differences."""
    moves = step * np.eye(len(at))
    out = [
        [of(at + u + v) - of(at + u - v) - of(at - u + v) + of(at - u - v) for v in moves]
        for u in moves
    ]
    return np.array(out) / (4 * step**2)


def draw_bgnbd(model: BgNbd, age: np.ndarray, luck: np.random.Generator) -> Repeats:
    """Draw customers of the BG/NBD who are watched for ``age`` float64[n] weeks."""
    rate = luck.gamma(model.r, 1 / model.alpha, len(age))
    leaving = luck.beta(model.a, model.b, len(age))
    x, recency = np.zeros(len(age), np.int64), np.zeros(len(age))
    here, now = np.arange(len(age)), np.zeros(len(age))
    while len(here):
        now = now + luck.exponential(1 / np.maximum(rate[here], 1e-300))
        back = now <= age[here]
        here, now = here[back], now[back]
        x[here] += 1
        recency[here] = now
        stays = luck.random(len(here)) >= leaving[here]
        here, now = here[stays], now[stays]
    return Repeats(x, recency, age, np.zeros(len(age), np.int64))
