"""Strangers become acquaintances: whoever takes part on the same day gets to know each other.

Of the members who look in on a day, each already known to each other are a little closer
afterwards: strength += ``growth`` x what is missing to 1. Then each meets one of those present at
random, and if both were strangers they are acquaintances of strength ``growth``. So the tie of two
people who took part together on ``n`` days after the first has strength 1 - (1 - growth)^(n + 1).
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream, block, uniform
from sim.world.acquaintances import Acquaintances, know

MEET = int(Stream.MEET)


@kernel
def acquaint(
    seed: np.uint64,
    day: int,
    who: np.ndarray,
    page: np.ndarray,
    luck: np.ndarray,
    growth: float,
    acquaintances: Acquaintances,
) -> None:
    """Bring those together who are present today.

    ``who`` int32[n] on ``page`` int32[n], page after page; ``luck`` uint32[n] names the merchant.
    """
    friend, strength, here = acquaintances.friend, acquaintances.strength, acquaintances.here
    first = 0
    while first < len(who):
        last = first
        while last < len(who) and page[last] == page[first]:
            here[who[last]] = page[first]
            last += 1
        for n in range(first, last):
            for place in range(friend.shape[1]):
                other = friend[who[n], place]
                if other >= 0 and here[other] == page[first]:
                    old = strength[who[n], place]
                    strength[who[n], place] = old + growth * (1.0 - old)
        for n in range(first, last):
            word, _, _, _ = block(seed, MEET, who[n], day, luck[n])
            met = who[first + int(uniform(word) * (last - first))]
            if met != who[n]:
                know(acquaintances, who[n], met, growth)
                know(acquaintances, met, who[n], growth)
        for n in range(first, last):
            here[who[n]] = -1
        first = last
