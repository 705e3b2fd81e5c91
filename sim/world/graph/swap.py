"""Two ties change partners in place: nobody's number of ties changes, every row stays sorted.

    a - b,  c - d     becomes     a - c,  b - d

The double-edge swap of the configuration model (Maslov & Sneppen 2002). Strengths move with their
ties; those that the swap has changed are weighed anew (``sim.world.graph.strength.weigh_again``).
"""

from __future__ import annotations

from sim.kernel import inlined, kernel
from sim.world.graph.csr import place_in_row
from sim.world.graph.draws import Floats, Ints, Longs


@kernel
def tied(indptr: Longs, indices: Ints, i: int, j: int) -> bool:
    """Tell whether ``i`` and ``j`` know each other."""
    place = place_in_row(indices, indptr[i], indptr[i + 1], j)
    return bool(place < indptr[i + 1] and indices[place] == j)


@kernel
def may_swap(indptr: Longs, indices: Ints, a: int, b: int, c: int, d: int) -> bool:
    """Tell whether a - b and c - d can become a - c and b - d: four people, two ties, no others."""
    if a == c or a == d or b == c or b == d:  # noqa: SIM109 - four tests
        return False
    if not tied(indptr, indices, a, b) or not tied(indptr, indices, c, d):
        return False
    return not tied(indptr, indices, a, c) and not tied(indptr, indices, b, d)


@kernel
def swap(indptr: Longs, indices: Ints, strength: Floats, a: int, b: int, c: int, d: int) -> None:
    """Let a - b and c - d become a - c and b - d (``may_swap`` says that they can).

    ``strength`` is empty where ties have none yet.
    """
    _replace(indptr, indices, strength, a, b, c)
    _replace(indptr, indices, strength, b, a, d)
    _replace(indptr, indices, strength, c, d, a)
    _replace(indptr, indices, strength, d, c, b)


@kernel
def _replace(indptr: Longs, indices: Ints, strength: Floats, i: int, old: int, new: int) -> None:
    """Put ``new`` in the place of ``old`` in the row of ``i``, and move it to where it belongs."""
    first, last = indptr[i], indptr[i + 1]
    place = place_in_row(indices, first, last, old)
    while place > first and indices[place - 1] > new:
        _move(indices, strength, place - 1, place)
        place -= 1
    while place + 1 < last and indices[place + 1] < new:
        _move(indices, strength, place + 1, place)
        place += 1
    indices[place] = new


@inlined
def _move(indices: Ints, strength: Floats, place: int, to: int) -> None:
    indices[to] = indices[place]
    if strength.size > 0:
        strength[to] = strength[place]
