"""Whether numbers agree with theory, when there are many of them.

Every number that has luck in it is turned into z = (got − expected) / standard error. Some of many
correct numbers are far off by luck alone, so all of a run are judged together by Holm's procedure
(1979): the chance that a correct engine is blamed anywhere in the suite is at most ``LEVEL``,
however the numbers depend on each other. Numbers without luck must be the very value, but for the
last bits of floating point.

Some facts are known as a range: within it z is 0, beyond it z counts from the nearer end. What the
model is known to miss is judged by itself at the same level and never counts against the engine: it
is told as a miss for as long as it is one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.check.measured import Point

LEVEL = 0.001
"""Chance that a correct engine fails anywhere in the suite, at most."""

ROUNDING = 1e-9
"""Relative; what floating point may lose of an exact value."""


def z_score(point: Point) -> float:
    """Return by how many standard errors a number is off; exact numbers 0, or infinity."""
    off = point.got - point.nearest
    if not math.isfinite(off) or not math.isfinite(point.error):
        return math.inf
    if point.error > 0:
        return off / point.error
    if abs(off) <= ROUNDING * max(1.0, abs(point.nearest)):
        return 0.0
    return math.copysign(math.inf, off)


def by_luck(z: float) -> float:
    """Return how often luck alone is at least so far off (two-sided, normal)."""
    return math.erfc(abs(z) / math.sqrt(2)) if math.isfinite(z) else 0.0


def agree(points: Sequence[Point], level: float = LEVEL) -> list[bool]:
    """Return for each number whether it agrees, judged together (Holm 1979); known misses apart."""
    scores = [z_score(point) for point in points]
    lucky = [n for n, point in enumerate(points) if point.error > 0 and not point.miss]
    out = [
        by_luck(score) > level if point.miss and point.error > 0 else math.isfinite(score)
        for score, point in zip(scores, points, strict=True)
    ]
    order = sorted(lucky, key=lambda n: -abs(scores[n]))
    for rank, n in enumerate(order):
        if by_luck(scores[n]) > level / (len(order) - rank):
            break
        out[n] = False
    return out


def limit(count: int, level: float = LEVEL) -> float:
    """Return the z that the worst of ``count`` numbers may have."""
    if count == 0:
        return math.inf
    low, high = 0.0, 40.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if by_luck(middle) > level / count else (low, middle)
    return high
