"""Whom to seed, greedily: reverse-reachable sets (Borgs et al. 2014), as many as IMM asks for.

A person is worth the share of random people whom a cascade backwards from these people would reach;
taking the best again and again comes within (1 - 1/e - epsilon) of the best spread with probability
1 - 1/N, given enough sets (Tang, Shi & Xiao 2015; fresh sets for the choice: Chen 2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream, block, uniform
from sim.steps.diffusion import Tree, add_node, clear_tree, empty_tree, try_ties
from sim.world.graph.csr import Graph

SEEDING = int(Stream.SEEDING)
BACKWARDS = 0x5EED  # names the ties of reverse-reachable sets among all that is drawn per tie
RELAYS = BACKWARDS + 1  # names who of a reverse-reachable set would pass on what was heard
LOT = 1 << 14  # reverse-reachable sets at a time
MOST_SETS = 1 << 24
MOST_MEMBERS = 1 << 26
"""Members of all sets of a phase, at most (1.3 GB). More are asked for only where a cascade from
nearly anybody reaches a large part of all people, and there it hardly matters who is chosen."""


class Sets(NamedTuple):
    """Reverse-reachable sets: set ``r`` is ``member[start[r]:start[r + 1]]`` (int32)."""

    start: np.ndarray
    member: np.ndarray


@kernel
def _reverse_sets(
    seed: np.uint64,
    first: int,
    graph: Graph,
    passing: float,
    relay: float,
    tree: Tree,
    heard: np.ndarray,
    start: np.ndarray,
    member: np.ndarray,
) -> int:
    """Fill sets until all are done or ``member`` is full; return how many are done.

    Whom would it take to reach a random person? Ties have one strength in both directions, so it is
    a cascade from that person. Who is in it would be a seed, and speak; who is between the seed and
    that person has only heard of it, and passes it on with chance ``relay``.
    """
    people = len(graph.indptr) - 1
    for r in range(len(start) - 1):
        word, _, _, _ = block(seed, SEEDING, first + r, 0, 0)
        size = add_node(tree, 0, int(uniform(word) * people), -1)
        head = 0
        while head < size:
            count, who = 0, tree.node[head]
            word, _, _, _ = block(seed, SEEDING, first + r, RELAYS, who)
            if head == 0 or uniform(word) < relay:
                count = try_ties(seed, first + r, BACKWARDS, graph, who, passing, heard)
            for n in range(count):
                size = add_node(tree, size, heard[n], head)
            head += 1
        fits = start[r] + size <= len(member)
        if fits:
            for n in range(size):
                member[start[r] + n] = tree.node[n]
            start[r + 1] = start[r] + size
        clear_tree(tree, size)
        if not fits:
            return r
    return len(start) - 1


def _sample(
    graph: Graph, passing: float, relay: float, seed: int
) -> Callable[[int, int], list[Sets]]:
    """Return what draws the sets number ``first .. first + count - 1``, if there is room."""
    people = len(graph.indptr) - 1
    tree = empty_tree(1 << max(1, int(people).bit_length()))
    heard = np.empty(int(np.diff(graph.indptr).max(initial=0)) + 64, np.int32)

    def draw(first: int, count: int) -> list[Sets]:
        out, room = [], max(people, 16 * LOT)
        done = held = 0
        while done < count and held < MOST_MEMBERS:
            start = np.zeros(min(LOT, count - done) + 1, np.int64)
            member = np.empty(room, np.int32)
            filled = _reverse_sets(
                np.uint64(seed), first + done, graph, passing, relay, tree, heard, start, member
            )
            out.append(Sets(start[: filled + 1], member[: start[filled]].copy()))
            done += filled
            held += int(start[filled])
        return out

    return draw


def _cover(people: int, k: int, lots: list[Sets]) -> tuple[np.ndarray, float]:
    """Return ``k`` people who are in most sets, each counted once, and the share of sets met."""
    sizes = np.concatenate([np.diff(lot.start) for lot in lots])
    member = np.concatenate([lot.member for lot in lots])
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    count = np.bincount(member, minlength=people).astype(np.int64)
    begin = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    of = np.repeat(np.arange(len(sizes)), sizes)[np.argsort(member, kind="stable")]
    chosen, met = np.empty(k, np.int64), np.zeros(len(sizes), np.bool_)
    _pick(start, member, begin, of.astype(np.int64), count, met, chosen)
    return chosen, float(met.mean())


@kernel
def _pick(
    start: np.ndarray,
    member: np.ndarray,
    begin: np.ndarray,
    of: np.ndarray,
    count: np.ndarray,
    met: np.ndarray,
    chosen: np.ndarray,
) -> None:
    """Take again and again whoever is in most sets that nobody taken is in."""
    for n in range(len(chosen)):
        best = 0
        for i in range(len(count)):
            if count[i] > count[best]:
                best = i
        chosen[n] = best
        for at in range(begin[best], begin[best + 1]):
            r = of[at]
            if not met[r]:
                met[r] = True
                for m in range(start[r], start[r + 1]):
                    count[member[m]] -= 1
        count[best] = -1  # nobody is taken twice, even when no set is left


def greedy(
    graph: Graph, k: int, passing: float, epsilon: float, seed: int, relay: float = 1.0
) -> np.ndarray:
    """Choose by IMM: first a lower bound of the best spread, then as many sets as it asks for.

    ``passing``: chance along a tie of strength 1; ``relay``: that who heard it passes it on.
    """
    n = len(graph.indptr) - 1
    if k == n:
        return np.arange(n)
    draw = _sample(graph, passing, relay, seed)
    log_n, log_choices = math.log(max(n, 2)), _log_choose(n, k)
    ell = 1 + math.log(2) / log_n  # so that both phases together fail with 1/n at most
    bound, rough = 1.0, math.sqrt(2) * epsilon
    lots: list[Sets] = []
    sets = 0
    for level in range(1, max(2, math.ceil(math.log2(max(n, 2))))):
        guess = n / 2**level
        tail = log_choices + ell * log_n + math.log(max(math.log2(max(n, 2)), 1.0))
        wanted = min(MOST_SETS, math.ceil((2 + 2 * rough / 3) * tail * n / rough**2 / guess))
        lots += draw(sets, wanted - sets)
        sets = wanted
        _, met = _cover(n, k, lots)
        if n * met >= (1 + rough) * guess:
            bound = n * met / (1 + rough)
            break
    alpha = math.sqrt(ell * log_n + math.log(2))
    beta = math.sqrt((1 - 1 / math.e) * (log_choices + ell * log_n + math.log(2)))
    scale = 2 * n * ((1 - 1 / math.e) * alpha + beta) ** 2 / epsilon**2
    wanted = min(MOST_SETS, math.ceil(scale / max(bound, k)))
    chosen, _ = _cover(n, k, draw(sets, wanted))  # fresh sets: the bound was found with the others
    return chosen


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
