"""Tribes, regions, spirit and persona: what the scenarios claim holds over seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.claims import run, summary, summed

SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])

SMALL = ("consumers.count=3000", "days=120")


@SEEDS
def test_tribes_form_where_ties_may_follow_taste(seed: int) -> None:
    """Rewiring sorts ties by taste, by tribe and by brand; drift alone does not."""
    free, fixed = (
        run("tribes_form", seed, *SMALL, f"memory.rewiring={rate}") for rate in (0.05, 0)
    )
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
    before, after = (run("spirit_or_price", seed, *SMALL, *more) for more in ((), cut))
    plain, spirited = (
        -math.log(summed(after, camp, "orders") / summed(before, camp, "orders"))
        / math.log(110 / 129)
        for camp in ("plain_cutter", "spirited_cutter")
    )
    assert plain > spirited + 0.5
    assert spirited > 0


@SEEDS
def test_localising_sells_abroad_and_distance_does_not(seed: int) -> None:
    near, far = (
        run("cross_border", seed, *SMALL, f"consumers.regions.distance={d}") for d in (0.3, 0.9)
    )
    for market in (near, far):
        share = {
            camp: summed(market, camp, "orders_abroad") / summed(market, camp, "orders")
            for camp in ("stay_home", "export", "localise")
        }
        assert max(share["stay_home"], share["export"]) < share["localise"]
    assert summed(far, "export", "orders_abroad") < summed(near, "export", "orders_abroad")


@SEEDS
def test_a_face_wins_followers(seed: int) -> None:
    """Per customer, and against the same firm without; what it earns is another matter."""
    with_face = run("persona", seed, *SMALL)
    without = run("persona", seed, *SMALL, "merchants.founder.persona.spend=0")
    rate = [
        market.recorder.tables()["merchants"]["followers"][-6:-3].sum()
        / summed(market, "founder", "new_customers")
        for market in (with_face, without)
    ]
    assert rate[0] > 1.2 * rate[1]


@SEEDS
def test_the_narrow_converts_best_among_its_own_and_earns_less_than_the_wide(seed: int) -> None:
    """With the same money; to its tribe alone it sells at less a customer than to everybody."""
    camps = ("mass", "niche", "niche_precise")
    small = ("consumers.count=20000", "days=120")
    money = (f"merchants.{camp}.strategy.daily_budget=400" for camp in camps)
    found = summary("small_and_beautiful", seed, *small, *money)["camps"]
    wide, niche, precise = (found[camp] for camp in camps)
    assert precise["cvr"] > 1.5 * niche["cvr"] > 2 * wide["cvr"]
    assert wide["gross_cac"] < precise["gross_cac"] < niche["gross_cac"]
    profit = [camp["profit_per_merchant"]["mean"] for camp in (wide, precise, niche)]
    assert profit == sorted(profit, reverse=True)
