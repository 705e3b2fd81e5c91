"""Tastes drift towards company, within a bound: who is too far away has no influence.

Three ways, ``memory.drift_mode``. With ``drift_rate`` a person meets a random friend. ``friend``:
if their tastes are within ``drift_bound``, the person moves ``drift_step`` of the distance, and all
who move in a round see the tastes before it. ``pair`` (Deffuant, Neau, Amblard & Weisbuch 2000):
both move, one meeting after another, so what is between them stays where it was. ``company``
(Hegselmann & Krause 2002): the person moves ``drift_step`` of the distance to the mean of all
friends within the bound and of itself; a step of 1 is their model.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.errors import ScenarioError, Where, did_you_mean
from sim.kernel import Threads, allocating, kernel, whole
from sim.rng import Stream, fill, uniform
from sim.steps.day import chunk_edges
from sim.world.graph.csr import Graph
from sim.world.laws import COMPANY, DRIFTS, PAIR, DriftLaw

DRIFT = int(Stream.DRIFT)
BATCH = 1024


@kernel
def _gap(taste: np.ndarray, i: int, j: int) -> float:
    """Return the squared distance of two people's tastes."""
    distance = 0.0
    for axis in range(taste.shape[1]):
        gap = taste[j, axis] - taste[i, axis]
        distance += gap * gap
    return distance


@kernel
def _met(graph: Graph, i: int, u: float) -> int:
    """Return the friend whom ``u`` from [0, 1) picks, -1 if there are none; anybody in a mean
    field."""
    if graph.contacts > 0.0:
        return int(u * (len(graph.indptr) - 1))
    ties = graph.indptr[i + 1] - graph.indptr[i]
    return whole(graph.indices[graph.indptr[i] + int(u * ties)]) if ties > 0 else -1


@kernel
def _towards_company(
    graph: Graph, taste: np.ndarray, law: DriftLaw, i: int, moved: np.ndarray
) -> None:
    """Move towards the mean of oneself and of all friends within the bound: moved float32[D]."""
    everybody = graph.contacts > 0.0
    first = 0 if everybody else graph.indptr[i]
    last = len(graph.indptr) - 1 if everybody else graph.indptr[i + 1]
    for axis in range(taste.shape[1]):
        total, near = 0.0 + taste[i, axis], 1
        for e in range(first, last):
            j = e if everybody else whole(graph.indices[e])
            if j != i and _gap(taste, i, j) <= law.bound * law.bound:
                total += taste[j, axis]
                near += 1
        moved[axis] = taste[i, axis] + law.step * (total / near - taste[i, axis])


@allocating
def meet(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    taste: np.ndarray,
    graph: Graph,
    law: DriftLaw,
    who: np.ndarray,
    moved: np.ndarray,
    size: np.ndarray,
) -> None:
    """Draw who meets whom and, but for pairs, where it moves their taste: who int32[C, R, 2],
    moved float32[C, R, D], size int64[C] (counts even what found no room)."""
    words = np.empty(BATCH + 4, np.uint32)
    for c in range(first, last):
        n = 0
        for base in range(edges[c], edges[c + 1], BATCH):
            end = min(base + BATCH, edges[c + 1])
            fill(seed, DRIFT, day, 0, base, end, words)
            for i in range(base, end):
                u = uniform(words[i - base])
                if u >= law.rate:
                    continue
                friend = i if law.mode == COMPANY else _met(graph, i, u / law.rate)
                alone = friend < 0
                if alone or (law.mode != PAIR and _gap(taste, i, friend) > law.bound * law.bound):
                    continue
                if n < who.shape[1]:
                    who[c, n, 0], who[c, n, 1] = i, friend
                    if law.mode == COMPANY:
                        _towards_company(graph, taste, law, i, moved[c, n])
                    else:
                        for axis in range(taste.shape[1]):
                            mine = taste[i, axis]
                            moved[c, n, axis] = mine + law.step * (taste[friend, axis] - mine)
                n += 1
        size[c] = n


@kernel
def exchange(pairs: np.ndarray, taste: np.ndarray, law: DriftLaw) -> None:
    """Let pairs int32[n, 2] meet one after another: both move, if they are within the bound."""
    for n in range(len(pairs)):
        i, j = whole(pairs[n, 0]), whole(pairs[n, 1])
        if i == j or _gap(taste, i, j) > law.bound * law.bound:
            continue
        for axis in range(taste.shape[1]):
            step = law.step * (taste[j, axis] - taste[i, axis])
            taste[i, axis] += step
            taste[j, axis] -= step


def drift(
    seed: np.uint64, day: int, taste: np.ndarray, graph: Graph, law: DriftLaw, threads: Threads
) -> None:
    """Let tastes float32[N, D] drift for a day, in place."""
    edges = chunk_edges(len(taste))
    chunks = len(edges) - 1
    widest = int(np.diff(edges).max(initial=0))
    room = int(widest * law.rate * 1.2) + 64
    while True:
        who = np.empty((chunks, room, 2), np.int32)
        moved = np.empty((chunks, room, taste.shape[1]), np.float32)
        size = np.zeros(chunks, np.int64)
        threads.run(meet, chunks, edges, seed, day, taste, graph, law, who, moved, size)
        most = int(size.max(initial=0))
        if most <= room:
            break
        room = most
    for c in range(chunks):
        if law.mode == PAIR:
            exchange(who[c, : size[c]], taste, law)
        else:
            taste[who[c, : size[c], 0]] = moved[c, : size[c]]


def bounded_confidence(
    graph: Graph,
    opinions: npt.ArrayLike,
    bound: float,
    *,
    mode: str = "pair",
    step: float = 0.5,
    rate: float = 1.0,
    rounds: int = 1,
    seed: int = 1,
) -> np.ndarray:
    """Let opinions drift with the kernels of the market (``memory.drift_mode``).

    Args:
        graph: ties; in a ``complete`` graph everybody is everybody's friend.
        opinions: at the start, [N] or [N, D]; kept as float32.
        bound: how far apart (Euclidean, inclusive) opinions may be to have influence.
        mode: ``pair`` (Deffuant et al. 2000), ``company`` (Hegselmann & Krause 2002; with a step
            of 1) or ``friend`` (one of the two moves, all at once).
        step: share of the distance moved, 0 to 1.
        rate: chance that a person meets somebody in a round.
        rounds: how many rounds.
        seed: seed of the draws.

    Returns:
        float32 of the shape of ``opinions``: what people think in the end.
    """
    if mode not in DRIFTS:
        near = did_you_mean(mode, DRIFTS)
        raise ScenarioError(Where("mode"), f"no drift is called {mode!r}", ", ".join(DRIFTS), near)
    taste = np.array(opinions, np.float32)
    rows = taste.reshape(len(taste), -1)
    law = DriftLaw(DRIFTS.index(mode), float(rate), float(bound), float(step))
    one = Threads(1)
    for day in range(rounds):
        drift(np.uint64(seed), day, rows, graph, law, one)
    return taste
