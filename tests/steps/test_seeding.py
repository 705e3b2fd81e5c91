"""Whom to seed: brute force on tiny graphs, networkx's cores, fair shares of tribes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.steps import greedy as reverse
from sim.steps.diffusion import independent_cascade
from sim.steps.seeding import METHODS, choose_seeds, core_numbers, seeds_of
from sim.world.graph.csr import Graph, mean_field
from tests.steps.test_thresholds import graph_of


def exact_spread(ties: nx.Graph, p: float) -> dict[tuple[int, ...], float]:
    """The mean size of a cascade from everybody and every pair, by all subsets of ties that may
    pass: reachability is the closure of each subset's matrix."""
    n = len(ties)
    arcs = np.array([*ties.edges, *((b, a) for a, b in ties.edges)])
    passing = np.array(list(itertools.product((False, True), repeat=len(arcs))))
    chance = np.where(passing, p, 1 - p).prod(axis=1)
    reach = np.zeros((len(passing), n, n), np.float32)
    reach[:, arcs[:, 0], arcs[:, 1]] = passing
    reach[:, range(n), range(n)] = 1
    for _ in range(n.bit_length()):
        reach = np.minimum(reach @ reach, 1)
    return {
        who: float(chance @ reach[:, who].max(axis=1).sum(axis=1))
        for k in (1, 2)
        for who in itertools.combinations(range(n), k)
    }


TINY = [
    nx.path_graph(6),
    nx.star_graph(5),
    nx.disjoint_union(nx.star_graph(2), nx.complete_graph(3)),
    nx.barbell_graph(3, 0),
]


@pytest.mark.parametrize("ties", TINY, ids=["path", "star", "islands", "barbell"])
@pytest.mark.parametrize("p", [0.2, 0.6])
def test_greedy_is_as_good_as_promised(ties: nx.Graph, p: float) -> None:
    """At least (1 - 1/e - epsilon) of the best pair, and as good as greed with exact knowledge."""
    ties = nx.convert_node_labels_to_integers(ties)
    spread = exact_spread(ties, p)
    best = max(spread.values())
    for seed in (1, 2, 3):
        first, second = seeds_of(graph_of(ties), 2, "greedy", p, epsilon=0.1, seed=seed).tolist()
        got = spread[tuple(sorted((first, second)))]
        assert got >= (1 - 1 / np.e - 0.1) * best
        assert spread[(first,)] >= 0.98 * max(spread[(i,)] for i in ties)
        assert got >= 0.98 * max(spread[tuple(sorted((first, i)))] for i in ties if i != first)


def test_greedy_knows_that_few_pass_on_what_they_heard() -> None:
    """A long chain is the better start where everybody passes on, a hub's friends where nobody."""
    ties = graph_of(nx.disjoint_union(nx.path_graph(12), nx.star_graph(6)))
    for seed in (1, 2, 3):
        (chained,) = seeds_of(ties, 1, "greedy", 1.0, seed=seed, relay=1.0)
        (hub,) = seeds_of(ties, 1, "greedy", 1.0, seed=seed, relay=0.0)
        assert chained < 12
        assert hub == 12


