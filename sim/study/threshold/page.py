"""The page of a tipping point: the curve with its band, the level, and where they meet."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.engine.folder import write_json
from sim.study import palette, words
from sim.study.findings import Page, Picture
from sim.study.numbers import unit_of
from sim.study.palette import Style
from sim.study.plot import LETTER, WIDE, Plot, beginning, both, ending, spanning
from sim.study.rows import Cell, Sheet
from sim.study.sweep.metric import Metric
from sim.study.sweep.store import write_whole
from sim.study.tables import Array
from sim.study.threshold import told
from sim.study.threshold.question import Question
from sim.study.threshold.search import Tipping


def write_page(folder: Path, asked: Question, found: Tipping) -> Path:
    """Write ``threshold.json`` and ``threshold.html`` into the folder; return the page's path."""
    temporary = folder / ".threshold.json.part"
    write_json(temporary, told.as_json(asked, found))
    temporary.replace(folder / "threshold.json")
    target = folder / "threshold.html"
    write_whole(target, page(asked, found).html().encode())
    return target


def page(asked: Question, found: Tipping) -> Page:
    """Return the page of an answer."""
    record = asked.base.scenario
    styles = _style(asked)
    title = told.verdict(asked, found)
    note = (
        "Strong line and dots: the mean of all seeds at the values that were simulated; band: 95 %"
        " interval of that mean; faint lines: each seed by itself."
        if len(asked.seeds) > 1
        else "One seed; dots are the values that were simulated."
    )
    if found.low is not None or found.high is not None:
        note += " Bar on the level: where the mean cannot be told from it."
    seeds = words.count(len(asked.seeds), "seed")
    return Page(
        name=f"{record.name}-threshold",
        kicker=[record.name, words.count(record.days, "day"), f"{seeds}, paired"],
        title=title,
        stand=told.sureness(asked, found),
        pictures=[Picture("", both(lambda width: _draw(asked, found, width), title), note)],
        doubts=told.doubts(asked, found),
        sheets=[_points(asked, found), _seeds(asked, found)],
        styles=styles,
    )


def _style(asked: Question) -> dict[str, Style]:
    """The colour of the strategy whose camp is looked at, if it is one."""
    part, _, rest = asked.metric.path.partition(".")
    camp = asked.base.scenario.merchants.get(rest.split(".")[0])
    if part != "camps" or camp is None:
        return {}
    return palette.styles([(rest.split(".")[0], camp.strategy.kind)])


def _name(asked: Question) -> str:
    """Return the parameter with the unit in which it is shown."""
    return f"{asked.path}, {asked.shown[1]}".rstrip(", ")


def _value(asked: Question, value: float) -> Cell:
    return told.plainly(asked, value), round(asked.shown[0] * value, 9)


def _axis(asked: Question) -> tuple[str, float, float]:
    """Return title, factor and offset of the vertical axis: shown is factor × (gap + offset)."""
    factor, unit = words.in_unit(unit_of(asked.metric), asked.base.scenario.currency)
    if isinstance(asked.level, Metric):
        return f"{asked.metric.name} less {asked.level.name}, {unit}", factor, 0.0
    return f"{asked.metric.name}, {unit}".rstrip(", "), factor, asked.level


def _draw(asked: Question, found: Tipping, width: int) -> Plot:
    title, factor, offset = _axis(asked)
    curve = found.curve

    def shown(gap: Array) -> Array:
        return factor * (gap + offset)

    half = np.where(np.isfinite(curve.half_width), curve.half_width, 0.0)
    low, high = shown(curve.mean - half), shown(curve.mean + half)
    level = factor * offset
    reach = spanning([*shown(curve.values).ravel(), *low, *high, level])
    wide, times = width == WIDE, asked.shown[0]
    points = times * curve.points
    ends = (times * asked.low, times * asked.high)
    plot = Plot(width, 380 if wide else 300, ends, reach)
    style = next(iter(_style(asked).values()), None)
    line, haze = (style.line, style.band) if style else ("@ink", "@haze")
    room = int(width / LETTER)
    plot.axes(ending(_name(asked), room), beginning(title, room))
    for own in curve.values.T:
        plot.line(zip(points, shown(own), strict=True), "@grey3", 0.8)
    plot.band(points.tolist(), low.tolist(), high.tolist(), haze)
    plot.line(zip(points, shown(curve.mean), strict=True), line)
    for x, y in zip(points, shown(curve.mean), strict=True):
        plot.dot(x, y, line, 2.6)
    y = plot.up(level)
    plot.path(f"M{plot.left} {y:.1f}H{width - plot.right}", "@ink", 1.2, "5 4")
    if found.crossing is not None:
        _mark(plot, asked, found, level)
    return plot


def _mark(plot: Plot, asked: Question, found: Tipping, level: float) -> None:
    """Draw crossing and interval on the level, and name the crossing."""
    assert found.crossing is not None
    times = asked.shown[0]
    y, floor = plot.up(level), plot.height - plot.bottom
    x = plot.at(times * found.crossing)
    if len(asked.seeds) > 1:
        low = asked.low if found.low is None else found.low
        high = asked.high if found.high is None else found.high
        plot.path(f"M{plot.at(times * low):.1f} {y:.1f}H{plot.at(times * high):.1f}", "@ink", 5)
    plot.path(f"M{x:.1f} {y:.1f}V{floor}", "@ink", 1, "2 3")
    plot.dot(times * found.crossing, level, "@paper", 5.5)
    plot.dot(times * found.crossing, level, "@ink", 4)
    right = x < plot.width * 0.6
    aside, anchor = (8, "start") if right else (-8, "end")
    plot.text(x + aside, floor - 8, told.at(asked, found.crossing), "@ink", anchor, bold=True)


def _points(asked: Question, found: Tipping) -> Sheet:
    title, factor, offset = _axis(asked)
    _, _, unit = title.rpartition(", ")
    curve = found.curve

    def cell(value: float) -> Cell:
        known = bool(np.isfinite(value))
        exact = round(factor * (value + offset), 6) if known else None
        return words.rounded(factor * (value + offset), 0.01) if known else words.NONE, exact

    rows: list[list[Cell]] = []
    for x, mean, half, own in zip(
        curve.points, curve.mean, curve.half_width, curve.values, strict=True
    ):
        ends = [cell(mean - half), cell(mean + half), cell(own.min()), cell(own.max())]
        above = int((own >= 0).sum())
        rows.append([_value(asked, float(x)), cell(mean), *ends, (str(above), above)])
    heads = [_name(asked), f"Mean, {unit}"]
    heads += [f"Interval from, {unit}", f"to, {unit}", f"Least seed, {unit}"]
    heads += [f"Greatest seed, {unit}", "Seeds at or above the level"]
    return Sheet("points", "Every value that was simulated", heads, rows)


def _seeds(asked: Question, found: Tipping) -> Sheet:
    rows: list[list[Cell]] = []
    for seed, x in zip(asked.seeds, found.per_seed, strict=True):
        known = bool(np.isfinite(x))
        shown: Cell = _value(asked, float(x)) if known else (words.NONE, None)
        rows.append([(str(seed), seed), shown])
    heads = ["Seed", f"Crosses at {_name(asked)}"]
    return Sheet("seeds", "Where each seed crosses by itself", heads, rows)
