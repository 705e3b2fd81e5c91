"""The line in which orders wait: first come, first served, and not without end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.steps.day import Day
from sim.steps.fulfil import fulfil
from sim.steps.judge import LATE
from sim.steps.purchase import MERCHANT, WHO
from sim.steps.send import ORDERED, send
from sim.steps.sharing import VALENCE
from sim.world.market import CONSUMERS, PLATFORMS
from sim.world.relations import BOUGHT, FOLLOWS
from sim.world.terms import build_terms
from sim.world.world import World
from tests.engine.tiny import ONE, build, by_day, morning, play
from tests.steps.shop import PEOPLE, PLAIN, know, sent, world_of


def of_each(world: World, capacity: tuple[int | None, ...]) -> None:
    """Let merchants have these capacities from now on, as an event would."""
    for firm, room in zip(list(world.firms), capacity, strict=True):
        operations = firm.spec.operations.model_copy(update={"capacity": room})
        spec = firm.spec.model_copy(update={"operations": operations})
        world.firms[firm.number] = replace(firm, spec=spec)
    world.terms = build_terms(world.firms, world.scenario.memory)


ROOM = st.one_of(st.none(), st.integers(0, 6))


@given(
    orders=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12),
    capacity=st.tuples(ROOM, ROOM),
    later=st.tuples(ROOM, ROOM),
    change=st.integers(0, 12),
    patience=st.integers(0, 9),
    travel=st.integers(0, 4),
)
@settings(max_examples=60)
def test_orders_wait_their_turn_and_not_without_end(
    orders: list[tuple[int, int]],
    capacity: tuple[int | None, int | None],
    later: tuple[int | None, int | None],
    change: int,
    patience: int,
    travel: int,
) -> None:
    """First come, first served, as many as there is room for today: a queue in plain Python."""
    changes = {"consumers.count": 200, "merchants.shop.operations.delivery": travel}
    world = build({**changes, "memory.patience": patience}, PLAIN).world
    world.in_business[:] = True
    queue: list[list[tuple[int, int]]] = [[], []]
    expected: dict[int, list[tuple[int, int, int]]] = {}
    number = 0
    for today in range(len(orders) + 12):
        room = capacity if today < change else later
        of_each(world, room)
        rows = [np.zeros((0, 5), np.int64)]
        cancelled = [0, 0]
        for m, count in enumerate(orders[today] if today < len(orders) else (0, 0)):
            for _ in range(count):
                queue[m].append((number, today))
                rows.append(sent([number], m))
                number += 1
            leave = len(queue[m]) if room[m] is None else room[m]
            for who, since in queue[m][:leave]:
                expected.setdefault(today + travel, []).append((who, m, today - since))
            stay = queue[m][leave:]
            queue[m] = [(who, since) for who, since in stay if today - since < patience]
            cancelled[m] = len(stay) - len(queue[m])
        day = morning(world, today)
        day.orders = np.concatenate(rows)
        send(day)
        assert day.counts.refunds.tolist() == cancelled
        waiting = world.waiting[:, [WHO, MERCHANT, ORDERED]].tolist()
        assert sorted(waiting) == sorted([w, m, d] for m in (0, 1) for w, d in queue[m])
    got = {
        due: sorted((int(p[WHO]), int(p[MERCHANT]), int(p[LATE])) for p in np.concatenate(parcels))
        for due, parcels in world.parcels.items()
    }
    assert {due: rows for due, rows in got.items() if rows} == {
        due: sorted(rows) for due, rows in expected.items()
    }


def test_every_order_arrives() -> None:
    """After the last orders have had time to arrive, as many were delivered as taken."""
    market = play({"merchants.buyer.operations.delivery": 5, "days": 30})
    taken, arrived = by_day(market, "orders"), by_day(market, "delivered")
    assert (arrived[:3, 3:] == 0).all()
    assert (arrived[5:, :3] == taken[:-5, :3]).all()
    assert (arrived[:5, :3] == 0).all()
    assert (arrived[3:, 3:] == taken[:-3, 3:]).all()  # three days by default


# --- cancelled --------------------------------------------------------------------------------

NOTHING_SENT: dict[str, Any] = {
    "merchants.shop.operations.capacity": 0,
    "memory.patience": 3,
    "memory.return_rate": 0.0,
}


def cancelled(trust: float = 0.0) -> Day:
    """The day 3 on which everybody's order of day 0 is cancelled."""
    world = world_of(NOTHING_SENT)
    know(world, trust=trust)
    for number in range(4):
        day = morning(world, number)
        if number == 0:
            day.orders = sent(np.arange(PEOPLE))
        fulfil(day, ONE)
        assert day.counts.refunds[0] == (PEOPLE if number == 3 else 0)
        assert day.counts.delivered[0] == 0
    return day


