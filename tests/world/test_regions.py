"""Regions: who lives where, and that one region is none."""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario.population import Tribes
from sim.scenario.regions import Regions as RegionsSpec
from sim.world.consumers import assign_segments
from sim.world.regions import distances, region_shares, settle
from tests.engine.tiny import build, play, scenario, tables

TWO = {"consumers.regions": {"count": 2, "sizes": [3, 1], "distance": 0.4}}
BUYERS_ONLY = scenario({"platforms.mall.organic": {"slots": 0}})
del BUYERS_ONLY["merchants"]["grower"]


def test_segments_have_their_shares_and_lie_together() -> None:
    tribes = Tribes(count=3, sizes=[2.0, 1.0, 1.0])
    spec = RegionsSpec(count=2, sizes=[3.0, 1.0])
    segment = assign_segments(tribes, spec, 1600)
    assert np.bincount(segment).tolist() == [600, 300, 300, 200, 100, 100]
    assert (np.diff(segment) >= 0).all()
    regions = settle(spec, segment, 3)
    assert np.bincount(regions.home).tolist() == [1200, 400]
    assert region_shares(RegionsSpec(count=4)).tolist() == [0.25] * 4


def test_distances_are_a_scalar_or_a_matrix() -> None:
    same = distances(RegionsSpec(count=3, distance=0.2))
    assert same.tolist() == [[0, 0.2, 0.2], [0.2, 0, 0.2], [0.2, 0.2, 0]]
    rows = [[0, 0.1], [0.1, 0]]
    assert distances(RegionsSpec(count=2, distances=rows)).tolist() == rows


def test_regions_without_distance_change_nothing_for_merchants() -> None:
    """People of all regions are drawn alike, and nothing of a foreign merchant's appeal is lost."""
    world = build({"consumers.regions": {"count": 2, "distance": 0}}).world
    assert (world.offers.closeness == 1).all()
    assert world.segments == 12
    assert world.offers.target.shape == (5, 12)
    one = build().world
    assert np.array_equal(world.offers.taste, one.offers.taste)
    assert world.regions.home.tolist() == (world.consumers.segment // 6).tolist()
    assert (world.consumers.segment % 6 == world.consumers.tribe).all()


def test_a_merchant_is_near_at_home_and_far_abroad() -> None:
    world = build({**TWO, "merchants.grower.region": 1}).world
    near = world.offers.closeness
    assert near[:3, :6] == pytest.approx(1)
    assert near[:3, 6:] == pytest.approx(0.6)
    assert near[3:, :6] == pytest.approx(0.6)
    assert near[3:, 6:] == pytest.approx(1)
    assert (world.home[:3] < 6).all()
    assert (world.home[3:] >= 6).all()


def test_who_does_not_advertise_abroad_is_not_seen_there() -> None:
    changes = {**TWO, "merchants.buyer.abroad": {"advertise": False}}
    market = play({**changes, "days": 20}, BUYERS_ONLY)
    world = market.world
    assert not world.offers.target[:, 6:].any()
    assert world.boards.clicks[0, :6].sum() > 0
    assert world.boards.clicks[0, 6:].sum() == 0
    everywhere = play({**TWO, "days": 20}, BUYERS_ONLY)
    assert everywhere.world.boards.clicks[0, 6:].sum() > 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_orders_from_abroad_fall_with_distance(seed: int) -> None:
    orders = []
    for distance in (0.0, 0.5, 1.0):
        where = {"count": 2, "sizes": [3, 1], "distance": distance}
        market = play({"consumers.regions": where, "days": 30}, seed=seed)
        rows = tables(market)["merchants"]
        orders.append(rows["orders_abroad"].sum() / rows["orders"].sum())
    assert orders[0] > orders[1] > orders[2]
    assert orders[0] == pytest.approx(0.25, abs=0.05), "a quarter lives there"
