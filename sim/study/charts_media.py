"""Push, its price and its rivals: contacts in media, weariness of ads, readers, shelves."""

from __future__ import annotations

import numpy as np

from sim.study import reach, words
from sim.study.camp_lines import lines
from sim.study.figure import Chart, Figure
from sim.study.marks import days_axis, linear, rules, series
from sim.study.story import Story
from sim.study.tables import Array, trailing

WEEK = 7
SHADES = ("@ink", "@grey1", "@grey2", "@grey3")
DASHES = ("solid", "dash", "dot", "dashdot")


def media(story: Story) -> Figure | None:
    """Gross rating points a week, one line per medium; nothing where nobody booked."""
    table, bought = story.tables["media"], story.summary["market"].get("media", {})
    booked = {name: found for name, found in bought.items() if found["contacts"]}
    if not booked:
        return None
    chart = Chart("media", "", "Contacts a week per 100 people (GRP)", height=300)
    top = 0.0
    for place, name in enumerate(sorted(booked, key=lambda name: -booked[name]["contacts"])):
        here = np.asarray([str(other) == name for other in table["medium"]], bool)
        points = np.bincount(table["day"][here], table["grp"][here], story.days)
        weekly = trailing(points, WEEK)
        top = max(top, float(weekly.max()))
        color, dash = SHADES[place % len(SHADES)], DASHES[place // len(SHADES) % len(DASHES)]
        chart.data.append(series(weekly, color=color, name=name, dash=dash, hover="%{y:,.0f}"))
        chart.label.append((name, float(weekly[-1]), color))
        chart.key.append((name, color, "line" if dash == "solid" else dash))
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "yaxis": linear(0, top),
        **rules(story.events),
    }
    price = {name: found["cost_per_mille"] for name, found in booked.items()}
    told = words.across(price, lambda value: words.amount(value, story.currency))
    return Figure(
        f"A thousand contacts in mass media cost {told} {story.coin}",
        "Contacts of the last seven days, of all merchants, per 100 people of the population,"
        " whether they noticed the ad or not.",
        [chart],
    )


def weariness(story: Story) -> Figure | None:
    """Mean ad fatigue and, where people shut ads out, how many do."""
    market = story.tables["market"]
    tired, shut = market["fatigue"], market["opted_out"]
    charts = [
        _line(story, "fatigue", "Ad fatigue", "Mean fatigue", tired),
        _line(story, "opted_out", "Shut out all ads", "People", shut),
    ]
    if not np.nan_to_num(tired).any():
        return None
    if not shut.any():
        charts = charts[:1]
    ends = story.summary["market"]["fatigue"]
    away = words.number(int(shut[-1])) if shut.any() else "nobody"
    return Figure(
        f"Weariness of ads {words.change(*(words.number(ends[k], 2) for k in ('first', 'last')))}"
        f"; in the end {away} shut them out",
        "Fatigue as a mean over all people, measured weekly: where it equals a person's tolerance"
        " (1 on average), ads get 1/e of the clicks. Who shuts ads out sees none on any platform.",
        charts,
        columns=len(charts),
    )


def pull(story: Story) -> Figure | None:
    """Readers of content a week and pieces that can be found, by camp."""
    readers = _by_camp(story, "readers")
    if not readers:
        return None
    pieces = _by_camp(story, "pieces")
    charts = [
        lines(
            story,
            "readers",
            "Readers",
            "Pieces read a week",
            {name: trailing(values, WEEK) for name, values in readers.items()},
        ),
        lines(story, "pieces", "Content in circulation", "Pieces", pieces),
    ]
    spend = _by_camp(story, "spend_content")
    cost = {
        name: float(reach.cost_per_reader(spend[name].sum(), readers[name].sum()))
        for name in readers
        if name in spend and readers[name].any()
    }
    told = words.across(cost, lambda value: words.amount(value, story.currency))
    return Figure(
        f"A reader of content cost {told} {story.coin}" if cost else "Readers of content",
        "People who search, with a need or to know something, and read a piece. Content tires"
        " nobody.",
        charts,
        columns=2,
    )


def shelves(story: Story) -> Figure | None:
    """Presence in stores and orders there, by camp."""
    presence, orders = _by_camp(story, "presence"), _by_camp(story, "orders_store")
    if not presence:
        return None
    many = {name: story.panel.present[:, story.mine(name)].sum(axis=1) for name in presence}
    shares = {name: 100 * values / np.maximum(1, many[name]) for name, values in presence.items()}
    weekly = {name: trailing(values, WEEK) for name, values in orders.items()}
    charts = [lines(story, "presence", "On the shelf", "% of stores, mean of merchants", shares)]
    if weekly:
        charts.append(lines(story, "store_orders", "Sold in stores", "Orders a week", weekly))
    kept = int(story.tables["market"]["to_stores"][-1])
    return Figure(
        f"Stores kept {words.money(kept, story.currency)} of what they sold",
        "Who is in a store can buy only what stands on its shelf.",
        charts,
        columns=len(charts),
    )


def _by_camp(story: Story, column: str) -> dict[str, Array]:
    """Sum of a column by day, for the camps that have any of it."""
    values = story.panel.flow(column).astype(float)
    found = {c["name"]: values[:, story.mine(c["name"])].sum(axis=1) for c in story.camps}
    return {name: total for name, total in found.items() if total.any()}


def _line(story: Story, name: str, title: str, unit: str, values: Array) -> Chart:
    chart = Chart(name, title, unit, height=260)
    known = values[np.isfinite(values)]
    chart.data = [series(values, color="@ink", name=title.lower())]
    chart.label = [("", float(known[-1]), "@ink")] if len(known) else []
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "yaxis": linear(0, float(known.max(initial=0))),
        **rules(story.events),
    }
    return chart
