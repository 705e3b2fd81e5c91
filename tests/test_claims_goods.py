"""What the scenarios on categories, the calendar and coupons claim, in small worlds."""

from __future__ import annotations

import numpy as np

from tests.claims import run, summed

SEEDS = (1, 2, 3)


FAIR = (
    "consumers.count=5000",
    "days=40",
    "calendar.start=2026-10-12",
    "calendar.festivals={singles_day: {day: 30, days: 1, needs: 5, visits: 3}}",
    "merchants.buyer.strategy.daily_budget=200",
    "merchants.grower.strategy.daily_budget=200",
)
TREBLED = (
    "events=[{day: 28, set: {merchants.buyer.strategy.daily_budget: 600 CNY}},"
    " {day: 32, set: {merchants.buyer.strategy.daily_budget: 200 CNY}}]"
)


def festival(seed: int, budgets: str) -> tuple[float, float, float, float]:
    """Price of a click in the weeks before and on the day; orders likewise."""
    tables = run("festival_year", seed, *FAIR, budgets).recorder.tables()
    price = tables["platforms"]["price_per_click"].astype(float)
    orders = tables["market"]["orders"].astype(float)
    return price[16:28].mean(), price[30], orders[16:28].mean(), orders[30]


def test_a_festival_brings_demand_and_with_budgets_dearer_traffic() -> None:
    """Visits alone make traffic cheaper: supply grows and money does not. With everybody's budget
    raised for the day it gets dearer than without."""
    for seed in SEEDS:
        before, on_the_day, usual, orders = festival(seed, TREBLED)
        _, poor, _, _ = festival(seed, "events=[]")
        assert orders > 1.8 * usual
        assert on_the_day > before
        assert poor < before


def test_a_community_falls_less_far_behind_where_things_are_bought_often() -> None:
    """Orders per customer are what a community lives on: of tea there are several, of furniture
    one. What a community takes, over what traffic takes, is larger for tea."""
    small = (
        "consumers.count=8000",
        *(f"merchants.{c}_{k}.count=1" for c in ("tea", "furniture") for k in ("buyer", "grower")),
    )
    share = []
    for seed in SEEDS:
        market = run("two_categories", seed, *small)
        tea = summed(market, "tea_grower", "revenue") / summed(market, "tea_buyer", "revenue")
        rare = summed(market, "furniture_grower", "revenue")
        share.append((tea, rare / summed(market, "furniture_buyer", "revenue")))
    assert all(tea > rare for tea, rare in share), share


def test_a_coupon_for_all_costs_more_per_order_than_one_for_the_lapsed() -> None:
    small = ("consumers.count=8000", "days=240")
    taken = {"everybody": 0, "newcomers": 0, "lapsed": 0}
    for seed in SEEDS:
        market = run("coupons", seed, *small)
        for camp in taken:
            taken[camp] += summed(market, camp, "discounts")
            promoted = summed(market, camp, "orders_promoted")
            assert summed(market, camp, "discounts") == 2_000 * promoted > 0
        assert summed(market, "none", "discounts") == 0
        assert summed(market, "everybody", "orders") > summed(market, "none", "orders")
    assert taken["lapsed"] < taken["newcomers"] < taken["everybody"]


def test_people_who_are_used_to_discounts_buy_less_at_full_price() -> None:
    """With a price that feels normal drifting to what was paid, the months after a sale are worse
    than where it stays."""
    small = ("consumers.count=8000", "days=90")
    after = {"null": 0.0, "20d": 0.0}
    for seed in SEEDS:
        for half_life in after:
            market = run("coupons", seed, *small, f"choice.reference_half_life={half_life}",
                         *(f"merchants.{camp}.promotions=[{{day: 10, days: 50, discount: 40%}}]"
                           for camp in ("everybody", "newcomers", "lapsed", "none")))  # fmt: skip
            orders = market.recorder.tables()["market"]["orders"]
            after[half_life] += float(np.sum(orders[60:]))
    assert after["20d"] < after["null"]
