"""Strategies: found by name, held to what is allowed, and tried by a checker that finds faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.strategy import (
    Decision,
    Observation,
    Strategy,
    find_class,
    make_strategy,
    problems_of,
)
from sim.merchants.trial import check_strategy, sample_observations
from sim.scenario.firms import STRATEGIES, UserStrategy
from tests.merchants import trial

SEEN = sample_observations()[1]  # platforms mall and other, four segments


# --- by name ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(STRATEGIES))
def test_built_in_strategies_pass_their_own_check(kind: str) -> None:
    settings = STRATEGIES[kind]()
    made = make_strategy(settings)
    assert isinstance(made, Strategy)
    assert check_strategy(find_class(kind), settings) == []


def test_a_strategy_of_ones_own_gets_its_options() -> None:
    settings = UserStrategy.model_validate(
        {"kind": "tests.merchants.trial:Quiet", "review": 3, "staff": 2.5, "levers": [1, 0, 0, 0]}
    )
    made = make_strategy(settings)
    assert type(made).__name__ == "Quiet"
    decision = made.decide(SEEN, np.random.default_rng(1))
    assert decision == Decision(staff=2.5, levers=(1, 0, 0, 0))


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("buy_trafic", "did you mean 'buy_traffic'"),
        ("hybird", "did you mean 'hybrid'"),
        ("zzz", "allowed are buy_traffic"),
        ("no.such.module:Class", "cannot import 'no.such.module'"),
        ("tests.merchants.trial:Quit", "did you mean 'Quiet'"),
        ("tests.merchants.trial:NotAStrategy", "no class 'NotAStrategy' with a method decide"),
        ("math:pi", "no class 'pi'"),
    ],
)
def test_unknown_strategies_are_told_in_words(kind: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        find_class(kind)


def test_a_module_that_fails_to_import_is_told(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_strategy_module.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="division by zero"):
        find_class("broken_strategy_module:Any")


def test_a_class_that_refuses_its_options_is_told() -> None:
    settings = UserStrategy.model_validate({"kind": "tests.merchants.trial:Picky", "colour": "red"})
    with pytest.raises(ValueError, match=r"cannot be built with .*colour.*no use for"):
        make_strategy(settings)


# --- what is allowed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"budgets": {"mal": 1}}, "did you mean 'mall'"),
        ({"bids": {"qqqq": 1}}, "does not sell"),
        ({"budgets": {"mall": -1}}, "budgets['mall'] is -1"),
        ({"budgets": {"mall": 1.0}}, "budgets['mall'] is 1.0"),
        ({"bids": {"mall": True}}, "bids['mall'] is True"),
        ({"bids": {"mall": 10**30}}, "bids['mall']"),
        ({"wage": -1}, "wage"),
        ({"wage": 0.5}, "wage"),
        ({"integration_spend": -1}, "integration_spend"),
        ({"conversion_cost": "1"}, "conversion_cost"),
        ({"daily_limit": -1}, "daily_limit"),
        ({"daily_limit": 0.5}, "daily_limit"),
        ({"price": 0}, "price"),
        ({"price": 9.5}, "price"),
        ({"price": 10**30}, "price"),
        ({"staff": -0.1}, "staff"),
        ({"staff": float("nan")}, "staff"),
        ({"staff": "2"}, "staff"),
        ({"staff": float("inf")}, "staff"),
        ({"sales_posts": 5.1}, "sales_posts"),
        ({"conversion": 1.01}, "conversion"),
        ({"levers": (1, 1, 1)}, "levers"),
        ({"levers": (1, 1, 1, -1)}, "levers"),
        ({"levers": (1, 1, 1, float("nan"))}, "levers"),
        ({"targets": (4,)}, "targets"),
        ({"targets": (-1,)}, "targets"),
        ({"targets": (0.0,)}, "targets"),
    ],
    ids=str,
)
def test_a_decision_that_is_not_allowed_is_told(fields: dict[str, Any], says: str) -> None:
    found = problems_of(Decision(**fields), SEEN)
    assert len(found) == 1
    assert says in found[0]


def test_every_problem_is_told_at_once() -> None:
    assert len(problems_of(Decision(staff=-1, price=0, conversion=9), SEEN)) == 3
    assert problems_of(None, SEEN) == ["decide must return a Decision, got NoneType"]


@given(
    money=st.integers(0, 10**15),
    staff=st.floats(0, 1e5),
    posts=st.floats(0, 5),
    conversion=st.floats(0, 1),
    levers=st.lists(st.floats(0, 100), min_size=4, max_size=4),
    targets=st.one_of(st.none(), st.lists(st.integers(0, 3), max_size=4).map(tuple)),
)
def test_what_is_allowed_is_let_pass(
    money: int, staff: float, posts: float, conversion: float, levers: list[float], targets: Any
) -> None:
    decision = Decision(
        budgets={"mall": money},
        bids={"other": np.int64(money)},
        targets=targets,
        price=money or None,
        staff=staff,
        wage=money,
        levers=tuple(levers),  # type: ignore[arg-type]
        sales_posts=posts,
        integration_spend=money,
        conversion=conversion,
        conversion_cost=money,
    )
    assert problems_of(decision, SEEN) == []


# --- the checker --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (trial.Raises, "KeyError"),
        (trial.NotADecision, "must return a Decision, got dict"),
        (trial.NegativeBudget, "-1"),
        (trial.FractionalBid, "1.5"),
        (trial.OwnDice, "two equal strategies decide differently"),
        (trial.GlobalDice, "two equal strategies decide differently"),
        (trial.Forgets, "ZeroDivisionError"),
    ],
)
def test_the_checker_finds_planted_faults(fault: type, says: str) -> None:
    found = check_strategy(fault)
    assert found
    assert any(says in problem for problem in found)
    assert all(problem.startswith("situation ") for problem in found)


@pytest.mark.parametrize("fields", [{"levers": None}, {"budgets": None}, {"targets": 3}])
def test_the_checker_survives_nonsense(fields: dict[str, Any]) -> None:
    found = check_strategy(trial.Quiet, fields)
    assert len(found) == len(sample_observations())


def test_the_checker_lets_good_ones_pass() -> None:
    assert check_strategy(trial.Quiet) == []
    assert check_strategy(trial.Quiet({"staff": 1.0})) == []  # an instance, too
    assert check_strategy(trial.Picky) == []  # draws from rng, as it should


def test_the_checker_tells_a_class_that_cannot_be_built() -> None:
    found = check_strategy(trial.Picky, {"colour": "red"})
    assert all("no use for" in problem for problem in found)
    assert len(found) == len(sample_observations())


def test_situations_are_of_every_kind() -> None:
    seen = sample_observations()
    assert any(o.period == 0 for o in seen)
    assert any(o.cash == 0 for o in seen)
    assert any(not o.platforms for o in seen)
    assert any(len(o.platforms) > 1 for o in seen)
    assert any(o.new_customers == 0 for o in seen)
    assert replace(seen[0], day=3) != seen[0]
    assert all(isinstance(o, Observation) for o in seen)
