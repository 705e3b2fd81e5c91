"""Where merchants sell: they leave what loses money, and go where others earn more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.merchants.budget_split import LEAST, Split
from sim.merchants.homes import Homes, move
from sim.merchants.views import PlatformView
from sim.world.world import World
from tests.engine.tiny import build, play, tables

ALL = np.ones(3, np.bool_)
TWO: dict[str, Any] = {
    "platforms.fair": {"visits_per_day": 0.3, "search_rate": 0.6},
    "merchants.buyer.listing": {"at_most": 1, "review": 10},
}


def seen(name: str, spend: int, new: int) -> PlatformView:
    shown, clicks = (1000, 40) if spend else (0, 0)
    return PlatformView(name, shown, clicks, spend, new, 5, 30, 0.05, new_customers=new)


@pytest.mark.parametrize(
    ("on", "worth", "at_most", "keeps", "expected"),
    [
        ((1, 0, 0), (5.0, 9.0, 1.0), 1, False, (0, 1, 0)),  # trades for a clearly better one
        ((1, 0, 0), (5.0, 5.2, 1.0), 1, False, (1, 0, 0)),  # not for one hardly better
        ((1, 0, 0), (5.0, 9.0, 1.0), 3, False, (1, 1, 0)),  # there is room for both
        ((1, 1, 0), (5.0, -1.0, -2.0), 3, False, (1, 0, 0)),  # leaves what loses
        ((1, 0, 0), (-5.0, -1.0, -2.0), 3, False, (0, 0, 0)),  # and has its own shop
        ((1, 1, 0), (-5.0, -1.0, -2.0), 3, True, (0, 1, 0)),  # without one it keeps the best
        ((1, 0, 0), (-5.0, 0.0, -2.0), 1, True, (0, 1, 0)),  # hope is better than loss
    ],
)
def test_one_move_a_review(on: Any, worth: Any, at_most: int, keeps: bool, expected: Any) -> None:
    found = move(np.array(on, np.bool_), ALL, np.array(worth), at_most, keeps)
    assert found.astype(int).tolist() == list(expected)


def test_nobody_goes_where_it_may_not() -> None:
    may = np.array([True, False, True])
    found = move(np.array([True, False, False]), may, np.array([1.0, 99.0, 2.0]), 1, False)
    assert found.tolist() == [False, False, True]


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build({**TWO, **(changes or {})}).world
    world.in_business[:] = True
    return world


def test_merchants_settle_by_visits() -> None:
    """Single-homers: 0.6 visits at the mall, 0.3 at the fair, so two of three go to the mall."""
    world = world_of({"merchants.buyer.count": 400, "merchants.grower.count": 0})
    homes = Homes(world)
    for m in range(400):
        homes.settle(m)
    assert (world.offers.listed.sum(axis=0) == 1).all()
    assert abs(world.offers.listed[0].mean() - 2 / 3) < 4 * np.sqrt(2 / 9 / 400)


def test_what_is_earned_is_margin_less_fee_ads_and_rent() -> None:
    world = world_of({"platforms.mall.rent": 10})
    homes = Homes(world)
    homes.earned[:] = 0.0
    world.offers.listed[:] = [[True] * 5, [False] * 5]
    orders, spend = np.zeros((2, 5), np.int64), np.zeros((2, 5), np.int64)
    orders[0, 0], spend[0, 0] = 3, 4000
    for _ in range(400):  # long enough to be remembered fully
        homes.add(orders, spend)
    each = 12_900 * 0.95 - 6_000
    assert homes.earned[0] == pytest.approx([3 * each - 5000, *[-1000] * 4], rel=1e-6)
    assert (homes.earned[1] == 0).all()


def test_merchants_go_where_others_earn() -> None:
    world = world_of()
    homes = Homes(world)
    world.offers.listed[:] = [[True] * 4 + [False], [False] * 4 + [True]]
    homes.earned[:] = [[100.0] * 4 + [0.0], [0.0] * 4 + [900.0]]
    assert homes.review(0)  # 900 / 2 is more than 100
    assert world.offers.listed[:, 0].tolist() == [False, True]
    homes.earned[1] = [40.0, 0.0, 0.0, 0.0, 60.0]
    assert not homes.review(1)  # 100 / 3 is less


def test_reviews_move_real_merchants_away_from_rent() -> None:
    """A mall that takes more than merchants earn is left for the fair; a free one is not."""
    dear = play({**TWO, "platforms.mall.rent": 900, "days": 60})
    free = play({**TWO, "days": 60})

    def at_fair(market: Any) -> int:
        rows = tables(market)["platforms"]
        return int(rows["merchants"][rows["platform"] == "fair"][-1])

    assert at_fair(dear) > at_fair(free)


def test_ads_are_bought_only_where_one_sells() -> None:
    market = play({**TWO, "merchants.buyer.platforms": ["fair"], "merchants.grower.count": 0})
    rows = tables(market)["platforms"]
    here = rows["platform"] == "mall"
    for column in ("spend", "orders", "merchants", "active_merchants"):
        assert (rows[column][here] == 0).all(), column
        assert rows[column][~here].sum() > 0, column
    assert rows["searches"][here].sum() > 0  # people search there and find nobody


def test_budgets_follow_cheap_customers() -> None:
    split = Split(6_000)
    assert split.parts(["a", "b"], 1000) == {"a": 500, "b": 500}
    split.learn([seen("a", 60_000, 20), seen("b", 60_000, 5)])
    parts = split.parts(["a", "b"], 1000)
    assert parts["a"] > 3 * parts["b"] > 0
    assert sum(parts.values()) <= 1000
    split.learn([seen("a", 60_000, 0), seen("b", 1, 0)])
    assert split.parts(["a", "b"], 1000)["a"] < parts["a"]


def test_money_leaves_a_platform_that_shows_no_ads_until_it_does() -> None:
    """Of three platforms one has no slots: its money goes to the others, but for a probe."""
    split = Split(6_000)
    names = ["a", "b", "shut"]
    split.parts(names, 3000)
    split.learn([seen("a", 6_000, 1), seen("b", 6_000, 1), seen("shut", 0, 0)])
    parts = split.parts(names, 3000)
    assert parts["shut"] == round(3000 * LEAST / 3)
    assert parts["a"] == parts["b"] == (3000 - parts["shut"]) // 2
    split.learn([seen("a", 6_000, 1), seen("b", 6_000, 1), seen("shut", 100, 1)])  # it has opened
    assert split.parts(names, 3000)["shut"] > 1000
    # Outbid everywhere: that says nothing of one platform or another.
    begin = Split(6_000)
    begin.parts(names, 3000)
    begin.learn([seen(name, 0, 0) for name in names])
    assert begin.parts(names, 3000) == dict.fromkeys(names, 1000)
    split.learn([seen("a", 6_000, 1), seen("b", 6_000, 1), seen("shut", 0, 0)])
    assert split.parts(["shut"], 777) == {"shut": 777}  # having left the others


def test_every_platform_keeps_a_part_and_one_gets_all() -> None:
    split = Split(6_000)
    split.learn([seen("a", 10, 10_000), seen("b", 10**9, 0)])
    assert split.parts(["a", "b"], 1000)["b"] == round(1000 * LEAST / 2)
    assert split.parts(["b"], 777) == {"b": 777}
    equal = Split(6_000, "equal")
    equal.learn([seen("a", 10, 10_000), seen("b", 10**9, 0)])
    assert equal.parts(["a", "b", "c"], 1000) == {"a": 333, "b": 333, "c": 333}
