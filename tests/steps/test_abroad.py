"""Selling abroad: what localisation costs and takes away; shipping; the books."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.steps.abroad import sell_abroad
from sim.world.market import SUPPLIERS
from tests.engine.tiny import build, by_day, morning, play, tables

FAR: dict[str, Any] = {"consumers.regions": {"count": 2, "sizes": [1, 1], "distance": 0.8}}
TRADE = {**FAR, "merchants.buyer.abroad": {"localisation": 300, "localisation_cost": 3000}}


def test_localisation_takes_away_distance_as_integration_grows() -> None:
    """1 - exp(-spent / cost) of the distance is gone."""
    market = play({**TRADE, "days": 12})
    localised = by_day(market, "localised")
    spent = 300 * (np.arange(12) + 1)
    for m in range(3):
        assert localised[:, m] == pytest.approx(1 - np.exp(-spent / 3000))
    assert (localised[:, 3:] == 0).all()
    near = market.world.offers.closeness
    assert near[0, 6:] == pytest.approx(1 - 0.8 * math.exp(-1.2), rel=1e-6)
    assert near[0, :6] == pytest.approx(1)
    assert near[4, 6:] == pytest.approx(0.2, rel=1e-6)


def test_localisation_and_shipping_are_paid_to_the_fen() -> None:
    changes = {
        **FAR,
        "merchants.buyer.abroad": {"localisation": 30, "shipping": 7},
        "merchants.buyer.operations.overhead": 5,
    }
    market = play({**changes, "days": 15})  # and the books balance every day (check: daily)
    away, cost = by_day(market, "orders_abroad"), by_day(market, "overhead")
    assert away[:, :3].sum() > 20
    assert np.array_equal(cost[:, :3], 100 * (30 + 5 + 7 * away[:, :3]))
    assert (cost[:, 3:] == 0).all()
    free = play({**FAR, "days": 15})
    assert (tables(free)["merchants"]["overhead"] == 0).all()


def test_only_orders_of_other_regions_are_abroad() -> None:
    world = build({**FAR, "merchants.grower.region": 1, "merchants.buyer.abroad.shipping": 1}).world
    day = morning(world)
    world.in_business[:] = True
    last = world.count - 1
    rows = [[0, 0], [last, 0], [last, 1], [0, 3], [last, 3]]
    day.orders = np.array([[who, m, 0, 0, -1] for who, m in rows], np.int64)
    before = world.accounts.cash.copy()
    sell_abroad(day)
    assert day.counts.orders_abroad.tolist() == [1, 1, 0, 1, 0]
    assert (before - world.accounts.cash).tolist() == [100, 100, 0, 0, 0]
    assert world.accounts.totals[SUPPLIERS] == 200


def test_who_has_closed_localises_no_more() -> None:
    world = build(TRADE).world
    sell_abroad(morning(world))
    assert (world.abroad.localised == 0).all()
    assert (world.accounts.cash == 0).all()


def test_an_event_may_begin_to_localise() -> None:
    event = {"day": 5, "set": {"merchants.buyer.abroad.localisation": 100}}
    market = play({**FAR, "events": [event], "days": 8})
    assert (by_day(market, "localised")[:, 0] > 0).tolist() == [False] * 5 + [True] * 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_localising_sells_abroad(seed: int) -> None:
    changes = {**FAR, "merchants.buyer.abroad.localisation_cost": 1000}
    plain, near = (
        play({**changes, "merchants.buyer.abroad.localisation": spend, "days": 30}, seed=seed)
        for spend in (0, 1000)
    )
    abroad = [by_day(market, "orders_abroad")[:, :3].sum() for market in (plain, near)]
    assert abroad[1] > 1.3 * abroad[0]
