"""What the scenarios on platforms claim, in small worlds over several seeds."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from sim.engine.model import Market
from sim.scenario.load import load
from sim.study.tables import Tables

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
SEEDS = (1, 2, 3)


@functools.cache
def run(name: str, seed: int, *overrides: str) -> Tables:
    market = Market(load(SCENARIOS / f"{name}.yaml", overrides), seed=seed, collect=False)
    while market.running:
        market.step()
    tables: Tables = market.recorder.tables()
    return tables


def summed(tables: Tables, camp: str, column: str, first: int, last: int) -> int:
    rows = tables["merchants"]
    mine = (rows["camp"] == camp) & (rows["day"] >= first) & (rows["day"] < last)
    return int(rows[column][mine].sum())


def earned(tables: Tables, camp: str, first: int, last: int) -> int:
    """Profit of a camp in smallest units."""
    costs = ("cogs", "platform_fees", "overhead", "spend_ads", "spend_media")
    spent = (*costs, "spend_community", "spend_content")
    lost = sum(summed(tables, camp, column, first, last) for column in spent)
    return summed(tables, camp, "revenue", first, last) - lost


TWO = (
    "consumers.count=10000",
    "days=150",
    "platforms.free.opens=90",
    "visits.drift=0.06",
    "merchants.shop.listing.review=7",
    "merchants.shop.strategy.daily_budget=50",
)
COME = "entry.schedule=[{day: 90, merchant: outsider, count: 12}]"


@pytest.mark.parametrize("seed", SEEDS)
def test_platforms_concentrate_until_a_newcomer_brings_merchants(seed: int) -> None:
    hhi = run("two_platforms", seed, *TWO, COME)["market"]["platform_hhi"]
    assert hhi[:5].mean() + 0.2 < hhi[80:90].mean()
    assert hhi[-10:].mean() + 0.2 < hhi[80:90].mean()


def test_a_newcomer_alone_undoes_nothing_and_visits_that_stay_do_not_concentrate() -> None:
    alone = run("two_platforms", 1, *TWO, "entry.schedule=[]")["market"]["platform_hhi"]
    assert alone[-10:].mean() > 0.8
    still = run("two_platforms", 1, *TWO, COME, "visits.drift=0")["market"]["platform_hhi"]
    assert abs(still[80:90].mean() - still[:5].mean()) < 0.05


SHOCK = ("consumers.count=8000", "days=130", "merchants.buyer.count=2", "merchants.grower.count=2")
AT = 80
"""Day of the shock here."""
SHOPLESS = ("merchants.buyer.own_shop=false", "merchants.grower.own_shop=false")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shock_costs_less_who_has_a_shop(seed: int) -> None:
    def loss(camp: str, *more: str) -> int:
        calm = run("platform_shock", seed, *SHOCK, *more, "events=[]")
        hit = run("platform_shock", seed, *SHOCK, *more, f"events.0.day={AT}")
        return earned(calm, camp, AT, 130) - earned(hit, camp, AT, 130)

    assert loss("buyer") + loss("grower") > 0
    for camp in ("buyer", "grower"):
        assert loss(camp) < loss(camp, *SHOPLESS)


FIRST = (
    "consumers.count=4000",
    "days=200",
    "merchants.pioneer.count=2",
    "merchants.pioneer.strategy.daily_budget=200",
    "merchants.follower.strategy.daily_budget=200",
    "entry.schedule=[{day: 90, merchant: follower, count: 2}]",
)


@pytest.mark.parametrize("seed", SEEDS)
def test_pioneers_stay_ahead_as_long_as_customers_remember(seed: int) -> None:
    def follow(first: int, last: int, *more: str) -> float:
        tables = run("first_mover", seed, *FIRST, *more)
        orders = [summed(tables, camp, "orders", first, last) for camp in ("follower", "pioneer")]
        return orders[0] / orders[1]

    assert follow(90, 120) < follow(150, 200) < 1
    assert follow(150, 200, "memory.goodwill_half_life=365d") < follow(150, 200)


TAIL = (
    "consumers.count=6000",
    "days=120",
    "merchants.cheap.count=4",
    "merchants.usual.count=4",
    "merchants.dear.count=4",
    "events=[]",
)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mall_is_where_the_cheap_sell_and_ranking_by_sales_cuts_the_tail(seed: int) -> None:
    tables = run("long_tail", seed, *TAIL)
    sold = {
        camp: np.array([summed(tables, camp, what, 0, 120) for what in ("orders", "shop_orders")])
        for camp in ("cheap", "usual", "dear")
    }
    mall = {camp: int(orders - own) for camp, (orders, own) in sold.items()}
    assert mall["cheap"] > mall["dear"]
    assert mall["cheap"] > mall["usual"]
    assert sold["dear"][1] / sold["dear"][0] > sold["cheap"][1] / sold["cheap"][0]
    ranked = run("long_tail", seed, *TAIL, "platforms.mall.organic.velocity_weight=2")["market"]
    assert ranked["tail_share"][-30:].mean() < 0.8 * tables["market"]["tail_share"][-30:].mean()
