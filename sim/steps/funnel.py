"""What else bought traffic brings: customers won by ads who follow, join a group, and come back.

Of the customers whose first touch was a paid ad when they first bought, it is counted who begins to
follow, who joins a group, and who returns for the first time by a touch that the merchant owns
(community, word of mouth, or none). With the new customers by ads this is the funnel from bought to
owned.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel, whole
from sim.world.relations import (
    COMMUNITY,
    CONTENT,
    FOLLOWS,
    MEMBER,
    NO_TOUCH,
    PAID,
    RETURNED,
    WON,
    WORD_OF_MOUTH,
    Relations,
)

FOLLOWED, JOINED, CAME_BACK = range(3)  # columns of the funnel


@kernel
def count_first(relations: Relations, i: int, k: int, first: int) -> None:
    """Note whether a first order was won by an ad; ``first``: its first touch."""
    if k >= 0 and first == PAID:
        relations.flags[i, k] |= WON


@kernel
def count_return(
    relations: Relations, i: int, k: int, touch: int, m: int, funnel: np.ndarray
) -> None:
    """Count a repeat order by ``touch`` if it is the first by an owned touch of who was won by ads.
    Writes ``funnel`` int64[M, 3]."""
    owned = touch in (COMMUNITY, CONTENT, WORD_OF_MOUTH)
    if not owned and touch != NO_TOUCH:
        return
    if relations.flags[i, k] & (WON | RETURNED) == WON:
        relations.flags[i, k] |= RETURNED
        funnel[m, CAME_BACK] += 1


@kernel
def count_steps(
    relations: Relations, i: int, k: int, before: int, m: int, funnel: np.ndarray
) -> None:
    """Count whether a delivery made who was won by ads follow or join; ``before``: flags before
    it. Writes ``funnel`` int64[M, 3]."""
    now = whole(relations.flags[i, k])
    if now & WON:
        funnel[m, FOLLOWED] += now & FOLLOWS > before & FOLLOWS
        funnel[m, JOINED] += now & MEMBER > before & MEMBER
