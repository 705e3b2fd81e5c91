"""How many seeds a stated precision takes, and when a growing comparison may stop.

The normal approximation is enough here: it plans, the interval that is reported is a bootstrap's.
Looking again and again and stopping at the first interval that is narrow enough makes the last
interval a little too narrow; ``SEQUENTIAL`` says so wherever such a result is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.study.compare.paired import CONFIDENCE, Paired, stats_of_scipy
from sim.study.tables import Array

SEQUENTIAL = (
    "Seeds were added until the intervals were narrow enough, so the intervals are slightly too"
    " narrow and the p-values slightly too small."
)
MOST = 10_000_000
"""More seeds than anybody will run; beyond this a number says nothing."""


@dataclass(frozen=True)
class Precision:
    """The half-width that is asked for: ``value`` in the metric's unit, or if ``relative`` as a
    share of the larger of the two arms' means (without their signs)."""

    value: float
    relative: bool

    def half_width(self, one: Paired) -> float:
        """Return the half-width that this comparison has to reach, in the metric's unit."""
        return self.value * (max(abs(one.mean_a), abs(one.mean_b)) if self.relative else 1.0)

    def reached(self, one: Paired) -> bool:
        """Whether the interval is narrow enough; never with fewer than two seeds."""
        return one.half_width <= self.half_width(one)

    def __str__(self) -> str:
        return f"{100 * self.value:g} %" if self.relative else f"{self.value:g}"


def seeds_for(differences: Array, half_width: float, *, confidence: float = CONFIDENCE) -> int:
    """Return the fewest seeds whose t interval of the mean has at most this half-width.

    Args:
        differences: one per seed so far; their spread is taken for that of seeds to come.
        half_width: in the unit of the differences; 0 can only be reached if nothing varies.
        confidence: of the interval.

    Returns:
        At least 2, at most ``MOST``; 2 if the differences do not vary.
    """
    d = np.asarray(differences, np.float64)
    d = d[np.isfinite(d)]
    if len(d) < 2:
        return MOST
    if np.all(d == d[0]):
        return 2
    if half_width <= 0:
        return MOST
    spread = float(np.std(d, ddof=1))

    def wide(n: int) -> bool:
        t = float(stats_of_scipy().t.ppf((1 + confidence) / 2, n - 1))
        return t * spread / math.sqrt(n) > half_width

    low, high = 1, 2
    while high < MOST and wide(high):
        low, high = high, high * 2
    if high >= MOST:
        return MOST
    while high - low > 1:  # wide(low) or low == 1; not wide(high)
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high


def next_count(now: int, needed: int, most: int) -> int:
    """Return how many seeds to have after the next round: towards ``needed``, at most doubling.

    The spread after few seeds is a poor guess, so a round never trusts it for more than that.
    """
    return min(most, max(now + 1, min(needed, 2 * now)))
