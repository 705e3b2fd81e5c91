"""Diffusion against Bass' and Borel's laws, percolation, and plain twins.

Exact sizes of cascades and exact chains of adoption: ``sim check ic ic-deviation adoption``, which
tests/check runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.check.branching import borel
from sim.check.exact_bass import closed_form
from sim.check.known_graphs import graph_of
from sim.check.twins import plain_cascade
from sim.steps.diffusion import (
    Tree,
    add_node,
    bass,
    clear_tree,
    empty_tree,
    independent_cascade,
    place_of,
    tree_shape,
    try_ties,
)
from sim.world.graph.csr import Graph, mean_field, rows_from_edges


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


# --- independent cascade ------------------------------------------------------------------------

KITE, KARATE = nx.krackhardt_kite_graph, nx.karate_club_graph


def told(graph: Graph, seed: int, run: int, sender: int, p: float) -> list[int]:
    """Whom the kernel says a sender's message passes to."""
    room = np.empty(int(np.diff(graph.indptr).max(initial=0)) + 64, np.int32)
    count = try_ties(np.uint64(seed), run, 0, graph, sender, p, room)
    return room[:count].tolist()


@given(
    n=st.integers(1, 25),
    density=st.floats(0.05, 0.6),
    p=st.floats(0.0, 1.0),
    seed=st.integers(1, 2**63 - 1),
    starts=st.integers(1, 3),
)
def test_cascade_is_its_plain_twin(
    n: int, density: float, p: float, seed: int, starts: int
) -> None:
    """The rule in plain Python under the same draws: the same people."""
    graph = graph_of(nx.gnp_random_graph(n, density, seed=seed % 1000), 0.9)
    seeds = list(range(min(starts, n)))
    sizes, reached = independent_cascade(graph, seeds, p, runs=4, seed=seed)
    expected = np.zeros(n, int)
    for run in range(4):
        heard = plain_cascade(graph, seeds, p, seed, run)
        assert sizes[run] == len(heard)
        expected[list(heard)] += 1
    assert reached.tolist() == expected.tolist()


@pytest.mark.parametrize(("p", "strength"), [(0.2, 1.0), (0.5, 0.6), (0.8, 2.0)])
def test_every_tie_passes_with_its_own_probability(p: float, strength: float) -> None:
    """P = p x strength, at most 1; ties of one sender are independent."""
    graph = graph_of(nx.star_graph(9), strength)
    hits = np.zeros((4000, 10))
    for run in range(4000):
        hits[run, told(graph, 5, run, 0, p)] = 1
    share = min(1.0, p * strength)
    error = math.sqrt(share * (1 - share) / 4000)
    assert (np.abs(hits[:, 1:].mean(axis=0) - share) <= 4 * error).all()
    if share < 1:
        r = np.corrcoef(hits[:, 1:].T)[np.triu_indices(9, 1)]
        assert np.abs(r).max() < 4 / math.sqrt(4000)


def test_nothing_passes_at_zero_and_all_at_one() -> None:
    graph = graph_of(KARATE())
    assert (independent_cascade(graph, [0], 0.0, runs=50)[0] == 1).all()
    assert (independent_cascade(graph, [0], 1.0, runs=50)[0] == 34).all()


def test_more_probability_reaches_a_superset() -> None:
    graph = graph_of(KARATE())
    for seed in range(40):
        few = independent_cascade(graph, [0], 0.1, seed=seed)[1]
        many = independent_cascade(graph, [0], 0.2, seed=seed)[1]
        assert (few <= many).all()


@pytest.mark.parametrize("k", [0.2, 0.3])
def test_subcritical_cascades_are_borel(k: float) -> None:
    """Known: Poisson offspring of mean k in a mean field; P(n) = e^-kn (kn)^(n-1) / n!."""
    runs = 40_000
    sizes, _ = independent_cascade(mean_field(200_000, 10.0), [7], k / 10, runs=runs)
    mean, error = mean_and_error(sizes)
    assert abs(mean - 1 / (1 - k)) < 4 * error
    for n in (1, 2, 3, 4):
        law = borel(k, n)
        assert abs((sizes == n).mean() - law) < 4 * math.sqrt(law * (1 - law) / runs)


