"""The tables of a report: what a reader sees, and the number that it is sorted and exported by."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.study import formulas, metrics, words
from sim.study.story import Story

Cell = tuple[str, float | int | None]
"""What is shown, and the exact number behind it (None for text and for what does not exist)."""


class Sheet(NamedTuple):
    """A table: id in the page, caption, column heads, rows of cells."""

    name: str
    caption: str
    heads: list[str]
    rows: list[list[Cell]]


MONEY = ("profit", "revenue", "gross_margin", "cash")
COUNTS = (
    ("merchants", "Merchants that came"),
    ("alive", "In business at the end"),
    ("orders", "Orders"),
    ("new_customers", "New customers"),
    ("followers", "Followers at the end"),
    ("members", "Group members at the end"),
)
SHARES = (
    "return_on_capital",
    "roi",
    "ctr",
    "cvr",
    "repurchase",
    "owned_share",
    "shop_share",
    "traffic_dependence",
    "wom_share",
    "bought_who_follow",
    "bought_who_join",
    "bought_who_return",
    "team_completion",
)
NUMBERS = ("referral_coefficient", "referred_loyalty", "joiners_per_team")
COSTS = ("gross_cac", "paid_cac", "net_cac", "customer_value", "price_per_mille")


def camps_sheet(story: Story) -> Sheet:
    """One row per measure, one column per camp."""
    heads = ["Measure", *(camp["name"] for camp in story.camps)]
    rows: list[list[Cell]] = []

    def row(title: str, unit: str, values: list[Cell]) -> None:
        rows.append([(f"{title}, {unit}" if unit else title, None), *values])

    def money(value: Any) -> Cell:
        exact = None if words.absent(value) else value / words.scale(story.currency)
        small = exact is not None and abs(exact) < 1_000 and exact != int(exact)
        return words.number(exact, 2 if small else 0), exact

    if not story.camps:
        return Sheet("camps", "All measures by camp", heads, rows)
    row("Strategy", "", [(camp["strategy"], None) for camp in story.camps])
    for key, title in COUNTS[:2]:
        row(title, "", [(words.number(c[key]), c[key]) for c in story.camps])
    for part in ("mean", "min", "median", "max"):
        named = {"mean": "mean", "min": "worst", "median": "middle", "max": "best"}[part]
        row(
            f"Profit per merchant, {named}",
            story.coin,
            [money(c["profit_per_merchant"][part]) for c in story.camps],
        )
    row("Profit, all", story.coin, [money(c["profit"]) for c in story.camps])
    row("Opening cash per merchant", story.coin, [money(c["opening_cash"]) for c in story.camps])
    for key, title in (
        ("revenue", "Revenue after refunds"),
        ("gross_margin", "Gross margin"),
        ("cash", "Cash at the end, all"),
    ):
        row(title, story.coin, [money(c[key]) for c in story.camps])
    for part, title in (
        ("ads", "ads"),
        ("media", "mass media and shelves"),
        ("community", "community"),
        ("content", "content"),
        ("rewards", "rewards"),
    ):
        row(f"Spent on {title}", story.coin, [money(c["spend"][part]) for c in story.camps])
    for key in COSTS:
        row(formulas.MEASURES[key].title, story.coin, [money(c[key]) for c in story.camps])
        if key == "gross_cac":
            row(
                "Gross CAC, first 90 days",
                story.coin,
                [money(c["gross_cac_first_quarter"]) for c in story.camps],
            )
    row(
        formulas.MEASURES["payback_days"].title,
        "days",
        [(words.number(c["payback_days"]), c["payback_days"]) for c in story.camps],
    )
    for key in SHARES:
        row(
            formulas.MEASURES[key].title,
            "%",
            [
                (words.share(c[key]).removesuffix(" %"), c[key] and 100 * c[key])
                for c in story.camps
            ],
        )
    for key in NUMBERS:
        measure = formulas.MEASURES[key]
        row(measure.title, measure.unit, [(words.number(c[key], 2), c[key]) for c in story.camps])
    for key, title in COUNTS[2:]:
        row(title, "", [(words.number(c[key]), c[key]) for c in story.camps])
    return Sheet("camps", "All measures by camp", heads, rows)


def merchants_sheet(story: Story) -> Sheet:
    """One row per merchant, over the whole run."""
    coin, panel = story.coin, story.panel
    heads = [
        "Merchant",
        "Camp",
        "Came on day",
        "In business",
        f"Profit, {coin}",
        f"Revenue, {coin}",
        f"Marketing, {coin}",
        f"Gross CAC, {coin}",
        "Orders",
        "New customers",
        "Followers",
        "Members",
    ]
    if not panel.names:
        return Sheet("merchants", "Every merchant", heads, [])
    last, alive = story.profit[-1], panel.level("active")[-1] != 0
    spend = story.main(metrics.marketing(panel).sum(axis=0))
    total = {name: panel.flow(name).sum(axis=0) for name in ("orders", "new_customers", "revenue")}
    cost = formulas.gross_cac(spend, total["new_customers"])
    ends = {name: panel.flow(name)[-1] for name in ("followers", "members")}
    revenue = story.main(total["revenue"])
    rows: list[list[Cell]] = []
    for i, name in enumerate(panel.names):
        rows.append(
            [
                (name, None),
                (str(panel.camp[i]), None),
                _count(panel.first_day[i]),
                ("yes" if alive[i] else "no", None),
                _amount(last[i]),
                _amount(revenue[i]),
                _amount(spend[i]),
                _amount(cost[i], 2),
                _count(total["orders"][i]),
                _count(total["new_customers"][i]),
                _count(ends["followers"][i]),
                _count(ends["members"][i]),
            ]
        )
    return Sheet("merchants", "Every merchant", heads, rows)


def _count(value: Any) -> Cell:
    return words.number(int(value)), int(value)


def _amount(value: Any, digits: int = 0) -> Cell:
    known = bool(np.isfinite(value))
    return words.number(float(value), digits), round(float(value), 2) if known else None
