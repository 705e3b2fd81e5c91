"""The lots of a tick: who takes part, is shown where, and what a click costs.

In each tick the ranking of a segment is cleared for a handful of *lots*. A lot is one draw of who
takes part (pacing by throttling); every visit of the tick belongs to a lot and just reads its
result, so a visit costs the same for 20 bidders as for 1,000.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel, whole
from sim.rng import block
from sim.steps.auction import THROTTLE, price_slots

MAX_SLOTS = 16
AHEAD = 32  # bidders whose luck is drawn at once


class Lots(NamedTuple):
    """Results of a tick: winner int16[S, V, J] (-1 none), price int64[S, V, J] [money a click]."""

    winner: np.ndarray
    price: np.ndarray


class Willing(NamedTuple):
    """Bidders of a segment who can pay a click, by rank: number int64[M], luck uint32[M], and the
    largest word uint32[M] with which they take part."""

    who: np.ndarray
    luck: np.ndarray
    most: np.ndarray


@kernel
def _draw_takers(
    seed: np.uint64,
    day: int,
    number: int,
    luck: np.ndarray,
    most: np.ndarray,
    words: np.ndarray,
    takers: np.ndarray,
) -> None:
    """Draw in which of four lots the next bidders of a ranking take part, a bit a lot, to
    ``takers`` uint32[AHEAD]. Loops without a branch over what lies side by side, which LLVM
    vectorises; ``words`` uint32[4, AHEAD] is scratch."""
    count = min(len(luck), AHEAD)
    for r in range(count):
        w0, w1, w2, w3 = block(seed, THROTTLE, luck[r], day, number)
        words[0, r], words[1, r], words[2, r], words[3, r] = w0, w1, w2, w3
    for r in range(count):
        lots = np.uint32(0)
        for lane in range(4):
            lots |= np.uint32(words[lane, r] <= most[r]) << np.uint32(lane)
        takers[r] = lots


@kernel
def _draw_lots(
    seed: np.uint64,
    day: int,
    number: int,
    slots: int,
    willing: Willing,
    count: int,
    words: np.ndarray,
    takers: np.ndarray,
    ranked: np.ndarray,
    found: np.ndarray,
) -> None:
    """List the first ``slots + 1`` who take part in each of four lots: ranked int64[4, slots + 1],
    found int64[4]."""
    found[:] = 0
    done = 0
    for r in range(count):
        if r % AHEAD == 0:
            luck, most = willing.luck[r:count], willing.most[r:count]
            _draw_takers(seed, day, number, luck, most, words, takers)
        lots = whole(takers[r % AHEAD])
        if lots == 0:
            continue
        for lane in range(4):
            if (lots >> lane) & 1 and found[lane] <= slots:
                ranked[lane, found[lane]] = willing.who[r]
                found[lane] += 1
                done += found[lane] > slots
        if done == 4:
            break


@kernel
def _limits(bid: np.ndarray, left: np.ndarray, throttle: np.ndarray, limit: np.ndarray) -> None:
    """Write int64[M]: a bidder takes part where a word is below its limit; never one who could
    not pay a click."""
    for m in range(len(limit)):
        share = throttle[m] * 4294967296.0 - 0.5  # u < throttle, asked of the word itself
        limit[m] = int(np.ceil(share)) if left[m] >= bid[m] else 0


@kernel
def _gather(ranking: np.ndarray, luck: np.ndarray, limit: np.ndarray, willing: Willing) -> int:
    """Lay those of a ranking side by side who may take part at all; return how many they are.

    Late in the day most have spent their budgets, and four lots in turn ask all who are left.
    """
    count = 0
    for r in range(len(ranking)):
        m = ranking[r]
        willing.who[count], willing.luck[count] = m, luck[m]
        willing.most[count] = limit[m] - 1
        count += limit[m] > 0
    return count


@allocating
def clear_lots(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    draw: int,
    rule: int,
    reserve: int,
    weight: np.ndarray,
    bid: np.ndarray,
    left: np.ndarray,
    throttle: np.ndarray,
    luck: np.ndarray,
    quality: np.ndarray,
    order: np.ndarray,
    count: np.ndarray,
    lots: Lots,
) -> None:
    """Clear all lots of segments ``first .. last-1`` for one tick.

    ``draw`` numbers (platform, tick); ``weight`` float64[J]: clicks of a slot relative to the
    first; ``left`` int64[M] is what remains of budgets: a bidder who could not pay one click sits
    out. Four lots share a block of random words.
    """
    segments, variants, slots = lots.winner.shape
    ranked = np.empty((4, MAX_SLOTS + 1), np.int64)
    found = np.empty(4, np.int64)
    words, takers = np.empty((4, AHEAD), np.uint32), np.empty(AHEAD, np.uint32)
    limit = np.empty(len(bid), np.int64)
    willing = Willing(
        np.empty(len(bid), np.int64), np.empty(len(bid), np.uint32), np.empty(len(bid), np.uint32)
    )
    _limits(bid, left, throttle, limit)
    for s in range(first, last):
        bidders = _gather(order[s, : count[s]], luck, limit, willing)
        for group in range(variants >> 2):
            number = (draw * segments + s) * (variants >> 2) + group
            _draw_lots(seed, day, number, slots, willing, bidders, words, takers, ranked, found)
            for lane in range(4):
                v = 4 * group + lane
                price_slots(
                    rule,
                    reserve,
                    weight,
                    ranked[lane],
                    found[lane],
                    bid,
                    quality[s],
                    lots.winner[s, v],
                    lots.price[s, v],
                )
