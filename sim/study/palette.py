"""One colour per strategy, on every chart of every page, in light and in dark.

Colours are Okabe & Ito's eight (2008), which people with any common colour blindness can tell
apart, and two from Paul Tol's schemes. On a light and on a dark page the same hue is moved towards
black or white until it can be seen (contrast 3 for lines, 4.5 for text: WCAG 2.1), so a strategy
keeps its hue everywhere. Greys are for context. Charts never hold a colour, only a token
(``@line0``, ``@grid``), which the page replaces by the theme's colour; tokens are numbered by camp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

OKABE_ITO = {
    "vermillion": "#D55E00",
    "bluish green": "#009E73",
    "blue": "#0072B2",
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "reddish purple": "#CC79A7",
    "yellow": "#F0E442",
    "black": "#000000",
    "wine": "#882255",
    "indigo": "#332288",
}

STRATEGY = {
    "buy_traffic": "vermillion",
    "cultivate_community": "bluish green",
    "hybrid": "blue",
    "mass_media": "orange",
    "channel": "sky blue",
    "group_buy": "reddish purple",
    "content": "yellow",
    "adaptive": "black",
    "imitate": "wine",
    "ladder": "indigo",
}
"""Strategies that have a colour of their own."""

SPARE = (
    "reddish purple",
    "sky blue",
    "orange",
    "blue",
    "yellow",
    "black",
    "bluish green",
    "vermillion",
)
"""Order in which other strategies get the colours that a run leaves free."""

DASHES = ("solid", "dash", "dot", "dashdot")
"""Camps that follow the same strategy share its colour and differ by dash."""

GREYS = {
    "light": {
        "paper": "#fcfbf9",
        "ink": "#1d1c1a",
        "muted": "#67645e",
        "grid": "#e6e3dc",
        "zero": "#8d8981",
        "grey1": "#7d7a74",
        "grey2": "#a7a39b",
        "grey3": "#c6c2ba",
        "grey4": "#dedbd3",
        "haze": "rgba(29,28,26,0.10)",
    },
    "dark": {
        "paper": "#151618",
        "ink": "#ecebe8",
        "muted": "#a5a29c",
        "grid": "#2d2f32",
        "zero": "#77756f",
        "grey1": "#94918b",
        "grey2": "#6f6d69",
        "grey3": "#54534f",
        "grey4": "#3d3c3a",
        "haze": "rgba(236,235,232,0.13)",
    },
}
"""Page and context colours of both themes."""


class Style(NamedTuple):
    """How a camp is drawn: its number (which numbers its tokens), colour and dash."""

    camp: str
    number: int
    colour: str
    dash: str

    @property
    def line(self) -> str:
        """Token of lines, dots and bars."""
        return f"@line{self.number}"

    @property
    def text(self) -> str:
        """Token of labels."""
        return f"@text{self.number}"

    @property
    def band(self) -> str:
        """Token of the band behind a line: the middle half of merchants."""
        return f"@band{self.number}"

    @property
    def haze(self) -> str:
        """Token of the faint band around it: all merchants, or nearly."""
        return f"@haze{self.number}"

    @property
    def kind(self) -> str:
        """How the key below a chart draws the camp."""
        return "line" if self.dash == "solid" else self.dash

    def tint(self, step: int) -> str:
        """Token of the camp's colour mixed with the page: 0 is strong, 2 is faint."""
        return f"@tint{self.number}.{step}"


def styles(camps: Sequence[tuple[str, str]]) -> dict[str, Style]:
    """Return a style for every (camp, strategy), in the order given."""
    kinds = list(dict.fromkeys(strategy for _, strategy in camps))
    colour = {kind: STRATEGY[kind] for kind in kinds if kind in STRATEGY}
    free = [name for name in SPARE if name not in colour.values()] or list(SPARE)
    for place, kind in enumerate(sorted(kind for kind in kinds if kind not in STRATEGY)):
        colour[kind] = free[place % len(free)]
    out: dict[str, Style] = {}
    used: dict[str, int] = {}
    for number, (camp, strategy) in enumerate(camps):
        name = colour[strategy]
        dash = DASHES[used.get(name, 0) % len(DASHES)]
        used[name] = used.get(name, 0) + 1
        out[camp] = Style(camp, number, OKABE_ITO[name], dash)
    return out


def theme(name: str, camps: dict[str, Style]) -> dict[str, str]:
    """Return token → colour of the ``light`` or ``dark`` theme."""
    out = {f"@{key}": colour for key, colour in GREYS[name].items()}
    paper = GREYS[name]["paper"]
    for style in camps.values():
        line = readable(style.colour, paper, 3.0)
        out[style.line] = line
        out[style.text] = readable(style.colour, paper, 4.5)
        out[style.band] = "rgba({},{},{},0.20)".format(*_rgb(line))
        out[style.haze] = "rgba({},{},{},0.11)".format(*_rgb(line))
        for step, strength in enumerate((1.0, 0.74, 0.52, 0.34)):
            out[style.tint(step)] = _mix(line, paper, 1 - strength)
    return out


def readable(colour: str, paper: str, contrast: float) -> str:
    """Move a colour away from the page's until their contrast (WCAG 2.1) is at least as given."""
    towards = "#000000" if _luminance(paper) > 0.18 else "#ffffff"
    return next(
        (
            mixed
            for step in range(20)
            if _contrast(mixed := _mix(colour, towards, step / 20), paper) >= contrast
        ),
        towards,
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, other: str, share: float) -> str:
    parts = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _luminance(colour: str) -> float:
    parts = [c / 255 for c in _rgb(colour)]
    r, g, b = (c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4) for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)
