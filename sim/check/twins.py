"""Plain slow twins of the diffusion kernels: the same draws, the rules as prose has them.

A twin shares the random words with its kernel and nothing else, so whatever differs is a mistake in
one of them, however seldom it shows in a mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.rng import Stream, block, uniform
from sim.steps.diffusion import STRIDE
from sim.world.graph.csr import Graph


def friends_of(graph: Graph, i: int) -> list[int]:
    """Return whom ``i`` knows."""
    return [int(j) for j in graph.indices[graph.indptr[i] : graph.indptr[i + 1]]]


def plain_cascade(
    graph: Graph, seeds: Sequence[int], passing: float, seed: int, run: int
) -> set[int]:
    """Return whom an independent cascade reaches: everybody new tries each tie once, and only
    once."""
    reached, fresh = set(seeds), set(seeds)
    while fresh:
        told = set()
        for sender in fresh:
            for t, friend in enumerate(friends_of(graph, sender)):
                words = block(np.uint64(seed), int(Stream.TIE), sender, run, STRIDE * (t >> 2))
                luck = uniform(np.uint32(words[t & 3]))
                if luck < passing * graph.strength[graph.indptr[sender] + t]:
                    told.add(friend)
        fresh = told - reached
        reached |= fresh
    return reached


def drawn_threshold(seed: int, run: int, who: int) -> float:
    """Return the threshold of a person in a run of the linear threshold model."""
    words = block(np.uint64(seed), int(Stream.THRESHOLD), who >> 2, run, 0)
    return float(uniform(np.uint32(words[who & 3])))


def plain_threshold(
    friends: Sequence[Sequence[int]],
    weight: Callable[[int, int], float],
    limit: Sequence[float],
    seeds: Sequence[int],
) -> list[int]:
    """Return the round in which each adopts (-1: never): round after round, whoever has enough
    adopted friends joins. ``weight(i, j)`` is what friend ``i`` weighs for ``j``."""
    rounds = [-1] * len(friends)
    for i in seeds:
        rounds[i] = 0
    turn = 0
    while True:
        turn += 1
        fresh = []
        for j, own in enumerate(friends):
            adopted = [i for i in own if rounds[i] >= 0]
            enough = (limit[j] - 1e-9) * sum(weight(i, j) for i in own)
            if rounds[j] < 0 and adopted and sum(weight(i, j) for i in adopted) >= enough:
                fresh.append(j)
        if not fresh:
            return rounds
        for j in fresh:
            rounds[j] = turn


def plain_bass(graph: Graph, p: float, q: float, steps: int, dt: float, seed: int) -> list[int]:
    """Return how many have adopted after each step: all look at the state before it."""
    people = len(graph.indptr) - 1
    adopted: set[int] = set()
    curve = []
    for step in range(steps):
        fresh = set()
        for i in set(range(people)) - adopted:
            friends = range(people) if graph.contacts > 0 else friends_of(graph, i)
            share = sum(j in adopted for j in friends) / len(friends) if friends else 0.0
            words = block(np.uint64(seed), int(Stream.ADOPT), i >> 2, step, 0)
            if uniform(np.uint32(words[i & 3])) < (p + q * share) * dt:
                fresh.add(i)
        adopted |= fresh
        curve.append(len(adopted))
    return curve


def plain_drift(
    graph: Graph,
    opinions: np.ndarray,
    bound: float,
    mode: str,
    step: float,
    rate: float,
    rounds: int,
    seed: int,
) -> np.ndarray:
    """Return where opinions float32[N, D] drift: ``friend`` and ``company`` look at the round
    before, ``pair`` at what has become of opinions by now."""
    now = np.array(opinions, np.float32)
    everybody = list(range(len(now)))
    for turn in range(rounds):
        before = now.copy()
        for i in everybody:
            words = block(np.uint64(seed), int(Stream.DRIFT), i >> 2, turn, 0)
            luck = uniform(np.uint32(words[i & 3]))
            friends = everybody if graph.contacts > 0 else friends_of(graph, i)
            if luck >= rate or not friends:
                continue
            friend = friends[int(luck / rate * len(friends))]
            seen = now if mode == "pair" else before
            if mode == "company":
                near = [j for j in friends if j != i and _near(before, i, j, bound)]
                whole = [before[i].astype(np.float64), *(before[j] for j in near)]
                now[i] = before[i] + step * (sum(whole) / len(whole) - before[i])
            elif _near(seen, i, friend, bound):
                mine, theirs = (seen[who].astype(np.float64) for who in (i, friend))
                way = step * (seen[friend] - seen[i]).astype(np.float64)  # a gap of float32
                now[i] = mine + way
                if mode == "pair" and friend != i:
                    now[friend] = theirs - way
    return now


def _near(opinions: np.ndarray, i: int, j: int, bound: float) -> bool:
    gap = opinions[j] - opinions[i]
    return float((gap * gap).astype(np.float64).sum()) <= bound * bound
