"""Platforms, own shops, subsidies, who comes and who leaves: felt in whole small markets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from tests.engine.tiny import BUSY, by_day, digest, play, tables, total

SEEDS = (1, 2, 3)
FAIR = {**BUSY["platforms"]["mall"], "visits_per_day": {"gamma": {"mean": 0.3, "shape": 2}}}
TWO: dict[str, Any] = {"platforms.fair": FAIR}


def of(market: Market, platform: str, column: str) -> np.ndarray:
    rows = tables(market)["platforms"]
    return rows[column][rows["platform"] == platform]


# --- several platforms --------------------------------------------------------------------------


def test_a_platform_opens_on_its_day() -> None:
    market = play({**TWO, "platforms.fair.opens": 15, "days": 30})
    for column in ("visits", "searches", "clicks", "orders", "merchants"):
        assert of(market, "fair", column)[:15].sum() == 0, column
        assert of(market, "fair", column)[15:].sum() > 0, column
    hhi, visits = tables(market)["market"]["platform_hhi"], of(market, "fair", "visits")
    share = visits / tables(market)["market"]["visits"]
    assert (hhi[:15] == 1.0).all()
    assert hhi == pytest.approx(share**2 + (1 - share) ** 2)
    assert of(market, "fair", "visit_share") == pytest.approx(share)


def test_until_it_opens_a_platform_might_as_well_not_exist() -> None:
    """Not a bit of a run is touched by a platform that opens after its last day."""
    with_it = play({**TWO, "platforms.fair.opens": 99, "days": 15})
    alone = play({"days": 15})
    for table in ("market", "merchants"):
        for column, values in tables(alone)[table].items():
            assert np.array_equal(values, tables(with_it)[table][column]), column


def test_search_ignores_who_is_not_there() -> None:
    """Merchants on the fair alone get no order from the mall, not even from those who know them."""
    away = {"merchants.buyer.platforms": ["fair"], "merchants.grower.platforms": ["fair"]}
    market = play({**TWO, **away, "memory.goodwill_half_life": 300})
    assert of(market, "mall", "orders").sum() == 0
    assert of(market, "fair", "orders_search").sum() > 0
    assert of(market, "mall", "fees").sum() == 0


def concentration(seed: int, changes: dict[str, Any]) -> np.ndarray:
    """HHI of visits by day in a market whose merchants and visitors look for each other."""
    base = {
        **TWO,
        "days": 150,
        "consumers.count": 1000,
        "merchants.buyer.count": 10,
        "merchants.grower.count": 0,
        "merchants.buyer.strategy.daily_budget": 20,
        "merchants.buyer.listing": {"at_most": 1, "review": 7},
        "visits": {"drift": 0.08, "variety": 1.5},
    }
    market = play({**base, **changes}, seed=seed)
    return tables(market)["market"]["platform_hhi"]


@pytest.mark.parametrize("seed", SEEDS)
def test_platforms_concentrate_where_merchants_serve_one(seed: int) -> None:
    """Merchants follow visitors and visitors follow merchants, so one platform wins. It does not
    where visits stay, nor where merchants can serve both."""
    tipped = concentration(seed, {})
    assert tipped[0] < 0.65
    assert tipped[-10:].mean() > 0.85
    assert concentration(seed, {"visits.drift": 0})[-10:].mean() < 0.65
    assert concentration(seed, {"merchants.buyer.listing.at_most": 2})[-10:].mean() < 0.65


@pytest.mark.parametrize("seed", SEEDS)
def test_a_newcomer_with_more_goods_undoes_it(seed: int) -> None:
    """A platform without fee that opens among single-homers stays small; with merchants of its own
    it takes visits from the one that had them all."""
    newcomer = {"platforms.newcomer": {**FAIR, "opens": 70, "fee": 0}}
    empty = concentration(seed, newcomer)
    outsiders = {**BUSY["merchants"]["buyer"], "count": 0, "platforms": ["newcomer"]}
    come = [{"day": 70, "merchant": "outsider", "count": 20}]
    full = concentration(
        seed, {**newcomer, "merchants.outsider": outsiders, "entry": {"schedule": come}}
    )
    assert full[60:70].mean() > 0.85
    assert full[-10:].mean() < 0.75
    assert full[-10:].mean() < empty[-10:].mean() - 0.1


def test_an_event_may_let_merchants_serve_more() -> None:
    events = [{"day": 70, "set": {"merchants.buyer.listing.at_most": 2}}]
    hhi = concentration(1, {"events": events})
    assert hhi[-10:].mean() < hhi[60:70].mean() - 0.1


# --- own shops ----------------------------------------------------------------------------------


def test_own_shops_pay_no_fee_and_their_cost() -> None:
    """Two sides: without a fee more is left of each order; rent and friction take it again."""
    fee = {"platforms.mall.fee": 0.2}

    def margin(changes: dict[str, Any]) -> int:
        found = play({**fee, **changes}, seed=4)
        return (
            total(found, "revenue")
            - total(found, "cogs")
            - total(found, "platform_fees")
            - total(found, "overhead")
        )

    none = {"merchants.buyer.own_shop": False, "merchants.grower.own_shop": False}
    own = margin({})
    assert own > margin(none)
    assert margin({"merchants.grower.shop": {"friction": 0.95}}) < own
    assert margin({"merchants.grower.shop": {"cost": 1500}}) < margin(none)


def test_friction_costs_its_share_of_own_orders() -> None:
    shops = {"merchants.buyer.shop.friction": 0.5, "merchants.grower.shop.friction": 0.5}
    free = [total(play({}, seed=s), "shop_orders") for s in SEEDS]
    hard = [total(play(shops, seed=s), "shop_orders") for s in SEEDS]
    share = sum(hard) / sum(free)
    assert 0.35 < share < 0.65  # a bit more than half: who gave up is not a customer who stays away


def test_a_merchant_with_nothing_but_its_own_shop() -> None:
    """No platform: no ads, no results; sold is what followers and friends bring, once there are."""
    market = play({"merchants.buyer.platforms": []})
    rows = tables(market)["merchants"]
    alone = rows["camp"] == "buyer"
    assert rows["orders"][alone].sum() == rows["shop_orders"][alone].sum() == 0
    assert rows["spend_ads"][alone].sum() == 0
    assert rows["shop_orders"][~alone].sum() > 0


# --- money of platforms ---------------------------------------------------------------------------


def test_rent_is_paid_by_who_is_there() -> None:
    market = play(
        {**TWO, "platforms.mall.rent": 5, "merchants.buyer.platforms": ["fair"], "days": 9}
    )
    free = play({**TWO, "merchants.buyer.platforms": ["fair"], "days": 9})
    paid = of(market, "mall", "fees") - of(free, "mall", "fees")
    assert paid[0] == 2 * 500  # the two growers
    fees = by_day(market, "platform_fees") - by_day(free, "platform_fees")
    assert (fees[0] == [0, 0, 0, 500, 500]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_subsidies_to_buyers_sell_more_on_the_platform(seed: int) -> None:
    plain = play({"memory.return_rate": 0}, seed=seed)
    paid = play({"memory.return_rate": 0, "platforms.mall.subsidy.buyers": 0.3}, seed=seed)
    assert of(paid, "mall", "orders").sum() > 1.1 * of(plain, "mall", "orders").sum()
    orders = of(paid, "mall", "orders")
    assert (of(paid, "mall", "subsidies") == 3_870 * orders).all()
    assert (of(paid, "mall", "fees") == (645 - 3_870) * orders).all()
    direct = (tables(m)["market"]["shop_share"] for m in (plain, paid))
    before, after = (float(share[20:].mean()) for share in direct)
    assert after < before  # own customers, too, buy where it is cheaper


def test_rebates_go_to_merchants_and_move_nobody() -> None:
    plain, paid = play({}), play({"platforms.mall.subsidy.merchants": 0.1, "days": 40})
    orders = of(paid, "mall", "orders")
    assert (of(paid, "mall", "subsidies") == 1_290 * orders).all()
    assert orders[0] == of(plain, "mall", "orders")[0]
    cash = total(paid, "cash")
    assert cash > total(plain, "cash")


def test_an_event_may_pay_subsidies_for_a_while() -> None:
    events = [
        {"day": 10, "set": {"platforms.mall.subsidy.merchants": "10%"}},
        {"day": 20, "set": {"platforms.mall.subsidy": None}},
    ]
    paid = of(play({"events": events}), "mall", "subsidies")
    assert paid[:10].sum() == paid[20:].sum() == 0
    assert paid[10:20].sum() > 0


# --- what wears off, what people are like ---------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_click_rates_wear_off(seed: int) -> None:
    """-90 % a year, compounding, from the platform's first day on."""
    year = {**TWO, "platforms.fair.opens": 60, "days": 121, "consumers.count": 1000}
    drift = {f"platforms.{p}.click_rate.drift": -0.9 for p in ("mall", "fair")}
    worn, fresh = play({**year, **drift}, seed=seed), play(year, seed=seed)
    assert worn.world.novelty == pytest.approx([0.1 ** (120 / 365), 0.1 ** (60 / 365)])
    assert (fresh.world.novelty == 1.0).all()

    def rate(market: Market) -> float:
        clicks, shown = (of(market, "mall", name)[60:].sum() for name in ("clicks", "impressions"))
        return float(clicks / shown)

    assert rate(worn) < 0.8 * rate(fresh)


