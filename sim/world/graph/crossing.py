"""Ties between regions: a finished tribal graph is bent until the wanted share of ties crosses.

Ties swap ends in place (``sim.world.graph.swap``), so degrees stay as they are; and only ties that
leave a person's own people (its tribe in its region) swap with others that do, so the share of ties
that stay there and nearly all triangles, which lie in circles inside, stay too.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import block
from sim.world.graph.csr import Graph
from sim.world.graph.draws import GRAPH, Floats, Ints, Longs, Purpose, below, key_of
from sim.world.graph.measures import mixing
from sim.world.graph.swap import may_swap, swap

TRIES = 64
"""Pairs of ties that are looked at for every tie that leaves a pool, before giving up."""
CLOSE = 0.02
"""Relative deviation of the share above which the request has failed."""


def cross(
    rows: tuple[Longs, Ints], pool: Ints, region: np.ndarray, share: float, seed: int
) -> None:
    """Swap ties of ``rows`` in place until ``share`` of them cross regions.

    Args:
        rows: ``indptr`` and ``indices`` as in ``Graph``.
        pool: int32[N], each person's own people: a number for each tribe of each region.
        region: int16[N].
        share: of all ties; at most the share that leaves pools.
        seed: of the run.

    Raises:
        ValueError: if there is no such graph nearby; says what the nearest one has.
    """
    indptr, indices = rows
    ties = indices.size / 2
    leave = mixing(Graph(indptr, indices, np.zeros(0, np.float32), 0.0), pool)
    u, v = (np.empty(int(round(leave * ties)), np.int32) for _ in range(2))
    crossing = _list_leaving(indptr, indices, pool, region, u, v)
    goal = int(round(share * ties))
    got = _bend(rows, pool, region, u, v, crossing, goal, key_of(seed), np.empty(0, np.float32))
    if abs(got - goal) > max(CLOSE * goal, 4):
        raise ValueError(
            f"no graph was found in which {share:.3g} of all ties cross regions while {leave:.3g}"
            f" leave a tribe's part of a region; the nearest has {got / ties:.3g}"
        )


@kernel
def _list_leaving(
    indptr: Longs, indices: Ints, pool: Ints, region: np.ndarray, u: Ints, v: Ints
) -> int:
    """List the ties that leave pools, those that cross regions first; return how many do."""
    crossing, back = 0, u.size
    for i in range(indptr.size - 1):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j < i or pool[i] == pool[j]:
                continue
            if region[i] != region[j]:
                u[crossing], v[crossing] = i, j
                crossing += 1
            else:
                back -= 1
                u[back], v[back] = i, j
    return crossing


@kernel
def _bend(
    rows: tuple[Longs, Ints],
    pool: Ints,
    region: np.ndarray,
    u: Ints,
    v: Ints,
    crossing: int,
    goal: int,
    seed: np.uint64,
    none: Floats,
) -> int:
    """Swap until ``goal`` of the ties u - v cross, or long enough; return how many do.

    The first ``crossing`` ties cross: two of them become two that do not, or the other way round.
    ``none`` are the strengths, which nobody has given yet.
    """
    indptr, indices = rows
    for turn in range(TRIES * u.size):
        more = goal > crossing
        first = crossing if more else 0
        size = u.size - crossing if more else crossing
        if abs(goal - crossing) < 2 or size < 2:
            break
        w0, w1, w2, w3 = block(seed, GRAPH, turn, Purpose.CROSS_REGION.value, turn >> 32)
        e, g = first + below(w0, w1, size), first + below(w2, w3, size)
        a, b, c, d = whole(u[e]), whole(v[e]), whole(u[g]), whole(v[g])
        # ``below`` leaves the lowest bits alone. Whoever crosses has to be turned the right way.
        if (w1 & np.uint32(1) > 0) if more else region[a] != region[c]:
            c, d = d, c
        if (region[a] == region[c]) == more or (region[b] == region[d]) == more:
            continue
        if pool[a] == pool[c] or pool[b] == pool[d] or not may_swap(indptr, indices, a, b, c, d):
            continue
        swap(indptr, indices, none, a, b, c, d)
        low, high = min(e, g), max(e, g)
        edge, beside = (crossing, crossing + 1) if more else (crossing - 2, crossing - 1)
        near, far = (low, high) if more else (high, low)
        to, then = (edge, beside) if more else (beside, edge)
        u[near], v[near] = u[to], v[to]
        u[far], v[far] = u[then], v[then]
        u[edge], v[edge], u[beside], v[beside] = a, c, b, d
        crossing += 2 if more else -2
    return crossing
