"""Tie strengths: strong inside the tribe and with common friends (Granovetter 1973).

    strength(i, j) = base + common_friends * |friends(i) & friends(j)| / min(degree i, degree j)

where base is ``inside`` if i and j are of one tribe and ``across`` otherwise. The second term is
the share of the smaller circle of friends that both have in common (the overlap of Onnela et al.
2007 with the smaller circle below the line, so that a hub does not weaken its friends' ties).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, allocating, kernel
from sim.world.graph.csr import Graph
from sim.world.graph.draws import Floats, Ints, Longs
from sim.world.graph.overlap import count_shared, largest_degree, new_desk


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
    rows: tuple[Longs, Ints], tribe: Ints, weight: Weight, threads: Threads | None = None
) -> Graph:
    """Return the stored graph of these rows, with the strength of every tie.

    Args:
        rows: ``indptr`` and ``indices`` as in ``Graph``.
        tribe: int32[N].
        weight: the three numbers of the formula.
        threads: to share the work; the result does not depend on their number.
    """
    indptr, indices = rows
    strength = np.empty(indices.size, np.float32)
    chunks = -(-(indptr.size - 1) // PEOPLE)
    (threads or Threads(1)).run(
        _weigh, chunks, indptr, indices, tribe, weight, largest_degree(indptr), strength
    )
    return Graph(indptr, indices, strength, 0.0)


@allocating
def _weigh(
    chunk: int,
    last_chunk: int,
    indptr: Longs,
    indices: Ints,
    tribe: Ints,
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
            value = weight.inside if tribe[i] == tribe[j] else weight.across
            value += weight.common_friends * desk.shared[c] / (desk.end[c] - desk.begin[c])
            strength[first + c] = value
            strength[_find(indices, desk.begin[c], desk.end[c], i)] = value


@kernel
def _find(values: Ints, first: int, last: int, wanted: int) -> int:
    """Return where ``wanted`` is in the ascending ``values[first:last]``."""
    while first < last:
        middle = (first + last) >> 1
        if values[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first
