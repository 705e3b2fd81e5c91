"""The classic graphs against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.world.graph.classic import random_rows, ring_rows, scale_free_rows, small_world_rows
from sim.world.graph.csr import Graph
from sim.world.graph.measures import local_clustering
from tests.world.test_graph_csr import check_rows

Rows = tuple[np.ndarray, np.ndarray]


def clustering(rows: Rows) -> float:
    return local_clustering(Graph(*rows, np.zeros(0, np.float32), 0.0))


def same(a: Rows, b: Rows) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_circle_is_exact() -> None:
    indptr, indices = ring_rows(7, 2)
    assert indptr.tolist() == list(range(0, 15, 2))
    assert indices.reshape(-1, 2).tolist() == [
        [1, 6],
        *[[i - 1, i + 1] for i in range(1, 6)],
        [0, 5],
    ]


@pytest.mark.parametrize(("count", "degree"), [(3, 2), (5, 4), (50, 6), (1001, 12)])
def test_ring_knows_the_nearest(count: int, degree: int) -> None:
    indptr, indices = ring_rows(count, degree)
    check_rows(indptr, indices)
    assert (np.diff(indptr) == degree).all()
    rows = np.repeat(np.arange(count), degree)
    apart = abs(rows - indices)
    assert np.minimum(apart, count - apart).max() == degree // 2


@pytest.mark.parametrize("degree", [2, 4, 6, 12, 20])
def test_small_world_clustering_without_rewiring(degree: int) -> None:
    rows = small_world_rows(1000, degree, 0.0, 1)
    assert same(rows, ring_rows(1000, degree))
    assert clustering(rows) == pytest.approx(3 * (degree - 2) / (4 * (degree - 1)), abs=1e-12)


def test_small_world_falls_as_watts_and_strogatz() -> None:
    """C(p) is about C(0) (1-p)^3 (Barrat & Weigt 2000), and the number of ties never changes."""
    for rewiring in (0.05, 0.2, 0.5, 1.0):
        indptr, indices = small_world_rows(20_000, 10, rewiring, 3)
        check_rows(indptr, indices)
        assert indices.size == 200_000
        assert np.diff(indptr).min() >= 5, "the near ends stay"
        wanted = 2 / 3 * (1 - rewiring) ** 3
        assert clustering((indptr, indices)) == pytest.approx(wanted, abs=0.01)


def test_small_world_in_a_crowd() -> None:
    """Where everybody knows nearly everybody there is hardly anybody to rewire to."""
    indptr, indices = small_world_rows(13, 12, 1.0, 1)
    check_rows(indptr, indices)
    assert indices.size == 13 * 12


@pytest.mark.parametrize(("mean", "share"), [(1.5, 0.582812), (2.0, 0.796812), (3.0, 0.940480)])
def test_giant_component_of_random(mean: float, share: float) -> None:
    """S = 1 - exp(-cS), 4 standard errors of 16 graphs."""
    count, found = 20_000, []
    for seed in range(16):
        indptr, indices = random_rows(count, mean, seed)
        ties = csr_array((np.ones(indices.size, np.int8), indices, indptr), shape=(count, count))
        found.append(np.bincount(connected_components(ties, directed=False)[1]).max() / count)
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found) - share) < 4 * error + 1e-4


def test_random_has_poisson_degrees_and_evenly_spread_ties() -> None:
    count = 50_000
    indptr, indices = random_rows(count, 6.0, 1)
    check_rows(indptr, indices)
    degree = np.diff(indptr)
    assert degree.mean() == pytest.approx(6.0, abs=4 * math.sqrt(2 * 6.0 / count))
    assert degree.var() == pytest.approx(6.0, rel=0.05)
    # No place in the order of people is favoured: mean degree by tenth.
    tenths = degree.reshape(10, -1).mean(axis=1)
    assert abs(tenths - 6.0).max() < 4.5 * math.sqrt(6.0 / (count / 10))
    ends = np.bincount(indices // (count // 10), minlength=10)
    assert abs(ends / ends.mean() - 1).max() < 0.05


def test_random_at_its_limits() -> None:
    assert random_rows(100, 0.0, 1)[1].size == 0
    assert random_rows(1, 0.0, 1)[0].tolist() == [0, 0]
    full = random_rows(30, 29.0, 1)
    check_rows(*full)
    assert full[1].size == 30 * 29


@pytest.mark.parametrize("degree", [2, 4, 12])
def test_scale_free_has_its_ties_and_its_tail(degree: int) -> None:
    count, new = 50_000, degree // 2
    indptr, indices = scale_free_rows(count, degree, 1)
    check_rows(indptr, indices)
    assert indices.size == 2 * (new * (new + 1) // 2 + (count - new - 1) * new)
    degrees = np.diff(indptr)
    assert degrees.min() >= new
    # P(degree >= k) = m(m+1) / (k(k+1)) in the limit (Bollobas et al. 2001).
    for k in (2 * new, 5 * new, 20 * new):
        wanted = new * (new + 1) / (k * (k + 1))
        error = math.sqrt(wanted / count)
        assert (degrees >= k).mean() == pytest.approx(wanted, abs=6 * error)
    assert degrees.max() > 4 * np.diff(random_rows(count, float(degree), 1)[0]).max()


def test_scale_free_is_a_founding_crowd_when_small() -> None:
    indptr, _ = scale_free_rows(4, 6, 1)
    assert np.diff(indptr).tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize(
    "build",
    [
        lambda seed: small_world_rows(500, 6, 0.3, seed),
        lambda seed: scale_free_rows(500, 6, seed),
        lambda seed: random_rows(500, 6.0, seed),
    ],
)
def test_the_seed_decides(build) -> None:  # type: ignore[no-untyped-def]
    assert same(build(1), build(1))
    assert not same(build(1), build(2))
    assert not same(build(1), build(1 + 2**32))


def test_crowds_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 13 people"):
        ring_rows(12, 12)
    with pytest.raises(ValueError, match="at least 13 people"):
        small_world_rows(12, 12, 0.1, 1)
    with pytest.raises(ValueError, match="at least 7 people"):
        scale_free_rows(6, 12, 1)
    with pytest.raises(ValueError, match="at most 11"):
        random_rows(12, 11.5, 1)
