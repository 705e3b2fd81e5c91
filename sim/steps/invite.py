"""Asking friends: who is asked along which tie, and what a reward does to the readiness to ask.

A reward raises the *odds* of asking by ``exp(sensitivity x weight x log saved)``: it counts as the
same saving counts in the utility of a purchase (McFadden 1974), and a chance stays a chance. A
friend at a tie of strength ``s`` is asked with ``s`` times that chance, at most 1. Being asked is
a message: it raises goodwill, and trust by the part ``credence``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import inlined, kernel, whole
from sim.rng import block, uniform
from sim.steps.day import Day
from sim.steps.diffusion import STRIDE
from sim.world.consumers import Consumers
from sim.world.graph.csr import Graph
from sim.world.market import Offers
from sim.world.relations import Relations, mark, warm


class Askers(NamedTuple):
    """Who asks friends to buy: who int64[n], merchant int64[n], gain float64[n] (log saved)."""

    who: np.ndarray
    merchant: np.ndarray
    gain: np.ndarray


@inlined
def raised(chance: float, worth: float) -> float:
    """Return ``chance`` with its odds multiplied by exp(worth)."""
    lift = np.exp(min(worth, 50.0))
    return float(chance * lift / (1.0 + chance * (lift - 1.0)))


@kernel
def ask_friends(
    seed: np.uint64,
    stream: int,
    day: int,
    askers: Askers,
    rate: float,
    weight: float,
    graph: Graph,
    consumers: Consumers,
    offers: Offers,
    asked: np.ndarray,
    source: np.ndarray,
) -> int:
    """Let everybody ask; return how many are ``asked`` int32[R], by which ``source`` int32[R].

    In a mean field the asker meets a Poisson number of random people instead.
    """
    count = 0
    for n in range(len(askers.who)):
        i = askers.who[n]
        luck = whole(offers.luck[askers.merchant[n]])
        worth = weight * consumers.price_sensitivity[i] * askers.gain[n]
        chance = raised(rate * consumers.sociability[i], worth)
        if graph.contacts > 0.0:
            met = _meet(seed, stream, i, day, luck, graph.contacts * chance)
            for t in range(met):
                word, _, _, _ = block(seed, stream, i, day, luck + STRIDE * (t + 1))
                friend = int(uniform(word) * (len(graph.indptr) - 1))
                if friend != i and count < len(asked):
                    asked[count], source[count] = friend, n
                    count += 1
            continue
        for e in range(graph.indptr[i], graph.indptr[i + 1]):
            # By the friend and not by the place in the row: another tie moves nobody's luck.
            draw = luck ^ (whole(graph.indices[e]) * STRIDE)
            word, _, _, _ = block(seed, stream, i, day, draw)
            if uniform(word) < chance * graph.strength[e]:
                asked[count], source[count] = graph.indices[e], n
                count += 1
    return count


@kernel
def _meet(seed: np.uint64, stream: int, i: int, day: int, luck: int, mean: float) -> int:
    """Return a Poisson number, by inversion."""
    word, _, _, _ = block(seed, stream, i, day, luck)
    u, term, met = uniform(word), np.exp(-mean), 0
    total = term
    while u > total and met < 1000:
        met += 1
        term *= mean / met
        total += term
    return met


@kernel
def hear(
    day: int,
    who: np.ndarray,
    merchant: np.ndarray,
    touch: int,
    gain: float,
    trust: float,
    fade: float,
    relations: Relations,
) -> None:
    """Let the invited remember: ``gain`` of goodwill and ``trust``, times what is missing to 1."""
    for n in range(len(who)):
        i = who[n]
        k = warm(relations, i, merchant[n], gain, fade)
        if k >= 0:
            mark(relations, i, k, touch, day)
            relations.trust[i, k] += trust * (1.0 - relations.trust[i, k])


def invite(day: Day, stream: int, askers: Askers, touch: int) -> tuple[np.ndarray, np.ndarray]:
    """Send the invitations of ``askers``; return int32[n] who was asked, int32[n] by which asker.

    Who was asked remembers it.
    """
    world = day.world
    law = world.scenario.inviting
    if world.graph.contacts > 0:
        room = int(4 * world.graph.contacts + 64) * len(askers.who)
    else:
        ties = world.graph.indptr[askers.who + 1] - world.graph.indptr[askers.who]
        room = int(ties.sum())
    asked, source = np.empty(room, np.int32), np.empty(room, np.int32)
    count = ask_friends(
        world.seed,
        stream,
        day.number,
        askers,
        float(law.rate),
        float(law.incentive),
        world.graph,
        world.consumers,
        world.offers,
        asked,
        source,
    )
    asked, source = asked[:count], source[:count]
    memory = world.laws.memory
    hear(
        day.number,
        asked,
        askers.merchant[source],
        touch,
        memory.message,
        float(law.credence * world.laws.sharing.good_news),
        memory.fade,
        world.relations,
    )
    return asked, source


def once_each(who: np.ndarray, merchant: np.ndarray, merchants: int) -> np.ndarray:
    """Return int64[m]: where each pair of person and merchant stands first."""
    return np.unique(who.astype(np.int64) * merchants + merchant, return_index=True)[1]
