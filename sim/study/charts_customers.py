"""How customers were won: what they cost, where their orders came from, how ads led to them."""

from __future__ import annotations

import numpy as np

from sim.study import formulas, metrics, words
from sim.study.camp_lines import lines
from sim.study.figure import Chart, Figure
from sim.study.marks import days_axis, linear, log_ticks, note, series
from sim.study.marks import rounded as short
from sim.study.palette import Style
from sim.study.story import Story
from sim.study.tables import Array, trailing

CLAIMED_CAC = 180.0
"""Yuan per new customer: the figure most quoted for Chinese shops; Vipshop's 2016 accounts give
183."""

OWNED = (
    ("orders_community", "community"),
    ("orders_content", "own content"),
    ("orders_word_of_mouth", "word of mouth"),
    ("orders_direct", "direct"),
)
OTHERS = (
    ("orders_organic", "unpaid results", "@grey4"),
    ("orders_group_buy", "group buying", "@grey3"),
    ("orders_store", "stores", "@grey4"),
    ("orders_media", "mass media", "@grey2"),
    ("orders_paid", "paid ads", "@grey1"),
)
WEEK = 7


def acquisition(story: Story) -> Figure | None:
    """Gross and, after a year, net cost of a customer over time, on the same logarithmic axis."""
    gross = {camp["name"]: _gross(story, camp["name"]) for camp in story.camps}
    net = {camp["name"]: _net(story, camp["name"]) for camp in story.camps}
    known = np.concatenate([np.zeros(0), *gross.values(), *net.values()])
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    # Net cost has no upper end: what is far above everything else leaves the frame.
    high = min(float(known.max()), 30 * float(np.median(known)))
    if story.currency == "CNY":
        known, high = np.append(known, CLAIMED_CAC), max(high, CLAIMED_CAC)
    axis = log_ticks(float(known.min()) / 1.25, high * 1.25)
    unit = f"{words.opened(story.coin)} per customer, log scale"
    charts = [
        lines(story, "gross", "Gross: spend per new customer, last 30 days", unit, gross, axis)
    ]
    if any(np.isfinite(values).any() for values in net.values()):
        title = "Net: spend per customer gained, last 365 days"
        charts.append(lines(story, "net", title, unit, net, axis, lacking="no growth"))
    if story.currency == "CNY":
        for chart in charts:
            _reference(chart, CLAIMED_CAC)
    cost = {c["name"]: c["gross_cac"] for c in story.camps if not words.absent(c["gross_cac"])}
    told = words.across(cost, lambda value: words.money(value, story.currency))
    stalls = (
        " Net cost counts growth of yearly active customers; it explodes where growth stalls (above"
        " the frame) and does not exist where there is none (gaps) or before a year has passed."
    )
    return Figure(
        f"A new customer cost {told}" if cost else "What a customer cost",
        "All marketing counts: ads, media, content, and what a community costs."
        + (stalls if len(charts) > 1 else ""),
        charts,
        columns=len(charts),
    )


def _gross(story: Story, camp: str) -> Array:
    """Gross CAC over the last 30 days, for every day."""
    mine = story.mine(camp)
    spend = story.main(metrics.marketing(story.panel)[:, mine].sum(axis=1))
    new = story.panel.flow("new_customers")[:, mine].sum(axis=1)
    return _positive(formulas.gross_cac(trailing(spend, 30), trailing(new, 30)))


def _net(story: Story, camp: str) -> Array:
    """Net CAC over the last 365 days, for every day after the first year."""
    mine, year = story.mine(camp), formulas.YEAR
    spend = story.main(metrics.marketing(story.panel)[:, mine].sum(axis=1))
    active = story.panel.flow("active_customers")[:, mine].sum(axis=1)
    growth = np.zeros(story.days)
    growth[year:] = active[year:] - active[:-year] if story.days > year else 0
    return _positive(formulas.net_cac(trailing(spend, year), growth))


def touches(story: Story) -> Figure | None:
    """Orders per day by last touch: the camp's colour for what it owns, grey for the rest."""
    makers = [_touch_chart(story, place, camp["name"]) for place, camp in enumerate(story.camps)]
    charts = [chart for chart, _ in makers]
    top = max((top for _, top in makers), default=0.0)
    if not top:
        return None
    for chart in charts:
        chart.layout["yaxis"] = linear(0, top)
    owned = {c["name"]: c["owned_share"] for c in story.camps if not words.absent(c["owned_share"])}
    return Figure(
        f"Orders from traffic of their own: {words.across(owned, words.share)}",
        "Orders per day by what touched the customer last, averaged over a week. In colour: what"
        " the merchants own (community, word of mouth, direct); in grey: what others own or sell."
        " All frames have the same scale.",
        charts,
        columns=2,
    )


