"""Find where a noisy curve crosses zero: scan, bisect the mean, and say how sure.

The curve is seen through paired runs: the same seeds at every point. The mean over seeds is scanned
at a few points and the first change of sign is bisected. The interval inverts the t-test: it holds
the points at which the mean of the seeds cannot be told from zero. For the true crossing that test
errs in 5 of 100 cases, so the interval covers it in 95, as far as means of seeds are normal; no
resampling, and it works for any number of seeds from two on (Fieller 1954 for a straight line).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.study.sweep.methods import optional
from sim.study.tables import Array

SCAN = 5
"""Points of the first look, ends included: enough to see a curve that turns."""

CONFIDENCE = 0.95
SHARPENED = 3
"""Up to so often the ends of the interval are looked at more closely."""

Evaluate = Callable[[Sequence[float]], Array]
"""Points → values above the level, points × seeds; the same seeds in every call."""

Fitted = Callable[[float], float]
"""The nearest value that the parameter may take (whole numbers, whole fen)."""


@dataclass
class Curve:
    """What was seen so far: points in ascending order, values of points × seeds."""

    points: Array = field(default_factory=lambda: np.zeros(0))
    values: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def add(self, points: Sequence[float], values: Array) -> None:
        """Put in new points.

        Raises:
            ValueError: a value is not finite.
        """
        values = np.asarray(values, np.float64).reshape(len(points), -1)
        if not np.isfinite(values).all():
            raise ValueError("a value is not finite")
        joined = np.concatenate([self.points, np.asarray(points, np.float64)])
        rows = np.concatenate([self.values, values]) if len(self.points) else values
        order = np.argsort(joined, kind="stable")
        self.points, self.values = joined[order], rows[order]

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return int(self.values.shape[1])

    @property
    def mean(self) -> Array:
        """Mean over seeds at every point."""
        return np.asarray(self.values.mean(axis=1))

    @property
    def half_width(self) -> Array:
        """Half of the mean's t-interval at every point; infinite for one seed."""
        if self.seeds < 2:
            return np.full(len(self.points), np.inf)
        t = float(optional("scipy.special").stdtrit(self.seeds - 1, (1 + CONFIDENCE) / 2))
        return np.asarray(t * self.values.std(axis=1, ddof=1) / math.sqrt(self.seeds))

    @property
    def decided(self) -> Array:
        """Sign of the mean where it can be told from zero, else 0 (exactly 0 is no side)."""
        return np.where(np.abs(self.mean) > self.half_width, np.sign(self.mean), 0.0)


@dataclass(frozen=True)
class Tipping:
    """What was found.

    crossing: where the mean crosses, None if it does not between the ends. bracket: neighbouring
    points on both sides of it, closer than the tolerance. rises: the metric is above the level to
    the right of it. low, high: the interval; None where it goes on beyond the ends that were
    looked at, or where one seed gives none. per_seed: where each seed's own curve crosses first,
    NaN where it does not. more: brackets of further crossings that the first look saw.
    """

    curve: Curve
    crossing: float | None = None
    bracket: tuple[float, float] | None = None
    rises: bool = True
    low: float | None = None
    high: float | None = None
    per_seed: Array = field(default_factory=lambda: np.zeros(0))
    more: tuple[tuple[float, float], ...] = ()


def find_tipping(
    evaluate: Evaluate,
    low: float,
    high: float,
    tolerance: float,
    fitted: Fitted = float,
) -> Tipping:
    """Find the first crossing of zero between ``low`` and ``high``.

    Args:
        evaluate: values above the level at given points, points × seeds.
        low: left end. high: right end, above ``low``.
        tolerance: the bracket is halved until it is no wider, in units of the parameter.
        fitted: the nearest value that the parameter may take.

    Raises:
        ValueError: a value is not finite.
    """
    curve = Curve()

    def look(wanted: Sequence[float]) -> None:
        new = sorted({fitted(point) for point in wanted} - set(curve.points.tolist()))
        if new:
            curve.add(new, evaluate(new))

    look(np.linspace(low, high, SCAN).tolist())
    brackets = _changes(curve)
    if not brackets:
        return Tipping(curve, per_seed=_own_crossings(curve))
    first, *more = brackets
    left, right = _bisect(curve, look, first, tolerance, fitted)
    crossing = _zero(curve, left, right, curve.mean)
    for _ in range(SHARPENED):
        known = len(curve.points)
        ends = _interval(curve, crossing)
        far = [end for end in ends if end is not None and _is_far(curve, end, tolerance)]
        look(far)
        if len(curve.points) == known:
            break
    ends = _interval(curve, crossing)
    at = curve.points.tolist()
    return Tipping(
        curve,
        crossing,
        (left, right),
        bool(curve.mean[at.index(right)] > curve.mean[at.index(left)]),
        ends[0],
        ends[1],
        _own_crossings(curve),
        tuple(more),
    )