def test_a_cancelled_order_is_paid_back_to_the_fen() -> None:
    """What the order had paid comes back: 129 yuan to the buyer, 6.45 from the platform."""
    day = cancelled()
    world, counts = day.world, day.counts
    assert world.accounts.cash[0] == 10**9 - PEOPLE * (12_900 - 645)
    assert world.accounts.totals[CONSUMERS] == -PEOPLE * 12_900 == counts.revenue[0]
    assert world.accounts.totals[PLATFORMS] == -PEOPLE * 645 == counts.p_fees[0] == counts.fees[0]
    assert counts.restocked[0] == PEOPLE
    assert counts.cogs[0] == -PEOPLE * world.offers.unit_cost[0]
    assert world.accounts.stock[0] == PEOPLE
    assert not len(world.waiting)


def test_who_waited_in_vain_is_as_dissatisfied_as_can_be() -> None:
    """Trust moves by its step towards -1; of the sociable many complain."""
    world = cancelled(trust=0.4).world
    np.testing.assert_allclose(world.relations.trust[:, 0], 0.4 + 0.3 * (-1 - 0.4), atol=1e-6)
    assert (world.relations.flags[:, 0] & FOLLOWS == 0).all()
    told = np.concatenate(world.messages)
    assert set(told[:, VALENCE].tolist()) == {-1}
    p = 0.4 * 1.5 * 0.5  # buyers' rate, complaints' ratio, sociability
    assert abs(len(told) - PEOPLE * p) < 4 * math.sqrt(PEOPLE * p * (1 - p))


def test_who_closes_neither_sends_nor_pays_back() -> None:
    world = world_of(NOTHING_SENT)
    day = morning(world)
    day.orders = np.concatenate([sent(np.arange(10)), sent(np.arange(10, 15), 1)])
    world.accounts.cash[0] = -1
    fulfil(day, ONE)
    assert set(world.waiting[:, MERCHANT].tolist()) == {1}
    later = morning(world, 3)
    fulfil(later, ONE)
    assert later.counts.refunds.tolist() == [0, 5]


def test_without_capacity_nothing_is_ever_sent() -> None:
    """Every order is cancelled after its patience, and no sooner; books are checked daily."""
    changes = {"memory.patience": 6, "merchants.buyer.operations.capacity": 0, "days": 30}
    market = play(changes)
    taken, back = by_day(market, "orders")[:, :3], by_day(market, "refunds")[:, :3]
    assert taken.sum() > 0
    assert by_day(market, "delivered")[:, :3].sum() == 0
    assert (back[6:] == taken[:-6]).all()
    assert back[:6].sum() == 0
    assert by_day(market, "delivered")[:, 3:].sum() > 0


def test_every_order_is_somewhere() -> None:
    """Delivered, cancelled, waiting, or on its way."""
    changes = {"merchants.buyer.operations.capacity": 2, "memory.patience": 5}
    market = play({**changes, "memory.return_rate": 0.0})
    world = market.world
    assert world.in_business.all()
    under_way = np.concatenate([p for rows in world.parcels.values() for p in rows])
    waiting, travelling = (
        np.bincount(p[:, MERCHANT], minlength=5) for p in (world.waiting, under_way)
    )
    arrived, back = by_day(market, "delivered").sum(axis=0), by_day(market, "refunds").sum(axis=0)
    assert (by_day(market, "orders").sum(axis=0) == arrived + back + waiting + travelling).all()
    assert (back[:3] > 0).all()
    assert waiting[:3].min() > 0 == waiting[3:].max()


def test_too_little_room_is_never_kinder_than_a_little_more() -> None:
    """The less a shop can send, the less its customers trust it and the less it earns."""
    trust, cash = [], []
    for room in (None, 6, 2, 0):
        changes = {"merchants.buyer.operations.capacity": room, "memory.patience": 7}
        market = play({**changes, "memory.lateness": 0.1})
        known = market.world.relations.merchant
        buyer = (known >= 0) & (known < 3) & (market.world.relations.flags & BOUGHT > 0)
        trust.append(float(market.world.relations.trust[buyer].mean()))
        cash.append(int(by_day(market, "cash")[-1, :3].sum()))
    assert trust == sorted(trust, reverse=True)
    assert cash == sorted(cash, reverse=True)


def test_an_event_that_makes_room_clears_the_line() -> None:
    event = {"day": 9, "set": {"merchants.buyer.operations.capacity": None}}
    market = build({"merchants.buyer.operations.capacity": 1, "days": 14, "events": [event]})
    for _ in range(9):
        market.step()
    waiting = len(market.world.waiting)
    assert waiting > 20
    market.step()
    assert not len(market.world.waiting)
    arrives = np.concatenate(market.world.parcels[9 + 3])
    assert (arrives[:, LATE] > 0).sum() == waiting
