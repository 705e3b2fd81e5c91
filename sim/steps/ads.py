"""What visitors see: impressions, clicks, and the bill.

    P(click) = base(kind) x decay^slot x (1 - share + share x fit) x exp(-fatigue / tolerance)

Of the impressions a share is noticed; clicks are a part of the noticed. A noticed ad raises
goodwill a little, a click more, and every ad shown adds fatigue. Budgets are hard caps: clicks
beyond what is left of a budget are counted, not billed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block, uniform
from sim.steps.auction import Lots
from sim.steps.visits import BATCH, WHO, Plan
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw
from sim.world.market import Offers, fit
from sim.world.relations import PAID, Relations, mark, warm

BROWSE = int(Stream.BROWSE)
LEARN = 0.2  # weight of the last tick in what a platform thinks a bidder would spend (assumption)
LEAST = 0.002  # least share of auctions, so that a platform never stops learning (assumption)


class Seen(NamedTuple):
    """What a tick counts, by chunk: visits int32[C, 2, S, V] (feed, search), clicks
    int32[C, S, V, J]; the day's clicks who int32[C, R], merchant int16[C, R], size int64[C]."""

    visits: np.ndarray
    clicks: np.ndarray
    who: np.ndarray
    merchant: np.ndarray
    size: np.ndarray


class AdLaw(NamedTuple):
    """Response to ads: base float64[2, J] click rates of feed and search by slot."""

    base: np.ndarray
    notice: float
    fit_share: float


@kernel
def _draw_visits(
    seed: np.uint64,
    day: int,
    draw: int,
    entry: np.ndarray,
    first: int,
    last: int,
    words: np.ndarray,
) -> None:
    """Draw a block for each visit ``first .. last-1`` to ``words`` uint32[4, BATCH]: a loop
    without a branch, which LLVM vectorises."""
    for k in range(last - first):
        packed = whole(entry[first + k])
        w0, w1, w2, w3 = block(
            seed, BROWSE, packed & WHO, day, draw + (((packed >> 28) & 15) << 24)
        )
        words[0, k] = w0
        words[1, k] = w1
        words[2, k] = w2
        words[3, k] = w3


