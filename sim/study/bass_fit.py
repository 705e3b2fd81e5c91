"""Bass' model fitted to a series of adopters: p, q and m with intervals.

Of m people the share F(t) = (1 − e^−(p+q)t) / (1 + (q/p) e^−(p+q)t) has adopted by t (Bass 1969),
so m (F(t) − F(t−1)) adopt in period t. Least squares on these differences (Srinivasan & Mason
1986), by Levenberg and Marquardt's method in the logarithms of p, q and m.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.errors import ScenarioError, Where

Floats = npt.NDArray[np.float64]
Luck = Literal["years", "people"]

LEAST = 4
"""Periods that three parameters and a spread need."""

FINE = 200
"""Parts of a period over which the luck of people is added up."""


@dataclass(frozen=True)
class BassFit:
    """What was fitted.

    Attributes:
        p, q: external and internal influence [per period].
        m: people who adopt in the end, in the unit of the series.
        errors: standard errors of the logarithms of p, q and m, float64[3].
        intervals: low and high ends for p, q and m, float64[3, 2].
        expected: what the model says of each period, float64[T].
        spread: standard deviation of a period about it, in the unit of the series.
    """

    p: float
    q: float
    m: float
    errors: Floats
    intervals: Floats
    expected: Floats
    spread: float


def adopted_by(p: float, q: float, t: npt.ArrayLike) -> Floats:
    """Return F(t), the share that has adopted by ``t`` (Bass 1969)."""
    decay = np.exp(-(p + q) * np.asarray(t, np.float64))
    return np.asarray((1 - decay) / (1 + q / p * decay))


def adoption_rate(p: float, q: float, t: npt.ArrayLike) -> Floats:
    """Return f(t) = (p + q F) (1 − F), the share that adopts per unit of time at ``t``."""
    share = adopted_by(p, q, t)
    return np.asarray((p + q * share) * (1 - share))


def fit_bass(
    adopters: npt.ArrayLike,
    *,
    level: float = 0.9,
    luck: Luck = "years",
    instant: bool = False,
) -> BassFit:
    """Fit Bass' model to the number of new adopters of each period.

    Args:
        adopters: new adopters of periods 1, 2, ... since the beginning, at least four.
        level: of the intervals.
        luck: why periods are off the curve. ``years``: each by itself, alike, by whatever makes a
            good or a bad year; its spread is estimated (Srinivasan & Mason 1986). ``people``:
            each of m people decides by itself, so who adopts early by luck pulls others along
            (the series must count people).
        instant: take a period's number for the rate m f(t) at its end, as some published fits do;
            p then comes out smaller.

    Raises:
        ScenarioError: too few periods, numbers that are none, or no wave that can be fitted.
    """
    seen = np.asarray(adopters, np.float64)
    _refuse(seen, level)
    times = np.arange(len(seen) + 1.0)

    def expected(at: Floats) -> Floats:
        p, q, m = np.exp(at)
        a_person = adoption_rate(p, q, times[1:]) if instant else np.diff(adopted_by(p, q, times))
        return np.asarray(m * a_person)

    found, slopes = _least_squares(expected, seen)
    p, q, m = (float(value) for value in np.exp(found))
    misses = seen - expected(found)
    free = len(seen) - 3
    bread = np.linalg.inv(slopes.T @ slopes)
    spread = math.sqrt(float(misses @ misses) / free)
    if luck == "people":
        chance = _luck_of_people(p, q, m, len(seen))
        variance = bread @ slopes.T @ chance @ slopes @ bread
        reach = NormalDist().inv_cdf((1 + level) / 2)
    else:
        variance, reach = spread**2 * bread, _student((1 + level) / 2, free)
    errors = np.sqrt(np.diag(variance))
    ends = np.exp(found[:, None] + reach * errors[:, None] * np.array([-1.0, 1.0]))
    return BassFit(p, q, m, errors, ends, expected(found), spread)


def _refuse(seen: Floats, level: float) -> None:
    if seen.ndim != 1 or len(seen) < LEAST:
        raise ScenarioError(Where("series"), f"{seen.size} periods", f"at least {LEAST}")
    if not np.isfinite(seen).all() or seen.min() < 0 or seen.max() <= 0:
        raise ScenarioError(Where("series"), "new adopters of a period are numbers from 0 up")
    if not 0 < level < 1:
        raise ScenarioError(Where("level"), f"{level:g}", "above 0 and below 1")


def _least_squares(expected: Callable[[Floats], Floats], seen: Floats) -> tuple[Floats, Floats]:
    """Return the logarithms of the best p, q and m, and the slopes of the curve there, [T, 3].

    It begins at the best of a grid of p and q, each with the m that suits it.

    Raises:
        ScenarioError: the best curve has no end: the series shows no wave.
    """
    best, least = np.zeros(3), math.inf
    for p in np.geomspace(1e-4, 0.3, 15):
        for q in np.geomspace(0.02, 3.0, 15):
            shape = expected(np.log([p, q, 1.0]))
            size = max(float(shape @ seen / (shape @ shape)), 1e-12)
            miss = float(((seen - size * shape) ** 2).sum())
            if miss < least:
                best, least = np.log([p, q, size]), miss
    found = _descend(expected, seen, best)
    slopes = _slopes(expected, found)
    p, q, m = np.exp(found)
    if m > 100 * seen.sum() or min(p, q) < 1e-8 or np.linalg.cond(slopes / m) > 1e7:
        raise ScenarioError(
            Where("series"),
            "no p, q and m can be told from it",
            "a wave of adoption, better past its peak",
        )
    return found, slopes


def _descend(expected: Callable[[Floats], Floats], seen: Floats, at: Floats) -> Floats:
    """Return where Levenberg and Marquardt's method ends."""
    damping, misses = 1e-3, seen - expected(at)
    for _ in range(100):
        slopes = _slopes(expected, at)
        square = slopes.T @ slopes
        ridge = damping * np.diag(np.diag(square)) + 1e-300 * np.eye(3)
        step = np.linalg.lstsq(square + ridge, slopes.T @ misses, rcond=None)[0]
        step = np.clip(step, -1.0, 1.0)
        new = np.clip(at + step, -40.0, 60.0)
        after = seen - expected(new)
        if after @ after <= misses @ misses:
            done = np.abs(new - at).max() < 1e-10
            at, misses, damping = new, after, damping / 10
            if done:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    return at


