"""Fulfilment: supplies, and the end of money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.steps.fulfil import fulfil
from sim.world.market import SUPPLIERS
from tests.engine.tiny import ONE, build, by_day, morning, play, tables
from tests.steps.shop import PLAIN, deliver_to_all, know, world_of

# --- supplies -----------------------------------------------------------------------------------


@given(
    stock=st.integers(0, 300),
    cover=st.integers(0, 30),
    lead=st.integers(0, 12),
    cash=st.integers(-1000, 2_000_000),
    credit=st.integers(0, 500_000),
    overhead=st.integers(0, 30_000),
    sales=st.lists(st.integers(0, 60), min_size=1, max_size=25),
)
@settings(max_examples=60)
def test_supplies_are_ordered_up_to_the_goal(
    stock: int, cover: int, lead: int, cash: int, credit: int, overhead: int, sales: list[int]
) -> None:
    """A twin with a plain list of goods under way; never beyond cash and credit less what is kept
    for the overhead of the lead time and a week."""
    world = build(
        {
            "consumers.count": 10,
            "merchants": {
                "shop": {
                    "operations": {
                        "cover": cover,
                        "lead_time": lead,
                        "credit_line": credit / 100,
                        "overhead": overhead / 100,
                    }
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
        assert was_open
        arrived = under_way.pop(number, 0)
        stock += arrived
        expected += (1 - 0.5 ** (1 / 7)) * (demand - expected)
        wanted = int(max(1.0, expected) * (cover + lead) - stock - sum(under_way.values()))
        bought = 0
        if cover > 0 and wanted >= max(1.0, expected):
            bought = min(wanted, max(0, cash + credit - overhead * (lead + 7)) // cost)
        cash -= bought * cost + overhead
        if cash < -credit:
            assert not world.in_business[0]
            return
        if bought:
            due = number + max(1, lead)
            under_way[due] = under_way.get(due, 0) + bought
        assert day.counts.arrivals[0] == arrived
        assert world.accounts.stock[0] == stock
        assert world.accounts.on_order[0] == sum(under_way.values())
        assert world.accounts.cash[0] == cash >= -credit
        if bought:
            assert cash + credit >= overhead * (lead + 6)  # today's is paid
        assert day.counts.purchases[0] == bought * cost
        assert world.accounts.expected[0] == pytest.approx(expected)


def test_a_growing_profitable_shop_is_not_closed_by_what_it_orders() -> None:
    """It sells twice as much every week at a profit; supplies take all that may be spent."""
    operations = {"cash": 9000, "overhead": 600, "stock": 60, "cover": 30, "lead_time": 7}
    shop = {"product": {"price": 129, "unit_cost": 60}, "operations": operations}
    world = build({"consumers.count": 10, "merchants": {"shop": shop}}, PLAIN).world
    world.in_business[:] = True
    world.accounts.cash[0], world.accounts.stock[0] = 900_000, 60
    short = 0
    for number in range(60):
        sold = min(int(world.accounts.stock[0]), int(12 * 2 ** (number / 7)))
        world.accounts.stock[0] -= sold
        world.accounts.cash[0] += sold * 12_900
        world.accounts.demand[0] = int(12 * 2 ** (number / 7))
        day = morning(world, number)
        fulfil(day, ONE)
        spent_all = world.accounts.cash[0] + 60_000 - 14 * 60_000 < 6000
        short += bool(spent_all and day.counts.purchases[0] > 0)
        assert world.in_business[0]
    assert short > 5  # the purse was the limit, again and again
    assert world.accounts.expected[0] > 10 * 12


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
