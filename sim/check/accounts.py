"""Family: ledger: money, goods and the funnel of a market in which all that can happen does."""

from __future__ import annotations

import math
from typing import Any

from sim.check.books import breaches
from sim.check.measured import Check, Effort, Found, Point
from sim.engine.model import Market
from sim.study.formulas import paid_cac, price_per_click

FAMILY = "ledger"
DAYS = 40
COMMUNITY = {"staff": 2, "members_per_staff": 20, "wage": 100, "sales_posts": 0.3}
SHOP = {"stock": 150, "cover": 10, "lead_time": 4, "cash": 200_000}
BUSY: dict[str, Any] = {
    "name": "books",
    "days": DAYS,
    "check": "daily",
    "consumers": {"count": 3000, "need_rate": {"gamma": {"mean": 0.1, "shape": 0.7}}},
    "graph": {"kind": "tribal", "mean_degree": 8},
    "platforms": {
        "mall": {"visits_per_day": 0.6, "search_rate": 0.6, "ad_slots": 2, "fee": 0.05},
        "feed": {"visits_per_day": 0.4, "ad_slots": 1, "rent": 3.33},
    },
    "merchants": {
        "buyer": {
            "count": 3,
            "operations": SHOP,
            "strategy": {"kind": "buy_traffic", "bid": 2.5, "daily_budget": 200},
            "referral": {"reward": 7.77, "friend_reward": 3.33},
        },
        "grower": {
            "count": 2,
            "operations": SHOP,
            "strategy": {
                "kind": "hybrid",
                "bid": 2,
                "daily_budget": 500,
                "community": COMMUNITY,
            },
        },
        "teams": {
            "operations": SHOP,
            "strategy": {"kind": "group_buy", "daily_budget": 100, "team": {"size": 2}},
        },
        "poor": {
            "count": 2,
            "operations": {"cash": 1000, "overhead": 900, "stock": 20, "cover": 5, "lead_time": 2},
            "strategy": {"kind": "buy_traffic", "bid": 1, "daily_budget": 50},
        },
    },
    "choice": {"outside": 2, "impulse": 4},
    "memory": {"return_rate": 0.1},
    "entry": {"rate_per_month": 6, "mix": {"buyer": 1}},
}
HAPPENS = ("refunds", "stockouts", "spend_community", "spend_ads", "platform_fees", "members")
"""Columns that must not be empty, so that the laws are not about zeros."""


def _played(seed: int) -> Market:
    market = Market(BUSY, seed=seed, collect=False)
    while market.running:
        market.step()
    return market


def books(effort: Effort) -> Found:
    """Count the rows of a busy market's series that break a law of the books."""
    wrong: dict[str, int] = {}
    rows = 0
    for seed in range(effort.seed, effort.seed + effort.runs(10, least=2)):
        tables = _played(seed).recorder.tables()
        for law, count in breaches(tables):
            wrong[law] = wrong.get(law, 0) + count
        rows += len(tables["merchants"]["day"])
        empty = [name for name in HAPPENS if not tables["merchants"][name].any()]
        wrong["all that can happen happens"] = len(empty)
    points = [Point(law, 0, count) for law, count in wrong.items()]
    return Found(tuple(points), y_title=f"breaches in {rows:,} rows of merchants")


def cost_of_a_customer(effort: Effort) -> Found:
    """Measure what a new customer whom an ad brought cost: by the ledgers of merchants, and as the
    price of a click on the platforms' boards over the share of clicks that won one.

    Prices of a day are rounded to whole fen; what that may do is the standard error.
    """
    points = []
    for seed in range(effort.seed, effort.seed + effort.runs(10, least=2)):
        tables = _played(seed).recorder.tables()
        merchants, platforms = tables["merchants"], tables["platforms"]
        won, spend = merchants["first_paid"].sum(), merchants["spend_ads"].sum()
        billed = platforms["clicks"] - platforms["overdelivery"]
        price = float(price_per_click(platforms["price_per_click"], billed))
        rounding = math.sqrt(float((billed**2).sum()) / 12) / float(won)
        by_price = price / (float(won) / float(billed.sum()))
        points.append(Point(f"seed {seed}", float(paid_cac(spend, won)), by_price, rounding))
    return Found(tuple(points), y_title="cost of a new customer, fen")


CHECKS = (
    Check(
        "books",
        FAMILY,
        "No fen and no item comes or goes; the funnel narrows; sums are the sums of their parts.",
        "double-entry bookkeeping",
        books,
    ),
    Check(
        "cost-of-a-customer",
        FAMILY,
        "Merchants' ledgers and platforms' prices say the same of what a customer costs.",
        "identity: price of a click over the conversion rate",
        cost_of_a_customer,
        None,
        "macro-face",
    ),
)
