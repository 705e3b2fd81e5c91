"""Markets in which one mechanism is at work and all others are still: built by the production
builders, then set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.engine.model import Market
from sim.kernel import Threads
from sim.steps.day import Counts, Day
from sim.steps.purchase import purchase
from sim.steps.traffic import Traffic
from sim.world.relations import DEEP
from sim.world.world import World

ONE = Threads(1)
STILL: dict[str, Any] = {
    "name": "choice",
    "days": 3650,
    "memory": {"goodwill_half_life": 3650},
    "graph": {"kind": "complete"},
    "platforms": {"mall": {"visits_per_day": 0.0, "organic": {"slots": 0}}},
    "choice": {
        "quality": 0,
        "goodwill": 0,
        "trust": 0,
        "friends": 0,
        "outside": -50,
        "impulse": 0,
        "reference_price": 129,
    },
}
"""Nobody browses or forgets, and nothing but the price has a weight in choices."""


def shops(
    count: int,
    people: int,
    seed: int,
    choice: dict[str, float] | None = None,
    consumers: dict[str, Any] | None = None,
) -> World:
    """Return a world of so many open shops that everybody remembers well; buying elsewhere
    is out of the question unless ``choice.outside`` says otherwise."""
    shop = {"count": count, "product": {"spirit": 0.0}, "operations": {"stock": 10**9}}
    scenario = {
        **STILL,
        "consumers": {"count": people, "price_sensitivity": 1.0, **(consumers or {})},
        "merchants": {"shop": shop},
        "choice": {**STILL["choice"], **(choice or {})},
    }
    world = Market(scenario, seed=seed, collect=False).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.stock[:] = 10**9
    for m in range(count):
        world.relations.merchant[:, m] = m
        world.relations.goodwill[:, m] = 1.0
    return world


def morning(world: World, number: int) -> Day:
    """Return an empty day, until which memories have faded."""
    world.turn(number)
    return Day(world, number, Counts(len(world.firms), len(world.platforms)))


def buy(world: World, number: int, who: np.ndarray | None = None) -> np.ndarray:
    """Let people need something on a day (all if left out); return int64[N], whose shop each
    chose, -1 for none."""
    today = morning(world, number)
    needing = np.arange(world.count) if who is None else who
    today.occasions.add_needs(needing, np.full(len(needing), -1))
    purchase(today, ONE)
    got = np.full(world.count, -1)
    got[today.orders[:, 0]] = today.orders[:, 1]
    return got


def buy_as_needed(world: World, days: int) -> Iterator[np.ndarray]:
    """Yield who buys on each day, int64[n], when people need things at their own rates."""
    stage = Traffic(morning(world, 0), ONE)
    for number in range(days):
        today = morning(world, number)
        stage.draw_needs(today)
        purchase(today, ONE)
        yield today.orders[:, 0]


def set_utilities(world: World, utilities: np.ndarray) -> None:
    """Give shops utilities: with a sensitivity of 1 they are minus the log of the price."""
    world.offers.log_price[:] = -np.asarray(utilities)


def set_tastes(world: World, tastes: np.ndarray, weight: float) -> None:
    """Give everybody utilities of their own, float64[N, shops] within ``weight``, which is that of
    ``choice.trust``."""
    count = tastes.shape[1]
    world.relations.trust[:, :count] = np.clip(tastes / weight, -1.0, 1.0)
    world.relations.flags[:, :count] |= DEEP
