"""Ties outside circles: everybody's open ends are paired at random (configuration model).

Open ends that stay in the tribe are paired within each tribe; the others are paired over the whole
population, and pairs that happen to be of one tribe are mended by swapping partners (Molloy & Reed
1995 for the model; the mending is ours). So degrees come out as wished, but for the few pairs that
are a person with itself or a tie twice, which are dropped later.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel
from sim.rng import block, uniform
from sim.world.graph.draws import (
    GRAPH,
    Ints,
    Longs,
    Purpose,
    below,
    shuffle,
)

TRIES = 40
"""Rounds in which a pair of one tribe looks for another pair to swap partners with."""


class OpenEnds(NamedTuple):
    """People, once per open end; neighbours at places 2j and 2j+1 are tied.

    Attributes:
        inside: int32[...], tribe by tribe.
        edges: int64[T+1], where each tribe's part of ``inside`` begins.
        across: int32[...].
    """

    inside: Ints
    edges: Longs
    across: Ints


def match(degree: Ints, size: Ints, tribe: Ints, leave: np.ndarray, seed: np.uint64) -> OpenEnds:
    """Split everybody's open ends into those inside the tribe and across, and pair them.

    Args:
        degree: int32[N], ties wished for.
        size: int32[N], people in one's circle, who are ``size - 1`` of those ties.
        tribe: int32[N], from 0.
        leave: float64[T], chance that an open end leaves the tribe, by tribe.
        seed: of the draws.
    """
    across = np.empty(degree.size, np.int32)
    members = np.bincount(tribe, minlength=leave.size).astype(np.int64)
    edges = np.zeros(leave.size + 1, np.int64)
    total = _split(degree, size, tribe, leave, members, seed, across, edges)
    np.cumsum(edges, out=edges)
    ends = OpenEnds(np.empty(int(edges[-1]), np.int32), edges, np.empty(int(total), np.int32))
    _list_ends(degree, size, tribe, across, edges[:-1].copy(), ends.inside, ends.across)
    del across
    _shuffle_parts(ends.inside, edges, seed)
    shuffle(ends.across, 0, ends.across.size, seed, Purpose.MATCH_ACROSS.value)
    _mend(ends.across, tribe, seed)
    return ends


@kernel
def _split(
    degree: Ints,
    size: Ints,
    tribe: Ints,
    leave: np.ndarray,
    members: Longs,
    seed: np.uint64,
    across: Ints,
    edges: Longs,
) -> int:
    """Count open ends: ``across`` per person, ``edges[t+1]`` inside tribe t; return all across."""
    total = 0
    for i in range(degree.size):
        t = tribe[i]
        ends = degree[i] - size[i] + 1
        chance = leave[t]
        out = 0
        for first in range(0, ends, 4):
            w0, w1, w2, w3 = block(seed, GRAPH, i, Purpose.LEAVE_TRIBE.value, first)
            out += uniform(w0) < chance
            out += (first + 1 < ends) & (uniform(w1) < chance)
            out += (first + 2 < ends) & (uniform(w2) < chance)
            out += (first + 3 < ends) & (uniform(w3) < chance)
        # Whoever wants more friends in the tribe than it has people looks elsewhere.
        out = max(out, ends - max(0, members[t] - size[i]))
        across[i] = out
        total += int(out)
        edges[t + 1] += ends - out
    return total


@kernel
def _list_ends(
    degree: Ints, size: Ints, tribe: Ints, out: Ints, cursor: Longs, inside: Ints, across: Ints
) -> None:
    place = np.int64(0)
    for i in range(degree.size):
        for _ in range(out[i]):
            across[place] = i
            place += 1
        t = tribe[i]
        here = cursor[t]
        for _ in range(degree[i] - size[i] + 1 - out[i]):
            inside[here] = i
            here += 1
        cursor[t] = here


@kernel
def _shuffle_parts(inside: Ints, edges: Longs, seed: np.uint64) -> None:
    for t in range(edges.size - 1):
        shuffle(inside, edges[t], edges[t + 1], seed, Purpose.MATCH_INSIDE.value)


@kernel
def _list_bad(ends: Ints, tribe: Ints, bad: Ints) -> int:
    """List the pairs of one tribe in ``bad``; return how many there are."""
    left = 0
    for p in range(bad.size):
        if tribe[ends[2 * p]] == tribe[ends[2 * p + 1]]:
            bad[left] = p
            left += 1
    return left


@allocating
def _mend(ends: Ints, tribe: Ints, seed: np.uint64) -> None:
    """Swap partners until (nearly) no pair of ``ends`` is of one tribe.

    Bad pairs look for a bad pair of another tribe first: that mends both, and with two tribes of
    equal size it is the only way. What is left (bad pairs of one tribe only) asks pairs at large.
    """
    pairs = ends.size >> 1
    bad = np.empty(pairs, np.int32)
    left = _list_bad(ends, tribe, bad)
    for turn in range(TRIES):
        if left == 0:
            break
        purpose = Purpose.MEND_ACROSS.value + 256 * (turn + 1)
        among_bad = turn < TRIES // 2
        if among_bad:
            shuffle(bad, 0, left, seed, purpose)
        kept = 0
        for b in range(left):
            p = int(bad[b])
            own = tribe[ends[2 * p]]
            if tribe[ends[2 * p + 1]] != own:
                continue
            if among_bad:
                q = int(bad[b ^ 1]) if (b ^ 1) < left else p
            else:
                w0, w1, _, _ = block(seed, GRAPH, b, purpose, 0)
                q = below(w0, w1, pairs)
            if tribe[ends[2 * q]] != own and tribe[ends[2 * q + 1]] != own:
                ends[2 * p + 1], ends[2 * q] = ends[2 * q], ends[2 * p + 1]
            else:
                bad[kept] = p
                kept += 1
        left = kept


@kernel
def place_pairs(ends: Ints, first: int, last: int, cursor: Longs, indices: Ints) -> None:
    """Write the pairs of ``ends[first:last]`` into the rows; a last single end meets itself.

    (A person in its own row is dropped by ``finish_rows``; so every row is filled to its end.)
    """
    for p in range(first, last - 1, 2):
        a, b = ends[p], ends[p + 1]
        indices[cursor[a]] = b
        cursor[a] += 1
        indices[cursor[b]] = a
        cursor[b] += 1
    if (last - first) & 1:
        a = ends[last - 1]
        indices[cursor[a]] = a
        cursor[a] += 1
