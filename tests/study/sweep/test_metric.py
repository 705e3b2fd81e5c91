"""Metrics: a name of the summary is that number, a window a shorter run, a series its rows."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from sim.errors import ScenarioError
from sim.scenario.load import from_dict
from sim.study import cohorts
from sim.study.metrics import summarise
from sim.study.numbers import names_of
from sim.study.sweep.measured import measured
from sim.study.sweep.metric import parse_metric
from tests.engine.tiny import scenario

LOADED = from_dict(scenario({"days": 24, "consumers.count": 1000}))
SCENARIO = LOADED.scenario


@pytest.fixture(scope="module")
def tables() -> Any:
    market = Market(LOADED, seed=3, collect=False)
    while market.running:
        market.step()
    return market.recorder.tables()


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, x in value.items() for k, v in flat(x, f"{path}.{key}").items()}
    return {path.removeprefix("."): value}


def numbers_in(summary: dict[str, Any]) -> dict[str, Any]:
    camps = {camp["name"]: camp for camp in summary["camps"]}
    parts = {"camps": camps, "market": summary["market"], "cascades": summary["cascades"]}
    return {k: v for k, v in flat(parts).items() if not isinstance(v, str)}


def test_every_number_of_a_summary_has_a_name_and_that_value(tables: Any) -> None:
    numbers = numbers_in(summarise(tables, SCENARIO))
    assert set(names_of(SCENARIO)) == set(numbers)
    metrics = [parse_metric(name, SCENARIO) for name in numbers]
    got = measured(tables, SCENARIO, metrics)
    for name, value in numbers.items():
        assert math.isnan(got[name]) if value is None else got[name] == value, name


@pytest.mark.parametrize(
    "changed",
    [{"media": {"loud": {"kind": "radio"}, "tall": {"kind": "outdoor"}}}, {"merchants": {}}],
)
def test_names_follow_what_the_scenario_has(changed: dict[str, Any]) -> None:
    loaded = from_dict(scenario({"days": 2, "consumers.count": 500}) | changed)
    market = Market(loaded, seed=3, collect=False)
    while market.running:
        market.step()
    found = summarise(market.recorder.tables(), loaded.scenario)
    assert set(names_of(loaded.scenario)) == set(numbers_in(found))


def test_a_window_from_the_first_day_is_a_shorter_run(tables: Any) -> None:
    short = Market(LOADED, seed=3, days=9, collect=False)
    while short.running:
        short.step()
    # These are measured weekly, and on the last day of a run wherever that falls.
    weekly = ("tribe_assortativity", "brand_assortativity", "fatigue")
    names = [name for name in names_of(SCENARIO) if not set(weekly) & set(name.split("."))]
    windowed = [parse_metric({"metric": n, "days": [0, 9], "name": n}, SCENARIO) for n in names]
    whole = [parse_metric(n, SCENARIO) for n in names]
    got = measured(tables, SCENARIO, windowed)
    wanted = measured(short.recorder.tables(), SCENARIO, whole)
    assert np.array_equal(list(got.values()), list(wanted.values()), equal_nan=True)


def test_worth_is_extrapolated_where_it_is_asked_for(
    tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    profit, worth = (
        parse_metric(f"camps.buyer.{name}", SCENARIO) for name in ("profit", "projected_value")
    )
    asked: list[Any] = []
    monkeypatch.setattr(cohorts, "projection", lambda of: asked.append(of) or np.full(1, 1e6))
    alone = measured(tables, SCENARIO, [profit])
    assert not asked
    both = measured(tables, SCENARIO, [profit, worth])
    assert asked and both[worth.name] >= 1e6 and both[profit.name] == alone[profit.name]


@pytest.mark.parametrize("name", ["camps.buyer.orders", "camps.grower.profit", "market.gmv"])
def test_flows_add_up_over_windows(tables: Any, name: str) -> None:
    edges = [0, 5, 13, 24]
    metrics = [
        parse_metric({"metric": name, "days": [a, b], "name": f"{a}"}, SCENARIO)
        for a, b in itertools.pairwise(edges)
    ]
    parts = measured(tables, SCENARIO, metrics)
    whole = measured(tables, SCENARIO, [parse_metric(name, SCENARIO)])
    assert sum(parts.values()) == whole[name] != 0


def test_series(tables: Any) -> None:
    def of(**asked: Any) -> float:
        metric = parse_metric({"name": "x", **asked}, SCENARIO)
        return measured(tables, SCENARIO, [metric])["x"]

    merchants = tables["merchants"]
    mine = merchants["camp"] == "grower"
    daily = merchants["orders"][mine].reshape(24, -1).sum(axis=1)
    asked = {"table": "merchants", "column": "orders", "where": {"camp": "grower"}}
    assert of(**asked, reduce="sum") == daily.sum() > 0
    assert of(**asked, reduce="mean") == daily.mean()
    assert of(**asked, reduce="max") == daily.max()
    assert of(**asked, reduce="min") == daily.min()
    assert of(**asked, reduce="first") == daily[0]
    assert of(**asked, reduce="last", days=[3, 11]) == daily[10]
    assert of(**asked, reduce="sum", across="mean") == daily.sum() / mine.reshape(24, -1)[0].sum()
    assert math.isnan(of(**{**asked, "where": {"merchant": "grower.99"}}))


def test_a_run_that_ends_before_the_window_has_no_value(tables: Any) -> None:
    long = from_dict(scenario({"days": 40})).scenario
    metric = parse_metric({"metric": "market.orders", "days": [0, 30]}, long)
    assert math.isnan(measured(tables, SCENARIO, [metric])["market.orders"])


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("camps.grwer.profit", "did you mean 'camps.grower.profit'"),
        ("camps.grower.proft", "did you mean 'camps.grower.profit'"),
        ("headline", "has no number 'headline'"),
        ({"name": "x"}, "needs either metric or table and column"),
        ({"table": "platform", "column": "clicks", "name": "x"}, "did you mean 'platforms'"),
        ({"table": "platforms", "column": "click", "name": "x"}, "did you mean 'clicks'"),
        ({"table": "market", "column": "day", "name": "x"}, "there is no column of market 'day'"),
        (
            {"table": "platforms", "column": "clicks", "name": "x", "where": {"platform": "mal"}},
            "did you mean 'mall'",
        ),
        (
            {"table": "market", "column": "gmv", "name": "x", "where": {"camp": "buyer"}},
            "there is no column to choose rows of market by 'camp'",
        ),
        ({"metric": "market.gmv", "days": [5, 5]}, "is no window of this run"),
        ({"metric": "market.gmv", "days": [0, 25]}, "from 0 to 24"),
        ({"metric": "camps.buyer.net_cac", "days": [1, 9]}, "defined from the first day on"),
    ],
)
def test_what_does_not_exist_is_refused(written: Any, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_metric(written, SCENARIO)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("camps.buyer.proft", "camps.buyer.merchants"),
        ("market.price_per_click.mal.last", "market.price_per_click.mall.mean"),
        ("market.gnii", "market.gmv"),
        ("nonsense", "camps.buyer.merchants"),
    ],
)
def test_what_stands_nearest_to_a_wrong_name_is_told(path: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=f"it has {told},"):
        parse_metric(path, SCENARIO)
