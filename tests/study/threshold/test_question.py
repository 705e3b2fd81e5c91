"""A question is understood with its units, or refused with the place and what there is instead."""

from __future__ import annotations

from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import from_dict
from sim.study.sweep.metric import Metric
from sim.study.threshold.question import understand

BASE = from_dict(
    {
        "name": "shop",
        "days": 30,
        "seed": 5,
        "platforms": {"mall": {"fee": "5%", "auction": {"reserve": "0.40 CNY"}}},
        "merchants": {
            "buyer": {"count": 4},
            "grower": {"count": 2, "strategy": {"kind": "cultivate_community"}},
        },
    }
)
ASKED: dict[str, Any] = {"vary": "platforms.mall.fee", "metric": "camps.buyer.profit", "level": "0"}


def test_a_question_in_the_parameters_own_unit() -> None:
    asked = understand(BASE, **ASKED, low="1%", high="0.2", tolerance="0.5%", seeds=3)
    assert (asked.low, asked.high, asked.tolerance) == (0.01, 0.2, 0.005)
    assert asked.seeds == (5, 6, 7)
    assert asked.level == 0.0 and not asked.whole
    assert asked.shown == (100.0, "% of the price")


def test_money_is_in_main_units_and_whole_fen() -> None:
    asked = understand(
        BASE, **{**ASKED, "vary": "platforms.mall.auction.reserve"}, low="0.10 CNY", high="2"
    )
    assert (asked.low, asked.high) == (0.1, 2.0)
    assert asked.fitted(0.123456) == 0.12
    assert asked.shown[1].startswith("CNY")


def test_counts_stay_whole() -> None:
    asked = understand(BASE, **{**ASKED, "vary": "merchants.buyer.count"}, low="1", high="9")
    assert asked.whole and asked.fitted(3.4) == 3


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ("platforms.mall.fee", (0.0, 1.0)),  # what the schema allows
        ("platforms.mall.auction.reserve", (0.2, 0.8)),  # half to twice what it is
        ("merchants.grower.strategy.community.integration", (0.0, 1.0)),
        ("consumers.need_rate.gamma.mean", (0.015, 0.06)),
    ],
)
def test_the_range_that_is_taken_if_none_is_given(path: str, ends: tuple[float, float]) -> None:
    asked = understand(BASE, **{**ASKED, "vary": path})
    assert (asked.low, asked.high) == pytest.approx(ends)
    assert asked.tolerance == pytest.approx((ends[1] - ends[0]) / 100)


@pytest.mark.parametrize(
    ("text", "metric", "level"),
    [
        ("12.5", "camps.buyer.profit", 12.5),
        ("-1,000", "camps.buyer.profit", -1000.0),
        ("500 CNY", "camps.buyer.profit", 50_000.0),
        ("5%", "camps.buyer.return_on_capital", 0.05),
    ],
)
def test_levels_are_in_the_metrics_unit(text: str, metric: str, level: float) -> None:
    assert understand(BASE, **{**ASKED, "metric": metric, "level": text}).level == level


def test_a_level_may_be_another_metric() -> None:
    asked = understand(BASE, **{**ASKED, "level": "camps.grower.profit"})
    assert isinstance(asked.level, Metric)
    assert [metric.name for metric in asked.metrics] == [
        "camps.buyer.profit",
        "camps.grower.profit",
    ]


@pytest.mark.parametrize(
    ("change", "place", "says", "hint"),
    [
        ({"metric": "camps.buyer.profitt"}, "--metric", "no number", "camps.buyer.profit"),
        ({"level": "camps.grover.profit"}, "--level", "no number", "camps.grower.profit"),
        ({"level": "camps.buyer.profit"}, "--level", "is the metric itself", ""),
        ({"level": "camps.grower.orders"}, "--level", "is in orders", ""),
        ({"level": "5 USD"}, "--level", "not in the scenario's currency", ""),
        ({"metric": "camps.buyer.orders", "level": "5 CNY"}, "--level", "not an amount", ""),
        ({"vary": "platforms.mall.feee"}, "--vary", "no setting 'feee'", "fee"),
        ({"vary": "platforms.malls.fee", "low": "0", "high": "1"}, "--low", "'malls'", "mall"),
        ({"vary": "merchants.buyer.strategy"}, "--vary", "", ""),
        ({"low": "0"}, "--high", "missing", ""),
        ({"high": "1"}, "--low", "missing", ""),
        ({"low": "5%", "high": "5%"}, "--high", "not above", ""),
        ({"low": "0", "high": "2"}, "--high", "2", ""),
        ({"low": "much", "high": "1"}, "--low", "'much'", ""),
        ({"seeds": 0}, "--seeds", "at least 1", ""),
        ({"tolerance": "0"}, "--tolerance", "at most 1", ""),
        ({"tolerance": "3"}, "--tolerance", "at most 1", ""),
        ({"vary": "merchants.buyer.operations.overhead"}, "--low", "give the range", ""),
    ],
)
def test_what_is_wrong_is_told_at_its_option(
    change: dict[str, Any], place: str, says: str, hint: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        understand(BASE, **{**ASKED, **change})
    assert str(caught.value).startswith(place) and says in str(caught.value)
    assert caught.value.hint == hint if hint else True


def test_the_digest_knows_everything_but_the_tolerance() -> None:
    plain = understand(BASE, **ASKED)
    assert understand(BASE, **ASKED, tolerance="0.2%").digest == plain.digest
    for change in ({"level": "camps.grower.profit"}, {"seeds": 9}, {"low": "0", "high": "0.5"}):
        assert understand(BASE, **{**ASKED, **change}).digest != plain.digest
