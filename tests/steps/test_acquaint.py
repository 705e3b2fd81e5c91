"""Acquaintances: closed form of strength, a bounded store, and what passes along it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.kernel import Threads
from sim.steps.acquaint import acquaint
from sim.steps.sharing import try_acquaintances
from sim.world.acquaintances import Acquaintances, build_acquaintances, know
from sim.world.market import STAFF
from tests.engine.tiny import BUSY, ONE, digest, play, tables, total
from tests.steps.test_community import PEOPLE, live, world_of

SEED = np.uint64(5)


def together(store: Acquaintances, who: list[int], days: range, growth: float = 0.2) -> None:
    people = np.array(who, np.int32)
    page, luck = np.zeros(len(who), np.int32), np.full(len(who), 77, np.uint32)
    for day in days:
        acquaint(SEED, day, people, page, luck, growth, store)


def test_strength_grows_with_days_together() -> None:
    """Two people who have met: 1 - (1 - growth)^(n + 1) after n further days, on both sides."""
    store = build_acquaintances(10, 3)
    assert know(store, 2, 7, 0.2)
    assert know(store, 7, 2, 0.2)
    assert not know(store, 2, 7, 0.9)
    for n in range(1, 30):
        together(store, [2, 7], range(n, n + 1))
        assert store.strength[2, 0] == pytest.approx(1 - 0.8 ** (n + 1), rel=1e-5)
        assert store.strength[7, 0] == store.strength[2, 0]
    assert store.ties[0] == 2


def test_only_who_is_there_gets_closer() -> None:
    store = build_acquaintances(10, 3)
    know(store, 2, 7, 0.2)
    together(store, [2, 3, 4], range(5))
    assert store.strength[2, 0] == pytest.approx(0.2)
    assert (store.here == -1).all()


def test_groups_are_kept_apart() -> None:
    store = build_acquaintances(20, 20)
    people = np.arange(20, dtype=np.int32)
    page = (people >= 10).astype(np.int32)
    for day in range(50):
        acquaint(SEED, day, people, page, np.full(20, 3, np.uint32), 0.1, store)
    for who in range(20):
        known = store.friend[who][store.friend[who] >= 0]
        assert ((known >= 10) == (who >= 10)).all()
        assert who not in known
        assert len(set(known.tolist())) == len(known) == 9  # everybody else of the group
    assert store.ties[0] == 20 * 9


@pytest.mark.parametrize("slots", [1, 4])
def test_the_store_is_bounded_and_keeps_whom_it_has(slots: int) -> None:
    store = build_acquaintances(60, slots)
    together(store, list(range(60)), range(3))
    early = store.friend.copy()
    together(store, list(range(60)), range(3, 60))
    kept = early >= 0
    assert (store.friend[kept] == early[kept]).all()
    assert (store.friend >= 0).all()
    assert store.ties[0] == 60 * slots


def test_a_message_passes_by_strength() -> None:
    """Each acquaintance is tried once with P = passing x strength."""
    slots, days = 4, 4000
    store = build_acquaintances(10, slots)
    for place, strength in enumerate((0.1, 0.5, 0.9)):
        know(store, 1, 5 + place, strength)
    told = np.empty(10, np.int32)
    heard = np.zeros(10)
    for day in range(days):
        count = try_acquaintances(SEED, day, 9, store, 1, 0.6, told, 2)
        heard[told[2:count]] += 1
    assert heard[:5].sum() == heard[8:].sum() == 0
    for place, strength in enumerate((0.1, 0.5, 0.9)):
        p = 0.6 * strength
        assert abs(heard[5 + place] - days * p) < 4 * math.sqrt(days * p * (1 - p))


def test_members_who_look_in_meet_and_others_do_not() -> None:
    world = world_of({"groups.leave_rate": 0, "groups.acquaintances": {"slots": 4}})
    live(world)
    present = world.relations.touched[:, 0] == 0
    knows = (world.acquaintances.friend >= 0).any(axis=1)
    assert knows[present].mean() > 0.8
    assert not knows[~present].any()
    group = np.arange(PEOPLE) // 40
    who, place = np.nonzero(world.acquaintances.friend >= 0)
    assert (group[world.acquaintances.friend[who, place]] == group[who]).all()
    assert len(who) == world.acquaintances.ties[0]


def test_threads_make_the_same_acquaintances() -> None:
    pool = Threads(3)
    worlds = [world_of({"groups.acquaintances": {"slots": 3}}, sizes=[23] * 100) for _ in range(2)]
    for world, threads in zip(worlds, (ONE, pool), strict=True):
        for number in range(4):
            live(world, number, threads)
    pool.close()
    for a, b in zip(worlds[0].acquaintances, worlds[1].acquaintances, strict=True):
        assert np.array_equal(a, b)
    assert worlds[0].acquaintances.ties[0] > 1000


# --- whole markets ------------------------------------------------------------------------------

GROUPS: dict[str, Any] = {**BUSY["groups"], "leave_rate": 0.002}


def market(slots: int, complaint: float, quality: float, seed: int) -> Any:
    return play(
        {
            "groups": {**GROUPS, "acquaintances": {"slots": slots, "complaint": complaint}},
            "merchants.grower.product.quality": quality,
            "sharing.tie_probability": 0.15,
        },
        seed=seed,
    )


def test_without_slots_nothing_is_kept_and_growth_does_not_matter() -> None:
    plain = market(0, 2, 0.6, 1)
    assert plain.world.acquaintances.friend.size == plain.world.acquaintances.here.size == 0
    assert digest(plain) == digest(market(0, 9, 0.6, 1))
    assert plain.world.accounts.totals[STAFF] > 0


def test_a_good_product_is_told_to_acquaintances_as_well() -> None:
    for seed in (1, 2, 3):
        alone, acquainted = market(0, 2, 0.75, seed), market(6, 2, 0.75, seed)
        assert total(acquainted, "messages", table="market") > total(
            alone, "messages", table="market"
        )
        ties = tables(acquainted)["market"]["acquaintances"]
        assert (np.diff(ties) >= 0).all()
        assert ties[-1] > 100


def trust_of(m: Any) -> float:
    """Mean trust of who remembers a grower's deliveries."""
    relations = m.world.relations
    known = (relations.merchant >= 3) & (relations.bought >= 0)
    return float(relations.trust[known].mean())


def test_acquaintances_punish_a_bad_product_harder() -> None:
    """The same bad product: complaints that travel more readily among acquaintances reach more
    people, and cost more trust, over five seeds."""
    reached, lost = [], []
    for seed in range(5):
        mild, harsh = market(8, 1, 0.42, seed), market(8, 8, 0.42, seed)
        reached.append(
            total(harsh, "messages", table="market") - total(mild, "messages", table="market")
        )
        lost.append(trust_of(mild) - trust_of(harsh))
    assert min(reached) > 0
    assert np.mean(lost) > 0