def _slopes(expected: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Return the derivatives of the curve by the logarithms of p, q and m, by differences."""
    columns = []
    for k in range(len(at)):
        side = np.zeros(len(at))
        side[k] = 1e-5
        columns.append((expected(at + side) - expected(at - side)) / 2e-5)
    return np.stack(columns, axis=1)


def _luck_of_people(p: float, q: float, m: float, periods: int) -> Floats:
    """Return the covariance of the adopters of all periods, for many people (Kurtz 1971).

    The number of adopters is a Markov chain with rate m f; a surplus grows as f does, so for s <= t
    Cov(N(s), N(t)) = m f(s) f(t) x integral from 0 to s of 1 / f.
    """
    edges = np.linspace(0, periods, FINE * periods + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    whole = np.cumsum(1 / adoption_rate(p, q, middle)) / FINE
    times = np.arange(1, periods + 1)
    rate, past = adoption_rate(p, q, times), whole[FINE * times - 1]
    totals = m * np.outer(rate, rate) * np.minimum.outer(past, past)
    change = np.eye(periods) - np.eye(periods, k=-1)  # from totals to new adopters
    return np.asarray(change @ totals @ change.T)


def _student(chance: float, free: int) -> float:
    """Return the quantile of Student's distribution, by halving."""
    xs = np.linspace(0, math.pi / 2, 20_001)  # t = sqrt(free) tan x has density ~ cos^(free - 1)
    weight = np.cos((xs[1:] + xs[:-1]) / 2) ** (free - 1)
    below = np.concatenate([[0.0], np.cumsum(weight)])
    angle = float(np.interp(2 * chance - 1, below / below[-1], xs))
    return math.sqrt(free) * math.tan(angle)
