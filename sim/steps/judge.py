"""What buyers think of what they got: how satisfied, whether it goes back, whether they talk.

Satisfaction = 2 (quality - expectation) + service - lateness + noise, in [-1, 1]. Who is not
satisfied sends goods back and complains; who is delighted tells friends. It depends on the parcel
and its buyer alone, so parcels are judged side by side and dealt with in turn
(``sim.steps.deliver``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, inlined, kernel, prefetch
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.purchase import MERCHANT, WHO
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw, ShareLaw
from sim.world.market import Offers

SATISFACTION, RETURN, TALK = int(Stream.SATISFACTION), int(Stream.RETURN), int(Stream.TALK)
LATE = 5  # sixth column of a parcel on its way: days it waited to be sent
PIECE = 256


class Judged(NamedTuple):
    """What buyers think of each parcel: mood float64[n] (satisfaction in [-1, 1]), returns bool[n]
    and talks bool[n] (whether they will)."""

    mood: np.ndarray
    returns: np.ndarray
    talks: np.ndarray


@inlined
def _mood(
    w0: np.uint32, w1: np.uint32, quality: float, service: float, late: float, law: MemoryLaw
) -> float:
    """Return how satisfied a buyer is, in [-1, 1]; noise from two words by Box and Muller."""
    noise = np.sqrt(-2.0 * np.log(uniform(w0))) * np.cos(2.0 * np.pi * uniform(w1))
    value = 2.0 * (quality - law.expectation) + service - law.lateness * late
    return float(min(1.0, max(-1.0, value + law.satisfaction_noise * noise)))


@inlined
def _speaks(word: np.uint32, i: int, mood: float, consumers: Consumers, sharing: ShareLaw) -> bool:
    """Tell whether a buyer talks about an experience."""
    eager = min(1.0, 2.0 * abs(mood)) * (sharing.complaint_ratio if mood < 0.0 else 1.0)
    return bool(uniform(word) < sharing.buyer_rate * consumers.sociability[i] * eager)


@kernel
def satisfaction(
    seed: np.uint64,
    consumer: int,
    day: int,
    luck: int,
    quality: float,
    service: float,
    late: float,
    law: MemoryLaw,
) -> float:
    """Return how satisfied a buyer is with what arrived today, in [-1, 1]."""
    w0, w1, _, _ = block(seed, SATISFACTION, consumer, day, luck)
    return _mood(w0, w1, quality, service, late, law)


@kernel
def talks(
    seed: np.uint64,
    day: int,
    i: int,
    luck: int,
    mood: float,
    consumers: Consumers,
    sharing: ShareLaw,
) -> bool:
    """Tell whether a buyer talks about an experience of today."""
    word, _, _, _ = block(seed, TALK, i, day, luck)
    return _speaks(word, i, mood, consumers, sharing)


@kernel
def judge_parcels(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    parcels: np.ndarray,
    consumers: Consumers,
    offers: Offers,
    service: np.ndarray,
    memory: MemoryLaw,
    sharing: ShareLaw,
    words: np.ndarray,
    judged: Judged,
) -> None:
    """Judge the parcels int64[n, 6] of pieces ``first .. last-1``: draw, then think.

    ``service`` float64[M]: satisfaction it adds; ``words`` uint32[4, n] is scratch.
    """
    for n in range(edges[first], edges[last]):
        i, luck = parcels[n, WHO], offers.luck[parcels[n, MERCHANT]]
        prefetch(consumers.sociability, i)
        words[0, n], words[1, n], _, _ = block(seed, SATISFACTION, i, day, luck)
        words[2, n], _, _, _ = block(seed, RETURN, i, day, luck)
        words[3, n], _, _, _ = block(seed, TALK, i, day, luck)
    for n in range(edges[first], edges[last]):
        i, m = parcels[n, WHO], parcels[n, MERCHANT]
        mood = _mood(
            words[0, n], words[1, n], offers.quality[m], service[m], parcels[n, LATE], memory
        )
        judged.mood[n] = mood
        judged.returns[n] = uniform(words[2, n]) < memory.return_rate * np.exp(-2.0 * mood)
        judged.talks[n] = _speaks(words[3, n], i, mood, consumers, sharing)


def judge(day: Day, parcels: np.ndarray, threads: Threads) -> Judged:
    """Return what buyers think of parcels int64[n, 6] that arrive today."""
    world, count = day.world, len(parcels)
    judged = Judged(np.empty(count), np.empty(count, np.bool_), np.empty(count, np.bool_))
    pieces = -(-count // PIECE)
    threads.run(
        judge_parcels,
        pieces,
        np.minimum(np.arange(pieces + 1) * PIECE, count),
        world.seed,
        day.number,
        parcels,
        world.consumers,
        world.offers,
        world.terms.felt,
        world.laws.memory,
        world.laws.sharing,
        np.empty((4, count), np.uint32),
        judged,
    )
    return judged
