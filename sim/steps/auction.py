"""Slot auctions: who is shown where, and what a click costs.

A platform knows segments, not minds, so an auction depends on the segment alone. Bidders are
ranked by ``bid x predicted click rate`` once a day and segment; in each tick the ranking is cleared
for a handful of *lots* per segment. A lot is one draw of who takes part (pacing by throttling);
every visit of the tick belongs to a lot and just reads its result, so a visit costs the same for
20 bidders as for 1,000.

Rules (Edelman, Ostrovsky & Schwarz 2007; scores are bid x quality): ``gsp`` charges the score of
the next bidder over one's own quality; ``second_price`` charges everybody the score of the first
bidder left out; ``first_price`` charges one's own bid. Never below the reserve, never above the
bid, rounded up to a whole fen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel
from sim.rng import Stream, block, uniform

RULES = {"gsp": 0, "second_price": 1, "first_price": 2}
GSP, SECOND_PRICE, FIRST_PRICE = 0, 1, 2
THROTTLE = int(Stream.THROTTLE)
MAX_SLOTS = 16
AHEAD = 32  # bidders whose luck is drawn at once


class Lots(NamedTuple):
    """Results of a tick: winner int16[S, V, J] (-1 none), price int64[S, V, J] [money a click]."""

    winner: np.ndarray
    price: np.ndarray


class AuctionResult(NamedTuple):
    """Result of one auction: bidder number int64[slots] (-1 none), price per click int64[slots]."""

    winner: np.ndarray
    price: np.ndarray


@kernel
def slot_price(
    rule: int, bid: int, quality: float, next_score: float, left_out: float, reserve: int
) -> int:
    """Return the price of a click for the winner of a slot [money, whole units].

    ``next_score`` is the score ranked just below, ``left_out`` that of the first bidder without a
    slot; both 0 where there is none.
    """
    if rule == FIRST_PRICE:
        return bid
    score = next_score if rule == GSP else left_out
    # A hair below, so that an exact ratio is not rounded up to the next fen.
    price = int(np.ceil(score / quality - 1e-9))
    return min(bid, max(price, reserve))


@kernel
def _price_slots(
    rule: int,
    reserve: int,
    slots: int,
    ranked: np.ndarray,
    found: int,
    bid: np.ndarray,
    quality: np.ndarray,
    winner: np.ndarray,
    price: np.ndarray,
) -> None:
    """Fill winner and price of one auction from the first ``found`` ranked participants."""
    left_out = 0.0
    if found > slots:
        left_out = bid[ranked[slots]] * quality[ranked[slots]]
    for j in range(slots):
        if j >= found:
            winner[j] = -1
            price[j] = 0
            continue
        m = ranked[j]
        following = 0.0
        if j + 1 < found:
            following = bid[ranked[j + 1]] * quality[ranked[j + 1]]
        winner[j] = m
        price[j] = slot_price(rule, bid[m], quality[m], following, left_out, reserve)


def clear_auction(
    bids: np.ndarray, quality: np.ndarray, slots: int, *, rule: str = "gsp", reserve: int = 0
) -> AuctionResult:
    """Clear one auction: the same kernel that the market runs on.

    Args:
        bids: int[n], money per click in whole units; bidders below ``reserve`` stay out.
        quality: float[n], predicted click rate relative to average; positive.
        slots: slots from best to worst.
        rule: ``gsp``, ``second_price`` or ``first_price``.
        reserve: lowest price of a click.

    Raises:
        ValueError: unknown rule, unequal lengths, or a quality that is not positive.
    """
    if rule not in RULES:
        raise ValueError(f"rule {rule!r} is unknown, allowed are {', '.join(RULES)}")
    bids, quality = np.asarray(bids, np.int64), np.asarray(quality, np.float64)
    if bids.shape != quality.shape or bids.ndim != 1:
        raise ValueError("bids and quality must be two lists of the same length")
    if (quality <= 0).any():
        raise ValueError("quality must be positive")
    ranked = np.argsort(-bids * quality, kind="stable")
    ranked = ranked[(bids[ranked] >= reserve) & (bids[ranked] > 0)].astype(np.int64)
    result = AuctionResult(np.full(slots, -1, np.int64), np.zeros(slots, np.int64))
    _price_slots(
        RULES[rule], reserve, slots, ranked, len(ranked), bids, quality, result.winner, result.price
    )
    return result


@allocating
def rank_bidders(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    reserve: int,
    bid: np.ndarray,
    able: np.ndarray,
    target: np.ndarray,
    luck: np.ndarray,
    quality: np.ndarray,
    order: np.ndarray,
    count: np.ndarray,
) -> None:
    """Rank the bidders of segments ``first .. last-1`` by score; equal scores by lot.

    Reads bid int64[M], able bool[M], target bool[M, S], quality float64[S, M]; writes
    order int16[S, M] and count int32[S].
    """
    merchants = len(bid)
    score = np.empty(merchants, np.float64)
    who = np.empty(merchants, np.int64)
    for s in range(first, last):
        n = 0
        for m in range(merchants):
            if able[m] and target[m, s] and bid[m] > 0 and bid[m] >= reserve:
                word, _, _, _ = block(seed, THROTTLE, luck[m], day, 0x80000000 + s)
                # A relative nudge far below one fen decides ties afresh every day.
                score[n] = -bid[m] * quality[s, m] * (1.0 + 1e-9 * uniform(word))
                who[n] = m
                n += 1
        ranked = np.argsort(score[:n], kind="mergesort")
        for r in range(n):
            order[s, r] = who[ranked[r]]
        count[s] = n


@kernel
def _draw_luck(
    seed: np.uint64,
    day: int,
    number: int,
    luck: np.ndarray,
    order: np.ndarray,
    words: np.ndarray,
) -> None:
    """Draw the luck of the next bidders of a ranking to ``words`` uint32[4, AHEAD]: a loop without
    a branch, which LLVM vectorises."""
    for r in range(min(len(order), words.shape[1])):
        w0, w1, w2, w3 = block(seed, THROTTLE, luck[order[r]], day, number)
        words[0, r], words[1, r], words[2, r], words[3, r] = w0, w1, w2, w3


@allocating
def clear_lots(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    draw: int,
    rule: int,
    reserve: int,
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

    ``draw`` numbers (platform, tick); ``left`` int64[M] is what remains of budgets: a bidder who
    could not pay one click sits out. Four lots share a block of random words.
    """
    segments, variants, slots = lots.winner.shape
    ranked = np.empty((4, MAX_SLOTS + 1), np.int64)
    found = np.empty(4, np.int64)
    words = np.empty((4, AHEAD), np.uint32)
    for s in range(first, last):
        for group in range(variants >> 2):
            found[:] = 0
            done = 0
            number = (draw * segments + s) * (variants >> 2) + group
            for r in range(count[s]):
                if r % AHEAD == 0:
                    _draw_luck(seed, day, number, luck, order[s, r : count[s]], words)
                m = order[s, r]
                if left[m] < bid[m]:
                    continue
                share = throttle[m]
                for lane in range(4):
                    if found[lane] > slots:
                        continue
                    if share >= 1.0 or uniform(words[lane, r % AHEAD]) < share:
                        ranked[lane, found[lane]] = m
                        found[lane] += 1
                        if found[lane] > slots:
                            done += 1
                if done == 4:
                    break
            for lane in range(4):
                v = 4 * group + lane
                _price_slots(
                    rule,
                    reserve,
                    slots,
                    ranked[lane],
                    found[lane],
                    bid,
                    quality[s],
                    lots.winner[s, v],
                    lots.price[s, v],
                )
