"""Swaps of ties: degrees, order and symmetry are kept; crossings come out as asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.scenario.population import Tribal
from sim.scenario.regions import Regions as RegionsSpec
from sim.world.graph.build import build_graph
from sim.world.graph.classic import random_rows
from sim.world.graph.csr import Graph
from sim.world.graph.measures import local_clustering, mixing
from sim.world.graph.strength import Weight, weigh_again, with_strength
from sim.world.graph.swap import may_swap, swap, tied
from sim.world.regions import Regions, distances, settle

WEIGHT = Weight(1.0, 0.4, 0.5)


def as_sets(indptr: np.ndarray, indices: np.ndarray) -> set[tuple[int, int]]:
    """Return all stored ties; fails if a row is not ascending or a tie stands in one row only."""
    found = set()
    for i in range(len(indptr) - 1):
        row = indices[indptr[i] : indptr[i + 1]].tolist()
        assert row == sorted(set(row) - {i})
        found |= {(i, j) for j in row}
    assert found == {(j, i) for i, j in found}
    return found


def test_swaps_do_what_they_say_and_nothing_else() -> None:
    """5,000 random tries against sets of pairs."""
    indptr, indices = random_rows(60, 6.0, 1)
    rng = np.random.default_rng(1)
    twin = as_sets(indptr, indices)
    done = 0
    for _ in range(5000):
        a, b, c, d = (int(x) for x in rng.integers(0, 60, 4))
        assert tied(indptr, indices, a, b) == ((a, b) in twin)
        right = len({a, b, c, d}) == 4 and {(a, b), (c, d)} <= twin
        right = right and not {(a, c), (b, d)} & twin
        assert may_swap(indptr, indices, a, b, c, d) == right
        if right:
            swap(indptr, indices, np.empty(0, np.float32), a, b, c, d)
            twin -= {(a, b), (b, a), (c, d), (d, c)}
            twin |= {(a, c), (c, a), (b, d), (d, b)}
            assert as_sets(indptr, indices) == twin
            done += 1
    assert done > 20


def test_weighing_again_is_weighing() -> None:
    """After a swap the four rows weighed again give what weighing everything would, to the bit."""
    rng = np.random.default_rng(2)
    tribe = rng.integers(0, 3, 400).astype(np.int32)
    regions = Regions(rng.integers(0, 2, 400).astype(np.int16), np.array([[0, 0.3], [0.3, 0]]))
    graph = with_strength(random_rows(400, 12.0, 3), tribe, WEIGHT, None, regions)
    done = 0
    while done < 100:
        a, c = (int(x) for x in rng.integers(0, 400, 2))
        b, d = (
            int(rng.choice(graph.indices[graph.indptr[i] : graph.indptr[i + 1]])) for i in (a, c)
        )
        if may_swap(graph.indptr, graph.indices, a, b, c, d):
            swap(graph.indptr, graph.indices, graph.strength, a, b, c, d)
            for person, old, new, others in (
                (a, b, c, (b, d)),
                (b, a, d, (a, c)),
                (c, d, a, (b, d)),
                (d, c, b, (a, c)),
            ):
                weigh_again(graph, tribe, regions, WEIGHT, person, old, new, others)
            done += 1
    fresh = with_strength((graph.indptr, graph.indices), tribe, WEIGHT, None, regions)
    assert np.array_equal(graph.strength, fresh.strength)


# --- regions --------------------------------------------------------------------------------------


def test_distance_weakens_ties_by_its_share() -> None:
    rng = np.random.default_rng(4)
    tribe = rng.integers(0, 3, 300).astype(np.int32)
    home = rng.integers(0, 3, 300).astype(np.int16)
    far = distances(RegionsSpec(count=3, distances=[[0, 0.2, 1], [0.2, 0, 0.5], [1, 0.5, 0]]))
    rows = random_rows(300, 8.0, 5)
    near = with_strength(rows, tribe, WEIGHT)
    graph = with_strength(rows, tribe, WEIGHT, None, Regions(home, far))
    who = np.repeat(np.arange(300), np.diff(graph.indptr))
    left = 1 - far[home[who], home[graph.indices]]
    assert graph.strength == pytest.approx(near.strength * left, rel=1e-6)
    assert len(np.unique(left)) == 4


def tribal(crossing: float | None, count: int = 6000) -> tuple[Graph, np.ndarray, np.ndarray]:
    segment = np.sort(np.arange(count) % 8).astype(np.int32)
    regions = settle(RegionsSpec(count=2), segment, 4)
    spec = Tribal(mean_degree=10.0, mixing=0.3, clustering=0.2, crossing=crossing)
    built = build_graph(spec, count, segment % 4, 1, Path(), regions=regions)
    return built.graph, segment, regions.home


@pytest.mark.parametrize("crossing", [0.0, 0.05, 0.25])
def test_as_many_ties_cross_as_were_asked_for(crossing: float) -> None:
    graph, segment, home = tribal(crossing)
    as_sets(graph.indptr, graph.indices)
    chance, _, _ = tribal(None)
    assert mixing(graph, home) == pytest.approx(crossing, abs=8 / graph.indices.size)
    assert np.array_equal(np.diff(graph.indptr), np.diff(chance.indptr)), "degrees are kept"
    assert mixing(graph, segment) == mixing(chance, segment), "and who leaves the tribe's part"
    assert local_clustering(graph) == pytest.approx(local_clustering(chance), rel=0.05)
    assert mixing(graph, segment) == pytest.approx(0.3, rel=0.03)


def test_more_crossings_than_ties_that_leave_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.6 of all ties cross .*; the nearest has 0\.2"):
        tribal(0.6, count=2000)