def test_sparse_random_graph_is_borel_too() -> None:
    """Known: stored ties: thinned Poisson degrees, .3 offspring: P(1) .740818, P(2) .164636."""
    n, runs = 20_000, 20
    rng = np.random.default_rng(1)
    ends = rng.integers(0, n, (2, 5 * n)).astype(np.int32)
    indptr, indices = rows_from_edges(ends[0], ends[1], n)
    graph = Graph(indptr, indices, np.ones(len(indices), np.float32), 0.0)
    sizes = np.stack(
        [
            independent_cascade(graph, [int(i)], 0.03, runs=runs, seed=int(i) + 1)[0]
            for i in rng.integers(0, n, 400)
        ]
    )
    for value, law in (((sizes == 1), 0.740818), ((sizes == 2), 0.164636), (sizes, 1.428571)):
        mean, error = mean_and_error(value.mean(axis=1))
        assert abs(mean - law) < 4 * error


@pytest.mark.parametrize(
    ("make", "p", "final"),
    [
        (lambda n: nx.random_regular_graph(3, n, seed=1), 0.7, 0.921283),
        (lambda n: nx.fast_gnp_random_graph(n, 3 / n, seed=1), 0.5, 0.582812),
        (lambda n: nx.fast_gnp_random_graph(n, 2 / n, seed=2), 1.0, 0.796812),
    ],
    ids=["regular", "thinned", "component"],
)
def test_outbreaks_have_the_size_of_the_giant_component(
    make: Callable[[int], nx.Graph], p: float, final: float
) -> None:
    """Known: A large cascade has reached the giant component of the ties that pass."""
    n = 10_000
    graph = graph_of(make(n))
    hub = int(np.diff(graph.indptr).argmax())
    sizes, _ = independent_cascade(graph, [hub], p, runs=60)
    large = sizes[sizes > n / 10] / n
    assert len(large) > 10
    # The component itself fluctuates between graphs by less than 1 / sqrt(n).
    assert abs(large.mean() - final) < 4 / math.sqrt(n)


def test_below_the_threshold_nothing_grows_large() -> None:
    graph = graph_of(nx.random_regular_graph(3, 10_000, seed=1))
    sizes, _ = independent_cascade(graph, [5], 0.45, runs=500)
    assert sizes.max() < 1000


def test_mean_field_meetings_are_poisson() -> None:
    graph = mean_field(50, 8.0)
    counts = np.array([len(told(graph, 3, run, 0, 0.25)) for run in range(8000)])
    mean = 8 * 0.25 * 49 / 50  # whoever meets only oneself tells nobody
    assert abs(counts.mean() - mean) < 4 * math.sqrt(mean / len(counts))
    assert abs(counts.var() - mean) < 4 * mean * math.sqrt(2 / len(counts)) * 1.2
    who = np.array([i for run in range(8000) for i in told(graph, 3, run, 0, 0.25)])
    assert 0 not in who
    cells = np.bincount(who, minlength=50)[1:]
    assert abs(cells.var() / cells.mean() - 1) < 4 * math.sqrt(2 / 49)


# --- the tree of who heard from whom -------------------------------------------------------------


def tree_of(parents: list[int]) -> tuple[Tree, int]:
    """The tree in which node n heard from ``parents[n]``; nodes in order of depth."""
    tree, size = empty_tree(256), 0
    for node, parent in enumerate(parents):
        size = add_node(tree, size, node, parent)
    return tree, size


def shape(parents: list[int]) -> tuple[int, int, int, float]:
    tree, size = tree_of(parents)
    return tree_shape(tree, size, np.empty(256, np.int64))


