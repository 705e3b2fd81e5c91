"""Any networkx generator by name: found, checked, called, numbered."""

from __future__ import annotations

import inspect

import networkx as nx
import numpy as np
import pytest

from sim.world.graph.csr import rows_from_edges
from sim.world.graph.networkx_graph import NOT_PEOPLE, generators, networkx_ties
from tests.world.test_graph_csr import check_rows


def test_karate_club() -> None:
    ties = networkx_ties("karate_club_graph", {}, None, 1)
    assert (ties.people, ties.u.size, ties.tribe) == (34, 78, None)
    twin = {frozenset(edge) for edge in nx.karate_club_graph().edges()}
    assert {frozenset(e) for e in zip(ties.u.tolist(), ties.v.tolist(), strict=True)} == twin


def test_count_and_seed_are_filled_in() -> None:
    def build(seed: int) -> np.ndarray:
        return networkx_ties("barabasi_albert_graph", {"m": 3}, 200, seed).v

    assert networkx_ties("barabasi_albert_graph", {"m": 3}, 200, 1).people == 200
    assert np.array_equal(build(1), build(1))
    assert not np.array_equal(build(1), build(2))
    given = networkx_ties("barabasi_albert_graph", {"m": 3, "seed": 5, "n": 200}, None, 1)
    twin = nx.barabasi_albert_graph(200, 3, seed=5)
    assert {frozenset(e) for e in zip(given.u.tolist(), given.v.tolist(), strict=True)} == {
        frozenset(edge) for edge in twin.edges()
    }


def needs_only_n(function) -> bool:  # type: ignore[no-untyped-def]
    takes = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in takes if p.kind in named and p.default is p.empty] == ["n"]


NO_GRAPH = {"random_powerlaw_tree_sequence"}
NAMES = sorted(name for name, function in generators().items() if needs_only_n(function))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NO_GRAPH])
def test_n_is_filled_in_only_where_it_means_people(name: str) -> None:
    if name in NOT_PEOPLE:
        with pytest.raises(ValueError, match=r"needs n$"):
            networkx_ties(name, {}, 8, 1)
    else:
        assert networkx_ties(name, {}, 8, 1).people == 8


def test_directions_repeats_and_loops_are_forgotten() -> None:
    ties = networkx_ties("scale_free_graph", {}, 300, 3)
    indptr, indices = rows_from_edges(ties.u, ties.v, ties.people)
    check_rows(indptr, indices)
    assert 0 < indices.size < 2 * ties.u.size, "the generator repeats ties"


def test_nodes_of_any_kind_are_numbered_in_order() -> None:
    ties = networkx_ties("grid_2d_graph", {"m": 3, "n": 4}, 12, 1)
    order = list(nx.grid_2d_graph(3, 4))
    named = {
        frozenset((order[a], order[b]))
        for a, b in zip(ties.u.tolist(), ties.v.tolist(), strict=True)
    }
    assert named == {frozenset(edge) for edge in nx.grid_2d_graph(3, 4).edges()}


@pytest.mark.parametrize(
    ("name", "arguments", "count", "says"),
    [
        ("karate_clob_graph", {}, None, "did you mean 'karate_club_graph'"),
        ("ego_graph", {}, None, "no generator 'ego_graph'"),
        ("barabasi_albert_graph", {"mm": 3}, 100, "no argument 'mm', it has n, m.*mean 'm'"),
        ("barabasi_albert_graph", {}, 100, "needs m"),
        ("barabasi_albert_graph", {"m": 3}, None, r"needs n \(or consumers.count\)"),
        ("barabasi_albert_graph", {"m": 300}, 100, "failed"),
        ("barabasi_albert_graph", {"m": "three"}, 100, "failed"),
        ("karate_club_graph", {"create_using": 1}, None, "no argument 'create_using'"),
        ("karate_club_graph", {}, 10, "made 34 people, but consumers.count is 10"),
        ("number_of_nonisomorphic_trees", {"order": 3}, None, "makes no graph"),
        ("null_graph", {}, None, "without people"),
        ("path_graph", {}, 100_001, "up to 100,000 people"),
        ("star_graph", {"n": 100_000}, None, "up to 100,000 people"),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, arguments: dict[str, object], count: int | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        networkx_ties(name, arguments, count, 1)