def _touch_chart(story: Story, place: int, camp: str) -> tuple[Chart, float]:
    style, mine = story.styles[camp], story.mine(camp)
    chart = Chart(f"touch{place}", camp, "Orders per day", height=270, always_key=True)
    stack = [(column, name, style.tint(step)) for step, (column, name) in enumerate(OWNED)]
    total = np.zeros(story.days)
    for column, name, color in [*stack, *OTHERS]:
        daily = _weekly(story.panel.flow(column)[:, mine].sum(axis=1))
        if not daily.any():
            continue
        total += daily
        chart.data.append(
            series(
                daily,
                color=color,
                name=name,
                width=0.5,
                stackgroup="touch",
                fillcolor=color,
                hover="%{y:,.1f}",
            )
        )
        chart.key.append((name, color, "area"))
    chart.key.reverse()
    chart.layout["xaxis"] = days_axis(story.days, story.start)
    return chart, float(total.max(initial=0))


def funnel(story: Story) -> Figure | None:
    """Impressions, click rate, conversion rate: one bar per camp in three frames."""
    camps = [camp for camp in story.camps if not words.absent(camp["ctr"])]
    if not camps:
        return None
    seen = [
        float(story.panel.flow("impressions")[:, story.mine(camp["name"])].sum()) for camp in camps
    ]
    clicked: list[float] = [100 * camp["ctr"] for camp in camps]
    buying: list[float] = [100 * (camp["cvr"] or 0) for camp in camps]
    styles = [story.styles[camp["name"]] for camp in camps]
    frames = (
        Chart("funnel_seen", "1 Seen", "Paid impressions"),
        Chart("funnel_clicked", "2 Clicked", "Clicks per 100 impressions"),
        Chart("funnel_bought", "3 Bought", "Paid orders per 100 clicks"),
    )
    charts = [
        bars(chart, values, digits, styles)
        for chart, values, digits in zip(frames, (seen, clicked, buying), (0, 2, 2), strict=True)
    ]
    bought = {camp["name"]: 1e4 * camp["ctr"] * (camp["cvr"] or 0) for camp in camps}
    told = words.across(bought, lambda value: words.number(value, 1))
    return Figure(
        f"Ten thousand ads shown brought {told} orders",
        "Paid traffic only, over the whole run; an order counts for the touch that came last.",
        charts,
        columns=3,
    )


def bars(chart: Chart, values: list[float], digits: int, styles: list[Style]) -> Chart:
    """Fill in horizontal bars from zero, each with its camp's name above and its value beside."""
    chart.height = 24 + 52 * len(values)
    top = max(values) or 1.0
    for row, (value, style) in enumerate(zip(values, styles, strict=True)):
        chart.data.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": short([value]),
                "y": [-row],
                "width": 0.42,
                "marker": {"color": style.line},
                "hoverinfo": "skip",
            }
        )
        chart.layout.setdefault("annotations", []).extend(
            [
                note(
                    style.camp,
                    color=style.text,
                    x=0,
                    xref="paper",
                    y=-row + 0.24,
                    xanchor="left",
                    yanchor="bottom",
                ),
                note(
                    words.number(value, digits),
                    color="@ink",
                    x=value,
                    y=-row,
                    xanchor="left",
                    xshift=4,
                ),
            ]
        )
    chart.layout |= {
        "hovermode": False,
        "margin": {"t": 4, "l": 0, "r": 0, "b": 0},
        "xaxis": {"range": [0, top * 1.32], "visible": False},
        "yaxis": {"visible": False, "range": [0.4 - len(values), 0.75]},
    }
    return chart


def _reference(chart: Chart, value: float) -> None:
    chart.layout.setdefault("shapes", []).append(
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": value,
            "y1": value,
            "line": {"color": "@zero", "width": 1, "dash": "dash"},
        }
    )
    chart.layout.setdefault("annotations", []).append(
        note(
            f"{value:.0f} yuan, as often quoted",
            x=0,
            xref="paper",
            xanchor="left",
            y=float(np.log10(value)),
            yanchor="bottom",
            xshift=4,
            bgcolor="@paper",
        )
    )


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, np.nan)


def _weekly(values: Array) -> Array:
    """Mean of the last seven days, of fewer at first."""
    days = np.minimum(np.arange(len(values)) + 1, WEEK)
    result: Array = trailing(values, WEEK) / days
    return result
