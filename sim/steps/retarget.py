"""Ads for followers only: a small auction over what the visitor already follows.

Whoever advertises to its own followers cannot be ranked by segment. But who might be shown to a
visitor stands in the visitor's own memory: at most ``K`` slots. Where a platform has such bidders,
every visit has one more ad slot below the others, for which the merchants bid that this visitor
follows; a visit still costs the same for 20 bidders as for 1,000, and nothing where nobody bids.

The slot is sold to the highest bid x click rate: at the second score over one's own quality (or the
own bid, where that is the rule), never below the reserve. Pacing, budgets and the response of
visitors are those of all ads (``sim.steps.ads``); a visit's other ads tire first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block, uniform
from sim.steps.auction import slot_price
from sim.steps.billing import Bill
from sim.steps.exposure import AdLaw, Seen
from sim.steps.visits import WHO, Plan
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw
from sim.world.market import Offers, closeness, fit
from sim.world.relations import FOLLOWS, PAID, Relations, mark, warm

RETARGET = int(Stream.RETARGET)


class Pool(NamedTuple):
    """Who bids for followers: bid int64[M] as the auction sees it (0: stays out) and in full,
    most int64[M]; factor float64[M] by which the price is raised; share float64[M] of auctions each
    takes part in; quality float64[M]."""

    bid: np.ndarray
    most: np.ndarray
    factor: np.ndarray
    share: np.ndarray
    quality: np.ndarray


class Tally(NamedTuple):
    """What a tick counts, by chunk: impressions int64[C, 2, M] (feed, search), clicks int64[C, M],
    and at the prices agreed on the worth of all impressions and of all clicks int64[C, 2, M]."""

    impressions: np.ndarray
    clicks: np.ndarray
    worth: np.ndarray


def new_tally(chunks: int, merchants: int) -> Tally:
    """Return counts of nothing."""
    return Tally(
        np.zeros((chunks, 2, merchants), np.int64),
        np.zeros((chunks, merchants), np.int64),
        np.zeros((chunks, 2, merchants), np.int64),
    )


@kernel
def best_followed(
    seed: np.uint64,
    i: int,
    when: int,
    segment: int,
    relations: Relations,
    offers: Offers,
    pool: Pool,
) -> tuple[int, float, np.uint32]:
    """Return who wins the slot of a visit (-1: nobody), the second score, and the winner's word."""
    winner, best, second, luck = -1, 0.0, 0.0, np.uint32(0)
    edge = 0.0
    for k in range(relations.merchant.shape[1]):
        m = whole(relations.merchant[i, k])
        if relations.flags[i, k] & FOLLOWS == 0 or m < 0 or pool.bid[m] <= 0:
            continue
        if not offers.target[m, segment]:
            continue
        # Named by visitor, merchant and visit: others who bid change nobody's luck.
        w0, w1, w2, _ = block(seed, RETARGET, i, when, offers.luck[m])
        if uniform(w0) >= pool.share[m]:
            continue
        score = pool.bid[m] * pool.quality[m]
        nudged = score * (1.0 + 1e-9 * uniform(w2))  # equal scores by lot
        if nudged > edge:
            second, best, edge = best, score, nudged
            winner, luck = m, w1
        elif score > second:
            second = score
    return winner, second, luck


@kernel
def serve_followers(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    p: int,
    tick: int,
    rule: int,
    reserve: int,
    base: np.ndarray,
    plan: Plan,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    ads: AdLaw,
    law: MemoryLaw,
    pool: Pool,
    seen: Seen,
    tally: Tally,
) -> None:
    """Show one tick's visitors of chunks ``first .. last-1`` what they follow, below the other ads.

    ``base`` float64[2]: click rates of feed and search in that slot.
    """
    for c in range(first, last):
        tally.impressions[c] = 0
        tally.clicks[c] = 0
        tally.worth[c] = 0
        n = seen.size[c]
        for e in range(plan.start[c, tick], plan.start[c, tick + 1]):
            packed = whole(plan.entry[c, e])
            i = packed & WHO
            s = whole(consumers.segment[i])
            when = day + (((packed >> 28) & 15) << 16) + (p << 20)
            m, second, word = best_followed(seed, i, when, s, relations, offers, pool)
            if m < 0:
                continue
            price = slot_price(rule, pool.bid[m], pool.quality[m], second, second, reserve)
            price = min(pool.most[m], int(np.ceil(price * pool.factor[m] - 1e-9)))
            kind = 1 if packed < 0 else 0
            tally.impressions[c, kind, m] += 1
            tally.worth[c, 0, m] += price
            tired = consumers.fatigue[i]
            consumers.fatigue[i] = tired + law.fatigue / law.calm
            u = uniform(word)
            if u >= ads.notice:
                continue
            taste = fit(offers, consumers.taste[i], m)
            calm = np.exp(-tired * law.calm / consumers.tolerance[i])
            calm *= closeness(offers, consumers, i, m)
            clicked = u < base[kind] * (1.0 - ads.fit_share + ads.fit_share * taste) * calm
            slot = warm(relations, i, m, law.click if clicked else law.impression, law.fade)
            if not clicked:
                continue
            mark(relations, i, slot, PAID, day)
            tally.clicks[c, m] += 1
            tally.worth[c, 1, m] += price
            if n < seen.who.shape[1]:
                seen.who[c, n] = i
                seen.merchant[c, n] = m
            if n < seen.quote.shape[1]:
                seen.quote[c, n] = price
            n += 1
        seen.size[c] = n


def settle_followers(
    tally: Tally,
    base: np.ndarray,
    impressions: bool,
    share: np.ndarray,
    left: np.ndarray,
    followed: np.ndarray,
    bill: Bill,
) -> np.ndarray:
    """Add up the chunks, bill up to budgets, teach the platform; as ``billing.settle_tick``.

    Writes ``left`` int64[M], the board's clicks and expected clicks ``followed`` float64[2, M], and
    ``bill``; returns rows int64[n, 2]: mean price and number of what was billed.
    """
    shown, clicks = tally.impressions.sum(axis=0), tally.clicks.sum(axis=0)
    number = shown.sum(axis=0) if impressions else clicks
    worth = np.rint(tally.worth.sum(axis=0)[0 if impressions else 1] * share).astype(np.int64)
    spend = np.minimum(worth, left)
    billed = number.copy()
    short = worth > spend
    billed[short] = np.floor(number[short] * (spend[short] / worth[short])).astype(np.int64)
    followed[0] += clicks
    followed[1] += base @ shown
    left -= spend
    bill.impressions[:] += shown.sum(axis=0)
    bill.clicks[:] += clicks
    bill.billed[:] += billed
    bill.over[0] += int((number - billed).sum())
    bill.spend[:] += spend
    bill.worth[:] += worth
    paid = np.flatnonzero(billed > 0)
    return np.stack([spend[paid] // billed[paid], billed[paid]], axis=1)
