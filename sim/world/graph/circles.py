"""Circles of friends: the triangles of the tribal graph, made on purpose.

Each of a person's ``d`` ties belongs to its circle with chance ``share``, and in a circle
everybody knows everybody. So a pair of my friends are both in my circle, and know each other, with
chance share^2, whatever my degree: the mean local clustering is share^2 (plus the few triangles
that arise by chance). The wish for a circle of ``s`` ties is Binomial(d, share), and people of one
pool (a tribe) with equal wishes are put together: sorted by wish, cut into circles of (least wish
of the circle) + 1. Hence nobody gets more ties than wished for, and few less. Like the affinity
blocks of BTER (Seshadhri, Kolda & Pinar 2012), but whole cliques, and equal in wish rather than in
degree, so that people of different degree meet.

Hubs do not have huge circles: only ``most`` of a person's ties may be in one.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import block, uniform
from sim.world.graph.draws import GRAPH, Ints, Longs, Purpose, shuffle


def form_circles(
    degree: Ints, tribe: Ints, share: float, mixed: float, most: int, seed: np.uint64
) -> tuple[Ints, Ints]:
    """Put people into circles.

    Args:
        degree: int32[N], ties wished for.
        tribe: int32[N], from 0.
        share: chance that a tie belongs to the person's circle.
        mixed: chance that a person's circle is of people from all tribes.
        most: ties that may be in a circle at all.
        seed: of the draws.

    Returns:
        order int32[N]: people, circle by circle; size int32[N]: number of people in the circle of
        each *person*, 1 for those who have none. A circle starts at position 0 of ``order``, the
        next one as many positions later as the circle has people, and so on.
    """
    pools = int(tribe.max()) + 2 if tribe.size else 1
    order = np.empty(degree.size, np.int32)
    size = np.empty(degree.size, np.int32)
    # ``size`` holds the sorting key until the circles are cut.
    _wish(degree, tribe, float(share), float(mixed), most, seed, size)
    edges = np.zeros(pools * (most + 1) + 1, np.int64)
    _sort(size, order, edges, seed)
    _cut(order, edges, most + 1, size)
    return order, size


@kernel
def _wish(
    degree: Ints, tribe: Ints, share: float, mixed: float, most: int, seed: np.uint64, key: Ints
) -> None:
    """Draw pool and wish of everybody; key = pool * (most + 1) + wish, pool 0 is the mixed one."""
    threshold = np.uint64(share * 4294967296.0)
    for i in range(degree.size):
        pool = int(tribe[i]) + 1
        if mixed > 0.0:
            w0, _, _, _ = block(seed, GRAPH, i, Purpose.POOL.value, 0)
            if uniform(w0) < mixed:
                pool = 0
        tries = min(int(degree[i]), most)
        wish = 0
        for first in range(0, tries, 4):
            w0, w1, w2, w3 = block(seed, GRAPH, i, Purpose.CIRCLE_WISH.value, first)
            wish += int(np.uint64(w0) < threshold)
            wish += int((first + 1 < tries) & (np.uint64(w1) < threshold))
            wish += int((first + 2 < tries) & (np.uint64(w2) < threshold))
            wish += int((first + 3 < tries) & (np.uint64(w3) < threshold))
        key[i] = pool * (most + 1) + wish


@kernel
def _sort(key: Ints, order: Ints, edges: Longs, seed: np.uint64) -> None:
    """Sort people by key, in chance order within one; ``edges`` becomes the ends of the keys."""
    for i in range(key.size):
        edges[key[i] + 1] += 1
    for k in range(1, edges.size):
        edges[k] += edges[k - 1]
    for i in range(key.size):
        order[edges[key[i]]] = i
        edges[key[i]] += 1
    # Neighbours in the population may be alike in ways that have nothing to do with friendship.
    for k in range(edges.size - 1):
        first = int(edges[k - 1]) if k > 0 else 0
        shuffle(order, first, int(edges[k]), seed, Purpose.CIRCLE_ORDER.value)


@kernel
def _cut(order: Ints, ends: Longs, width: int, size: Ints) -> None:
    """Cut the sorted people of each pool into circles and write everybody's circle size."""
    position = 0
    for pool_key in range(0, ends.size - 1, width):
        for p in range(position, ends[pool_key]):
            size[order[p]] = 1
        position = int(ends[pool_key])
        pool_end = int(ends[pool_key + width - 1])
        while position < pool_end:
            # Keys are sorted, so the first of a circle wishes for least.
            wanted = int(size[order[position]]) - pool_key + 1
            people = min(wanted, pool_end - position)
            for p in range(position, position + people):
                size[order[p]] = people
            position += people


@kernel
def place_circles(order: Ints, size: Ints, cursor: Longs, indices: Ints) -> None:
    """Write everybody's circle into the rows; ``cursor`` int64[N+1] is each row's next place."""
    position = 0
    while position < order.size:
        end = position + size[order[position]]
        for p in range(position, end):
            i = order[p]
            place = cursor[i]
            for q in range(position, end):
                if q != p:
                    indices[place] = order[q]
                    place += 1
            cursor[i] = place
        position = end
