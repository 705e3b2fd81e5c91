"""What visitors see: impressions, clicks, and the bill.

    P(click) = base(kind) x decay^slot x (1 - share + share x fit) x exp(-fatigue / tolerance)
               x closeness (1 in the merchant's own region)

Of the impressions a share is noticed; clicks are a part of the noticed. A noticed ad raises
goodwill a little, a click more, and every ad shown adds fatigue. What it costs is worked out in
``sim.steps.billing``.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import bring_near, inlined, kernel, prefetch, take_turn, whole
from sim.lanes import lowest
from sim.rng import Stream, block, uniform
from sim.steps.exposure import AdLaw, Batch, Seen
from sim.steps.lots import Lots
from sim.steps.visits import BATCH, WHO, Plan, list_passing
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw
from sim.world.market import Offers, closeness, fit
from sim.world.relations import PAID, Relations, mark, warm

BROWSE = int(Stream.BROWSE)
PLACES = (1 << 24) - 1  # no place is beyond: says that none is negative, which saves looking
NEAR = 6  # ads noticed in advance of which what was fetched is brought near
AHEAD = 24  # visits, or ads noticed, in advance of which a person's rows are fetched


@inlined
def _words_of(
    seed: np.uint64, day: int, draw: int, packed: int
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Draw a block of a visit."""
    return block(seed, BROWSE, packed & WHO, day, draw + (((packed >> 28) & 15) << 24))


