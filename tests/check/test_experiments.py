"""Experiments change what they say and nothing else; estimators find what was put in."""

from __future__ import annotations

import numpy as np
import pytest

from sim.check.elasticities import own_elasticities
from sim.check.experiments import (
    ONE,
    Window,
    adstock_regression,
    budgets_changed,
    jackknife,
    play,
    set_apart,
    with_budgets,
)
from sim.check.measured import Effort, few_point, mean_point
from sim.check.verdict import z_score
from sim.errors import ScenarioError
from sim.scenario.load import from_dict

TOWN = {
    "name": "town",
    "days": 40,
    "consumers": {"count": 2000},
    "platforms": {"mall": {}},
    "merchants": {
        "shop": {"count": 3, "strategy": {"kind": "buy_traffic", "daily_budget": 90}},
        "store": {"strategy": {"kind": "buy_traffic", "daily_budget": 60}},
    },
    "choice": {"outside": 3, "impulse": 4},
}


def test_one_merchant_is_set_apart_and_its_budget_changed_for_some_days() -> None:
    apart = set_apart(from_dict(TOWN), "shop")
    assert apart.scenario.merchants["shop"].count == 2
    one = apart.scenario.merchants[ONE]
    assert one.count == 1 and one.strategy == apart.scenario.merchants["shop"].strategy
    less = budgets_changed(apart, [ONE], 0.5, Window(10, 5, 40)).scenario
    path = f"merchants.{ONE}.strategy.daily_budget"
    assert [(event.day, event.set) for event in less.events] == [
        (10, {path: "45.00 CNY"}),
        (15, {path: "90.00 CNY"}),
    ]


def test_until_the_change_nothing_differs() -> None:
    apart = set_apart(from_dict(TOWN), "shop")
    when = Window(20, 10, 40)
    usual, less = (
        play(arm, 40, 3)["merchants"] for arm in (apart, budgets_changed(apart, [ONE], 0.3, when))
    )
    before = usual["day"] < when.first
    for column in ("orders", "spend_ads", "cash"):
        assert np.array_equal(usual[column][before], less[column][before])
    during = (usual["day"] >= when.first) & (usual["day"] < when.last) & (usual["camp"] == ONE)
    assert less["spend_ads"][during].sum() < 0.6 * usual["spend_ads"][during].sum()


def test_the_regression_finds_what_made_the_series() -> None:
    rng = np.random.default_rng(5)
    weeks, short, kept = 4000, 0.12, 0.5
    spend = np.exp(rng.normal(9, 0.5, (3, weeks)))
    log_orders = np.full((3, weeks), 11.0)
    for t in range(1, weeks):
        noise = rng.normal(0, 0.02, 3)
        log_orders[:, t] = 4 + short * np.log(spend[:, t]) + kept * log_orders[:, t - 1] + noise
    each = np.repeat([0, 1, 2], weeks * 7)
    tables = {
        "merchants": {
            "day": np.tile(np.arange(weeks * 7), 3),
            "merchant": np.array(["a", "b", "c"])[each],
            "orders": np.repeat(np.exp(log_orders) / 7, 7, axis=1).ravel(),
            "spend_ads": np.repeat(spend / 7, 7, axis=1).ravel(),
        }
    }
    found = adstock_regression(tables)
    assert found == pytest.approx((short, short / (1 - kept)), abs=0.01)


def test_a_ratio_of_means_has_its_error() -> None:
    """Against the spread of many such ratios."""
    rng = np.random.default_rng(6)
    down = rng.normal(5, 1, (2000, 12))
    up = 0.4 * down + rng.normal(0, 0.5, down.shape)
    got = np.array([jackknife(a, b) for a, b in zip(up, down, strict=True)])
    assert got[:, 0].mean() == pytest.approx(0.4, abs=0.005)
    assert got[:, 1].mean() == pytest.approx(got[:, 0].std(), rel=0.06)


def test_few_values_are_not_trusted_too_much() -> None:
    """Student's t with 7 degrees of freedom is beyond 5.408 in one case of a thousand."""
    values = np.array([-1.0, 1.0] * 4)
    plain = mean_point("few", 0.0, values)
    shifted = values + 5.408 * plain.error
    assert z_score(few_point("few", 0.0, shifted)) == pytest.approx(3.2905, abs=0.02)
    assert few_point("few", plain.got, values).error == plain.error


def test_a_scenario_of_ones_own(tmp_path: pytest.TempPathFactory) -> None:
    path = tmp_path / "town.yaml"  # type: ignore[operator]
    path.write_text(
        "name: town\ndays: 40\nconsumers: {count: 3000}\nplatforms: {mall: {}}\n"
        "choice: {outside: 2, impulse: 3}\nsharing: {tie_probability: 20%, complaint_ratio: 3}\n"
        "merchants:\n  shop: {count: 2, strategy: {kind: buy_traffic, daily_budget: 90}}\n"
    )
    found = own_elasticities(Effort(), scenario=str(path), first=20, days=10, seeds=2)
    assert len(found.points) == 1 and len(found.beside) == 8
    with pytest.raises(ScenarioError, match="no file"):
        own_elasticities(Effort(), scenario="nowhere.yaml")
    with pytest.raises(ScenarioError, match="with budgets: shop"):
        own_elasticities(Effort(), scenario=str(path), merchant="shpo")
    with pytest.raises(ScenarioError, match="days within 40"):
        own_elasticities(Effort(), scenario=str(path), first=35, days=10)


def test_without_budgets_there_is_nothing_to_change() -> None:
    none = {**TOWN, "merchants": {"shop": {"strategy": {"kind": "my_shop:Patient"}}}}
    with pytest.raises(ScenarioError, match="no merchant has a daily budget"):
        with_budgets(from_dict(none))
