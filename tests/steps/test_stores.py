"""Stores: shelves hold what was paid for, sell nothing else, and keep their margin to the fen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.steps.stores import shelf_table, stock_shelves
from sim.world.market import MEDIA_TOTAL
from sim.world.world import World
from tests.engine.tiny import BUSY, build, digest, morning, play, tables, total

OPEN = {"stores.share": 0.5, "stores.listing_cost": 2_000, "stores.promotion_cost": 100}
SHELF = {"kind": "channel", "daily_budget": 200, "promotion_share": 0.25}
SHELVED = {**OPEN, "merchants.buyer.strategy": SHELF}


def world_of(changes: dict[str, Any] | None = None) -> World:
    world = build({**OPEN, **(changes or {})}).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**8
    return world


def test_presence_is_bought_and_lost_as_said() -> None:
    """In balance, what is lost in a day is what is gained: closed form of the recursion."""
    world = world_of({"stores.delisting_half_life": 10})
    world.shelves.listing[0] = 30_000
    kept, gain = 2 ** (-1 / 10), 1 - math.exp(-30_000 / 200_000)
    presence = 0.0
    for number in range(40):
        stock_shelves(morning(world, number))
        presence = presence * kept + (1 - presence * kept) * gain
        assert world.shelves.presence[0] == pytest.approx(presence)
    balance = gain / (1 - kept * (1 - gain))
    assert presence == pytest.approx(balance, rel=1e-3)
    world.shelves.listing[0] = 0
    for number in range(40, 50):
        stock_shelves(morning(world, number))
    assert world.shelves.presence[0] == pytest.approx(presence / 2)
    assert 10**8 - world.accounts.cash[0] == 40 * 30_000 == world.accounts.totals[MEDIA_TOTAL]


def test_promotion_multiplies_facings_with_a_falling_return() -> None:
    world = world_of()
    world.shelves.presence[:] = 0.5
    world.shelves.promotion[:4] = [0, 10_000, 30_000, 10**9]
    world.accounts.cash[3] = 10  # cannot pay, so nothing is promoted
    stock_shelves(morning(world))
    facings = world.shelves.facings / world.shelves.presence
    assert facings[:4] == pytest.approx([1, math.sqrt(2), 2, 1])
    assert world.accounts.cash[3] == 10


def test_a_shelf_holds_goods_in_proportion_and_others() -> None:
    table = shelf_table(np.array([1.0, 0.0, 2.0]), 1.0, np.array([7, 3, 5], np.uint32))
    assert np.bincount(table + 1, minlength=4) / len(table) == pytest.approx(
        [0.25, 0.25, 0, 0.5], abs=1e-3
    )
    assert (shelf_table(np.zeros(2), 0.0, np.array([1, 2], np.uint32)) == -1).all()


def test_closed_stores_change_nothing() -> None:
    plain = play({"days": 12})
    assert digest(play({"days": 12, "stores.shelf": 9, "stores.margin": 0.9})) == digest(plain)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_share_of_needs_goes_to_stores(share: float) -> None:
    """Searches fall by that share; nobody sells in a store without standing on its shelf."""
    plain, split = play({"days": 20}), play({**OPEN, "days": 20, "stores.share": share})
    needs, searches = (
        total(plain, "needs", table="market"),
        [total(market, "searches", table="platforms") for market in (plain, split)],
    )
    expected = searches[0] * (1 - share)
    assert searches[1] == pytest.approx(expected, abs=4 * math.sqrt(needs * 0.25) * (share < 1))
    assert total(split, "orders_store") == 0
    assert total(split, "orders") < total(plain, "orders")


def test_only_who_stands_on_the_shelf_sells_there() -> None:
    market = play(SHELVED)
    assert total(market, "orders_store", camp="buyer") > 100
    assert total(market, "orders_store", camp="grower") == 0


def test_stores_keep_their_margin_to_the_fen() -> None:
    """No returns, no platform: every order is a store's, and books balance (``check: daily``)."""
    market = play(
        {
            **SHELVED,
            "stores.share": 1.0,
            "stores.margin": 0.25,
            "platforms": {},
            "merchants.grower.count": 0,
            "memory.return_rate": 0.0,
            "sharing.tempt": 0.0,
        }
    )
    orders = total(market, "orders_store")
    assert orders > 50
    assert total(market, "platform_fees") == market.row["to_stores"] == orders * 3_225
    assert market.row["to_platforms"] == 0


def test_returned_goods_bring_the_margin_back() -> None:
    market = play({**SHELVED, "memory.return_rate": 0.5, "stores.share": 1.0})
    fees = total(market, "platform_fees")
    assert market.row["to_stores"] > 0
    ads = total(market, "spend_ads")
    assert market.row["to_platforms"] + market.row["to_stores"] == fees + ads


def test_presence_and_promotion_sell() -> None:
    """More money for shelves, or for standing out on them, sells more, on every seed."""
    for seed in (1, 2, 3):
        sold = []
        for budget, promotion in ((10, 0.0), (200, 0.0), (200, 0.4)):
            strategy = {**SHELF, "daily_budget": budget, "promotion_share": promotion}
            market = play({**OPEN, "merchants.buyer.strategy": strategy}, seed=seed)
            sold.append(total(market, "orders_store", camp="buyer"))
        assert sold[0] < sold[1] < sold[2]


def test_a_world_without_stores_is_what_it_was() -> None:
    assert "stores" not in BUSY
    assert tables(play({"days": 3}))["market"]["to_stores"].sum() == 0
