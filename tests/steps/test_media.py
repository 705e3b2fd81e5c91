"""Mass media: audiences as beta-binomial theory has them, contacts as booked, money to the fen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel import Threads
from sim.rng import Stream, block, uniform
from sim.steps.day import chunk_edges
from sim.steps.media import bookings, find_users, media, new_users
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import MEDIA, find
from sim.world.world import World
from tests.engine.tiny import ONE, build, digest, morning, play, total

PEOPLE = 20_000
TV = {"kind": "television", "minimum_spend": 0, "cost_per_mille": 10, "annoyance": 0.5}
PLAIN: dict[str, Any] = {
    "name": "media",
    "days": 60,
    "consumers": {"count": PEOPLE, "need_rate": 0.0, "tribes": {"count": 5}},
    "graph": {"kind": "complete"},
    "media": {"tv": TV},
    "merchants": {"shop": {"count": 2}},
}


def world_of(changes: dict[str, Any] | None = None, *, seed: int = 1) -> World:
    world = build(changes, PLAIN, seed=seed).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**9
    return world


def users_on(world: World, day: int, q: int = 0) -> np.ndarray:
    """Who uses a medium on a day, in order."""
    edges = chunk_edges(world.count)
    users = new_users(edges)
    luck = int(world.media.luck[q])
    find_users(0, len(edges) - 1, edges, world.seed, day, luck, world.media.limit[q], users)
    return np.concatenate([users.who[c, :n] for c, n in enumerate(users.size)])


# --- audiences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("reach", "loyalty"), [(0.3, 0.0), (0.3, 0.4), (0.7, 0.8), (0.2, 1.0)])
def test_two_days_have_the_users_in_common_that_loyalty_says(reach: float, loyalty: float) -> None:
    world = world_of({"media.tv.reach": reach, "media.tv.loyalty": loyalty})
    first, second = users_on(world, 3), users_on(world, 17)
    both = len(np.intersect1d(first, second)) / PEOPLE
    expected = reach**2 + loyalty * reach * (1 - reach)
    # People are independent; the audience itself is a sample.
    assert both == pytest.approx(expected, abs=4 * math.sqrt(0.25 / PEOPLE))
    for day in (first, second):
        assert len(day) / PEOPLE == pytest.approx(reach, abs=4 * math.sqrt(0.25 / PEOPLE))


def test_cumulative_reach_is_beta_binomial() -> None:
    """P(nobody's first day within T) = B(a, b + T) / B(a, b)."""
    reach, loyalty, days = 0.25, 0.5, 20
    world = world_of({"media.tv.reach": reach, "media.tv.loyalty": loyalty})
    ever = np.zeros(PEOPLE, bool)
    for day in range(days):
        ever[users_on(world, day)] = True
    a, b = reach * (1 / loyalty - 1), (1 - reach) * (1 / loyalty - 1)
    log = math.lgamma(b + days) - math.lgamma(b) + math.lgamma(a + b) - math.lgamma(a + b + days)
    assert 1 - ever.mean() == pytest.approx(math.exp(log), abs=4 * math.sqrt(0.25 / PEOPLE))


def test_an_event_scales_everybodys_use_alike() -> None:
    changes = {"media.tv.reach": 0.6, "media.tv.loyalty": 0.5}
    drop = {"day": 1, "set": {"media.tv.reach": 0.3}}
    market = build({**changes, "events": [drop]}, PLAIN)
    before = market.world.media.limit.astype(float)
    market.step()
    market.step()
    after = market.world.media.limit.astype(float)
    assert np.allclose(after, before / 2, atol=1)


# --- bookings -----------------------------------------------------------------------------------


@given(
    wanted=st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    price=st.integers(1, 10**6),
    least=st.integers(0, 10**8),
    room=st.integers(0, 10**7),
)
def test_bookings_are_paid_for_and_fit(
    wanted: list[int], price: int, least: int, room: int
) -> None:
    money = np.array(wanted, np.int64)
    booked = bookings(money, price, least, room)
    cost = -(-booked * price // 1000)
    assert (cost <= money).all()
    assert booked.sum() <= room
    assert (booked[money < least] == 0).all()
    uncut = bookings(money, price, least, 10**15)
    assert (booked <= uncut).all()
    if uncut.sum() <= room:
        assert ((uncut + 1) * price > money * 1000)[money >= max(least, 1)].all()
    for m, n in enumerate(booked):  # all alike
        assert uncut.sum() <= room or n == int(uncut[m]) * room // int(uncut.sum())


def contacts_of(world: World, day: int, m: int, q: int = 0) -> dict[int, int]:
    """The plain twin: contacts of each person, one after the other, from the documented rule."""
    spec = list(world.scenario.media.values())[q]
    users = users_on(world, day, q)
    money = np.minimum(world.media.budget[q], world.accounts.cash)
    booked = int(
        bookings(money, spec.cost_per_mille, spec.minimum_spend, spec.ad_slots * len(users))[m]
    )
    luck = int(world.offers.luck[m]) ^ int(world.media.luck[q])
    u = uniform(block(world.seed, int(Stream.CONTACT), luck, day, 0)[0])
    found: dict[int, int] = {}
    for k in range(booked):
        person = int(users[min(int((k + u) * (len(users) / booked)), len(users) - 1)])
        found[person] = found.get(person, 0) + 1
    return found


@pytest.mark.parametrize("budget", [7, 900, 14_321, 90_000])
def test_exactly_what_was_booked_is_delivered_evenly(budget: int) -> None:
    world = world_of({"media.tv.notice": 1})
    world.media.budget[0, 0] = budget
    expected = contacts_of(world, 4, 0)
    today = morning(world, 4)
    media(today, ONE)
    assert sum(expected.values()) == today.counts.media_contacts[0]
    tired = world.consumers.fatigue.astype(np.float64) * world.laws.memory.calm
    each = 0.5 * world.laws.memory.fatigue  # annoyance x fatigue of a pushed ad
    met = np.array([expected.get(i, 0) for i in range(PEOPLE)])
    assert tired == pytest.approx(each * met, rel=1e-5)
    assert met.max() - met[users_on(world, 4)].min() <= 1
    impact = world.scenario.media["tv"].impact
    for person in list(expected)[:300]:
        k = find(world.relations, person, 0)
        goodwill = world.relations.goodwill[person, k] * world.laws.memory.fade
        assert goodwill == pytest.approx(1 - (1 - impact) ** expected[person], rel=1e-5)
        assert world.relations.touch[person, k] & 15 == MEDIA
    ((_, audience, contacts, reached, spend, merchants),) = today.counts.media_rows
    assert (audience, contacts) == (len(users_on(world, 4)), met.sum())
    assert (reached, merchants) == ((met > 0).sum(), 1)
    assert spend == today.counts.spend_media[0] == world.accounts.totals[MEDIA_TOTAL]
    assert 10**9 - world.accounts.cash[0] == spend <= budget


def test_only_a_share_is_noticed() -> None:
    world = world_of({"media.tv.notice": 0.3, "media.tv.ad_slots": 1})
    world.media.budget[0, 0] = 10**6
    media(morning(world), ONE)
    users = users_on(world, 0)
    known = (world.relations.merchant[users] == 0).any(axis=1).mean()
    assert known == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / len(users)))


