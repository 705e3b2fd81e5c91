"""The break-even map and the tournament as pictures and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.study import words
from sim.study.compare.conduct import BreakEvenMap, Comparison
from sim.study.compare.crossing import Crossing, crossing_of_mean
from sim.study.compare.paired import adjusted, paired
from sim.study.compare.scales import Scale
from sim.study.compare.tournament import Tournament
from sim.study.figure import Chart, Figure
from sim.study.marks import linear, note, rounded, safe
from sim.study.palette import Style
from sim.study.rows import Cell, Sheet
from sim.study.tables import Array


def crossings(board: BreakEvenMap) -> list[Crossing]:
    """Return, for every price, the capability from which on the first arm is ahead."""
    levels = np.array(board.capabilities)
    return [crossing_of_mean(levels, row.T) for row in board.differences]


def cells(board: BreakEvenMap) -> Array:
    """Return int[P, C]: 1 where the first arm is ahead, -1 where the second is, 0 where one cannot
    tell; Holm's correction runs over all cells."""
    d = board.differences
    flat = d.reshape(-1, d.shape[-1])
    found = adjusted([paired(row, np.zeros(len(row))) for row in flat])
    return np.array([one.ahead for one in found]).reshape(d.shape[:2])


def break_even(found: Comparison, styles: Mapping[str, Style], scale: Scale) -> Figure | None:
    """Difference by price and capability, the line of break-even, and its band."""
    board, spec = found.map, found.asked.spec.map
    if board is None or spec is None:
        return None
    first, second = spec.arms
    mean = np.nanmean(board.differences, axis=2).T * scale.factor
    chart = Chart("breakeven", "", spec.capability.title or spec.capability.path, 420)
    chart.data = [
        _heat(mean, styles[first], styles[second], scale),
        *_line(board, np.array(board.capabilities)),
    ]
    chart.layout = {
        "hovermode": "closest",
        "annotations": _told_cells(mean, cells(board).T),
        "xaxis": {
            "title": {"text": spec.price.title or spec.price.path},
            **_written(spec.price.values),
            "showline": False,
        },
        "yaxis": {**_written(spec.capability.values), "showgrid": False},
    }
    chart.key = [
        (f"{first} is ahead", styles[first].line, "area"),
        (f"{second} is ahead", styles[second].line, "area"),
        ("break-even and its 95 % band", "@ink", "line"),
    ]
    chart.always_key = True
    return Figure(
        told_break_even(found, scale),
        f"Each cell: {first} less {second}, {scale.gap}, mean over {board.differences.shape[2]}"
        " seeds; ? where one cannot tell them apart (Holm over all cells).",
        [chart],
    )


def _heat(mean: Array, first: Style, second: Style, scale: Scale) -> dict[str, Any]:
    """Cells coloured from the second arm's colour through the page's to the first's."""
    most = float(np.nanmax(np.abs(mean))) or 1.0
    return {
        "type": "heatmap",
        "x": list(range(mean.shape[1])),
        "y": list(range(mean.shape[0])),
        "z": [rounded(row) for row in mean],
        "zmin": -most,
        "zmax": most,
        "xgap": 2,
        "ygap": 2,
        "colorscale": [[0, second.line], [0.5, "@paper"], [1, first.line]],
        "showscale": False,
        "hovertemplate": f"%{{z:,.3~r}} {scale.gap}<extra></extra>",
    }


def _told_cells(mean: Array, ahead: Array) -> list[dict[str, Any]]:
    """The difference in every cell, with ? where one cannot tell."""
    marks = []
    for i, j in np.ndindex(ahead.shape):
        told = _signed(float(mean[i, j])) if np.isfinite(mean[i, j]) else words.NONE
        text = told if ahead[i, j] else f"{told} ?"
        marks.append(note(text, "@ink", x=j, y=i, xanchor="center", yanchor="middle"))
    return marks


def _written(values: list[Any]) -> dict[str, Any]:
    """An axis with one place per value, labelled as it was written."""
    return {
        "tickvals": list(range(len(values))),
        "ticktext": [str(value) for value in values],
        "range": [-0.55, len(values) - 0.45],
    }


def _line(board: BreakEvenMap, levels: Array) -> list[dict[str, Any]]:
    """The crossing by price in units of rows, and its interval; what lies beyond is at the edge."""
    rows = np.arange(len(levels))

    def place(level: float) -> float:
        if math.isinf(level):
            return -0.5 if level < 0 else len(levels) - 0.5
        return float(np.interp(level, levels, rows))

    found = crossings(board)
    x = list(range(len(found)))
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip"}
    return [
        {
            **edge,
            "y": [place(c.low) for c in found],
            "line": {"width": 1, "color": "@ink", "dash": "dot"},
        },
        {
            **edge,
            "y": [place(c.high) for c in found],
            "line": {"width": 1, "color": "@ink", "dash": "dot"},
            "fill": "tonexty",
            "fillcolor": "@haze",
        },
        {**edge, "y": [place(c.level) for c in found], "line": {"width": 3, "color": "@ink"}},
    ]


