"""A world in which everybody bids and nobody decides, for the tests of the traffic stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.steps.day import Day
from sim.steps.traffic import Traffic
from sim.steps.visits import WHO
from sim.world.world import World
from tests.engine.tiny import ONE, build, morning

PEOPLE = 20_000
PLAIN: dict[str, Any] = {
    "name": "traffic",
    "days": 30,
    "consumers": {"count": PEOPLE, "need_rate": 0.0, "ad_tolerance": 1.0},
    "graph": {"kind": "complete"},
    "platforms": {
        "mall": {
            "visits_per_day": 0.5,
            "ad_slots": 3,
            "auction": {"pacing": "none", "reserve": 0.01, "prior_impressions": 1e12},
            "click_rate": {
                "feed": 0.04,
                "search": 0.066,
                "position_decay": 0.8,
                "notice": 0.25,
                "fit_share": 0.0,
            },
        }
    },
    "merchants": {"shop": {"count": 3}},
    "memory": {"fatigue": 0.0},
}


def world_of(changes: dict[str, Any] | None = None, *, seed: int = 1) -> World:
    """A world in which everybody bids: the first most, with all the money there is."""
    world = build(changes, PLAIN, seed=seed).world
    open_all(world)
    return world


def open_all(world: World) -> None:
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**12
    world.offers.budget[:] = 10**9
    world.offers.bid[:] = 500 - 10 * np.arange(len(world.firms))


def days_of(world: World, count: int) -> Iterator[tuple[Day, Traffic]]:
    """Run the stage alone for some days; yield each with the stage's buffers."""
    traffic = Traffic(morning(world), ONE)
    for number in range(count):
        day = morning(world, number)
        traffic.run(day)
        yield day, traffic


def visits_by_person(world: World, traffic: Traffic) -> tuple[np.ndarray, np.ndarray]:
    """Browsing and searching visits int64[N] of the last platform that was planned."""
    browse, search = np.zeros(world.count, np.int64), np.zeros(world.count, np.int64)
    ticks = world.scenario.platforms[world.platforms[-1]].ticks_per_day
    for c in range(traffic.chunks):
        entry = traffic.plan.entry[c, : traffic.plan.start[c, ticks]]
        looking = entry < 0
        np.add.at(search, entry[looking] & WHO, 1)
        np.add.at(browse, entry[~looking] & WHO, 1)
    return browse, search