def test_nobody_is_targeted() -> None:
    """Every tribe gets contacts in proportion to its users."""
    world = world_of()
    world.media.budget[0, 0] = 20_000
    media(morning(world), ONE)
    users = np.bincount(world.consumers.tribe[users_on(world, 0)], minlength=5)
    met = np.bincount(world.consumers.tribe, world.consumers.fatigue > 0, minlength=5)
    assert met == pytest.approx(users * met.sum() / users.sum(), abs=3)


def test_threads_and_rivals_change_nothing() -> None:
    def after(budgets: list[int], threads: Threads) -> World:
        world = world_of()
        world.media.budget[0] = budgets
        for day in range(3):
            media(morning(world, day), threads)
        return world

    one, two = after([600, 400], ONE), after([600, 400], Threads(2))
    for a, b in zip(one.relations, two.relations, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(one.consumers.fatigue, two.consumers.fatigue)
    alone = after([600, 0], ONE)
    mine = [np.where(w.relations.merchant == 0, w.relations.goodwill, 0) for w in (one, alone)]
    assert np.array_equal(mine[0].max(axis=1), mine[1].max(axis=1))


def test_empty_purses_and_empty_rooms_buy_nothing() -> None:
    for changes, cash, is_open in (
        ({"media.tv.reach": 0}, 10**6, True),
        ({"media.tv.minimum_spend": 100}, 10**6, True),
        ({}, 0, True),
        ({}, 10**6, False),
    ):
        world = world_of(changes)
        world.accounts.cash[:] = cash
        world.offers.is_open[:] = is_open
        world.media.budget[0, 0] = 9_999
        media(morning(world), ONE)
        assert world.accounts.cash[0] == cash
        assert world.consumers.fatigue.max() == 0


# --- in a market --------------------------------------------------------------------------------


def test_media_that_nobody_books_change_nothing() -> None:
    assert digest(play({"days": 15, "media": {"tv": {"kind": "television"}}})) == digest(
        play({"days": 15})
    )


def test_media_bring_orders_that_count_for_media() -> None:
    """Books balance every day (``check: daily``), and more money brings more new customers."""
    found = []
    for budget in (0, 50, 400):
        strategy = {"kind": "mass_media", "daily_budget": budget}
        changes = {"media": {"radio": {"kind": "radio", "minimum_spend": 20}}}
        market = play({**changes, "merchants.buyer.strategy": strategy})
        found.append(total(market, "new_customers", camp="buyer"))
        assert (total(market, "orders_media", camp="buyer") > 0) == (budget > 0)
        assert (total(market, "first_media", camp="buyer") > 0) == (budget > 0)
        assert total(market, "spend_media") == market.row["to_media"]
    assert found[0] < found[1] < found[2]
