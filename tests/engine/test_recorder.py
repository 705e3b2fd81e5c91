"""Recorder: concentration and quantiles in closed form, and a digest that sees every value."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.columns import TABLES
from sim.engine.recorder import results_digest
from sim.engine.shares import concentration, price_quantiles
from sim.study.formulas import owned_share
from tests.engine.tiny import BUSY, EVERY_TABLE, play, tables

ORDERS = st.lists(st.integers(0, 1000), min_size=1, max_size=30)


def of(orders: list[int], active: list[bool] | None = None) -> tuple[float, float]:
    values = np.array(orders, np.int64)
    here = np.ones(len(orders), np.bool_) if active is None else np.array(active)
    return concentration(values, here)


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_equal_merchants(n: int) -> None:
    assert of([5] * n) == pytest.approx((1 / n, 0.0))


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_a_monopoly(n: int) -> None:
    assert of([9] + [0] * (n - 1)) == pytest.approx((1.0, 1 - 1 / n))


def test_a_line_has_a_gini_of_a_third() -> None:
    """Orders 1, 2, ..., n: Gini = (n - 1) / (3 n)."""
    for n in (2, 10, 500):
        assert of(list(range(1, n + 1)))[1] == pytest.approx((n - 1) / (3 * n))


def test_nobody_sells() -> None:
    assert of([0, 0, 0]) == (0.0, 0.0)
    assert of([]) == (0.0, 0.0)
    assert of([4, 0], [False, True]) == (1.0, 0.0)  # only who has left had sold


@given(ORDERS)
def test_gini_is_the_mean_difference(orders: list[int]) -> None:
    """Half the mean absolute difference of all pairs over the mean."""
    x = np.array(orders, float)
    hhi, gini = of(orders)
    if x.sum() == 0:
        assert (hhi, gini) == (0.0, 0.0)
        return
    pairs = np.abs(x[:, None] - x[None]).mean()
    assert gini == pytest.approx(pairs / (2 * x.mean()))
    assert hhi == pytest.approx((x**2).sum() / x.sum() ** 2)
    assert 1 / len(x) - 1e-12 <= hhi <= 1 + 1e-12


@given(ORDERS, st.integers(0, 30), st.randoms(use_true_random=False))
def test_merchants_without_orders_do_not_move_the_last_bit(
    orders: list[int], idle: int, luck: object
) -> None:
    more = orders + [0] * idle
    luck.shuffle(more)  # type: ignore[attr-defined]
    assert of(more)[0] == of(orders)[0]


@given(
    rows=st.lists(
        st.tuples(st.integers(1, 500) | st.integers(65_000, 66_000), st.integers(1, 9)),
        min_size=1,
        max_size=30,
    ),
    share=st.floats(0.01, 1.0),
)
def test_quantiles_count_every_billed_click(rows: list[tuple[int, int]], share: float) -> None:
    prices = [np.array(part, np.int64).reshape(-1, 2) for part in (rows[:7], rows[7:])]
    clicks = np.repeat(*np.array(rows).T)
    expected = np.quantile(clicks, share, method="inverted_cdf")
    assert price_quantiles(prices, (share,)) == [expected]


def test_no_clicks_have_no_price() -> None:
    assert price_quantiles([], (0.1, 0.9)) == [0, 0]
    assert price_quantiles([np.zeros((0, 2), np.int64)], (0.5,)) == [0]


FRIENDS = {
    "inviting": {"rate": 0.5, "persuasion": 9},
    "merchants.buyer.referral": {},
    "merchants.grower.strategy": {"kind": "group_buy", "daily_budget": 200, "bid": 2.5},
    "merchants.keeper": BUSY["merchants"]["grower"],
}


def test_owned_share_is_that_of_the_summary() -> None:
    t = tables(play({"days": 20, **EVERY_TABLE, **FRIENDS}))
    market, merchants = t["market"], t["merchants"]

    def daily(name: str) -> np.ndarray:
        return np.bincount(merchants["day"], merchants[name])

    owned = ("community", "content", "word_of_mouth", "direct")
    parts = [daily(f"orders_{name}") for name in owned]
    assert sum(part.sum() for part in parts) > 0 and daily("orders_group_buy").sum() > 0
    some = market["orders"] > 0
    expected = owned_share(*(part[some] for part in parts), market["orders"][some])
    np.testing.assert_allclose(market["owned_share"][some], expected)


def test_the_digest_sees_every_value_and_nothing_else() -> None:
    t = tables(play({"days": 12, **EVERY_TABLE, **FRIENDS}))
    whole = results_digest(t)
    digest = hashlib.sha256()
    for name, columns in TABLES.items():
        for column in columns:
            values = t[name][column.name]
            spoilt = values.copy()
            spoilt[-1] = "x" if column.kind == "text" else spoilt[-1] + 1
            assert results_digest({**t, name: {**t[name], column.name: spoilt}}) != whole
            digest.update("\0".join(values).encode() if column.kind == "text" else values.tobytes())
            digest.update(b"\1")
    assert digest.hexdigest() == whole
    shuffled = {name: dict(reversed(t[name].items())) for name in reversed(t)}
    assert results_digest(shuffled) == whole
