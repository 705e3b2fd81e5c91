"""Arms differ in the strategy and in nothing else, and all begin with the same money."""

from __future__ import annotations

from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario.vary import vary
from sim.study.compare.arms import arm_of, check_money, mix_of, purse
from sim.study.compare.plan import arms_plan
from tests.study.compare.fabricate import ARMS, SCENARIO, asked


def strategy(kind: str, **more: Any) -> Any:
    _, loaded = arm_of(asked(arms=list(ARMS), **more), "as it is", kind)
    return loaded.scenario.merchants["shop"].strategy


def with_strategy(given: dict[str, Any]) -> dict[str, Any]:
    shop = {**SCENARIO["merchants"]["shop"], "strategy": given}
    return {**SCENARIO, "merchants": {**SCENARIO["merchants"], "shop": shop}}


def test_shared_settings_are_taken_over() -> None:
    base = with_strategy(
        {"kind": "cultivate_community", "daily_budget": 321, "bid": 7, "seed_members": 9,
         "community": {"wage": 55}, "review": "3d"}
    )  # fmt: skip
    buyer, hybrid = strategy("buy_traffic", base=base), strategy("hybrid", base=base)
    for arm in (buyer, hybrid):
        assert (arm.daily_budget, arm.bid, arm.review) == (32_100, 700, 3)
    assert hybrid.community.wage == 5_500
    assert strategy("cultivate_community", base=base).seed_members == 9


def test_staff_has_two_homes() -> None:
    base = with_strategy({"kind": "cultivate_community", "staff": 0.5})
    assert strategy("hybrid", base=base).community.staff == 0.5


def test_nothing_but_the_strategy_changes() -> None:
    _, loaded = arm_of(asked(), "as it is", "buy_traffic")
    base = asked().base.scenario
    left = loaded.scenario.model_dump()
    left["merchants"]["shop"]["strategy"] = base.model_dump()["merchants"]["shop"]["strategy"]
    assert left == base.model_dump()


def test_an_arm_lies_over_its_variant() -> None:
    question = asked(
        arms={"a": {"merchants.shop.product.price": 99}, "b": {}},
        variants={"dear": {"merchants.shop.product.price": 150, "platforms.mall.fee": "8%"}},
    )
    for arm, price in (("a", 9_900), ("b", 15_000)):
        changes, loaded = arm_of(question, "dear", arm)
        assert loaded.scenario.merchants["shop"].product.price == price
        assert loaded.scenario.platforms["mall"].fee == 0.08
        assert vary(question.base, changes).scenario == loaded.scenario


@pytest.mark.parametrize(
    "more",
    [
        {"merchants.shop.operations.cash": 300_000},
        {"merchants.shop.operations.credit_line": 100_000},
        {"merchants.shop.count": 3},
    ],
)
def test_different_money_is_refused_naming_both_sums(more: dict[str, Any]) -> None:
    question = asked(arms={"plain": {}, "rich": more})
    with pytest.raises(ScenarioError, match=r"600000\.00 CNY.*400000\.00 CNY") as caught:
        arms_plan(question, [1])
    assert "'rich' begins with 600000.00 CNY, arm 'plain' with 400000.00 CNY" in str(caught.value)


def test_the_same_money_in_another_shape_is_allowed() -> None:
    purses = {"cash": 150_000, "credit_line": 50_000}
    more = {f"merchants.shop.operations.{name}": amount for name, amount in purses.items()}
    question = asked(arms={"plain": {}, "other": more})
    arms = {arm: arm_of(question, "as it is", arm)[1] for arm in question.spec.arms}
    check_money(question, arms, "as it is")
    assert purse(arms["other"].scenario, "shop") == 2 * 20_000_000


def test_a_mix_holds_the_mix_and_nobody_else() -> None:
    question = asked()
    arms = list(question.spec.arms)
    scenario = vary(question.base, mix_of(question, "as it is", arms, [2, 0, 1])).scenario
    assert {name: group.count for name, group in scenario.merchants.items()} == {
        "buy_traffic": 2, "cultivate_community": 0, "hybrid": 1,
    }  # fmt: skip
    for name, group in scenario.merchants.items():
        assert group.strategy.kind == name
        assert group.operations == question.base.scenario.merchants["shop"].operations
        assert group.product == question.base.scenario.merchants["shop"].product
    assert scenario.entry.rate_per_month == 0
