"""Spreading along ties: the independent cascade that market messages use, and Bass' hazard.

Independent cascade (Goldenberg, Libai & Muller 2001): whoever has just heard tries each tie once.
Nothing is written but the tree of who heard from whom, so a caller that gave too little room may
simply repeat with more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, inlined, kernel
from sim.rng import Stream, block, fill, uniform
from sim.world.graph.csr import Graph

TIE, ADOPT = int(Stream.TIE), int(Stream.ADOPT)
SAPLING = 1024  # slots of a tree while it is small
STRIDE = 0x9E3779B1  # odd, so blocks of one sender's ties never share a counter


class Tree(NamedTuple):
    """Who heard from whom, in order of hearing: node int32[R], parent int32[R] (position, -1 for
    senders), depth int32[R]; ``slots`` int32[2 R] is a hash set of positions (-1 empty), of which
    the first ``mask[0] + 1`` are in use, as most trees are small."""

    node: np.ndarray
    parent: np.ndarray
    depth: np.ndarray
    slots: np.ndarray
    mask: np.ndarray


class Shape(NamedTuple):
    """Size, depth, width and structural virality of a tree."""

    size: int
    depth: int
    width: int
    virality: float


@allocating
def empty_tree(room: int) -> Tree:
    """Return room for a tree of ``room`` nodes (a power of two)."""
    tree = Tree(
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(2 * room, np.int32),
        np.full(1, min(2 * room, SAPLING) - 1, np.int64),
    )
    tree.slots[: tree.mask[0] + 1] = -1
    return tree


@inlined
def add_node(tree: Tree, size: int, node: int, parent: int) -> int:
    """Add ``node`` unless it has heard already or the tree is full; return the new size."""
    at = _slot(tree, node)
    if tree.slots[at] >= 0 or size >= len(tree.node):
        return size
    tree.slots[at] = size
    tree.node[size] = node
    tree.parent[size] = parent
    tree.depth[size] = tree.depth[parent] + 1 if parent >= 0 else 0
    if 2 * size > tree.mask[0]:
        _widen(tree, size + 1)
    return size + 1


@inlined
def _slot(tree: Tree, node: int) -> int:
    """Return the slot of ``node``, or the free one where it belongs."""
    mask = tree.mask[0]
    at = (node * STRIDE >> 7) & mask
    while tree.slots[at] >= 0 and tree.node[tree.slots[at]] != node:
        at = (at + 1) & mask
    return int(at)


@kernel
def _widen(tree: Tree, size: int) -> None:
    """Use four times as many slots for the ``size`` nodes of a tree, or all that there are."""
    tree.mask[0] = min(4 * (tree.mask[0] + 1), len(tree.slots)) - 1
    for at in range(tree.mask[0] + 1):
        tree.slots[at] = -1
    for k in range(size):
        tree.slots[_slot(tree, tree.node[k])] = k


@kernel
def place_of(tree: Tree, node: int) -> int:
    """Return the position of ``node`` in the tree, -1 if it has not heard."""
    return int(tree.slots[_slot(tree, node)])


@kernel
def clear_tree(tree: Tree, size: int) -> None:
    """Forget the ``size`` nodes of a tree, at a cost of its size and not of its room."""
    mask = tree.mask[0]
    for k in range(size):
        at = (tree.node[k] * STRIDE >> 7) & mask
        # The whole run of neighbours goes: everything in it belongs to this tree.
        while tree.slots[at] >= 0:
            tree.slots[at] = -1
            at = (at + 1) & mask
    tree.mask[0] = min(mask, SAPLING - 1)


@inlined
def try_ties(
    seed: np.uint64,
    day: int,
    about: int,
    graph: Graph,
    sender: int,
    passing: float,
    heard: np.ndarray,
) -> int:
    """Try each tie of ``sender`` once: P = passing x strength, at most 1; return how many passed.

    ``about`` (32 bits) names the message's subject; ``heard`` int32[R] takes the receivers and
    must have room for all ties (or for 4 x contacts + 64 in a mean field). In a mean field the
    sender meets a Poisson number of random people instead.
    """
    count = 0
    if graph.contacts > 0.0:
        people = len(graph.indptr) - 1
        word, _, _, _ = block(seed, TIE, sender, day, about)
        u, term, meetings = uniform(word), np.exp(-graph.contacts * passing), 0
        total = term
        while u > total and meetings < len(heard) - 1:
            meetings += 1
            term *= graph.contacts * passing / meetings
            total += term
        for n in range(meetings):
            other, _, _, _ = block(seed, TIE, sender, day, about + STRIDE * (n + 1))
            who = int(uniform(other) * people)
            if who != sender:
                heard[count] = who
                count += 1
        return count
    first = graph.indptr[sender]
    ties = graph.indptr[sender + 1] - first
    w0 = w1 = w2 = w3 = np.uint32(0)
    for t in range(ties):
        lane = t & 3
        if lane == 0:
            w0, w1, w2, w3 = block(seed, TIE, sender, day, about + STRIDE * (t >> 2))
        word = w0 if lane == 0 else w1 if lane == 1 else w2 if lane == 2 else w3
        if uniform(word) < passing * graph.strength[first + t]:
            heard[count] = graph.indices[first + t]
            count += 1
    return count


@kernel
def tree_shape(tree: Tree, size: int, below: np.ndarray) -> tuple[int, int, int, float]:
    """Return size, depth, width, structural virality (mean distance of all pairs; Goel et al.
    2016). Every tie of the tree lies on the paths of ``b (n - b)`` pairs, where ``b`` nodes hang
    below it. ``below`` int64[R] is scratch."""
    depth = width = run = 0
    for k in range(size):
        below[k] = 1
        run = run + 1 if k > 0 and tree.depth[k] == tree.depth[k - 1] else 1
        if tree.depth[k] > 0:
            width = max(width, run)
        depth = max(depth, tree.depth[k])
    total = 0.0
    for k in range(size - 1, 0, -1):
        if tree.parent[k] >= 0:
            below[tree.parent[k]] += below[k]
            total += below[k] * (size - below[k])
    virality = 2.0 * total / (size * (size - 1.0)) if size > 1 else 0.0
    return size, depth, width, virality


@kernel
def _cascade_sizes(
    seed: np.uint64,
    graph: Graph,
    seeds: np.ndarray,
    passing: float,
    sizes: np.ndarray,
    reached: np.ndarray,
    tree: Tree,
    heard: np.ndarray,
) -> None:
    for run in range(len(sizes)):
        size = 0
        for node in seeds:
            size = add_node(tree, size, node, -1)
        head = 0
        while head < size:
            count = try_ties(seed, run, 0, graph, tree.node[head], passing, heard)
            for n in range(count):
                size = add_node(tree, size, heard[n], head)
            head += 1
        sizes[run] = size
        for k in range(size):
            reached[tree.node[k]] += 1
        clear_tree(tree, size)


def independent_cascade(
    graph: Graph, seeds: list[int] | np.ndarray, probability: float, *, runs: int = 1, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Run independent cascades with the kernels of the market.

    Args:
        graph: ties; each is tried once per direction with ``probability x strength`` (at most 1).
        seeds: who knows at the start (consumer numbers).
        probability: chance that a tie of strength 1 passes.
        runs: independent repetitions.
        seed: seed of the draws.

    Returns:
        sizes int64[runs] (seeds included), and how often each was reached int64[N].
    """
    people = len(graph.indptr) - 1
    room = 1 << max(1, int(people).bit_length())
    sizes, reached = np.zeros(runs, np.int64), np.zeros(people, np.int64)
    most = int(np.diff(graph.indptr).max(initial=0)) + int(4 * graph.contacts) + 64
    _cascade_sizes(
        np.uint64(seed),
        graph,
        np.asarray(seeds, np.int64),
        float(probability),
        sizes,
        reached,
        empty_tree(room),
        np.empty(most, np.int32),
    )
    return sizes, reached


