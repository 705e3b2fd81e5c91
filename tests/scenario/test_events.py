from __future__ import annotations

import pytest

from sim.errors import ScenarioError
from sim.scenario.events import may_change
from sim.scenario.load import apply_event, from_dict, loads
from sim.scenario.markets import Event, Platform
from sim.scenario.schema import Scenario

SHOP = {
    "name": "shop",
    "platforms": {"mall": {"fee": "77%"}},
    "merchants": {
        "buyer": {"product": {"price": "129 CNY"}, "operations": {"capacity": 9}},
        "own": {"strategy": {"kind": "my.shop:Mine", "patience": None, "deep": {"a": None}}},
    },
}


def shop() -> Scenario:
    return from_dict(SHOP).scenario


def after(**settings: object) -> Scenario:
    named = {path.replace("__", "."): value for path, value in settings.items()}
    return apply_event(shop(), Event(day=3, set=named))


def test_only_what_is_named_changes() -> None:
    before, now = shop(), after(platforms__mall__fee="8%")
    assert now.platforms["mall"].fee == 0.08
    platform = now.platforms["mall"].model_copy(update={"fee": 0.77})
    assert now.model_copy(update={"platforms": {"mall": platform}}) == before


def test_nothing_changes_nothing() -> None:
    assert after() == shop()


def test_values_are_read_as_in_a_scenario() -> None:
    now = after(
        merchants__buyer__product__price="99.50 CNY",
        merchants__buyer__strategy__review="2w",
        merchants__own__strategy__patience=0.5,
        platforms__mall__visits_per_day={"lognormal": {"mean": 1, "cv": 2}},
        memory__goodwill_half_life="36h",
    )
    assert now.merchants["buyer"].product.price == 9_950
    assert now.merchants["buyer"].strategy.review == 14
    assert now.merchants["own"].strategy.model_extra == {"patience": 0.5, "deep": {"a": None}}
    assert now.platforms["mall"].visits_per_day.gamma is None
    assert now.memory.goodwill_half_life == 1.5


def test_null_brings_the_default_back() -> None:
    now = after(platforms__mall__fee=None, merchants__buyer__operations__capacity=None)
    assert now.platforms["mall"].fee == Platform().fee
    assert now.merchants["buyer"].operations.capacity is None


def test_a_record_is_replaced_whole() -> None:
    first = apply_event(shop(), Event(day=1, set={"platforms.mall.auction.reserve": "9 CNY"}))
    second = apply_event(
        first, Event(day=2, set={"platforms.mall.auction": {"rule": "first_price"}})
    )
    assert second.platforms["mall"].auction.reserve == Platform().auction.reserve
    assert second.platforms["mall"].auction.rule == "first_price"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("days", 5, "days: cannot change during a run, events may set platforms"),
        ("platforms.mall.fee", 5, "event on day 3: platforms.mall.fee: got 5, needs a share"),
        ("platforms.mal.fee", 0.5, "did you mean 'mall'?"),
        ("choice.quality", float("nan"), "not a finite number"),
    ],
)
def test_wrong_events(path: str, value: object, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        apply_event(shop(), Event(day=3, set={path: value}))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("platforms.mall.fee", True),
        ("platforms.mall.auction.reserve", True),
        ("platforms.mall.ticks_per_day", False),
        ("platforms.mall", False),
        ("platforms.mall.subsidy.buyers", True),
        ("platforms.mall.opens", False),
        ("visits.drift", True),
        ("merchants.buyer.shop.cost", True),
        ("merchants.buyer.platforms", False),
        ("exit.patience", False),
        ("merchants.buyer.product.price", True),
        ("merchants.buyer.product.tribe", False),
        ("merchants.buyer.product", False),
        ("merchants.buyer.strategy.bid", True),
        ("merchants.buyer.strategy", False),
        ("merchants.buyer.strategy.kind", False),
        ("merchants.buyer.operations.capacity", True),
        ("merchants.buyer.operations.cash", False),
        ("merchants.buyer.count", False),
        ("choice.outside", True),
        ("choice", False),
        ("choice.reference_price", False),
        ("groups.cap", True),
        ("groups.attendance", True),
        ("sharing.tempt", True),
        ("memory.click", True),
        ("entry.rate_per_month", False),
        ("graph.mixing", False),
        ("consumers.count", False),
        ("events.0.day", False),
        ("", False),
    ],
)
def test_what_may_change(path: str, allowed: bool) -> None:
    assert may_change(path) is allowed


def test_events_build_on_each_other_in_order_of_days() -> None:
    first = "  - {day: 9, set: {platforms.mall.visits_per_day.lognormal.mean: 2}}\n"
    second = "  - {day: 5, set: {platforms.mall.visits_per_day: {lognormal: {mean: 1, cv: 1}}}}\n"
    text = "name: a\nplatforms: {mall: {}}\nevents:\n"
    scenario = loads(text + first + second).scenario
    for event in sorted(scenario.events, key=lambda event: event.day):
        scenario = apply_event(scenario, event)
    shape = scenario.platforms["mall"].visits_per_day.lognormal
    assert shape is not None
    assert (shape.mean, shape.cv) == (2, 1)
    with pytest.raises(ScenarioError, match=r"visits_per_day\.lognormal\.cv wrong: missing"):
        loads(text + first)


def test_a_mistake_in_the_scenario_is_not_told_again_by_its_events() -> None:
    text = "name: a\nplatforms: {mall: {ad_slots: -1}}\nevents:\n"
    text += "  - {day: 1, set: {platforms.mall.fee: 1%}}\n"
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    assert len(caught.value.errors) == 1


def test_a_thousand_events_are_quick() -> None:
    many = [{"day": d, "set": {"platforms.mall.fee": d / 2000}} for d in range(300)]
    assert len(from_dict({**SHOP, "events": many}).scenario.events) == 300
