"""Exact expected cascades on small graphs, by methods that share nothing with the kernels.

Independent cascade: whoever is reached is connected to a seed by ties that passed, and a tie that
passes in the first direction tried is never needed in the other, so one coin per tie is enough:
bond percolation. The ties are gone through once, person by person; what must be remembered of the
coins so far is only which people at the frontier (who still have ties to come) are connected, and
the first two moments of how many people hang on each of these blocks. A sum over 2^ties coins so
becomes a sum over partitions of a narrow frontier (Hardy, Lucet & Limnios 2007, for reliability).

Linear threshold: with weights 1 / degree everybody picks one friend at random and adopts if that
friend does (Kempe, Kleinberg & Tardos 2003, claim 2.6). Picks along a path are independent, and the
paths from the seeds to one person exclude each other, so the expected size is a sum over paths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.errors import ScenarioError, Where
from sim.world.graph.csr import Graph

Moments = npt.NDArray[np.float64]
States = dict[tuple[int, ...], Moments]

MOST_STATES = 10_000
MOST_PATHS = 5_000_000
SEEDED = 0
"""The block of the seeds; others are numbered in the order in which they stand at the frontier."""


def exact_cascade(graph: Graph, seeds: Sequence[int], p: float) -> tuple[float, float]:
    """Return mean and standard deviation of the size of an independent cascade, seeds included.

    Raises:
        ScenarioError: the graph is too large or too dense for an exact answer.
    """
    chance = {
        (i, int(graph.indices[e])): min(1.0, p * float(graph.strength[e]))
        for i in range(len(graph.indptr) - 1)
        for e in range(graph.indptr[i], graph.indptr[i + 1])
    }
    # Moments of (1, size of block 0, size of block 1, ...): second moments hold the first ones.
    start = np.array([[1.0, 0.0], [0.0, 0.0]])
    states: States = {(): start}
    frontier: list[int] = []
    done: set[int] = set()
    for person in _order(graph, seeds):
        states = _enter(states, person in seeds)
        frontier.append(person)
        for place, other in enumerate(frontier[:-1]):
            if (person, other) in chance:
                states = _try_tie(states, place, len(frontier) - 1, chance[person, other])
                if len(states) > MOST_STATES:
                    raise _too_large("the graph is too dense for an exact cascade")
        done.add(person)
        for place in reversed(range(len(frontier))):
            row = graph.indices[graph.indptr[frontier[place]] : graph.indptr[frontier[place] + 1]]
            if done.issuperset(row.tolist()):
                del frontier[place]
                states = _leave(states, place)
    (total,) = states.values()
    return float(total[0, 1]), math.sqrt(max(0.0, float(total[1, 1] - total[0, 1] ** 2)))


def _too_large(problem: str) -> ScenarioError:
    return ScenarioError(Where("--graph"), problem, "about 40 ties, or a narrow graph, can be done")


def _order(graph: Graph, seeds: Sequence[int]) -> list[int]:
    """Return all people; whoever leaves the frontier narrowest comes next."""
    people = len(graph.indptr) - 1
    friends = [
        set(graph.indices[graph.indptr[i] : graph.indptr[i + 1]].tolist()) for i in range(people)
    ]
    order: list[int] = []
    done: set[int] = set()
    while len(order) < people:
        near = {j for i in done for j in friends[i]} - done or set(seeds) - done
        near = near or set(range(people)) - done

        def width(i: int) -> tuple[int, int, int]:
            after = done | {i}
            open_ = sum(not friends[j] <= after for j in after)
            return open_, -len(friends[i] & done), i

        chosen = min(near, key=width)
        order.append(chosen)
        done.add(chosen)
    return order


def _add(states: States, labels: Sequence[int], moments: Moments) -> None:
    """Add moments to the state with these labels; blocks are numbered anew, those that have left
    the frontier are forgotten, but for the seeds'."""
    names = {SEEDED: SEEDED}
    for label in labels:
        names.setdefault(label, len(names))
    keep = [0, *(label + 1 for label in names)]
    key = tuple(names[label] for label in labels)
    kept = moments[np.ix_(keep, keep)]
    if key in states:
        states[key] += kept
    else:
        states[key] = kept


def _enter(states: States, is_seed: bool) -> States:
    """Somebody comes to the frontier: alone, or to the seeds."""
    out: States = {}
    for labels, moments in states.items():
        size = len(moments)
        grow = np.eye(size + 1, size)
        if is_seed:
            grow[1, 0] = 1.0
            _add(out, (*labels, SEEDED), grow[:size] @ moments @ grow[:size].T)
        else:
            grow[size, 0] = 1.0
            _add(out, (*labels, size - 1), grow @ moments @ grow.T)
    return out


def _try_tie(states: States, one: int, other: int, chance: float) -> States:
    """The tie between two places of the frontier passes with a chance, and joins their blocks."""
    out: States = {}
    for labels, moments in states.items():
        low, high = sorted((labels[one], labels[other]))
        if low == high:
            _add(out, labels, moments)
            continue
        if chance < 1.0:
            _add(out, labels, (1.0 - chance) * moments)
        if chance > 0.0:
            join = np.eye(len(moments))
            join[low + 1, high + 1] = 1.0
            together = [low if label == high else label for label in labels]
            _add(out, together, chance * (join @ moments @ join.T))
    return out


def _leave(states: States, place: int) -> States:
    out: States = {}
    for labels, moments in states.items():
        _add(out, labels[:place] + labels[place + 1 :], moments)
    return out


def exact_threshold(graph: Graph, seeds: Sequence[int]) -> float:
    """Return the mean size under the linear threshold model with equal weights, seeds included.

    Raises:
        ScenarioError: there are too many paths for an exact answer.
    """
    friends = [
        graph.indices[graph.indptr[i] : graph.indptr[i + 1]].tolist()
        for i in range(len(graph.indptr) - 1)
    ]
    total, paths = 0.0, 0
    for seed in set(seeds):
        on_path = set(seeds)
        stack = [(seed, 1.0, iter(friends[seed]))]
        total += 1.0
        while stack:
            end, weight, rest = stack[-1]
            following = next((j for j in rest if j not in on_path), None)
            if following is None:
                stack.pop()
                on_path.discard(end)
                continue
            weight /= len(friends[following])
            total += weight
            paths += 1
            if paths > MOST_PATHS:
                raise _too_large("too many paths for an exact linear threshold")
            on_path.add(following)
            stack.append((following, weight, iter(friends[following])))
        on_path.add(seed)
    return total
