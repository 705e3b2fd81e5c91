"""What consumers remember of merchants: ``K`` slots each, never a dense array of all pairs.

Goodwill is attention (Nerlove & Arrow 1962): it decays with a half-life. As all of it fades
alike, nothing is touched to let it fade: what is stored is goodwill as of a common reference day,
and ``fade`` (``Clock``) is what is left of that today. So who is remembered least can be seen
without looking at a date. Trust comes from experience. A newcomer takes an empty slot, or the slot
of least goodwill that neither follows nor is a member, and only if it is at least as strong as
that one.
"""

from __future__ import annotations

import mmap
from typing import NamedTuple

import numpy as np

from sim.kernel import inlined, kernel, whole
from sim.lanes import LANES, NO_LANE, equal_lanes, lanes_of, lanes_with, least_lane, lowest

# Flags. While there is none, all that is known of a merchant is goodwill, and the second row is
# blank; DEEP says that it holds something where no other flag does.
BOUGHT, FOLLOWS, MEMBER, MUTED, DEEP, ADVOCATE = 1, 2, 4, 8, 16, 32
WON, RETURNED = 64, 128  # first order by a paid ad; has come back of own accord since
KEPT = FOLLOWS | MEMBER

# Touches, in the order of the series' columns. NO_TOUCH is "direct".
PAID, ORGANIC, MEDIA, COMMUNITY, WORD_OF_MOUTH, GROUP_BUY, NO_TOUCH = 0, 1, 2, 3, 4, 5, 6
CONTENT, STORE = 7, 8
TOUCHES = 9

# Two rows a person, each a cache line of 64 bytes for 8 slots: what every impression and every
# curious friend looks at, and what only experience needs.
FIRST = {"goodwill": np.float32, "merchant": np.int16, "flags": np.uint8, "touch": np.uint8}
SECOND = {"trust": np.float32, "touched": np.int16, "bought": np.int16}
LINE, PAGE = 64, 1 << 21  # bytes of a cache line, of a large page
REBASE = 32.0  # half-lives after which the reference day moves up


class Relations(NamedTuple):
    """Structure of arrays, one row per consumer (16 bytes a slot).

    merchant int16[N, K] (-1 empty); goodwill float32[N, K] as of the reference day (times ``fade``:
    in [0, 1] today); trust float32[N, K] in [-1, 1]; flags uint8[N, K];
    touch uint8[N, K]: first touch in the high half, last touch in the low half;
    touched int16[N, K]: day of the last touch; bought int16[N, K]: day of the last order (-1).
    """

    merchant: np.ndarray
    goodwill: np.ndarray
    trust: np.ndarray
    flags: np.ndarray
    touch: np.ndarray
    touched: np.ndarray
    bought: np.ndarray


def empty_relations(consumers: int, slots: int) -> Relations:
    """Return relations in which nobody remembers anybody, as views of two blocks of rows."""
    row: dict[str, np.ndarray] = {}
    for block in (FIRST, SECOND):
        width = slots * sum(np.dtype(kind).itemsize for kind in block.values())
        # Room behind the last row: slots are looked at eight at once.
        rows = large_pages(consumers * width + LINE)[: consumers * width]
        rows = rows.reshape(consumers, width)
        at = 0
        for name, kind in block.items():
            size = slots * np.dtype(kind).itemsize
            row[name] = rows[:, at : at + size].view(kind)
            at += size
    relations = Relations(**row)
    relations.merchant[:] = -1
    relations.touch[:] = NO_TOUCH << 4 | NO_TOUCH
    relations.touched[:] = -1
    relations.bought[:] = -1
    return relations


