"""Books that balance: money to the fen, goods to the item, in random small markets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.check.books import breaches
from sim.engine.columns import TABLES
from sim.engine.model import Market
from sim.errors import RunError
from tests.engine.tiny import BUSY, build, by_day, play, scenario, tables

DAYS = 16


def platforms() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "visits_per_day": st.sampled_from([0.0, 0.3, 1.5]),
            "search_rate": st.sampled_from([0.0, 0.5, 1.0]),
            "ticks_per_day": st.sampled_from([1, 3, 8]),
            "ad_slots": st.integers(0, 6),
            "fee": st.floats(0, 1),
            "auction": st.one_of(
                st.fixed_dictionaries(
                    {
                        "rule": st.sampled_from(["gsp", "second_price", "first_price", "vcg"]),
                        "reserve": st.sampled_from([0, 0.3, 1.7]),
                        "pacing": st.sampled_from(["throttle", "none", "multiplicative"]),
                        "billing": st.sampled_from(["click", "mille", "order"]),
                        "precision_surcharge": st.sampled_from([0, 0.3]),
                    }
                ),
                st.fixed_dictionaries(
                    {
                        "rule": st.just("fixed_price"),
                        "reserve": st.sampled_from([0.3, 1.7]),
                        "billing": st.sampled_from(["click", "mille", "order"]),
                    }
                ),
            ),
            "organic": st.fixed_dictionaries({"slots": st.integers(0, 6)}),
            "rent": st.sampled_from([0, 0, 3.33]),
            "opens": st.sampled_from([0, 0, 5]),
            "subsidy": st.fixed_dictionaries(
                {"buyers": st.sampled_from([0, 0.155]), "merchants": st.sampled_from([0, 0.333])}
            ),
        }
    )


def _sound(operations: dict[str, Any]) -> dict[str, Any]:
    """Leave out what has no use: overtime without a limit, express that is not quicker."""
    if operations["capacity"] is None:
        operations["overtime"] = {}
    if operations["lead_time"] == 0:
        operations["express"] = {}
    return operations


def merchants(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    strategy: dict[str, Any] = {
        "kind": st.just(kind),
        "review": st.integers(1, 9),
        "daily_budget": st.sampled_from([0, 30, 400]),
        "bid": st.sampled_from([0.5, 2.0, 9.0]),
        "targeting": st.sampled_from(["everybody", "tribes", "followers", "lookalikes"]),
        "target_cac": st.sampled_from([10, 80]),
    }
    if kind == "group_buy":
        del strategy["targeting"]
        strategy["team"] = st.fixed_dictionaries(
            {
                "size": st.integers(2, 3),
                "price": st.sampled_from([0.5, 0.97]),
                "days": st.integers(1, 4),
                "strangers": st.sampled_from([0, 0.5]),
                "tiers": st.sampled_from([[], [{"size": 4, "price": 0.3}]]),
            }
        )
    elif kind != "buy_traffic":
        strategy["community"] = st.fixed_dictionaries(
            {
                "staff": st.sampled_from([0, 1.5, 6]),
                "members_per_staff": st.just(10),
                "wage": st.sampled_from([0, 33.33, 150]),
                "sales_posts": st.sampled_from([0, 0.4, 3]),
                "integration_spend": st.sampled_from([0, 77]),
                "conversion": st.floats(0, 1),
                "conversion_cost": st.sampled_from([0, 1.99]),
            }
        )
    return st.fixed_dictionaries(
        {
            "count": st.integers(0, 3),
            "own_shop": st.booleans(),
            "shop": st.sampled_from([{}, {"cost": 7.77, "friction": 0.3}]),
            "listing": st.sampled_from([{}, {"at_most": 1}, {"at_most": 2, "review": 3}]),
            "product": st.fixed_dictionaries(
                {
                    "price": st.sampled_from([1.01, 99.99, 129]),
                    "unit_cost": st.sampled_from([0, 60]),
                    "quality": st.floats(0, 1),
                }
            ),
            "operations": st.fixed_dictionaries(
                {
                    "cash": st.sampled_from([0, 900, 50_000]),
                    "credit_line": st.sampled_from([0, 500]),
                    "overhead": st.sampled_from([0, 12.34, 300]),
                    "stock": st.sampled_from([0, 5, 200]),
                    "cover": st.sampled_from([0, 7]),
                    "lead_time": st.integers(0, 6),
                    "capacity": st.sampled_from([None, 0, 1, 5]),
                    "delivery": st.integers(0, 5),
                    "service": st.sampled_from([0, 4.44]),
                    "return_cost": st.sampled_from([0, 9.99]),
                    "interest": st.sampled_from([0, 0.2]),
                    "order_point": st.sampled_from([None, 0]),
                    "order_cost": st.sampled_from([0, 50]),
                    "express": st.sampled_from([{}, {"cover": 3, "lead_time": 0, "surcharge": 1}]),
                    "overtime": st.sampled_from([{}, {"orders": 3, "cost": 7.77}]),
                }
            ).map(_sound),
            "strategy": st.fixed_dictionaries(strategy),
            "sharing_incentive": st.sampled_from([0, 0.37]),
            "referral": st.none()
            | st.fixed_dictionaries(
                {
                    "reward": st.sampled_from([0, 7.77, 500]),
                    "friend_reward": st.sampled_from([0, 3.33, 500]),
                    "paid_as": st.sampled_from(["money", "coupon"]),
                    "most": st.integers(0, 3),
                    "days": st.integers(1, 9),
                }
            ),
        }
    ).map(lambda made: made if made["own_shop"] else {**made, "shop": {}})


@st.composite
def markets(draw: st.DrawFn) -> dict[str, Any]:
    names = ["buy_traffic", "hybrid", "cultivate_community", "group_buy"]
    camps = {f"m{n}": draw(merchants(name)) for n, name in enumerate(names)}
    return scenario(
        {
            "days": DAYS,
            "consumers.count": 600,
            "graph.mean_degree": 6,
            "platforms": {f"p{n}": draw(platforms()) for n in range(draw(st.integers(0, 3)))},
            "merchants": camps,
            "entry": {"rate_per_month": draw(st.sampled_from([0, 12])), "mix": {"m0": 1, "m1": 1}},
            "exit": draw(
                st.sampled_from(
                    [
                        {},
                        {"patience": 4, "schedule": [{"day": 6, "merchant": "m1"}]},
                    ]
                )
            ),
            "visits.drift": draw(st.sampled_from([0, 0.2])),
            "memory.return_rate": draw(st.sampled_from([0, 0.3])),
            "memory.patience": draw(st.sampled_from([0, 2, 14])),
            "inviting": {"rate": 0.4, "persuasion": 6},
        }
    )


def balance(market: Market) -> None:
    """Every identity between the columns of the series."""
    assert {law: count for law, count in breaches(tables(market)) if count} == {}
    days, rows = tables(market)["market"], tables(market)["merchants"]
    shop = np.bincount(rows["day"], rows["shop_orders"], DAYS)
    assert np.allclose(days["shop_share"] * days["orders"], shop)
    p = tables(market)["platforms"]
    assert (p["overdelivery"] <= p["impressions"] + p["ad_orders"]).all()
    assert (p["retargeted"] <= p["impressions"]).all()
    assert (p["subsidies"] >= 0).all()


@given(values=markets())
@settings(max_examples=30)
def test_books_balance_in_any_market(values: dict[str, Any]) -> None:
    """The engine's own check runs every day, and the series add up among themselves."""
    market = Market(values, seed=1, collect=False)
    while market.running:
        market.step()
        assert (market.world.accounts.stock >= 0).all()
        assert (market.world.accounts.on_order >= 0).all()
    balance(market)