def test_room_for_reverse_sets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cascades reach nearly everybody the sets would fill memory; a few of them will do."""
    monkeypatch.setattr(reverse, "MOST_MEMBERS", 20_000)
    ties = graph_of(nx.disjoint_union(nx.gnp_random_graph(300, 0.1, seed=1), nx.empty_graph(300)))
    chosen = seeds_of(ties, 5, "greedy", 0.5, seed=1)
    assert len(set(chosen.tolist())) == 5
    assert (chosen < 300).any()


def test_the_estimate_is_the_exact_spread() -> None:
    ties = nx.path_graph(6)
    found = choose_seeds(graph_of(ties), 2, "degree", probability=0.5, seed=4)
    exact = exact_spread(ties, 0.5)[tuple(sorted(found.people.tolist()))]
    assert 0 < found.error < 0.2
    assert abs(found.spread - exact) < 4 * found.error


@given(n=st.integers(1, 40), density=st.floats(0.0, 0.7), seed=st.integers(0, 999))
def test_cores_are_those_of_networkx(n: int, density: float, seed: int) -> None:
    ties = nx.gnp_random_graph(n, density, seed=seed)
    found = core_numbers(graph_of(ties))
    assert dict(enumerate(found.tolist())) == nx.core_number(ties)


def test_cores_of_a_large_graph() -> None:
    ties = nx.barabasi_albert_graph(3000, 4, seed=2)
    ties.add_edges_from(itertools.combinations(range(2000, 2030), 2))
    assert dict(enumerate(core_numbers(graph_of(ties)).tolist())) == nx.core_number(ties)


def two_clusters() -> Graph:
    """A hub with thirty friends, and a clique of twelve."""
    return graph_of(nx.disjoint_union(nx.star_graph(30), nx.complete_graph(12)))


def test_degree_takes_the_hub_and_k_core_the_clique() -> None:
    graph = two_clusters()
    assert seeds_of(graph, 1, "degree").tolist() == [0]
    assert set(seeds_of(graph, 3, "k_core").tolist()) <= set(range(31, 43))
    ties = np.diff(graph.indptr)
    chosen = seeds_of(graph, 8, "degree")
    assert ties[chosen].min() >= np.delete(ties, chosen).max()


def test_tribes_get_seeds_in_proportion_to_their_size() -> None:
    tribe = np.repeat([0, 1, 2, 3], [50, 30, 15, 5])
    graph = graph_of(nx.gnp_random_graph(100, 0.1, seed=1))
    ties = np.diff(graph.indptr)
    for k in (1, 7, 20, 40, 100):
        chosen = seeds_of(graph, k, "tribes", tribe=tribe)
        assert len(set(chosen.tolist())) == k
        seats = np.bincount(tribe[chosen], minlength=4)
        assert (np.abs(seats - k * np.array([0.5, 0.3, 0.15, 0.05])) < 1).all()
        for t in range(4):
            inside = chosen[tribe[chosen] == t]
            rest = np.setdiff1d(np.flatnonzero(tribe == t), inside)
            if len(inside) and len(rest):
                assert ties[inside].min() >= ties[rest].max()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_chooses_so_many_different_people(method: str) -> None:
    graph = graph_of(nx.gnp_random_graph(60, 0.1, seed=3))
    tribe = np.arange(60) % 3
    for k in (0, 1, 5, 60, 99):
        chosen = seeds_of(graph, k, method, 0.2, tribe=tribe, seed=5)
        assert len(chosen) == len(set(chosen.tolist())) == min(k, 60)
        assert ((chosen >= 0) & (chosen < 60)).all()
        again = seeds_of(graph, k, method, 0.2, tribe=tribe, seed=5)
        assert np.array_equal(chosen, again)
    everywhere = seeds_of(mean_field(60, 3.0), 5, method, tribe=tribe)
    assert len(set(everywhere.tolist())) == 5


def spread(graph: Graph, people: Iterable[int], p: float) -> float:
    return float(independent_cascade(graph, np.array(list(people)), p, runs=2000, seed=9)[0].mean())


def test_greedy_spreads_furthest_where_hubs_share_their_friends() -> None:
    """Two stars and a clique whose members all have more ties than the second star's hub."""
    ties = nx.disjoint_union_all(
        [nx.star_graph(40), nx.star_graph(14), nx.complete_graph(18), nx.empty_graph(30)]
    )
    graph = graph_of(ties)
    reach = {
        method: spread(graph, seeds_of(graph, 3, method, 0.15, tribe=np.zeros(104, int)), 0.15)
        for method in METHODS
    }
    assert reach["greedy"] > 1.05 * max(reach["degree"], reach["k_core"])
    assert reach["random"] < min(reach["degree"], reach["greedy"])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"method": "friends"}, "unknown method 'friends'"),
        ({"method": "tribes"}, "tribes needs"),
        ({"probability": 1.5}, "probability in"),
        ({"k": -1}, "k >= 0"),
    ],
)
def test_wrong_questions(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        choose_seeds(graph_of(nx.path_graph(3)), **{"k": 1, **wrong})  # type: ignore[arg-type]
