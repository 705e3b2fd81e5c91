"""Small static pictures for pages: no script, colours by the page's variables, two widths.

A picture is drawn twice, wide and narrow, and the page shows the one that fits, so that text keeps
its size on a telephone. Colours are tokens (``@ink``, ``@line0``) that become CSS variables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from markupsafe import Markup

from sim.study.svg import ticks

WIDE, NARROW = 720, 350
GUTTER = 66
"""Pixels left of the frame, for the numbers of the axis."""

LETTER = 6.9
"""Pixels that a letter takes, about; names are cut to what fits."""

Range = tuple[float, float]


@dataclass
class Plot:
    """A frame with a horizontal and a vertical range, into which marks are drawn in order.

    width, height: of the whole picture in pixels. x, y: lowest and highest value shown. left,
    right, top, bottom: margins in pixels.
    """

    width: int
    height: int
    x: Range
    y: Range
    left: int = GUTTER
    right: int = 16
    top: int = 30
    bottom: int = 46
    parts: list[str] = field(default_factory=list)

    @property
    def narrow(self) -> bool:
        """Whether this is the picture for a telephone."""
        return self.width <= NARROW

    def at(self, value: float) -> float:
        """Return the pixel of a horizontal value, kept inside the frame."""
        return self._pixel(value, self.x, self.left, self.width - self.right)

    def up(self, value: float) -> float:
        """Return the pixel of a vertical value, kept inside the frame."""
        return self._pixel(value, self.y, self.height - self.bottom, self.top)

    def axes(self, x_title: str, y_title: str = "", x_marks: int = 6) -> None:
        """Draw grid, numbers and what they count; without ``y_title`` no vertical numbers."""
        floor = self.height - self.bottom
        if y_title:
            for value, text in labelled(*self.y):
                y, kind = self.up(value), "@zero" if value == 0 else "@grid"
                self.path(f"M{self.left} {y:.1f}H{self.width - self.right}", kind, 1)
                self.text(self.left - 7, y + 4, text, "@muted", anchor="end")
            self.text(0, 14, y_title, "@ink")
        for value, text in labelled(*self.x, most=4 if self.narrow else x_marks):
            x = self.at(value)
            if not y_title:
                kind = "@zero" if value == 0 else "@grid"
                self.path(f"M{x:.1f} {self.top}V{floor}", kind, 1)
            else:
                self.path(f"M{x:.1f} {floor}v4", "@zero", 1)
            self.text(x, floor + 18, text, "@muted", anchor="middle")
        self.text(self.width - self.right, self.height - 6, x_title, "@ink", anchor="end")

    def line(
        self, points: Iterable[tuple[float, float]], color: str, width: float = 2.4, dash: str = ""
    ) -> None:
        """Draw a line through points."""
        steps = [f"{self.at(x):.1f} {self.up(y):.1f}" for x, y in points]
        self.path("M" + "L".join(steps), color, width, dash)

    def band(
        self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], color: str
    ) -> None:
        """Fill between two lines."""
        there = [f"{self.at(x):.1f} {self.up(y):.1f}" for x, y in zip(xs, high, strict=True)]
        back = [f"{self.at(x):.1f} {self.up(y):.1f}" for x, y in zip(xs, low, strict=True)]
        shape = "L".join([*there, *reversed(back)])
        self.parts.append(f'<path d="M{shape}Z" style="fill:{css(color)};stroke:none"/>')

    def dot(self, x: float, y: float, color: str, radius: float = 3.5) -> None:
        """Draw a dot at values."""
        self.parts.append(
            f'<circle cx="{self.at(x):.1f}" cy="{self.up(y):.1f}" r="{radius}"'
            f' style="fill:{css(color)}"/>'
        )

    def path(self, d: str, color: str, width: float, dash: str = "") -> None:
        """Draw a path in pixels."""
        dashed = f";stroke-dasharray:{dash}" if dash else ""
        self.parts.append(
            f'<path d="{d}" style="fill:none;stroke:{css(color)};stroke-width:{width}{dashed}"/>'
        )

    def text(
        self, x: float, y: float, text: str, color: str, anchor: str = "start", bold: bool = False
    ) -> None:
        """Write text at pixels."""
        weight = ";font-weight:600" if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
            f' style="fill:{css(color)}{weight}">{escape(text)}</text>'
        )

    def svg(self, title: str) -> Markup:
        """Return the picture; ``title`` says what it shows."""
        kind = "narrow" if self.narrow else "wide"
        # Trusted: numbers, tokens and escaped text.
        return Markup(
            f'<svg class="{kind}" viewBox="0 0 {self.width} {self.height}" role="img"'
            f' aria-label="{escape(title)}">{"".join(self.parts)}</svg>'
        )

    @staticmethod
    def _pixel(value: float, shown: Range, first: float, last: float) -> float:
        share = (value - shown[0]) / (shown[1] - shown[0])
        return first + (last - first) * min(max(share, 0.0), 1.0)


def both(draw: Callable[[int], Plot], title: str) -> Markup:
    """Return a picture in both widths."""
    return Markup("").join(draw(width).svg(title) for width in (WIDE, NARROW))


def spanning(values: Iterable[float], air: float = 0.05) -> Range:
    """Return a range that holds all finite values, with some air around them."""
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = low - (abs(low) or 1), high + (abs(high) or 1)
    return low - air * (high - low), high + air * (high - low)


def labelled(low: float, high: float, most: int = 5) -> list[tuple[float, str]]:
    """Return round numbers inside a range, and how they are written."""
    marks = ticks(low, high, most)
    step = marks[1] - marks[0] if len(marks) > 1 else high - low
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(mark, f"{mark:,.{digits}f}".replace("-", "−")) for mark in marks]


def beginning(text: str, letters: int) -> str:
    """Return text, or so many letters of its beginning."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


def ending(text: str, letters: int) -> str:
    """Return text, or so many letters of its end."""
    return text if len(text) <= letters else "…" + text[1 - letters :]


def css(token: str) -> str:
    """Return a colour token as a CSS variable: ``@tint0.1`` as ``var(--tint0-1)``."""
    return f"var(--{token.removeprefix('@').replace('.', '-')})"
