"""Two ties change partners in place: nobody's number of ties changes, every row stays sorted.

    a - b,  c - d     becomes     a - c,  b - d

The double-edge swap of the configuration model (Maslov & Sneppen 2002). Strengths are not carried
along: whoever swaps weighs the rows anew (``sim.world.graph.strength``).
"""

from __future__ import annotations

from sim.kernel import kernel
from sim.world.graph.csr import place_in_row
from sim.world.graph.draws import Ints, Longs


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
def swap(indptr: Longs, indices: Ints, a: int, b: int, c: int, d: int) -> None:
    """Let a - b and c - d become a - c and b - d (``may_swap`` says that they can)."""
    _replace(indptr, indices, a, b, c)
    _replace(indptr, indices, b, a, d)
    _replace(indptr, indices, c, d, a)
    _replace(indptr, indices, d, c, b)


@kernel
def _replace(indptr: Longs, indices: Ints, i: int, old: int, new: int) -> None:
    """Put ``new`` in the place of ``old`` in the row of ``i``, and move it to where it belongs."""
    first, last = indptr[i], indptr[i + 1]
    place = place_in_row(indices, first, last, old)
    while place > first and indices[place - 1] > new:
        indices[place] = indices[place - 1]
        place -= 1
    while place + 1 < last and indices[place + 1] < new:
        indices[place] = indices[place + 1]
        place += 1
    indices[place] = new
