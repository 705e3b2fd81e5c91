"""What visitors see: impressions, clicks, and the bill.

    P(click) = base(kind) x decay^slot x (1 - share + share x fit) x exp(-fatigue / tolerance)
               x closeness (1 in the merchant's own region)

Of the impressions a share is noticed; clicks are a part of the noticed. A noticed ad raises
goodwill a little, a click more, and every ad shown adds fatigue. What it costs is worked out in
``sim.steps.billing``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import inlined, kernel, prefetch, whole
from sim.rng import Stream, block, uniform
from sim.steps.auction import Lots
from sim.steps.visits import BATCH, WHO, Plan
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw
from sim.world.market import Offers, closeness, fit
from sim.world.relations import PAID, Relations, mark, warm

BROWSE = int(Stream.BROWSE)
AHEAD = 24  # visits, or ads noticed, in advance of which a person's rows are fetched


class Seen(NamedTuple):
    """What a tick counts, by chunk: visits int32[C, 2, S, V] (feed, search), clicks
    int32[C, S, V, J]; the day's clicks who int32[C, R], merchant int16[C, R], size int64[C]; where
    orders are billed, at what price an order would be, quote int64[C, R] (else [C, 0])."""

    visits: np.ndarray
    clicks: np.ndarray
    who: np.ndarray
    merchant: np.ndarray
    size: np.ndarray
    quote: np.ndarray


class Batch(NamedTuple):
    """Scratch for up to B visits of a chunk, by chunk: words uint32[C, 4 or more, B], tired
    float32[C, B] (fatigue on arrival), and what was noticed: event int32[C, B J + 1], which packs
    the visit (place in the batch, from bit 20), the slot (from bit 16) and the merchant."""

    words: np.ndarray
    tired: np.ndarray
    event: np.ndarray


class Room(NamedTuple):
    """What visitors write to; kept from day to day, as the system clears fresh memory."""

    seen: Seen
    batch: Batch


def fits(seen: Seen, shape: tuple[int, ...], clicks: int, quoted: bool) -> bool:
    """Tell whether there is room for the ``clicks`` of a chunk and day, quoted or not."""
    enough = clicks <= seen.who.shape[1] and clicks * quoted <= seen.quote.shape[1]
    return enough and seen.clicks.shape == shape


def new_room(shape: tuple[int, ...], clicks: int, quoted: bool) -> Room:
    """Return room for ``clicks`` a chunk and day; ``shape`` is (C, S, V, J)."""
    chunks, aisles, variants, slots = shape
    seen = Seen(
        np.zeros((chunks, 2, aisles, variants), np.int32),
        np.zeros(shape, np.int32),
        np.empty((chunks, clicks), np.int32),
        np.empty((chunks, clicks), np.int16),
        np.zeros(chunks, np.int64),
        np.empty((chunks, clicks * quoted), np.int64),
    )
    return Room(seen, _new_batch(chunks, slots))


def _new_batch(chunks: int, slots: int) -> Batch:
    """Return scratch for visits that see ``slots`` ads."""
    room = BATCH * slots + 1
    assert slots <= 1 << 4, "a slot is packed into four bits"
    return Batch(
        words=np.empty((chunks, 4 * (slots // 4 + 1), BATCH), np.uint32),
        tired=np.empty((chunks, BATCH), np.float32),
        event=np.empty((chunks, room), np.int32),
    )


class AdLaw(NamedTuple):
    """Response to ads: base float64[2, J] click rates of feed and search by slot; ``apart`` is how
    many aisles lie between the feed and the searches of the first category (0: searchers see what
    the feed shows)."""

    base: np.ndarray
    notice: float
    fit_share: float
    apart: int


@kernel
def _draw_visits(
    seed: np.uint64, day: int, draw: int, entry: np.ndarray, count: int, words: np.ndarray
) -> None:
    """Draw the blocks of ``count`` visits to ``words`` uint32[4 or more, B], a block to four rows:
    loops without a branch, which LLVM vectorises."""
    for number in range(words.shape[0] >> 2):
        for k in range(count):
            packed = whole(entry[k])
            w0, w1, w2, w3 = block(
                seed,
                BROWSE,
                packed & WHO,
                day,
                draw + (((packed >> 28) & 15) << 24) + 0x100000 * number,
            )
            words[4 * number, k] = w0
            words[4 * number + 1, k] = w1
            words[4 * number + 2, k] = w2
            words[4 * number + 3, k] = w3


@inlined
def aisle(consumers: Consumers, packed: int, i: int, apart: int) -> int:
    """Return where a visitor is: the segment in the feed, or among those who search a category."""
    searching = (1 + ((packed >> 28) & 7)) if packed < 0 else 0
    return whole(consumers.segment[i]) + apart * searching


@kernel
def _look(
    c: int,
    day: int,
    entry: np.ndarray,
    count: int,
    consumers: Consumers,
    lots: Lots,
    limit: int,
    apart: int,
    law: MemoryLaw,
    seen: Seen,
    batch: Batch,
) -> int:
    """Let visitors see their lots and tire; list what they notice; return how much that is."""
    slots = lots.winner.shape[2]
    few = np.uint32(lots.winner.shape[1] - 1)
    tiring = law.fatigue / law.calm
    n = 0
    for at in range(count):
        soon = entry[min(at + AHEAD, len(entry) - 1)] & WHO
        prefetch(consumers.segment, soon)
        prefetch(consumers.fatigue, soon)
        packed = entry[at]
        i = packed & WHO
        s = aisle(consumers, packed, i, apart)
        v = (batch.words[c, 0, at] >> np.uint32(8)) & few
        seen.visits[c, 1 if packed < 0 else 0, s, v] += 1
        shown = 0
        for j in range(slots):
            m = whole(lots.winner[s, v, j])
            batch.event[c, n] = (at << 20) | (j << 16) | (m & 0x7FFF)
            shown += m >= 0
            n += (m >= 0) & (whole(batch.words[c, j + 1, at]) < limit)
        tired = consumers.fatigue[i]
        batch.tired[c, at] = tired * law.calm
        consumers.fatigue[i] = tired + shown * tiring
    return n


@kernel
def _respond(
    c: int,
    day: int,
    entry: np.ndarray,
    events: int,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    lots: Lots,
    ads: AdLaw,
    law: MemoryLaw,
    seen: Seen,
    batch: Batch,
) -> None:
    """Let those who noticed an ad remember, and perhaps click."""
    few = np.uint32(seen.visits.shape[3] - 1)
    likely = int(ads.base[0, 0] * 4294967296.0)  # below it, taste will be asked for
    n = seen.size[c]
    curious = 0
    for e in range(-AHEAD, events):
        if e + AHEAD < events:
            soon = whole(batch.event[c, e + AHEAD])
            at = (soon >> 20) & (BATCH - 1)
            i = entry[at] & WHO
            prefetch(relations.merchant, i)
            luck = whole(batch.words[c, ((soon >> 16) & 15) + 1, at])
            curious = i if luck < likely else curious
            prefetch(consumers.taste, curious)
            prefetch(consumers.tolerance, curious)
        if e < 0:
            continue
        event = whole(batch.event[c, e])
        at, j, m = (event >> 20) & (BATCH - 1), (event >> 16) & 15, event & 0x7FFF
        packed = entry[at]
        i = packed & WHO
        u = uniform(batch.words[c, j + 1, at])
        base = ads.base[1 if packed < 0 else 0, j]
        gain = law.impression
        # If not even a perfect fit would make this a click, there is nothing to work out.
        if u < base * (1.0 - ads.fit_share + ads.fit_share * offers.fit_scale[m]):
            taste = fit(offers, consumers.taste[i], m)
            chance = base * (1.0 - ads.fit_share + ads.fit_share * taste)
            if u < chance:
                calm = np.exp(-batch.tired[c, at] / consumers.tolerance[i])
                calm *= closeness(offers, consumers, i, m)
                gain = law.click if u < chance * calm else gain
        slot = warm(relations, i, m, gain, law.fade)
        if gain == law.click:
            if slot >= 0:
                mark(relations, i, slot, PAID, day)
            v = (batch.words[c, 0, at] >> np.uint32(8)) & few
            s = aisle(consumers, packed, i, ads.apart)
            seen.clicks[c, s, v, j] += 1
            if n < seen.who.shape[1]:
                seen.who[c, n] = i
                seen.merchant[c, n] = m
            if n < seen.quote.shape[1]:
                seen.quote[c, n] = lots.price[s, v, j]
            n += 1
    seen.size[c] = n


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
    batch: Batch,
) -> None:
    """Show the ads of one tick to the visitors of chunks ``first .. last-1``.

    Batch by batch: draw, look, then respond; each pass is free of what slows the others.
    """
    limit = int(np.ceil(ads.notice * 4294967296.0 - 0.5))  # u < notice, asked of the word itself
    for c in range(first, last):
        seen.visits[c] = 0
        seen.clicks[c] = 0
        end = plan.start[c, tick + 1]
        for k in range(plan.start[c, tick], end, BATCH):
            count = min(BATCH, end - k)
            entry = plan.entry[c, k:end]
            _draw_visits(seed, day, draw, entry, count, batch.words[c])
            events = _look(
                c, day, entry, count, consumers, lots, limit, ads.apart, law, seen, batch
            )
            _respond(
                c, day, entry, events, consumers, relations, offers, lots, ads, law, seen, batch
            )
