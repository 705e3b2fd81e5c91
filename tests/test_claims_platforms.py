"""What the scenarios on platforms claim, in small worlds over several seeds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.claims import earned, run, summed

SEEDS = (1, 2, 3)

TWO = (
    "consumers.count=10000",
    "days=150",
    "platforms.free.opens=90",
    "visits.drift=0.06",
    "merchants.shop.listing.review=7",
    "merchants.shop.strategy.daily_budget=50",
)
COME = "entry.schedule=[{day: 90, merchant: outsider, count: 12}]"


def concentration(seed: int, *more: str) -> np.ndarray:
    """How concentrated orders are on platforms, day by day (HHI)."""
    return run("two_platforms", seed, *TWO, *more).recorder.tables()["market"]["platform_hhi"]


@pytest.mark.parametrize("seed", SEEDS)
def test_platforms_concentrate_until_a_newcomer_brings_merchants(seed: int) -> None:
    hhi = concentration(seed, COME)
    assert hhi[:5].mean() + 0.2 < hhi[80:90].mean()
    assert hhi[-10:].mean() + 0.2 < hhi[80:90].mean()


def test_a_newcomer_alone_undoes_nothing_and_visits_that_stay_do_not_concentrate() -> None:
    alone = concentration(1, "entry.schedule=[]")
    assert alone[-10:].mean() > 0.8
    still = concentration(1, COME, "visits.drift=0")
    assert abs(still[80:90].mean() - still[:5].mean()) < 0.05


SHOCK = ("consumers.count=8000", "days=130", "merchants.buyer.count=2", "merchants.grower.count=2")
AT = 80
"""Day of the shock here."""
SHOPLESS = ("merchants.buyer.own_shop=false", "merchants.grower.own_shop=false")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shock_costs_less_who_has_a_shop(seed: int) -> None:
    def loss(camp: str, *more: str) -> float:
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
        market = run("first_mover", seed, *FIRST, *more)
        orders = [summed(market, camp, "orders", first, last) for camp in ("follower", "pioneer")]
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
    market = run("long_tail", seed, *TAIL)
    sold = {
        camp: np.array([summed(market, camp, what) for what in ("orders", "shop_orders")])
        for camp in ("cheap", "usual", "dear")
    }
    mall = {camp: int(orders - own) for camp, (orders, own) in sold.items()}
    assert mall["cheap"] > mall["dear"]
    assert mall["cheap"] > mall["usual"]
    assert sold["dear"][1] / sold["dear"][0] > sold["cheap"][1] / sold["cheap"][0]
    plain = market.recorder.tables()["market"]
    ranked = run(
        "long_tail", seed, *TAIL, "platforms.mall.organic.velocity_weight=2"
    ).recorder.tables()["market"]
    assert ranked["tail_share"][-30:].mean() < 0.8 * plain["tail_share"][-30:].mean()
