"""What the scenarios on communities claim, in small worlds over several seeds."""

from __future__ import annotations

import functools
from pathlib import Path

from sim.engine.model import Market
from sim.scenario.load import load

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
SEEDS = (1, 2, 3)


@functools.cache
def run(name: str, seed: int, *overrides: str) -> Market:
    market = Market(load(SCENARIOS / f"{name}.yaml", overrides), seed=seed, collect=False)
    while market.running:
        market.step()
    return market


def earned(market: Market, camp: str) -> float:
    """Profit of a camp, per merchant and in yuan."""
    rows = market.recorder.tables()["merchants"]
    mine = rows["camp"] == camp
    margin = rows["revenue"] - rows["cogs"] - rows["platform_fees"] - rows["overhead"]
    spent = sum(rows[f"spend_{what}"] for what in ("ads", "media", "community", "content"))
    return float((margin - spent)[mine].sum()) / 100 / market.loaded.scenario.merchants[camp].count


def summed(market: Market, camp: str, column: str) -> int:
    rows = market.recorder.tables()["merchants"]
    return int(rows[column][rows["camp"] == camp].sum())


SMALL = ("consumers.count=8000", "days=160")


def alone(camps: tuple[str, ...], count: int = 1) -> tuple[str, ...]:
    return tuple(f"merchants.{camp}.count={count}" for camp in camps)


def test_the_best_selling_intensity_lies_inside() -> None:
    """Who never sells and who sells four times a day are both beaten by somebody between."""
    camps = ("never", "seldom", "daily", "twice", "pushy")
    for seed in SEEDS:
        market = run("selling_too_hard", seed, *SMALL, *alone(camps))
        profit = {camp: earned(market, camp) for camp in camps}
        orders = {camp: summed(market, camp, "orders_community") for camp in camps}
        for found in (profit, orders):
            assert max(found, key=found.__getitem__) in ("seldom", "daily", "twice")
        assert orders["pushy"] < 0.5 * orders["seldom"]


def test_it_is_fatigue_that_punishes_the_pushy() -> None:
    """Where posts tire and mute nobody, who sells four times a day does not fall behind."""
    camps = ("never", "seldom", "daily", "twice", "pushy")
    small = (*SMALL, *alone(camps))
    tireless = ("groups.sales_fatigue=0", "groups.mute_rate=0")
    free, seldom = 0, 0
    for seed in SEEDS:
        calm = run("selling_too_hard", seed, *small, *tireless)
        tired = summed(run("selling_too_hard", seed, *small), "pushy", "orders_community")
        assert summed(calm, "pushy", "orders_community") > 3 * tired
        free += summed(calm, "pushy", "orders_community")
        seldom += summed(calm, "seldom", "orders_community")
    assert free > seldom


def test_integration_is_what_makes_many_groups_worth_it() -> None:
    camps = ("scattered", "learning", "integrated")
    small = ("consumers.count=9000", "days=200", "groups.cap=20", "groups.critical_mass=6")
    for seed in SEEDS:
        market = run("fragmented_groups", seed, *small, *alone(camps))
        assert earned(market, "integrated") > earned(market, "scattered")
        rows = market.recorder.tables()["communities"]
        last = {
            camp: rows["effort"][(rows["merchant"] == f"{camp}.1")][-1]
            for camp in ("scattered", "integrated")
        }
        assert last["integrated"] > 4 * last["scattered"]


def test_few_groups_need_no_integration() -> None:
    """In one large group effort is felt the same with integration and without."""
    camps = ("scattered", "learning", "integrated")
    small = ("consumers.count=9000", "days=100", "groups.cap=2000")
    market = run("fragmented_groups", 1, *small, *alone(camps))
    rows = market.recorder.tables()["communities"]
    for camp in ("scattered", "integrated"):
        mine = rows["merchant"] == f"{camp}.1"
        hours = rows["effort"][mine & (rows["groups"] == 1)][1:]  # felt from the next morning
        assert len(hours) > 0
        assert (hours <= 8.0).all()
        assert hours.min() >= 4.0  # half a person at least, in the one group


def test_a_bad_product_gains_less_from_groups_than_a_good_one() -> None:
    camps = ("good_bought", "bad_bought", "good_groups", "bad_groups")
    for seed in SEEDS:
        market = run("bad_product", seed, *SMALL, *alone(camps))
        profit = {camp: earned(market, camp) for camp in camps}
        assert profit["bad_groups"] < profit["good_groups"]
        for camp in ("followers", "members"):
            rows = market.recorder.tables()["merchants"]
            last = rows["day"] == market.days - 1
            held = {c: rows[camp][last & (rows["camp"] == c)].sum() for c in camps}
            assert held["bad_groups"] < 0.5 * held["good_groups"]
