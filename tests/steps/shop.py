"""Two shops that nobody visits, for the tests of what becomes of orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.steps.day import Day
from sim.steps.fulfil import fulfil
from sim.steps.judge import satisfaction
from sim.world.relations import BOUGHT
from sim.world.world import World
from tests.engine.tiny import ONE, build, morning

PEOPLE = 8000
PLAIN: dict[str, Any] = {
    "name": "fulfil",
    "days": 500,
    "consumers": {"count": PEOPLE, "need_rate": 0.0, "sociability": 0.5},
    "graph": {"kind": "complete"},
    "platforms": {"mall": {"visits_per_day": 0.0}},
    "merchants": {"shop": {"count": 2, "operations": {"delivery": 0, "cover": 0}}},
    "memory": {
        "satisfaction_noise": 0.3,
        "expectation": 0.45,
        "lateness": 0.1,
        "return_rate": 0.05,
        "follow_rate": 0.1,
        "trust_step": 0.3,
    },
    "sharing": {"buyer_rate": 0.4, "complaint_ratio": 1.5},
}
NOISE = 0.3


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**9
    return world


def sent(who: Any, m: int = 0) -> np.ndarray:
    """Parcels that cost 129 yuan, 6.45 of them for the platform."""
    who = np.asarray(who, np.int64)
    rest = np.tile(np.array([m, 12_900, 645, 0], np.int64), (len(who), 1))
    return np.concatenate([who[:, None], rest], axis=1)


def know(world: World, m: int = 0, trust: float = 0.0) -> None:
    """Everybody has bought from ``m`` and remembers it in slot ``m``."""
    world.relations.merchant[:, m] = m
    world.relations.goodwill[:, m] = 0.5
    world.relations.trust[:, m] = trust
    world.relations.flags[:, m] = BOUGHT


def deliver_to_all(world: World, day: int = 0, m: int = 0) -> Day:
    today = morning(world, day)
    today.orders = sent(np.arange(world.count), m)
    fulfil(today, ONE)
    return today


def moods(
    world: World, m: int = 0, day: int = 0, late: float = 0.0, service: float = 0.0
) -> np.ndarray:
    return np.array(
        [
            satisfaction(
                world.seed,
                i,
                day,
                world.offers.luck[m],
                world.offers.quality[m],
                service,
                np.int64(late),
                world.laws.memory,
            )
            for i in range(world.count)
        ]
    )
