"""What consumers remember of merchants: ``K`` slots each, never a dense array of all pairs.

Goodwill is attention (Nerlove & Arrow 1962): it decays with a half-life, and is decayed only when
touched. Trust comes from experience. A newcomer takes an empty slot, or the slot of least present
goodwill that neither follows nor is a member, and only if it is at least as strong as that one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole

BOUGHT, FOLLOWS, MEMBER, MUTED = 1, 2, 4, 8
KEPT = FOLLOWS | MEMBER

# Touches, in the order of the series' columns. NO_TOUCH is "direct".
PAID, ORGANIC, MEDIA, COMMUNITY, WORD_OF_MOUTH, GROUP_BUY, NO_TOUCH = 0, 1, 2, 3, 4, 5, 6
TOUCHES = 7

HOT = {"goodwill": np.float32, "merchant": np.int16, "day": np.int16}
COLD = {
    "flags": np.uint8,
    "touch": np.uint8,
    "touched": np.int16,
    "bought": np.int16,
    "trust": np.float32,
}
LINE = 64  # bytes of a cache line


class Relations(NamedTuple):
    """Structure of arrays, one row per consumer (18 bytes a slot).

    merchant int16[N, K] (-1 empty); goodwill float32[N, K] in [0, 1] as of ``day``;
    trust float32[N, K] in [-1, 1]; flags uint8[N, K]; day int16[N, K] of the last change;
    touch uint8[N, K]: first touch in the high half, last touch in the low half;
    touched int16[N, K]: day of the last touch; bought int16[N, K]: day of the last order (-1).
    """

    merchant: np.ndarray
    goodwill: np.ndarray
    trust: np.ndarray
    flags: np.ndarray
    day: np.ndarray
    touch: np.ndarray
    touched: np.ndarray
    bought: np.ndarray


def empty_relations(consumers: int, slots: int) -> Relations:
    """Return relations in which nobody remembers anybody.

    The arrays are views of two blocks of rows, so that looking at a person costs one or two cache
    lines and not eight: what every impression needs (for 8 slots just a line of 64 bytes), and the
    rest.
    """
    row: dict[str, np.ndarray] = {}
    for block in (HOT, COLD):
        width = slots * sum(np.dtype(kind).itemsize for kind in block.values())
        raw = np.zeros(consumers * width + LINE, np.uint8)
        start = -raw.ctypes.data % LINE
        rows = raw[start : start + consumers * width].reshape(consumers, width)
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


def decay_table(half_life: float, days: int) -> np.ndarray:
    """Return float32[days + 1]: what is left of 1 after 0, 1, 2, ... days."""
    return np.exp2(-np.arange(days + 1) / half_life).astype(np.float32)


@kernel
def find(relations: Relations, consumer: int, merchant: int) -> int:
    """Return the slot in which ``consumer`` remembers ``merchant``, or -1."""
    for k in range(relations.merchant.shape[1]):
        if relations.merchant[consumer, k] == merchant:
            return k
    return -1


@kernel
def goodwill_now(relations: Relations, consumer: int, k: int, day: int, decay: np.ndarray) -> float:
    """Return the present goodwill of a slot."""
    return float(relations.goodwill[consumer, k] * decay[day - relations.day[consumer, k]])


@kernel
def warm(
    relations: Relations, consumer: int, merchant: int, day: int, gain: float, decay: np.ndarray
) -> int:
    """Raise goodwill by ``gain`` times what is missing to 1; return the slot, or -1 if forgotten.

    ``decay`` is ``decay_table``. Writes only to the row of ``consumer``.
    """
    empty = -1
    for k in range(relations.merchant.shape[1]):
        have = relations.merchant[consumer, k]
        if have == merchant:
            present = relations.goodwill[consumer, k] * decay[day - relations.day[consumer, k]]
            relations.goodwill[consumer, k] = present + gain * (1.0 - present)
            relations.day[consumer, k] = day
            return k
        if have < 0:
            empty = k
    if empty < 0:
        empty = _weakest(relations, consumer, day, gain, decay)
        if empty < 0:
            return -1
        _free(relations, consumer, empty)
    relations.merchant[consumer, empty] = merchant
    relations.goodwill[consumer, empty] = gain
    relations.day[consumer, empty] = day
    return empty


@kernel
def _weakest(relations: Relations, consumer: int, day: int, gain: float, decay: np.ndarray) -> int:
    """Return the slot of least present goodwill that may be given up for ``gain``, or -1."""
    least, slot = gain, -1
    for k in range(relations.merchant.shape[1]):
        present = relations.goodwill[consumer, k] * decay[day - relations.day[consumer, k]]
        if present <= least and relations.flags[consumer, k] & (FOLLOWS | MEMBER) == 0:
            least, slot = present, k
    return slot


@kernel
def mark(relations: Relations, consumer: int, k: int, touch: int, day: int) -> None:
    """Record a touch: it becomes the last one, and the first if there was none."""
    first = whole(relations.touch[consumer, k]) >> 4
    if first == NO_TOUCH:
        first = touch
    relations.touch[consumer, k] = (first << 4) | touch
    relations.touched[consumer, k] = day


@kernel
def _free(relations: Relations, consumer: int, k: int) -> None:
    """Empty a slot. An empty slot is always in this state, so filling it costs little."""
    relations.merchant[consumer, k] = -1
    relations.goodwill[consumer, k] = 0.0
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
                _free(relations, i, k)
