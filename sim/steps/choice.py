"""Who is chosen: multinomial logit over the considered merchants and the outside option.

    U = quality as perceived + spirit x fit + goodwill + trust + friends - sensitivity x log price

The logit is drawn as "largest utility plus Gumbel noise" (McFadden 1974): exact, and every option
keeps its own noise, so another merchant's arrival leaves everybody's taste for the others untouched
(common random numbers).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel, whole
from sim.rng import Stream, block, uniform
from sim.world.consumers import Consumers
from sim.world.graph.csr import Graph
from sim.world.laws import ChoiceLaw
from sim.world.market import ORGANIC_CELLS, Offers, fit
from sim.world.relations import BOUGHT, NO_TOUCH, ORGANIC, Relations, find

CHOICE, IMPULSE, ORGANIC_DRAW = int(Stream.CHOICE), int(Stream.IMPULSE), int(Stream.ORGANIC)
MAX_OPTIONS = 48
NEVER = -(1 << 62)
MAX_FRIENDS = 64  # friends asked before a purchase (assumption; keeps hubs cheap)


class Chosen(NamedTuple):
    """Outcome of each occasion: merchant int16[n] (-1: none), touch int8[n] it counts for."""

    merchant: np.ndarray
    touch: np.ndarray


class Scratch(NamedTuple):
    """The options of one occasion: merchant and slot int64[48] (-1 not remembered), share of
    friends who bought and utility float64[48]."""

    options: np.ndarray
    slot: np.ndarray
    share: np.ndarray
    value: np.ndarray


@kernel
def gumbel(seed: np.uint64, stream: int, consumer: int, day: int, option: int) -> float:
    """Return standard Gumbel noise of one consumer, day and option."""
    word, _, _, _ = block(seed, stream, consumer, day, option)
    return float(-np.log(-np.log(uniform(word))))


@kernel
def utility(
    consumers: Consumers,
    offers: Offers,
    law: ChoiceLaw,
    i: int,
    m: int,
    goodwill: float,
    trust: float,
    friends: float,
    bought: bool,
) -> float:
    """Return the utility of buying from merchant ``m`` for consumer ``i``, without noise.

    Who has not bought yet perceives quality halfway between the truth and the middle (0.5).
    """
    quality = offers.quality[m]
    if not bought:
        quality = 0.5 * (quality + 0.5)
    liked = 0.0
    if offers.spirit[m] > 0.0:
        liked = offers.spirit[m] * fit(offers, consumers.taste[i], m)
    return float(
        law.quality * quality
        + liked
        + law.goodwill * goodwill
        + law.trust * trust
        + law.friends * friends
        - consumers.price_sensitivity[i] * offers.log_price[m]
    )


@kernel
def friends_who_bought(
    graph: Graph, relations: Relations, i: int, options: np.ndarray, count: int, share: np.ndarray
) -> None:
    """Write to ``share`` which part of the friends of ``i`` bought from each option."""
    first, last = graph.indptr[i], graph.indptr[i + 1]
    last = min(last, first + MAX_FRIENDS)
    share[:count] = 0.0
    if last == first:
        return
    one = 1.0 / (last - first)
    for e in range(first, last):
        friend = graph.indices[e]
        for k in range(relations.merchant.shape[1]):
            if relations.flags[friend, k] & BOUGHT:
                for o in range(count):
                    if options[o] == relations.merchant[friend, k]:
                        share[o] += one


@allocating
def choose(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    who: np.ndarray,
    tempting: np.ndarray,
    touch: np.ndarray,
    platform: np.ndarray,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    graph: Graph,
    organic: np.ndarray,
    results: np.ndarray,
    law: ChoiceLaw,
    decay: np.ndarray,
    chosen: Chosen,
) -> None:
    """Decide the occasions in pieces ``first .. last-1``; reads the world, changes nothing.

    A need weighs all considered merchants (remembered well enough, or among the ``results``
    int64[P] unpaid results that a searcher sees) against buying elsewhere; a temptation weighs the
    tempting merchant against not buying.
    """
    scratch = Scratch(
        np.empty(MAX_OPTIONS, np.int64),
        np.empty(MAX_OPTIONS, np.int64),
        np.zeros(MAX_OPTIONS, np.float64),
        np.empty(MAX_OPTIONS, np.float64),
    )
    for piece in range(first, last):
        if _reach(edges[piece], edges[piece + 1], who, consumers, relations) != NEVER:
            _choose(
                edges[piece],
                edges[piece + 1],
                seed,
                day,
                who,
                tempting,
                touch,
                platform,
                consumers,
                relations,
                offers,
                graph,
                organic,
                results,
                law,
                decay,
                chosen,
                scratch,
            )


@kernel
def _reach(
    first: int, last: int, who: np.ndarray, consumers: Consumers, relations: Relations
) -> int:
    """Look at everybody's memory and taste, so that it comes to the cache together."""
    total = 0
    end = relations.touch.shape[1] - 1
    for n in range(first, last):
        i = who[n]
        total += relations.merchant[i, 0]
        total += relations.flags[i, 0]
        total += relations.trust[i, end] > 0.0
        total += consumers.taste[i, 0] > 0.0
        total += consumers.price_sensitivity[i] > 0.0
    return total


