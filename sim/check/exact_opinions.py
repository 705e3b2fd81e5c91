"""Drift of opinions without luck: exact moments without a bound, and Hegselmann and Krause's model
in fractions.

Without a bound an opinion is a random mixture of others, so the matrix of second moments
C = E[x x'] after a round is linear in that before it, on any graph.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mixed(
    friends: Sequence[Sequence[int]],
    opinions: Floats,
    mode: str,
    step: float,
    rate: float,
    rounds: int,
) -> tuple[Floats, Floats]:
    """Return the expected mean and the expected variance (over people) after each round, for the
    modes ``friend`` and ``pair``."""
    people = len(friends)
    picks = np.zeros((people, people))
    for i, own in enumerate(friends):
        picks[i, own] = 1 / len(own)
    mean, second = opinions.copy(), np.outer(opinions, opinions)
    # What a person is expected to move is the same in both modes for who moves, as DeGroot (1974).
    turn = _all_at_once if mode == "friend" else _one_by_one
    means, variances = [], []
    for _ in range(rounds):
        mean, second = turn(mean, second, picks, step, rate)
        means.append(float(mean.mean()))
        variances.append(float(np.trace(second) / people - second.mean()))
    return np.array(means), np.array(variances)


def _all_at_once(
    mean: Floats, second: Floats, picks: Floats, step: float, rate: float
) -> tuple[Floats, Floats]:
    """Everybody moves to (1 - step) x_i + step x_j with chance ``rate``, j drawn for each apart:
    E[x_i x_k] of two people is that of their expected moves."""
    people = len(mean)
    moves = (1 - rate * step) * np.eye(people) + rate * step * picks
    square = np.diag(second)
    after = moves @ second @ moves.T
    with_friend = (picks * second).sum(axis=1)
    stirred = (1 - step) ** 2 * square + 2 * step * (1 - step) * with_friend
    stirred += step**2 * (picks @ square)
    np.fill_diagonal(after, (1 - rate) * square + rate * stirred)
    return moves @ mean, after


def _one_by_one(
    mean: Floats, second: Floats, picks: Floats, step: float, rate: float
) -> tuple[Floats, Floats]:
    """One after another meets a friend with chance ``rate``, and both move: x becomes T x with
    T = 1 - step d d', d = e_i - e_j."""
    people = len(mean)
    for i in range(people):
        new_mean, new_second = (1 - rate) * mean, (1 - rate) * second
        for j in np.flatnonzero(picks[i]):
            d = np.zeros(people)
            d[i], d[j] = 1.0, -1.0
            pull = second @ d
            moved = second - step * (np.outer(d, pull) + np.outer(pull, d))
            moved += step**2 * float(d @ pull) * np.outer(d, d)
            weight = rate * picks[i, j]
            new_second = new_second + weight * moved
            new_mean = new_mean + weight * (mean - step * d * float(d @ mean))
        mean, second = new_mean, new_second
    return mean, second


def company_clusters(opinions: Sequence[Fraction], bound: Fraction) -> int:
    """Return how many different opinions are left when everybody has moved, again and again, to
    the mean of all who are no further away than ``bound`` (Hegselmann & Krause 2002).

    It ends after finitely many rounds, and fractions know when.
    """
    now = sorted(opinions)
    while True:
        sums = [Fraction(0), *accumulate(now)]
        after = []
        for x in now:
            first, last = bisect_left(now, x - bound), bisect_right(now, x + bound)
            after.append((sums[last] - sums[first]) / (last - first))
        if after == now:
            return len(set(now))
        now = after
