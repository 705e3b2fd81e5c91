"""Two arms on the same seeds: how far apart they are, and how sure that is.

A run draws its randomness by seed, person and decision, so two arms with one seed meet the same
people with the same luck. What is compared is the difference seed by seed: luck that both share
drops out. Intervals are BCa bootstrap intervals (Efron 1987) over seeds, p-values those of the
paired t test, made good for looking at many comparisons at once by Holm (1979).

With few seeds a bootstrap interval is too narrow (docs/compare.md has the measured coverage), which
is why a claim asks for both: the interval and the adjusted p-value (``ahead``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.errors import NotInstalled
from sim.study.tables import Array

CONFIDENCE = 0.95
RESAMPLES = 9_999
_LOT = 4_000_000
"""Numbers that a bootstrap holds at once."""


@dataclass(frozen=True)
class Paired:
    """The difference of arm ``a`` less arm ``b`` over the seeds that both have.

    seeds: pairs that were compared. mean_a, mean_b: outcomes, in the metric's unit. mean: of the
    differences, same unit. low, high: its interval at ``CONFIDENCE``; NaN with fewer than two
    seeds. p: two-sided p-value; NaN with fewer than two. adjusted: the same after Holm's
    correction (until then ``p``). win_rate: share of seeds in which ``a`` is larger, ties as half.
    reduction: variance of the difference had the arms been run on different seeds, over what it is;
    NaN if nothing varies, infinite if the difference does not vary but the outcomes do.
    """

    seeds: int
    mean_a: float
    mean_b: float
    mean: float
    low: float
    high: float
    p: float
    adjusted: float
    win_rate: float
    reduction: float

    @property
    def half_width(self) -> float:
        """Half the length of the interval, in the metric's unit."""
        return (self.high - self.low) / 2

    @property
    def ahead(self) -> int:
        """1 if ``a`` may be said to be ahead of ``b``, -1 if behind, 0 if one cannot tell.

        The interval must not hold 0 and the adjusted p-value must be at most 1 - ``CONFIDENCE``.
        """
        if not self.adjusted <= 1 - CONFIDENCE + 1e-12 or not (self.low > 0 or self.high < 0):
            return 0
        return 1 if self.low > 0 else -1

    @property
    def same(self) -> bool:
        """Whether the arms came out exactly alike on every seed."""
        return self.seeds > 0 and self.mean == 0 and self.win_rate == 0.5 and self.low == self.high

    def turned(self) -> Paired:
        """Return the same of ``b`` less ``a``."""
        return replace(
            self,
            mean_a=self.mean_b,
            mean_b=self.mean_a,
            mean=-self.mean if self.mean else 0.0,
            low=-self.high if self.high else 0.0,
            high=-self.low if self.low else 0.0,
            win_rate=1 - self.win_rate,
        )


def paired(a: Array, b: Array, *, confidence: float = CONFIDENCE) -> Paired:
    """Compare two arms; ``a[i]`` and ``b[i]`` have the same seed, NaN where there is no outcome.

    The same outcomes give the same interval, bit for bit: resampling has a seed of its own.

    Raises:
        ValueError: the arms have different numbers of seeds.
        NotInstalled: scipy is not there.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"arms of {a.shape} and {b.shape} outcomes cannot be paired")
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    n = len(a)
    if n == 0:
        nothing = math.nan
        return Paired(0, *[nothing] * 9)
    d = a - b
    low, high = _interval((a, b), confidence)
    p = _p_value(d, _varies(a, b))
    # A mean of equal numbers may miss them by a bit; equal differences are told exactly.
    mean = float(d[0]) if np.all(d == d[0]) else float(d.mean())
    return Paired(
        n, float(a.mean()), float(b.mean()), mean, low, high, p, p, win_rate(a, b), reduction(a, b)
    )


def interval(values: Array, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the BCa interval of a mean; NaN with fewer than two values, a point if all are equal.

    Raises:
        NotInstalled: scipy is not there.
    """
    values = np.asarray(values, np.float64)
    values = values[np.isfinite(values)]
    return _interval((values, np.zeros(len(values))), confidence)


def win_rate(a: Array, b: Array) -> float:
    """Return the share of pairs in which ``a`` is larger; equal ones count half."""
    return float(np.mean((np.sign(a - b) + 1) / 2))


def reduction(a: Array, b: Array) -> float:
    """Return (var a + var b) / var(a - b): how many times more seeds unpaired arms would need."""
    if len(a) < 2:
        return math.nan
    apart = float(np.var(a, ddof=1) + np.var(b, ddof=1))
    if apart == 0:
        return math.nan
    return apart / float(np.var(a - b, ddof=1)) if _varies(a, b) else math.inf


def holm(p: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values in the order given; NaN stays NaN and does not count.

    Source: Holm, S. (1979), A simple sequentially rejective multiple test procedure.
    """
    known = [place for place, value in enumerate(p) if not math.isnan(value)]
    out = list(p)
    highest = 0.0
    for rank, place in enumerate(sorted(known, key=lambda i: p[i])):
        highest = max(highest, min(1.0, (len(known) - rank) * p[place]))
        out[place] = highest
    return out


def adjusted(family: Sequence[Paired]) -> list[Paired]:
    """Return comparisons that are looked at together with their p-values made good for that."""
    found = holm([one.p for one in family])
    return [replace(one, adjusted=p) for one, p in zip(family, found, strict=True)]


def _varies(a: Array, b: Array) -> bool:
    """Whether the differences differ by more than the rounding of the outcomes."""
    rounding = 8 * np.finfo(np.float64).eps * float(np.max(np.abs([a, b])))
    return bool(np.ptp(a - b) > rounding)


def _interval(pair: tuple[Array, Array], confidence: float) -> tuple[float, float]:
    stats = stats_of_scipy()
    a, b = pair
    d = a - b
    if len(d) < 2:
        return math.nan, math.nan
    if not _varies(a, b):  # scipy has no interval for what does not vary
        return float(d.min()), float(d.max())
    found = stats.bootstrap(
        pair,
        _mean_difference,
        paired=True,
        vectorized=True,
        method="BCa",
        confidence_level=confidence,
        n_resamples=RESAMPLES,
        batch=max(1, _LOT // len(d)),
        rng=np.random.default_rng(len(d)),
    ).confidence_interval
    return float(found.low), float(found.high)


def _mean_difference(a: Array, b: Array, axis: int = -1) -> Array:
    found: Array = np.mean(a - b, axis=axis)
    return found


def _p_value(d: Array, varies: bool) -> float:
    """Two-sided p-value of the paired t test; where nothing varies, of the sign test."""
    n = len(d)
    if n < 2:
        return math.nan
    if not varies:
        return 1.0 if np.all(d == 0) else float(2.0 ** (1 - n))
    return float(stats_of_scipy().ttest_1samp(d, 0.0).pvalue)


def stats_of_scipy() -> Any:
    """Return ``scipy.stats``; imported when it is first needed, for it is an extra.

    Raises:
        NotInstalled: it is not there.
    """
    try:
        from scipy import stats
    except ImportError as error:
        raise NotInstalled("comparisons need scipy: pip install 'flowtribe[opt]'") from error
    return stats
