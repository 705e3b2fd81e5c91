"""The two pictures of docs/calibration.md: hand-written SVG, readable on light and dark pages.

Data are grey, the simulation has Okabe & Ito's blue; labels stand at what they name.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WIDTH = 520
STYLE = """
text { font: 15px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1d1c1a }
.paper { fill: #fcfbf9 } .head { font-size: 17px; font-weight: 600 }
.muted { fill: #67645e } .mid { text-anchor: middle } .end { text-anchor: end }
.grid { stroke: #e6e3dc } .zero { stroke: #8d8981 } .past { stroke: #8d8981; stroke-dasharray: 2 4 }
.data { fill: #a7a39b } .error { stroke: #1d1c1a; stroke-width: 1.5 }
.sim { fill: #0072b2 } .simtext { fill: #0072b2; font-weight: 600 }
.line { fill: none; stroke-width: 2.5 } .dataline { stroke: #7d7a74 } .simline { stroke: #0072b2 }
.gap { fill: #0072b2; opacity: .13 }
@media (prefers-color-scheme: dark) {
  text { fill: #ecebe8 } .paper { fill: #151618 } .muted { fill: #a5a29c } .grid { stroke: #2d2f32 }
  .zero, .past { stroke: #77756f } .data { fill: #6f6d69 } .error { stroke: #ecebe8 }
  .sim { fill: #3a9ad9 } .simtext { fill: #56b4e9 } .dataline { stroke: #94918b }
  .simline { stroke: #3a9ad9 } .gap { fill: #3a9ad9; opacity: .2 }
}
"""


def _page(width: int, height: int, title: str, said: str, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            ' aria-labelledby="title what">',
            f'<title id="title">{title}</title><desc id="what">{said}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
            f'<text class="head" x="16" y="30">{title}</text>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{words}</text>'


def histogram(data: np.ndarray, error: np.ndarray, simulated: np.ndarray) -> str:
    """Draw shares of customers by number of repeats; ``error`` float64[n] is the data's."""
    left, floor, height, step, bar = 30, 268, 186, 59, 23
    top = 0.65
    parts = []

    def y(share: float) -> float:
        return floor - height * share / top

    for number, (seen, wide, made) in enumerate(zip(data, error, simulated, strict=True)):
        x = left + step * number
        name = f"{number}" if number < len(data) - 1 else f"{number}+"
        for at, share, kind in ((x, seen, "data"), (x + bar + 2, made, "sim")):
            parts.append(
                f'<rect class="{kind}" x="{at}" y="{y(share):.1f}" width="{bar}"'
                f' height="{floor - y(share):.1f}"/>'
            )
        middle, low, high = x + bar / 2, y(seen - 2 * wide), y(seen + 2 * wide)
        parts.append(f'<path class="error" d="M{middle} {low:.1f}V{high:.1f}"/>')
        above = min(high, y(made)) - 7
        parts += [
            _text(
                x + bar + 1,
                above,
                f"{made:.0%}" if made >= 0.0995 else f"{made:.1%}",
                "simtext mid",
            ),
            _text(x + bar + 1, floor + 20, name, "mid"),
        ]
    parts += [
        f'<path class="zero" d="M{left - 14} {floor}H{left + step * len(data)}"/>',
        _text(
            left + step * len(data) / 2 - 8,
            floor + 43,
            "repeat purchases of a customer in the first 39 weeks",
            "muted mid",
        ),
        _text(16, 56, "share of customers", "muted"),
        _text(left + 78, y(0.55), "simulated needs (percent on top)", "simtext"),
        _text(left + 78, y(0.55) + 22, "CDNOW 1997, 2,357 customers", "muted"),
        _text(left + 78, y(0.55) + 42, "(lines: ±2 standard errors)", "muted"),
    ]
    said = "; ".join(
        f"{n}: data {a:.3f}, simulated {b:.3f}"
        for n, (a, b) in enumerate(zip(data, simulated, strict=True))
    )
    return _page(WIDTH, 326, "Simulated people come back as CDNOW's did", said, parts)


def weekly(data: np.ndarray, simulated: np.ndarray, fitted: int) -> str:
    """Draw cumulative repeats float64[weeks + 1]; weeks after ``fitted`` were not fitted."""
    left, right, floor, ceiling = 62, 404, 268, 70
    weeks = len(data) - 1
    top = 1000 * np.ceil(max(simulated[-1], data[-1]) / 1000)

    def x(week: float) -> float:
        return left + (right - left) * week / weeks

    def y(value: float) -> float:
        return floor - (floor - ceiling) * value / top

    def path(values: np.ndarray) -> list[str]:
        return [f"{x(w):.1f} {y(v):.1f}" for w, v in enumerate(values)]

    parts = []
    for value in range(0, int(top) + 1, 1000):
        kind = "zero" if value == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{left} {y(value):.1f}H{right}"/>')
        parts.append(_text(left - 8, y(value) + 5, f"{value:,}", "muted end"))
    for week in (0, 13, 26, 39, 52, 65, 78):
        parts.append(
            _text(x(week), floor + 20, f"week {week}" if week == 0 else f"{week}", "muted mid")
        )
    there, back = path(simulated)[fitted:], path(data)[fitted:][::-1]
    over = simulated[-1] / data[-1] - 1
    parts += [
        f'<path class="gap" d="M{"L".join(there + back)}Z"/>',
        f'<path class="past" d="M{x(fitted):.1f} {floor}V{ceiling}"/>',
        _text(x(fitted) - 8, ceiling + 14, "fitted to", "muted end"),
        _text(x(fitted) + 8, ceiling + 14, "not seen", "muted"),
        f'<path class="line dataline" d="M{"L".join(path(data))}"/>',
        f'<path class="line simline" d="M{"L".join(path(simulated))}"/>',
        _text(right + 8, y(simulated[-1]) - 13, "simulated", "simtext"),
        _text(right + 8, y(simulated[-1]) + 5, f"{simulated[-1]:,.0f}, {over:+.0%}", "simtext"),
        _text(right + 8, y(data[-1]) + 9, "CDNOW", "muted"),
        _text(right + 8, y(data[-1]) + 27, f"{data[-1]:,.0f}", "muted"),
        _text(16, 54, "repeat purchases since 1 January 1997", "muted"),
    ]
    said = (
        f"Cumulative repeat purchases by week. Week {fitted}: data {data[fitted]:,.0f},"
        f" simulated {simulated[fitted]:,.0f}. Week {weeks}: data {data[-1]:,.0f},"
        f" simulated {simulated[-1]:,.0f}."
    )
    return _page(WIDTH, 306, "Nobody leaves, so later repeats overshoot", said, parts)
