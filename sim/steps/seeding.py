"""Whom to give a new thing first: ``choose_seeds`` and what each way costs.

``random`` is the yardstick; ``degree`` takes those with most ties; ``k_core`` those of the densest
core (Kitsak et al. 2010: position beats popularity); ``tribes`` shares the seeds out by tribe size,
the best connected of each, because ties across tribes are weak; ``greedy`` maximises the expected
spread of an independent cascade (``sim.steps.greedy``).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.kernel import kernel
from sim.rng import Stream, generator
from sim.steps.diffusion import independent_cascade
from sim.steps.greedy import greedy
from sim.world.graph.csr import Graph

METHODS = ("random", "degree", "k_core", "tribes", "greedy")
RUNS = 200  # cascades behind an estimate of spread


class Seeds(NamedTuple):
    """People chosen int64[k], in the order of choice, and the mean number of people that an
    independent cascade from them reaches (they included), with its standard error."""

    people: np.ndarray
    spread: float
    error: float


def choose_seeds(
    graph: Graph,
    k: int,
    method: str = "degree",
    *,
    probability: float = 0.1,
    tribe: npt.ArrayLike | None = None,
    epsilon: float = 0.2,
    seed: int = 1,
) -> Seeds:
    """Choose ``k`` people to start a cascade, and estimate how far it goes.

    Args:
        graph: ties; in a ``complete`` graph all people are alike, and ``k`` are drawn.
        k: how many, at most all.
        method: ``random``, ``degree``, ``k_core``, ``tribes`` or ``greedy``.
        probability: chance that a tie of strength 1 passes; for ``greedy`` and the estimate.
        tribe: int[N], needed by ``tribes``.
        epsilon: how far ``greedy`` may stay behind (1 - 1/e); smaller takes longer (1 / epsilon^2).
        seed: seed of the draws.

    Raises:
        ValueError: unknown method, ``tribes`` without tribes, or a number out of range.
    """
    people = seeds_of(graph, k, method, probability, tribe, epsilon, seed)
    if not len(people):
        return Seeds(people, 0.0, 0.0)
    sizes, _ = independent_cascade(graph, people, probability, runs=RUNS, seed=seed)
    return Seeds(people, float(sizes.mean()), float(sizes.std(ddof=1) / math.sqrt(RUNS)))


def seeds_of(
    graph: Graph,
    k: int,
    method: str,
    probability: float = 0.1,
    tribe: npt.ArrayLike | None = None,
    epsilon: float = 0.2,
    seed: int = 1,
    relay: float = 1.0,
) -> np.ndarray:
    """Return the people that ``choose_seeds`` chooses, int64[k], without an estimate.

    ``relay``: chance that who heard it passes it on; for ``greedy``.
    """
    people = len(graph.indptr) - 1
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; there are {', '.join(METHODS)}")
    if k < 0 or not 0 <= probability <= 1 or not 0 < epsilon < 1:
        raise ValueError("needs k >= 0, probability in [0, 1] and epsilon in (0, 1)")
    k = min(k, people)
    if method == "tribes":
        if tribe is None or np.shape(tribe) != (people,):
            raise ValueError("tribes needs the tribe of everybody")
        return _by_tribe(graph, k, np.asarray(tribe, np.int64))
    if method == "random" or graph.contacts > 0 or k == 0:
        drawn = generator(seed, Stream.SEEDING).choice(people, k, replace=False)
        return np.asarray(drawn, np.int64)
    if method == "greedy":
        return greedy(graph, k, probability, epsilon, seed, relay)
    ties = np.diff(graph.indptr)
    core = core_numbers(graph) if method == "k_core" else np.zeros(people, np.int64)
    return np.lexsort((np.arange(people), -ties, -core))[:k].astype(np.int64)


def _by_tribe(graph: Graph, k: int, tribe: np.ndarray) -> np.ndarray:
    """Seats in proportion to tribe sizes (largest remainders), the best connected of each."""
    sizes = np.bincount(tribe)
    exact = k * sizes / max(1, len(tribe))
    seats = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - seats), kind="stable")[: k - int(seats.sum())]
    seats[rest] += 1
    ties = np.diff(graph.indptr)
    order = np.lexsort((np.arange(len(tribe)), -ties, tribe))
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    taken = [order[first[t] : first[t] + seats[t]] for t in np.flatnonzero(seats)]
    return np.concatenate(taken).astype(np.int64) if taken else np.zeros(0, np.int64)


# --- cores ---------------------------------------------------------------------------------------


def core_numbers(graph: Graph) -> np.ndarray:
    """Return int64[N]: the largest k such that a person has k ties among people who all have k
    (Batagelj & Zaversnik 2003), in time proportional to the ties."""
    ties = np.diff(graph.indptr).astype(np.int64)
    core, order = ties.copy(), np.argsort(ties, kind="stable").astype(np.int64)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    most = int(ties.max(initial=0))
    first = np.searchsorted(ties[order], np.arange(most + 2)).astype(np.int64)
    _peel(graph.indptr, graph.indices, core, order, place, first)
    return core


@kernel
def _peel(
    indptr: np.ndarray,
    indices: np.ndarray,
    core: np.ndarray,
    order: np.ndarray,
    place: np.ndarray,
    first: np.ndarray,
) -> None:
    """Take away whoever has fewest ties; ``order`` stays sorted by what is left of them, ``first``
    says where each number of ties begins in it."""
    for n in range(len(order)):
        i = order[n]
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if core[j] > core[i]:
                # j goes to the front of those with as many ties, then has one tie fewer.
                front = max(first[core[j]], n + 1)
                other = order[front]
                order[place[j]], order[front] = other, j
                place[other], place[j] = place[j], front
                first[core[j]] = front + 1
                core[j] -= 1