def test_groups_wear_out() -> None:
    def looks(drift: float) -> int:
        rows = tables(play({"days": 60, "groups.drift": drift}))["communities"]
        return int(rows["attendance"][rows["day"] > 40].sum())

    assert looks(-0.99) < 0.8 * looks(0.0)


def sold_at(seed: int, changes: dict[str, Any]) -> float:
    """Mean price of what is sold where prices differ."""
    prices = {"merchants.buyer.product.price": 89, "merchants.grower.product.price": 169}
    market = play({**prices, **changes}, seed=seed)
    return total(market, "revenue") / total(market, "orders")


@pytest.mark.parametrize("seed", SEEDS)
def test_price_weight_decides_how_cheap_people_buy(seed: int) -> None:
    usual = sold_at(seed, {})
    assert sold_at(seed, {"choice.price_weight": 3}) < usual
    assert sold_at(seed, {"choice.price_weight": 0}) > usual


@pytest.mark.parametrize("seed", SEEDS)
def test_trust_in_online_shops_sells(seed: int) -> None:
    before = total(play({"choice.baseline_trust": -0.5}, seed=seed), "orders")
    after = total(play({"choice.baseline_trust": 0.5}, seed=seed), "orders")
    assert after > 1.3 * before
    raised = {"day": 20, "set": {"choice.baseline_trust": 0.5}}
    grown = by_day(play({"choice.baseline_trust": -0.5, "events": [raised]}, seed=seed), "orders")
    assert grown[20:].sum() > 1.3 * grown[:20].sum()


