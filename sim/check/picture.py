"""The picture of a check: what was measured, over what theory says."""

from __future__ import annotations

import math
from functools import partial
from html import escape

from markupsafe import Markup

from sim.check.measured import Point
from sim.check.suite import Result
from sim.study import palette
from sim.study.palette import Style
from sim.study.plot import WIDE, Plot, beginning, both, ending, spanning

ROW, TALL, LEAST = 32, 44, 34
"""Pixels from one row to the next (tall where the label stands above it), and above the first."""

ROOM = 440
"""Most pixels for labels beside the rows."""

SURE = 2.0
"""Standard errors to either side of a dot: a 95 % interval."""

MOST_CURVES, MOST_ROWS = 8, 16
LETTER = 7.4
"""Pixels that a letter of a label takes, at most: labels must not be cut by the page's edge."""


def curve_styles() -> dict[str, Style]:
    """Return a colour for the first, second, ... curve of any picture."""
    return palette.styles([(f"curve {n}", f"curve {n}") for n in range(MOST_CURVES)])


def drawn(result: Result) -> Markup:
    """Return the picture of a check in both widths, with a key where there are several curves."""
    found = result.found
    if not found.points and not found.beside:
        return Markup("")
    title = result.check.claim
    if not found.curves:
        return both(partial(_rows, result), title)
    picture = both(partial(_curves, result), title)
    names = [curve.name for curve in found.curves]
    items = "".join(
        f'<li><i class="line" style="--c:var(--line{_colour(n)})"></i>{escape(name)}</li>'
        for n, name in enumerate(names)
    )
    return picture + Markup(f'<ul class="key always">{items}</ul>')


def _colour(number: int) -> int:
    return number % MOST_CURVES


def _curves(result: Result, width: int) -> Plot:
    """Draw theory as lines through the points and their intervals."""
    found = result.found
    colour = {curve.name: f"@line{_colour(n)}" for n, curve in enumerate(found.curves)}
    here = [(p, ok) for p, ok in _numbers(result) if _shown(p)]
    here = [(p, ok) for p, ok in here if not p.of or p.of in colour]
    xs = [x for curve in found.curves for x, _ in curve.points] + [p.x for p, _ in here]
    xs += [x for x, _ in found.cloud]
    ys = [y for curve in found.curves for _, y in curve.points] + [y for _, y in found.cloud]
    ys += [p.got + side * SURE * p.error for p, _ in here for side in (-1, 1)]
    plot = Plot(width, 360 if width == WIDE else 300, spanning(xs, 0.02), _upwards(ys))
    room = int(width / LETTER)
    plot.axes(ending(found.x_title, room), beginning(found.y_title, room))
    for n, curve in enumerate(found.curves):
        plot.line(curve.points, f"@line{_colour(n)}", 2.0)
    for x, y in found.cloud:
        plot.dot(x, y, "@ink", 2.2)
    for point, ok in here:
        _mark(plot, point, ok, colour.get(point.of, "@ink"))
    return plot


def _numbers(result: Result) -> list[tuple[Point, bool]]:
    """Return all numbers and whether each agrees; what is not judged is not crossed out."""
    judged = list(zip(result.found.points, result.agree, strict=True))
    return judged + [(point, True) for point in result.found.beside]


def _upwards(values: list[float]) -> tuple[float, float]:
    """Return a range that begins at 0 where all is above it and some is near it."""
    low, high = spanning(values)
    if max(values) == 0.0 == min(values):
        return 0.0, 1.0
    return (0.0, high) if 0 <= min(values) < max(values) / 2 else (low, high)


def _shown(point: Point) -> bool:
    return math.isfinite(point.x) and math.isfinite(point.got)


def _mark(plot: Plot, point: Point, ok: bool, color: str) -> None:
    if point.error > 0:
        x = plot.at(point.x)
        low, high = (plot.up(point.got + side * SURE * point.error) for side in (-1, 1))
        plot.path(f"M{x:.1f} {low:.1f}V{high:.1f}", color, 1.6)
    plot.dot(point.x, point.got, "@paper", 4.6)
    plot.dot(point.x, point.got, color, 3.4)
    if not ok:
        plot.path(_cross(plot.at(point.x), plot.up(point.got)), "@ink", 2.4)


def _cross(x: float, y: float) -> str:
    return f"M{x - 8:.1f} {y - 8:.1f}l16 16m0 -16l-16 16"


def _rows(result: Result, width: int) -> Plot:
    """Draw a row for every number: a bar where theory is, a dot and interval where we are. Of very
    many those come first that do not agree, and some are left to the table."""
    wide, step = width == WIDE, ROW if width == WIDE else TALL
    numbers = sorted(_numbers(result), key=lambda one: one[1])
    numbers, left_out = numbers[:MOST_ROWS], numbers[MOST_ROWS:]
    points = [point for point, _ in numbers]
    label = int(LETTER * max(len(point.label) for point in points)) if wide else 0
    plot = Plot(
        width,
        LEAST + step * len(points) + 46,
        _reach(points),
        (0.0, 1.0),
        left=min(label + 20, ROOM) if wide else 14,
        top=LEAST - 14,
    )
    room = int(width / LETTER)
    plot.axes(ending(result.found.y_title or result.found.x_title, room))
    if left_out:
        plot.text(0, plot.top - 6, f"and {len(left_out)} more, in the table below", "@muted")
    for number, (point, ok) in enumerate(numbers):
        y = LEAST + step * number + step / 2
        if wide:
            name = beginning(point.label, int((plot.left - 8) / LETTER))
            plot.text(plot.left - 9, y + 4, name, "@ink", anchor="end")
        else:
            plot.text(4, y - 8, beginning(point.label, room), "@ink")
        _row(plot, point, ok, y + (0 if wide else 8))
    return plot


def _reach(points: list[Point]) -> tuple[float, float]:
    """Return the range of what was expected, and of what came with its interval."""
    values = [end for point in points for end in (point.expected, point.upto)]
    values += [p.got + side * SURE * p.error for p in points for side in (-1, 1)]
    return _upwards([value for value in values if math.isfinite(value)] or [0.0])


def _row(plot: Plot, point: Point, ok: bool, y: float) -> None:
    got = plot.at(point.got if math.isfinite(point.got) else point.expected)
    if math.isfinite(point.expected):
        want = plot.at(point.expected)
        plot.path(f"M{want:.1f} {y - 12:.1f}v24", "@line0", 3)
        if math.isfinite(point.upto):
            end = plot.at(point.upto)
            plot.path(f"M{want:.1f} {y:.1f}H{end:.1f}M{end:.1f} {y - 12:.1f}v24", "@line0", 3)
    if point.error > 0:
        low, high = (plot.at(point.got + side * SURE * point.error) for side in (-1, 1))
        plot.path(f"M{low:.1f} {y:.1f}H{high:.1f}", "@ink", 1.6)
    plot.parts.append(
        f'<circle cx="{got:.1f}" cy="{y:.1f}" r="3.4" style="fill:var(--ink);'
        'stroke:var(--paper);stroke-width:1.2"/>'
    )
    if not ok:
        plot.path(_cross(got, y), "@ink", 2.4)
