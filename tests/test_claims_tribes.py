"""Tribes, regions, spirit and persona: what the scenarios claim holds over seeds."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from sim.engine.model import Market
from sim.scenario.load import load

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])


def run(name: str, *overrides: str, seed: int) -> Market:
    small = ("consumers.count=3000", "days=120", *overrides)
    market = Market(load(SCENARIOS / f"{name}.yaml", small), seed=seed, collect=False)
    while market.running:
        market.step()
    return market


def total(market: Market, camp: str, column: str) -> float:
    rows = market.recorder.tables()["merchants"]
    return float(rows[column][rows["camp"] == camp].sum())


@SEEDS
def test_tribes_form_where_ties_may_follow_taste(seed: int) -> None:
    """Rewiring sorts ties by taste, by tribe and by brand; drift alone does not."""
    free, fixed = (run("tribes_form", f"memory.rewiring={rate}", seed=seed) for rate in (0.05, 0))
    for column, least in (("taste_assortativity", 0.3), ("tribe_assortativity", 0.1)):
        assert free.row[column] > least
        assert abs(fixed.row[column]) < 0.05
    assert free.row["brand_assortativity"] > fixed.row["brand_assortativity"] + 0.05
    for market in (free, fixed):
        rows = market.recorder.tables()["merchants"]
        last = rows["day"] == 119
        narrow, wide = (
            np.mean(rows["segregation"][last & (rows["camp"] == camp)])
            for camp in ("narrow", "wide")
        )
        assert narrow > 1.3 * wide


@SEEDS
def test_what_delights_is_bought_for_less_of_its_price(seed: int) -> None:
    """Price elasticity of the cutter's orders: clearly lower for the spirited product."""
    cut = [f"merchants.{kind}_cutter.product.price=110" for kind in ("plain", "spirited")]
    before, after = (run("spirit_or_price", *more, seed=seed) for more in ((), cut))
    plain, spirited = (
        -math.log(total(after, camp, "orders") / total(before, camp, "orders"))
        / math.log(110 / 129)
        for camp in ("plain_cutter", "spirited_cutter")
    )
    assert plain > spirited + 0.5
    assert spirited > 0


@SEEDS
def test_localising_sells_abroad_and_distance_does_not(seed: int) -> None:
    near, far = (
        run("cross_border", f"consumers.regions.distance={d}", seed=seed) for d in (0.3, 0.9)
    )
    for market in (near, far):
        share = {
            camp: total(market, camp, "orders_abroad") / total(market, camp, "orders")
            for camp in ("stay_home", "export", "localise")
        }
        assert max(share["stay_home"], share["export"]) < share["localise"]
    assert total(far, "export", "orders_abroad") < total(near, "export", "orders_abroad")


@SEEDS
def test_a_face_wins_followers(seed: int) -> None:
    """Per customer, and against the same firm without; what it earns is another matter."""
    with_face = run("persona", seed=seed)
    without = run("persona", "merchants.founder.persona.spend=0", seed=seed)
    rate = [
        market.recorder.tables()["merchants"]["followers"][-6:-3].sum()
        / total(market, "founder", "new_customers")
        for market in (with_face, without)
    ]
    assert rate[0] > 1.2 * rate[1]
