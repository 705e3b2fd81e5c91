"""Price cuts that are good today: who is entitled, and to how much.

Nothing is kept about a person: whether a coupon was drawn is a pure function of person, merchant
and the promotion's first day, and whether it is used up can be told from the day of the last order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block
from sim.scenario.goods import Promotion
from sim.world.relations import BOUGHT, FOLLOWS, MEMBER, Relations

COUPON = int(Stream.COUPON)
STRIDE = 0x9E3779B1  # keeps the draws of a merchant's promotions apart
EVERYBODY, NEW, FOLLOWERS, LAPSED = 0, 1, 2, 3
TO = {"everybody": EVERYBODY, "new": NEW, "followers": FOLLOWERS, "lapsed": LAPSED}


class Deals(NamedTuple):
    """``A`` promotions that are good today, those of a merchant one after another.

    first int32[M + 1]; by promotion: to int8[A] (``EVERYBODY`` and following); off int64[A]
    [money]; gain float32[A]: log(price / price after); limit int64[A]: a word below it has drawn
    one; since, lapsed int32[A]: first day [day] and age of a lapsed order [days]; once bool[A];
    number int64[A]: which of the merchant's promotions.
    """

    first: np.ndarray
    to: np.ndarray
    off: np.ndarray
    gain: np.ndarray
    limit: np.ndarray
    since: np.ndarray
    lapsed: np.ndarray
    once: np.ndarray
    number: np.ndarray


def no_deals(merchants: int) -> Deals:
    """Return the deals of a day without any."""
    return deals_of([[] for _ in range(merchants)], np.ones(merchants, np.int64), 0)


def deals_of(promotions: list[list[Promotion]], price: np.ndarray, day: int) -> Deals:
    """Return what is good on ``day``, of every merchant's promotions at prices int64[M].

    At least the smallest coin is left to pay.
    """
    rows = []
    first = np.zeros(len(promotions) + 1, np.int32)
    for m, listed in enumerate(promotions):
        for number, it in enumerate(listed):
            began = it.began(day)
            if began is None:
                continue
            full = int(price[m])
            off = min(full - 1, round(full * it.discount) + it.off)
            gain = np.log(full / (full - off)) if off > 0 else 0.0
            limit = int(np.ceil(it.share * 2.0**32 - 0.5))
            rows.append((TO[it.to], off, gain, limit, began, it.lapsed_after, it.once, number))
        first[m + 1] = len(rows)
    columns: list[tuple[float, ...]] = list(zip(*rows, strict=True)) if rows else [()] * 8
    kinds = (
        np.int8, np.int64, np.float32, np.int64, np.int32, np.int32, np.bool_, np.int64
    )  # fmt: skip
    return Deals(first, *(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


@kernel
def best_deal(
    deals: Deals,
    relations: Relations,
    seed: np.uint64,
    day: int,
    i: int,
    m: int,
    k: int,
    luck: int,
) -> int:
    """Return the number of the best promotion that consumer ``i``, who remembers merchant ``m`` in
    slot ``k`` (-1: not), is entitled to; -1 if there is none. ``luck`` names the merchant."""
    best, most = -1, 0
    for a in range(deals.first[m], deals.first[m + 1]):
        bought = -1
        flags = 0
        if k >= 0 and relations.flags[i, k]:
            flags = whole(relations.flags[i, k])
            if flags & BOUGHT:
                bought = whole(relations.bought[i, k])
        to = deals.to[a]
        if to == NEW and bought >= 0:
            continue
        if to == FOLLOWERS and flags & (FOLLOWS | MEMBER) == 0:
            continue
        if to == LAPSED and (bought < 0 or day - bought < deals.lapsed[a]):
            continue
        if deals.once[a] and bought >= deals.since[a]:
            continue
        if deals.limit[a] < 1 << 32:
            word = block(seed, COUPON, i, deals.since[a], luck ^ deals.number[a] * STRIDE)[0]
            if whole(word) >= deals.limit[a]:
                continue
        if deals.off[a] > most:
            best, most = a, deals.off[a]
    return best
