"""Purchase: whose money goes where, stock, fees to the fen, and who counts as a customer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.steps.day import Day
from sim.steps.fulfil import fulfil
from sim.steps.purchase import FEE, MERCHANT, PLATFORM, PRICE, WHO, organic_table, purchase
from sim.world.market import CONSUMERS, ORGANIC_CELLS, PLATFORMS
from sim.world.relations import (
    BOUGHT,
    COMMUNITY,
    NO_TOUCH,
    PAID,
    TOUCHES,
    WORD_OF_MOUTH,
    find,
    forget_merchant,
)
from sim.world.world import World
from tests.engine.tiny import ONE, build, by_day, morning

PLAIN: dict[str, Any] = {
    "name": "purchase",
    "days": 500,
    "consumers": {"count": 400, "need_rate": 0.0},
    "graph": {"kind": "complete"},
    "platforms": {
        "mall": {"visits_per_day": 0.0, "fee": 0.05},
        "video": {"visits_per_day": 0.0, "fee": 0.2},
    },
    "merchants": {"shop": {"count": 2}},
    "choice": {"impulse": -50, "friends": 0},  # whoever is tempted buys
}


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.stock[:] = 10**6
    return world


def tempt(
    world: World, who: Any, m: int = 0, touch: int = PAID, platform: int = 0, day: int = 0
) -> Day:
    today = morning(world, day)
    who = np.asarray(who)
    today.occasions.add(who, np.full(len(who), m), touch, platform)
    purchase(today, ONE)
    return today


# --- money and goods ----------------------------------------------------------------------------


@given(
    price=st.integers(1, 10**7),
    fee=st.floats(0, 1),
    buyers=st.integers(0, 400),
    stock=st.integers(0, 500),
    platform=st.sampled_from([0, 1]),
)
def test_money_and_goods_change_hands_to_the_fen(
    price: int, fee: float, buyers: int, stock: int, platform: int
) -> None:
    name = ("mall", "video")[platform]
    world = world_of({f"platforms.{name}.fee": fee})
    world.offers.price[:] = price
    world.accounts.stock[:] = stock
    day = tempt(world, np.arange(buyers), platform=platform)
    sold, accounts, counts = min(buyers, stock), world.accounts, day.counts
    cut = int(np.rint(price * fee))
    assert abs(cut - price * fee) <= 0.5
    assert accounts.stock.tolist() == [stock - sold, stock]
    assert accounts.cash.tolist() == [sold * (price - cut), 0]
    assert accounts.totals[CONSUMERS] == sold * price
    assert accounts.totals[PLATFORMS] == sold * cut
    assert counts.revenue[0] == counts.gmv[0] == sold * price
    assert counts.fees[0] == counts.p_fees[platform] == sold * cut
    assert counts.p_orders[platform] == counts.p_orders.sum() == sold
    assert counts.cogs[0] == sold * world.offers.unit_cost[0]
    assert counts.stockouts[0] == buyers - sold
    assert counts.by_touch[0, PAID] == counts.by_touch.sum() == sold
    assert world.accounts.demand[0] == buyers  # unmet demand is demand
    assert len(day.orders) == sold
    assert set(day.orders[:, PRICE].tolist()) <= {price}
    assert set(day.orders[:, FEE].tolist()) <= {cut}
    assert set(day.orders[:, PLATFORM].tolist()) <= {platform}
    assert len(np.unique(day.orders[:, WHO])) == sold


def test_short_stock_goes_to_others_on_another_day() -> None:
    """Ten items for 400 buyers: who gets them changes from day to day."""
    lucky = []
    for number in range(8):
        world = world_of()
        world.accounts.stock[:] = 10
        lucky.append(frozenset(tempt(world, np.arange(400), day=number).orders[:, WHO].tolist()))
    assert all(len(people) == 10 for people in lucky)
    assert len(set(lucky)) >= 7


def test_who_finds_the_shelf_empty_trusts_less() -> None:
    world = world_of()
    tempt(world, np.arange(100))
    world.relations.trust[:100] = [0.5, -0.95] + [0.0] * 6
    world.accounts.stock[:] = 0
    before = [find(world.relations, i, 0) for i in range(100)]
    trust = [world.relations.trust[i, k] for i, k in enumerate(before)]
    tempt(world, np.arange(200), day=1)
    after = [world.relations.trust[i, k] for i, k in enumerate(before)]
    np.testing.assert_allclose(after, np.maximum(-1.0, np.array(trust) - 0.1), rtol=1e-6)
    assert (world.relations.merchant[100:200] == -1).all()  # and strangers learn nothing


@pytest.mark.parametrize(
    ("own_shop", "touch", "platform", "paid_to"),
    [
        (True, PAID, 1, 1),
        (False, PAID, 1, 1),  # the platform that brought the order
        (True, COMMUNITY, -1, -1),
        (False, COMMUNITY, -1, 0),  # nobody brought it
        (True, WORD_OF_MOUTH, -1, -1),
    ],
)
def test_who_gets_the_fee(own_shop: bool, touch: int, platform: int, paid_to: int) -> None:
    world = world_of({"merchants.shop.own_shop": own_shop})
    day = tempt(world, np.arange(50), touch=touch, platform=platform)
    expected = [0, 0]
    if paid_to >= 0:
        expected[paid_to] = 50 * round(world.offers.price[0] * (0.05, 0.2)[paid_to])
    assert day.counts.p_fees.tolist() == expected
    assert world.accounts.totals[PLATFORMS] == sum(expected)


def test_without_platforms_there_is_no_fee() -> None:
    world = world_of({"platforms": {}, "merchants.shop.own_shop": False})
    day = tempt(world, np.arange(50), touch=COMMUNITY, platform=-1)
    assert day.counts.fees.sum() == 0
    assert len(day.orders) == 50


# --- customers ----------------------------------------------------------------------------------


def test_new_and_returning_customers() -> None:
    world = world_of()
    first = tempt(world, np.arange(0, 100), touch=WORD_OF_MOUTH, platform=-1)
    second = tempt(world, np.arange(50, 150), touch=PAID, day=4)
    assert (first.counts.new_customers[0], first.counts.repeat_orders[0]) == (100, 0)
    assert (second.counts.new_customers[0], second.counts.repeat_orders[0]) == (50, 50)
    # First touches count for new customers only; last touches for every order.
    assert second.counts.by_first[0].tolist() == [50 if t == PAID else 0 for t in range(TOUCHES)]
    assert second.counts.by_touch[0, PAID] == 100
    assert world.clients.active[0] == 150
    for i in range(150):
        k = find(world.relations, i, 0)
        assert world.relations.flags[i, k] & BOUGHT
        assert world.relations.bought[i, k] == (4 if i >= 50 else 0)
        assert world.relations.touch[i, k] >> 4 == (WORD_OF_MOUTH if i < 100 else PAID)


def test_nobody_buys_twice_from_the_same_on_a_day() -> None:
    world = world_of()
    today = morning(world)
    everybody = np.arange(400)
    today.occasions.add(everybody, np.zeros(400), PAID, 0)
    today.occasions.add(everybody, np.zeros(400), WORD_OF_MOUTH, -1)
    today.occasions.add(everybody, np.ones(400), COMMUNITY, -1)
    purchase(today, ONE)
    assert today.counts.by_touch.sum(axis=1).tolist() == [400, 400]


@pytest.mark.parametrize("forgetful", [False, True])
def test_yearly_buyers_are_counted_exactly(forgetful: bool) -> None:
    """Against a list of all orders; everybody comes back after 360 to 370 days, or never. Whether
    they remember that they bought makes no difference."""
    days = 400
    market = build({"days": days, "sharing.buyer_rate": 0}, PLAIN)
    luck = np.random.default_rng(1)
    first = luck.integers(0, 30, 400)
    again = first + luck.integers(360, 371, 400)
    again[::5] = -1
    last: list[dict[int, int]] = [{}, {}]

    def visitors(day: Day, threads: Any) -> None:
        who = np.flatnonzero((first == day.number) | (again == day.number))
        if forgetful:
            for m in range(2):
                forget_merchant(day.world.relations, m)
        day.occasions.add(who, who % 2, PAID, 0)

    def watched(day: Day, threads: Any) -> None:
        for order in day.orders:
            last[order[MERCHANT]][int(order[WHO])] = day.number
        fulfil(day, threads)
        expected.append([sum(day.number - d < 365 for d in who.values()) for who in last])

    expected: list[list[int]] = []
    market._stages["traffic"] = visitors
    market._stages["fulfil"] = watched
    while market.running:
        market.step()
    got = by_day(market, "active_customers")
    assert got.tolist() == expected
    assert by_day(market, "orders").sum() == 400 + (again >= 0).sum()
    assert (np.diff(got, axis=0) < 0).any()  # some were lost after their year


def test_a_direct_order_keeps_the_first_touch() -> None:
    world = world_of({"choice.outside": -50})
    tempt(world, np.arange(100), touch=COMMUNITY, platform=-1)
    day = morning(world, 60)
    day.occasions.add_needs(np.arange(100), np.full(100, -1))
    world.relations.goodwill[:, 0] /= world.laws.memory.fade  # well remembered, touched long ago
    purchase(day, ONE)
    assert day.counts.by_touch[0, NO_TOUCH] == 100
    k = find(world.relations, 5, 0)
    assert world.relations.touch[5, k] >> 4 == COMMUNITY
    assert world.relations.touched[5, k] == 0


def test_platforms_rank_by_what_sells() -> None:
    """Velocity follows sales with a half-life of two weeks; results follow velocity and price."""
    world = world_of()
    tempt(world, np.arange(200))
    gain = 200 * (1 - 2 ** (-1 / 14))
    assert world.boards.velocity[0].tolist() == pytest.approx([gain, 0])
    for number in range(1, 15):
        tempt(world, [], day=number)
    assert world.boards.velocity[0, 0] == pytest.approx(gain / 2)
    assert world.boards.velocity[1].tolist() == [0, 0]
    spec = world.scenario.platforms["mall"].organic
    velocity = world.boards.velocity[0] / 2 ** (-1 / 14)  # as it was when results were ranked
    weight = (1 + velocity) ** spec.velocity_weight
    cells = np.bincount(world.boards.organic[0, 0], minlength=2)
    assert np.abs(cells - 4096 * weight / weight.sum()).max() <= 1


# --- unpaid results ---------------------------------------------------------------------------


@given(
    weight=st.lists(st.one_of(st.just(0.0), st.floats(0.01, 100.0)), min_size=1, max_size=40),
    seed=st.integers(0, 1000),
)
def test_organic_results_are_proportional_to_weight(weight: list[float], seed: int) -> None:
    w = np.array(weight)
    luck = np.random.default_rng(seed).permutation(2**16)[: len(w)].astype(np.uint32)
    table = organic_table(w, luck)
    assert len(table) == ORGANIC_CELLS
    if w.sum() == 0:
        assert (table == -1).all()
        return
    cells = np.bincount(table, minlength=len(w))
    assert (np.abs(cells - ORGANIC_CELLS * w / w.sum()) <= 1).all()
    assert (cells[w == 0] == 0).all()


@given(
    weight=st.lists(st.floats(0.01, 100.0), min_size=1, max_size=20),
    at=st.integers(0, 20),
    luck=st.integers(0, 2**32 - 1),
)
def test_a_merchant_without_weight_moves_no_result(weight: list[float], at: int, luck: int) -> None:
    w = np.array(weight)
    at = min(at, len(w))
    lucks = np.random.default_rng(1).integers(0, 2**32, len(w), dtype=np.uint32)
    before = organic_table(w, lucks)
    after = organic_table(np.insert(w, at, 0.0), np.insert(lucks, at, np.uint32(luck)))
    renumbered = np.where(before >= at, before + 1, before)
    assert np.array_equal(after, renumbered)
