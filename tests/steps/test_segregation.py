"""Segregation of adoption: exact values at the ends, and plain twins in between."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.steps.segregation import count_adopters, dissimilarity, favourite, theil
from sim.world.relations import BOUGHT
from tests.engine.tiny import play, tables


def test_theil_at_its_ends_and_between() -> None:
    assert theil(np.diag([30, 50, 20])) == pytest.approx(1)
    assert theil(np.array([[10, 20, 30], [5, 10, 15]])) == pytest.approx(0, abs=1e-12)
    assert theil(np.array([[10, 0], [20, 0]])) == 0.0
    assert theil(np.zeros((3, 2), np.int64)) == 0.0
    # Two equal tribes, 3 : 1 and 1 : 3; entropy log 2 in all, H(1/4) in each.
    inside = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert theil(np.array([[30, 10], [10, 30]])) == pytest.approx(1 - inside / math.log(2))


def test_dissimilarity_at_its_ends_and_between() -> None:
    people = np.array([100, 100])
    bought = np.array([[100, 20, 30, 0], [0, 20, 10, 0]])
    expected = [1.0, 0.0, 0.5 * (abs(0.75 - 70 / 160) + abs(0.25 - 90 / 160)), 0.0]
    assert dissimilarity(bought, people) == pytest.approx(expected)
    assert dissimilarity(people[:, None], people).tolist() == [0.0], "everybody bought"


def test_adopters_are_counted_as_memory_has_them() -> None:
    market = play({"days": 25})
    world = market.world
    relations, tribe = world.relations, world.consumers.tribe
    loved, bought = np.zeros((6, 5), np.int64), np.zeros((6, 5), np.int64)
    count_adopters(relations, tribe, 1, loved, bought)
    for m in range(5):
        has = ((relations.merchant == m) & (relations.flags & BOUGHT != 0)).any(axis=1)
        assert bought[:, m].tolist() == np.bincount(tribe[has], minlength=6).tolist()
    best = np.array([favourite(relations, i) for i in range(world.count)])
    assert loved.sum() == (best >= 0).sum() > 100
    assert theil(loved) == pytest.approx(market.row["brand_segregation"])
    rows = tables(market)["merchants"]["segregation"][-5:]
    people = np.bincount(tribe, minlength=6)
    assert rows.tolist() == pytest.approx(dissimilarity(bought, people).tolist())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_delights_one_tribe_is_bought_by_one_tribe(seed: int) -> None:
    """Without word of mouth, which keeps to tribes by itself: what fits everybody alike is spread
    evenly, what delights few is not."""
    quiet = {
        "sharing.buyer_rate": 0,
        "groups.talk_rate": 0,
        "choice.friends": 0,
        "platforms.mall.click_rate.fit_share": 0,
    }
    plain, loved = (
        play({**quiet, "merchants.buyer.product": product}, seed=seed)
        for product in ({"spirit": 0}, {"spirit": 3, "breadth": "narrow"})
    )
    found = [tables(market)["merchants"]["segregation"][-5:-2].mean() for market in (plain, loved)]
    assert found[1] > 1.5 * found[0]
