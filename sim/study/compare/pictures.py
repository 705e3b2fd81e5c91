"""The pictures of a comparison: how the arms stand, how sure that is, their course over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from sim.study import words
from sim.study.compare.claims import standing
from sim.study.compare.conduct import Comparison
from sim.study.compare.paired import interval
from sim.study.compare.scales import Scale, scale_of
from sim.study.figure import Chart, Figure
from sim.study.marks import days_axis, linear, note, rounded, safe
from sim.study.palette import Style
from sim.study.tables import Array

Styles = Mapping[str, Style]

SYMBOLS = {"solid": "circle", "dash": "diamond", "dot": "square", "dashdot": "triangle-up"}
"""Arms of one kind share its colour; where lines differ by dash, dots differ by shape."""

_GLYPHS = {"solid": "●", "dash": "◆", "dot": "■", "dashdot": "▲"}

_ROW = 26
"""Pixels of one dot with its interval."""

MANY = 4
"""Markets beyond which each has one line, and only the closest pair is drawn."""


def standings(
    name: str, rows: Sequence[tuple[str, Comparison, str]], styles: Styles, scale: Scale
) -> Figure:
    """Outcomes by arm: a dot for the mean over seeds, a bar for its interval; a line for each arm,
    or one for all where there are many markets.

    Args:
        name: of the chart in the page.
        rows: (heading, comparison, variant), from top to bottom.
        styles: by arm.
        scale: of the metric that decides.
    """
    chart = Chart(name, "", scale.axis)
    heads, values, y = [], [], 0.0
    for heading, found, variant in rows:
        heads.append(_heading(heading, y))
        for number, arm in enumerate(found.outcomes.arms):
            y -= 1 if number == 0 or len(rows) <= MANY else 0
            metric = found.asked.spec.metric
            mean = found.outcomes.mean(metric, variant, arm)
            low, high = found.outcomes.interval(metric, variant, arm)
            values += [scale.factor * v for v in (mean, low, high) if math.isfinite(v)]
            hover = f"{safe(arm)}: {scale.show(mean)} ({scale.number(low)} to {scale.number(high)})"
            chart.data.append(
                _dot(
                    scale.factor * mean,
                    scale.factor * low,
                    scale.factor * high,
                    y,
                    styles[arm],
                    hover,
                )
            )
        y -= 1.35
    _stack(chart, heads, values, y, f"{scale.title}, {scale.unit}")
    _key(chart, rows, styles)
    return Figure(
        "", "Dot: mean over seeds. Bar: its 95 % interval (BCa bootstrap over seeds).", [chart]
    )


def gaps(found: Sequence[tuple[str, Comparison, str]], styles: Styles, scale: Scale) -> Figure:
    """The leader less every other arm, or the next where markets are many, on the same seeds; grey
    where one cannot tell."""
    chart = Chart("gaps", "", f"Leader less the other, {scale.gap}")
    heads, values, y = [], [], 0.0
    for heading, it, variant in found:
        metric = it.asked.spec.metric
        order = standing(it.outcomes, metric, variant).ranked
        order = order[:2] if len(found) > MANY else order
        if len(found) > 1:
            heads.append(_heading(heading, y))
            y -= 0.8
        for other in order[1:]:
            one = it.outcomes.between(metric, variant, order[0], other)
            heads.append(_heading(f"{order[0]} less {other}", y, "@muted"))
            y -= 1
            mean, low, high = (scale.factor * v for v in (one.mean, one.low, one.high))
            values += [v for v in (mean, low, high) if math.isfinite(v)]
            style = styles[order[0]] if one.ahead else None
            sure = "ahead" if one.ahead else "cannot tell"
            hover = (
                f"{scale.show_gap(one.mean)} ({scale.number(one.low)} to {scale.number(one.high)}),"
                f" {sure}"
            )
            chart.data.append(_dot(mean, low, high, y, style, hover))
            y -= 1.1
        y -= 0.3
    _stack(chart, heads, values, y, f"difference on the same seeds, {scale.gap}")
    return Figure(
        "",
        ("The leader less the next; all pairs are in a table below. " if len(found) > MANY else "")
        + "Coloured: the leader is ahead, its interval does not hold 0 and its p-value after Holm's"
        " correction is at most 5 %. Grey: one cannot tell.",
        [chart],
    )


def values(found: Sequence[tuple[str, Comparison, str]], styles: Styles) -> Figure | None:
    """What a new customer cost and what it brought, by market and arm."""
    if not all({"gross_cac", "customer_value"} <= set(c.outcomes.values) for _, c, _ in found):
        return None
    scale = scale_of("gross_cac", found[0][1].asked.base.scenario.currency)
    chart = Chart("values", "", f"{words.opened(scale.word)} per new customer")
    heads, ends, y = [], [], 0.0
    for heading, it, variant in found:
        heads.append(_heading(heading, y))
        for arm in it.outcomes.arms:
            y -= 1
            cost, worth = (
                scale.factor * it.outcomes.mean(m, variant, arm)
                for m in ("gross_cac", "customer_value")
            )
            ends += [v for v in (cost, worth) if math.isfinite(v)]
            chart.data += _dumbbell(cost, worth, y, styles[arm], scale.word)
        y -= 1.35
    _stack(chart, heads, ends, y, f"{scale.word} per new customer", zero=False)
    _key(chart, found, styles)
    return Figure(
        "What a new customer cost, and what it brought within the run",
        "Hollow: cost of a new customer (gross CAC). Full: gross margin per new customer (LTV so"
        " far, a lower bound). Full to the right of hollow: customers paid for themselves."
        " Means over seeds.",
        [chart],
    )


def courses(found: Sequence[tuple[str, Comparison, str]], styles: Styles) -> Figure | None:
    """Profit so far per merchant of the focus camp, by arm."""
    charts = [
        _course_chart(f"course{number}", *row, styles)
        for number, row in enumerate(found)
        if len(row[1].days)
    ]
    if not charts:
        return None
    return Figure(
        "Profit so far: who pays first, and who overtakes",
        "Line: mean over seeds. Band: its 95 % interval; bands that overlap may still hide a clear"
        " paired difference, which the table of days tells.",
        charts,
        columns=min(2, len(charts)),
    )


def _course_chart(
    name: str, heading: str, found: Comparison, variant: str, styles: Styles
) -> Chart:
    row = found.outcomes.variants.index(variant)
    coin = words.spoken(found.asked.base.scenario.currency)
    divisor = 1000.0 * words.scale(found.asked.base.scenario.currency)
    chart = Chart(name, heading, f"Profit so far per merchant, thousand {coin}", 250)
    days = np.append(0.0, found.days)
    tall = [0.0]
    for column, arm in enumerate(found.outcomes.arms):
        lines = found.curve[:, row, column] / divisor
        lines = lines[:, np.isfinite(lines).all(axis=0)]
        if not lines.shape[1]:
            continue  # every run of this arm failed
        mean = np.append(0.0, lines.mean(axis=1))
        ends = np.array([(0.0, 0.0), *(interval(day) for day in lines)])
        chart.data += _course(days, mean, ends, styles[arm])
        tall += [float(f(v)) for v in (mean, ends) for f in (np.nanmin, np.nanmax)]
        chart.key.append((arm, styles[arm].line, styles[arm].kind))
    chart.layout = {
        "xaxis": days_axis(int(found.days[-1]) + 1),
        "yaxis": linear(min(tall), max(tall)),
    }
    chart.always_key = True
    return chart


def _course(days: Array, mean: Array, ends: Array, style: Style) -> list[dict[str, object]]:
    x = rounded(days)
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "showlegend": False}
    none = {"width": 0, "color": style.band}
    return [
        {**edge, "y": rounded(ends[:, 0]), "line": none},
        {
            **edge,
            "y": rounded(ends[:, 1]),
            "line": none,
            "fill": "tonexty",
            "fillcolor": style.band,
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": rounded(mean),
            "name": safe(style.camp),
            "line": {"color": style.line, "width": 2.4, "dash": style.dash},
            "hovertemplate": f"%{{y:,.3~r}}<extra>{safe(style.camp)}</extra>",
        },
    ]


def _dot(
    mean: float, low: float, high: float, y: float, style: Style | None, hover: str
) -> dict[str, object]:
    color = style.line if style else "@grey1"
    known = math.isfinite(low) and math.isfinite(high)
    bar = {"array": rounded([high - mean]), "arrayminus": rounded([mean - low])} if known else {}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded([mean]),
        "y": [y],
        "marker": {"size": 11, "color": color, "symbol": _symbol(style)},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "thickness": 3,
            "width": 0,
            "color": color,
            **(bar or {"array": [0], "arrayminus": [0]}),
        },
        "hovertemplate": f"{hover}<extra></extra>",
        "cliponaxis": False,
    }


def _dumbbell(
    cost: float, worth: float, y: float, style: Style, coin: str
) -> list[dict[str, object]]:
    shared = {"type": "scatter", "cliponaxis": False, "y": [y]}
    dot: dict[str, object] = {
        "size": 11,
        "color": style.line,
        "symbol": _symbol(style),
        "line": {"width": 2, "color": style.line},
    }
    name = safe(style.camp)
    return [
        {
            **shared,
            "mode": "lines",
            "x": rounded([cost, worth]),
            "y": [y, y],
            "line": {"width": 3, "color": style.band},
            "hoverinfo": "skip",
        },
        {
            **shared,
            "mode": "markers",
            "x": rounded([cost]),
            "marker": {**dot, "symbol": f"{_symbol(style)}-open"},
            "hovertemplate": f"{name}: a new customer cost %{{x:,.0f}} {coin}<extra></extra>",
        },
        {
            **shared,
            "mode": "markers",
            "x": rounded([worth]),
            "marker": dot,
            "hovertemplate": f"{name}: a new customer brought %{{x:,.0f}} {coin}<extra></extra>",
        },
    ]


def _symbol(style: Style | None) -> str:
    return SYMBOLS[style.dash] if style else "circle"


def _heading(text: str, y: float, color: str = "@ink") -> dict[str, object]:
    return note(
        text,
        color=color,
        size=13,
        x=0,
        xref="paper",
        y=y - 0.45,
        yanchor="bottom",
        xanchor="left",
        bgcolor="@paper",
    )


def _stack(
    chart: Chart,
    heads: list[dict[str, object]],
    ends: list[float],
    bottom: float,
    title: str,
    zero: bool = True,
) -> None:
    """Rows from top to bottom, each group under its heading, over a common x axis."""
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    span = linear(low, high, zero=zero)
    pad = 0.04 * (span["range"][1] - span["range"][0])
    chart.height = round(70 + _ROW * -bottom)
    chart.unit = ""
    chart.layout = {
        "hovermode": "closest",
        "annotations": heads,
        "xaxis": {
            **span,
            "title": {"text": title},
            "showgrid": True,
            "showline": False,
            "nticks": 7,
            "range": [span["range"][0] - pad, span["range"][1] + pad],
        },
        "yaxis": {"visible": False, "range": [bottom + 0.6, 0.9]},
    }


def _key(chart: Chart, rows: Sequence[tuple[str, Comparison, str]], styles: Styles) -> None:
    arms = dict.fromkeys(arm for _, found, _ in rows for arm in found.outcomes.arms)
    several = len({styles[arm].dash for arm in arms}) > 1
    chart.key = [
        (f"{_GLYPHS[styles[arm].dash]} {arm}" if several else arm, styles[arm].line, "area")
        for arm in arms
    ]
    chart.always_key = True
