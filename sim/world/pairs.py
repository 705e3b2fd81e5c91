"""What is known about a pair of consumer and merchant, for few pairs: a hash table of numbers.

Open addressing as in ``sim.world.clients``; a look costs the same for any number of consumers and
merchants, and nothing is stored for pairs of whom nothing is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole


class Pairs(NamedTuple):
    """Structure of arrays over ``R`` places (a power of two): who int32[R] (-1: free), merchant
    int16[R], value int64[R, V]; used int64[1]: places taken."""

    who: np.ndarray
    merchant: np.ndarray
    value: np.ndarray
    used: np.ndarray


def empty_pairs(values: int, room: int = 64) -> Pairs:
    """Return a table of ``values`` numbers a pair, with room for ``room`` pairs."""
    places = 1 << int(3 * room).bit_length()
    return Pairs(
        who=np.full(places, -1, np.int32),
        merchant=np.zeros(places, np.int16),
        value=np.zeros((places, values), np.int64),
        used=np.zeros(1, np.int64),
    )


def roomy(pairs: Pairs, more: int, keep: np.ndarray | None = None) -> Pairs:
    """Return the same pairs with room for ``more``; when the table has to be made anew, only those
    with ``keep`` bool[R] stay."""
    if 3 * (int(pairs.used[0]) + more) <= 2 * len(pairs.who):
        return pairs
    kept = pairs.who >= 0 if keep is None else (pairs.who >= 0) & keep
    places = np.flatnonzero(kept)
    new = empty_pairs(pairs.value.shape[1], 2 * (len(places) + more))
    who, merchant = (part[places].astype(np.int64) for part in (pairs.who, pairs.merchant))
    enter(new, who, merchant, pairs.value[places])
    return new


@kernel
def enter(pairs: Pairs, who: np.ndarray, merchant: np.ndarray, value: np.ndarray) -> None:
    """Write ``value`` int64[n, V] of pairs int64[n]; there must be room (``roomy``)."""
    for n in range(len(who)):
        place = claim(pairs, who[n], merchant[n])
        for v in range(value.shape[1]):
            pairs.value[place, v] = value[n, v]


@kernel
def place_of(pairs: Pairs, who: int, merchant: int) -> int:
    """Return where a pair is, or the free place where it belongs."""
    mask = len(pairs.who) - 1
    mixed = whole(who) * 0x9E3779B1 + whole(merchant) * 0x85EBCA77
    place = (mixed ^ (mixed >> 15)) & mask
    while pairs.who[place] >= 0:
        if pairs.who[place] == who and pairs.merchant[place] == merchant:
            break
        place = (place + 1) & mask
    return place


@kernel
def look(pairs: Pairs, who: int, merchant: int) -> int:
    """Return where a pair is, or -1."""
    place = place_of(pairs, who, merchant)
    return place if pairs.who[place] >= 0 else -1


@kernel
def claim(pairs: Pairs, who: int, merchant: int) -> int:
    """Return where a pair is, entering it where needed; there must be room (``roomy``)."""
    place = place_of(pairs, who, merchant)
    if pairs.who[place] < 0:
        pairs.who[place] = who
        pairs.merchant[place] = merchant
        pairs.used[0] += 1
    return place


@kernel
def read(
    pairs: Pairs, who: np.ndarray, merchant: np.ndarray, v: int, lacking: int, out: np.ndarray
) -> None:
    """Write number ``v`` of each pair to ``out`` int64[n], ``lacking`` where there is none."""
    for n in range(len(who)):
        place = look(pairs, who[n], merchant[n])
        out[n] = pairs.value[place, v] if place >= 0 else lacking
