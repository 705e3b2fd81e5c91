"""Platforms against each other and against own shops: where people go, and where they buy."""

from __future__ import annotations

import numpy as np

from sim.study import formulas, words
from sim.study.camp_lines import lines
from sim.study.figure import Chart, Figure
from sim.study.marks import days_axis, linear, rules, series
from sim.study.palette import DASHES
from sim.study.story import Story
from sim.study.tables import Array, trailing

WEEK = 7
MOST_LINES = 8
"""Platforms shown, those with the most visits first."""
TONES = ("@ink", "@grey1")


def rivals(story: Story) -> Figure | None:
    """Each platform's share of visits, and the merchants who sell there; none for one platform."""
    table = story.tables["platforms"]
    names = list(story.summary["market"]["price_per_click"])
    if len(names) < 2 or not table["visits"].any():
        return None
    share = {name: 100 * trailing_mean(_column(story, name, "visit_share")) for name in names}
    shown = sorted(names, key=lambda name: -float(share[name].sum()))[:MOST_LINES]
    charts = [
        _lines(story, "visit_share", "Visits", "% of all visits", {n: share[n] for n in shown}),
        _lines(
            story,
            "sellers",
            "Merchants who sell there",
            "Merchants",
            {name: _column(story, name, "merchants") for name in shown},
        ),
    ]
    ends = {name: share[name][-1] / 100 for name in shown}
    found = story.summary["market"]["platform_hhi"]
    hidden = len(names) - len(shown)
    more = f" {words.count(hidden, 'smaller platform')} not shown." if hidden else ""
    return Figure(
        f"Where people go in the end: {words.across(ends, words.share)}",
        f"Visits averaged over a week. Concentration of visits (HHI) in the last 30 days:"
        f" {words.number(found, 2)}; {words.number(1 / len(names), 2)} would be equal shares,"
        f" 1 a single platform.{more}",
        charts,
        columns=2,
    )


def shops(story: Story) -> Figure | None:
    """Own shops' share of orders by camp; none where nothing or all is bought there."""
    found = story.summary["market"]["shop_share"]
    if words.absent(found) or not 0 < found < 1:
        return None
    values = {}
    for camp in story.camps:
        mine = story.mine(camp["name"])
        sold = (story.panel.flow(c)[:, mine].sum(axis=1) for c in ("shop_orders", "orders"))
        shop, orders = (trailing(flow.astype(np.float64), formulas.RECENT_DAYS) for flow in sold)
        values[camp["name"]] = 100 * formulas.shop_share(shop, orders)
    top = max(float(np.nanmax(line, initial=0.0)) for line in values.values())
    ends = {c["name"]: c["shop_share"] for c in story.camps if not words.absent(c["shop_share"])}
    return Figure(
        f"Bought in the merchants' own shops: {words.across(ends, words.share)} of orders",
        "Orders of the last 30 days that no platform brought and no platform's fee was paid for.",
        [lines(story, "shop", "", "% of orders", values, linear(0, top), "sold nothing")],
    )


def trailing_mean(values: Array, window: int = WEEK) -> Array:
    """Return the mean of each day and the days before it, as many as there are of ``window``."""
    known = np.minimum(np.arange(len(values)) + 1, window)
    result: Array = trailing(values, window) / known
    return result


def _column(story: Story, name: str, column: str) -> Array:
    table = story.tables["platforms"]
    here = np.asarray([str(other) == name for other in table["platform"]], bool)
    out = np.zeros(story.days)
    out[table["day"][here]] = table[column][here]
    return out


def _lines(story: Story, name: str, title: str, unit: str, values: dict[str, Array]) -> Chart:
    """One line per platform, told apart by tone and dash: colours belong to camps."""
    chart = Chart(name, title, unit, height=300)
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "yaxis": linear(0, max(float(line.max(initial=0)) for line in values.values())),
        **rules(story.events),
    }
    for place, (platform, line) in enumerate(values.items()):
        color, dash = TONES[place // len(DASHES) % 2], DASHES[place % len(DASHES)]
        chart.data.append(series(line, color=color, name=platform, dash=dash))
        chart.label.append((platform, float(line[-1]), color))
        chart.key.append((platform, color, "line" if dash == "solid" else dash))
    return chart
