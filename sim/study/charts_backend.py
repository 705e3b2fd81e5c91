"""How the back end kept up with the front end: empty shelves, orders that wait, satisfaction."""

from __future__ import annotations

import numpy as np

from sim.study import formulas, words
from sim.study.camp_lines import lines
from sim.study.figure import Figure
from sim.study.story import Story
from sim.study.tables import Array, trailing

WEEK = 7


def backend(story: Story) -> Figure | None:
    """Stock-outs and orders that wait, where there were any, and how satisfied buyers were."""
    failed = {camp["name"]: _stockouts(story, camp["name"]) for camp in story.camps}
    waiting = {
        camp["name"]: story.panel.flow("waiting")[:, story.mine(camp["name"])].sum(axis=1)
        for camp in story.camps
    }
    charts = []
    if any(np.nan_to_num(line).any() for line in failed.values()):
        title = "Empty shelves, last 7 days"
        charts.append(lines(story, "stockouts", title, "% of wanted orders that failed", failed))
    if any(line.any() for line in waiting.values()):
        charts.append(lines(story, "waiting", "Orders that wait to be sent", "Orders", waiting))
    if not charts:
        return None
    moods = {camp["name"]: _satisfaction(story, camp["name"]) for camp in story.camps}
    unit = "Mean satisfaction, -1 to 1"
    charts.append(lines(story, "satisfaction", "Satisfaction, last 7 days", unit, moods))
    rates = {c["name"]: c["stockout_rate"] for c in story.camps}
    rates = {name: share for name, share in rates.items() if not words.absent(share)}
    return Figure(
        f"Orders that failed for want of stock: {words.across(rates, words.share)}",
        "What the front end sells the back end has to send: orders fail when the shelf is empty,"
        " wait when more come in than can be sent, and late parcels disappoint.",
        charts,
        columns=2,
    )


def _stockouts(story: Story, camp: str) -> Array:
    mine = story.mine(camp)
    failed, orders = (
        trailing(story.panel.flow(name)[:, mine].sum(axis=1), WEEK)
        for name in ("stockouts", "orders")
    )
    return 100 * formulas.stockout_rate(failed, orders)


def _satisfaction(story: Story, camp: str) -> Array:
    """Mean satisfaction of a week's deliveries."""
    mine = story.mine(camp)
    delivered = story.panel.flow("delivered")[:, mine]
    total = (story.panel.flow("satisfaction")[:, mine] * delivered).sum(axis=1)
    return formulas.over(trailing(total, WEEK), trailing(delivered.sum(axis=1), WEEK))
