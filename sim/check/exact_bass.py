"""Bass' model without luck: closed forms, and exact chains for synchronous steps.

In a step of length dt everybody who has not adopted does so with probability (p + q x share) dt,
all seeing the state before the step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.errors import ScenarioError, Where

Floats = npt.NDArray[np.float64]

MOST_PEOPLE = 10
"""On a graph of its own everybody's state counts: 2^N of them, 3^N changes."""


def closed_form(p: float, q: float, t: npt.ArrayLike) -> Floats:
    """Return the share that has adopted by ``t`` where everybody meets everybody (Bass 1969):
    (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t)."""
    decay = np.exp(-(p + q) * np.asarray(t, np.float64))
    return np.asarray((1 - decay) / (1 + q / p * decay))


def ring_form(p: float, q: float, t: npt.ArrayLike) -> Floats:
    """Return the share on an endless ring, the slowest of all graphs (Fibich & Gibori 2010):
    1 - exp(-(p+q) t + q (1 - e^-pt) / p)."""
    t = np.asarray(t, np.float64)
    return np.asarray(1 - np.exp(-(p + q) * t + q * (1 - np.exp(-p * t)) / p))


def ring_steps(p: float, q: float, dt: float, steps: int) -> Floats:
    """Return the share that has adopted after each step on an endless ring, exactly.

    Let S[k] be the chance that k neighbours in a row have not adopted. The inner ones stay so with
    chance 1 - p dt; an end, with its outer neighbour out, 1 - (p + q/2) dt, else 1 - p dt. So S[k]
    needs S[k], S[k+1] and S[k+2] of the step before, and 2 x steps rows in a row are enough.
    """
    stay = np.ones(2 * steps + 1)  # S[1], S[2], ...
    lone, end, more = 1 - (p + q) * dt, 1 - (p + q / 2) * dt, q / 2 * dt
    inner = (1 - p * dt) ** (np.arange(len(stay)) - 1.0)
    curve = []
    for _ in range(steps):
        new = end**2 * stay[:-2] + 2 * end * more * stay[1:-1] + more**2 * stay[2:]
        new *= inner[: len(new)]
        new[0] = lone * stay[0] + 2 * more * stay[1]
        stay = new
        curve.append(1 - stay[0])
    return np.array(curve)


def crowd_steps(people: int, p: float, q: float, dt: float, steps: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of adopters after each step in a crowd where everybody
    meets everybody, hazard p + q k / N: a Markov chain of the number k of adopters."""
    move = np.zeros((people + 1, people + 1))
    for k in range(people + 1):
        chance = min(1.0, (p + q * k / people) * dt)
        left = people - k
        for new in range(left + 1):
            move[k, k + new] = math.comb(left, new) * chance**new * (1 - chance) ** (left - new)
    state, number = np.zeros(people + 1), np.arange(people + 1.0)
    state[0] = 1.0
    mean, deviation = [], []
    for _ in range(steps):
        state = state @ move
        mean.append(float(state @ number))
        deviation.append(math.sqrt(max(0.0, float(state @ number**2) - mean[-1] ** 2)))
    return np.array(mean), np.array(deviation)


def graph_steps(
    friends: Sequence[Sequence[int]], p: float, q: float, dt: float, steps: int
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of adopters after each step on any small graph: a Markov
    chain of who has adopted.

    Raises:
        ScenarioError: more people than can be enumerated.
    """
    people = len(friends)
    if people > MOST_PEOPLE:
        raise ScenarioError(
            Where("--graph"), f"{people} people", f"up to {MOST_PEOPLE} can be enumerated"
        )
    size = 1 << people
    number = np.array([bin(s).count("1") for s in range(size)], np.float64)
    moves = [_moves(s, friends, p, q, dt) for s in range(size)]
    state = np.zeros(size)
    state[0] = 1.0
    mean, deviation = [], []
    for _ in range(steps):
        after = np.zeros(size)
        for s in np.flatnonzero(state):
            targets, chances = moves[s]
            after[targets] += state[s] * chances
        state = after
        mean.append(float(state @ number))
        deviation.append(math.sqrt(max(0.0, float(state @ number**2) - mean[-1] ** 2)))
    return np.array(mean), np.array(deviation)


def _moves(
    state: int, friends: Sequence[Sequence[int]], p: float, q: float, dt: float
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return where a state may go in a step, and the chances."""
    targets, chances = np.array([state]), np.ones(1)
    for i, own in enumerate(friends):
        if state >> i & 1:
            continue
        share = sum(state >> j & 1 for j in own) / len(own) if own else 0.0
        chance = min(1.0, (p + q * share) * dt)
        targets = np.concatenate([targets, targets | 1 << i])
        chances = np.concatenate([chances * (1 - chance), chances * chance])
    return targets, chances