def break_even_sheet(found: Comparison) -> Sheet | None:
    """For every price the capability from which on the first arm is ahead, with its interval."""
    board, spec = found.map, found.asked.spec.map
    if board is None or spec is None:
        return None
    percent = str(spec.capability.values[0]).strip().endswith("%")

    def told(level: float) -> str:
        if math.isinf(level):
            return "below the map" if level < 0 else "above the map"
        return words.share(level) if percent else words.number(level, 2)

    rows: list[list[Cell]] = []
    for price, place in zip(spec.price.values, crossings(board), strict=True):
        exact = place.level if math.isfinite(place.level) else None
        ends = told(place.low), told(place.high)
        span = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
        share = (words.share(place.ahead), 100 * place.ahead)
        held = span.replace(" ", words.HELD)
        rows.append([(str(price), None), (told(place.level), exact), (held, None), share])
    heads = [
        words.opened(spec.price.title or spec.price.path),
        f"{spec.arms[0]} overtakes from",
        "95 % interval",
        "Ahead at the top of the map in resamples",
    ]
    return Sheet("crossings", "Break-even by price of traffic", heads, rows)


def told_break_even(found: Comparison, scale: Scale) -> str:
    """Say where the first arm is ahead on the map, and where one cannot tell; from ``cells``."""
    assert found.map is not None and found.asked.spec.map is not None
    first, second = found.asked.spec.map.arms
    ahead = cells(found.map)
    count = {sign: int(np.sum(ahead == sign)) for sign in (1, -1, 0)}
    whole = ahead.size
    if count[0] == whole:
        return f"Nowhere on the map can one tell {first} and {second} apart"
    parts = [
        f"{arm} is ahead in {words.counted(count[sign])}"
        for arm, sign in ((first, 1), (second, -1))
        if count[sign]
    ]
    if count[0]:
        parts.append(f"in {words.counted(count[0])} one cannot tell")
    return f"Of {words.counted(whole)} cells of the map, {words.listed(parts)}"


def tournament(found: Comparison, styles: Mapping[str, Style]) -> Figure | None:
    """Shares of the strategies when merchants imitate success."""
    it = found.tournament
    if it is None:
        return None
    chart = Chart("shares", "", "Share of merchants, %", 320)
    steps = np.unique(np.linspace(0, len(it.path) - 1, 240).astype(int))
    for place, arm in enumerate(it.strategies):
        style = styles[arm]
        shares = 100 * it.path[steps, place]
        chart.data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": rounded(steps / (len(it.path) - 1) * 100, 4),
                "y": rounded(shares),
                "name": safe(arm),
                "line": {"color": style.line, "width": 2.6, "dash": style.dash},
                "hovertemplate": f"%{{y:.1f}} %<extra>{safe(arm)}</extra>",
            }
        )
        chart.label.append((arm, float(shares[-1]), style.text))
        chart.key.append((arm, style.line, style.kind))
    chart.layout = {
        "xaxis": {"title": {"text": "time of imitation, % of the run"}, "range": [0, 100]},
        "yaxis": linear(0, 100),
    }
    note_ = " ".join(part for part in (_fit(it.fit), _rest(it)) if part)
    return Figure(told_tournament(found), note_, [chart])


def told_tournament(found: Comparison) -> str:
    """Say which strategies survive imitation, with the share of resamples behind it."""
    it = found.tournament
    assert it is not None
    sure = [arm for arm, share in zip(it.strategies, it.survival, strict=True) if share >= 0.95]
    open_ = [
        f"{arm} ({words.share(share)} of resamples)"
        for arm, share in zip(it.strategies, it.survival, strict=True)
        if 0.05 < share < 0.95
    ]
    told = f"{words.listed(sure)} survive{'s' if len(sure) == 1 else ''} imitation" if sure else ""
    if open_:
        doubt = f"one cannot tell about {words.listed(open_)}"
        told = f"{told}; {doubt}" if told else words.opened(doubt)
    return told


def _rest(it: Tournament) -> str:
    """Name the mixes to which shares return after a small push."""
    stable = [point.shares for point in it.rest if point.stable]
    if not stable:
        return "No mix is stable."
    told = [
        words.listed(
            [
                f"{words.share(share)} {arm}" if share < 1 else f"{arm} alone"
                for arm, share in zip(it.strategies, shares, strict=True)
                if share > 0
            ]
        )
        for shares in stable
    ]
    return f"Stable in the matrix: {'; or '.join(told)}."


def _fit(fit: float) -> str:
    if not math.isfinite(fit):
        return "All mixes paid the same."
    weak = " That is little: take the dynamics as a sketch." if fit < 0.7 else ""
    return (
        "Replicator dynamics of the payoff matrix from equal shares. The matrix explains"
        f" {words.share(fit)} of the variance of payoffs between mixes.{weak}"
    )


def _signed(value: float) -> str:
    digits = 0 if abs(value) >= 10 else 1
    text = words.number(abs(value), digits)
    return text if float(text.replace(",", "")) == 0 else f"{'−' if value < 0 else '+'}{text}"
