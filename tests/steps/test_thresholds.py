"""Thresholds against Watts' cascade window, mean-field laws and plain twins.

Exact sizes on known graphs: ``sim check lt``, which tests/check runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.check.known_graphs import graph_of
from sim.check.twins import drawn_threshold, plain_threshold
from sim.steps.thresholds import linear_threshold, threshold
from sim.world.graph.csr import Graph, mean_field, rows_from_edges


def twin(
    ties: nx.Graph, weight: Callable[[int, int], float], limit: Sequence[float], seeds: list[int]
) -> list[int]:
    return plain_threshold([list(ties[i]) for i in ties], weight, limit, seeds)


@given(
    n=st.integers(1, 25),
    density=st.floats(0.05, 0.6),
    seed=st.integers(1, 2**63 - 1),
    starts=st.integers(1, 3),
    share=st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.8, 1.0]),
)
def test_thresholds_are_their_plain_twins(
    n: int, density: float, seed: int, starts: int, share: float
) -> None:
    ties = nx.gnp_random_graph(n, density, seed=seed % 1000)
    graph, seeds = graph_of(ties), list(range(min(starts, n)))
    assert threshold(graph, seeds, share).tolist() == twin(
        ties, lambda i, j: 1.0, [share] * n, seeds
    )
    each = np.linspace(0, 1, n)
    assert threshold(graph, seeds, each).tolist() == twin(ties, lambda i, j: 1.0, each, seeds)
    # Strengths of either end, symmetrical, so that who has strong ties weighs more.
    strength = np.empty(len(graph.indices), np.float32)
    for i in range(n):
        for e in range(graph.indptr[i], graph.indptr[i + 1]):
            strength[e] = 1 + (i + graph.indices[e]) % 4
    sizes, reached = linear_threshold(graph._replace(strength=strength), seeds, runs=3, seed=seed)
    found = [
        twin(
            ties,
            lambda i, j: 1 + (i + j) % 4,
            [drawn_threshold(seed, r, i) for i in range(n)],
            seeds,
        )
        for r in range(3)
    ]
    assert sizes.tolist() == [sum(x >= 0 for x in rounds) for rounds in found]
    assert reached.tolist() == [sum(rounds[i] >= 0 for rounds in found) for i in range(n)]


def poisson_ties(people: int, mean: float, seed: int) -> Graph:
    """Ties between random pairs: Poisson degrees."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, people, (2, round(people * mean / 2))).astype(np.int32)
    indptr, indices = rows_from_edges(ends[0], ends[1], people)
    return Graph(indptr, indices, np.ones(len(indices), np.float32), 0.0)


def test_the_final_share_is_that_of_gleeson_and_cahalane() -> None:
    """Known: phi .18, Poisson degrees of mean 3, seeds .1 %: .940551 in the end."""
    people, runs = 100_000, 6
    shares = []
    for seed in range(runs):
        graph = poisson_ties(people, 3, seed)
        chosen = np.random.default_rng(seed).choice(people, people // 1000, replace=False)
        shares.append((threshold(graph, chosen, 0.18) >= 0).mean())
    error = np.std(shares, ddof=1) / math.sqrt(runs)
    assert abs(np.mean(shares) - 0.940551) < 4 * error
    assert error < 0.001


@pytest.mark.parametrize(
    ("mean", "spreads"), [(0.85, False), (1.5, True), (4.5, True), (6.5, False)]
)
def test_the_cascade_window(mean: float, spreads: bool) -> None:
    """Known: a single seed moves a finite share only for 1.0207 < z < 5.7647 (phi = .18)."""
    people = 20_000
    graph = poisson_ties(people, mean, 1)
    rng = np.random.default_rng(2)
    largest = max(
        (threshold(graph, [start], 0.18) >= 0).mean() for start in rng.integers(0, people, 60)
    )
    assert (largest > 0.2) == spreads


def test_reinforcement_needs_clustered_ties() -> None:
    """Centola 2010: what needs two of six friends crosses a ring, and dies on random ties."""
    ring = graph_of(nx.watts_strogatz_graph(1000, 6, 0.0))
    random = graph_of(nx.random_regular_graph(6, 1000, seed=1))
    assert (threshold(ring, [0, 1], 0.3) >= 0).all()
    assert (threshold(random, [0, 1], 0.3) >= 0).sum() < 20


def test_a_mean_field_stops_where_shares_meet_thresholds() -> None:
    """Granovetter 1978: with thresholds 0, 1/99, 2/99, ... all 100 riot; but for one, nobody."""
    people = mean_field(100, 5.0)
    limits = np.arange(100) / 99
    assert (threshold(people, [0], limits) >= 0).all()
    limits[1] = 2 / 99
    assert (threshold(people, [0], limits) >= 0).sum() == 1
    # With uniform thresholds nobody joins a single one of ten with probability (1 - 1/9)^9.
    runs = 20_000
    sizes, _ = linear_threshold(mean_field(10, 5.0), [4], runs=runs)
    alone = (8 / 9) ** 9
    assert abs((sizes == 1).mean() - alone) < 4 * math.sqrt(alone * (1 - alone) / runs)


def test_extremes() -> None:
    graph = graph_of(nx.karate_club_graph())
    assert (threshold(graph, [0], 0.0) >= 0).all()
    assert (threshold(graph, [0], 1.0) >= 0).sum() >= 1
    assert threshold(graph, [], 0.2).tolist() == [-1] * 34
    lonely = Graph(np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32), 0.0)
    assert threshold(lonely, [1], 0.0).tolist() == [-1, 0, -1]


def test_more_seeds_and_lower_thresholds_reach_more() -> None:
    graph = poisson_ties(3000, 5, 1)
    for share in (0.2, 0.3, 0.4):
        few, many = threshold(graph, range(20), share), threshold(graph, range(60), share)
        assert ((few < 0) | (many >= 0)).all()
        lower = threshold(graph, range(20), share - 0.05)
        assert ((few < 0) | (lower >= 0)).all()
