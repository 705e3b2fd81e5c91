"""A scenario at another size: what is multiplied, what is left alone, and what is refused."""

from __future__ import annotations

import pytest

from sim.errors import ScenarioErrors
from sim.scenario.events import apply_event
from sim.scenario.load import dump, from_dict, loads
from sim.scenario.reference import _sections
from sim.scenario.scaled import GROWS, grows
from sim.scenario.shape import ROOT

TOWN = {
    "name": "town",
    "consumers": {"count": 20_000},
    "platforms": {"mall": {"rent": 40}},
    "merchants": {
        "shop": {
            "count": 3,
            "product": {"price": 129, "unit_cost": 50},
            "operations": {"cash": 5000, "stock": 400, "capacity": 100},
            "strategy": {"kind": "buy_traffic", "daily_budget": 300, "bid": 1.5},
        },
        "circle": {
            "strategy": {
                "kind": "cultivate_community",
                "staff": 3.0,
                "community": {"wage": 400, "integration_spend": 50},
            }
        },
    },
}
COUNTED = {"people", "members", "hours", "items", "orders", "impressions"}
"""What there may be so and so much of for all people together; money is looked at beside it."""

PER_HEAD = {
    "product.price", "product.unit_cost", "sharing_incentive", "abroad.shipping",
    "operations.service", "operations.return_cost", "overtime.cost", "launch.cost",
    "promotions.off", "strategy.bid", "strategy.target_cac", "legacy_channels.message_cost",
    "legacy_channels.card_cost", "community.wage", "community.conversion_cost",
    "community.members_per_staff", "team.size", "team.price", "tiers.size", "tiers.price",
    "referral.reward", "referral.friend_reward", "auction.reserve", "choice.reference_price",
    "categories.reference_price", "memory.service_half", "media.cost_per_mille",
    "groups.acquaintances.slots", "graph.contacts", "listening.fans_per_hour",
}  # fmt: skip
"""Money and people that stay: prices, wages, what one order or one message costs, teams of
friends, and how many people one member of staff looks after."""


def settings() -> dict[str, str]:
    """Every setting that may have to be multiplied, with its unit, by the end of its path."""
    found = {}
    for name, shape in _sections(ROOT, "", set()):
        for key in shape.names:
            below = shape.child(key)
            if below is None or below.record or below.choices or below.item or below.element:
                continue
            if below.unit.startswith("money") or below.unit.partition(" ")[0] in COUNTED:
                found[f"{name}.{key}"] = below.unit
    return found


def test_every_setting_is_multiplied_or_left_alone_on_purpose() -> None:
    """A new amount of money or of people has to be put on one of the two lists."""
    lists = [*PER_HEAD, *(pattern.replace("*.", "") for pattern in GROWS)]
    here = settings()
    assert len(here) > 80
    assert [path for path in here if not any(_ends(path, known) for known in lists)] == []


def _ends(path: str, wanted: str) -> bool:
    """Whether a path of the reference names a setting by its last parts."""
    parts = [part for part in path.replace("`", "").split(".") if not part.startswith("<")]
    plain = [part.partition(" with kind")[0] for part in parts]
    names = wanted.split(".")
    return plain[-1] == names[-1] and (len(names) < 2 or names[-2] in plain)


def test_what_there_is_for_all_together_is_multiplied_and_what_one_has_is_not() -> None:
    small = from_dict({**TOWN, "scale": "10%"}).scenario
    shop, circle = small.merchants["shop"], small.merchants["circle"]
    assert small.consumers.count == 2000
    assert small.platforms["mall"].rent == 400
    assert (shop.operations.cash, shop.operations.stock, shop.operations.capacity) == (
        50_000,
        40,
        10,
    )
    assert shop.strategy.daily_budget == 3000 and shop.strategy.bid == 150
    assert (shop.count, shop.product.price, shop.product.unit_cost) == (3, 12_900, 5000)
    assert circle.strategy.staff == pytest.approx(0.3)
    assert circle.strategy.community.wage == 40_000
    assert circle.strategy.community.integration_spend == 500
    assert circle.strategy.community.first_staff == pytest.approx(0.05)
    assert (small.groups.cap, small.groups.critical_mass) == (50, 2.0)
    assert small.graph.mean_degree == 12.0
    assert small.platforms["mall"].organic.head_start == pytest.approx(0.1)
    assert "(At 10% of its size.)" in small.description


