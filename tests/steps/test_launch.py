"""Launches: who gets the product, what it costs, what they make of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.steps.seeding import seeds_of
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import BOUGHT, MEDIA
from tests.engine.tiny import build, play, total

LAUNCH: dict[str, Any] = {"merchants.buyer.launch": {"seeds": 40, "method": "degree", "cost": 50}}
ALONE: dict[str, Any] = {
    "merchants.grower.count": 0,
    "merchants.buyer.count": 1,
    "platforms": {},
}


def test_chosen_people_have_it_and_the_money_is_gone() -> None:
    market = build({**LAUNCH, **ALONE})
    market.step()
    world = market.world
    chosen = seeds_of(world.graph, 40, "degree")
    rows, slots = np.nonzero(
        (world.relations.merchant == 0) & (world.relations.touch >> 4 == MEDIA)
    )
    assert set(chosen.tolist()) == set(rows.tolist())
    assert (world.relations.flags[rows, slots] & BOUGHT != 0).all()
    assert world.accounts.totals[MEDIA_TOTAL] == 40 * 5000
    assert total(market, "spend_media") == 40 * 5000
    assert market.row["cascades"] > 0


@pytest.mark.parametrize(("cash", "seeds"), [(0, 0), (130, 2), (10_000, 40)])
def test_a_launch_goes_as_far_as_the_purse(cash: int, seeds: int) -> None:
    market = build({**LAUNCH, **ALONE, "merchants.buyer.operations.cash": cash})
    market.step()
    assert total(market, "spend_media") == seeds * 5000


def test_newcomers_launch_on_the_day_they_come() -> None:
    entry = {"rate_per_month": 20, "mix": {"buyer": 1}, "first_day": 5}
    market = play({**LAUNCH, "merchants.buyer.count": 0, "entry": entry, "days": 15})
    rows = market.recorder.tables()["merchants"]
    came = market.recorder.tables()["market"]["entries"]
    spent = np.bincount(rows["day"], rows["spend_media"], 15)
    assert np.array_equal(spent, came * 40 * 5000)
    assert came.sum() > 2


def test_a_launch_brings_customers_and_a_poor_product_complaints() -> None:
    """Word of mouth of the first week, with the same luck; bought traffic is switched off."""

    def first_week(seeds: int, quality: float, seed: int) -> tuple[int, float]:
        market = play(
            {
                "merchants.buyer.launch": {"seeds": seeds, "cost": 0},
                "merchants.buyer.product.quality": quality,
                "merchants.buyer.strategy.daily_budget": 0,
                "merchants.grower.count": 0,
                "platforms": {},
                "days": 8,
            },
            seed=seed,
        )
        return int(total(market, "new_customers")), float(market.world.relations.trust.sum())

    found = [[first_week(n, q, s) for n, q in ((0, 0.9), (60, 0.9), (300, 0.9), (300, 0.0))]
             for s in (1, 2, 3)]  # fmt: skip
    for none, some, many, poor in found:
        assert none[0] < some[0] < many[0]
        assert poor[0] < many[0]
        assert poor[1] < 0 < many[1]
