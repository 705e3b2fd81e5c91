"""The page of a sensitivity analysis: what every metric hangs on, how sure, how much is noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sim.engine.folder import write_json
from sim.study import words
from sim.study.findings import Page, Picture
from sim.study.plot import LETTER, WIDE, Plot, both, ending
from sim.study.rows import Cell, Sheet
from sim.study.sensitivity.indices import (
    Effect,
    Index,
    effects,
    noise,
    noise_floor,
    points_differ,
    ranked,
)
from sim.study.sensitivity.sampled import Sampled
from sim.study.sweep.store import write_whole

LOUD = 0.5
"""Above this share of noise the indices say little about a single run."""

ROW, LEAST = 40, 30
"""Pixels from one parameter to the next, and above the first."""

ROOM = 345
"""Most pixels for the names of parameters beside the bars."""


@dataclass(frozen=True)
class Finding:
    """What one metric hangs on: effects, the strongest first, the share of noise, the strength of a
    parameter that only changes the luck (0 where it is not known), and whether anything varied."""

    metric: str
    unit: str
    factor: float
    effects: list[Effect]
    noise: Index
    floor: float
    differ: bool

    @property
    def clear(self) -> list[Effect]:
        """Effects that stand out from luck; none if the points do not differ by more than it."""
        if not self.differ:
            return []
        return [effect for effect in self.effects if effect.strength.low > self.floor]


def analyse(sampled: Sampled) -> list[Finding]:
    """Return what every metric hangs on.

    Raises:
        NotInstalled: SALib is not there.
    """
    out = []
    for metric, values in sampled.values.items():
        found = effects(
            sampled.method,
            sampled.parameters,
            sampled.cube,
            values.mean(axis=1),
            levels=sampled.levels,
            draw=sampled.draw,
        )
        factor, unit = words.in_unit(sampled.units[metric], sampled.currency)
        if sampled.method == "sobol":
            factor, unit = 100.0, "% of variance"
        floor = noise_floor(sampled.method, values, sampled.levels)
        share, differ = noise(values), points_differ(values)
        out.append(Finding(metric, unit, factor, ranked(found), share, floor, differ))
    return out


def verdict(found: Finding) -> str:
    """Return what the metric hangs on most, and nothing that the intervals do not hold."""
    first = found.effects[0]
    if first not in found.clear:
        return f"{found.metric} hangs on nothing that was varied, as far as can be told"
    level = [e for e in found.clear[1:] if e.strength.high >= first.strength.low]
    if not level:
        return f"{found.metric} hangs most on {first.parameter}"
    names = words.listed([first.parameter, *(effect.parameter for effect in level)])
    return f"{found.metric} hangs most on {names}; which of them most cannot be told"


def said_of_noise(found: Finding, repetitions: int) -> str:
    """Return the share of noise in words."""
    if math.isnan(found.noise.value):
        return "How much of it is noise is not known: every point was run once (repetitions: 2)."
    low, high = (words.share(end) for end in (found.noise.low, found.noise.high))
    text = (
        f"Noise, what {repetitions} repetitions of one point differ by, is"
        f" {words.share(found.noise.value)} of the variance of a run (95 %: {low} to {high})."
    )
    if found.noise.value > LOUD:
        text += " More repetitions would make the indices steadier."
    return text


def write_page(folder: Path, sampled: Sampled, found: list[Finding]) -> Path:
    """Write ``sensitivity.json`` and ``sensitivity.html`` into the sweep; return the page."""
    temporary = folder / ".sensitivity.json.part"
    write_json(temporary, as_json(sampled, found))
    temporary.replace(folder / "sensitivity.json")
    target = folder / "sensitivity.html"
    write_whole(target, page(sampled, found).html().encode())
    return target


def as_json(sampled: Sampled, found: list[Finding]) -> dict[str, Any]:
    """Return everything that was found; effects of ``morris`` in the metric's own unit."""
    return {
        "sweep": sampled.name,
        "method": sampled.method,
        "points": len(sampled.cube),
        "repetitions": sampled.repetitions,
        "confidence": 0.95,
        "metrics": [
            {
                "metric": one.metric,
                "unit": sampled.units[one.metric],
                "answer": verdict(one),
                "noise_share": _plain(one.noise),
                "noise_floor": one.floor,
                "effects": [
                    {
                        "parameter": effect.parameter,
                        "strength": _plain(effect.strength),
                        "alone": effect.alone and _plain(effect.alone),
                        "slope": effect.slope,
                        "bend": effect.bend,
                    }
                    for effect in one.effects
                ],
            }
            for one in found
        ],
    }


def _plain(index: Index) -> dict[str, float | None]:
    return {name: None if math.isnan(v) else v for name, v in index._asdict().items()}


NOTES = {
    "sobol": (
        "Bar: total index, the share of the metric's variance that would remain if all other"
        " parameters were known. Dot: first-order index, the share that knowing this one alone"
        " would take away. Lines: 95 % intervals; what lies below 0 is error of the sample. A gap"
        " between bar and dot is interplay with other parameters. Dashed: a parameter that does"
        " nothing but change the luck."
    ),
    "morris": (
        "Bar: by how much the metric changes, up or down, when the parameter goes through its whole"
        " range, on average over places in the design. Line: 95 % interval. Dot: the same with its"
        " sign; far inside the bar, the direction hangs on the other parameters or turns."
        " Dashed: a parameter that does nothing but change the luck."
    ),
}


