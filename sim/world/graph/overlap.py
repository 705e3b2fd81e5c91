"""Common friends of two people who know each other, counted fast.

The friends of the one with more friends are put into a small hash table once; each of its ties to
someone with fewer friends then costs one pass over those few. So all ties together cost
sum(min(degree i, degree j)) look-ups, whatever the hubs, where merging the two rows would cost
sum(degree i + degree j) steps: five times as many at 12 ties per person and a power law of
exponent 3. What is left is waiting for memory, so a person's friends' rows are all asked for
before the first is needed: the waits then overlap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel
from sim.world.graph.draws import Ints, Longs

NOBODY = -1


class Desk(NamedTuple):
    """Room to work on one person's ties; ``most`` is the largest degree.

    Attributes:
        table: int32[power of 2, at least 4 * most], hash table of friends, empty between people.
        begin, end: int64[most], the rows of the person's friends.
        shared: int32[most], common friends with each friend, -1 where counted from the other end.
        asked: int64[1], nobody reads it: keeps the early reads from being optimised away.
    """

    table: Ints
    begin: Longs
    end: Longs
    shared: Ints
    asked: Longs


def largest_degree(indptr: Longs) -> int:
    """Return the largest number of friends anybody has."""
    return int(np.diff(indptr).max()) if indptr.size > 1 else 0


@allocating
def new_desk(most: int) -> Desk:
    """Return a desk for people with up to ``most`` friends."""
    size = 64
    while size < 4 * most:
        size *= 2
    return Desk(
        np.full(size, NOBODY, np.int32),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int32),
        np.zeros(1, np.int64),
    )


@kernel
def count_shared(indptr: Longs, indices: Ints, i: int, all_ties: bool, desk: Desk) -> None:
    """Count the common friends of ``i`` and each of its friends into ``desk.shared``.

    Each tie is counted from its end with more friends (from the higher number if both have the
    same), -1 stands at the other; or from this end in any case, if ``all_ties`` are asked for.
    """
    first, last = indptr[i], indptr[i + 1]
    own = last - first
    for c in range(own):
        j = indices[first + c]
        desk.begin[c] = indptr[j]
        desk.end[c] = indptr[j + 1]
    for c in range(own):
        more = own - (desk.end[c] - desk.begin[c])
        here = all_ties or more > 0 or (more == 0 and i > indices[first + c])
        desk.shared[c] = 0 if here else -1
        if here:
            desk.asked[0] += indices[desk.begin[c]] + indices[desk.end[c] - 1]
    shift = _fill(desk.table, indices, first, last)
    for c in range(own):
        if desk.shared[c] == 0:
            desk.shared[c] = _known(desk.table, shift, indices, desk.begin[c], desk.end[c])
    _empty(desk.table, shift, indices, first, last)


@kernel
def _place(person: int, shift: np.uint64) -> np.int64:
    """Return where the search for a person begins (Knuth's multiplicative hash)."""
    low = (np.uint64(person) * np.uint64(2654435769)) & np.uint64(0xFFFFFFFF)
    return np.int64(low >> shift)


@kernel
def _fill(table: Ints, values: Ints, first: int, last: int) -> np.uint64:
    """Put ``values[first:last]`` into the empty table; return the shift that finds them."""
    bits = 6
    while (1 << bits) < 4 * (last - first):
        bits += 1
    shift = np.uint64(32 - bits)
    mask = (1 << bits) - 1
    for k in range(first, last):
        place = _place(values[k], shift)
        while table[place] != NOBODY:
            place = (place + 1) & mask
        table[place] = values[k]
    return shift


@kernel
def _empty(table: Ints, shift: np.uint64, values: Ints, first: int, last: int) -> None:
    """Take ``values[first:last]``, which are all there is, out of the table again."""
    mask = (1 << (32 - np.int64(shift))) - 1
    for k in range(first, last):
        place = _place(values[k], shift)
        while table[place] != NOBODY:
            table[place] = NOBODY
            place = (place + 1) & mask


@kernel
def _known(table: Ints, shift: np.uint64, values: Ints, first: int, last: int) -> int:
    """Count which of ``values[first:last]`` are in the table."""
    mask = (1 << (32 - np.int64(shift))) - 1
    count = 0
    for k in range(first, last):
        person = int(values[k])
        place = _place(person, shift)
        while table[place] != person and table[place] != NOBODY:
            place = (place + 1) & mask
        count += table[place] == person
    return count