def test_a_busy_market_balances() -> None:
    """All that can happen does happen here, so that the identities are not about zeros."""
    market = play(
        {
            "days": DAYS,
            "entry": {"rate_per_month": 12, "mix": {"buyer": 1}},
            "merchants.buyer.strategy.daily_budget": 15,
            "platforms.mall.auction.pacing": "none",
            "merchants.poor": {
                **BUSY["merchants"]["buyer"],
                "count": 2,
                "operations": {
                    "cash": 1000,
                    "overhead": 900,
                    "stock": 20,
                    "cover": 5,
                    "lead_time": 2,
                },
            },
        }
    )
    balance(market)
    rows, days = tables(market)["merchants"], tables(market)["market"]
    for column in (
        "refunds",
        "stockouts",
        "purchases",
        "overhead",
        "spend_community",
        "spend_ads",
        "platform_fees",
        "members",
        "muted",
        "orders_paid",
        "orders_organic",
        "orders_community",
        "orders_word_of_mouth",
        "orders_direct",
        "repeat_orders",
    ):
        assert rows[column].sum() > 0, column
    assert days["exits"].sum() > 0
    assert days["entries"].sum() > 0
    assert tables(market)["platforms"]["overdelivery"].sum() > 0


@pytest.mark.parametrize("kind", ["hybrid", "cultivate_community"])
def test_no_day_costs_more_than_its_budget(kind: str) -> None:
    """Ads, wages, tools and gifts of a whole market, to the fen; the budget is well used."""
    team = {"staff": 3, "members_per_staff": 20, "wage": 100, "conversion": 0.8}
    strategy = {"kind": kind, "daily_budget": 400, "bid": 2, "target_cac": 60, "review": 3}
    dear = {**team, "conversion_cost": 20, "integration_spend": 33.33}
    grower = {**BUSY["merchants"]["grower"], "strategy": {**strategy, "community": dear}}
    market = play({"merchants": {"grower": {**grower, "count": 4}}})
    spent = by_day(market, "spend_ads") + by_day(market, "spend_community")
    assert spent.max() <= 40_000
    assert (spent[10:] > 0.9 * 40_000).mean() > 0.5
    assert tables(market)["communities"]["joins"].sum() > 50


