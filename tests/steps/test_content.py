"""Content: found as the shares say, read as it fits, paid to the fen, shared as it is viral."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.rng import Stream, block, uniform
from sim.steps.content import content, publish, weights
from sim.steps.day import Day
from sim.steps.sharing import sharing
from sim.world.content import with_piece
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import CONTENT, FOLLOWS, find
from sim.world.world import World
from tests.engine.tiny import ONE, build, digest, morning, play, tables, total

PEOPLE = 8_000
PLAIN: dict[str, Any] = {
    "name": "content",
    "days": 90,
    "consumers": {"count": PEOPLE, "need_rate": 0.0, "sociability": 0.5, "tribes": {"count": 4}},
    "graph": {"kind": "complete"},
    "platforms": {"mall": {}},
    "merchants": {"shop": {"count": 3}},
    "content": {"slots": 2, "others": 3, "width": 1.0, "read_rate": 0.5, "share_rate": 0.4},
}


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**7
    return world


def put(world: World, owner: int, place: Any, stale: int = 10**6) -> None:
    world.content = with_piece(world.content, owner, np.asarray(place, np.float32), stale)


def search(world: World, number: int = 0) -> Day:
    """A day on which everybody has a need and searches."""
    today = morning(world, number)
    today.occasions.add_needs(np.arange(world.count), np.zeros(world.count, np.int8))
    content(today)
    return today


def appeal(world: World, places: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Appeal of pieces (columns) to points in taste space (rows)."""
    far = ((where[:, None, :].astype(float) - places[None, :, :].astype(float)) ** 2).sum(axis=2)
    return np.exp(-far / (2 * world.scenario.content.width**2))


def twin(world: World, day: int) -> dict[int, list[int]]:
    """Who reads which pieces, worked out person by person from the documented rule."""
    law, pieces = world.scenario.content, world.content
    shown = appeal(world, pieces.place, pieces.centre)
    liked = appeal(world, pieces.place, world.consumers.taste)
    found: dict[int, list[int]] = {}
    for i in range(world.count):
        seen: set[int] = set()
        edges = np.cumsum(shown[world.consumers.tribe[i]])
        for place in range(law.slots):
            words = block(world.seed, int(Stream.FOUND), i, day, place)
            mark = uniform(words[0]) * (law.others + edges[-1])
            j = int(np.searchsorted(edges, mark, "right"))
            new = j < len(edges) and j not in seen
            if new and uniform(words[1]) < law.read_rate * liked[i, j]:
                found.setdefault(i, []).append(j)
            seen.add(j)
    return found


def test_reading_is_what_the_rule_says() -> None:
    world = world_of()
    centre = world.content.centre
    for owner, place in ((0, centre[0]), (1, centre[1]), (2, centre[2]), (0, centre[3] + 0.5)):
        put(world, owner, place)
    expected = twin(world, 7)
    today = search(world, 7)
    owner = world.content.owner
    by_merchant = np.bincount([owner[j] for read in expected.values() for j in read], minlength=3)
    assert np.array_equal(today.counts.readers, by_merchant)
    assert today.counts.readers.min() > 50
    law, fade = world.scenario.content, world.laws.memory.fade
    for i in range(0, world.count, 7):
        for m in range(3):
            times = sum(owner[j] == m for j in expected.get(i, []))
            k = find(world.relations, i, m)
            assert (k >= 0) == (times > 0)
            if times:
                goodwill = world.relations.goodwill[i, k] * fade
                assert goodwill == pytest.approx(1 - (1 - law.goodwill) ** times, rel=1e-5)
                assert world.relations.trust[i, k] == pytest.approx(1 - (1 - law.trust) ** times)
                assert world.relations.touch[i, k] & 15 == CONTENT
    assert world.consumers.fatigue.max() == 0  # pull tires nobody


def test_a_style_attracts_the_people_it_fits() -> None:
    world = world_of({"consumers.tribes.spread": 0.3, "content.width": 0.7})
    put(world, 0, world.content.centre[2])
    search(world)
    read = (world.relations.merchant == 0).any(axis=1)
    share = np.bincount(world.consumers.tribe, read, 4) / np.bincount(world.consumers.tribe)
    assert share.argmax() == 2
    assert share[2] > 3 * np.delete(share, 2).max()


@pytest.mark.parametrize("pieces", [1, 4, 16])
def test_more_pieces_share_the_places_with_others(pieces: int) -> None:
    """In a world of one taste, a place shows one of n pieces with chance n / (others + n)."""
    one = {"consumers.tribes": {"count": 1, "spread": 0.0}, "content.slots": 1}
    world = world_of({**one, "content.read_rate": 1.0})
    for _ in range(pieces):
        put(world, 0, world.content.centre[0])
    chance = pieces / (3 + pieces)
    readers = search(world).counts.readers[0] / PEOPLE
    assert readers == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / PEOPLE))


