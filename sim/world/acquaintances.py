"""Acquaintances: ties that are not in the graph, between strangers who met in a group.

Everybody has a few places for them, so memory is bounded by ``slots`` x 8 bytes a person, and none
is taken where the scenario gives no slots. A tie is kept by each of its two ends that had a place
free; it grows with every day on which both take part, and nobody is thrown out for somebody new.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel


class Acquaintances(NamedTuple):
    """Structure of arrays over ``N`` people and ``A`` places.

    friend int32[N, A] (-1 free, taken ones first); strength float32[N, A] in (0, 1];
    here int32[N]: page on which a person has been seen, while a page is looked at (-1: none);
    ties int64[1]: places taken. All empty where ``A`` is 0.
    """

    friend: np.ndarray
    strength: np.ndarray
    here: np.ndarray
    ties: np.ndarray


def build_acquaintances(people: int, slots: int) -> Acquaintances:
    """Return people who have no acquaintances yet."""
    if slots == 0:
        people = 0
    return Acquaintances(
        friend=np.full((people, slots), -1, np.int32),
        strength=np.zeros((people, slots), np.float32),
        here=np.full(people, -1, np.int32),
        ties=np.zeros(1, np.int64),
    )


@kernel
def know(acquaintances: Acquaintances, who: int, other: int, strength: float) -> bool:
    """Let ``who`` know ``other`` from now on; return False where they are known or there is no
    place free."""
    for place in range(acquaintances.friend.shape[1]):
        known = acquaintances.friend[who, place]
        if known == other:
            return False
        if known < 0:
            acquaintances.friend[who, place] = other
            acquaintances.strength[who, place] = strength
            acquaintances.ties[0] += 1
            return True
    return False
