"""Tie strengths: strong inside the tribe and with common friends (Granovetter 1973).

    strength(i, j) = base + common_friends * |friends(i) & friends(j)| / min(degree i, degree j)

where base is ``inside`` if i and j are of one tribe and ``across`` otherwise. The second term is
the share of the smaller circle of friends that both have in common (the overlap of Onnela et al.
2007 with the smaller circle below the line, so that a hub does not weaken its friends' ties).
Between two regions all of it is multiplied by 1 - their cultural distance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, allocating, inlined, kernel
from sim.world.graph.csr import Graph, place_in_row
from sim.world.graph.draws import Floats, Ints, Longs
from sim.world.graph.overlap import count_shared, largest_degree, new_desk
from sim.world.regions import Regions, one_region


class Weight(NamedTuple):
    """What a tie is worth [ratio]; always floats, so that there is one compiled kernel.

    Attributes:
        inside, across: strength of a tie by itself, inside a tribe and across.
        common_friends: added strength if all of the smaller circle are common friends.
    """

    inside: float
    across: float
    common_friends: float


PEOPLE = 4096
"""People per chunk, the unit of work of a thread."""


def with_strength(
    rows: tuple[Longs, Ints],
    tribe: Ints,
    weight: Weight,
    threads: Threads | None = None,
    regions: Regions | None = None,
) -> Graph:
    """Return the stored graph of these rows, with the strength of every tie.

    Args:
        rows: ``indptr`` and ``indices`` as in ``Graph``.
        tribe: int32[N].
        weight: the three numbers of the formula.
        threads: to share the work; the result does not depend on their number.
        regions: who lives where; left out: all in one.
    """
    indptr, indices = rows
    strength = np.empty(indices.size, np.float32)
    chunks = -(-(indptr.size - 1) // PEOPLE)
    (threads or Threads(1)).run(
        _weigh,
        chunks,
        indptr,
        indices,
        tribe,
        regions or one_region(),
        weight,
        largest_degree(indptr),
        strength,
    )
    return Graph(indptr, indices, strength, 0.0)


@inlined
def _worth(
    tribe: Ints, regions: Regions, weight: Weight, i: int, j: int, shared: int, smaller: int
) -> float:
    """Return the strength of a tie between ``i`` and ``j`` with ``shared`` friends in common."""
    value = weight.inside if tribe[i] == tribe[j] else weight.across
    value += weight.common_friends * shared / smaller
    if regions.distance.shape[0] > 1:
        value *= 1.0 - regions.distance[regions.home[i], regions.home[j]]
    return value


@allocating
def _weigh(
    chunk: int,
    last_chunk: int,
    indptr: Longs,
    indices: Ints,
    tribe: Ints,
    regions: Regions,
    weight: Weight,
    most: int,
    strength: Floats,
) -> None:
    """Weigh the ties that are counted from people of these chunks, and write them to both rows."""
    desk = new_desk(most)
    for i in range(chunk * PEOPLE, min(last_chunk * PEOPLE, indptr.size - 1)):
        first = indptr[i]
        count_shared(indptr, indices, i, False, desk)
        for c in range(indptr[i + 1] - first):
            if desk.shared[c] < 0:
                continue
            # Weighed once: the same bits in both directions.
            j = indices[first + c]
            smaller = desk.end[c] - desk.begin[c]
            value = _worth(tribe, regions, weight, i, j, desk.shared[c], smaller)
            strength[first + c] = value
            strength[place_in_row(indices, desk.begin[c], desk.end[c], i)] = value


@kernel
def weigh_again(
    graph: Graph,
    tribe: Ints,
    regions: Regions,
    weight: Weight,
    i: int,
    old: int,
    new: int,
    others: tuple[int, int],
) -> None:
    """Weigh anew, in both rows, what a swap of friend ``old`` of ``i`` for ``new`` has changed: the
    tie to ``new``, ties to people who know either of the two, and to the ``others`` of the swap,
    whose circles have changed as well."""
    indptr, indices = graph.indptr, graph.indices
    first, last = indptr[i], indptr[i + 1]
    at_old, at_new = indptr[old], indptr[new]
    for e in range(first, last):
        j = indices[e]
        at_old = _first_from(indices, at_old, indptr[old + 1], j)
        at_new = _first_from(indices, at_new, indptr[new + 1], j)
        knows = at_old < indptr[old + 1] and indices[at_old] == j
        knows |= at_new < indptr[new + 1] and indices[at_new] == j
        if not knows and j != new and j != others[0] and j != others[1]:
            continue
        begin, end = indptr[j], indptr[j + 1]
        shared = _in_both(indices, first, last, begin, end)
        value = _worth(tribe, regions, weight, i, j, shared, min(last - first, end - begin))
        graph.strength[e] = value
        graph.strength[place_in_row(indices, begin, end, i)] = value


@inlined
def _first_from(values: Ints, at: int, end: int, least: int) -> int:
    """Return the first place from ``at`` on, before ``end``, of a value of at least ``least``."""
    while at < end and values[at] < least:
        at += 1
    return at


@kernel
def _in_both(values: Ints, first: int, last: int, begin: int, end: int) -> int:
    """Count what two ascending rows have in common."""
    count = 0
    while first < last and begin < end:
        if values[first] == values[begin]:
            count += 1
            first += 1
            begin += 1
        elif values[first] < values[begin]:
            first += 1
        else:
            begin += 1
    return count
