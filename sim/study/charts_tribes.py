"""Who buys from whom: whether brands belong to tribes, and what is sold to other regions."""

from __future__ import annotations

import numpy as np

from sim.study import formulas, words
from sim.study.camp_lines import lines
from sim.study.figure import Figure
from sim.study.story import Story
from sim.study.tables import Array, trailing

MONTH = 30


def segregation(story: Story) -> Figure | None:
    """How unevenly each camp's buyers are spread over tribes."""
    measured = story.panel.level("segregation")
    if not measured.any() or len(story.camps) < 1:
        return None
    bought = np.cumsum(story.panel.flow("new_customers"), axis=0) > 0
    known = np.where(bought & story.panel.present, measured, np.nan)
    values = {camp["name"]: _mean(known[:, story.mine(camp["name"])]) for camp in story.camps}
    ends = {name: float(line[np.isfinite(line)][-1]) for name, line in values.items()
            if np.isfinite(line).any()}  # fmt: skip
    if not ends:
        return None
    chart = lines(
        story,
        "segregation",
        "",
        "Dissimilarity of buyers, 0 all tribes alike to 1",
        values,
        lacking="no buyers",
    )
    return Figure(
        "Do brands belong to tribes? Dissimilarity of buyers in the end:"
        f" {words.across(ends, lambda v: words.number(v, 2))}",
        "Share of a merchant's buyers who would have to be of another tribe for all tribes to like"
        " it alike (Duncan & Duncan 1955), mean over merchants, measured weekly. Few buyers look"
        " segregated by chance.",
        [chart],
    )


def abroad(story: Story) -> Figure | None:
    """The share of orders that goes to other regions, where there are any."""
    orders, away = story.panel.flow("orders"), story.panel.flow("orders_abroad")
    if not away.any():
        return None
    values = {}
    for camp in story.camps:
        mine = story.mine(camp["name"])
        month = trailing(orders[:, mine].sum(axis=1), MONTH)
        values[camp["name"]] = 100 * formulas.over(
            trailing(away[:, mine].sum(axis=1), MONTH), month
        )
    ends = {
        camp["name"]: float(formulas.over(away[:, mine].sum(), orders[:, mine].sum()))
        for camp in story.camps
        if orders[:, mine := story.mine(camp["name"])].any()
    }
    return Figure(
        f"Orders from other regions: {words.across(ends, words.share)}",
        f"Share of orders whose buyer lives outside the merchant's region, over {MONTH} days.",
        [lines(story, "abroad", "", "% of orders", values, lacking="no orders")],
    )


def _mean(values: Array) -> Array:
    """Return the mean of the merchants known on each day; NaN where there is none."""
    number = np.isfinite(values).sum(axis=1)
    return formulas.over(np.nansum(values, axis=1), number)
