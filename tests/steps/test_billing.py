"""Billing per click, mille and order: who ranks first, what it costs, and hard budgets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.bids import USUAL_CLICKS, USUAL_ORDERS, Rates
from sim.merchants.views import PlatformView
from sim.steps.billing import add_surcharge, bids_in, orders_a_click, surcharges
from sim.steps.lots import Lots
from sim.world.market import FOLLOWERS, NAMED, PLATFORMS
from tests.engine.tiny import by_day, play, tables
from tests.steps.street import days_of, world_of


def auction(**changes: Any) -> dict[str, Any]:
    return {
        "platforms.mall.auction": {
            "pacing": "none",
            "reserve": 0.01,
            "prior_impressions": 1e12,
            **changes,
        },
        "platforms.mall.visits_per_day": 1.0,
    }


# --- what is charged ----------------------------------------------------------------------------


def test_a_thousand_impressions_cost_their_price() -> None:
    """Three bidders, three slots: each pays the bid below, for impressions and not for clicks."""
    world = world_of(auction(billing="mille"))
    world.offers.bid[0] = [5000, 3000, 2000]
    ((day, _),) = days_of(world, 1)
    shown = day.counts.impressions
    assert (shown == day.counts.p_visits[0]).all()
    assert day.counts.spend_ads.tolist() == (shown * [3000, 2000, 1] // 1000).tolist()
    assert day.counts.p_billed[0] == day.counts.p_clicks[0] > 0


def test_where_impressions_are_billed_click_rates_do_not_matter() -> None:
    """Ranked by bid alone there; by bid x click rate where clicks are billed."""
    first = {}
    for billing in ("click", "mille"):
        world = world_of(auction(billing=billing, prior_impressions=500.0))
        world.offers.bid[0] = [400, 500, 300]
        world.boards.clicks[0, :, 0] = 4000.0  # clicked twice as often as an average ad
        world.boards.expected[0] = 2000.0
        world.boards.clicks[0, :, 1:] = 2000.0
        ((day, _),) = days_of(world, 1)
        clicks = day.counts.clicks  # slots decide: nobody is really better
        first[billing] = int(np.argmax(clicks))
    assert first == {"click": 0, "mille": 1}


@given(
    budgets=st.lists(st.integers(0, 4000), min_size=3, max_size=3),
    cash=st.lists(st.integers(-50, 4000), min_size=3, max_size=3),
    billing=st.sampled_from(["click", "mille", "order"]),
    rule=st.sampled_from(["gsp", "first_price", "second_price", "vcg", "fixed_price"]),
    pacing=st.sampled_from(["throttle", "none", "multiplicative"]),
    surcharge=st.sampled_from([0.0, 0.37]),
)
def test_budgets_are_hard_caps_in_every_market(
    budgets: list[int], cash: list[int], billing: str, rule: str, pacing: str, surcharge: float
) -> None:
    """Never a fen above budget or purse; platforms get what merchants pay."""
    if rule == "fixed_price" and pacing == "multiplicative":
        pacing = "none"
    changes = auction(billing=billing, rule=rule, pacing=pacing, precision_surcharge=surcharge)
    world = world_of({**changes, "consumers.count": 2000})
    world.offers.budget[0] = budgets
    world.accounts.cash[:] = cash
    world.offers.target[1, 0] = False
    world.offers.audience[1] = NAMED
    world.offers.audience[2] = FOLLOWERS
    world.relations.merchant[:900, 0] = 2
    world.relations.flags[:900, 0] = 2
    for _ in range(2):
        before = world.accounts.cash.copy()
        had = int(world.accounts.totals[PLATFORMS])
        ((day, _),) = days_of(world, 1)
        counts = day.counts
        assert (counts.p_merchant_spend[0] <= world.offers.budget[0]).all()
        assert (counts.spend_ads <= np.maximum(before, 0)).all()
        assert (before - world.accounts.cash == counts.spend_ads).all()
        assert int(world.accounts.totals[PLATFORMS]) - had == counts.spend_ads.sum()
        assert counts.p_spend[0] == counts.spend_ads.sum()


SELLING: dict[str, Any] = {
    "days": 30,
    "platforms.mall.auction": {"billing": "order", "reserve": 5},
    "merchants.buyer.strategy": {
        "kind": "buy_traffic",
        "mode": "constant",
        "bid": 2.5,
        "daily_budget": 200,
    },
}


@pytest.mark.parametrize("rule", ["gsp", "first_price"])
def test_orders_are_billed_within_the_day_s_budget(rule: str) -> None:
    """Books balance (``check: daily``); a day never costs more than its budget, though orders
    follow clicks by days; every paid order stood against a click and cost at least the reserve."""
    changes = {
        **SELLING,
        "platforms.mall.auction": {"billing": "order", "reserve": 5, "rule": rule},
    }
    market = play(changes)
    rows, mall = tables(market)["merchants"], tables(market)["platforms"]
    assert (by_day(market, "spend_ads")[:, :3] <= 20_000).all()
    assert 0 < mall["ad_orders"].sum() <= rows["orders_paid"].sum()
    paid = mall["ad_orders"].sum() - mall["overdelivery"].sum()
    assert paid > 20
    assert rows["spend_ads"].sum() >= 500 * paid
    assert (mall["spend"].sum()) == rows["spend_ads"].sum()


def test_without_orders_nothing_is_charged() -> None:
    market = play({**SELLING, "choice.impulse": 50, "choice.outside": 50, "days": 8})
    mall = tables(market)["platforms"]
    assert mall["clicks"].sum() > 100
    assert mall["spend"].sum() == 0


def test_a_budget_that_is_less_than_an_order_costs_buys_no_ad() -> None:
    market = play({**SELLING, "merchants.buyer.strategy.daily_budget": 1, "days": 8})
    rows = tables(market)["merchants"]
    assert rows["impressions"][rows["camp"] == "buyer"].sum() == 0


def test_a_platform_learns_who_sells() -> None:
    """Orders a click: towards what was seen, the more the more was seen; else the mean."""
    world = world_of()
    world.boards.clicks[0, 0] = [10_000, 10_000, 0]
    world.boards.orders[0] = [300, 100, 0]
    rate, mean = orders_a_click(world.boards, 0)
    assert mean == pytest.approx(401 / 20_100)
    assert rate[0] == pytest.approx(305 / (10_000 + 5 / mean))
    assert 0.02 < rate[0] < 0.03
    assert rate[2] == pytest.approx(mean)
    assert 0.01 < rate[1] < mean


# --- precision ----------------------------------------------------------------------------------


def test_precision_costs_its_surcharge() -> None:
    """Who targets pays so much more than the same auction took from a bid of as much less."""
    prices = {}
    for targets in (False, True):
        world = world_of(auction(precision_surcharge=0.25))
        world.offers.bid[0] = [500, 400, 200]
        if targets:
            world.offers.target[0, 1:] = False
            world.offers.target[0, 0] = True
            world.offers.audience[0] = NAMED
        ((day, _),) = days_of(world, 1)
        prices[targets] = day.counts.spend_ads[0] / day.counts.clicks[0]
    assert prices[False] == 400
    assert prices[True] == 500  # 400 of the auction and a quarter of it


@given(
    bid=st.integers(1, 10**6),
    extra=st.floats(0, 10),
    rule=st.sampled_from(["gsp", "fixed_price"]),
)
def test_a_surcharge_never_takes_more_than_the_bid(bid: int, extra: float, rule: str) -> None:
    world = world_of(auction(precision_surcharge=extra, rule=rule, reserve=0.1))
    world.offers.audience[0] = NAMED
    spec = world.scenario.platforms["mall"].auction
    factor = surcharges(world.offers, spec)
    offered = bids_in(spec, np.array([bid, bid, bid]), factor)
    assert offered[0] <= offered[1] <= bid
    lots = Lots(np.array([[[0, 1, -1]]], np.int16), np.array([[[offered[0], offered[1], 0]]]))
    add_surcharge(lots, np.array([bid, bid, bid]), factor)
    assert (lots.price[0, 0, :2] <= bid).all()
    assert (lots.price[0, 0, :2] >= offered[:2]).all()
    assert lots.price[0, 0, 2] == 0


# --- bids in the unit of billing ----------------------------------------------------------------


def view(billing: str, impressions: int, clicks: int, orders: int) -> PlatformView:
    return PlatformView("mall", impressions, clicks, 0, orders, 3, 30, 0.05, billing, orders)


def test_bids_are_worth_the_same_in_every_unit() -> None:
    """1.50 a click, four clicks in a hundred, an order of fifty: 60 a mille, 75 an order."""
    for billing, worth in (("click", 150), ("mille", 6000), ("order", 7500)):
        rates = Rates()
        seen = view(billing, 10**7, 4 * 10**5, 8000)
        rates.learn((seen,))
        assert rates.bid(seen, 150.0, 10**6) == pytest.approx(worth, rel=0.01)


def test_before_anything_is_seen_the_usual_stands_in() -> None:
    assert Rates().bid(view("mille", 0, 0, 0), 100.0, 10**6) == round(100_000 * USUAL_CLICKS)
    assert Rates().bid(view("order", 0, 0, 0), 100.0, 10**6) == round(100 / USUAL_ORDERS)
    assert Rates().bid(view("order", 0, 0, 0), 100.0, 777) == 777  # a day's money


@pytest.mark.parametrize("billing", ["mille", "order"])
def test_bidding_is_sensible_whatever_is_billed(billing: str) -> None:
    """Traffic bought by mille or order costs a click about what it costs where clicks are billed
    (in the same market, by the same merchants): less than twice and more than half."""
    price = {}
    for unit in ("click", billing):
        spend = clicks = 0
        for seed in (1, 2, 3):
            changes = {
                **SELLING,
                "days": 60,
                "platforms.mall.auction": {"billing": unit, "reserve": 0.3},
                "merchants.grower.count": 0,
                "merchants.buyer.strategy.daily_budget": 100,
            }
            mall = tables(play(changes, seed=seed))["platforms"]
            late = mall["day"] >= 20
            spend += mall["spend"][late].sum()
            clicks += mall["clicks"][late].sum()
        price[unit] = spend / clicks
    assert 0.5 < price[billing] / price["click"] < 2
