"""What showing ads works with: the law of response, what a tick counts, and scratch.

Whether an ad is noticed, and whether it may become a click, are asked of the random words
themselves (a word below its bound has the probability that it stands for), so that most of what
happens to most visitors is a comparison of whole numbers, sixteen at a time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.lanes import WIDE
from sim.steps.visits import BATCH


class Seen(NamedTuple):
    """What a tick counts, by worker: visits int32[W, 2, S, V] (feed, search), clicks
    int32[W, S, V, J]; by chunk, the day's clicks who int32[C, R], merchant int16[C, R],
    size int64[C]; where orders are billed, at what price an order would be, quote int64[C, R] (else
    [C, 0])."""

    visits: np.ndarray
    clicks: np.ndarray
    who: np.ndarray
    merchant: np.ndarray
    size: np.ndarray
    quote: np.ndarray


class Batch(NamedTuple):
    """Scratch of each worker for up to B visits: words uint32[W, B Q], those of a visit side by
    side (of its lot, then of each slot; Q is a power of two), lot int32[W, B] (segment and, in the
    last four bits, variant), tired float32[W, B] (fatigue on arrival), event int32[W, B Q + 16]
    (which words make somebody notice an ad). Of these, where there is an ad: place int32[W, B Q +
    1] (the word), merchant int16[W, B Q + 1]; curious int32[W, B Q + 1], who of them may click.
    """

    words: np.ndarray
    lot: np.ndarray
    tired: np.ndarray
    event: np.ndarray
    place: np.ndarray
    merchant: np.ndarray
    curious: np.ndarray


class Room(NamedTuple):
    """What visitors write to; kept from day to day, as the system clears fresh memory."""

    seen: Seen
    batch: Batch


def fits(seen: Seen, shape: tuple[int, ...], clicks: int, quoted: bool) -> bool:
    """Tell whether there is room for the ``clicks`` of a chunk and day, quoted or not."""
    enough = clicks <= seen.who.shape[1] and clicks * quoted <= seen.quote.shape[1]
    return enough and seen.clicks.shape == shape


def new_room(shape: tuple[int, ...], chunks: int, clicks: int, quoted: bool) -> Room:
    """Return room for ``clicks`` a chunk and day; ``shape`` is (W, S, V, J)."""
    workers, aisles, variants, slots = shape
    seen = Seen(
        np.zeros((workers, 2, aisles, variants), np.int32),
        np.zeros(shape, np.int32),
        np.empty((chunks, clicks), np.int32),
        np.empty((chunks, clicks), np.int16),
        np.zeros(chunks, np.int64),
        np.empty((chunks, clicks * quoted), np.int64),
    )
    return Room(seen, _new_batch(workers, slots))


def words_a_visit(slots: int) -> int:
    """Return for how many words there is room a visit: a power of two, at least whole blocks."""
    return 4 << int(slots // 4).bit_length()


def _new_batch(workers: int, slots: int) -> Batch:
    """Return scratch of workers for visits that see ``slots`` ads."""
    width = BATCH * words_a_visit(slots)
    return Batch(
        words=np.empty((workers, width), np.uint32),
        lot=np.empty((workers, BATCH), np.int32),
        tired=np.empty((workers, BATCH), np.float32),
        event=np.empty((workers, width + WIDE), np.int32),
        place=np.empty((workers, width + 1), np.int32),
        merchant=np.empty((workers, width + 1), np.int16),
        curious=np.empty((workers, width + 1), np.int32),
    )


def noticed(notice: float, slots: int) -> np.ndarray:
    """Return uint32[B Q]: of a batch's words, what each must be below to make an ad noticed; of
    words that are not about a slot that is 0. At most all words but one: what is always noticed is
    so but for 1 in 2^32."""
    words = np.zeros(words_a_visit(slots), np.uint32)
    words[1 : slots + 1] = min(math.ceil(notice * 2.0**32 - 0.5), 2**32 - 1)
    return np.tile(words, BATCH)


def likely(base: np.ndarray, fit_share: float, fit_scale: np.ndarray) -> np.ndarray:
    """Return uint32[2, J, M]: below it a word may make a click, if the fit is perfect; ``base``
    float64[2, J], ``fit_scale`` float32[M] (the best fit)."""
    best = base[:, :, None] * (1.0 - fit_share + fit_share * fit_scale.astype(np.float64))
    return np.ceil(np.clip(best * 2.0**32 - 0.5, 0, 2**32 - 1)).astype(np.uint32)


class AdLaw(NamedTuple):
    """Response to ads: base float64[2, J] click rates of feed and search by slot; limit uint32[B Q]
    (``noticed``) and likely uint32[2, J, M] (``likely``): bounds of words; ``apart`` is how many
    aisles lie between the feed and the searches of the first category (0: searchers see what the
    feed shows)."""

    base: np.ndarray
    limit: np.ndarray
    likely: np.ndarray
    notice: float
    fit_share: float
    apart: int