# --- organic results ------------------------------------------------------------------------------


def tail_market(seed: int, changes: dict[str, Any]) -> Market:
    """Twelve merchants who differ in price alone and buy no traffic."""
    camp = {**BUSY["merchants"]["buyer"], "count": 4}
    camp["operations"] = {**camp["operations"], "stock": 2000}
    base = {
        "days": 120,
        "merchants": {
            name: {**camp, "product": {**camp["product"], "price": price}}
            for name, price in (("cheap", 99), ("middle", 129), ("dear", 159))
        },
        "platforms.mall.ad_slots": 0,
    }
    return play({**base, **changes}, seed=seed)


def last(market: Market, column: str) -> float:
    return float(tables(market)["market"][column][-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_velocity_concentrates_and_price_cheapens(seed: int) -> None:
    weight = "platforms.mall.organic."
    flat = tail_market(seed, {weight + "velocity_weight": 0, weight + "price_weight": 0})
    fast = tail_market(seed, {weight + "velocity_weight": 3, weight + "price_weight": 0})
    assert last(fast, "gini") > last(flat, "gini")
    assert last(fast, "tail_share") < last(flat, "tail_share")
    cheap = tail_market(seed, {weight + "velocity_weight": 0, weight + "price_weight": 4})

    def price(market: Market) -> float:
        return total(market, "revenue") / total(market, "orders")

    assert price(cheap) < price(flat)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_results_lengthen_the_tail(seed: int) -> None:
    """Each searcher sees more of the small ones, where what sells is shown first."""
    few = tail_market(seed, {"platforms.mall.organic": {"slots": 1, "velocity_weight": 2}})
    many = tail_market(seed, {"platforms.mall.organic": {"slots": 12, "velocity_weight": 2}})
    assert last(many, "tail_share") > last(few, "tail_share")


def test_an_event_may_change_the_ranking() -> None:
    events = [{"day": 60, "set": {"platforms.mall.organic.price_weight": 8}}]
    market = tail_market(1, {"platforms.mall.organic.price_weight": 0, "events": events})
    rows = tables(market)["merchants"]
    cheap = np.where(rows["camp"] == "cheap", rows["orders"], 0)
    share = np.bincount(rows["day"], cheap) / np.maximum(
        1, np.bincount(rows["day"], rows["orders"])
    )
    assert share[60:].mean() > share[:60].mean() + 0.1


# --- who comes and who leaves ---------------------------------------------------------------------


def test_arrivals_by_schedule() -> None:
    lines = [
        {"day": 5, "merchant": "buyer", "count": 3},
        {"day": 5, "merchant": "grower"},
        {"day": 0, "merchant": "grower"},
        {"day": 99, "merchant": "buyer"},
    ]
    market = play({"entry": {"schedule": lines}, "days": 20})
    days = tables(market)["market"]
    assert days["entries"].tolist() == [4 if day == 5 else 0 for day in range(20)]
    assert days["active_merchants"].tolist() == [6] * 5 + [10] * 15
    late = [f.name for f in market.world.firms if f.entry_day == 5]
    assert late == ["buyer.4", "buyer.5", "buyer.6", "grower.4"]


def test_departures_by_schedule() -> None:
    """The oldest leave in the evening, with all their orders paid out or sent."""
    lines = [
        {"day": 7, "merchant": "buyer", "count": 2},
        {"day": 9, "merchant": "buyer", "count": 5},
    ]
    slow = {"merchants.buyer.operations.capacity": 1, "days": 20}
    market = play({**slow, "exit": {"schedule": lines}})
    days, rows = tables(market)["market"], tables(market)["merchants"]
    assert days["quits"][[7, 9]].tolist() == [2, 1]
    assert days["quits"].sum() == 3
    assert days["exits"].sum() == 0
    gone = (rows["camp"] == "buyer") & (rows["active"] == 0)
    assert rows["orders"][gone & (rows["day"] > 9)].sum() == 0
    mine = rows["camp"] == "buyer"
    # What was sold was delivered or paid back: nobody is left with nothing.
    assert rows["orders"][mine].sum() <= rows["delivered"][mine].sum() + rows["refunds"][mine].sum()
    assert rows["refunds"][mine & (rows["day"] == 7)].sum() > 0


def test_owners_give_up_after_patience() -> None:
    """Those who lose for 10 days leave on the tenth, the others stay; nobody without the knob."""
    losing = {"merchants.buyer.operations.overhead": 5000}
    market = play({**losing, "exit.patience": 10, "days": 20})
    days, rows = tables(market)["market"], tables(market)["merchants"]
    assert days["quits"].tolist() == [3 if day == 9 else 0 for day in range(20)]
    assert rows["active"][(rows["camp"] == "grower") & (rows["day"] == 19)].all()
    assert (rows["cash"][rows["active"] == 0] > 0).all()  # they could have paid
    assert tables(play({**losing, "days": 20}))["market"]["quits"].sum() == 0


def test_a_higher_hurdle_is_for_fewer() -> None:
    left = [
        int(tables(play({"exit": {"patience": 15, "hurdle": hurdle}}))["market"]["quits"].sum())
        for hurdle in (-1, 0, 9)
    ]
    assert left[0] <= left[1] <= left[2]
    assert left[0] < left[2]


def test_the_cap_of_groups_may_change() -> None:
    """Lowered: larger groups stay and take nobody new. Raised: they fill further."""

    def largest(market: Market) -> int:
        groups = market.world.groups
        return int(groups.size[: groups.used[0]][groups.kind[: groups.used[0]] == 1].max())

    stay = {"groups.leave_rate": 0, "groups.mute_rate": 0, "memory.bad_news": 0}
    calm = {**stay, "sharing.bad_news": 0, "memory.trust_step": 0}
    calm.pop("memory.bad_news")
    before = play({**calm, "days": 25})
    lower = play({**calm, "events": [{"day": 25, "set": {"groups.cap": 5}}]})
    higher = play({**calm, "events": [{"day": 25, "set": {"groups.cap": 200}}]})
    assert largest(before) > 5
    assert largest(lower) == largest(before)
    assert largest(higher) > 40 >= largest(before)
    groups = lower.world.groups
    new = slice(int(before.world.groups.used[0]), int(groups.used[0]))
    assert (groups.size[new] <= 5).all()
    assert len(groups.size[new]) > 0


def test_two_platforms_balance_and_do_not_depend_on_threads() -> None:
    everything = {
        **TWO,
        "platforms.late": {**FAIR, "opens": 10},
        "platforms.mall.subsidy": {"buyers": 0.1, "merchants": 0.05},
        "platforms.mall.rent": 2,
        "merchants.buyer.listing": {"at_most": 2, "review": 5},
        "merchants.grower.shop": {"cost": 3, "friction": 0.2},
        "visits.drift": 0.05,
        "exit.patience": 20,
    }
    assert digest(play(everything)) == digest(play(everything, threads=2))