@kernel
def serve_tick(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    draw: int,
    tick: int,
    plan: Plan,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    lots: Lots,
    ads: AdLaw,
    law: MemoryLaw,
    seen: Seen,
) -> None:
    """Show the ads of one tick to the visitors of chunks ``first .. last-1``."""
    _, variants, slots = lots.winner.shape
    words = np.empty((4, BATCH), np.uint32)
    for c in range(first, last):
        seen.visits[c] = 0
        seen.clicks[c] = 0
        n = seen.size[c]
        begin = plan.start[c, tick]
        for k in range(begin, plan.start[c, tick + 1]):
            packed = plan.entry[c, k]
            i = packed & WHO
            search = 1 if packed < 0 else 0
            s = consumers.tribe[i]
            visit = draw + (((packed >> 28) & 15) << 24)
            at = (k - begin) % BATCH
            if at == 0:
                _draw_visits(
                    seed,
                    day,
                    draw,
                    plan.entry[c],
                    k,
                    min(k + BATCH, plan.start[c, tick + 1]),
                    words,
                )
            w0, w1, w2, w3 = words[0, at], words[1, at], words[2, at], words[3, at]
            v = (w0 >> np.uint32(8)) & np.uint32(variants - 1)
            seen.visits[c, search, s, v] += 1
            shown = 0
            calm = -1.0
            for j in range(slots):
                m = lots.winner[s, v, j]
                if m < 0:
                    break
                shown += 1
                if j > 2 and j % 4 == 3:
                    w0, w1, w2, w3 = block(seed, BROWSE, i, day, visit + 0x100000 * (j // 4 + 1))
                lane = (j + 1) & 3
                u = uniform(w1 if lane == 1 else w2 if lane == 2 else w3 if lane == 3 else w0)
                if u >= ads.notice:
                    continue
                most = 1.0 - ads.fit_share + ads.fit_share * offers.fit_scale[m]
                if u >= ads.base[search, j] * most:
                    warm(relations, i, m, day, law.impression, law.decay)
                    continue  # not even a perfect fit would make this a click
                if calm < 0.0:
                    past = law.fatigue_decay[day - consumers.fatigue_day[i]]
                    calm = np.exp(-consumers.fatigue[i] * past / consumers.tolerance[i])
                taste = fit(offers, consumers.taste[i], m)
                respond = 1.0 - ads.fit_share + ads.fit_share * taste
                if u < ads.base[search, j] * respond * calm:
                    slot = warm(relations, i, m, day, law.click, law.decay)
                    if slot >= 0:
                        mark(relations, i, slot, PAID, day)
                    seen.clicks[c, s, v, j] += 1
                    if n < seen.who.shape[1]:
                        seen.who[c, n] = i
                        seen.merchant[c, n] = m
                    n += 1
                else:
                    warm(relations, i, m, day, law.impression, law.decay)
            if shown > 0 and law.fatigue > 0.0:
                past = law.fatigue_decay[day - consumers.fatigue_day[i]]
                consumers.fatigue[i] = consumers.fatigue[i] * past + shown * law.fatigue
                consumers.fatigue_day[i] = day
        seen.size[c] = n


class Bill(NamedTuple):
    """What a tick comes to, by merchant int64[M]: impressions, clicks, billed clicks, money;
    prices int64[R, 2]: (price, billed clicks) of each slot sold; over int64[1]."""

    impressions: np.ndarray
    clicks: np.ndarray
    billed: np.ndarray
    spend: np.ndarray
    prices: np.ndarray
    over: np.ndarray


@kernel
def settle_tick(
    lots: Lots,
    seen: Seen,
    ads: AdLaw,
    left: np.ndarray,
    clicks: np.ndarray,
    expected: np.ndarray,
    bill: Bill,
) -> int:
    """Add up the chunks in fixed order, bill clicks up to budgets, teach the platform.

    Writes ``left`` int64[M], the board's clicks and expected clicks float64[S, M], and ``bill``;
    returns the number of rows of ``bill.prices`` in use.
    """
    segments, variants, slots = lots.winner.shape
    rows = 0
    for s in range(segments):
        for v in range(variants):
            feed, search = 0, 0
            for c in range(seen.visits.shape[0]):
                feed += seen.visits[c, 0, s, v]
                search += seen.visits[c, 1, s, v]
            if feed + search == 0:
                continue
            for j in range(slots):
                m = lots.winner[s, v, j]
                if m < 0:
                    break
                total = 0
                for c in range(seen.clicks.shape[0]):
                    total += seen.clicks[c, s, v, j]
                bill.impressions[m] += feed + search
                bill.clicks[m] += total
                clicks[s, m] += total
                expected[s, m] += feed * ads.base[0, j] + search * ads.base[1, j]
                price = lots.price[s, v, j]
                billed = total
                if price > 0 and total > left[m] // price:
                    billed = left[m] // price
                    bill.over[0] += total - billed
                left[m] -= billed * price
                bill.billed[m] += billed
                bill.spend[m] += billed * price
                if billed > 0:
                    bill.prices[rows, 0] = price
                    bill.prices[rows, 1] = billed
                    rows += 1
    return rows


@kernel
def pace(
    throttle: np.ndarray,
    rate: np.ndarray,
    budget: np.ndarray,
    left: np.ndarray,
    before: np.ndarray,
    parts: int,
    ticks: int,
) -> None:
    """Set the share of auctions each bidder takes part in, after a tick.

    A platform learns what full participation would spend in a tick (``rate`` float64[M]) and
    throttles to ``money wanted / rate``. ``left`` and ``before`` int64[M]: budget left now and
    before the tick; ``parts``: ticks to come (0: plan for the first tick of tomorrow).
    """
    for m in range(len(throttle)):
        if budget[m] <= 0:
            continue
        full = (before[m] - left[m]) / throttle[m]
        if before[m] > 0:
            rate[m] = full if rate[m] < 0.0 else (1.0 - LEARN) * rate[m] + LEARN * full
        wanted = left[m] / parts if parts > 0 else budget[m] / ticks
        share = wanted / rate[m] if rate[m] > 0.0 else 2.0 * throttle[m]
        throttle[m] = min(1.0, max(LEAST, share))