def page(sampled: Sampled, found: list[Finding]) -> Page:
    """Return the page of an analysis."""
    pictures = []
    for one in found:
        title, first = verdict(one), one is found[0]
        drawn = both(partial(_draw, sampled, one), title)
        note = NOTES[sampled.method] if first else said_of_noise(one, sampled.repetitions)
        pictures.append(Picture("" if first else title, drawn, note))
    return Page(
        name=f"{sampled.name}-sensitivity",
        kicker=[
            sampled.name,
            {"sobol": "Sobol indices", "morris": "Morris effects"}[sampled.method],
            words.count(len(sampled.cube), "point"),
            words.count(sampled.repetitions, "repetition"),
        ],
        title=verdict(found[0]),
        stand=said_of_noise(found[0], sampled.repetitions),
        pictures=pictures,
        sheets=[_sheet(sampled, one, number) for number, one in enumerate(found)],
    )


def _draw(sampled: Sampled, found: Finding, width: int) -> Plot:
    wide, times = width == WIDE, found.factor
    label = int(LETTER * max(len(name) for name in sampled.parameters)) if wide else 0
    marks = [index for effect in found.effects for index in _marks(effect)]
    ends = [0.0, times * found.floor]
    ends += [times * end for index in marks for end in (index.low, index.high)]
    low, high = min(ends), max(ends)
    high = high + 0.04 * (high - low) or 1.0
    rows = len(found.effects)
    plot = Plot(
        width,
        LEAST + ROW * rows + 46,
        (low - 0.04 * (high - low) if low < 0 else 0.0, high),
        (0.0, 1.0),
        left=min(label + 12, ROOM) if wide else 8,
        top=LEAST - 14,
    )
    what = {"sobol": "share", "morris": "change over the range"}[sampled.method]
    plot.axes(f"{what}, {found.unit}".rstrip(", "))
    if found.floor > 0:
        x = plot.at(times * found.floor)
        plot.path(f"M{x:.1f} {plot.top}V{plot.height - plot.bottom}", "@ink", 1, "4 4")
    for number, effect in enumerate(found.effects):
        y = LEAST + ROW * number + ROW / 2
        _row(plot, effect, y, times)
        if wide:
            name = ending(effect.parameter, int(ROOM / LETTER))
            plot.text(plot.left - 8, y + 4, name, "@ink", anchor="end")
        else:
            plot.text(plot.left, y - 9, ending(effect.parameter, int(width / LETTER)), "@ink")
    return plot


def _marks(effect: Effect) -> list[Index]:
    sign = [] if effect.slope is None else [Index(effect.slope, effect.slope, effect.slope)]
    return [effect.strength, *([effect.alone] if effect.alone else []), *sign]


def _row(plot: Plot, effect: Effect, y: float, times: float) -> None:
    """Draw one parameter: bar and interval, and the dot of its second number."""
    zero, whole = plot.at(0.0), plot.at(times * effect.strength.value)
    plot.path(f"M{zero:.1f} {y:.1f}H{whole:.1f}", "@grey3", 12)
    _whisker(plot, effect.strength, y, times, "@ink")
    dot = effect.alone.value if effect.alone else effect.slope
    if effect.alone:
        _whisker(plot, effect.alone, y + 8, times, "@grey1")
    if dot is not None:
        x, at = plot.at(times * dot), y + (8 if effect.alone else 0)
        plot.parts.append(
            f'<circle cx="{x:.1f}" cy="{at:.1f}" r="4" style="fill:var(--ink);'
            'stroke:var(--paper);stroke-width:1.5"/>'
        )


def _whisker(plot: Plot, index: Index, y: float, times: float, color: str) -> None:
    low, high = plot.at(times * index.low), plot.at(times * index.high)
    plot.path(
        f"M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 4:.1f}v8M{high:.1f} {y - 4:.1f}v8",
        color,
        1.4,
    )


def _sheet(sampled: Sampled, found: Finding, number: int) -> Sheet:
    unit = found.unit
    heads = ["Parameter"]
    if sampled.method == "sobol":
        heads += [f"Total, {unit}", "from", "to", f"Alone, {unit}", "from", "to"]
    else:
        heads += [f"Change, {unit}", "from", "to", f"With sign, {unit}", f"Spread, {unit}"]
    rows: list[list[Cell]] = []
    for effect in found.effects:
        values = [*effect.strength, *(effect.alone or (effect.slope, effect.bend))]
        rows.append([(effect.parameter, None), *(_cell(v, found.factor) for v in values)])
    return Sheet(f"effects{number}", f"What {found.metric} hangs on", heads, rows)


def _cell(value: float | None, factor: float) -> Cell:
    if words.absent(value) or value is None:
        return words.NONE, None
    shown = factor * value
    return words.number(shown, 0 if abs(shown) >= 1000 else 2), round(shown, 6)
