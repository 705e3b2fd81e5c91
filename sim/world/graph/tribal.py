"""The tribal graph: power-law degrees, a share of ties across tribes, and tunable clustering.

Every tie a person is to have (``degrees``) is of one of three sorts: to a friend of its circle
(``circles``: all triangles on purpose are there), to a random member of its tribe, or to a random
person of another tribe (``matching``; bridges, without common friends: Granovetter's weak ties).
Only where so few ties are left outside circles that ``mixing`` cannot be reached are some circles
mixed as well.

Theory sets the three dials, and is nearly exact for large tribes. In small ones ties are lost to
repetition and triangles arise by chance, so the graph is measured, the dials are corrected and the
graph is built again until it is what was asked for. All of it depends on the seed alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel
from sim.world.graph.circles import form_circles, place_circles
from sim.world.graph.csr import Graph, finish_rows, starts
from sim.world.graph.degrees import power_law
from sim.world.graph.draws import Ints, Longs, key_of
from sim.world.graph.matching import match, place_pairs
from sim.world.graph.measures import local_clustering, mean_degree, mixing

CLOSE = 0.02
"""Relative deviation of a measure at which the graph is taken as it is."""
ALLOWED = 0.05
"""Relative deviation of a measure above which the request has failed; below 1,600 people it is
2 / sqrt(N), which chance alone can make."""
LEAST = 0.05
"""Mixing and clustering below this deviate relative to this."""
TURNS = 10
"""Graphs that may be built on the way to the one asked for."""
PATIENCE = 3
"""Graphs in a row that may fail to be a tenth nearer than the nearest so far."""
SAMPLE = 30_000
"""People whose clustering is measured while building."""
BAND = 50
"""Ties that one person may have in its circle, unless the mean degree asks for more: the "band" of
30 to 50 in Zhou, Sornette, Hill & Dunbar 2005. Four times the mean degree is an assumption."""


class Target(NamedTuple):
    """Mean degree [ties per person], mixing [share of ties], mean local clustering [0..1]."""

    degree: float
    mixing: float
    clustering: float


def tribal_rows(target: Target, exponent: float, tribe: Ints, seed: int) -> tuple[Longs, Ints]:
    """Return ``indptr`` and ``indices`` of a tribal graph.

    Args:
        target: what the graph is to measure.
        exponent: of the power law of degrees, above 2.
        tribe: int32[N], from 0; any order.
        seed: of the run.

    Raises:
        ValueError: if no graph near the target was found; says what the nearest one measures.
    """
    _refuse_impossible(target, tribe)
    dials = best = got = target
    least, stuck = np.inf, 0
    for _ in range(TURNS):
        rows = _build(dials, target.degree, exponent, tribe, key_of(seed))
        measured = _measure(*rows, tribe, seed)
        miss = _miss(measured, target)
        if miss <= CLOSE:
            return rows
        # Only the dials are remembered: two graphs at once would be too much memory.
        del rows
        stuck = 0 if miss < 0.9 * least else stuck + 1
        if miss < least:
            least, best, got = miss, dials, measured
        if stuck == PATIENCE:
            break
        dials = _turn(dials, measured, target)
    if least > max(ALLOWED, 2.0 / np.sqrt(tribe.size)):
        raise ValueError(
            f"no tribal graph of {tribe.size:,} people in {np.unique(tribe).size} tribes has"
            f" {_words(target)} together; the nearest that can be built has {_words(got)}."
            " Ask for that, for fewer ties, or for larger tribes"
        )
    return _build(best, target.degree, exponent, tribe, key_of(seed))


def _refuse_impossible(target: Target, tribe: Ints) -> None:
    """Raise ValueError for what arithmetic alone rules out."""
    if target.degree > tribe.size - 1:
        raise ValueError(
            f"mean_degree {target.degree:g} needs more than {tribe.size:,} people: everybody can"
            f" know at most {max(0, tribe.size - 1):,}"
        )
    if target.mixing > 0 and tribe.min() == tribe.max():
        raise ValueError(
            f"mixing {target.mixing:g} with a single tribe: no tie can leave it; set mixing to 0"
            " or have more tribes"
        )


def _measure(indptr: Longs, indices: Ints, tribe: Ints, seed: int) -> Target:
    graph = Graph(indptr, indices, np.zeros(0, np.float32), 0.0)
    if indices.size == 0:
        return Target(0.0, 0.0, 0.0)
    return Target(mean_degree(graph), mixing(graph, tribe), local_clustering(graph, SAMPLE, seed))


def _miss(got: Target, want: Target) -> float:
    """Return the largest relative deviation of the three."""
    return max(
        abs(got.degree / want.degree - 1.0),
        abs(got.mixing - want.mixing) / max(want.mixing, LEAST),
        # 0 asks for no triangles on purpose; chance makes some all the same.
        abs(got.clustering - want.clustering) / max(want.clustering, LEAST)
        if want.clustering > 0
        else 0.0,
    )


def _turn(dials: Target, got: Target, want: Target) -> Target:
    """Correct the dials by what the last graph missed."""
    return Target(
        min(dials.degree * want.degree / max(got.degree, want.degree / 2), want.degree * 3),
        min(max(dials.mixing + want.mixing - got.mixing, 0.0), 1.0),
        min(max(dials.clustering + want.clustering - got.clustering, 0.0), 1.0),
    )


def _words(target: Target) -> str:
    return (
        f"mean_degree {target.degree:.3g}, mixing {target.mixing:.3g} and clustering"
        f" {target.clustering:.3g}"
    )


def _build(
    dials: Target, degree_wanted: float, exponent: float, tribe: Ints, seed: np.uint64
) -> tuple[Longs, Ints]:
    """Build one graph; the dials are those of a world without losses and chance triangles."""
    most = int(max(BAND, 4 * degree_wanted))
    degree = power_law(tribe.size, dials.degree, exponent, seed)
    share = min(1.0, float(np.sqrt(dials.clustering / max(_openness(degree, most), 1e-9))))
    order, size, leave = _circles_that_leave_room(dials.mixing, degree, tribe, share, most, seed)
    ends = match(degree, size, tribe, leave, seed)
    indptr = np.zeros(tribe.size + 1, np.int64)
    indptr[:-1] = degree
    del degree
    starts(indptr)
    indices = np.empty(int(indptr[-1]), np.int32)
    place_circles(order, size, indptr, indices)
    del order, size
    for t in range(ends.edges.size - 1):
        place_pairs(ends.inside, ends.edges[t], ends.edges[t + 1], indptr, indices)
    place_pairs(ends.across, 0, ends.across.size, indptr, indices)
    del ends
    return indptr, finish_rows(indptr, indices)


def _circles_that_leave_room(
    mixing_wanted: float, degree: Ints, tribe: Ints, share: float, most: int, seed: np.uint64
) -> tuple[Ints, Ints, np.ndarray]:
    """Form circles, some of them mixed if else too few ties are free to leave the tribe.

    Returns ``order`` and ``size`` (see ``form_circles``) and float64[T], the chance that a tie
    outside circles leaves the tribe.
    """
    mixed = 0.0
    for _ in range(6):
        order, size = form_circles(degree, tribe, share, mixed, most, seed)
        free, bound = _sum_ends(degree, size, tribe, int(tribe.max()) + 1)
        people = free + bound
        ends = float(people.sum())
        # A tie in a mixed circle is a tie between two people drawn regardless of tribe.
        crossing = float(bound.sum()) * (1.0 - float(((people / ends) ** 2).sum()))
        wanted = mixing_wanted * ends - mixed * crossing
        leave = _leave(free, wanted)
        missing = wanted - float((leave * free).sum())
        if missing <= 1e-3 * ends or mixed >= 1.0 or crossing <= 0.0:
            break
        mixed = min(1.0, mixed + missing / crossing)
    return order, size, leave


def _leave(free: np.ndarray, wanted: float) -> np.ndarray:
    """Return float64[T], the chance to leave by tribe, so that ``wanted`` open ends do.

    Equal for all tribes, unless one tribe has more than half of the open ends: it can have no more
    ties to the others than they have to it.
    """
    leave = np.full(free.size, wanted / max(free.sum(), 1.0))
    big = int(free.argmax())
    others = float(free.sum() - free[big])
    if free[big] > others:
        leave[:] = wanted / 2 / max(others, 1.0)
        leave[big] = min(wanted / 2, others) / free[big]
    clipped: np.ndarray = leave.clip(0.0, 1.0)
    return clipped


@kernel
def _openness(degree: Ints, most: int) -> float:
    """Mean clustering if all of the first ``most`` ties of everybody were in one circle."""
    total = 0.0
    for i in range(degree.size):
        d = np.float64(degree[i])
        if d >= 2.0:
            m = min(d, np.float64(most))
            total += m * (m - 1.0) / (d * (d - 1.0))
    return total / degree.size


@allocating
def _sum_ends(degree: Ints, size: Ints, tribe: Ints, tribes: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum open ends and ends in circles by tribe: float64[T] each (whole numbers)."""
    free = np.zeros(tribes)
    bound = np.zeros(tribes)
    for i in range(degree.size):
        bound[tribe[i]] += size[i] - 1
        free[tribe[i]] += degree[i] - size[i] + 1
    return free, bound
