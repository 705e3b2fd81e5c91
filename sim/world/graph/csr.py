"""The graph as the kernels see it: compressed sparse rows, 8 bytes per stored tie.

Letters: N people, E stored ties (each undirected tie is stored twice, once in either row).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel
from sim.world.graph.draws import Floats, Ints, Longs


class Graph(NamedTuple):
    """Who knows whom and how well; passes into nopython kernels as it is.

    Attributes:
        indptr: int64[N+1], row ``i`` is ``indices[indptr[i]:indptr[i+1]]``.
        indices: int32[E], neighbours, ascending in each row; no self loops, no duplicates; if ``j``
            is in row ``i`` then ``i`` is in row ``j``.
        strength: float32[E], ratio in (0, inf), the same in both directions of a tie.
        contacts: mean number of random people a message is offered to, in a mean field (kind
            ``complete``, whose ``indices`` and ``strength`` are empty); 0 for stored graphs.
    """

    indptr: Longs
    indices: Ints
    strength: Floats
    contacts: float


def mean_field(count: int, contacts: float) -> Graph:
    """Return the complete graph of ``count`` people, which stores no tie."""
    return Graph(
        np.zeros(count + 1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        float(contacts),
    )


def rows_from_edges(u: Ints, v: Ints, count: int) -> tuple[Longs, Ints]:
    """Turn undirected ties into rows; self loops, repeats and both directions are welcome.

    Args:
        u, v: int32[ties], the two ends of each tie, in ``0 .. count-1``.
        count: N.

    Returns:
        ``indptr`` int64[N+1] and ``indices`` int32[E] as in ``Graph``.
    """
    indptr = np.zeros(count + 1, np.int64)
    _count_ends(u, v, indptr)
    starts(indptr)
    indices = np.empty(int(indptr[count]), np.int32)
    _place_ends(u, v, indptr, indices)
    return indptr, finish_rows(indptr, indices)


def finish_rows(indptr: Longs, indices: Ints) -> Ints:
    """Sort the rows of a filled CSR, drop self loops and repeats, and give the room back.

    Args:
        indptr: int64[N+1] as filling left it: ``indptr[i]`` is the *end* of row ``i`` (each row's
            start was counted up while it was filled). Corrected in place.
        indices: int32[room], owned by the caller, who must use the returned array instead.
    """
    kept = _tidy(indptr, indices)
    if kept < indices.size:
        # In place: the operating system takes the tail back, nothing is copied.
        indices.resize(kept, refcheck=False)
    return indices


@kernel
def starts(indptr: Longs) -> None:
    """Turn counts per row, kept in ``indptr[i]`` with 0 in the last place, into row starts."""
    total = np.int64(0)
    for i in range(indptr.size):
        here = indptr[i]
        indptr[i] = total
        total += here


@kernel
def _count_ends(u: Ints, v: Ints, indptr: Longs) -> None:
    for e in range(u.size):
        if u[e] != v[e]:
            indptr[u[e]] += 1
            indptr[v[e]] += 1


@kernel
def _place_ends(u: Ints, v: Ints, indptr: Longs, indices: Ints) -> None:
    for e in range(u.size):
        a, b = u[e], v[e]
        if a != b:
            indices[indptr[a]] = b
            indptr[a] += 1
            indices[indptr[b]] = a
            indptr[b] += 1


@kernel
def _sort_row(values: Ints, first: np.int64, last: np.int64) -> None:
    """Sort ``values[first:last]`` by Shell's method.

    Most rows are short, and then this is an insertion sort; the few long ones need neither
    recursion nor extra memory.
    """
    size = last - first
    gap = 1
    while gap * 24 < size:
        gap = gap * 9 // 4 + 1
    while gap > 0:
        for i in range(first + gap, last):
            value = values[i]
            j = i
            while j >= first + gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap = max(1, gap * 4 // 9) if gap > 1 else 0


@kernel
def _tidy(indptr: Longs, indices: Ints) -> int:
    """Sort and clean every row, closing the gaps; return the ties that stay."""
    count = indptr.size - 1
    read = np.int64(0)
    write = 0
    for i in range(count):
        end = indptr[i]
        _sort_row(indices, read, end)
        indptr[i] = write
        before = -1
        for k in range(read, end):
            j = indices[k]
            if j != before and j != i:
                indices[write] = j
                write += 1
            before = j
        read = end
    indptr[count] = write
    return write


@kernel
def place_in_row(values: Ints, first: int, last: int, wanted: int) -> int:
    """Return where ``wanted`` is, or would stand, in the ascending ``values[first:last]``."""
    while first < last:
        middle = (first + last) >> 1
        if values[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first
