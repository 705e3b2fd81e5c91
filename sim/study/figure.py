"""The grammar of our charts: plain dicts that plotly.js draws, with tokens instead of colours.

A ``Chart`` is one frame with one x and one y axis; a ``Figure`` is what a reader meets: a finding
as its title, a note on how to read it, and one or several charts side by side. Nothing of plotly's
own template is used: frames have horizontal rules only, the unit stands above the axis, and lines
carry their names at their ends. Labels named ``direct`` are hidden on narrow screens, where the key
below the chart takes over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sim.study.marks import note

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LABEL_LETTERS = 18
"""Longest name at a line's end; the key and the tables have the whole."""

LABEL_GAP = 16
"""Least distance between two labels at line ends, pixels."""


@dataclass
class Chart:
    """One frame.

    Attributes:
        name: id in the page, unique.
        title: small heading, text (empty if the figure's title says it all).
        unit: what y counts, printed above the frame.
        height: pixels of the whole frame.
        key: (label, token, kind) of what the narrow page lists below the frame;
            kind is ``line``, ``dash``, ``dot``, ``dashdot``, ``area`` or ``mark``.
        data: plotly traces.
        layout: plotly layout, merged over the house layout.
    """

    name: str
    title: str
    unit: str
    height: int = 300
    key: list[tuple[str, str, str]] = field(default_factory=list)
    data: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    label: list[tuple[str, float, str]] = field(default_factory=list)
    always_key: bool = False

    def plotly(self) -> dict[str, Any]:
        """Return ``{data, layout}`` for plotly.js."""
        return {"data": self.data, "layout": _layout(self)}


@dataclass
class Figure:
    """What a reader meets: ``finding`` (title), ``note`` (how to read it), charts side by side."""

    finding: str
    note: str
    charts: list[Chart]
    columns: int = 1


def _layout(chart: Chart) -> dict[str, Any]:
    given = dict(chart.layout)
    axis = {
        "gridcolor": "@grid",
        "zeroline": False,
        "tickfont": {"size": 12, "color": "@muted"},
        "title": {"font": {"size": 12, "color": "@muted"}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
        "ticks": "",
        "showline": False,
        "tickformat": ",~f",
        "separatethousands": True,
        "minexponent": 15,
    }
    x = _merged(
        {
            **axis,
            "showgrid": False,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": "@zero",
            "showline": True,
            "linecolor": "@zero",
            "spikecolor": "@zero",
            "spikethickness": 1,
            "spikedash": "dot",
        },
        given.pop("xaxis", {}),
    )
    y = _merged({**axis, "nticks": 6}, given.pop("yaxis", {}))
    labels = _labels(chart, y)
    widest = max((min(len(name), LABEL_LETTERS) for name, _, _ in chart.label), default=0)
    notes = [*labels, *given.pop("annotations", [])]
    margin = {"l": 8, "r": 18 + 7.7 * widest if labels else 14, "t": 12, "b": 8}
    return _merged(
        {
            "height": chart.height,
            "margin": margin,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 12, "color": "@ink"},
            "showlegend": False,
            "dragmode": False,
            "hovermode": "x unified",
            "bargap": 0.35,
            "hoverlabel": {
                "bgcolor": "@paper",
                "bordercolor": "@zero",
                "font": {"color": "@ink", "family": FONT, "size": 12},
            },
            "xaxis": x,
            "yaxis": y,
            "annotations": notes,
        },
        given,
    )


def _labels(chart: Chart, yaxis: dict[str, Any]) -> list[dict[str, Any]]:
    """Names at line ends, moved apart until no two are nearer than ``LABEL_GAP``."""
    known = [(name, y, token) for name, y, token in chart.label if math.isfinite(y)]
    if not known:
        return []
    bottom, top = yaxis["range"]
    logs = yaxis.get("type") == "log"
    inside = chart.height - 68
    place = [(math.log10(y) if logs and y > 0 else y) for _, y, _ in known]
    pixel = [inside * (min(max(p, bottom), top) - bottom) / ((top - bottom) or 1) for p in place]
    moved = _apart(pixel, inside)
    return [
        note(
            _short(name),
            color=token,
            size=13,
            x=1,
            xref="paper",
            y=min(max(p, bottom), top),
            xanchor="left",
            yanchor="middle",
            xshift=7,
            yshift=round(to - at),
            name="direct",
        )
        for (name, _, token), p, at, to in zip(known, place, pixel, moved, strict=True)
    ]


def _short(name: str) -> str:
    return name if len(name) <= LABEL_LETTERS else f"{name[: LABEL_LETTERS - 1]}…"


def _apart(pixels: list[float], height: float) -> list[float]:
    """Move labels apart, the fewest pixels possible, and back into the frame."""
    order = sorted(range(len(pixels)), key=lambda i: pixels[i])
    out = list(pixels)
    for _ in range(40):
        for below, above in pairwise(order):
            lack = LABEL_GAP - (out[above] - out[below])
            if lack > 0:
                out[below] -= lack / 2
                out[above] += lack / 2
    ceiling = height
    for label in reversed(order):
        out[label] = min(out[label], ceiling)
        ceiling = out[label] - LABEL_GAP
    return out


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    out = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = _merged(out[key], value) if both else value
    return out