def large_pages(size: int) -> np.ndarray:
    """Return uint8[size] of zeros in pages of 2 MiB where the system has them.

    Who is looked at next is anybody, and to find one page among 4 KiB ones takes as long as to
    fetch what is on it.
    """
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is None or size < PAGE:
        raw = np.zeros(size + LINE, np.uint8)
        start = -raw.ctypes.data % LINE
    else:
        room = mmap.mmap(-1, size + PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        room.madvise(advice)
        raw = np.frombuffer(room, np.uint8)
        start = -raw.ctypes.data % PAGE
    return raw[start : start + size]


class Clock:
    """What a stored amount that fades with ``half_life`` [days] is worth on a day.

    ``fade`` is 2^-((day - reference) / half_life). Before it gets too small for float32 the
    reference day moves up, and stored amounts are written down by the factor that ``turn`` returns.
    """

    def __init__(self, half_life: float) -> None:
        self.half_life = half_life
        self.ages = 0.0  # half-lives since the reference day
        self.today = 0

    @property
    def fade(self) -> float:
        """What is left today of 1 stored."""
        return float(2.0**-self.ages)

    def turn(self, day: int, half_life: float) -> float:
        """Go on to ``day``, from now on with ``half_life``; return what to multiply what is stored
        by: 1 on most days."""
        self.ages += (day - self.today) / self.half_life
        self.today = day
        if self.ages <= REBASE and half_life == self.half_life:
            return 1.0
        self.half_life = half_life
        ages, self.ages = self.ages, 0.0
        return float(2.0**-ages)


@inlined
def find(relations: Relations, consumer: int, merchant: int) -> int:
    """Return the slot in which ``consumer`` remembers ``merchant``, or -1."""
    known = relations.merchant[consumer]
    place = -1
    for first in range(0, len(known), LANES):
        here = equal_lanes(known, first, merchant) & lanes_of(len(known), first)
        place = first + lowest(here) if here else place
    return place


@inlined
def goodwill_now(relations: Relations, consumer: int, k: int, fade: float) -> float:
    """Return the present goodwill of a slot."""
    return float(relations.goodwill[consumer, k] * fade)


@inlined
def warm(relations: Relations, consumer: int, merchant: int, gain: float, fade: float) -> int:
    """Raise goodwill by ``gain`` times what is missing to 1; return the slot, or -1 if forgotten.

    Writes only to the row of ``consumer``.
    """
    known = relations.merchant[consumer]
    goodwill = relations.goodwill[consumer]
    full = 1.0 / fade
    least = NO_LANE
    for first in range(0, len(known), LANES):
        slots = lanes_of(len(known), first)
        same = equal_lanes(known, first, merchant) & slots
        # An empty slot has no goodwill, so it is the first to go.
        free = slots & ~lanes_with(relations.flags[consumer], first, KEPT)
        least = min(least, least_lane(goodwill, first, free, same))
    # Counted, not asked: whether a merchant is known, or enters, nobody can foresee, and a wrong
    # guess of the processor costs more than all of this.
    slot, remembered = 255 - (least & 255), -(least >> 63)
    there = goodwill[slot]
    enters = remembered | (whole(there <= gain * full) & whole(least != NO_LANE))
    if whole(relations.flags[consumer, slot]) & (remembered - 1) & -enters:
        _blank(relations, consumer, slot)
    before = there * np.float32(remembered | (1 - enters))
    known[slot] += (merchant - known[slot]) * enters
    goodwill[slot] = before + gain * enters * (full - before)
    return slot * enters + enters - 1


@inlined
def deepen(relations: Relations, consumer: int, k: int) -> None:
    """Say that a slot holds more than goodwill; who writes to its trust or touches says so."""
    relations.flags[consumer, k] |= DEEP


@inlined
def mark(relations: Relations, consumer: int, k: int, touch: int, day: int) -> None:
    """Record a touch: it becomes the last one, and the first if there was none."""
    deepen(relations, consumer, k)
    first = whole(relations.touch[consumer, k]) >> 4
    if first == NO_TOUCH:
        first = touch
    relations.touch[consumer, k] = (first << 4) | touch
    relations.touched[consumer, k] = day


@kernel
def _blank(relations: Relations, consumer: int, k: int) -> None:
    """Forget all but merchant and goodwill. A slot without flags is always in this state, so
    filling it costs little."""
    relations.trust[consumer, k] = 0.0
    relations.flags[consumer, k] = 0
    relations.touch[consumer, k] = (NO_TOUCH << 4) | NO_TOUCH
    relations.touched[consumer, k] = -1
    relations.bought[consumer, k] = -1


@kernel
def forget_merchant(relations: Relations, merchant: int) -> None:
    """Free every slot that remembers ``merchant`` (it has left the market)."""
    for i in range(relations.merchant.shape[0]):
        for k in range(relations.merchant.shape[1]):
            if relations.merchant[i, k] == merchant:
                _blank(relations, i, k)
                relations.merchant[i, k] = -1
                relations.goodwill[i, k] = 0.0
