"""Messages of the market: cascades as in the library, thinned by fit, heard once, good or bad."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

from sim.kernel import Threads
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.diffusion import independent_cascade
from sim.steps.sharing import sharing
from sim.world.relations import WORD_OF_MOUTH, find
from sim.world.world import World
from tests.engine.tiny import ONE, build, morning

PEOPLE = 3000
PLAIN: dict[str, Any] = {
    "name": "sharing",
    "days": 400,
    "consumers": {"count": PEOPLE, "sociability": 1.0},
    "graph": {"kind": "random", "mean_degree": 8},
    "merchants": {"shop": {"count": 2, "product": {"breadth": 1.5}}},
    "sharing": {
        "tie_probability": 0.2,
        "pass_on": 1.0,
        "tempt": 0.5,
        "bad_news": 0.2,
        "good_news": 0.1,
        "max_depth": 1000,
        "samples": 0,
    },
}


def world_of(changes: dict[str, Any] | None = None, *, fits: bool = True, seed: int = 1) -> World:
    """A world whose merchants please everybody (or not)."""
    world = build(changes, PLAIN, seed=seed).world
    world.offers.is_open[:] = True
    if fits:
        world.offers.fit_scale[:] = 1e9
    return world


def send(
    world: World,
    senders: np.ndarray,
    about: int = 0,
    mood: int = 1,
    day: int = 0,
    threads: Threads = ONE,
) -> Day:
    """Send a message of each sender and let it travel."""
    n = len(senders)
    world.messages = [np.stack([senders, np.full(n, about), np.full(n, mood)], 1).astype(np.int64)]
    today = morning(world, day)
    sharing(today, threads)
    return today


def knows(world: World, about: int = 0) -> np.ndarray:
    return (world.relations.merchant == about).any(axis=1)


# --- cascades -----------------------------------------------------------------------------------


def test_market_messages_are_independent_cascades() -> None:
    """When all pass on and all like it, the market reaches exactly whom the library's cascade does:
    same draws, same people."""
    world = world_of()
    world.offers.luck[:] = 0
    for day in range(12):
        start = 250 * day
        world.relations.merchant[:] = -1
        counts = send(world, np.array([start]), day=day).counts
        # The library numbers its runs as the market numbers its days.
        sizes, reached = independent_cascade(
            world.graph, [start], 0.2, runs=day + 1, seed=int(world.seed)
        )
        before = (
            independent_cascade(world.graph, [start], 0.2, runs=day, seed=int(world.seed))[1]
            if day
            else 0
        )
        heard = (reached - before).astype(bool)
        assert counts.reach_max == sizes[-1] == heard.sum()
        assert counts.messages == sizes[-1] - 1
        heard[start] = False
        assert np.array_equal(knows(world), heard)


def passing_ties(world: World, p: float, sender: int, luck: int, day: int) -> list[int]:
    """Ties of a sender that pass: four share a block, as ``try_ties`` documents."""
    first, last = world.graph.indptr[sender : sender + 2]
    passed = []
    for t in range(last - first):
        number = luck + 0x9E3779B1 * (t // 4)
        word = block(world.seed, int(Stream.TIE), sender, day, number)[t % 4]
        if uniform(np.uint32(word)) < p * world.graph.strength[first + t]:
            passed.append(int(world.graph.indices[first + t]))
    return passed


@pytest.mark.parametrize("pass_on", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("max_depth", [1, 3, 1000])
def test_passing_on_is_its_plain_twin(pass_on: float, max_depth: int) -> None:
    """Breadth first over ties that pass; receivers pass on by their own chance; depth capped."""
    world = world_of(
        {
            "sharing.pass_on": pass_on,
            "sharing.max_depth": max_depth,
            "consumers.sociability": {"beta": {"mean": 0.7, "concentration": 4}},
        }
    )
    luck, day = int(world.offers.luck[0]), 3

    def talks(who: int) -> bool:
        word = block(world.seed, int(Stream.PASS_ON), who, day, luck)[0]
        return uniform(np.uint32(word)) < pass_on * world.consumers.sociability[who]

    deepest = 0
    for start in range(0, PEOPLE, 100):
        depth = {start: 0}
        queue = [start]
        while queue:
            sender = queue.pop(0)
            if (sender != start and not talks(sender)) or depth[sender] == max_depth:
                continue
            for friend in passing_ties(world, 0.2, sender, luck, day):
                if friend not in depth:
                    depth[friend] = depth[sender] + 1
                    queue.append(friend)
        world.relations.merchant[:] = -1
        counts = send(world, np.array([start]), day=day).counts
        del depth[start]
        assert np.flatnonzero(knows(world)).tolist() == sorted(depth)
        assert counts.messages == len(depth)
        deepest = max([deepest, *depth.values()])
    assert deepest == (1 if pass_on == 0 or max_depth == 1 else max(deepest, 2))
    assert deepest <= max_depth


def test_messages_pass_by_strength_and_fit() -> None:
    """Everybody tells all friends: so many ties pass as the probabilities add up to."""
    world = world_of(
        {"sharing.pass_on": 0.0, "graph.strength": {"inside": 1.5, "across": 0.3}}, fits=False
    )
    graph = world.graph
    gap = ((world.consumers.taste.astype(float) - world.offers.taste[0]) ** 2).sum(axis=1)
    liked = np.minimum(1.0, world.offers.fit_scale[0] * np.exp(-gap / (2 * 1.5**2)))
    p = np.minimum(1.0, 0.2 * graph.strength) * liked[graph.indices]
    assert liked.min() < 0.05 < 0.95 < liked.max()
    passed = [send(world, np.arange(PEOPLE), day=day).counts.messages for day in range(6)]
    error = math.sqrt(6 * (p * (1 - p)).sum())
    assert abs(sum(passed) - 6 * p.sum()) < 4 * error


def test_fit_decides_who_hears() -> None:
    """On a circle where each has told both neighbours, people far from the product hear less."""
    world = world_of(
        {"graph": {"kind": "ring", "mean_degree": 10}, "sharing.pass_on": 0.0}, fits=False
    )
    gap = ((world.consumers.taste.astype(float) - world.offers.taste[0]) ** 2).sum(axis=1)
    liked = np.minimum(1.0, world.offers.fit_scale[0] * np.exp(-gap / (2 * 1.5**2)))
    indptr, indices = world.graph.indptr, world.graph.indices
    tie = np.minimum(1.0, 0.2 * world.graph.strength)
    silent = np.array(
        [np.prod(1 - tie[indptr[i] : indptr[i + 1]] * liked[i]) for i in range(PEOPLE)]
    )
    assert (np.diff(indptr) == 10).all()
    assert len(indices) == 10 * PEOPLE
    send(world, np.arange(PEOPLE))
    heard = knows(world)
    for part in np.array_split(np.argsort(silent), 5):
        error = math.sqrt((silent[part] * (1 - silent[part])).sum())
        assert abs((~heard[part]).sum() - silent[part].sum()) < 4 * error


def test_shapes_of_cascades_are_kept() -> None:
    """On a circle where everything passes the tree is two arms; virality by networkx."""
    equal = {"inside": 1, "across": 1, "common_friends": 0}
    world = world_of(
        {
            "graph": {"kind": "ring", "mean_degree": 2, "strength": equal},
            "sharing.tie_probability": 1,
            "sharing.samples": 7,
            "consumers.count": 21,
        }
    )
    counts = send(world, np.arange(20)).counts
    assert 0 < len(counts.cascade_rows) <= 7
    exact = nx.average_shortest_path_length(nx.path_graph(21))
    for number, row in enumerate(counts.cascade_rows):
        assert row[:7] == (number, 0, row[2], 1, 21, 10, 2)
        assert row[7] == pytest.approx(exact)
    assert counts.cascades == 20
    assert counts.messages == 20 * 20


@pytest.mark.parametrize("samples", [0, 9, 1000])
def test_who_told_whom_is_the_tree_whose_shape_is_kept(samples: int) -> None:
    """Trees put together again by networkx, from the ties alone."""
    world = world_of({"sharing.tie_probability": 0.15, "sharing.samples": samples})
    senders = np.arange(0, PEOPLE, 40)
    counts = send(world, senders).counts
    rows, kept = counts.cascade_rows, 0
    assert len(rows) == min(samples, len(senders))
    for number, about, sender, good, size, depth, width, virality in rows:
        mine = counts.tellings[counts.tellings[:, 0] == number, 1:]
        tree = nx.DiGraph([(int(a), int(b)) for a, b in mine])
        tree.add_node(sender)
        assert (about, good) == (0, 1) and sender in senders
        assert tree.number_of_nodes() == size == 1 + len(mine)
        assert nx.is_arborescence(tree)
        away = nx.single_source_shortest_path_length(tree, sender)
        assert depth == max(away.values())
        generations = np.bincount(list(away.values()))[1:]
        assert width == max(generations, default=0)
        if size > 1:
            plain = nx.average_shortest_path_length(tree.to_undirected())
            assert virality == pytest.approx(plain)
        for a, b in mine:  # told along ties, and heard before telling
            assert b in world.graph.indices[world.graph.indptr[a] : world.graph.indptr[a + 1]]
        heard = [sender, *mine[:, 1].tolist()]
        assert all(heard.index(a) < heard.index(b) for a, b in mine.tolist())
        kept += len(mine)
    assert kept == len(counts.tellings)
    assert samples == 0 or max(row[5] for row in rows) > 3


def test_the_result_does_not_depend_on_threads_or_room() -> None:
    """Far more messages than the first guess of memory holds, on one thread and on three."""
    worlds = [world_of({"sharing.tie_probability": 0.5}) for _ in range(2)]
    pool = Threads(3)
    days = [send(w, np.arange(400), threads=t) for w, t in zip(worlds, (ONE, pool), strict=True)]
    pool.close()
    assert days[0].counts.messages == days[1].counts.messages > 400 * 500
    for a, b in zip(worlds[0].relations, worlds[1].relations, strict=True):
        assert np.array_equal(a, b)
    for a, b in zip(days[0].occasions.who, days[1].occasions.who, strict=True):
        assert np.array_equal(a, b)


# --- what a message does ------------------------------------------------------------------------


def test_good_news_warms_and_tempts() -> None:
    world = world_of({"sharing.pass_on": 0.0, "sharing.tie_probability": 1.0})
    day = send(world, np.arange(0, PEOPLE, 1500), about=1)
    heard = np.flatnonzero(knows(world, 1))
    friends = set(
        np.concatenate(
            [
                world.graph.indices[world.graph.indptr[i] : world.graph.indptr[i + 1]]
                for i in range(0, PEOPLE, 1500)
            ]
        ).tolist()
    )
    assert set(heard.tolist()) <= friends
    for i in heard:
        k = find(world.relations, i, 1)
        assert world.relations.goodwill[i, k] == np.float32(world.laws.memory.message)
        assert world.relations.trust[i, k] == pytest.approx(0.1)
        assert world.relations.touch[i, k] & 15 == WORD_OF_MOUTH
        assert world.relations.touch[i, k] >> 4 == WORD_OF_MOUTH
    who, merchant, touch, platform = day.occasions.joined()
    assert set(who.tolist()) <= set(heard.tolist())
    assert (merchant == 1).all()
    assert (touch == WORD_OF_MOUTH).all()
    assert (platform == -1).all()


def test_a_share_of_receivers_is_tempted() -> None:
    world = world_of({"sharing.pass_on": 0.0, "sharing.tempt": 0.3})
    day = send(world, np.arange(PEOPLE))
    heard = knows(world).sum()
    tempted = len(np.unique(day.occasions.joined()[0]))
    assert abs(tempted - 0.3 * heard) < 4 * math.sqrt(heard * 0.3 * 0.7)


def test_bad_news_costs_trust_where_one_is_known_and_nothing_else() -> None:
    world = world_of({"sharing.pass_on": 0.0, "sharing.tie_probability": 1.0})
    customers = np.arange(PEOPLE) % 2 == 0
    world.relations.merchant[customers, 0] = 0
    world.relations.goodwill[customers, 0] = 0.5
    world.relations.trust[customers, 0] = 0.4
    start = 7
    day = send(world, np.array([start]), mood=-1)
    assert np.array_equal(knows(world), customers)  # nobody learns of a shop by complaints
    assert (world.relations.goodwill[customers, 0] == 0.5).all()
    assert len(day.occasions.joined()[0]) == 0
    assert day.counts.messages > 0
    lost = np.flatnonzero(customers & (world.relations.trust[:, 0] < 0.39))
    friends = world.graph.indices[world.graph.indptr[start] : world.graph.indptr[start + 1]]
    assert len(lost) > 0
    assert set(lost.tolist()) <= set(friends.tolist())
    np.testing.assert_allclose(world.relations.trust[lost, 0], 0.4 - 0.2, rtol=1e-6)


def test_trust_never_falls_below_minus_one() -> None:
    world = world_of({"sharing.bad_news": 1.0, "sharing.tie_probability": 1.0})
    world.relations.merchant[:, 0] = 0
    send(world, np.arange(50), mood=-1)
    assert world.relations.trust.min() == -1.0


def test_nobody_talks_about_who_has_closed() -> None:
    world = world_of()
    world.offers.is_open[0] = False
    assert send(world, np.arange(100)).counts.messages == 0
    assert send(world, np.arange(100), about=1).counts.messages > 0
    assert not world.messages  # and what was said is not said again


def test_more_willingness_reaches_more() -> None:
    """Every setting of talk moves reach in its direction, under the same luck."""

    def reach(**laws: float) -> int:
        world = world_of({f"sharing.{name}": value for name, value in laws.items()})
        return send(world, np.arange(0, PEOPLE, 60)).counts.messages

    assert reach(tie_probability=0.05) < reach(tie_probability=0.1) < reach(tie_probability=0.2)
    assert reach(pass_on=0.0) < reach(pass_on=0.2) < reach(pass_on=0.6)
    assert reach(max_depth=1) < reach(max_depth=2) < reach(max_depth=6)