@kernel
def _choose(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    who: np.ndarray,
    tempting: np.ndarray,
    touch: np.ndarray,
    platform: np.ndarray,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    graph: Graph,
    organic: np.ndarray,
    results: np.ndarray,
    law: ChoiceLaw,
    decay: np.ndarray,
    chosen: Chosen,
    scratch: Scratch,
) -> None:
    """Decide the occasions ``first .. last-1``."""
    options, slot, share, value = scratch
    for n in range(first, last):
        i = who[n]
        need = tempting[n] < 0
        count = 0
        if need:
            for k in range(relations.merchant.shape[1]):
                m = relations.merchant[i, k]
                if m < 0 or not offers.is_open[m]:
                    continue
                present = relations.goodwill[i, k] * decay[day - relations.day[i, k]]
                if present >= law.consider:
                    options[count], slot[count] = m, k
                    count += 1
            if platform[n] >= 0:
                count = _add_results(
                    seed,
                    day,
                    i,
                    platform[n],
                    results[platform[n]],
                    organic,
                    relations,
                    offers,
                    options,
                    slot,
                    count,
                )
        elif offers.is_open[tempting[n]]:
            options[0] = tempting[n]
            slot[0] = find(relations, i, tempting[n])
            count = 1
        stream = CHOICE if need else IMPULSE
        shift = 0 if need else whole(touch[n]) << 28
        best = (law.outside if need else law.impulse) + gumbel(seed, stream, i, day, shift)
        winner = -1
        top = best
        for o in range(count):
            m, k = options[o], slot[o]
            goodwill = trust = 0.0
            bought = False
            if k >= 0:
                goodwill = relations.goodwill[i, k] * decay[day - relations.day[i, k]]
                trust = relations.trust[i, k]
                bought = relations.flags[i, k] & BOUGHT != 0
            noise = gumbel(seed, stream, i, day, whole(offers.luck[m]) ^ shift)
            value[o] = noise + utility(consumers, offers, law, i, m, goodwill, trust, 0.0, bought)
            top = max(top, value[o])
        # Friends add between 0 and ``law.friends``: ask them only if that could decide.
        rivals = 1 if best >= top - law.friends else 0
        hopeful = 0
        for o in range(count):
            rivals += value[o] > top - law.friends
            hopeful += value[o] > best - law.friends
        share[:count] = 0.0
        if law.friends > 0.0 and hopeful > 0 and rivals > 1:
            friends_who_bought(graph, relations, i, options, count, share)
        for o in range(count):
            if value[o] + law.friends * share[o] > best:
                best, winner = value[o] + law.friends * share[o], o
        if winner < 0:
            chosen.merchant[n] = -1
            continue
        chosen.merchant[n] = options[winner]
        chosen.touch[n] = touch[n]
        if need:
            chosen.touch[n] = _last_touch(
                relations, i, slot[winner], day, platform[n] >= 0, law.window
            )


@kernel
def _add_results(
    seed: np.uint64,
    day: int,
    i: int,
    p: int,
    results: int,
    organic: np.ndarray,
    relations: Relations,
    offers: Offers,
    options: np.ndarray,
    slot: np.ndarray,
    count: int,
) -> int:
    """Add the unpaid results that a searcher sees; return the new number of options.

    A result whose merchant is remembered too faintly joins with its slot.
    """
    w0 = w1 = w2 = w3 = np.uint32(0)
    for r in range(results):
        if r & 3 == 0:
            w0, w1, w2, w3 = block(seed, ORGANIC_DRAW, i, day, p * 16 + (r >> 2))
        lane = r & 3
        word = w0 if lane == 0 else w1 if lane == 1 else w2 if lane == 2 else w3
        m = organic[p, word >> np.uint32(20)]
        if m < 0 or not offers.is_open[m] or count >= MAX_OPTIONS:
            continue
        known = False
        for o in range(count):
            known = known or options[o] == m
        if not known:
            options[count], slot[count] = m, find(relations, i, m)
            count += 1
    return count


@kernel
def _last_touch(relations: Relations, i: int, k: int, day: int, searched: bool, window: int) -> int:
    """Return what brought a need's order: today's touch, else the search, else a recent touch."""
    age = 32767
    last = NO_TOUCH
    if k >= 0 and relations.touched[i, k] >= 0:
        age = day - whole(relations.touched[i, k])
        last = whole(relations.touch[i, k]) & 15
    if age == 0:
        return last
    if searched and (k < 0 or relations.flags[i, k] & BOUGHT == 0):
        return ORGANIC
    if age <= window:
        return last
    return ORGANIC if searched and k < 0 else NO_TOUCH


assert ORGANIC_CELLS == 1 << 12, "an organic result is drawn with the top 12 bits of a word"
