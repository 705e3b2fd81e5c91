"""What is put into a frame: lines, bands, words, and the axes that they are read against."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from sim.study.tables import Array

MAX_DAYS = 2_000
"""Longer series are drawn with a stride, so that every series has at most so many points."""


def safe(text: str) -> str:
    """Return text that plotly.js prints as it is (it reads a little HTML in labels)."""
    return escape(text, quote=False)


def rounded(values: Array | Sequence[float], figures: int = 5) -> list[float | None]:
    """Return a list for JSON: so many significant figures, None for what does not exist."""
    return [
        float(f"{value:.{figures}g}") if math.isfinite(value) else None
        for value in np.asarray(values, np.float64).tolist()
    ]


def thinned(values: Array) -> Array:
    """Return at most ``MAX_DAYS`` of a series; always the same days for the same length."""
    return values[:: stride(len(values))]


def stride(days: int) -> int:
    """Return the distance in days between two drawn points."""
    return max(1, math.ceil(days / MAX_DAYS))


def series(
    values: Array,
    *,
    color: str,
    name: str,
    dash: str = "solid",
    width: float = 2.2,
    hover: str = "%{y:,.4~r}",
    **more: Any,
) -> dict[str, Any]:
    """A line over the days of the run; a single day or a lonely value is drawn as a dot."""
    y = rounded(thinned(values))
    known = [value is not None for value in y]
    around = zip([False, *known], known, [*known[1:], False], strict=False)
    dot = 9 if len(y) == 1 else 5
    dots = [dot if here and not (before or after) else 0 for before, here, after in around]
    marked = {"mode": "lines+markers", "marker": {"color": color, "size": dots}}
    return {
        "type": "scatter",
        "mode": "lines",
        "x0": 0,
        "dx": stride(len(values)),
        "y": y,
        "name": safe(name),
        "line": {"color": color, "width": width, "dash": dash},
        "connectgaps": False,
        "hovertemplate": f"{hover}<extra>{safe(name)}</extra>",
        **(marked if any(dots) else {}),
        **more,
    }


def band(low: Array, high: Array, color: str) -> list[dict[str, Any]]:
    """A faint band between two series; it does not answer to the mouse."""
    shared = {
        "type": "scatter",
        "mode": "lines",
        "x0": 0,
        "dx": stride(len(low)),
        "line": {"width": 0, "color": color},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return [
        {**shared, "y": rounded(thinned(low))},
        {**shared, "y": rounded(thinned(high)), "fill": "tonexty", "fillcolor": color},
    ]


SHORT = 62  # days: up to two months are dated by days, longer runs by months
MOST_DATES = 6


def days_axis(days: int, start: datetime.date | None = None) -> dict[str, Any]:
    """The x axis of a run of so many days, numbered from 0, or dated if day 0 has a date."""
    step = next(
        (s for s in (1, 2, 5, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650) if days / s <= 7), 7300
    )
    return {
        "title": {"text": "day of the run"},
        "range": [-0.5, 0.5] if days == 1 else [0, days - 1],
        "tick0": 0,
        "dtick": step,
        "tickformat": ",d",
        "unifiedhovertitle": {"text": "<b>day %{x:,d}</b>"},
        **(_dates(days, step, start) if start else {}),
    }


def _dates(days: int, step: int, start: datetime.date) -> dict[str, Any]:
    """Ticks on the first of months, or every ``step`` days of a run of less than two months."""
    dates = [start + datetime.timedelta(day) for day in range(days)]
    if days > SHORT:
        firsts = [day for day, date in enumerate(dates) if date.day == 1]
        ticks = firsts[:: -(-len(firsts) // MOST_DATES)]
    else:
        ticks = list(range(0, days, step))
    years = [dates[day].year for day in ticks]
    texts = [
        f"{dates[day].day} {dates[day]:%b}"
        + (f"<br>{year}" if n == 0 or year != years[n - 1] else "")
        for n, (day, year) in enumerate(zip(ticks, years, strict=True))
    ]
    title = {"text": f"date (day 0 is {start.day} {start:%B %Y})"}
    return {"title": title, "tickmode": "array", "tickvals": ticks, "ticktext": texts}


def rules(changes: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Dotted rules on the days on which the scenario changes something."""
    return {
        "shapes": [
            {
                "type": "line",
                "x0": day,
                "x1": day,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "layer": "below",
                "line": {"color": "@zero", "width": 1, "dash": "dot"},
            }
            for day, _ in changes
        ]
    }


def events(changes: Sequence[tuple[int, str]], days: int) -> dict[str, Any]:
    """Dotted rules, the first of them with what is changed; the text turns inwards."""
    texts = [
        note(
            f"day {day}: {text}",
            x=day,
            y=1,
            yref="paper",
            yanchor="top",
            name="direct",
            xanchor="left" if day < days / 2 else "right",
            xshift=5 if day < days / 2 else -5,
        )
        for day, text in changes[:1]
        if len(text) < 48
    ]
    return {**rules(changes), "annotations": texts}


def note(text: str, color: str = "@muted", size: int = 12, **place: Any) -> dict[str, Any]:
    """Words inside a frame."""
    return {
        "text": safe(text),
        "showarrow": False,
        "align": "left",
        "font": {"color": color, "size": size},
        **place,
    }


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """A log axis that is labelled 1, 2, 5, 10, … (or 1, 10, 100 if it is long)."""
    low, high = max(low, 1e-9), max(high, low * 1.01, 1e-9)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 2 else (1, 3) if last - first == 3 else (1,)
    ticks = [s * 10.0**p for p in range(first, last + 1) for s in steps]
    ticks = [t for t in ticks if low * 0.999 <= t <= high * 1.001]
    text = [f"{t:,.0f}" if t >= 1 else f"{t:.12f}".rstrip("0") for t in ticks]
    return {
        "type": "log",
        "tickvals": ticks,
        "ticktext": text,
        "range": [math.log10(low), math.log10(high)],
    }


def linear(low: float, high: float, *, zero: bool = True) -> dict[str, Any]:
    """A linear y axis from ``low`` to ``high`` with air above; a rule at 0 if 0 is inside.

    ``zero`` makes 0 a part of the axis.
    """
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        low, high = (min(low, 0.0), max(low, 0.0) + 1) if math.isfinite(low) else (0.0, 1.0)
    air = 0.05 * (high - low)
    out: dict[str, Any] = {"range": [low - air if low < 0 else low, high + air]}
    if low <= 0 <= high:
        out.update(zeroline=True, zerolinecolor="@zero", zerolinewidth=1)
    return out
