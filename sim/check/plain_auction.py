"""Auctions as prose has them, in exact fractions: the twin of the kernel that clears them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np


def plain_auction(
    bids: np.ndarray, quality: np.ndarray, clicks: np.ndarray, rule: str, reserve: int
) -> list[tuple[int, int]]:
    """Return (winner, price a click) of each slot; (-1, 0) where nobody is left.

    Args:
        bids: int[n], money a click.
        quality: float[n], exact as binary fractions.
        clicks: float[slots], whole numbers, none more than the one before it.
        rule: of ``sim.steps.auction.RULES``.
        reserve: lowest price; with ``fixed_price`` the only one.
    """
    slots = len(clicks)
    if rule == "fixed_price":
        bids = np.where(bids >= reserve, reserve, 0)
    scores = [int(b) * Fraction(float(q)) for b, q in zip(bids, quality, strict=True)]
    here = [n for n in range(len(bids)) if bids[n] >= max(reserve, 1)]
    here.sort(key=lambda n: -scores[n])  # equal scores keep their order
    result = []
    for place in range(slots):
        if place >= len(here):
            result.append((-1, 0))
            continue
        mine = here[place]
        bid, own = int(bids[mine]), Fraction(float(quality[mine]))
        below = here[place + 1 :] if rule == "gsp" else here[slots:]
        score = scores[below[0]] if below else Fraction(0)
        price = min(bid, max(reserve, math.ceil(score / own)))
        if rule in ("first_price", "fixed_price"):
            price = bid
        elif rule == "vcg":
            rates = [Fraction(int(c)) for c in clicks]
            price = min(bid, math.ceil(plain_harm(place, here, scores, own, rates, reserve)))
        result.append((mine, price))
    return result


def plain_harm(
    place: int,
    here: Sequence[int],
    scores: Sequence[Fraction],
    own: Fraction,
    rates: Sequence[Fraction],
    reserve: int,
) -> Fraction:
    """Return what all below would get more if this bidder were away, a click; clicks that nobody
    else would get are worth the reserve to the platform."""
    worth = [max(Fraction(reserve), scores[n] / own) for n in here]
    worth += [Fraction(reserve)] * len(rates)
    below = worth[place + 1 : len(rates) + 1]
    without = sum((w * r for w, r in zip(below, rates[place:], strict=True)), Fraction(0))
    with_it = sum((w * r for w, r in zip(below, rates[place + 1 :], strict=False)), Fraction(0))
    return (without - with_it) / rates[place]
