"""Fulfilment: queues, supplies, satisfaction and what follows from it, and the end of money."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.steps.day import Day
from sim.steps.fulfil import UNFOLLOW, fulfil, satisfaction, send
from sim.steps.sharing import VALENCE
from sim.world.market import CONSUMERS, PLATFORMS, STAFF, SUPPLIERS
from sim.world.relations import BOUGHT, DEEP, FOLLOWS, MEMBER
from sim.world.world import World
from tests.engine.tiny import ONE, build, by_day, morning, play, tables

PEOPLE = 8000
PLAIN: dict[str, Any] = {
    "name": "fulfil",
    "days": 500,
    "consumers": {"count": PEOPLE, "need_rate": 0.0, "sociability": 0.5},
    "graph": {"kind": "complete"},
    "platforms": {"mall": {"visits_per_day": 0.0}},
    "merchants": {"shop": {"count": 2, "operations": {"delivery": 0, "cover": 0}}},
    "memory": {
        "satisfaction_noise": 0.3,
        "expectation": 0.45,
        "lateness": 0.1,
        "return_rate": 0.05,
        "follow_rate": 0.1,
        "trust_step": 0.3,
    },
    "sharing": {"buyer_rate": 0.4, "complaint_ratio": 1.5},
}
NOISE = 0.3


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**9
    return world


def sent(who: Any, m: int = 0) -> np.ndarray:
    """Parcels that cost 129 yuan, 6.45 of them for the platform."""
    who = np.asarray(who, np.int64)
    rest = np.tile(np.array([m, 12_900, 645, 0], np.int64), (len(who), 1))
    return np.concatenate([who[:, None], rest], axis=1)


def know(world: World, m: int = 0, trust: float = 0.0) -> None:
    """Everybody has bought from ``m`` and remembers it in slot ``m``."""
    world.relations.merchant[:, m] = m
    world.relations.goodwill[:, m] = 0.5
    world.relations.trust[:, m] = trust
    world.relations.flags[:, m] = BOUGHT


def deliver_to_all(world: World, day: int = 0, m: int = 0) -> Day:
    today = morning(world, day)
    today.orders = sent(np.arange(world.count), m)
    fulfil(today, ONE)
    return today


def moods(world: World, m: int = 0, day: int = 0, late: float = 0.0) -> np.ndarray:
    return np.array(
        [
            satisfaction(
                world.seed,
                i,
                day,
                world.offers.luck[m],
                world.offers.quality[m],
                np.int64(late),
                world.laws.memory,
            )
            for i in range(world.count)
        ]
    )


# --- satisfaction -------------------------------------------------------------------------------


@pytest.mark.parametrize(("quality", "late"), [(0.6, 0), (0.45, 0), (0.5, 3), (0.3, 1)])
def test_satisfaction_is_quality_less_expectation_and_lateness(quality: float, late: int) -> None:
    world = world_of()
    world.offers.quality[:] = quality
    seen = moods(world, late=late)
    centre = 2 * (quality - 0.45) - 0.1 * late
    law = stats.norm(centre, NOISE)
    inside = np.sort(seen[(seen > -1) & (seen < 1)])
    share = (law.cdf(inside) - law.cdf(-1)) / (law.cdf(1) - law.cdf(-1))
    assert stats.kstest(share, "uniform").pvalue > 6e-5
    assert np.abs(seen).max() <= 1


def test_deliveries_report_their_mean_satisfaction() -> None:
    world = world_of()
    day = deliver_to_all(world)
    assert day.counts.delivered[0] == PEOPLE
    assert day.counts.satisfaction[0] == pytest.approx(moods(world).sum())


def test_trust_moves_towards_experience() -> None:
    world = world_of()
    know(world, trust=0.4)
    deliver_to_all(world)
    expected = 0.4 + 0.3 * (moods(world) - 0.4)
    np.testing.assert_allclose(world.relations.trust[:, 0], expected, atol=1e-6)


def test_late_goods_lower_satisfaction_trust_and_word_of_mouth() -> None:
    """The same market with room to send 2 parcels a day instead of any number."""
    changes = {"merchants.buyer.operations.capacity": 2, "memory.lateness": 0.1}
    prompt, late = play(), play(changes)
    for market in (prompt, late):
        rows = tables(market)["merchants"]
        buyer = (rows["camp"] == "buyer") & (rows["delivered"] > 0)
        market.mood = np.average(rows["satisfaction"][buyer], weights=rows["delivered"][buyer])
        known = market.world.relations.merchant
        market.trust = market.world.relations.trust[(known >= 0) & (known < 3)].mean()
        market.bad = rows["refunds"][buyer].sum() / rows["delivered"][buyer].sum()
    assert late.mood < prompt.mood - 0.1
    assert late.trust < prompt.trust
    assert late.bad > prompt.bad  # and more goods come back


# --- refunds, fans, talk ------------------------------------------------------------------------


def test_returns_follow_their_rate_and_money_goes_back() -> None:
    world = world_of()
    before = world.accounts.cash[0]
    day = deliver_to_all(world)
    p = 0.05 * np.exp(-2 * moods(world))
    refunds = day.counts.refunds[0]
    assert abs(refunds - p.sum()) < 4 * math.sqrt((p * (1 - p)).sum())
    assert world.accounts.cash[0] == before - refunds * (12_900 - 645)
    assert world.accounts.totals[CONSUMERS] == -refunds * 12_900
    assert world.accounts.totals[PLATFORMS] == -refunds * 645 == day.counts.p_fees[0]
    assert world.accounts.stock[0] == refunds == day.counts.restocked[0]
    assert day.counts.revenue[0] == -refunds * 12_900
    assert day.counts.fees[0] == -refunds * 645
    assert day.counts.cogs[0] == -refunds * world.offers.unit_cost[0]


def test_who_is_gone_refunds_nobody() -> None:
    world = world_of({"memory.return_rate": 1.0})
    world.in_business[0] = False
    day = deliver_to_all(world)
    assert day.counts.refunds[0] == 0
    assert day.counts.delivered[0] == PEOPLE


def test_dissatisfied_buyers_return_more() -> None:
    rates = []
    for quality in (0.2, 0.5, 0.8):
        world = world_of()
        world.offers.quality[:] = quality
        rates.append(deliver_to_all(world).counts.refunds[0])
    assert rates[0] > rates[1] > rates[2]


def test_satisfied_buyers_follow() -> None:
    """Of their own accord at ``follow_rate``; nobody whom the delivery displeased."""
    world = world_of()
    know(world)
    deliver_to_all(world)
    mood = moods(world)
    follows = (world.relations.flags[:, 0] & FOLLOWS) > 0
    pleased = mood > 0
    assert not follows[~pleased].any()
    n = pleased.sum()
    assert abs(follows[pleased].sum() - 0.1 * n) < 4 * math.sqrt(n * 0.09)
    assert world.groups.size.sum() == follows.sum()  # all in channels: nobody runs groups
    assert (world.groups.kind[: world.groups.used[0]] == 0).all()


def test_conversion_leads_more_into_following_the_more_pleased_they_are() -> None:
    world = world_of()
    know(world)
    world.care.conversion[:] = 0.6
    deliver_to_all(world)
    mood = moods(world)
    follows = (world.relations.flags[:, 0] & FOLLOWS) > 0
    share = [follows[(mood > low) & (mood <= low + 0.2)].mean() for low in (0.0, 0.2, 0.4)]
    assert 0.1 < share[0] < share[1] <= share[2] + 0.02
    assert share[2] > 0.5


def test_members_join_at_the_rate_of_conversion() -> None:
    world = world_of()
    know(world)
    world.care.conversion[:] = 0.4
    world.care.staff[:] = 1.0
    world.relations.flags[:, 0] |= FOLLOWS
    day = deliver_to_all(world)
    member = (world.relations.flags[:, 0] & MEMBER) > 0
    pleased = (moods(world) > 0) & (world.relations.trust[:, 0] >= UNFOLLOW)
    assert not member[~pleased].any()
    n = pleased.sum()
    assert abs(member.sum() - 0.4 * n) < 4 * math.sqrt(n * 0.24)
    assert day.counts.joins[0] == member.sum() == world.groups.size.sum()


def test_gifts_are_paid_for_every_delivery() -> None:
    world = world_of({"memory.return_rate": 0.0})
    world.care.conversion[:] = 0.4
    world.care.conversion_cost[:] = 333
    before = world.accounts.cash[0]
    day = deliver_to_all(world)
    cost = round(PEOPLE * 0.4 * 333)
    assert before - world.accounts.cash[0] == cost == day.counts.spend_community[0]
    assert world.accounts.totals[STAFF] == cost


def test_who_loses_trust_leaves() -> None:
    world = world_of({"memory.satisfaction_noise": 0.0})
    know(world, trust=-0.25)
    world.relations.flags[:, 0] |= FOLLOWS | MEMBER
    world.offers.quality[0] = 0.0  # satisfaction -.9: trust falls to -.445
    deliver_to_all(world)
    assert (world.relations.flags[:, 0] & (255 - DEEP) == BOUGHT).all()


def test_buyers_talk_by_mood_and_sociability() -> None:
    """The indifferent have little to tell; complaints are told ``complaint_ratio`` as readily."""
    world = world_of({"consumers.sociability": {"uniform": {"min": 0, "max": 1}}})
    world.offers.quality[:] = 0.45  # as many pleased as displeased
    deliver_to_all(world)
    mood, social = moods(world), world.consumers.sociability
    message = world.messages[0]
    told = np.zeros(PEOPLE, np.int64)
    told[message[:, 0]] = message[:, VALENCE]
    assert (np.sign(mood[told != 0]) == told[told != 0]).all()
    strong = np.abs(mood) >= 0.5  # wholly eager
    for sign, rate in ((1, 0.4), (-1, 0.4 * 1.5)):
        who = strong & (np.sign(mood) == sign)
        p = rate * social[who].astype(float)
        assert abs((told[who] != 0).sum() - p.sum()) < 4 * math.sqrt((p * (1 - p)).sum())
    mild = np.abs(mood) < 0.1
    assert (told[mild] != 0).mean() < 0.5 * (told[strong] != 0).mean()


# --- the queue ----------------------------------------------------------------------------------


@given(
    orders=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12),
    capacity=st.tuples(st.one_of(st.none(), st.integers(1, 6)), st.integers(1, 4)),
    travel=st.integers(0, 4),
)
@settings(max_examples=60)
def test_parcels_wait_their_turn(
    orders: list[tuple[int, int]], capacity: tuple[int | None, int], travel: int
) -> None:
    """First come, first served, ``capacity`` a day: a queue in plain Python."""
    merchants = {
        name: {"operations": {"delivery": travel, "capacity": room, "cover": 0}}
        for name, room in zip("ab", capacity, strict=True)
    }
    world = build({"merchants": merchants, "consumers.count": 200}, PLAIN).world
    queue: list[list[tuple[int, int]]] = [[], []]
    expected: dict[int, list[tuple[int, int, int]]] = {}
    number = 0
    for today in range(len(orders) + 80):
        rows = []
        for m, count in enumerate(orders[today] if today < len(orders) else (0, 0)):
            for _ in range(count):
                queue[m].append((number, today))
                rows.append(sent([number], m))
                number += 1
        for m in range(2):
            room = len(queue[m]) if capacity[m] is None else capacity[m]
            for who, since in queue[m][:room]:
                expected.setdefault(today + travel, []).append((who, m, today - since))
            del queue[m][:room]
        day = morning(world, today)
        day.orders = np.concatenate(rows) if rows else np.zeros((0, 5), np.int64)
        send(day)
    got = {
        due: sorted((int(p[0]), int(p[1]), int(p[5])) for p in np.concatenate(parcels))
        for due, parcels in world.parcels.items()
    }
    assert got == {due: sorted(rows) for due, rows in expected.items()}


def test_every_order_arrives() -> None:
    """After the last orders have had time to arrive, as many were delivered as taken."""
    market = play({"merchants.buyer.operations.delivery": 5, "days": 30})
    taken, arrived = by_day(market, "orders"), by_day(market, "delivered")
    assert (arrived[:3, 3:] == 0).all()
    assert (arrived[5:, :3] == taken[:-5, :3]).all()
    assert (arrived[:5, :3] == 0).all()
    assert (arrived[3:, 3:] == taken[:-3, 3:]).all()  # three days by default


# --- supplies -----------------------------------------------------------------------------------


@given(
    stock=st.integers(0, 300),
    cover=st.integers(0, 30),
    lead=st.integers(0, 12),
    cash=st.integers(-1000, 2_000_000),
    credit=st.integers(0, 500_000),
    sales=st.lists(st.integers(0, 60), min_size=1, max_size=25),
)
@settings(max_examples=60)
def test_supplies_are_ordered_up_to_the_goal(
    stock: int, cover: int, lead: int, cash: int, credit: int, sales: list[int]
) -> None:
    """A twin with a plain list of goods under way; never beyond cash and credit."""
    world = build(
        {
            "consumers.count": 10,
            "merchants": {
                "shop": {
                    "operations": {"cover": cover, "lead_time": lead, "credit_line": credit / 100}
                }
            },
        },
        PLAIN,
    ).world
    world.in_business[:] = True
    world.accounts.cash[0], world.accounts.stock[0] = cash, stock
    expected = 0.0
    under_way: dict[int, int] = {}
    cost = int(world.offers.unit_cost[0])
    for number, demand in enumerate(sales):
        sold = min(demand, stock)
        stock -= sold
        world.accounts.stock[0] -= sold
        world.accounts.demand[0] = demand
        day = morning(world, number)
        was_open = world.in_business[0]
        fulfil(day, ONE)
        if cash < -credit:
            assert not world.in_business[0]
            return
        assert was_open
        arrived = under_way.pop(number, 0)
        stock += arrived
        expected += (1 - 0.5 ** (1 / 7)) * (demand - expected)
        wanted = int(max(1.0, expected) * (cover + lead) - stock - sum(under_way.values()))
        bought = 0
        if cover > 0 and wanted >= max(1.0, expected):
            bought = min(wanted, (cash + credit) // cost)
        cash -= bought * cost
        if bought:
            due = number + max(1, lead)
            under_way[due] = under_way.get(due, 0) + bought
        assert day.counts.arrivals[0] == arrived
        assert world.accounts.stock[0] == stock
        assert world.accounts.on_order[0] == sum(under_way.values())
        assert world.accounts.cash[0] == cash >= -credit
        assert day.counts.purchases[0] == bought * cost
        assert world.accounts.expected[0] == pytest.approx(expected)


# --- the end of money ---------------------------------------------------------------------------


def test_overheads_are_paid_while_in_business() -> None:
    world = world_of({"merchants.shop.operations.overhead": 12.34})
    world.in_business[1] = False
    before = world.accounts.cash.copy()
    days = [morning(world, number) for number in range(5)]
    for day in days:
        fulfil(day, ONE)
    assert (before - world.accounts.cash).tolist() == [5 * 1234, 0]
    assert sum(day.counts.overhead[0] for day in days) == 5 * 1234
    assert world.accounts.totals[SUPPLIERS] == 5 * 1234


@pytest.mark.parametrize("cash", [-5001, -5000, 0])
def test_insolvent_is_who_is_below_the_credit_line(cash: int) -> None:
    world = world_of({"merchants.shop.operations.credit_line": 50})
    know(world)
    know(world, 1)
    world.care.conversion[:], world.care.staff[:] = 1.0, 1.0
    deliver_to_all(world)  # groups of both
    deliver_to_all(world, m=1)
    world.accounts.cash[0] = cash
    world.offers.budget[:] = 77
    day = morning(world, 1)
    fulfil(day, ONE)
    gone = cash < -5000
    assert world.in_business.tolist() == [not gone, True]
    assert day.counts.exits == gone
    assert (world.relations.merchant == 0).any() == (not gone)  # customers are free
    assert (world.relations.merchant == 1).any()
    members = np.bincount(world.groups.owner, world.groups.size, 2)
    assert (members[0] > 0) == (not gone)
    assert members[1] > 0
    assert world.offers.budget[0].tolist() == [0 if gone else 77, 77]


def test_the_insolvent_stop_and_stay_closed() -> None:
    """No orders, ads, wages or goods after the day of the exit; the others gain customers."""
    changes = {
        "merchants.buyer.operations.cash": 20_000,
        "merchants.buyer.operations.overhead": 3000,
        "merchants.buyer.strategy.daily_budget": 60,
        "memory.return_rate": 0.0,
    }
    market = play(changes)
    active = by_day(market, "active")
    assert active[-1].tolist() == [0, 0, 0, 1, 1]
    for m in range(3):
        last = int(np.flatnonzero(active[:, m])[-1])
        assert (active[: last + 1, m] == 1).all()
        assert (active[last + 1 :, m] == 0).all()
        for column in (
            "orders",
            "impressions",
            "spend_ads",
            "spend_community",
            "purchases",
            "overhead",
            "members",
            "followers",
            "stock",
        ):
            assert (by_day(market, column)[last + 2 :, m] == 0).all(), column
    assert tables(market)["market"]["exits"].sum() == 3
    survivors = by_day(market, "orders")[:, 3:].sum()
    assert survivors > by_day(play({}), "orders")[:, 3:].sum()


def test_front_end_without_back_end_dies() -> None:
    """A shop that sells more than it can send loses its customers, then its money; with room to
    send, the same shop prospers."""
    changes: dict[str, Any] = {
        "days": 80,
        "memory.lateness": 0.1,
        "memory.return_rate": 0.2,
        "memory.trust_step": 0.5,
        "sharing.bad_news": 0.3,
        "merchants": {
            "shop": {
                "product": {"price": 129, "unit_cost": 95, "quality": 0.6},
                "operations": {"stock": 100_000, "cash": 100_000, "cover": 0, "overhead": 12_000},
                "strategy": {
                    "kind": "buy_traffic",
                    "mode": "constant",
                    "bid": 2,
                    "daily_budget": 300,
                },
            }
        },
    }
    sound = play(changes)
    changes["merchants"]["shop"]["operations"]["capacity"] = 60
    broken = play(changes)
    assert by_day(broken, "orders")[:20].sum() > 20 * 90  # the front end works
    assert by_day(sound, "cash")[-1, 0] > 2 * 10_000_000
    assert tables(broken)["market"]["exits"].sum() == 1
