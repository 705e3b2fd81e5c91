"""Laws of the stored graph: rows, strengths and measures against slow plain twins and networkx."""

from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel import Threads, kernel
from sim.world.graph.classic import random_rows, scale_free_rows
from sim.world.graph.csr import Graph, mean_field, rows_from_edges
from sim.world.graph.draws import below, fine_uniform, key_of, shuffle
from sim.world.graph.measures import (
    local_clustering,
    mean_degree,
    mixing,
    tribe_assortativity,
)
from sim.world.graph.strength import PEOPLE, Weight, with_strength

WEIGHT = Weight(1.0, 0.4, 0.5)


@st.composite
def tie_lists(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(1, 30))
    person = st.integers(0, count - 1)
    return count, draw(st.lists(st.tuples(person, person), max_size=150))


def rows_of(count: int, ties: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    ends = np.array(ties, np.int32).reshape(-1, 2)
    return rows_from_edges(ends[:, 0].copy(), ends[:, 1].copy(), count)


def check_rows(indptr: np.ndarray, indices: np.ndarray) -> None:
    """Assert every promise of ``Graph`` about rows."""
    count = indptr.size - 1
    assert indptr.dtype == np.int64
    assert indices.dtype == np.int32
    assert indptr[0] == 0
    assert indptr[-1] == indices.size
    degree = np.diff(indptr)
    assert (degree >= 0).all()
    rows = np.repeat(np.arange(count), degree)
    if indices.size:
        assert indices.min() >= 0
        assert indices.max() < count
    assert (rows != indices).all(), "self loop"
    same_row = rows[1:] == rows[:-1]
    assert (np.diff(indices)[same_row] > 0).all(), "not ascending, or twice"
    forth = rows * count + indices
    back = indices.astype(np.int64) * count + rows
    assert np.array_equal(np.sort(forth), np.sort(back)), "not symmetric"


@given(tie_lists())
@settings(max_examples=150, deadline=None)
def test_rows_hold_exactly_the_ties(case: tuple[int, list[tuple[int, int]]]) -> None:
    count, ties = case
    indptr, indices = rows_of(count, ties)
    check_rows(indptr, indices)
    wanted = {frozenset(tie) for tie in ties if tie[0] != tie[1]}
    rows = np.repeat(np.arange(count), np.diff(indptr))
    assert {frozenset(tie) for tie in zip(rows.tolist(), indices.tolist(), strict=True)} == wanted
    assert indices.size == 2 * len(wanted)


def test_long_rows_are_sorted() -> None:
    """A star's hub has the longest row there is; its friends arrive in the worst order."""
    count = 5000
    ends = np.arange(count - 1, 0, -1, dtype=np.int32)
    indptr, indices = rows_from_edges(np.zeros_like(ends), ends, count)
    assert np.array_equal(indices[: indptr[1]], np.arange(1, count))


def test_eight_bytes_per_tie() -> None:
    graph = with_strength(random_rows(1000, 6.0, 1), np.zeros(1000, np.int32), WEIGHT)
    assert graph.indices.nbytes + graph.strength.nbytes == 8 * graph.indices.size
    # Nothing larger is kept alive behind them.
    assert graph.indices.base is None
    assert graph.strength.base is None


def plain_strength(graph: Graph, tribe: np.ndarray, weight: Weight) -> np.ndarray:
    friends = [set(graph.indices[a:b].tolist()) for a, b in pairwise(graph.indptr.tolist())]
    out = []
    for i, mine in enumerate(friends):
        for j in sorted(mine):
            base = weight.inside if tribe[i] == tribe[j] else weight.across
            shared = len(mine & friends[j])
            out.append(base + weight.common_friends * shared / min(len(mine), len(friends[j])))
    return np.array(out, np.float32)


@pytest.mark.parametrize("kind", ["random", "hubs"])
def test_strength_is_that_of_the_plain_twin(kind: str) -> None:
    count = 400
    rows = random_rows(count, 20.0, 3) if kind == "random" else scale_free_rows(count, 20, 3)
    tribe = (np.arange(count) * 7 % 5).astype(np.int32)
    for weight in (WEIGHT, Weight(0.3, 2.0, 0.0), Weight(1.0, 1.0, 10.0)):
        graph = with_strength(rows, tribe, weight)
        assert graph.strength.dtype == np.float32
        assert np.allclose(graph.strength, plain_strength(graph, tribe, weight), rtol=1e-6)


@given(tie_lists(), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_strength_is_symmetric_and_positive(
    case: tuple[int, list[tuple[int, int]]], tribes: int
) -> None:
    count, ties = case
    tribe = (np.arange(count) % tribes).astype(np.int32)
    graph = with_strength(rows_of(count, ties), tribe, WEIGHT)
    dense = np.zeros((count, count), np.float32)
    rows = np.repeat(np.arange(count), np.diff(graph.indptr))
    dense[rows, graph.indices] = graph.strength
    assert np.array_equal(dense, dense.T)
    assert (graph.strength > 0).all()
    assert np.isfinite(graph.strength).all()


def test_strength_does_not_depend_on_threads() -> None:
    count = 5 * PEOPLE + 17
    rows = random_rows(count, 8.0, 5)
    tribe = (np.arange(count) % 3).astype(np.int32)
    threads = Threads(3)
    try:
        shared = with_strength(rows, tribe, WEIGHT, threads)
    finally:
        threads.close()
    assert np.array_equal(shared.strength, with_strength(rows, tribe, WEIGHT).strength)


def test_graph_passes_into_kernels() -> None:
    @kernel
    def total(graph: Graph) -> float:
        value = graph.contacts
        for i in range(graph.indptr.size - 1):
            for k in range(graph.indptr[i], graph.indptr[i + 1]):
                value += graph.strength[k] * (graph.indices[k] >= 0)
        return value

    stored = with_strength(random_rows(50, 4.0, 1), np.zeros(50, np.int32), WEIGHT)
    assert total(stored) == pytest.approx(stored.strength.sum(dtype=np.float64))
    assert total(mean_field(50, 7.0)) == 7.0


@pytest.mark.parametrize("name", ["karate_club_graph", "les_miserables_graph", "star_graph"])
def test_measures_agree_with_networkx(name: str) -> None:
    source = getattr(nx, name)(*([30] if name == "star_graph" else []))
    twin = nx.convert_node_labels_to_integers(source)
    count = twin.number_of_nodes()
    rows = rows_of(count, list(twin.edges()))
    tribe = (np.arange(count) * 5 % 4).astype(np.int32)
    graph = with_strength(rows, tribe, WEIGHT)
    nx.set_node_attributes(twin, dict(enumerate(tribe.tolist())), "tribe")
    assert mean_degree(graph) == pytest.approx(2 * twin.number_of_edges() / count)
    assert local_clustering(graph) == pytest.approx(nx.average_clustering(twin))
    assert tribe_assortativity(graph, tribe) == pytest.approx(
        nx.attribute_assortativity_coefficient(twin, "tribe")
    )
    across = np.mean([tribe[a] != tribe[b] for a, b in twin.edges()])
    assert mixing(graph, tribe) == pytest.approx(across)


def test_sampled_clustering_is_near_and_repeatable() -> None:
    graph = Graph(*scale_free_rows(3000, 12, 2), np.zeros(0, np.float32), 0.0)
    exact = local_clustering(graph)
    sampled = [local_clustering(graph, sample=1500, seed=s) for s in range(12)]
    assert sampled[3] == local_clustering(graph, sample=1500, seed=3)
    assert len(set(sampled)) == len(sampled)
    spread = float(np.std(sampled, ddof=1))
    assert abs(np.mean(sampled) - exact) < 4 * spread / math.sqrt(len(sampled))


def test_measures_of_nothing() -> None:
    graph = mean_field(10, 3.0)
    tribe = np.zeros(10, np.int32)
    assert mean_degree(graph) == 0
    assert math.isnan(local_clustering(graph))
    assert math.isnan(mixing(graph, tribe))
    assert math.isnan(tribe_assortativity(graph, tribe))
    one = with_strength(random_rows(50, 4.0, 1), np.zeros(50, np.int32), WEIGHT)
    assert math.isnan(tribe_assortativity(one, np.zeros(50, np.int32))), "one tribe"


def test_all_orders_are_equally_likely() -> None:
    """Shuffle four things 24,000 times: chi-squared of the 24 orders (23 degrees of freedom)."""
    seen: dict[tuple[int, ...], int] = {}
    values = np.arange(4 * 24_000, dtype=np.int32) % 4
    for piece in range(24_000):
        shuffle(values, 4 * piece, 4 * piece + 4, key_of(11), 99)
        order = tuple(values[4 * piece : 4 * piece + 4].tolist())
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 24
    chi = sum((n - 1000) ** 2 / 1000 for n in seen.values())
    assert chi < 60, "p < 0.00004"


def test_draws_stay_in_their_range() -> None:
    top = np.uint32(2**32 - 1)
    assert 0 < fine_uniform(np.uint32(0), np.uint32(0)) < 1e-15
    assert 1 - 1e-15 < fine_uniform(top, top) < 1
    for count in (1, 2, 3, 7, 10**6 + 3, 2**31, 2**40 + 1, 2**52):
        assert below(top, top, count) == count - 1
        assert below(np.uint32(0), np.uint32(0), count) == 0
