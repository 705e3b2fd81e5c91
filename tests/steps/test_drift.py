"""Drift of opinions: what each way keeps, where it ends, and what cannot be asked."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import bounded_confidence
from sim.check.known_graphs import graph_of
from sim.errors import ScenarioError
from sim.kernel import Threads
from sim.steps.memory import memory
from sim.world.graph.csr import mean_field
from tests.engine.tiny import ONE, build, morning

MODES = ("friend", "pair", "company")


@settings(max_examples=20, deadline=None)
@given(
    mode=st.sampled_from(MODES),
    bound=st.sampled_from([0.0, 0.1, 0.4, 9.0]),
    step=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    n=st.integers(2, 40),
)
def test_nobody_leaves_the_range(mode: str, bound: float, step: float, n: int) -> None:
    start = np.random.default_rng(n).random((n, 2))
    graph = graph_of(nx.gnp_random_graph(n, 0.3, seed=n))
    end = bounded_confidence(graph, start, bound, mode=mode, step=step, rounds=8)
    assert end.shape == (n, 2)
    assert (end.min(axis=0) >= start.min(axis=0) - 1e-6).all()
    assert (end.max(axis=0) <= start.max(axis=0) + 1e-6).all()
    if bound == 0.0 or step == 0.0:
        assert np.array_equal(end, start.astype(np.float32))


def test_pairs_keep_the_mean_and_others_need_not() -> None:
    star, start = graph_of(nx.star_graph(20)), np.arange(21.0)
    moved = {
        mode: abs(
            bounded_confidence(star, start, 99, mode=mode, step=0.3, rounds=30).mean()
            - start.mean()
        )
        for mode in MODES
    }
    assert moved["pair"] < 1e-4
    assert moved["company"] > 1 and moved["friend"] > 1e-3


def test_company_is_the_mean_of_who_is_near_and_of_oneself() -> None:
    path, start = graph_of(nx.path_graph(4)), [0.0, 1.0, 2.0, 9.0]
    got = bounded_confidence(path, start, 1.0, mode="company", step=1.0)
    assert got.tolist() == [0.5, 1.0, 1.5, 9.0]  # the bound is inclusive, the last is too far
    half = bounded_confidence(path, start, 1.0, mode="company", step=0.5)
    assert half.tolist() == [0.25, 1.0, 1.75, 9.0]


def test_a_pair_meets_in_the_middle() -> None:
    assert bounded_confidence(graph_of(nx.path_graph(2)), [0, 1], 1, rounds=1).tolist() == [
        0.5,
        0.5,
    ]


def test_distance_is_euclidean() -> None:
    """Each axis is within the bound, the distance is not."""
    start = np.array([[0.0, 0.0], [3.0, 4.0]])
    path = graph_of(nx.path_graph(2))
    for mode in MODES:
        assert np.array_equal(bounded_confidence(path, start, 4.99, mode=mode), start)
        assert not np.array_equal(bounded_confidence(path, start, 5.0, mode=mode), start)


def test_who_has_no_friends_keeps_an_opinion() -> None:
    lonely = graph_of(nx.empty_graph(3))
    for mode in MODES:
        assert bounded_confidence(lonely, [1, 2, 3], 9, mode=mode).tolist() == [1, 2, 3]


def test_drift_in_a_crowd_is_drift_among_all() -> None:
    """A mean field is a complete graph; company has no luck in it."""
    start = np.random.default_rng(3).random(30)
    crowd, complete = mean_field(30, 1.0), graph_of(nx.complete_graph(30))
    got = [bounded_confidence(g, start, 0.2, mode="company", rounds=3) for g in (crowd, complete)]
    assert np.allclose(*got, atol=1e-6)


def test_unknown_ways_are_refused() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'pair'"):
        bounded_confidence(mean_field(3, 1.0), [1, 2, 3], 1, mode="pairs")


@pytest.mark.parametrize("mode", MODES)
def test_a_day_of_the_market_is_a_round(mode: str) -> None:
    """The market drifts by the same kernels, whatever the number of threads."""
    changes = {"memory.drift_mode": mode, "memory.drift_rate": 0.4, "memory.drift_step": 0.3}
    pool, ends = Threads(3), []
    for threads in (ONE, pool):
        world = build({**changes, "consumers.count": 3000}).world
        before = world.consumers.taste.copy()
        memory(morning(world, 0), threads)
        ends.append(world.consumers.taste)
    pool.close()
    assert np.array_equal(*ends)
    alone = bounded_confidence(
        world.graph, before, 2.0, mode=mode, step=0.3, rate=0.4, seed=int(world.seed)
    )
    assert np.array_equal(alone, ends[0])
