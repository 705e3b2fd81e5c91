"""Slot auctions: who is shown where, and what a click costs.

A platform knows segments, not minds, so an auction depends on the segment alone. Bidders are
ranked by ``bid x predicted click rate`` once a day and segment; who of them takes part in a tick is
drawn in ``sim.steps.lots``.

Rules (Edelman, Ostrovsky & Schwarz 2007; scores are bid x quality): ``gsp`` charges the score of
the next bidder over one's own quality; ``second_price`` charges everybody the score of the first
bidder left out; ``first_price`` charges one's own bid; ``vcg`` charges what a bidder's presence
costs the others (Vickrey, Clarke, Groves): who is moved down from slot k-1 to k loses
w[k-1] - w[k] clicks of its score, so with slots of click weight w a click in slot j costs

    sum over k > j of max(reserve, score[k] / own quality) x (w[k-1] - w[k]) / w[j]

With this reserve, one's own gain is the largest at the true value (Myerson 1981). ``fixed_price``
is no auction: a click costs the reserve, and who bids as much is ranked by quality. Never below the
reserve, never above the bid, rounded up to a whole fen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, kernel
from sim.rng import Stream, block, uniform

RULES = {"gsp": 0, "second_price": 1, "first_price": 2, "vcg": 3, "fixed_price": 4}
GSP, SECOND_PRICE, FIRST_PRICE, VCG, FIXED_PRICE = 0, 1, 2, 3, 4
THROTTLE = int(Stream.THROTTLE)


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
    if rule == FIRST_PRICE or rule == FIXED_PRICE:  # noqa: SIM109 - numba compiles this to two tests
        return bid
    score = left_out if rule == SECOND_PRICE else next_score
    # A hair below, so that an exact ratio is not rounded up to the next fen.
    price = int(np.ceil(score / quality - 1e-9))
    return min(bid, max(price, reserve))


@kernel
def harm(
    j: int,
    found: int,
    ranked: np.ndarray,
    bid: np.ndarray,
    quality: np.ndarray,
    weight: np.ndarray,
    reserve: int,
) -> float:
    """Return what the winner of slot ``j`` costs the others, a click and unit of its own quality:
    the ``vcg`` price before rounding. Nobody waits below the last who ``found`` themselves in."""
    own = quality[ranked[j]]
    total = 0.0
    for k in range(j + 1, len(weight) + 1):
        score = bid[ranked[k]] * quality[ranked[k]] if k < found else 0.0
        fewer = weight[k - 1] - (weight[k] if k < len(weight) else 0.0)
        total += max(float(reserve), score / own) * fewer
    return float(total / weight[j])


@kernel
def price_slots(
    rule: int,
    reserve: int,
    weight: np.ndarray,
    ranked: np.ndarray,
    found: int,
    bid: np.ndarray,
    quality: np.ndarray,
    winner: np.ndarray,
    price: np.ndarray,
) -> None:
    """Fill winner and price of one auction from the first ``found`` ranked participants; a slot
    each ``weight`` float64[J]."""
    slots = len(weight)
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
        if rule == VCG:
            following = quality[m] * harm(j, found, ranked, bid, quality, weight, reserve)
        price[j] = slot_price(rule, bid[m], quality[m], following, left_out, reserve)


def clear_auction(
    bids: np.ndarray,
    quality: np.ndarray,
    slots: int,
    *,
    rule: str = "gsp",
    reserve: int = 0,
    click_rates: np.ndarray | None = None,
) -> AuctionResult:
    """Clear one auction: the same kernel that the market runs on.

    Args:
        bids: int[n], money per click in whole units; bidders below ``reserve`` stay out.
        quality: float[n], predicted click rate relative to average; positive.
        slots: slots from best to worst.
        rule: ``gsp``, ``second_price``, ``first_price``, ``vcg`` or ``fixed_price``.
        reserve: lowest price of a click; with ``fixed_price`` the only one.
        click_rates: float[slots], clicks of each slot, none more than the one above it; only
            ``vcg`` depends on them. Left out: all slots are alike.

    Raises:
        ValueError: unknown rule, unequal lengths, a quality or click rate that is not positive,
            click rates that rise, or a posted price of 0.
    """
    if rule not in RULES:
        raise ValueError(f"rule {rule!r} is unknown, allowed are {', '.join(RULES)}")
    bids, quality = np.asarray(bids, np.int64), np.asarray(quality, np.float64)
    if bids.shape != quality.shape or bids.ndim != 1:
        raise ValueError("bids and quality must be two lists of the same length")
    if (quality <= 0).any():
        raise ValueError("quality must be positive")
    weight = np.asarray(np.ones(slots) if click_rates is None else click_rates, np.float64)
    if weight.shape != (slots,) or (weight <= 0).any() or (np.diff(weight) > 0).any():
        raise ValueError(f"click_rates must be {slots} positive numbers, none above the last")
    if rule == "fixed_price":
        if reserve <= 0:
            raise ValueError("a posted price (reserve) must be above 0")
        bids = posted(bids, reserve)
    ranked = np.argsort(-bids * quality, kind="stable")
    ranked = ranked[(bids[ranked] >= reserve) & (bids[ranked] > 0)].astype(np.int64)
    result = AuctionResult(np.full(slots, -1, np.int64), np.zeros(slots, np.int64))
    price_slots(
        RULES[rule],
        reserve,
        weight,
        ranked,
        len(ranked),
        bids,
        quality,
        result.winner,
        result.price,
    )
    return result


def posted(bids: np.ndarray, price: int) -> np.ndarray:
    """Return int64[n]: a posted price as the bid of all who are willing to pay it, 0 of others."""
    return np.where(bids >= price, price, 0).astype(np.int64)


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