@kernel
def _draw_visits(
    seed: np.uint64,
    day: int,
    draw: int,
    entry: np.ndarray,
    count: int,
    slots: int,
    width: int,
    words: np.ndarray,
) -> None:
    """Draw the words of ``count`` visits, ``width`` a visit: loops without a branch."""
    if width == 4:  # which LLVM vectorises, as it knows where words go
        for k in range(count):
            w0, w1, w2, w3 = _words_of(seed, day, draw, whole(entry[k]))
            words[4 * k] = w0
            words[4 * k + 1] = w1
            words[4 * k + 2] = w2
            words[4 * k + 3] = w3
        return
    for number in range(slots // 4 + 1):
        for k in range(count):
            at = width * k + 4 * number
            w0, w1, w2, w3 = _words_of(seed, day, draw + 0x100000 * number, whole(entry[k]))
            words[at], words[at + 1], words[at + 2], words[at + 3] = w0, w1, w2, w3


@inlined
def aisle(consumers: Consumers, packed: int, i: int, apart: int) -> int:
    """Return where a visitor is: the segment in the feed, or among those who search a category."""
    searching = (1 + ((packed >> 28) & 7)) if packed < 0 else 0
    return whole(consumers.segment[i]) + apart * searching


@kernel
def _look(
    w: int,
    entry: np.ndarray,
    count: int,
    consumers: Consumers,
    lots: Lots,
    ads: AdLaw,
    width: int,
    law: MemoryLaw,
    seen: Seen,
    batch: Batch,
) -> int:
    """Let visitors see their lots and tire; list what they notice; return how much that is."""
    slots = lots.winner.shape[2]
    few = np.uint32(lots.winner.shape[1] - 1)
    tiring = law.fatigue / law.calm
    words = batch.words[w]
    for at in range(count):
        soon = entry[min(at + AHEAD, len(entry) - 1)] & WHO
        prefetch(consumers.segment, soon)
        prefetch(consumers.fatigue, soon)
        packed = entry[at]
        i = packed & WHO
        s = aisle(consumers, packed, i, ads.apart)
        v = whole((words[(at * width) & PLACES] >> np.uint32(8)) & few)
        batch.lot[w, at] = (s << 4) | v
        seen.visits[w, 1 if packed < 0 else 0, s, v] += 1
        shown = 0
        for j in range(slots):
            shown += lots.winner[s, v, j] >= 0
        tired = consumers.fatigue[i]
        batch.tired[w, at] = tired * law.calm
        consumers.fatigue[i] = tired + shown * tiring
    return list_passing(words, ads.limit, 0, count * width, batch.event[w], 0)


@kernel
def _notice(
    w: int,
    entry: np.ndarray,
    events: int,
    consumers: Consumers,
    relations: Relations,
    lots: Lots,
    ads: AdLaw,
    width: int,
    batch: Batch,
) -> tuple[int, int]:
    """List what there was to notice, and who may click; return how many of both.

    If not even a perfect fit would make it a click, there is nothing to work out.
    """
    words, event, lot = batch.words[w], batch.event[w], batch.lot[w]
    place, merchant, curious = batch.place[w], batch.merchant[w], batch.curious[w]
    shift, few = lowest(width), width - 1
    n = may = 0
    keen = 0
    for e in range(events):
        word = event[e] & PLACES
        at, j = word >> shift, ((word & few) - 1) & few
        packed = entry[at]
        i = packed & WHO
        m = whole(lots.winner[(lot[at] >> 4) & PLACES, lot[at] & 15, j])
        place[n], merchant[n] = word, m
        curious[may] = n
        clicks = words[word] < ads.likely[1 if packed < 0 else 0, j, max(m, 0)]
        may += (m >= 0) & clicks
        n += m >= 0
        prefetch(relations.merchant, i)
        keen = i if clicks else keen
        prefetch(consumers.taste, keen)
        prefetch(consumers.tolerance, keen)
    return n, may


@kernel
def _consider(
    w: int,
    entry: np.ndarray,
    may: int,
    consumers: Consumers,
    offers: Offers,
    ads: AdLaw,
    width: int,
    batch: Batch,
) -> int:
    """Work out who of those who may does click; list them, return how many."""
    shift = lowest(width)
    n = 0
    for k in range(may):
        e = batch.curious[w, k]
        word, m = batch.place[w, e], whole(batch.merchant[w, e])
        at, j = word >> shift, ((word & (width - 1)) - 1) & (width - 1)
        packed = entry[at]
        i = packed & WHO
        u = uniform(batch.words[w, word])
        base = ads.base[1 if packed < 0 else 0, j]
        taste = fit(offers, consumers.taste[i], m)
        chance = base * (1.0 - ads.fit_share + ads.fit_share * taste)
        if u < chance:
            calm = np.exp(-batch.tired[w, at] / consumers.tolerance[i])
            calm *= closeness(offers, consumers, i, m)
            batch.curious[w, n] = e
            n += u < chance * calm
    return n


@kernel
def _remember(
    w: int,
    day: int,
    entry: np.ndarray,
    events: int,
    clicks: int,
    n: int,
    relations: Relations,
    lots: Lots,
    width: int,
    law: MemoryLaw,
    seen: Seen,
    batch: Batch,
    who: np.ndarray,
    merchant: np.ndarray,
    quote: np.ndarray,
) -> int:
    """Let those who noticed an ad remember; list the clicks behind ``n``, return how many."""
    shift = lowest(width)
    next_click = 0
    for k in range(clicks + 1):
        click = batch.curious[w, k] if k < clicks else events
        for e in range(next_click, click):
            soon = min(e + NEAR, events - 1)
            bring_near(relations.merchant, entry[(batch.place[w, soon] & PLACES) >> shift] & WHO)
            i = entry[(batch.place[w, e] & PLACES) >> shift] & WHO
            warm(relations, i, whole(batch.merchant[w, e]), law.impression, law.fade)
        next_click = click + 1
        if k == clicks:
            break
        word, m = batch.place[w, click], whole(batch.merchant[w, click])
        at, j = word >> shift, ((word & (width - 1)) - 1) & (width - 1)
        i = entry[at] & WHO
        slot = warm(relations, i, m, law.click, law.fade)
        if slot >= 0:
            mark(relations, i, slot, PAID, day)
        s, v = (batch.lot[w, at] >> 4) & PLACES, batch.lot[w, at] & 15
        seen.clicks[w, s, v, j] += 1
        if n < len(who):
            who[n], merchant[n] = i, m
        if n < len(quote):
            quote[n] = lots.price[s, v, j]
        n += 1
    return n


@kernel
def serve_tick(
    first: int,
    last: int,
    turn: np.ndarray,
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
    batch: Batch,
) -> None:
    """Show the ads of one tick to its visitors, as workers ``first .. last-1``: each takes the next
    chunk whose ``turn`` int64[1] it is.

    Batch by batch: draw, look, notice, consider, remember; each pass is free of what slows the
    others.
    """
    slots = lots.winner.shape[2]
    width = batch.words.shape[1] // BATCH
    for w in range(first, last):
        seen.visits[w] = 0
        seen.clicks[w] = 0
        c = take_turn(turn)
        while c < len(seen.size):
            end = plan.start[c, tick + 1]
            n = seen.size[c]
            for k in range(plan.start[c, tick], end, BATCH):
                count = min(BATCH, end - k)
                entry = plan.entry[c, k:end]
                _draw_visits(seed, day, draw, entry, count, slots, width, batch.words[w])
                events = _look(w, entry, count, consumers, lots, ads, width, law, seen, batch)
                events, may = _notice(
                    w, entry, events, consumers, relations, lots, ads, width, batch
                )
                clicks = _consider(w, entry, may, consumers, offers, ads, width, batch)
                n = _remember(
                    w, day, entry, events, clicks, n, relations, lots, width, law, seen, batch,
                    seen.who[c], seen.merchant[c], seen.quote[c],
                )  # fmt: skip
            seen.size[c] = n
            c = take_turn(turn)