@kernel
def _bass(
    seed: np.uint64,
    graph: Graph,
    p: float,
    q: float,
    dt: float,
    curve: np.ndarray,
    adopted: np.ndarray,
    fresh: np.ndarray,
    words: np.ndarray,
) -> None:
    people = len(adopted)
    count = 0
    for step in range(len(curve)):
        fill(seed, ADOPT, step, 0, 0, people, words)
        share = count / people
        new = 0
        for i in range(people):
            if adopted[i]:
                continue
            if graph.contacts == 0.0:
                first, last = graph.indptr[i], graph.indptr[i + 1]
                have = 0
                for e in range(first, last):
                    have += adopted[graph.indices[e]]
                share = have / (last - first) if last > first else 0.0
            if uniform(words[i]) < (p + q * share) * dt:
                fresh[new] = i
                new += 1
        for n in range(new):
            adopted[fresh[n]] = 1
        count += new
        curve[step] = count


def bass(
    graph: Graph, p: float, q: float, *, steps: int, dt: float = 1.0, seed: int = 1
) -> np.ndarray:
    """Adoption with Bass' hazard ``p + q x (share of one's friends who adopted)`` (Bass 1969).

    In a step of length ``dt`` a person adopts with probability ``hazard x dt``.

    Args:
        graph: ties; a ``complete`` graph uses the share of the whole population (k / N).
        p: external influence [per unit of time].
        q: internal influence [per unit of time].
        steps: number of synchronous steps; all see the state before the step.
        dt: length of a step; small steps approach continuous time.
        seed: seed of the draws.

    Returns:
        int64[steps]: adopters after each step.
    """
    people = len(graph.indptr) - 1
    curve = np.zeros(steps, np.int64)
    _bass(
        np.uint64(seed),
        graph,
        float(p),
        float(q),
        float(dt),
        curve,
        np.zeros(people, np.uint8),
        np.empty(people, np.int64),
        np.empty(people + 4, np.uint32),
    )
    return curve
