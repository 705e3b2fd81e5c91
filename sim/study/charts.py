"""Which pictures a run's report shows, in the order of the story: answer, how sure, why."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.study import charts_cascade, charts_friends, charts_owned, words
from sim.study import charts_cohorts as cohorts
from sim.study import charts_customers as customers
from sim.study import charts_holdings as holdings
from sim.study import charts_market as market
from sim.study import charts_media as media
from sim.study import charts_platforms as places
from sim.study import charts_tribes as tribes
from sim.study.charts_backend import backend
from sim.study.figure import Chart, Figure
from sim.study.marks import (
    band as band_of,
)
from sim.study.marks import (
    days_axis,
    events,
    linear,
    note,
    rounded,
    safe,
    series,
    thinned,
)
from sim.study.palette import Style
from sim.study.story import Story, frame, spread
from sim.study.svg import static_svg as drawn_svg
from sim.study.tables import Array

CROWD = 4
"""With more camps, the outer bands would hide each other: only the middle halves are drawn."""

MANY = 60
"""Above so many merchants the dots are small."""

ADRIFT = 0.44
"""Dots of one camp are spread over so much of its row, so that they do not hide each other."""


def static_svg(folder: Path) -> str:
    """Return one small SVG of a run for a README: profit per camp and, beside it, click prices.

    It needs no browser and follows the reader's light or dark setting.
    """
    return drawn_svg(Story(folder))


def answer(story: Story) -> Figure:
    """The one picture: profit per merchant over the run, by camp; visits if nobody sells."""
    if not story.camps:
        return _nobody(story)
    rows = {
        camp["name"]: spread(story.profit[:, story.standing(camp["name"])]) for camp in story.camps
    }
    crowded = len(rows) > CROWD
    if crowded:
        rows = {name: row.halved() for name, row in rows.items()}
    low, high, cut = frame(list(rows.values()))
    divisor, unit = story.money_unit(max(abs(low), abs(high)))
    rows = {name: row.over(divisor) for name, row in rows.items()}
    chart = Chart("profit", "", f"Profit per merchant, {unit}", height=420)
    for name, row in rows.items():
        if not crowded:
            chart.data += band_of(row.low, row.high, story.styles[name].haze)
        chart.data += band_of(row.lower, row.upper, story.styles[name].band)
    for name, row in rows.items():
        style = story.styles[name]
        ends = np.nan_to_num(np.stack([thinned(row.low), thinned(row.high)], axis=1))
        chart.data.append(
            series(
                row.middle,
                color=style.line,
                name=name,
                dash=style.dash,
                width=3,
                customdata=[rounded(day, 4) for day in ends],
                hover="%{y:,.4~r} (%{customdata[0]:,.4~r} to %{customdata[1]:,.4~r})",
            )
        )
        _end(chart, style, float(row.middle[-1]))
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "yaxis": linear(low / divisor, high / divisor),
        **events(story.events, story.days),
    }
    outer = words.listed(sorted({row.outer for row in rows.values()}))
    bands = "band" if crowded else "strong band"
    told = [
        "Profit is gross margin less marketing and running costs. Line: the middle merchant of each"
        f" camp; {bands}: the middle half{'' if crowded else f'; faint band: {outer}'}."
    ]
    if cut:
        told.append("The faint band leaves the frame; the dots below show everybody.")
    if any(0 < camp["founders"] < camp["merchants"] for camp in story.camps):
        told.append("Only merchants who were there on the first day are counted.")
    return Figure("", " ".join(told), [chart])


def sure(story: Story) -> Figure | None:
    """Every merchant as a dot: how far the camps lie apart against the spread inside them."""
    if not story.camps:
        return None
    last = story.profit[-1]
    divisor, unit = story.money_unit(float(np.max(np.abs(last))))
    last = last / divisor
    chart = Chart("spread", "", "", height=96 + 74 * len(story.camps))
    names = []
    for row, camp in enumerate(story.camps):
        name, style = camp["name"], story.styles[camp["name"]]
        standing = story.standing(name)
        chart.data.append(_dots(story, last, standing, row, style, unit))
        later = story.mine(name) & ~standing
        chart.data.append(_dots(story, last, later, row, style, unit, "-open"))
        middle = round(float(np.median(last[standing])), 4)
        chart.data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [middle, middle],
                "y": [-row - 0.36, -row + 0.36],
                "line": {"color": style.text, "width": 3},
                "hovertemplate": f"middle merchant: %{{x:,.4~r}} {unit}<extra></extra>",
            }
        )
        names.append(
            note(
                name,
                color=style.text,
                size=13,
                x=0,
                xref="paper",
                y=-row + 0.42,
                yanchor="bottom",
                xanchor="left",
                bgcolor="@paper",
            )
        )
    span = linear(float(last.min()), float(last.max()))
    pad = 0.03 * (span["range"][1] - span["range"][0])
    chart.layout = {
        "hovermode": "closest",
        "annotations": names,
        "xaxis": {
            **span,
            "title": {"text": f"profit at the end, {unit}"},
            "showgrid": True,
            "showline": False,
            "range": [span["range"][0] - pad, span["range"][1] + pad],
        },
        "yaxis": {"visible": False, "range": [0.5 - len(story.camps), 0.85]},
    }
    late = any(0 < camp["founders"] < camp["merchants"] for camp in story.camps)
    hollow = " Hollow dots came later and had less time." if late else ""
    return Figure(
        "", f"Each dot is a merchant, the bar the middle one of its camp.{hollow}", [chart]
    )


def _dots(
    story: Story, last: Array, who: Array, row: int, style: Style, unit: str, hollow: str = ""
) -> dict[str, object]:
    """One dot per merchant, spread over the row by the golden ratio, the same in every drawing."""
    index = np.flatnonzero(who)
    where = -row + ADRIFT * (((np.arange(len(index)) * 0.618) % 1) - 0.5)
    return {
        "type": "scatter",
        "mode": "markers",
        "cliponaxis": False,
        "x": rounded(last[index]),
        "y": rounded(where, 3),
        "text": [safe(story.panel.names[i]) for i in index],
        "marker": {
            "color": style.line,
            "size": 11 if len(last) <= MANY else 6,
            "symbol": f"circle{hollow}",
            "opacity": 0.72,
            "line": {"width": 1.5, "color": style.line},
        },
        "hovertemplate": f"%{{text}}: %{{x:,.4~r}} {unit}<extra></extra>",
    }


def why(story: Story) -> list[Figure]:
    """The reasons, as far as the columns hold them; worlds without something skip its picture."""
    makers = (
        customers.acquisition,
        market.click_prices,
        places.rivals,
        customers.touches,
        places.shops,
        customers.funnel,
        charts_owned.owned,
        charts_owned.rungs,
        charts_friends.teams,
        charts_friends.referrals,
        cohorts.retention,
        cohorts.value,
        backend,
        holdings.following,
        holdings.groups,
        holdings.cash,
        media.media,
        media.weariness,
        media.pull,
        media.shelves,
        market.cascades,
        charts_cascade.largest,
        market.assortativity,
        tribes.segregation,
        tribes.abroad,
    )
    return [figure for maker in makers if (figure := maker(story)) is not None]


def timings(story: Story) -> Figure | None:
    """Where the computer's time went (folded away)."""
    return market.timings(story)


def _end(chart: Chart, style: Style, value: float) -> None:
    chart.label.append((style.camp, value, style.text))
    chart.key.append((style.camp, style.line, style.kind))


def _nobody(story: Story) -> Figure:
    market_table = story.tables["market"]
    chart = Chart("profit", "", "Per day", height=360)
    top = 1.0
    for name, color in (("needs", "@ink"), ("visits", "@grey1")):
        values = market_table[name].astype(float)
        top = max(top, float(values.max(initial=0)))
        chart.data.append(series(values, color=color, name=name))
        chart.label.append((name, float(values[-1]), color))
        chart.key.append((name, color, "line"))
    chart.layout = {"xaxis": days_axis(story.days, story.start), "yaxis": linear(0, top)}
    return Figure(
        "", "Needs that arose and visits to platforms, without anybody to serve them.", [chart]
    )
