"""What a back end can buy: supplies in lots and by express, overtime, service, credit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.steps.fulfil import fulfil
from sim.world.market import SUPPLIERS
from sim.world.world import World
from tests.engine.tiny import ONE, build, by_day, morning, play, total
from tests.steps.shop import PLAIN, deliver_to_all, know, moods, sent, world_of


def shop(**operations: Any) -> World:
    """One shop with much money and nothing on the shelf, of whom somebody buys ten a day."""
    values = {"operations": operations, "product": {"unit_cost": 60}}
    world = build({"consumers.count": 10, "merchants": {"shop": values}}, PLAIN).world
    world.in_business[:] = True
    world.accounts.cash[0], world.accounts.stock[0] = 10**8, 0
    world.accounts.expected[0] = 10.0
    return world


def days_of(world: World, number: int, wanted: int = 10) -> dict[str, np.ndarray]:
    """Let the shop be asked for ``wanted`` items a day; return what happened by day."""
    told: dict[str, list[int]] = {"sold": [], "goods": [], "logistics": [], "arrivals": []}
    for n in range(number):
        sold = min(wanted, int(world.accounts.stock[0]))
        world.accounts.stock[0] -= sold
        world.accounts.demand[0] = wanted
        day = morning(world, n)
        fulfil(day, ONE)
        told["sold"].append(sold)
        told["goods"].append(int(day.counts.purchases[0]))
        told["logistics"].append(int(day.counts.logistics[0]))
        told["arrivals"].append(int(day.counts.arrivals[0]))
    return {name: np.array(values) for name, values in told.items()}


def test_express_supplies_bridge_the_lead_time_at_their_price() -> None:
    """Without them the shop has nothing for ten days; with them it sells from the second day on,
    and pays the surcharge for exactly what the ordinary supplier did not bring in time."""
    plain = days_of(shop(cover=5, lead_time=10), 30)
    world = shop(cover=5, lead_time=10, express={"cover": 1, "lead_time": 2, "surcharge": 0.5})
    quick = days_of(world, 30)
    assert plain["sold"][:11].sum() == 0
    assert (plain["sold"][11:] == 10).all()
    assert (quick["sold"][3:] == 10).all()
    rushed = quick["logistics"] / (0.5 * 6000)
    assert rushed.sum() == pytest.approx(quick["goods"].sum() / 6000 - plain["goods"].sum() / 6000)
    assert quick["logistics"][12:].sum() == 0  # in calm water the ordinary supplier is enough
    assert world.accounts.totals[SUPPLIERS] == quick["goods"].sum() + quick["logistics"].sum()


def test_nobody_orders_twice_what_express_brings() -> None:
    """Stock and what is under way never exceed the goal of the ordinary supplier."""
    world = shop(cover=5, lead_time=10, express={"cover": 1, "lead_time": 2})
    for n in range(25):
        world.accounts.stock[0] = max(0, int(world.accounts.stock[0]) - 10)
        world.accounts.demand[0] = 10
        fulfil(morning(world, n), ONE)
        held = world.accounts.stock[0] + world.accounts.on_order[0]
        assert held <= 15 * 10
        assert world.accounts.on_order[0] == world.accounts.arrivals[0].sum()


def test_an_order_point_orders_seldom_and_much() -> None:
    """With a fixed cost of ordering it pays; what comes in is the same over time (EOQ's trade)."""
    often = days_of(shop(cover=20, lead_time=5, order_cost=300), 120)
    seldom = days_of(shop(cover=20, lead_time=5, order_cost=300, order_point=2), 120)
    assert (often["logistics"] % 30_000 == 0).all()
    assert (often["logistics"] > 0).sum() > 4 * (seldom["logistics"] > 0).sum() > 4
    gaps = np.diff(np.flatnonzero(seldom["goods"]))
    assert (gaps[1:] == 18).all()  # from 20 days of sales down to 2; the first shelf was empty
    assert (seldom["sold"][6:] == 10).all()
    assert often["logistics"].sum() > 4 * seldom["logistics"].sum()


@pytest.mark.parametrize(("most", "purse", "beyond"), [(0, 10**6, 0), (30, 10**6, 30), (30, 50, 5)])
def test_overtime_sends_more_as_far_as_it_is_paid(most: int, purse: int, beyond: int) -> None:
    world = world_of(
        {
            "merchants.shop.operations.capacity": 20,
            "merchants.shop.operations.overtime": {"orders": most, "cost": 10},
            "memory.return_rate": 0.0,
        }
    )
    world.accounts.cash[0] = 100 * purse
    day = morning(world)
    day.orders = sent(np.arange(80))
    fulfil(day, ONE)
    assert len(world.waiting) == 80 - 20 - beyond
    assert day.counts.delivered[0] == 20 + beyond
    assert day.counts.logistics.tolist() == [beyond * 1000, 0]


def test_overtime_that_is_not_needed_costs_nothing() -> None:
    operations = {"capacity": 20, "overtime": {"orders": 30, "cost": 10}}
    world = world_of({f"merchants.shop.operations.{k}": v for k, v in operations.items()})
    day = morning(world)
    day.orders = sent(np.arange(15))
    fulfil(day, ONE)
    assert day.counts.logistics.sum() == 0


# --- service ------------------------------------------------------------------------------------


def test_service_adds_satisfaction_with_falling_returns() -> None:
    """Half of ``memory.service`` at ``service_half``, as its formula says; the same noise."""
    felt = {}
    for spent in (0, 5, 10, 40):
        world = world_of({"merchants.shop.operations.service": spent})
        felt[spent] = float(world.terms.felt[0])
        plain, served = moods(world), moods(world, service=felt[spent])
        inside = np.abs(served) < 1
        assert (served[inside] - plain[inside]) == pytest.approx(felt[spent], abs=1e-9)
    assert felt[0] == 0
    assert felt[5] == pytest.approx(0.2)
    assert felt[10] - felt[5] < felt[5]
    assert felt[40] < 0.4


def test_service_is_paid_for_every_delivered_order_and_felt() -> None:
    """Fewer come back, more trust; the money goes out to the fen."""
    told = {}
    for spent in (0, 8):
        world = world_of({"merchants.shop.operations.service": spent, "memory.return_rate": 0.2})
        know(world)
        day = deliver_to_all(world)
        told[spent] = (
            int(day.counts.refunds[0]),
            float(world.relations.trust[:, 0].mean()),
            len(world.messages[0][world.messages[0][:, 2] < 0]),
        )
        assert day.counts.service.tolist() == [spent * 100 * world.count, 0]
        paid_back = day.counts.refunds[0] * (12_900 - 645)
        assert world.accounts.cash[0] == 10**9 - spent * 100 * world.count - paid_back
    assert told[8][0] < 0.75 * told[0][0]
    assert told[8][1] > told[0][1] + 0.05
    assert told[8][2] < told[0][2]  # and fewer complain


def test_returns_cost_their_carriage() -> None:
    world = world_of({"merchants.shop.operations.return_cost": 15, "memory.return_rate": 0.2})
    know(world)
    day = deliver_to_all(world)
    assert day.counts.refunds[0] > 100
    assert day.counts.logistics[0] == 1500 * day.counts.refunds[0]


# --- credit -------------------------------------------------------------------------------------


def test_interest_is_charged_on_debt_alone() -> None:
    """A debt grows as compound interest by the day; cash earns none."""
    operations = {"interest": 0.365, "credit_line": 100_000}
    world = world_of({f"merchants.shop.operations.{k}": v for k, v in operations.items()})
    world.accounts.cash[:] = [-5_000_000, 5_000_000]
    paid = 0
    for n in range(100):
        day = morning(world, n)
        fulfil(day, ONE)
        paid += int(day.counts.interest[0])
    assert world.accounts.cash[0] == pytest.approx(-5_000_000 * 1.001**100, abs=100)
    assert world.accounts.cash.tolist() == [-5_000_000 - paid, 5_000_000]
    assert world.accounts.totals[SUPPLIERS] == paid


def test_interest_can_ruin() -> None:
    """At the end of its credit a shop lives on; with interest it does not."""
    operations = {"credit_line": 100_000, "interest": 0.2}
    world = world_of({f"merchants.shop.operations.{k}": v for k, v in operations.items()})
    world.accounts.cash[:] = [-10_000_000, -9_999_000]
    fulfil(morning(world), ONE)
    assert world.in_business.tolist() == [False, False]
    calm = world_of({"merchants.shop.operations.credit_line": 100_000})
    calm.accounts.cash[:] = -10_000_000
    fulfil(morning(calm), ONE)
    assert calm.in_business.all()


# --- together -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_good_service_brings_customers_back(seed: int) -> None:
    """Paired by the same luck: served customers buy again more often."""
    changes: dict[str, Any] = {"memory.expectation": 0.6, "sharing.bad_news": 0.4}
    plain = play(changes, seed=seed)
    served = play({**changes, "merchants.buyer.operations.service": 10}, seed=seed)
    assert total(served, "repeat_orders", camp="buyer") > 1.1 * total(
        plain, "repeat_orders", camp="buyer"
    )
    assert total(served, "refunds", camp="buyer") < total(plain, "refunds", camp="buyer")


def test_overtime_keeps_the_promise() -> None:
    """Orders that would wait are sent; satisfaction is what it is with room enough."""
    slow = {"merchants.buyer.operations.capacity": 5, "memory.lateness": 0.1}
    helped = {**slow, "merchants.buyer.operations.overtime": {"orders": 500, "cost": 8}}
    waiting = by_day(play(slow), "waiting")[-1].sum()
    assert waiting > 100
    market = play(helped)
    assert by_day(market, "waiting").sum() == 0
    assert total(market, "logistics", camp="buyer") > 0