def test_readers_follow_and_share_as_often_as_said() -> None:
    one = {"consumers.tribes": {"count": 1, "spread": 0.0}, "content.slots": 1}
    sure = {**one, "content.read_rate": 1.0, "content.others": 0, "content.follow_rate": 0.3}
    for virality in (0.5, 2.0):
        world = world_of(sure)
        world.content.plans.virality[:] = virality
        put(world, 1, world.content.centre[0])
        today = search(world)
        assert today.counts.readers[1] == PEOPLE
        follow = (world.relations.flags & FOLLOWS).any(axis=1).mean()
        assert follow == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / PEOPLE))
        assert world.groups.size.sum() == follow * PEOPLE
        chance = 0.4 * virality * 0.5  # share rate, virality, sociability
        shares = today.counts.content_shares[1] / PEOPLE
        assert shares == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / PEOPLE))
        (messages,) = world.messages
        assert len(messages) == today.counts.content_shares.sum()


def test_what_is_viral_is_passed_on_further() -> None:
    reach = []
    graph = {"kind": "random", "mean_degree": 8}
    for virality in (0.0, 1.0, 2.0):
        law = {"tie_probability": 0.3, "pass_on": 0.5, "samples": 0}
        world = world_of({"graph": graph, "sharing": law, "merchants.shop.product.breadth": 30.0})
        world.content.plans.virality[:] = virality
        senders = np.arange(0, PEOPLE, 40)
        zero, two = np.zeros(len(senders)), np.full(len(senders), 2)
        world.messages = [np.stack([senders, zero, two], 1).astype(np.int64)]
        today = morning(world)
        sharing(today, ONE)
        reach.append(today.counts.messages)
    assert reach[0] < reach[1] < reach[2]


# --- publishing ---------------------------------------------------------------------------------


def plan(world: World, m: int, rate: float, cost: int, life: int = 30, style: int = -1) -> None:
    plans = world.content.plans
    plans.rate[m], plans.cost[m], plans.life[m], plans.style[m] = rate, cost, life, style


def test_pieces_are_made_paid_and_go_stale() -> None:
    world = world_of()
    plan(world, 0, 0.4, 1_000, life=5, style=3)
    plan(world, 1, 2.5, 700, life=50)
    spent = np.zeros(3, np.int64)
    for number in range(20):
        today = morning(world, number)
        publish(today)
        spent += today.counts.spend_content
        mine = world.content.owner == 0
        made = math.floor(0.4 * (number + 1) + 1e-9)
        assert spent[0] == 1_000 * made
        assert (world.content.stale > number).all()
        assert mine.sum() == made - math.floor(0.4 * max(0, number - 4) + 1e-9)
        assert np.array_equal(world.content.place[mine], world.content.centre[[3] * mine.sum()])
    assert spent[1] == 700 * 50
    assert world.accounts.totals[MEDIA_TOTAL] == spent.sum()
    assert (10**7 - world.accounts.cash == spent).all()


def test_who_cannot_pay_publishes_less_and_who_closes_is_not_found() -> None:
    world = world_of()
    plan(world, 0, 3.0, 1_000)
    plan(world, 1, 3.0, 1_000)
    world.accounts.cash[0] = 1_500
    publish(morning(world))
    assert np.bincount(world.content.owner).tolist() == [1, 3]
    world.in_business[1] = world.offers.is_open[1] = False
    publish(morning(world, 1))
    assert np.bincount(world.content.owner).tolist() == [1]


def test_the_curious_search_as_often_as_said() -> None:
    """Without any need, readers are curiosity x need rate x people (all fit, all read)."""
    one = {"consumers.tribes": {"count": 1, "spread": 0.0}, "content.slots": 1}
    sure = {**one, "content.read_rate": 1.0, "content.others": 0, "consumers.need_rate": 0.05}
    world = world_of({**sure, "content.curiosity": 3.0})
    put(world, 0, world.content.centre[0])
    today = morning(world)
    content(today)
    spread = 4 * math.sqrt(0.15 * 0.85 / PEOPLE)
    assert today.counts.readers[0] / PEOPLE == pytest.approx(0.15, abs=spread)


def test_weights_add_up_appeal() -> None:
    world = world_of()
    for place in (world.content.centre[0], world.content.centre[1] + 1):
        put(world, 0, place)
    expected = np.cumsum(appeal(world, world.content.place, world.content.centre), axis=1)
    assert weights(world.content, world.scenario.content.width) == pytest.approx(expected)


# --- in a market --------------------------------------------------------------------------------

PULL = {"kind": "content", "daily_budget": 100, "piece_cost": 100}


def test_more_content_brings_more_readers_and_orders() -> None:
    for seed in (1, 2):
        found = []
        for budget in (0, 20, 200):
            market = play({"merchants.buyer.strategy": {**PULL, "daily_budget": budget}}, seed=seed)
            found.append([total(market, n, camp="buyer") for n in ("readers", "orders_content")])
            assert total(market, "spend_content") == market.row["to_media"]
        assert found[0] == [0, 0]
        assert found[0] < found[1] < found[2]
        assert found[1][1] < found[2][1]


def test_pull_tires_nobody_and_push_does() -> None:
    buyers = {"merchants.grower.count": 0}
    push = tables(play(buyers))["market"]["fatigue"][-1]
    pull = tables(play({**buyers, "merchants.buyer.strategy": PULL}))["market"]["fatigue"][-1]
    assert pull == 0 < push


def test_settings_of_reading_change_nothing_where_nobody_publishes() -> None:
    assert digest(play({"days": 12, "content.read_rate": 1.0})) == digest(play({"days": 12}))
