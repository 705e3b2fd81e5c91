"""Rewiring: ties follow taste; degrees, symmetry and strengths stay what they are by definition."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from sim.engine.model import Market
from sim.kernel import Threads
from sim.rng import Stream, block, uniform
from sim.scenario.load import from_dict
from sim.steps.rewiring import most_distant, rewire
from sim.world.graph.build import weight_of
from sim.world.graph.measures import modularity, taste_assortativity, tribe_assortativity
from sim.world.graph.strength import with_strength
from sim.world.world import World, build_society
from tests.engine.tiny import ONE, build, digest, morning, play, scenario, tables
from tests.world.test_graph_swap import as_sets

PLAIN: dict[str, Any] = {
    "name": "rewiring",
    "days": 400,
    "consumers": {"count": 6000, "tribes": {"count": 4, "dimensions": 3}},
    "graph": {"kind": "random", "mean_degree": 8},
    "memory": {"drift_rate": 0, "rewiring": 0.2},
}


def world_of(changes: dict[str, Any] | None = None) -> World:
    return build(changes, PLAIN).world


def gap(world: World, i: int, j: int) -> float:
    taste = world.consumers.taste.astype(float)
    return float(((taste[i] - taste[j]) ** 2).sum())


def test_nobody_has_more_or_fewer_ties() -> None:
    world = world_of()
    before = as_sets(world.graph.indptr, world.graph.indices)
    degrees = np.diff(world.graph.indptr)
    swapped = rewire(morning(world, 1), ONE)
    after = as_sets(world.graph.indptr, world.graph.indices)
    assert swapped > 50
    assert len(after - before) == len(before - after) <= 4 * swapped
    assert np.array_equal(np.diff(world.graph.indptr), degrees)
    assert world.most_ties == degrees.max()


def test_strengths_are_those_of_the_new_ties() -> None:
    changes = {
        "graph": {"kind": "tribal", "mean_degree": 8},
        "consumers.regions": {"count": 2, "distance": 0.4},
    }
    world = world_of(changes)
    for day in range(5):
        rewire(morning(world, day), ONE)
    graph = world.graph
    fresh = with_strength(
        (graph.indptr, graph.indices),
        world.consumers.tribe.astype(np.int32),
        weight_of(world.scenario.graph.strength),
        None,
        world.regions,
    )
    assert np.array_equal(graph.strength, fresh.strength)


def wishes(world: World, day: int) -> list[tuple[int, int, int, int]]:
    """Return whom the words of the day let meet and swap, in plain Python."""
    ties = nx.Graph()
    ties.add_nodes_from(range(world.count))
    ties.add_edges_from(as_sets(world.graph.indptr, world.graph.indices))
    found = []
    seed, rate = world.seed, world.laws.memory.rewiring
    for i in range(world.count):
        word = block(seed, int(Stream.REWIRE_MEET), i >> 2, day, 0)[i & 3]
        friends = sorted(ties[i])
        if uniform(word) >= rate or not friends:
            continue
        w0, w1, _, _ = block(seed, int(Stream.REWIRE_INTRODUCE), i, day, 0)
        between = friends[int(uniform(w0) * len(friends))]
        theirs = sorted(ties[between])
        k = theirs[int(uniform(w1) * len(theirs))]
        if k == i or k in friends:
            continue
        lost = max(friends, key=lambda j: (gap(world, i, j), -j))
        left = max(sorted(ties[k]), key=lambda j: (gap(world, k, j), -j))
        if gap(world, i, k) < min(gap(world, i, lost), gap(world, k, left)):
            found.append((i, lost, k, left))
    return found


def test_the_kernels_do_what_plain_python_does() -> None:
    world = world_of({"consumers.count": 600, "memory.rewiring": 0.6})
    ties = as_sets(world.graph.indptr, world.graph.indices)
    swapped = 0
    for who, lost, found, left in wishes(world, 1):
        possible = len({who, lost, found, left}) == 4
        possible = possible and {(who, lost), (found, left)} <= ties
        if possible and not {(who, found), (lost, left)} & ties:
            ties -= {(who, lost), (lost, who), (found, left), (left, found)}
            ties |= {(who, found), (found, who), (lost, left), (left, lost)}
            swapped += 1
    assert rewire(morning(world, 1), ONE) == swapped > 5
    assert as_sets(world.graph.indptr, world.graph.indices) == ties


def test_the_most_distant_friend() -> None:
    world = world_of({"consumers.count": 500})
    for i in range(0, 500, 7):
        row = world.graph.indices[world.graph.indptr[i] : world.graph.indptr[i + 1]]
        found = most_distant(world.graph, world.consumers, i)
        if not len(row):
            assert found == -1
        else:
            assert gap(world, i, found) == pytest.approx(max(gap(world, i, int(j)) for j in row))


def test_threads_do_not_matter() -> None:
    one, four = world_of(), world_of()
    threads = Threads(4)
    for day in range(3):
        rewire(morning(one, day), ONE)
        rewire(morning(four, day), threads)
    threads.close()
    assert np.array_equal(one.graph.indices, four.graph.indices)
    assert np.array_equal(one.graph.strength, four.graph.strength)


def test_without_rewiring_ties_stay() -> None:
    market = build({"memory.rewiring": 0, "days": 9}, PLAIN)
    ties = market.world.graph.indices
    before = ties.copy()
    while market.running:
        market.step()
    assert market.world.graph.indices is ties
    assert np.array_equal(ties, before)


def test_a_society_shared_by_many_runs_is_left_alone() -> None:
    loaded = from_dict(scenario({"memory.rewiring": 0.5, "days": 10}))
    society = build_society(loaded.scenario, seed=1, folder=Path())
    indices, strength = society.graph.indices.copy(), society.graph.strength.copy()
    first, second = (
        Market(loaded, seed=1, collect=False, society=society),
        Market(loaded, seed=1, collect=False, society=society),
    )
    alone = Market(loaded, seed=1, collect=False)
    for market in (first, second, alone):
        while market.running:
            market.step()
    assert not np.array_equal(first.world.graph.indices, indices)
    assert np.array_equal(society.graph.indices, indices)
    assert np.array_equal(society.graph.strength, strength)
    assert digest(first) == digest(second) == digest(alone)


def test_a_mean_field_has_nothing_to_swap() -> None:
    world = world_of({"graph": {"kind": "complete"}, "memory.rewiring": 0})
    assert rewire(morning(world, 1), ONE) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tribes_form(seed: int) -> None:
    """Random ties: with rewiring friends are of a kind; faster with more of it; not without."""
    last = {}
    for rate in (0.0, 0.02, 0.1):
        market = play({"memory.rewiring": rate, "days": 60}, PLAIN, seed=seed)
        rows = tables(market)["market"]
        last[rate] = [
            rows[name][-1] for name in ("taste_assortativity", "tribe_assortativity", "modularity")
        ]
        assert abs(rows["taste_assortativity"][0]) < 0.05 + rate
    for none, little, much in zip(*last.values(), strict=True):
        assert abs(none) < 0.03
        assert 0.03 < little < much


# --- measures against networkx ----------------------------------------------------------------


def test_modularity_and_assortativity_of_taste_agree_with_networkx() -> None:
    world = world_of({"consumers.count": 800, "consumers.tribes.dimensions": 1})
    for day in range(15):
        rewire(morning(world, day), ONE)
    ties = nx.Graph()
    ties.add_nodes_from(range(800))
    ties.add_edges_from(as_sets(world.graph.indptr, world.graph.indices))
    tribe = world.consumers.tribe.astype(np.int32)
    parts = [set(np.flatnonzero(tribe == t).tolist()) for t in range(4)]
    assert modularity(world.graph, tribe) == pytest.approx(nx.community.modularity(ties, parts))
    taste = world.consumers.taste
    nx.set_node_attributes(ties, dict(enumerate(taste[:, 0].astype(float).tolist())), "taste")
    r = nx.numeric_assortativity_coefficient(ties, "taste")
    assert taste_assortativity(world.graph, taste) == pytest.approx(r, abs=1e-7)
    assert tribe_assortativity(world.graph, tribe) > 0.1


def test_axes_are_pooled_and_a_sample_is_near() -> None:
    world = world_of()
    for day in range(5):
        rewire(morning(world, day), ONE)
    graph, taste = world.graph, world.consumers.taste.astype(float)
    who = np.repeat(np.arange(world.count), np.diff(graph.indptr))
    mine, theirs = taste[who], taste[graph.indices]
    centred = (mine - mine.mean(axis=0)) * (theirs - mine.mean(axis=0))
    r = centred.mean(axis=0).sum() / mine.var(axis=0).sum()
    assert taste_assortativity(graph, world.consumers.taste) == pytest.approx(r, abs=1e-7)
    assert taste_assortativity(graph, world.consumers.taste, 3) == pytest.approx(r, abs=0.02)
    same = np.ones((world.count, 2), np.float32)
    assert math.isnan(taste_assortativity(graph, same))