def test_structural_virality_of_known_trees() -> None:
    """Closed forms of Goel et al. 2016."""
    for n in (2, 3, 10, 100):
        assert shape([-1] + [0] * (n - 1)) == (n, 1, n - 1, pytest.approx(2 - 2 / n))
        assert shape(list(range(-1, n - 1))) == (n, n - 1, 1, pytest.approx((n + 1) / 3))
    binary = [-1, *((k - 1) // 2 for k in range(1, 31))]
    assert shape(binary) == (31, 4, 16, pytest.approx(4.954839, abs=1e-6))
    assert shape([-1]) == (1, 0, 0, 0.0)


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_shape_of_any_tree(choices: list[int]) -> None:
    """Against networkx; nodes are renumbered in order of depth, as a cascade finds them."""
    ties = nx.Graph()
    ties.add_node(0)
    for n, choice in enumerate(choices, start=1):
        ties.add_edge(n, choice % n)
    order = [0, *(b for _, b in nx.bfs_edges(ties, 0))]
    depth = nx.single_source_shortest_path_length(ties, 0)
    place = {node: k for k, node in enumerate(order)}
    parents = [-1] + [
        next(place[b] for b in ties[node] if depth[b] < depth[node]) for node in order[1:]
    ]
    size, deep, width, virality = shape(parents)
    layers = np.bincount(list(depth.values()))
    assert (size, deep) == (len(order), max(depth.values()))
    assert width == (layers[1:].max() if len(layers) > 1 else 0)
    if size > 1:
        assert virality == pytest.approx(nx.average_shortest_path_length(ties))


@given(
    nodes=st.lists(
        st.one_of(
            st.integers(0, 40),
            st.integers(0, 2**31 - 1),
            st.integers(0, 200).map(lambda k: k * 4096),
        ),
        max_size=90,
    )
)
def test_tree_is_a_set_and_is_left_clean(nodes: list[int]) -> None:
    """A node is added once, in order; a full tree takes no more; clearing forgets everything."""
    tree = empty_tree(64)
    for _ in range(2):
        size, seen = 0, []
        for node in nodes:
            size = add_node(tree, size, node, -1 if not seen else 0)
            if node not in seen and len(seen) < 64:
                seen.append(node)
            assert size == len(seen)
        assert tree.node[:size].tolist() == seen
        assert (tree.depth[:size] == [0] * min(1, size) + [1] * (size - 1)).all()
        clear_tree(tree, size)
        assert (tree.slots == -1).all()


def test_a_tree_that_grows_forgets_nobody() -> None:
    """Against a dictionary: a small tree becomes a large one, is cleared, and is small again."""
    nodes = np.random.default_rng(1).integers(0, 6000, 9000).tolist()
    tree = empty_tree(8192)
    narrow = int(tree.mask[0])
    for many in (9000, 50, 9000):
        size, place = 0, {}
        for node in nodes[:many]:
            place.setdefault(node, len(place))
            size = add_node(tree, size, node, -1 if size == 0 else 0)
        assert size == len(place)
        assert all(place_of(tree, node) == place.get(node, -1) for node in range(6000))
        assert (tree.mask[0] > narrow) == (many > 50)
        clear_tree(tree, size)
        assert tree.mask[0] == narrow
        assert (tree.slots[: narrow + 1] == -1).all()


# --- Bass ---------------------------------------------------------------------------------------

P, Q = 0.03, 0.38


def curves(graph: Graph, steps: int, dt: float, runs: int) -> np.ndarray:
    people = len(graph.indptr) - 1
    return np.stack(
        [bass(graph, P, Q, steps=steps, dt=dt, seed=s + 1) / people for s in range(runs)]
    )


def test_bass_on_a_complete_graph() -> None:
    """Known: everybody knows everybody, small steps."""
    dt, runs = 0.01, 8
    got = curves(mean_field(8000, 1.0), 1500, dt, runs)
    for t in (1, 10, 15):
        mean, error = mean_and_error(got[:, round(t / dt) - 1])
        # Steps lag behind continuous time by about q x dt x t / 2.
        lag = closed_form(P, Q, t) - closed_form(P, Q, t - Q * dt * t / 2 - dt)
        assert abs(mean - closed_form(P, Q, t)) < 4 * error + lag
    peak = np.diff(got.mean(axis=0)[::20]).argmax() * 20 * dt + 10 * dt
    assert abs(peak - math.log(Q / P) / (P + Q)) < 1.0


def test_bass_on_a_ring() -> None:
    """Known: the slowest of all graphs (Fibich & Gibori 2010)."""
    dt, runs = 0.01, 10
    got = curves(graph_of(nx.cycle_graph(4000)), 2000, dt, runs)
    for t, law in ((10, 0.558259), (20, 0.916670)):
        mean, error = mean_and_error(got[:, round(t / dt) - 1])
        assert abs(mean - law) < 4 * error + 0.1 * dt * Q * t / 2


def test_bass_in_yearly_steps() -> None:
    """Known: ten people, hazard p + q k / N: an exact Markov chain."""
    graph = mean_field(10, 1.0)
    got = np.stack([bass(graph, P, Q, steps=15, seed=s) for s in range(1, 10_001)])
    for step, law in ((5, 2.4580), (10, 6.2920), (15, 8.7555)):
        mean, error = mean_and_error(got[:, step - 1])
        assert abs(mean - law) < 4 * error
    assert (np.diff(got, axis=1) >= 0).all()


def test_bass_extremes() -> None:
    graph = graph_of(nx.path_graph(30))
    assert (bass(graph, 0.0, 1.0, steps=20) == 0).all()  # nobody begins
    assert (bass(graph, 1.0, 0.0, steps=20) == 30).all()
    lonely = Graph(np.zeros(6, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32), 0.0)
    assert bass(lonely, 0.0, 1.0, steps=3).tolist() == [0, 0, 0]
