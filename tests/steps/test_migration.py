"""Visits move between platforms towards more and cheaper goods, and none is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.scenario.markets import Visits
from sim.steps.migration import move_visits, shares_drawn
from sim.world.world import World
from tests.engine.tiny import build

LAW = Visits(drift=0.2, variety=1.0, price=1.0)
THREE: dict[str, Any] = {
    "name": "towns",
    "days": 100,
    "consumers": {"count": 400},
    "graph": {"kind": "complete"},
    "platforms": {name: {"visits_per_day": 0.4} for name in ("a", "b", "c")},
    "merchants": {"shop": {"count": 6}},
    "visits": {"drift": 0.2},
}


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build(changes, THREE).world
    world.offers.is_open[:] = True
    world.offers.listed[:] = True
    return world


def visits(world: World) -> np.ndarray:
    return world.visit_scale * world.drawn_visits


def test_shares_are_the_formula() -> None:
    """Written out by hand: 0.4 x 3 x 1 against 0.2 x 5 / 2."""
    found = shares_drawn(np.array([0.4, 0.2]), np.array([2, 4]), np.array([0.0, np.log(2.0)]), LAW)
    assert found == pytest.approx(np.array([1.2, 0.5]) / 1.7)


def test_more_merchants_and_lower_prices_draw() -> None:
    base = np.full(3, 0.3)
    more = shares_drawn(base, np.array([9, 4, 4]), np.zeros(3), LAW)
    assert more[0] > more[1] == more[2]
    cheap = shares_drawn(base, np.full(3, 4), np.array([-0.3, 0.0, 0.3]), LAW)
    assert cheap[0] > cheap[1] > cheap[2]
    neither = Visits(drift=0.2, variety=0.0, price=0.0)
    same = shares_drawn(base, np.array([9, 4, 0]), np.array([-0.3, 0.0, 0.3]), neither)
    assert same == pytest.approx(np.full(3, 1 / 3))


def test_visits_are_conserved_and_settle_where_they_are_drawn() -> None:
    world = world_of()
    world.offers.listed[0, 1:] = False
    world.offers.listed[1, 3:] = False
    before = visits(world).sum()
    for _ in range(120):
        move_visits(world)
        assert visits(world).sum() == pytest.approx(before, rel=1e-12)
    expected = shares_drawn(np.full(3, 0.4), np.array([1, 3, 6]), np.zeros(3), LAW)
    assert visits(world) / before == pytest.approx(expected, abs=1e-9)


def test_a_day_closes_its_part_of_the_gap() -> None:
    world = world_of()
    world.offers.listed[0] = False
    wanted = 1.2 * shares_drawn(np.full(3, 0.4), np.array([0, 6, 6]), np.zeros(3), LAW)
    move_visits(world)
    assert visits(world) == pytest.approx(0.8 * 0.4 + 0.2 * wanted)


def test_without_drift_nothing_moves() -> None:
    world = world_of({"visits.drift": 0})
    world.offers.listed[0] = False
    move_visits(world)
    assert (world.visit_scale == 1.0).all()


def test_who_is_not_open_draws_nobody_and_then_begins_with_nobody() -> None:
    world = world_of({"platforms.c.opens": 3})
    move_visits(world)
    assert visits(world)[2] == 0.0
    world.open_platforms(2)
    assert not world.opened[2]
    world.open_platforms(3)
    assert visits(world)[2] == 0.0
    move_visits(world)
    wanted = 0.8 / 3
    assert visits(world) == pytest.approx([0.4 + 0.2 * (wanted - 0.4)] * 2 + [0.2 * wanted])
