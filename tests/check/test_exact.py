"""The exact methods against enumeration of all that can happen, and against published digits."""

from __future__ import annotations

import math
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.check import branching
from sim.check.exact_bass import closed_form, crowd_steps, graph_steps, ring_form, ring_steps
from sim.check.exact_cascades import exact_cascade, exact_threshold
from sim.check.known_graphs import graph_of, named, person
from sim.check.order_statistics import LAWS, mean_of_rank, revenue_with_reserve
from sim.check.twins import friends_of
from sim.errors import ScenarioError

KNOWN = [
    ("krackhardt_kite", "3", 0.1, 1.79761193),
    ("krackhardt_kite", "3", 0.3, 4.51377828),
    ("krackhardt_kite", "3", 0.5, 7.32006836),
    ("florentine", "Medici", 0.1, 1.69287577),
    ("florentine", "Medici", 0.3, 3.94945128),
    ("florentine", "Medici", 0.5, 7.82824707),
    ("karate", "0", 0.05, 1.96390830),
    ("karate", "0", 0.1, 3.41265051),
    ("karate", "0", 0.3, 16.84556263),
    ("cycle:4", "0", 0.5, 2.5625),
    ("complete:4", "0", 0.5, 3.25),
    ("path:5", "0", 0.5, 1.9375),
]


@pytest.mark.parametrize(("graph", "who", "p", "mean"), KNOWN)
def test_cascades_have_the_known_means(graph: str, who: str, p: float, mean: float) -> None:
    ties = named(graph)
    got, _ = exact_cascade(graph_of(ties), [person(ties, who)], p)
    assert got == pytest.approx(mean, abs=5e-9)


def test_the_kite_has_the_known_deviation() -> None:
    assert exact_cascade(graph_of(named("krackhardt_kite")), [3], 0.3)[1] == pytest.approx(
        2.2237, abs=5e-5
    )


@settings(max_examples=25)
@given(
    n=st.integers(1, 6),
    density=st.floats(0.2, 0.9),
    p=st.sampled_from([0.0, 0.15, 0.5, 0.8, 1.0]),
    strength=st.sampled_from([1.0, 0.5]),
    starts=st.integers(1, 2),
)
def test_cascades_by_all_coins(
    n: int, density: float, p: float, strength: float, starts: int
) -> None:
    """Every tie has a coin for each direction; all 4^ties of them."""
    ties = nx.gnp_random_graph(n, density, seed=n)
    ties.remove_edges_from(list(ties.edges)[4:])  # 4 ^ 4 outcomes are enough
    seeds = list(range(min(starts, n)))
    ways = [pair for a, b in ties.edges for pair in ((a, b), (b, a))]
    chance, first, second = p * strength, 0.0, 0.0
    for coins in product((0, 1), repeat=len(ways)):
        weight = math.prod(chance if coin else 1 - chance for coin in coins)
        if weight == 0:
            continue
        passing = nx.DiGraph([way for way, coin in zip(ways, coins, strict=True) if coin])
        passing.add_nodes_from(range(n))
        size = len(set(seeds).union(*(nx.descendants(passing, s) for s in seeds)))
        first, second = first + weight * size, second + weight * size**2
    mean, deviation = exact_cascade(graph_of(ties, strength), seeds, p)
    assert mean == pytest.approx(first, abs=1e-9)
    assert deviation == pytest.approx(math.sqrt(max(0.0, second - first**2)), abs=1e-6)


def test_dense_graphs_are_refused() -> None:
    with pytest.raises(ScenarioError, match="too dense"):
        exact_cascade(graph_of(nx.complete_graph(14)), [0], 0.5)


@pytest.mark.parametrize(
    ("graph", "who", "mean"),
    [
        ("krackhardt_kite", "9", 1.88834877),
        ("florentine", "Medici", 6.46364883),
        ("florentine", "Strozzi", 4.32744627),
    ],
)
def test_thresholds_have_the_known_means(graph: str, who: str, mean: float) -> None:
    ties = named(graph)
    assert exact_threshold(graph_of(ties), [person(ties, who)]) == pytest.approx(mean, abs=5e-9)