def test_a_scaled_scenario_is_an_ordinary_one() -> None:
    small = from_dict({**TOWN, "scale": 0.1}).scenario
    assert small.scale == 1.0
    assert loads(dump(small)).scenario == small
    twice = from_dict({**TOWN, "scale": 10}).scenario
    assert twice.consumers.count == 200_000
    assert twice.merchants["shop"].strategy.daily_budget == 300_000


def test_a_scale_of_one_changes_nothing() -> None:
    assert from_dict({**TOWN, "scale": 1}).scenario == from_dict(TOWN).scenario
    assert from_dict({**TOWN, "scale": "100%"}).digest == from_dict(TOWN).digest


def test_events_set_what_they_would_come_to() -> None:
    """Written amounts, defaults that come back, and what is set with the record around it."""
    budget = "merchants.shop.strategy.daily_budget"
    events = [
        {"day": 9, "set": {budget: None, "platforms.mall.fee": "8%"}},
        {"day": 3, "set": {budget: "600 CNY", "choice.trust": 2}},
        {"day": 5, "set": {"groups.posts": {"content_lift": 0.5}}},
    ]
    whole = from_dict({**TOWN, "events": events}).scenario
    small = from_dict({**TOWN, "events": events, "scale": "10%"}).scenario
    assert [event.day for event in small.events] == [9, 3, 5]
    assert small.events[1].set == {budget: "60.00 CNY", "choice.trust": 2}
    assert small.events[0].set == {budget: "100.00 CNY", "platforms.mall.fee": "8%"}
    for order in (1, 2, 0):
        whole = apply_event(whole, whole.events[order])
        small = apply_event(small, small.events[order])
    assert small.merchants["shop"].strategy.daily_budget * 10 == (
        whole.merchants["shop"].strategy.daily_budget
    )
    assert small.groups.posts.hours * 10 == whole.groups.posts.hours == 0.5
    assert small.groups.posts.content_lift == whole.groups.posts.content_lift == 0.5
    assert small.platforms["mall"].fee == whole.platforms["mall"].fee


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"scale": "0.1%"}, "operations.stock: at a scale of 0.1%: 400 becomes 0.4"),
        ({"scale": "0.1%"}, "groups.cap: at a scale of 0.1%: 500 becomes 0.5"),
        ({"scale": 0.4, "groups": {"cap": 4}}, "4 becomes 1.6"),
        ({"scale": 0}, "above 0"),
        ({"scale": 0.1, "graph": {"kind": "networkx:karate_club_graph"}}, "stand for themselves"),
    ],
)
def test_what_cannot_be_made_that_small_is_told(more: dict[str, object], problem: str) -> None:
    with pytest.raises(ScenarioErrors) as told:
        from_dict({**TOWN, **more})
    assert any(problem in str(error) for error in told.value.errors)


def test_options_of_a_strategy_of_ones_own_are_not_guessed() -> None:
    mine = {"strategy": {"kind": "my_shop.strategies:Patient", "patience": 3}}
    with pytest.raises(ScenarioErrors, match="patience"):
        from_dict({**TOWN, "scale": 0.5, "merchants": {"mine": mine}})
    plain = {"strategy": {"kind": "my_shop.strategies:Patient"}}
    assert from_dict({**TOWN, "scale": 0.5, "merchants": {"mine": plain}}).scenario.scale == 1.0


def test_the_place_is_that_of_the_amount() -> None:
    text = "name: town\nscale: 0.1%\nconsumers: {count: 100_000}\ngroups:\n  cap: 300\n"
    with pytest.raises(ScenarioErrors) as told:
        loads(text, name="town.yaml")
    assert str(told.value).startswith("town.yaml:5:8: groups.cap: at a scale of 0.1%")


@pytest.mark.parametrize("pattern", GROWS)
def test_every_pattern_names_a_setting(pattern: str) -> None:
    assert grows(tuple(pattern.split(".")))
    assert any(_ends(path, pattern.replace("*.", "")) for path in settings())
