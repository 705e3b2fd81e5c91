"""What a graph looks like in a few numbers: degree, mixing, clustering, assortativity, modularity.

All kernels, all deterministic, all independent of tie strength. A mean field (no stored ties) has
degree 0 and the others are NaN, because they are shares of nothing.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import allocating, kernel
from sim.rng import block
from sim.world.graph.csr import Graph
from sim.world.graph.draws import GRAPH, Ints, Longs, Purpose, below, key_of
from sim.world.graph.overlap import count_shared, largest_degree, new_desk


def mean_degree(graph: Graph) -> float:
    """Return the mean number of ties per person."""
    return graph.indices.size / max(1, graph.indptr.size - 1)


def mixing(graph: Graph, tribe: Ints) -> float:
    """Return the share of ties that join two tribes; NaN without ties."""
    ties = graph.indices.size
    return _ties_across(graph.indptr, graph.indices, tribe) / ties if ties else float("nan")


def local_clustering(graph: Graph, sample: int = 200_000, seed: int = 0) -> float:
    """Return the mean local clustering coefficient (Watts & Strogatz 1998).

    A person's coefficient is the share of pairs of its friends who know each other; people with
    fewer than two friends count as 0 (as in networkx).

    Args:
        graph: the graph.
        sample: exact if there are at most this many people; otherwise the mean over this many
            people drawn with replacement (standard error at most 0.5 / sqrt(sample)).
        seed: of those draws.
    """
    count = graph.indptr.size - 1
    if graph.indices.size == 0:
        return float("nan")
    if count <= sample:
        return float(_clustering(graph.indptr, graph.indices, largest_degree(graph.indptr)))
    most = largest_degree(graph.indptr)
    return float(_clustering_of_some(graph.indptr, graph.indices, sample, key_of(seed), most))


def tribe_assortativity(graph: Graph, tribe: Ints) -> float:
    """Return Newman's r of ties by tribe (Newman 2003, equation 2).

    r = (sum_t e_tt - sum_t a_t^2) / (1 - sum_t a_t^2), where e_tt is the share of ties inside
    tribe t and a_t the share of tie ends there: 1 if no tie leaves its tribe, 0 if tribes do not
    matter; NaN if all ties are of one tribe.
    """
    ties = graph.indices.size
    if ties == 0:
        return float("nan")
    ends = np.zeros(int(tribe.max()) + 1, np.int64)
    _ends_by_tribe(graph.indptr, tribe, ends)
    shares = ends / ties
    by_chance = float((shares * shares).sum())
    inside = 1.0 - mixing(graph, tribe)
    return (inside - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else float("nan")


def modularity(graph: Graph, tribe: Ints) -> float:
    """Return the modularity of tribes on the ties (Newman & Girvan 2004).

    Q = sum_t (e_tt - a_t^2), with the letters of ``tribe_assortativity``: the share of ties inside
    tribes beyond what chance would put there; NaN without ties.
    """
    ties = graph.indices.size
    if ties == 0:
        return float("nan")
    ends = np.zeros(int(tribe.max()) + 1, np.int64)
    _ends_by_tribe(graph.indptr, tribe, ends)
    return float(1.0 - mixing(graph, tribe) - ((ends / ties) ** 2).sum())


def taste_assortativity(graph: Graph, taste: np.ndarray, step: int = 1) -> float:
    """Return the correlation of friends' tastes (Newman 2003, equation 21), axes pooled.

    r = sum_d cov_d / sum_d var_d over the two ends of ties, with taste float32[N, D]; NaN without
    ties or where all tastes are equal. The ties of every ``step``-th person are looked at.
    """
    sums = np.zeros((4, taste.shape[1]))
    ties = _sum_tastes(graph.indptr, graph.indices, taste, step, sums)
    if ties == 0:
        return float("nan")
    mine, theirs, squares, products = sums / ties
    variance = float((squares - ((mine + theirs) / 2) ** 2).sum())
    covariance = float((products - ((mine + theirs) / 2) ** 2).sum())
    return covariance / variance if variance > 0.0 else float("nan")


@kernel
def _sum_tastes(
    indptr: Longs, indices: Ints, taste: np.ndarray, step: int, sums: np.ndarray
) -> int:
    """Add up both ends' tastes, mean squares and products by axis; return the ties looked at."""
    ties = 0
    for i in range(0, indptr.size - 1, step):
        for e in range(indptr[i], indptr[i + 1]):
            for axis in range(taste.shape[1]):
                mine, theirs = float(taste[i, axis]), float(taste[indices[e], axis])
                sums[0, axis] += mine
                sums[1, axis] += theirs
                sums[2, axis] += 0.5 * (mine * mine + theirs * theirs)
                sums[3, axis] += mine * theirs
            ties += 1
    return ties


@kernel
def _ties_across(indptr: Longs, indices: Ints, tribe: Ints) -> int:
    across = 0
    for i in range(indptr.size - 1):
        own = tribe[i]
        for k in range(indptr[i], indptr[i + 1]):
            across += tribe[indices[k]] != own
    return across


@kernel
def _ends_by_tribe(indptr: Longs, tribe: Ints, ends: Longs) -> None:
    for i in range(indptr.size - 1):
        ends[tribe[i]] += indptr[i + 1] - indptr[i]


@allocating
def _clustering(indptr: Longs, indices: Ints, most: int) -> float:
    """Mean coefficient of everybody: each tie adds its common friends to both its ends."""
    count = indptr.size - 1
    desk = new_desk(most)
    closed = np.zeros(count, np.int64)
    for i in range(count):
        first = indptr[i]
        count_shared(indptr, indices, i, False, desk)
        for c in range(indptr[i + 1] - first):
            shared = max(0, desk.shared[c])
            closed[i] += shared
            closed[indices[first + c]] += shared
    total = 0.0
    for i in range(count):
        degree = indptr[i + 1] - indptr[i]
        # Every tie among the friends was seen from both its ends, hence ordered pairs.
        total += closed[i] / max(1.0, degree * (degree - 1.0))
    return total / count


@allocating
def _clustering_of_some(
    indptr: Longs, indices: Ints, sample: int, seed: np.uint64, most: int
) -> float:
    """Mean coefficient of ``sample`` people drawn with replacement."""
    desk = new_desk(most)
    total = 0.0
    for s in range(sample):
        w0, w1, _, _ = block(seed, GRAPH, s, Purpose.SAMPLE.value, 0)
        i = below(w0, w1, indptr.size - 1)
        degree = indptr[i + 1] - indptr[i]
        count_shared(indptr, indices, i, True, desk)
        closed = 0
        for c in range(degree):
            closed += desk.shared[c]
        total += closed / max(1.0, degree * (degree - 1.0))
    return total / sample
