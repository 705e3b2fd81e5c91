"""Thresholds against exact values, Watts' cascade window, mean-field laws and plain twins."""

from __future__ import annotations

import math
from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rng import Stream, block, uniform
from sim.steps.thresholds import linear_threshold, threshold
from sim.world.graph.csr import Graph, mean_field, rows_from_edges


def graph_of(ties: nx.Graph, strength: float = 1.0) -> Graph:
    number = {node: n for n, node in enumerate(ties)}
    u = np.array([number[a] for a, _ in ties.edges], np.int32)
    v = np.array([number[b] for _, b in ties.edges], np.int32)
    indptr, indices = rows_from_edges(u, v, len(number))
    return Graph(indptr, indices, np.full(len(indices), strength, np.float32), 0.0)


FLORENCE = nx.florentine_families_graph


@pytest.mark.parametrize(
    ("make", "start", "mean"),
    [
        (nx.krackhardt_kite_graph, 9, 1.88834877),
        (FLORENCE, "Medici", 6.46364883),
        (FLORENCE, "Strozzi", 4.32744627),
    ],
)
@pytest.mark.parametrize("strength", [1.0, 0.3])
def test_linear_threshold_is_exact(
    make: Callable[[], nx.Graph], start: object, mean: float, strength: float
) -> None:
    """Known: weights 1 / degree whatever the strength, if it is the same for all."""
    ties, runs = make(), 40_000
    sizes, reached = linear_threshold(
        graph_of(ties, strength), [list(ties).index(start)], runs=runs, seed=3
    )
    error = sizes.std(ddof=1) / math.sqrt(runs)
    assert abs(sizes.mean() - mean) < 4 * error
    assert reached.sum() == sizes.sum()


def drawn(seed: int, run: int, who: int) -> float:
    word = block(np.uint64(seed), int(Stream.THRESHOLD), who >> 2, run, 0)[who & 3]
    return uniform(np.uint32(word))


def twin(ties: nx.Graph, weight: Callable[[int, int], float], limit: list[float], seeds: list[int]):
    """Round after round: whoever has enough adopted friends joins."""
    rounds = dict.fromkeys(ties, -1) | dict.fromkeys(seeds, 0)
    turn = 0
    while True:
        turn += 1
        fresh = [
            j
            for j in ties
            if rounds[j] < 0
            and len(ties[j])
            and any(rounds[i] >= 0 for i in ties[j])
            and sum(weight(i, j) for i in ties[j] if rounds[i] >= 0)
            >= (limit[j] - 1e-9) * sum(weight(i, j) for i in ties[j])
        ]
        if not fresh:
            return [rounds[i] for i in range(len(rounds))]
        rounds |= dict.fromkeys(fresh, turn)


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
        twin(ties, lambda i, j: 1 + (i + j) % 4, [drawn(seed, r, i) for i in range(n)], seeds)
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
