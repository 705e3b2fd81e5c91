"""Tribes found in a graph: communities of people with more ties among them than chance explains.

Small graphs go to networkx's Louvain method (Blondel et al. 2008). Larger ones go to a kernel of
label propagation that counts ties beyond chance (LPAm: Barber & Clark 2009), so that no label
floods the graph; the communities found become the people of a smaller graph, and so on until
nothing moves. Both are deterministic for a seed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.kernel import allocating, kernel
from sim.rng import Stream, generator
from sim.world.graph.draws import Floats, Ints, Longs, Purpose, key_of, shuffle

SMALL_PEOPLE, SMALL_TIES = 20_000, 100_000
"""Up to so many people and undirected ties networkx takes some seconds at most."""
MOST = 256
"""Tribes at most (assumption: auctions are held per tribe and region); the smallest communities
share the last one."""
SWEEPS = 30
LEVELS = 30
STILL = 0.001
"""Share of people that may still move when a level is taken as settled."""

Doubles = npt.NDArray[np.float64]


class _Level(NamedTuple):
    """A graph of communities: rows, weight float32[E] of ties, own float64[N] ends within."""

    indptr: Longs
    indices: Ints
    weight: Floats
    own: Doubles


def find_communities(indptr: Longs, indices: Ints, seed: int) -> tuple[Ints, list[str]]:
    """Return int32[N], everybody's community, and names; the largest community comes first."""
    people = indptr.size - 1
    if people <= SMALL_PEOPLE and indices.size <= 2 * SMALL_TIES:
        label = _louvain(indptr, indices, seed)
    else:
        label = _propagate(indptr, indices, seed)
    return _ranked(label)


def _louvain(indptr: Longs, indices: Ints, seed: int) -> Ints:
    import networkx as nx

    people = indptr.size - 1
    graph = nx.Graph()
    graph.add_nodes_from(range(people))
    rows = np.repeat(np.arange(people), np.diff(indptr))
    once = rows < indices
    graph.add_edges_from(zip(rows[once].tolist(), indices[once].tolist(), strict=True))
    drawn = int(generator(seed, Stream.GRAPH).integers(2**31))
    label = np.zeros(people, np.int32)
    for number, members in enumerate(nx.community.louvain_communities(graph, seed=drawn)):
        label[list(members)] = number
    return label


def _propagate(indptr: Longs, indices: Ints, seed: int) -> Ints:
    level = _Level(indptr, indices, np.ones(indices.size, np.float32), np.zeros(indptr.size - 1))
    label = np.arange(indptr.size - 1, dtype=np.int32)
    for _ in range(LEVELS):
        people = level.indptr.size - 1
        found, inverse = np.unique(_settle(level, key_of(seed)), return_inverse=True)
        if found.size == people:
            break
        joined = inverse.astype(np.int32)
        label = joined[label]
        level = _merge(level, joined, found.size)
    return label


def _merge(level: _Level, label: Ints, count: int) -> _Level:
    """Return the graph whose people are the communities of ``level``."""
    members = np.argsort(label, kind="stable").astype(np.int32)
    indptr, own = np.zeros(count + 1, np.int64), np.zeros(count)
    # Room for no two ties to fall together; the rest is given back.
    indices = np.empty(level.indices.size, np.int32)
    weight = np.empty(level.indices.size, np.float32)
    ties = _fuse(level, label, members, indptr, indices, weight, own)
    return _Level(indptr, indices[:ties].copy(), weight[:ties].copy(), own)


def _settle(level: _Level, seed: np.uint64) -> Ints:
    """Let everybody join the community with most ties beyond chance, until few still move."""
    people = level.indptr.size - 1
    label = np.arange(people, dtype=np.int32)
    order = np.arange(people, dtype=np.int32)
    shuffle(order, 0, people, seed, Purpose.LABEL_ORDER.value)
    total = np.zeros(people)
    ends = _ends(level, total)
    seen, joined = np.zeros(people), np.empty(people, np.int32)
    for _ in range(SWEEPS):
        if _sweep(level, order, float(ends), label, total, seen, joined) <= STILL * people:
            break
    return label


def _ranked(label: Ints) -> tuple[Ints, list[str]]:
    """Number communities by size, the largest first; beyond ``MOST`` they share the last number."""
    sizes = np.bincount(label)
    rank = np.empty(sizes.size, np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(sizes.size)
    names = [f"community {t + 1}" for t in range(min(sizes.size, MOST))]
    if sizes.size > MOST:
        names[-1] = "small communities"
    return np.minimum(rank, MOST - 1)[label], names


@allocating
def _fuse(
    level: _Level,
    label: Ints,
    members: Ints,
    indptr: Longs,
    indices: Ints,
    weight: Floats,
    own: Doubles,
) -> int:
    """Write the rows of the communities (``members`` are people by community); return the ties."""
    ties = 0
    seen = np.zeros(own.size)
    for place in range(members.size):
        i = members[place]
        here = label[i]
        own[here] += level.own[i]
        for k in range(level.indptr[i], level.indptr[i + 1]):
            near = label[level.indices[k]]
            if near == here:
                own[here] += level.weight[k]
                continue
            if seen[near] == 0.0:
                indices[ties] = near
                ties += 1
            seen[near] += level.weight[k]
        if place + 1 == members.size or label[members[place + 1]] != here:
            for k in range(indptr[here], ties):
                weight[k] = seen[indices[k]]
                seen[indices[k]] = 0.0
            indptr[here + 1] = ties
    return ties


@kernel
def _ends(level: _Level, total: Doubles) -> float:
    """Write the tie ends of everybody to ``total`` and return their sum."""
    ends = 0.0
    for i in range(total.size):
        here = level.own[i]
        for k in range(level.indptr[i], level.indptr[i + 1]):
            here += level.weight[k]
        total[i] = here
        ends += here
    return ends


@kernel
def _sweep(
    level: _Level,
    order: Ints,
    ends: float,
    label: Ints,
    total: Doubles,
    seen: Doubles,
    joined: Ints,
) -> int:
    """Ask everybody once; return how many moved.

    ``total`` is the tie ends of each community, ``seen`` (all 0 between people) the ties to each,
    ``joined`` room for the list of communities seen.
    """
    moves = 0
    for place in range(order.size):
        i = order[place]
        own = label[i]
        mine = level.own[i]
        known = 0
        for k in range(level.indptr[i], level.indptr[i + 1]):
            near = label[level.indices[k]]
            if seen[near] == 0.0:
                joined[known] = near
                known += 1
            seen[near] += level.weight[k]
            mine += level.weight[k]
        total[own] -= mine
        best = own
        most = seen[own] - mine * total[own] / ends
        for c in range(known):
            gain = seen[joined[c]] - mine * total[joined[c]] / ends
            if gain > most:
                best, most = joined[c], gain
        total[best] += mine
        if best != own:
            label[i] = best
            moves += 1
        for c in range(known):
            seen[joined[c]] = 0.0
    return moves