@pytest.mark.parametrize("seeds", [[0], [1, 4]])
def test_thresholds_by_all_picks(seeds: list[int]) -> None:
    """Everybody picks one friend and adopts if that friend does: all picks."""
    ties = nx.gnp_random_graph(6, 0.5, seed=3)
    friends = [list(ties[i]) or [-1] for i in range(6)]
    total = 0.0
    for picks in product(*friends):
        adopted = set(seeds)
        for _ in range(6):
            adopted |= {i for i in range(6) if picks[i] in adopted}
        total += len(adopted) / math.prod(map(len, friends))
    assert exact_threshold(graph_of(ties), seeds) == pytest.approx(total)


def test_bass_has_the_known_values() -> None:
    assert closed_form(0.03, 0.38, [1, 10, 15]) == pytest.approx(
        [0.035758, 0.812803, 0.971610], abs=1e-6
    )
    assert ring_form(0.03, 0.38, [10, 20]) == pytest.approx([0.558259, 0.916670], abs=1e-6)
    mean, _ = crowd_steps(10, 0.03, 0.38, 1.0, 15)
    assert mean[[4, 9, 14]] == pytest.approx([2.4580, 6.2920, 8.7555], abs=5e-5)


def test_exact_chains_agree_where_they_meet() -> None:
    """Short steps approach continuous time; a ring is a graph; in a crowd of two each has one
    friend, and counts for half."""
    short = ring_steps(0.03, 0.38, 0.001, 10_000)[-1]
    assert short == pytest.approx(float(ring_form(0.03, 0.38, 10)), abs=2e-5)
    ring = [[(i - 1) % 9, (i + 1) % 9] for i in range(9)]
    whole, _ = graph_steps(ring, 0.03, 0.38, 1.0, 3)  # news has not gone round yet
    assert whole / 9 == pytest.approx(ring_steps(0.03, 0.38, 1.0, 3))
    pair, spread = graph_steps([[1], [0]], 0.1, 0.2, 1.0, 5)
    crowd, also = crowd_steps(2, 0.1, 0.4, 1.0, 5)
    assert pair == pytest.approx(crowd)
    assert spread == pytest.approx(also)


def test_large_graphs_are_refused() -> None:
    karate = graph_of(named("karate"))
    with pytest.raises(ScenarioError, match="34 people"):
        graph_steps([friends_of(karate, i) for i in range(34)], 0.1, 0.1, 1.0, 2)


@pytest.mark.parametrize("law", LAWS)
def test_order_statistics_by_drawing(law: str) -> None:
    values = np.sort(LAWS[law](np.random.default_rng(1), (100_000, 5)))[:, ::-1]
    for rank in range(1, 6):
        drawn = values[:, rank - 1]
        error = drawn.std() / math.sqrt(len(drawn))
        assert abs(drawn.mean() - mean_of_rank(law, 5, rank)) < 4.5 * error
    assert mean_of_rank("uniform", 4, 2) == pytest.approx(3 / 5)


def test_reserve_has_the_known_value_and_its_best_at_one_half() -> None:
    assert revenue_with_reserve(3, 0.5) == pytest.approx(0.53125)
    for n in (1, 2, 6):
        best = max(np.linspace(0, 1, 101), key=lambda r: revenue_with_reserve(n, r))
        assert best == pytest.approx(0.5)
        assert revenue_with_reserve(n, 0.0) == pytest.approx((n - 1) / (n + 1))


def test_outbreaks_have_the_known_values() -> None:
    assert branching.giant_poisson(0.9) == 0.0
    for c, share in ((1.5, 0.582812), (2.0, 0.796812), (3.0, 0.940480)):
        assert branching.giant_poisson(c) == pytest.approx(share, abs=1e-6)
        thinned = branching.giant_share(branching.poisson_shares(3.0), c / 3)
        assert thinned == pytest.approx(share, abs=1e-6)
    assert branching.giant_share({3: 1.0}, 0.7) == pytest.approx(0.921283, abs=1e-6)
    assert branching.threshold_of({3: 1.0}) == 0.5
    assert branching.borel(0.2, 1) == pytest.approx(0.818731, abs=1e-6)
    assert branching.borel(0.3, 2) == pytest.approx(0.3 * math.exp(-0.6))
    sizes = [branching.borel(0.3, n) for n in range(1, 200)]
    assert sum(sizes) == pytest.approx(1)
    assert sum(n * p for n, p in enumerate(sizes, 1)) == pytest.approx(1 / 0.7)


def test_followers_have_the_known_values() -> None:
    assert branching.followers(0.18, 3.0, 0.001) == pytest.approx(0.940551, abs=1e-6)
    assert branching.window(0.18) == pytest.approx((1.0207, 5.7647), abs=5e-5)
