"""Counter-based random numbers: every draw is a pure function of what it decides.

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
A block of four 32-bit words is drawn for

    key     = (low half of the seed, stream)
    counter = (entity, day, draw, high half of the seed)

so a draw depends on no other draw: any number of threads, any order, any resume gives the same
bits, and one merchant's change of strategy leaves everybody else's luck untouched (common random
numbers). There is one stream per decision; add a stream rather than sharing one.

Two habits keep it cheap. ``fill`` draws one word per entity for a whole chunk without a branch,
which LLVM vectorises, and four neighbouring entities share a block (entity ``i`` owns word
``i & 3`` of block ``i >> 2``); kernels branch afterwards, on the few that act.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.kernel import inlined, kernel

__all__ = ["Stream", "block", "fill", "generator", "uniform"]


class Stream(IntEnum):
    """One stream per decision; numbers are part of the results and are never reused."""

    POPULATION = 1
    GRAPH = 2
    MERCHANT = 3
    ENTRY = 4
    STRATEGY = 5
    VISIT = 10
    BROWSE = 11
    CLICK = 12
    THROTTLE = 13
    ORGANIC = 14
    IMPULSE = 15
    NEED = 20
    SEARCH = 21
    CHOICE = 22
    JOIN = 30
    ATTEND = 31
    POST = 32
    MUTE = 33
    LEAVE = 34
    TALK = 35
    SHARE = 40
    TIE = 41
    PASS_ON = 42
    SATISFACTION = 50
    RETURN = 51
    FOLLOW = 52
    FULFIL_ORDER = 53
    DRIFT = 60
    SAMPLE = 61
    THRESHOLD = 70
    ADOPT = 71
    DESIGN = 80
    RETARGET = 100
    LISTING = 110
    TILL = 111
    AUDIENCE = 120
    CONTACT = 121
    NOTICE = 122
    FOUND = 123
    SHOP = 124
    CURIOUS = 125
    MEET = 130
    HONOUR = 131
    ACQUAINTED = 132
    LEADER = 133
    LEADER_POST = 134
    REMIND = 135
    LISTEN = 136
    INVITE = 150
    ANSWER = 151
    TEAM = 152
    TEAM_INVITE = 153
    TEAM_ANSWER = 154
    STRANGER = 155
    TEAM_ORDER = 156
    REDEEM = 157
    REWIRE_MEET = 160
    REWIRE_INTRODUCE = 161
    BRAND = 170
    COUPON = 180
    PERSUADE = 190
    IMITATE = 191
    SEEDING = 192


@inlined
def _philox(
    k0: np.uint64, k1: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Return Philox4x32-10 of a key and a counter, words in the low halves."""
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        a = np.uint64(0xD2511F53) * c0
        b = np.uint64(0xCD9E8D57) * c2
        c0 = ((b >> shift) ^ c1 ^ k0) & mask
        c1 = b & mask
        c2 = ((a >> shift) ^ c3 ^ k1) & mask
        c3 = a & mask
        k0 = (k0 + np.uint64(0x9E3779B9)) & mask
        k1 = (k1 + np.uint64(0xBB67AE85)) & mask
    return np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)


@inlined
def block(
    seed: np.uint64, stream: int, entity: int, day: int, draw: int
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Return the four words of one Philox4x32-10 block.

    Args:
        seed: 64-bit seed of the run.
        stream: which decision (``Stream``), 32 bits.
        entity: consumer, merchant, ... number, 32 bits.
        day: simulated day, 32 bits.
        draw: number of the draw within entity and day, 32 bits.
    """
    # Asked with many kinds of integers, it is compiled as often: so it only brings them into one.
    mask = np.uint64(0xFFFFFFFF)
    return _philox(
        seed & mask,
        np.uint64(stream) & mask,
        np.uint64(entity) & mask,
        np.uint64(day) & mask,
        np.uint64(draw) & mask,
        (seed >> np.uint64(32)) & mask,
    )


@inlined
def uniform(word: np.uint32) -> float:
    """Map a 32-bit word to the middle of its cell in (0, 1); never 0, never 1."""
    return (np.float64(word) + 0.5) * 2.3283064365386963e-10


@kernel
def fill(
    seed: np.uint64, stream: int, day: int, draw: int, first: int, last: int, out: np.ndarray
) -> None:
    """Write one word for each entity in ``first .. last-1`` to ``out`` (uint32).

    ``first`` must be a multiple of 4; ``out`` must have room for ``last - first`` rounded up to a
    multiple of 4, because whole blocks are written.
    """
    for j in range((last - first + 3) >> 2):
        w0, w1, w2, w3 = block(seed, stream, (first >> 2) + j, day, draw)
        out[4 * j] = w0
        out[4 * j + 1] = w1
        out[4 * j + 2] = w2
        out[4 * j + 3] = w3


def generator(seed: int, stream: Stream, entity: int = 0) -> np.random.Generator:
    """Return a NumPy generator for building the world and for strategies (never inside a day).

    NumPy's Philox is counter-based as well; key = (seed, stream and entity).
    """
    key = np.array([seed & (2**64 - 1), (int(stream) << 32) | (entity & 0xFFFFFFFF)], np.uint64)
    return np.random.Generator(np.random.Philox(key=key))
