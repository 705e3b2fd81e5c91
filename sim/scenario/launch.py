"""How a merchant begins: the people who get the product first, so that they talk about it."""

from __future__ import annotations

from typing import Literal

from sim.scenario.units import Money, Record, Whole, setting


class Launch(Record):
    """On the day a merchant comes: `seeds` people get one item each and may talk about it."""

    seeds: Whole = setting(
        0, "people", "How many, as far as cash and credit pay; 0: no launch.", ge=0, le=10**7
    )
    method: Literal["random", "degree", "k_core", "tribes", "greedy"] = setting(
        "random",
        "name",
        "Whom: `random`; `degree`: most ties; `k_core`: the densest core; `tribes`: the best"
        " connected of every tribe, by its size; `greedy`: the largest expected cascade.",
    )
    cost: Money = setting(
        10_000, "money per person", "The item, and what it takes to win the person.", ge=0
    )
