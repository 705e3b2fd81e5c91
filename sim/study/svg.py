"""One small static picture of a run, for a README: no browser, no script, light and dark.

Left, profit per merchant by camp (line: middle merchant, band: spread); right, the price of a
click by platform. Drawn on its own paper, because the page around it may be light when the
reader's system is dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from sim.study import headline, palette
from sim.study.story import Spread, Story, frame, spread
from sim.study.tables import Array

WIDTH, HEIGHT = 760, 350
TOP, FLOOR = 74, 300
LEAST_GAP = 17
MOST_POINTS = 160
DAY_STEPS = (1, 2, 5, 7, 14, 30, 60, 90, 120, 180, 365, 730, 1825, 3650)
LONGEST = 11
"""Letters of a label; longer names end in an ellipsis."""


@dataclass
class _Frame:
    """A plotting area: pixels from ``left`` to ``right``, values from ``low`` to ``high``."""

    left: float
    right: float
    days: int
    low: float
    high: float
    gutter: float
    parts: list[str] = field(default_factory=list)

    def x(self, day: float) -> float:
        return self.left + (self.right - self.left) * day / max(1, self.days - 1)

    def y(self, value: float) -> float:
        return FLOOR - (FLOOR - TOP) * (value - self.low) / (self.high - self.low)


def static_svg(story: Story) -> str:
    """Return the picture as SVG text."""
    camps, styles = story.camps, story.styles
    rows = {c["name"]: spread(story.profit[:, story.standing(c["name"])]) for c in camps}
    low, high, _ = frame(list(rows.values()))
    divisor, unit = story.money_unit(max(abs(low), abs(high)))
    left = _frame(66, 378, story.days, [low / divisor, high / divisor], 50)
    _axes(left, f"Profit per merchant, {unit}")
    for name, row in rows.items():
        left.parts.append(_bands(left, row.over(divisor), styles[name].number))
    for name, row in rows.items():
        left.parts.append(
            _line(left, row.middle / divisor, f"l{styles[name].number}", styles[name].dash)
        )
    if not rows:
        left.parts.append(_nothing(left, "no merchants"))
    _labels(
        left,
        [
            (name, float(row.middle[-1] / divisor), f"t{styles[name].number}")
            for name, row in rows.items()
        ],
    )
    prices = _prices(story)
    right = _frame(506, 676, story.days, [float(np.nanmax(v)) for v in prices.values()], 40)
    _axes(right, f"Price per click, {story.coin}")
    for shade, values in enumerate(prices.values()):
        right.parts.append(_line(right, values, f"p{shade}", "solid"))
    if not prices:
        right.parts.append(_nothing(right, "no clicks sold"))
    _labels(
        right,
        [
            (name, float(v[np.isfinite(v)][-1]), f"q{shade}")
            for shade, (name, v) in enumerate(prices.items())
        ],
    )
    title = escape(headline.verdict(story.summary))
    run = story.run
    about = escape(f"Run of {run['name']}, seed {run['seed']}, {run['days']} days.")
    foot = "Line: the middle merchant; bands: the middle half and all. One seed is an anecdote."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' aria-labelledby="title">',
            f'<title id="title">{title}</title><desc>{about}</desc>',
            f"<style>{_css(story)}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
            f'<text class="head" x="16" y="30">{title}</text>',
            *left.parts,
            *right.parts,
            f'<text class="muted" x="16" y="{HEIGHT - 10}">{foot}</text>',
            "</svg>",
            "",
        ]
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers (1, 2, 5 times a power of ten) that cover a range."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _frame(left: float, right: float, days: int, ends: Sequence[float], gutter: float) -> _Frame:
    low, high = min([0.0, *ends]), max([0.0, *ends])
    if low == high:
        high = 1.0
    air = 0.04 * (high - low)
    return _Frame(left, right, days, low - air if low < 0 else low, high + air, gutter)


def _axes(frame: _Frame, title: str) -> None:
    out = frame.parts
    out.append(f'<text class="unit" x="{frame.left - frame.gutter}" y="56">{escape(title)}</text>')
    marks = ticks(frame.low, frame.high)
    digits = max(0, -math.floor(math.log10(marks[1] - marks[0]) + 1e-9)) if len(marks) > 1 else 0
    for value in marks:
        y = frame.y(value)
        kind = "zero" if value == 0 else "grid"
        out.append(f'<path class="{kind}" d="M{frame.left} {y:.1f}H{frame.right}"/>')
        text = f"{value:,.{digits}f}".replace("-", "−")
        out.append(f'<text class="muted end" x="{frame.left - 7}" y="{y + 4.5:.1f}">{text}</text>')
    most = (frame.right - frame.left) / 75
    step = next((step for step in DAY_STEPS if frame.days / step <= most), 10 * DAY_STEPS[-1])
    for place, day in enumerate(range(0, frame.days, step)):
        text = f"day {day:,}" if place == 0 else f"{day:,}"
        at = "start" if place == 0 else "mid"
        out.append(
            f'<text class="muted {at}" x="{frame.x(day):.1f}" y="{FLOOR + 20}">{text}</text>'
        )


def _line(frame: _Frame, values: Array, kind: str, dash: str) -> str:
    runs: list[str] = []
    pen = "M"
    for day in _drawn(len(values)):
        value = float(values[day])
        if not math.isfinite(value):
            pen = "M"
            continue
        runs.append(f"{pen}{frame.x(day):.1f} {frame.y(value):.1f}")
        pen = "L"
    if len(runs) == 1:
        runs.append("h.01")  # the round caps turn this into a dot
        kind += " alone"
    return f'<path class="line {kind} {dash}" d="{"".join(runs)}"/>'


def _drawn(days: int) -> list[int]:
    """Return the days that are drawn: at most ``MOST_POINTS`` or so, the last among them."""
    step = math.ceil(days / MOST_POINTS)
    return sorted({*range(0, days, step), days - 1})


def _bands(frame: _Frame, row: Spread, number: int) -> str:
    """Both bands of a camp, cut off where they leave the frame."""
    clip = (
        f'<clipPath id="c"><path d="M{frame.left} {TOP}H{frame.right}V{FLOOR}H{frame.left}Z"/>'
        "</clipPath>"
    )
    bands = _band(frame, row.low, row.high, f"h{number}") + _band(
        frame, row.lower, row.upper, f"b{number}"
    )
    return f'{clip}<g clip-path="url(#c)">{bands}</g>'


def _band(frame: _Frame, low: Array, high: Array, kind: str) -> str:
    known = [day for day in _drawn(len(low)) if math.isfinite(low[day])]
    there = [f"{frame.x(day):.1f} {frame.y(high[day]):.1f}" for day in known]
    back = [f"{frame.x(day):.1f} {frame.y(low[day]):.1f}" for day in reversed(known)]
    return f'<path class="{kind}" d="M{"L".join([*there, *back])}Z"/>'


def _labels(frame: _Frame, names: list[tuple[str, float, str]]) -> None:
    placed = -math.inf
    for name, value, kind in sorted(names, key=lambda item: -item[1]):
        y = max(frame.y(value) + 5, placed + LEAST_GAP)
        placed = y
        frame.parts.append(
            f'<text class="label {kind}" x="{frame.right + 8}" y="{y:.1f}">'
            f"{escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + '…')}</text>"
        )


def _nothing(frame: _Frame, text: str) -> str:
    x, y = (frame.left + frame.right) / 2, (TOP + FLOOR) / 2
    return f'<text class="muted mid" x="{x:.0f}" y="{y:.0f}">{text}</text>'


def _prices(story: Story) -> dict[str, Array]:
    """Mean price per click by day of the three platforms that sold most."""
    table = story.tables["platforms"]
    out: dict[str, tuple[int, Array]] = {}
    for name in story.summary["market"]["price_per_click"]:
        here = np.asarray([str(other) == name for other in table["platform"]])
        values = np.full(story.days, np.nan)
        values[table["day"][here]] = story.main(table["price_per_click"][here])
        values[~(values > 0)] = np.nan
        if np.isfinite(values).any():
            out[name] = int(table["spend"][here].sum()), values
    best = sorted(out, key=lambda name: -out[name][0])[:3]
    return {name: out[name][1] for name in best}


def _css(story: Story) -> str:
    rules = [
        "text{font:14px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}",
        ".head{font-size:19px;font-weight:600}.label{font-weight:600}.unit{font-size:14px}",
        ".end{text-anchor:end}.mid{text-anchor:middle}path{fill:none}",
        ".line{stroke-width:2.4;stroke-linejoin:round;stroke-linecap:round}",
        ".alone{stroke-width:9}",
        ".dash{stroke-dasharray:8 5}.dot{stroke-dasharray:1 5}.dashdot{stroke-dasharray:8 4 1 4}",
        _themed(story, "light"),
        "@media (prefers-color-scheme:dark){" + _themed(story, "dark") + "}",
    ]
    return "".join(rules)


def _themed(story: Story, name: str) -> str:
    color = palette.theme(name, story.styles)
    out = [
        f".paper{{fill:{color['@paper']}}}.head,.unit{{fill:{color['@ink']}}}",
        f".muted{{fill:{color['@muted']}}}.grid{{stroke:{color['@grid']}}}",
        f".zero{{stroke:{color['@zero']}}}",
    ]
    for shade, key in enumerate(("@ink", "@grey1", "@grey2")):
        text = "@ink" if shade == 0 else "@muted"
        out.append(f".p{shade}{{stroke:{color[key]}}}.q{shade}{{fill:{color[text]}}}")
    for style in story.styles.values():
        n = style.number
        out.append(
            f".l{n}{{stroke:{color[style.line]}}}.t{n}{{fill:{color[style.text]}}}"
            f".b{n}{{fill:{color[style.band]}}}.h{n}{{fill:{color[style.haze]}}}"
        )
    return "".join(out)