def test_cost_of_a_customer_is_price_of_a_click_over_conversion() -> None:
    """Known: the ledger's cost per new paid customer equals the platform's price of a click
    over the share of billed clicks that won one."""
    market = play()
    rows, platform = tables(market)["merchants"], tables(market)["platforms"]
    won = rows["first_paid"].sum()
    billed = (platform["clicks"] - platform["overdelivery"]).sum()
    by_ledger = rows["spend_ads"].sum() / won
    price = np.average(
        platform["price_per_click"], weights=platform["clicks"] - platform["overdelivery"]
    )
    # Daily prices are rounded to whole fen.
    assert by_ledger == pytest.approx(price / (won / billed), rel=0.5 / price)
    assert won > 20


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda w: w.accounts.cash.__setitem__(0, w.accounts.cash[0] + 1), "money"),
        (lambda w: w.accounts.totals.__setitem__(2, w.accounts.totals[2] - 1), "money"),
        (lambda w: w.accounts.stock.__setitem__(1, w.accounts.stock[1] - 1), "stock"),
    ],
)
def test_the_daily_check_notices_a_fen_and_an_item(spoil: Any, says: str) -> None:
    market = build()
    market.step()
    spoil(market.world)
    with pytest.raises(RunError, match=f"{says} is not conserved") as caught:
        market.step()
    assert caught.value.day == 1


def test_without_the_check_nobody_looks() -> None:
    market = build({"check": "off"})
    market.step()
    market.world.accounts.cash[0] += 1
    market.step()


def test_the_check_changes_no_result() -> None:
    from tests.engine.tiny import digest

    assert digest(play({"days": 8})) == digest(play({"days": 8, "check": "off"}))


def test_tables_have_the_declared_columns_and_types() -> None:
    t = tables(play({"days": 8}))
    assert list(t) == list(TABLES)
    for name, columns in TABLES.items():
        assert list(t[name]) == [c.name for c in columns]
        assert len({len(values) for values in t[name].values()}) == 1
        for c in columns:
            kind = t[name][c.name].dtype
            assert kind == {"i8": np.int64, "f8": np.float64, "text": object}[c.kind], c.name
            assert c.unit
            assert c.meaning
            if c.kind == "f8":
                assert np.isfinite(t[name][c.name]).all()
