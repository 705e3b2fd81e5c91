"""What a check is and what it hands back: measured numbers beside the values they are held against.

A check that draws luck gives every number its standard error; a check without luck gives 0, and
then the number must be the very value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

QUICK = 0.2
"""Which part of the full suite's luck ``--quick`` draws."""

Pairs = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Point:
    """One number held against its value.

    Attributes:
        label: which instance, in words.
        expected: the value from theory, from an exact method, or published.
        got: what the production code gave.
        error: standard error of ``got``; 0 where it must be exact.
        x: place on the horizontal axis of the picture; NaN where the points are a list.
        of: the curve it belongs to, by name.
        upto: where what is known is a range, its upper end, and ``expected`` the lower; NaN where
            it is one value.
        miss: why the model is known not to give this number; empty for all that it must give.
    """

    label: str
    expected: float
    got: float
    error: float = 0.0
    x: float = math.nan
    of: str = ""
    upto: float = math.nan
    miss: str = ""

    @property
    def nearest(self) -> float:
        """What is expected, of a range the value nearest to what was got."""
        if math.isnan(self.upto):
            return self.expected
        return min(max(self.got, self.expected), self.upto)


@dataclass(frozen=True)
class Curve:
    """What theory says between the points: (x, y) pairs."""

    name: str
    points: Pairs


@dataclass(frozen=True)
class Found:
    """What a check found.

    Attributes:
        points: the numbers, in the order of the table.
        beside: numbers set beside others, shown and not judged: where they differ, the model does
            not do what the world does, which is a finding and no bug.
        x_title, y_title: what the axes of the picture count, with unit.
        curves: theory, drawn through the points; none where the points are a list.
        cloud: (x, y) pairs that are shown with the points and not judged by themselves.
        note: what a reader of the picture must know.
        skipped: why nothing could be measured here, such as data that may not be shipped.
    """

    points: tuple[Point, ...]
    x_title: str = ""
    y_title: str = ""
    curves: tuple[Curve, ...] = ()
    cloud: Pairs = ()
    note: str = ""
    skipped: str = ""
    beside: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Effort:
    """How much luck is drawn: the seed, and which part of the full suite's runs."""

    seed: int = 1
    share: float = 1.0

    @property
    def quick(self) -> bool:
        """Whether this is less than the full suite."""
        return self.share < 1.0

    def runs(self, full: int, least: int = 100) -> int:
        """Return how many of ``full`` repetitions to do: at least ``least``, so that standard
        errors can be trusted, but for efforts below ``QUICK``, which are to see large bugs."""
        enough = round(least * min(1.0, self.share / QUICK))
        return max(min(full, least, max(8, enough)), round(full * self.share))


@dataclass(frozen=True)
class Check:
    """One check of the suite.

    Attributes:
        name: what ``sim check NAME`` is given.
        family: the part of the model, in words.
        claim: what holds if it passes, one sentence.
        source: where the values come from.
        run: measures; same effort, same numbers.
        own: measures an instance of the user's, by keyword; its signature names and types them.
        face: after Rand & Rust (2011), what kind of evidence this is (``FACES``).
    """

    name: str
    family: str
    claim: str
    source: str
    run: Callable[[Effort], Found]
    own: Callable[..., Found] | None = field(default=None)
    face: str = "verification"


FACES = ("verification", "micro-face", "macro-face", "empirical input", "empirical output")
"""What a check is evidence of (Rand & Rust 2011)."""


def mean_point(
    label: str,
    expected: float,
    values: npt.ArrayLike,
    x: float = math.nan,
    of: str = "",
) -> Point:
    """Return the mean of independent values as a point, with its standard error."""
    drawn = np.asarray(values, np.float64)
    error = float(drawn.std(ddof=1) / math.sqrt(len(drawn)))
    return Point(label, expected, float(drawn.mean()), error, x, of)


def few_point(
    label: str,
    expected: float,
    values: npt.ArrayLike,
    x: float = math.nan,
    of: str = "",
) -> Point:
    """Return the mean of a few independent values as a point.

    So few of them give a doubtful standard error. It is told so much larger that z is as rare under
    a normal law as t is under Student's with n - 1 degrees of freedom (Wallace 1959): z = (8 n - 7)
    / (8 n - 5) sqrt((n - 1) ln(1 + t^2 / (n - 1))).
    """
    plain = mean_point(label, expected, values, x, of)
    free = np.size(values) - 1
    if plain.error == 0 or plain.got == expected:
        return plain
    t = abs(plain.got - expected) / plain.error
    z = (8 * free + 1) / (8 * free + 3) * math.sqrt(free * math.log1p(t * t / free))
    return replace(plain, error=plain.error * t / z)


def share_point(
    label: str, expected: float, hits: int, runs: int, x: float = math.nan, of: str = ""
) -> Point:
    """Return a share of independent runs as a point; the error is the one theory gives it."""
    error = math.sqrt(expected * (1 - expected) / runs)
    return Point(label, expected, hits / runs, error, x, of)


def difference_point(label: str, expected: tuple[float, float], got: tuple[float, float]) -> Point:
    """Return a number held against data that are a sample, too: both as (value, standard error),
    whose errors are independent."""
    return Point(label, expected[0], got[0], math.hypot(expected[1], got[1]))


def curve(name: str, xs: Sequence[float], ys: Sequence[float]) -> Curve:
    """Return a curve through pairs."""
    return Curve(name, tuple((float(x), float(y)) for x, y in zip(xs, ys, strict=True)))


def twin_found(points: Sequence[Point], cloud: Sequence[tuple[float, float]], what: str) -> Found:
    """Return what kernel and twin gave, which must lie on the diagonal."""
    some = tuple((float(x), float(y)) for x, y in cloud)
    top = max((max(pair) for pair in some), default=1.0)
    same = curve("the same", [0.0, top], [0.0, top])
    note = "A dot for every result of the twin and of the kernel; judged one by one."
    return Found(
        tuple(points), f"{what}, plain twin", f"{what}, kernel", (same,), _thinned(some), note
    )


def _thinned(pairs: Pairs, most: int = 400) -> Pairs:
    """Return at most so many of the pairs, spread evenly."""
    step = max(1, math.ceil(len(pairs) / most))
    return pairs[::step]
