"""Ties follow taste: now and then a tie to the most distant friend is swapped for a nearer one.

With ``memory.rewiring`` a person meets a friend's friend. If the two are nearer to each other in
taste than each is to its own most distant friend, they become friends, both give up that most
distant one, and the two who are left over are introduced to each other:

    who - lost,  found - left     becomes     who - found,  lost - left

Friendship of the like-minded (McPherson, Smith-Lovin & Cook 2001) through common friends
(Granovetter 1973), as a double-edge swap (``sim.world.graph.swap``): everybody keeps as many ties
as before. All meet on yesterday's ties; the swaps are then done one after another, and one that has
become impossible is left out. Strengths are weighed anew where friends have changed.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, allocating, inlined, kernel, whole
from sim.rng import Stream, block, fill, uniform
from sim.scenario.population import Complete
from sim.steps.day import Day, chunk_edges
from sim.world.consumers import Consumers
from sim.world.graph.build import weight_of
from sim.world.graph.csr import Graph
from sim.world.graph.strength import Weight, weigh_again
from sim.world.graph.swap import may_swap, swap, tied
from sim.world.regions import Regions

MEET, INTRODUCE = int(Stream.REWIRE_MEET), int(Stream.REWIRE_INTRODUCE)
BATCH = 1024


@inlined
def _gap(consumers: Consumers, i: int, j: int) -> float:
    """Return the squared distance of two people's tastes."""
    total = 0.0
    for axis in range(consumers.taste.shape[1]):
        gap = consumers.taste[i, axis] - consumers.taste[j, axis]
        total += gap * gap
    return total


@kernel
def most_distant(graph: Graph, consumers: Consumers, i: int) -> int:
    """Return the friend of ``i`` of most distant taste (of several the lowest number)."""
    farthest, most = -1, -1.0
    for e in range(graph.indptr[i], graph.indptr[i + 1]):
        gap = _gap(consumers, i, graph.indices[e])
        if gap > most:
            farthest, most = whole(graph.indices[e]), gap
    return farthest


@kernel
def _any_friend(graph: Graph, i: int, word: np.uint32) -> int:
    """Return a random friend of ``i``, who has one."""
    ties = graph.indptr[i + 1] - graph.indptr[i]
    return whole(graph.indices[graph.indptr[i] + int(uniform(word) * ties)])


@allocating
def propose(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    consumers: Consumers,
    graph: Graph,
    rate: float,
    wish: np.ndarray,
    size: np.ndarray,
) -> None:
    """List the swaps (who, lost, found, left) that people of chunks ``first .. last-1`` wish for:
    wish int32[C, R, 4], size int64[C] (counts even what found no room)."""
    words = np.empty(BATCH + 4, np.uint32)
    for c in range(first, last):
        n = 0
        for base in range(edges[c], edges[c + 1], BATCH):
            end = min(base + BATCH, edges[c + 1])
            fill(seed, MEET, day, 0, base, end, words)
            for i in range(base, end):
                if uniform(words[i - base]) >= rate:
                    continue
                lost, found, left = _meet(seed, day, i, consumers, graph)
                if found < 0:
                    continue
                if n < wish.shape[1]:
                    wish[c, n, 0], wish[c, n, 1] = i, lost
                    wish[c, n, 2], wish[c, n, 3] = found, left
                n += 1
        size[c] = n


@kernel
def _meet(
    seed: np.uint64, day: int, i: int, consumers: Consumers, graph: Graph
) -> tuple[int, int, int]:
    """Let ``i`` meet a friend's friend; return whom ``i`` would lose and find, and whom the one
    found would leave; -1 three times if they part as strangers."""
    nobody = (-1, -1, -1)
    if graph.indptr[i + 1] == graph.indptr[i]:
        return nobody
    w0, w1, _, _ = block(seed, INTRODUCE, i, day, 0)
    found = _any_friend(graph, _any_friend(graph, i, w0), w1)
    if found == i or tied(graph.indptr, graph.indices, i, found):
        return nobody
    lost, left = most_distant(graph, consumers, i), most_distant(graph, consumers, found)
    near = _gap(consumers, i, found)
    if near >= _gap(consumers, i, lost) or near >= _gap(consumers, found, left):
        return nobody
    return lost, found, left


@kernel
def carry_out(
    wish: np.ndarray, graph: Graph, tribe: np.ndarray, regions: Regions, weight: Weight
) -> int:
    """Do the swaps of ``wish`` int32[n, 4] that are still possible, in order; return how many."""
    done = 0
    for n in range(len(wish)):
        who, lost = whole(wish[n, 0]), whole(wish[n, 1])
        found, left = whole(wish[n, 2]), whole(wish[n, 3])
        if not may_swap(graph.indptr, graph.indices, who, lost, found, left):
            continue
        swap(graph.indptr, graph.indices, graph.strength, who, lost, found, left)
        weigh_again(graph, tribe, regions, weight, who, lost, found, (lost, left))
        weigh_again(graph, tribe, regions, weight, lost, who, left, (who, found))
        weigh_again(graph, tribe, regions, weight, found, left, who, (lost, left))
        weigh_again(graph, tribe, regions, weight, left, found, lost, (who, found))
        done += 1
    return done


def rewire(day: Day, threads: Threads) -> int:
    """Let ties follow taste for a day; return how many pairs of ties were swapped."""
    world = day.world
    spec = world.scenario.graph
    if isinstance(spec, Complete):
        return 0  # a mean field stores no ties
    world.own_ties()
    rate = world.laws.memory.rewiring
    edges = chunk_edges(world.count)
    chunks = len(edges) - 1
    room = int(int(np.diff(edges).max(initial=0)) * rate * 1.2) + 64
    while True:
        wish = np.empty((chunks, room, 4), np.int32)
        size = np.zeros(chunks, np.int64)
        threads.run(
            propose,
            chunks,
            edges,
            world.seed,
            day.number,
            world.consumers,
            world.graph,
            rate,
            wish,
            size,
        )
        most = int(size.max(initial=0))
        if most <= room:
            break
        room = most
    wishes = np.concatenate([wish[c, : size[c]] for c in range(chunks)])
    weight = weight_of(spec.strength)
    return int(carry_out(wishes, world.graph, world.consumers.tribe, world.regions, weight))
