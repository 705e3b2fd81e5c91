"""Memory: tastes drift towards friends within the bound, all at once; measures against networkx."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

from sim.kernel import Threads
from sim.steps.memory import brand_assortativity, measure, memory
from sim.steps.segregation import favourite
from sim.world.relations import BOUGHT
from sim.world.world import World
from tests.engine.tiny import ONE, build, morning, play

PEOPLE = 6000
PLAIN: dict[str, Any] = {
    "name": "memory",
    "days": 400,
    "consumers": {"count": PEOPLE, "tribes": {"count": 4, "dimensions": 3}},
    "graph": {"kind": "random", "mean_degree": 6},
    "memory": {"drift_rate": 0.3, "drift_bound": 2.0, "drift_step": 0.2},
}


def world_of(changes: dict[str, Any] | None = None) -> World:
    return build(changes, PLAIN).world


def drifted(world: World, day: int = 1, threads: Threads = ONE) -> tuple[np.ndarray, np.ndarray]:
    """Return tastes before and after a day."""
    before = world.consumers.taste.astype(float)
    memory(morning(world, day), threads)
    return before, world.consumers.taste.astype(float)


def friends(world: World, i: int) -> np.ndarray:
    return world.graph.indices[world.graph.indptr[i] : world.graph.indptr[i + 1]]


# --- drift --------------------------------------------------------------------------------------


def test_drift_is_a_step_towards_a_friend_within_the_bound() -> None:
    """Everybody who moved stands at old + step x (friend's *old* taste - old) of some friend."""
    world = world_of()
    before, after = drifted(world)
    moved = np.flatnonzero((before != after).any(axis=1))
    assert len(moved) > 0.1 * PEOPLE
    for i in moved:
        near = friends(world, i)
        near = near[((before[near] - before[i]) ** 2).sum(axis=1) <= 2.0**2]
        steps = before[i] + 0.2 * (before[near] - before[i])
        assert np.abs(steps - after[i]).max(axis=1).min() < 1e-5


def test_so_many_meet_as_should() -> None:
    """Rate x the share of one's friends who are near enough."""
    world = world_of()
    before = world.consumers.taste.astype(float).copy()
    p = np.array(
        [
            0.3 * (((before[friends(world, i)] - before[i]) ** 2).sum(axis=1) <= 4).mean()
            if len(friends(world, i))
            else 0.0
            for i in range(PEOPLE)
        ]
    )
    _, after = drifted(world)
    moved = (before != after).any(axis=1)
    assert 0.05 < p.mean() < 0.25
    assert abs(moved.sum() - p.sum()) < 4 * math.sqrt((p * (1 - p)).sum())


def test_every_friend_is_met_equally_often() -> None:
    world = world_of(
        {
            "memory.drift_rate": 1.0,
            "memory.drift_bound": 100,
            "memory.drift_step": 0.5,
            "graph": {"kind": "ring", "mean_degree": 4},
        }
    )
    before, after = drifted(world)
    met = 2 * after - before  # the friend's old taste
    place = np.array(
        [np.abs(before[friends(world, i)] - met[i]).max(axis=1).argmin() for i in range(PEOPLE)]
    )
    share = np.bincount(place, minlength=4) / PEOPLE
    assert (np.abs(share - 0.25) < 4 * math.sqrt(0.25 * 0.75 / PEOPLE)).all()


@pytest.mark.parametrize("name", ["drift_rate", "drift_bound", "drift_step"])
def test_nobody_moves_without(name: str) -> None:
    before, after = drifted(world_of({f"memory.{name}": 0}))
    assert np.array_equal(before, after)


def test_nothing_but_tastes_moves() -> None:
    market = play({"days": 10})
    world = market.world
    parts = {
        "relations": world.relations,
        "graph": world.graph[:3],
        "offers": [a for name, a in world.offers._asdict().items() if name != "deals"],
        "deals": world.offers.deals,
        "accounts": world.accounts,
        "groups": world.groups,
        "clients": world.clients,
    }
    copies = {name: [array.copy() for array in part] for name, part in parts.items()}
    others = [a.copy() for name, a in world.consumers._asdict().items() if name != "taste"]
    before, after = drifted(world, 9)
    assert (before != after).any()
    for name, part in parts.items():
        for array, copy in zip(part, copies[name], strict=True):
            assert np.array_equal(array, copy)
    for (name, array), copy in zip(
        [(n, a) for n, a in world.consumers._asdict().items() if n != "taste"], others, strict=True
    ):
        assert np.array_equal(array, copy), name


def test_drift_does_not_depend_on_threads() -> None:
    pool = Threads(3)
    one, three = world_of(), world_of()
    for day in range(3):
        drifted(one, day)
        drifted(three, day, pool)
    pool.close()
    assert np.array_equal(one.consumers.taste, three.consumers.taste)


@pytest.mark.parametrize(("bound", "clusters"), [(0.3, 1), (0.12, 4)])
def test_bounded_confidence_makes_clusters(bound: float, clusters: int) -> None:
    """Deffuant: about int(1 / 2d) large clusters of opinions from U(0, 1)."""
    world = world_of(
        {
            "graph": {"kind": "complete"},
            "consumers.tribes": {"count": 1, "dimensions": 1},
            "consumers.count": 2000,
            "memory.drift_rate": 1.0,
            "memory.drift_bound": bound,
            "memory.drift_step": 0.5,
        }
    )
    world.consumers.taste[:, 0] = np.random.default_rng(1).random(2000)
    for day in range(60):
        drifted(world, day)
    taste = np.sort(world.consumers.taste[:, 0])
    edges = np.flatnonzero(np.diff(taste) > 0.02)
    sizes = np.diff([0, *(edges + 1), len(taste)])
    assert (sizes > 0.05 * 2000).sum() == clusters
    assert 0 <= taste.min() <= taste.max() <= 1  # nobody leaves the range


def test_tribes_form_where_people_listen_to_friends() -> None:
    """Drift lowers variance inside tribes, whose members mostly meet each other."""
    within = {}
    for rate in (0.0, 0.3):
        market = play({"memory.drift_rate": rate, "graph.mixing": 0.05, "days": 30})
        within[rate] = market.row["taste_within"]
    assert within[0.3] < 0.9 * within[0.0]


# --- what is measured ---------------------------------------------------------------------------


def test_measures_agree_with_networkx_and_numpy() -> None:
    market = play({"days": 22, "consumers.count": 1500})
    world = market.world
    measure(morning(world, 21))
    got = world.measures
    people = world.consumers
    ties = nx.Graph()
    ties.add_nodes_from(range(world.count))
    ties.add_edges_from((i, int(j)) for i in range(world.count) for j in friends(world, i))

    nx.set_node_attributes(ties, dict(enumerate(people.tribe.tolist())), "tribe")
    r = nx.attribute_assortativity_coefficient(ties, "tribe")
    assert got["tribe_assortativity"] == pytest.approx(r, abs=1e-6)

    brand = {}
    for i in range(world.count):
        bought = [
            (float(world.relations.goodwill[i, k]), int(m))
            for k, m in enumerate(world.relations.merchant[i])
            if m >= 0 and world.relations.flags[i, k] & BOUGHT
        ]
        assert favourite(world.relations, i) == (max(bought)[1] if bought else -1)
        if bought:
            brand[i] = max(bought)[1]
    fans = ties.subgraph(brand).copy()
    nx.set_node_attributes(fans, brand, "brand")
    r = nx.attribute_assortativity_coefficient(fans, "brand")
    assert got["brand_assortativity"] == pytest.approx(r, abs=1e-6)
    assert len(set(brand.values())) == 5

    taste, tribe = people.taste.astype(float), people.tribe
    means = np.stack([taste[tribe == t].mean(axis=0) for t in range(world.tribes)])
    assert got["taste_within"] == pytest.approx(((taste - means[tribe]) ** 2).mean())
    # Variance inside and between tribes make up the whole.
    assert got["taste_within"] + got["taste_between"] == pytest.approx(taste.var(axis=0).mean())
    left = 0.5 ** (21 / world.scenario.memory.fatigue_half_life)
    assert got["fatigue"] == pytest.approx(people.fatigue.mean() * left, rel=1e-5)
    assert got["fatigue"] > 0


def test_brand_assortativity_extremes() -> None:
    """Friends who all buy the same are 1; on an even circle where neighbours differ, -1."""
    world = world_of(
        {
            "graph": {"kind": "ring", "mean_degree": 2},
            "consumers.count": 100,
            "merchants": {"shop": {"count": 2}},
        }
    )

    def assortativity(brands: np.ndarray) -> float:
        world.relations.merchant[:, 0] = brands
        world.relations.flags[:, 0] = BOUGHT
        return brand_assortativity(world.graph, world.relations, 2, 1)

    assert assortativity(np.arange(100) % 2) == pytest.approx(-1.0)
    assert assortativity((np.arange(100) >= 50).astype(int)) == pytest.approx(0.96)
    assert assortativity(np.zeros(100, int)) == 0.0  # one brand: nothing can be said
