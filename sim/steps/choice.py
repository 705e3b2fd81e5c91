"""Who is chosen: multinomial logit over the considered merchants and the outside option.

    U = quality as perceived + spirit x fit + goodwill + trust + friends - sensitivity x log price

The logit is drawn as "largest utility plus Gumbel noise" (McFadden 1974): exact, and every option
keeps its own noise, so another merchant's arrival leaves everybody's taste for the others untouched
(common random numbers).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, inlined, kernel, prefetch, whole
from sim.lanes import LANES, lanes_of, lanes_with, lowest
from sim.rng import uniform
from sim.steps.consideration import Options, consider, draw_luck, new_options
from sim.world.consumers import Consumers
from sim.world.deals import best_deal
from sim.world.graph.csr import Graph
from sim.world.laws import ChoiceLaw
from sim.world.market import Offers, affinity
from sim.world.relations import BOUGHT, NO_TOUCH, ORGANIC, PAID, Relations

AHEAD = 16  # occasions in advance of which a person's rows are fetched
MAX_FRIENDS = 64  # friends asked before a purchase (assumption; keeps hubs cheap)


class Chosen(NamedTuple):
    """Outcome of each occasion: merchant int16[n] (-1: none), touch int8[n] it counts for."""

    merchant: np.ndarray
    touch: np.ndarray


@inlined
def noise(word: np.uint32) -> float:
    """Return standard Gumbel noise from a random word."""
    return float(-np.log(-np.log(uniform(word))))


# The most and the least that noise can be, by the first 9 bits of its word: cheap to look up, and
# most options are out of reach even with that.
MOST_NOISE = -np.log(-np.log((np.arange(1, 513) - 2.0**-24) / 512)).astype(np.float32) + 1e-5
LEAST_NOISE = -np.log(-np.log(np.arange(512) / 512 + 2.0**-33)).astype(np.float32) - 1e-5
MOST_NOISE[-1] = 23.0  # of the largest word: -log(-log(1 - 2^-33)) = 22.9


@inlined
def utility(
    consumers: Consumers,
    offers: Offers,
    law: ChoiceLaw,
    i: int,
    m: int,
    goodwill: float,
    trust: float,
    bought: bool,
) -> float:
    """Return the utility of buying from merchant ``m`` for consumer ``i``, without fit, friends and
    noise.

    Who has not bought yet perceives quality halfway between the truth and the middle (0.5).
    """
    quality = offers.quality[m]
    if not bought:
        quality = 0.5 * (quality + 0.5)
    return float(
        law.quality * quality
        + law.goodwill * goodwill
        + law.trust * trust
        - law.price_weight * (consumers.price_sensitivity[i] * offers.log_price[m])
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
    for e in range(first, last):  # all come to the cache together
        prefetch(relations.merchant, graph.indices[e])
    one = 1.0 / (last - first)
    for e in range(first, last):
        friend = graph.indices[e]
        flags = relations.flags[friend]
        for begin in range(0, len(flags), LANES):
            bought = lanes_with(flags, begin, BOUGHT) & lanes_of(len(flags), begin)
            while bought:
                m = relations.merchant[friend, begin + lowest(bought)]
                bought &= bought - 1
                for o in range(count):
                    if options[o] == m:
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
    relief: np.ndarray,
    law: ChoiceLaw,
    fade: float,
    chosen: Chosen,
) -> None:
    """Decide the occasions in pieces ``first .. last-1``; reads the world, changes nothing.

    A need weighs all considered merchants (remembered well enough, or among the ``results``
    int64[P] unpaid results that a searcher sees) against buying elsewhere; a temptation weighs the
    tempting merchant against not buying. ``relief`` float64[P]: -log(1 - discount) of what a
    platform pays of the price of those who sell there. Piece by piece: list the options, draw
    their luck, weigh them; each pass is free of what slows the others.
    """
    widest = 0
    for piece in range(first, last):
        widest = max(widest, edges[piece + 1] - edges[piece])
    options = new_options(widest)
    for piece in range(first, last):
        _choose(
            edges[piece], edges[piece + 1], seed, day, who, tempting, touch, platform, consumers,
            relations, offers, graph, organic, results, relief, law, fade, chosen, options,
        )  # fmt: skip


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
    relief: np.ndarray,
    law: ChoiceLaw,
    fade: float,
    chosen: Chosen,
    options: Options,
) -> None:
    """Decide the occasions ``first .. last-1``."""
    count = 0
    for n in range(first, min(first + AHEAD, last)):
        _fetch(who[n], consumers, relations, graph)
    for n in range(first, last):
        _fetch(who[min(n + AHEAD, last - 1)], consumers, relations, graph)
        options.start[n - first] = count
        count = consider(
            count, seed, day, who[n], tempting[n], touch[n], platform[n], relations, offers,
            organic, results, law, fade, options,
        )  # fmt: skip
    options.start[last - first] = count
    draw_luck(seed, day, count, options)
    for n in range(first, last):
        soon = min(n + AHEAD, last - 1)
        if tempting[soon] < 0:
            prefetch(graph.indices, graph.indptr[who[soon]])
        need, p = tempting[n] < 0, whole(platform[n])
        gain = relief[p] * law.price_weight if p >= 0 else 0.0
        none = law.impulse if not need else law.outside if touch[n] < 0 else law.store
        m, k = _weigh(
            n - first, none, p, gain, seed, day, consumers, relations, offers, graph, law, fade,
            options,
        )  # fmt: skip
        chosen.merchant[n] = m
        chosen.touch[n] = touch[n]
        if need and m >= 0 and touch[n] < 0:
            searched = p >= 0 and offers.listed[p, m]
            chosen.touch[n] = _last_touch(
                relations, who[n], k, day, searched, gain > 0.0, law.window
            )


@inlined
def _fetch(i: int, consumers: Consumers, relations: Relations, graph: Graph) -> None:
    """Have all fetched that is looked at of a person who will choose soon."""
    prefetch(relations.merchant, i)
    prefetch(relations.trust, i)
    prefetch(consumers.price_sensitivity, i)
    prefetch(consumers.taste, i)
    prefetch(graph.indptr, i)


@inlined
def _weigh(
    n: int,
    nothing: float,
    p: int,
    gain: float,
    seed: np.uint64,
    day: int,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    graph: Graph,
    law: ChoiceLaw,
    fade: float,
    options: Options,
) -> tuple[int, int]:
    """Return merchant and slot of the best option of occasion ``n`` of the piece (-1: none).

    Who sells on platform ``p`` is cheaper there by ``gain`` [log price].

    Friends add between 0 and ``law.friends``. What could not beat "none" even with all friends and
    a perfect fit is passed over after a look at the most its noise can be; friends are asked only
    if that could decide.
    """
    first, last = options.start[n], options.start[n + 1]
    i = options.person[first]
    hope = nothing + LEAST_NOISE[options.word[first] >> np.uint32(23)] - law.friends
    best = -1
    promoted = len(offers.deals.off) > 0
    for o in range(first + 1, last):
        m, k = options.merchant[o], options.slot[o]
        goodwill = trust = 0.0
        bought = False
        if k >= 0:
            goodwill = relations.goodwill[i, k] * fade
            trust = relations.trust[i, k]
            bought = relations.flags[i, k] & BOUGHT != 0
        plain = utility(consumers, offers, law, i, m, goodwill, trust, bought)
        if gain > 0.0 and offers.listed[p, m]:
            plain += consumers.price_sensitivity[i] * gain
        if promoted:
            deal = best_deal(offers.deals, relations, seed, day, i, m, k, whole(offers.luck[m]))
            if deal >= 0:
                plain += consumers.price_sensitivity[i] * offers.deals.gain[deal]
        most = plain + offers.spirit[m] * offers.fit_scale[m]
        most += MOST_NOISE[options.word[o] >> np.uint32(23)]
        options.plain[o], options.most[o] = plain, most
        if most > hope:
            hope, best = most, o
    if best < 0:
        return -1, -1
    none = nothing + noise(options.word[first])
    floor = none - law.friends
    # The most hopeful first, so that few others need a closer look.
    count, top = 0, none
    for turn in range(first, last):
        o = best if turn == first else turn
        if options.most[o] <= max(floor, top - law.friends) or (o == best and turn > first):
            continue
        m = options.merchant[o]
        value = options.plain[o] + noise(options.word[o])
        if offers.spirit[m] > 0.0:
            value += offers.spirit[m] * affinity(offers, consumers, i, m)
        if value > floor:
            options.rival[count], options.rival_slot[count] = m, options.slot[o]
            options.value[count], options.share[count] = value, 0.0
            top = max(top, value)
            count += 1
    rivals = 1 if none >= top - law.friends else 0
    for o in range(count):
        rivals += options.value[o] > top - law.friends
    if law.friends > 0.0 and count > 0 and rivals > 1:
        friends_who_bought(graph, relations, i, options.rival, count, options.share)
    winner = -1
    top = none
    for o in range(count):
        value = options.value[o] + law.friends * options.share[o]
        if value > top:
            top, winner = value, o
    if winner < 0:
        return -1, -1
    return options.rival[winner], options.rival_slot[winner]


@kernel
def _last_touch(
    relations: Relations, i: int, k: int, day: int, searched: bool, cheaper: bool, window: int
) -> int:
    """Return what brought a need's order: today's touch, else the search, else a recent touch.

    Who has bought before goes to the merchant straight, unless the platform is ``cheaper``.
    """
    age = 32767
    last = NO_TOUCH
    if k >= 0 and relations.touched[i, k] >= 0:
        age = day - whole(relations.touched[i, k])
        last = whole(relations.touch[i, k]) & 15
    if searched and cheaper:
        return PAID if age == 0 and last == PAID else ORGANIC
    if age == 0:
        return last
    if searched and (k < 0 or relations.flags[i, k] & BOUGHT == 0):
        return ORGANIC
    if age <= window:
        return last
    return ORGANIC if searched and k < 0 else NO_TOUCH
