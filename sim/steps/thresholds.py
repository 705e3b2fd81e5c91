"""Thresholds: people follow once enough of their friends have (complex contagion).

``linear_threshold`` (Granovetter 1978; Kempe, Kleinberg & Tardos 2003): friends weigh as much as
the tie to them is of the strength of all ties of a person, thresholds are uniform. ``threshold``
(Watts 2002): everybody follows once a given share of their friends has. Both are counted by
pushing: who has just adopted adds its weight to each friend, so a run costs the ties of those who
adopt.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.kernel import kernel
from sim.rng import Stream, fill, uniform
from sim.world.graph.csr import Graph

THRESHOLD = int(Stream.THRESHOLD)
ROUNDING = 1e-9  # a share that equals the threshold but for rounding has reached it
NEVER = -1


@kernel
def adoption_rounds(
    graph: Graph,
    strength: np.ndarray,
    thresholds: np.ndarray,
    seeds: np.ndarray,
    share: np.ndarray,
    order: np.ndarray,
    rounds: np.ndarray,
) -> int:
    """Let adoption run its course; return how many adopted.

    ``strength`` float32[E]: weight of each stored tie; ``thresholds`` float64[N]; ``share``
    float64[N] and ``order`` int64[N] are scratch; ``rounds`` int64[N] takes the round in which each
    adopted, 0 for seeds, -1 for those who never did. All adopters of a round see the round before.
    In a mean field everybody's friends are all other people.
    """
    people = len(rounds)
    for i in range(people):
        rounds[i] = NEVER
        share[i] = 0.0
    count = 0
    for i in seeds:
        if rounds[i] == NEVER:
            rounds[i] = 0
            order[count] = i
            count += 1
    if graph.contacts > 0.0:
        return _in_a_mean_field(people, thresholds, count, rounds)
    head = 0
    while head < count:
        i = order[head]
        head += 1
        for e in range(graph.indptr[i], graph.indptr[i + 1]):
            j = graph.indices[e]
            if rounds[j] != NEVER:
                continue
            share[j] += strength[e]
            whole = 0.0
            for f in range(graph.indptr[j], graph.indptr[j + 1]):
                whole += strength[f]
            if share[j] >= thresholds[j] * whole - ROUNDING * whole:
                rounds[j] = rounds[i] + 1
                order[count] = j
                count += 1
    return count


@kernel
def _in_a_mean_field(people: int, thresholds: np.ndarray, count: int, rounds: np.ndarray) -> int:
    turn, before = 0, 0
    while count > before:
        before = count
        turn += 1
        reached = before / max(1, people - 1)
        for j in range(people):
            if rounds[j] == NEVER and reached >= thresholds[j] - ROUNDING:
                rounds[j] = turn
                count += 1
    return count


@kernel
def _threshold_runs(
    seed: np.uint64,
    graph: Graph,
    seeds: np.ndarray,
    sizes: np.ndarray,
    reached: np.ndarray,
    thresholds: np.ndarray,
    share: np.ndarray,
    order: np.ndarray,
    rounds: np.ndarray,
    words: np.ndarray,
) -> None:
    people = len(rounds)
    for run in range(len(sizes)):
        fill(seed, THRESHOLD, run, 0, 0, people, words)
        for i in range(people):
            thresholds[i] = uniform(words[i])
        sizes[run] = adoption_rounds(graph, graph.strength, thresholds, seeds, share, order, rounds)
        for i in range(people):
            reached[i] += rounds[i] != NEVER


def linear_threshold(
    graph: Graph, seeds: npt.ArrayLike, *, runs: int = 1, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Run the linear threshold model (Kempe, Kleinberg & Tardos 2003).

    A person adopts once the strength of ties to adopters, over that of all of its ties, reaches a
    threshold drawn from U(0, 1). With equal strengths every friend weighs 1 / degree.

    Args:
        graph: ties; a ``complete`` graph uses the share of all other people.
        seeds: who has adopted at the start (consumer numbers).
        runs: independent repetitions, each with thresholds of its own.
        seed: seed of the draws.

    Returns:
        sizes int64[runs] (seeds included), and how often each adopted int64[N].
    """
    people = len(graph.indptr) - 1
    sizes, reached = np.zeros(runs, np.int64), np.zeros(people, np.int64)
    _threshold_runs(
        np.uint64(seed),
        graph,
        np.atleast_1d(np.asarray(seeds, np.int64)),
        sizes,
        reached,
        np.empty(people),
        np.empty(people),
        np.empty(people, np.int64),
        np.empty(people, np.int64),
        np.empty(people + 4, np.uint32),
    )
    return sizes, reached


def threshold(graph: Graph, seeds: npt.ArrayLike, share: npt.ArrayLike) -> np.ndarray:
    """Run the fractional threshold model (Watts 2002): no luck is in it.

    Args:
        graph: ties, whose strength does not count; a ``complete`` graph uses the share of all
            other people.
        seeds: who has adopted at the start (consumer numbers).
        share: the share of a person's friends that must have adopted, in [0, 1]: one number, or
            one for each person. People without friends never follow.

    Returns:
        int64[N]: the round in which each adopted; 0 for seeds, -1 for those who never did.
    """
    people = len(graph.indptr) - 1
    rounds = np.empty(people, np.int64)
    adoption_rounds(
        graph,
        np.ones(len(graph.indices), np.float32),
        np.array(np.broadcast_to(np.asarray(share, np.float64), people)),  # may be written to
        np.atleast_1d(np.asarray(seeds, np.int64)),
        np.empty(people),
        np.empty(people, np.int64),
        rounds,
    )
    return rounds