def _bisect(
    curve: Curve,
    look: Callable[[Sequence[float]], None],
    bracket: tuple[float, float],
    tolerance: float,
    fitted: Fitted,
) -> tuple[float, float]:
    left, right = bracket
    while right - left > tolerance:
        middle = fitted((left + right) / 2)
        if not left < middle < right:
            break  # neighbours: whole numbers have nothing between them
        look([middle])
        at = curve.points.tolist()
        same_side = _side(curve.mean[at.index(middle)]) == _side(curve.mean[at.index(left)])
        left, right = (middle, right) if same_side else (left, middle)
    return left, right


def _side(value: float) -> bool:
    """Whether a value is at or above the level."""
    return bool(value >= 0)


def _changes(curve: Curve) -> list[tuple[float, float]]:
    """Return the neighbouring points between which the mean changes side."""
    above = curve.mean >= 0
    at = np.flatnonzero(above[1:] != above[:-1])
    return [(float(curve.points[i]), float(curve.points[i + 1])) for i in at]


def _zero(curve: Curve, left: float, right: float, line: Array) -> float:
    """Return where the straight line between two points of ``line`` is zero."""
    at = curve.points.tolist()
    a, b = float(line[at.index(left)]), float(line[at.index(right)])
    return left + (right - left) * a / (a - b) if a != b else (left + right) / 2


def _interval(curve: Curve, crossing: float) -> tuple[float | None, float | None]:
    """Return the ends of the stretch around ``crossing`` where the mean cannot be told from 0."""
    if curve.seeds < 2:
        return None, None
    points, decided = curve.points, curve.decided
    ends: list[float | None] = []
    for step, inside in ((-1, points <= crossing), (1, points >= crossing)):
        places = np.flatnonzero(inside)[::step]
        outer = next((int(i) for i in places if decided[i] != 0), None)
        if outer is None:
            ends.append(None)
            continue
        # The band's nearer edge reaches zero between this point and the next one inwards.
        edge = curve.mean - decided[outer] * curve.half_width
        inner = outer - step
        a, b = float(edge[outer]), float(edge[inner])
        share = a / (a - b) if a * b < 0 else 1.0
        reached = float(points[outer] + share * (points[inner] - points[outer]))
        ends.append(min(reached, crossing) if step < 0 else max(reached, crossing))
    return ends[0], ends[1]


def _is_far(curve: Curve, point: float, tolerance: float) -> bool:
    """Whether no point within the tolerance was looked at."""
    return bool(np.min(np.abs(curve.points - point)) > tolerance)


def _own_crossings(curve: Curve) -> Array:
    """Return where each seed's own curve, drawn through its points, first changes side."""
    out = np.full(curve.seeds, np.nan)
    for seed in range(curve.seeds):
        own = curve.values[:, seed]
        at = np.flatnonzero((own[1:] >= 0) != (own[:-1] >= 0))
        if len(at):
            left, right = curve.points[at[0]], curve.points[at[0] + 1]
            a, b = own[at[0]], own[at[0] + 1]
            out[seed] = left + (right - left) * a / (a - b)
    return out


def most_looks(low: float, high: float, tolerance: float) -> int:
    """Return at most how many points ``find_tipping`` looks at."""
    halvings = math.ceil(math.log2(max(1.0, (high - low) / (SCAN - 1) / tolerance)))
    return SCAN + halvings + 2 * SHARPENED


def seeds_needed(found: Tipping, half_width: float) -> int | None:
    """Return about how many seeds make the interval ± ``half_width``; None if it cannot be told.

    Half-widths shrink with the root of the number of seeds.
    """
    if found.low is None or found.high is None or half_width <= 0:
        return None
    now = (found.high - found.low) / 2
    return max(found.curve.seeds, math.ceil(found.curve.seeds * (now / half_width) ** 2))
