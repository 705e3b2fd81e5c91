"""The classic graphs: ring, small world, scale-free, random. Each returns ``indptr, indices``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.kernel import kernel
from sim.rng import block, uniform
from sim.world.graph.csr import rows_from_edges
from sim.world.graph.draws import GRAPH, Ints, Longs, Purpose, below, fine_uniform, key_of

TRIES = 100
"""Draws of a new friend before a tie is left as it is (only in nearly complete graphs)."""


def ring_rows(count: int, degree: int) -> tuple[Longs, Ints]:
    """Everybody knows the ``degree / 2`` nearest on either side; degree 2 is the plain circle."""
    _refuse_crowded("ring", count, degree)
    return rows_from_edges(*_ends_of(_nearest(count, degree // 2)), count)


def small_world_rows(count: int, degree: int, rewiring: float, seed: int) -> tuple[Longs, Ints]:
    """A ring whose ties are each rewired with chance ``rewiring`` (Watts & Strogatz 1998).

    The near end stays, the far end becomes anybody who is not yet known; so the number of ties
    is kept. Without rewiring the clustering is 3(k-2) / (4(k-1)) for degree k.
    """
    _refuse_crowded("small_world", count, degree)
    friends = _nearest(count, degree // 2)
    _rewire(friends, float(rewiring), key_of(seed))
    return rows_from_edges(*_ends_of(friends), count)


def scale_free_rows(count: int, degree: int, seed: int) -> tuple[Longs, Ints]:
    """Newcomers tie to ``degree / 2`` people in proportion to degree (Barabási & Albert 1999).

    It begins with ``degree / 2 + 1`` people who all know each other, so the mean degree is
    ``degree * (1 - (degree / 2 + 1) / (2 * count))``. Degrees fall as a power law of exponent 3.
    """
    new = degree // 2
    if count < new + 1:
        raise ValueError(f"scale_free: mean_degree {degree} needs at least {new + 1} people")
    friends = np.full((count, new), -1, np.int32)
    _attach(friends, key_of(seed))
    u, v = _ends_of(friends)
    known = v >= 0
    return rows_from_edges(u[known], v[known], count)


def random_rows(count: int, degree: float, seed: int) -> tuple[Longs, Ints]:
    """Every tie with the same chance degree / (N - 1) (Gilbert 1959, "Erdős-Rényi").

    Pairs are walked in one fixed order and the gaps between ties drawn from the geometric
    distribution (Batagelj & Brandes 2005), so the cost is that of the ties, not of the pairs.
    """
    if degree > count - 1:
        raise ValueError(
            f"random: mean_degree {degree:g} with {count:,} people; everybody can know at most"
            f" {max(0, count - 1):,}"
        )
    chance = degree / max(1, count - 1)
    expected = chance * count * (count - 1) / 2
    # Room for 8 standard deviations more than expected; the kernel stops where it would not do.
    room = int(expected + 8 * np.sqrt(expected) + 16)
    u, v = np.empty(room, np.int32), np.empty(room, np.int32)
    ties = _skip(count, float(chance), key_of(seed), u, v)
    return rows_from_edges(u[:ties], v[:ties], count)


def _refuse_crowded(kind: str, count: int, degree: int) -> None:
    if degree > count - 1:
        raise ValueError(f"{kind}: mean_degree {degree} needs at least {degree + 1} people")


def _nearest(count: int, half: int) -> npt.NDArray[np.int32]:
    """Return int32[N, half]: the next ``half`` people after each on the circle."""
    friends = np.empty((count, half), np.int32)
    for c in range(half):
        friends[:, c] = np.roll(np.arange(count, dtype=np.int32), -c - 1)
    return friends


def _ends_of(friends: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Return both ends of the ties from each row number to the entries of the row."""
    return np.repeat(np.arange(len(friends), dtype=np.int32), friends.shape[1]), friends.ravel()


@kernel
def _holds(friends: npt.NDArray[np.int32], i: int, j: int) -> bool:
    """Tell whether ``i`` and ``j`` are tied, by the row of either."""
    for c in range(friends.shape[1]):
        if friends[i, c] == j or friends[j, c] == i:
            return True
    return False


@kernel
def _rewire(friends: npt.NDArray[np.int32], rewiring: float, seed: np.uint64) -> None:
    count, half = friends.shape
    for c in range(half):
        for i in range(count):
            w0, w1, w2, _ = block(seed, GRAPH, i, Purpose.REWIRE.value, c << 8)
            if uniform(w0) >= rewiring:
                continue
            for attempt in range(TRIES):
                j = below(w1, w2, count)
                if j != i and not _holds(friends, i, j):
                    friends[i, c] = j
                    break
                w1, w2, _, _ = block(seed, GRAPH, i, Purpose.REWIRE.value, (c << 8) + attempt + 1)


@kernel
def _attach(friends: npt.NDArray[np.int32], seed: np.uint64) -> None:
    """Fill ``friends[i, :]`` with whom ``i`` ties to on arrival; -1 for what the founders lack.

    A person in proportion to degree is an end of a random tie: the tie's own row is the one end,
    its entry the other, so no list of ends is kept.
    """
    count, new = friends.shape
    founding = new * (new + 1) // 2
    for i in range(1, new + 1):
        for c in range(i):
            friends[i, c] = c
    for i in range(new + 1, count):
        ties = founding + (i - new - 1) * new
        draw = 0
        for c in range(new):
            while True:
                w0, w1, _, _ = block(seed, GRAPH, i, Purpose.ATTACH.value, draw)
                draw += 1
                end = below(w0, w1, 2 * ties)
                tie = end >> 1
                if tie < founding:
                    # Founder a holds ties a(a-1)/2 .. a(a+1)/2 - 1.
                    owner = 1
                    while owner * (owner + 1) // 2 <= tie:
                        owner += 1
                    slot = tie - owner * (owner - 1) // 2
                else:
                    owner = new + 1 + (tie - founding) // new
                    slot = (tie - founding) % new
                j = owner if end & 1 else int(friends[owner, slot])
                fresh = True
                for b in range(c):
                    if friends[i, b] == j:
                        fresh = False
                if fresh:
                    friends[i, c] = j
                    break


@kernel
def _skip(count: int, chance: float, seed: np.uint64, u: Ints, v: Ints) -> int:
    """Write the ties of G(n, p) to ``u``, ``v``; return their number."""
    if chance <= 0.0:
        return 0
    pairs = count * (count - 1) // 2
    log_not = np.log1p(-chance) if chance < 1.0 else -np.inf
    ties = 0
    row = 1
    row_start = 0
    at = -1
    while ties < u.size:
        w0, w1, _, _ = block(seed, GRAPH, ties, Purpose.SKIP.value, 0)
        # 32 bits would cut off the longest gaps in graphs of millions.
        gap = np.log(fine_uniform(w0, w1)) / log_not
        if gap >= pairs - at:
            break
        at += 1 + int(gap)
        if at >= pairs:
            break
        while at >= row_start + row:
            row_start += row
            row += 1
        u[ties] = row
        v[ties] = at - row_start
        ties += 1
    return ties
