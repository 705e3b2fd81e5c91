"""Random numbers for graphs: what each draw is for, whole numbers below n, shuffles.

All draws come from ``Stream.GRAPH``. The counter's day field, which means nothing while the world
is being built, holds the purpose, so two purposes never share a word.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from sim.kernel import kernel
from sim.rng import Stream, block

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

GRAPH = int(Stream.GRAPH)


class Purpose(IntEnum):
    """What a graph draw decides; numbers are part of the results and are never reused."""

    DEGREE = 1
    POOL = 2
    CIRCLE_WISH = 3
    CIRCLE_ORDER = 4
    LEAVE_TRIBE = 5
    MATCH_INSIDE = 6
    MATCH_ACROSS = 7
    MEND_ACROSS = 8
    SAMPLE = 9
    REWIRE = 10
    ATTACH = 11
    SKIP = 12
    LABEL_ORDER = 13
    LABEL_TIE = 14
    CROSS_REGION = 15


def key_of(seed: int) -> np.uint64:
    """Return the seed as the 64-bit unsigned number that kernels take."""
    return np.uint64(seed & (2**64 - 1))


@kernel
def below(high: np.uint32, low: np.uint32, count: int) -> int:
    """Map 53 of two words' bits to a whole number in ``0 .. count-1`` (``count`` <= 2**52)."""
    bits = (np.uint64(high) << np.uint64(21)) ^ (np.uint64(low) >> np.uint64(11))
    return int(np.float64(bits) * 1.1102230246251565e-16 * np.float64(count))


@kernel
def fine_uniform(high: np.uint32, low: np.uint32) -> float:
    """Map 52 of two words' bits to the middle of their cell in (0, 1); never 0, never 1."""
    bits = (np.uint64(high) << np.uint64(20)) ^ (np.uint64(low) >> np.uint64(12))
    return (np.float64(bits) + 0.5) * 2.220446049250313e-16


@kernel
def shuffle(values: Ints, first: int, last: int, seed: np.uint64, purpose: int) -> None:
    """Shuffle ``values[first:last]`` in place (Fisher & Yates); two swaps per Philox block.

    The draws are numbered by position in ``values``, so disjoint ranges use disjoint words.
    """
    for i in range(last - 1, first, -1):
        w0, w1, w2, w3 = block(seed, GRAPH, i >> 1, purpose, 0)
        if i & 1:
            w0, w1 = w2, w3
        j = first + below(w0, w1, i - first + 1)
        values[i], values[j] = values[j], values[i]
