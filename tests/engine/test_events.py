"""Events: what is set on a day is felt from that day on, and nothing before it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from tests.engine.tiny import build, by_day, digest, play, tables

DAY = 9
NOW = {"merchants.buyer.strategy.review": 30, "merchants.grower.strategy.review": 30}


def with_event(setting: dict[str, Any], changes: dict[str, Any] | None = None) -> Market:
    return play({"days": 20, **(changes or {}), "events": [{"day": DAY, "set": setting}]})


@functools.cache
def without_events() -> Market:
    return play({"days": 20})


def rows_before(market: Market, day: int) -> dict[str, np.ndarray]:
    return {
        f"{table}.{name}": values[columns["day"] < day]
        for table, columns in tables(market).items()
        for name, values in columns.items()
    }


CHANGEABLE = [
    *(
        (f"choice.{k}", v)
        for k, v in (
            ("quality", 4),
            ("goodwill", 4),
            ("trust", 5),
            ("friends", 4),
            ("outside", 0),
            ("impulse", 8),
            ("consider", 0.4),
            ("attribution_window", 0),
        )
    ),
    *(
        (f"memory.{k}", v)
        for k, v in (
            ("goodwill_half_life", 2),
            ("click", 0.7),
            ("purchase", 0.05),
            ("trust_step", 0.9),
            ("satisfaction_noise", 1),
            ("expectation", 0.8),
            ("return_rate", 0.5),
            ("follow_rate", 0.8),
            ("fatigue", 0.3),
            ("fatigue_half_life", 1),
            ("drift_rate", 0.3),
        )
    ),
    *(
        (f"groups.{k}", v)
        for k, v in (
            ("critical_mass", 40),
            ("attendance", 0.9),
            ("mute_rate", 0.9),
            ("leave_rate", 0.2),
            ("talk_rate", 1),
            ("integration_cost", 20),
        )
    ),
    *(
        (f"sharing.{k}", v)
        for k, v in (
            ("buyer_rate", 0.1),
            ("tie_probability", 0.1),
            ("pass_on", 0),
            ("tempt", 0),
            ("samples", 0),
        )
    ),
    ("platforms.mall.visits_per_day", 2),
    ("platforms.mall.visits_per_day", {"gamma": {"mean": 0.1, "shape": 2}}),
    ("platforms.mall.search_rate", 0.1),
    ("platforms.mall.ad_slots", 5),
    ("platforms.mall.fee", 0.2),
    ("platforms.mall.auction.rule", "first_price"),
    ("platforms.mall.auction.reserve", 2.4),
    ("platforms.mall.click_rate.feed", 0.2),
    ("platforms.mall.click_rate.fit_share", 0),
    ("platforms.mall.organic.slots", 12),
    ("merchants.buyer.product.price", 90),
    ("merchants.buyer.product.unit_cost", 20),
    ("merchants.buyer.product.quality", 0.95),
    ("merchants.buyer.operations.overhead", 50),
    ("merchants.buyer.operations.cover", 1),
    ("merchants.buyer.operations.capacity", 2),
    ("merchants.buyer.operations.delivery", 7),
    ("merchants.buyer.operations.service", 5),
    ("merchants.buyer.operations.express.cover", 9),
    ("merchants.buyer.strategy.daily_budget", 15),
    ("merchants.buyer.strategy.bid", 0.6),
    ("merchants.buyer.strategy.mode", "constant"),
    ("merchants.buyer.strategy.target_cac", 5),
    ("merchants.buyer.strategy.targeting", "tribes"),
    ("merchants.buyer.strategy.review", 1),
    ("merchants.grower.strategy.community_share", 0.05),
    ("merchants.grower.strategy.bid", 0.6),
    ("merchants.grower.strategy.community.staff", 0.2),
    ("merchants.grower.strategy.community.sales_posts", 3),
    ("merchants.grower.strategy.community.conversion", 0.05),
    ("merchants.grower.strategy.community.wage", 200),
]


@pytest.mark.parametrize(("path", "value"), CHANGEABLE, ids=[str(c) for c in CHANGEABLE])
def test_an_event_is_felt_from_its_day_on(path: str, value: Any) -> None:
    plain, changed = without_events(), with_event({path: value})
    before, after = rows_before(plain, DAY), rows_before(changed, DAY)
    for name, values in before.items():
        assert np.array_equal(values, after[name]), name
    assert digest(plain) != digest(changed)


def test_an_event_on_day_0_is_a_different_scenario() -> None:
    """Setting on the first morning what the scenario could have said gives the same market."""
    for path, value in (
        ("platforms.mall.fee", 0.2),
        ("choice.outside", 0),
        ("memory.fatigue_half_life", 1),
        ("merchants.buyer.operations.capacity", 2),
        ("merchants.buyer.product.quality", 0.9),
        ("merchants.buyer.strategy.bid", 0.9),
        ("merchants.buyer.product.price", 99),
        ("sharing.pass_on", 0.9),
        ("merchants.grower.strategy.community.sales_posts", 2),
    ):
        said = {"choice.reference_price": 129, "days": 12}
        written = play({**said, path: value})
        set_later = play({**said, "events": [{"day": 0, "set": {path: value}}]})
        assert digest(written) == digest(set_later), path


def test_prices_change_on_the_day() -> None:
    market = with_event({"merchants.buyer.product.price": 90, "merchants.grower.product.price": 99})
    rows = tables(market)["merchants"]
    gmv = tables(market)["market"]["gmv"]
    orders = by_day(market, "orders")
    old, new = np.array([12_900] * 5), np.array([9000] * 3 + [9900] * 2)
    assert (gmv[:DAY] == orders[:DAY] @ old).all()
    assert (gmv[DAY:] == orders[DAY:] @ new).all()
    assert (market.world.offers.log_price[:3] < 0).all()
    assert market.world.reference_price == 12_900  # what feels normal does not change
    assert len(rows["day"]) == 100


def test_fees_change_on_the_day() -> None:
    market = with_event(
        {"platforms.mall.fee": 0.5}, {"memory.return_rate": 0, "merchants.buyer.own_shop": False}
    )
    fees, orders = (tables(market)["platforms"][c] for c in ("fees", "orders"))
    assert (fees[:DAY] == orders[:DAY] * 645).all()
    assert (fees[DAY:] == orders[DAY:] * 6450).all()


def test_visits_scale_with_their_mean() -> None:
    market = with_event(
        {"platforms.mall.visits_per_day": 1.8}, {"consumers.need_rate": 0, "consumers.count": 5000}
    )
    visits = tables(market)["platforms"]["visits"]
    before, after = visits[:DAY].mean(), visits[DAY:].mean()
    assert before == pytest.approx(0.6 * 5000, rel=0.1)
    assert after == pytest.approx(3 * before, rel=0.1)


def test_a_changed_strategy_decides_at_once() -> None:
    """Not only at its next review: reviews are a month apart here."""
    market = with_event({"merchants.buyer.strategy.daily_budget": 0}, NOW)
    spend = by_day(market, "spend_ads")[:, :3]
    assert (spend[2:DAY] > 0).any()
    assert (spend[DAY:] == 0).all()


def test_a_changed_bid_is_bid() -> None:
    market = build(
        {
            "days": 20,
            **NOW,
            "merchants.buyer.strategy.mode": "constant",
            "events": [{"day": DAY, "set": {"merchants.buyer.strategy.bid": 0.9}}],
        }
    )
    for day in range(DAY + 1):
        market.step()
        expected = 250 if day < DAY else 90
        assert set(market.world.offers.bid[0, :3].tolist()) == {expected}


def test_what_was_learned_survives_an_event() -> None:
    """A new target keeps the bid that was found."""
    changes = {"days": 40, "merchants.buyer.strategy.review": 1}
    market = build(
        {**changes, "events": [{"day": 30, "set": {"merchants.buyer.strategy.target_cac": 61}}]}
    )
    bids = []
    while market.running:
        market.step()
        bids.append(market.world.offers.bid[0, 0])
    assert bids[29] != 250  # it has learned
    assert bids[30] == pytest.approx(bids[29], rel=0.26)  # one step at most, not back to 250


def test_quality_changes_for_all_of_a_camp() -> None:
    market = with_event({"merchants.buyer.product.quality": 0.05})
    assert market.world.offers.quality.tolist() == pytest.approx([0.05] * 3 + [0.6] * 2)
    mood = by_day(market, "satisfaction")
    delivered = by_day(market, "delivered")
    late = slice(DAY + 1, None)
    assert (mood[late, :3] * delivered[late, :3]).sum() < 0
    assert (mood[:DAY, :3] * delivered[:DAY, :3]).sum() > 0


def test_events_of_one_day_apply_in_order_of_the_list() -> None:
    market = play(
        {
            "days": 12,
            "events": [
                {"day": 5, "set": {"platforms.mall.fee": 0.5}},
                {"day": 5, "set": {"platforms.mall.fee": 0.1}},
                {"day": 8, "set": {"platforms.mall.fee": None}},
            ],
        }
    )
    assert market.world.scenario.platforms["mall"].fee == 0.05  # null: the default is back
    rows = tables(market)["platforms"]
    gross = rows["fees"] / np.maximum(rows["orders"], 1)
    assert gross[6] > gross[3]


def test_the_loaded_scenario_stays_as_it_was() -> None:
    market = with_event({"platforms.mall.fee": 0.5})
    assert market.loaded.scenario.platforms["mall"].fee == 0.05
    assert market.world.scenario.platforms["mall"].fee == 0.5


def test_newcomers_come_as_the_event_has_made_them() -> None:
    market = play(
        {
            "days": 30,
            "entry": {"rate_per_month": 20, "mix": {"buyer": 1}},
            "events": [{"day": 3, "set": {"merchants.buyer.product.price": 90}}],
        }
    )
    world = market.world
    late = [f.number for f in world.firms if f.entry_day > 3]
    assert len(late) > 5
    assert (world.offers.price[late] == 9000).all()
