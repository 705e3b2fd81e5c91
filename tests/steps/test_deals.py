"""Promotions and coupons: who is entitled, what is paid, and what it does to choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.scenario.goods import Promotion
from sim.steps.purchase import PRICE, WHO, purchase
from sim.world.deals import deals_of
from sim.world.relations import BOUGHT, FOLLOWS
from sim.world.world import World
from tests.engine.tiny import ONE, morning, play
from tests.steps.test_choice import PLAIN, world_of

FULL = 12_900


def good(day: int, **written: Any) -> World:
    """One shop of four has the promotion; every odd person has bought from it, on day 1; every
    third follows it."""
    world = world_of()
    promotion = Promotion.model_validate(
        {"day": 0, **written}, context={"currency": world.scenario.currency}
    )
    listed = [[promotion], [], [], []]
    world.offers = world.offers._replace(deals=deals_of(listed, world.offers.price, day))
    world.relations.flags[1::2, 0] |= BOUGHT
    world.relations.bought[1::2, 0] = 1
    world.relations.flags[::3, 0] |= FOLLOWS
    return world


def paid(world: World, day: int) -> dict[int, int]:
    """Who bought from the first shop, and for how much."""
    today = morning(world, day)
    today.occasions.add_needs(np.arange(world.count), np.full(world.count, -1))
    purchase(today, ONE)
    mine = today.orders[today.orders[:, 1] == 0]
    assert today.counts.revenue.sum() == today.orders[:, PRICE].sum()
    assert today.counts.discounts[0] == (FULL - mine[:, PRICE]).sum()
    assert today.counts.orders_promoted[0] == (mine[:, PRICE] < FULL).sum()
    assert today.counts.discounts[1:].sum() == 0
    return dict(zip(mine[:, WHO].tolist(), mine[:, PRICE].tolist(), strict=True))


@pytest.mark.parametrize(
    ("to", "entitled"),
    [
        ("everybody", lambda i: True),
        ("new", lambda i: i % 2 == 0),
        ("followers", lambda i: i % 3 == 0),
        ("lapsed", lambda i: i % 2 == 1),
    ],
)
def test_only_the_entitled_pay_less(to: str, entitled: Any) -> None:
    prices = paid(good(70, days=100, discount=0.25, to=to), 70)
    assert len(prices) > 1000
    for who, price in prices.items():
        assert price == (9_675 if entitled(who) else FULL)


def test_buyers_lapse_after_their_days() -> None:
    assert set(paid(good(60, days=100, off="10 CNY", to="lapsed"), 60).values()) == {FULL}
    assert set(paid(good(61, days=100, off="10 CNY", to="lapsed"), 61).values()) == {11_900, FULL}


def test_a_coupon_is_drawn_by_a_share_and_good_for_one_order() -> None:
    prices = paid(good(5, discount=0.25, share=0.3), 5)
    lucky = {who for who, price in prices.items() if price < FULL}
    # Who has one is likelier to buy here, so the share among buyers is above 0.3; it is the same
    # people all through.
    assert 0.3 < len(lucky) / len(prices) < 0.45
    again = paid(good(6, discount=0.25, share=0.3), 6)
    both = prices.keys() & again.keys()
    assert len(both) > 500
    assert all((prices[who] < FULL) == (again[who] < FULL) for who in both)
    used = paid(good(5, discount=0.25, once=True), 5)  # every odd person used it on day 1
    assert all((price < FULL) == (who % 2 == 0) for who, price in used.items())


def test_no_more_is_taken_off_than_leaves_a_fen() -> None:
    assert set(paid(good(0, off="500 CNY"), 0).values()) == {1}


def test_a_buyer_gets_the_largest() -> None:
    world = good(0, discount=0.1)
    two = [Promotion(day=0, discount=0.1), Promotion(day=0, off="20 CNY", to="followers")]
    world.offers = world.offers._replace(deals=deals_of([two, [], [], []], world.offers.price, 0))
    assert all(
        price == (10_900 if who % 3 == 0 else 11_610) for who, price in paid(world, 0).items()
    )


def test_share_of_choices_is_the_logit_of_the_lower_price() -> None:
    """Four equal shops, sensitivity 1: a price cut by c is chosen with (1 / c) / (1 / c + 3)."""
    got = len(paid(good(0, discount=0.5), 0))
    share, people = 2 / 5, 20_000
    assert abs(got - people * share) < 4 * np.sqrt(people * share * (1 - share))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ({"day": 3, "days": 2}, [3, 4]),
        ({"day": 1, "days": 2, "every": 4}, [1, 2, 5, 6, 9]),
    ],
)
def test_promotions_run_on_their_days(written: dict[str, int], days: list[int]) -> None:
    promotion = Promotion(discount=0.1, **written)  # type: ignore[arg-type]
    assert [day for day in range(10) if promotion.began(day) is not None] == days
    changes = {
        "merchants": {
            "shop": {**PLAIN["merchants"]["shop"], "promotions": [{**written, "discount": "10%"}]}
        },
        "days": 10,
        "consumers": {"count": 2000, "need_rate": 0.5, "price_sensitivity": 1.0},
        "platforms": {"mall": {"visits_per_day": 1.0, "search_rate": 1, "organic": {"slots": 3}}},
        "check": "daily",
    }
    market = play({}, {**PLAIN, **changes})
    table = market.recorder.tables()["merchants"]
    promoted = {int(day) for day in table["day"][table["orders_promoted"] > 0]}
    assert promoted == set(days)
    orders = table["orders"].reshape(10, -1).sum(axis=1)
    cut = table["discounts"].reshape(10, -1).sum(axis=1)
    assert all(cut[day] == 1_290 * orders[day] for day in days)
