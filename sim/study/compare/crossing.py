"""Where one arm overtakes another along a scale: a price, a capability, a day.

The crossing is the lowest level from which on the difference stays above 0 up to the end of the
scale, between two levels on the straight line. ``-inf``: it is above 0 all along. ``inf``: it is
not above 0 at the end. A difference that crosses back and forth counts from the last time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.study.compare.paired import CONFIDENCE
from sim.study.tables import Array

RESAMPLES = 2_000


class Crossing(NamedTuple):
    """A crossing of the mean difference and its interval (percentiles of a bootstrap over seeds).

    level, low, high: on the scale; infinite beyond its ends. ahead: share of resamples in which the
    difference is above 0 at the end of the scale.
    """

    level: float
    low: float
    high: float
    ahead: float


def crossing(levels: Array, differences: Array) -> Array:
    """Return where each row of ``differences`` crosses; shapes (levels,), (..., levels) -> (...).

    Levels rise strictly. A NaN in a row gives NaN.
    """
    levels = np.asarray(levels, np.float64)
    d = np.asarray(differences, np.float64)
    above = d > 0
    # How many levels at the end are above 0 without a break.
    run = np.cumprod(above[..., ::-1], axis=-1).sum(axis=-1)
    last = len(levels) - 1 - run  # the last level not above 0; -1 if there is none
    here, there = np.maximum(last, 0), np.minimum(last + 1, len(levels) - 1)
    left = np.take_along_axis(d, here[..., None], -1)[..., 0]
    right = np.take_along_axis(d, there[..., None], -1)[..., 0]
    step = np.where(right > left, right - left, 1.0)
    found = levels[here] + (levels[there] - levels[here]) * (-left / step)
    found = np.where(run == 0, np.inf, np.where(last < 0, -np.inf, found))
    return np.asarray(np.where(np.isnan(d).any(axis=-1), np.nan, found))


def crossing_of_mean(
    levels: Array, differences: Array, *, confidence: float = CONFIDENCE
) -> Crossing:
    """Return the crossing of the mean over seeds; ``differences`` is (seeds, levels).

    Seeds are resampled whole, so levels that share a seed stay together.
    """
    d = np.asarray(differences, np.float64)
    n = len(d)
    level = float(crossing(levels, d.mean(axis=0)))
    picks = np.random.default_rng(n).integers(0, n, size=(RESAMPLES, n))
    found = crossing(levels, d[picks].mean(axis=1))
    tail = (1 - confidence) / 2
    # Nearest order statistics: interpolating towards an infinity would give NaN.
    low = np.quantile(found, tail, method="lower")
    high = np.quantile(found, 1 - tail, method="higher")
    return Crossing(level, float(low), float(high), float((found < np.inf).mean()))
