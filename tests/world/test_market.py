"""Supply: who comes when, products in taste space, prices against the reference."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.scenario.load import from_dict
from sim.world.market import Firm, build_accounts, fit, plan_firms, post_prices
from tests.engine.tiny import build

ENTRY: dict[str, Any] = {
    "name": "entry",
    "merchants": {"a": {"count": 3}, "b": {"count": 0}, "c": {"count": 1}},
    "entry": {"rate_per_month": 15, "mix": {"a": 0.75, "b": 0.25}},
}


def firms(seed: int = 1, days: int = 300, **entry: Any) -> list[Firm]:
    values = {**ENTRY, "entry": {**ENTRY["entry"], **entry}}
    return plan_firms(from_dict(values).scenario, days, seed)


# --- who comes ----------------------------------------------------------------------------------


def test_numbers_and_names_are_in_order() -> None:
    plan = firms()
    assert [f.number for f in plan] == list(range(len(plan)))
    assert [f.name for f in plan[:4]] == ["a.1", "a.2", "a.3", "c.1"]
    assert len({f.name for f in plan}) == len(plan)
    assert [f.entry_day for f in plan] == sorted(f.entry_day for f in plan)
    later = [f for f in plan if f.entry_day > 0]
    assert {f.name for f in later} >= {"a.4", "b.1"}


def test_newcomers_come_at_their_rate_and_mix() -> None:
    came = [[f for f in firms(seed) if f.entry_day > 0] for seed in range(1, 41)]
    count = sum(map(len, came))
    expected = 40 * 299 * 15 / 30
    assert abs(count - expected) < 4 * math.sqrt(expected)
    share = sum(f.camp == "a" for plan in came for f in plan) / count
    assert abs(share - 0.75) < 4 * math.sqrt(0.75 * 0.25 / count)
    days = np.array([f.entry_day for plan in came for f in plan])
    assert days.min() == 1
    by_day = np.bincount(days, minlength=300)[1:]
    assert abs(by_day.var() / by_day.mean() - 1) < 4 * math.sqrt(2 / 299)  # Poisson


def test_a_longer_run_has_the_same_newcomers_first() -> None:
    short, long = firms(days=100), firms(days=300)
    assert [(f.name, f.entry_day) for f in short] == [
        (f.name, f.entry_day) for f in long[: len(short)]
    ]
    assert long[len(short)].entry_day >= 100


def test_entry_keeps_to_its_days() -> None:
    days = {f.entry_day for f in firms(first_day=50, last_day=60, rate_per_month=300)}
    assert days == {0, *range(50, 61)}


# --- products -----------------------------------------------------------------------------------


def market_of(breadth: float, tribes: dict[str, Any], count: int = 60) -> Any:
    return build(
        {},
        {
            "name": "fit",
            "consumers": {"count": 4000, "tribes": tribes},
            "graph": {"kind": "complete"},
            "merchants": {"shop": {"count": count, "product": {"breadth": breadth}}},
        },
    ).world


def all_fits(world: Any) -> np.ndarray:
    """Fit of every person (rows) to every product, by the kernel's own formula in numpy."""
    taste = world.consumers.taste.astype(float)
    gap = ((taste[:, None, :] - world.offers.taste[None].astype(float)) ** 2).sum(axis=2)
    width = world.offers.breadth.astype(float)
    return world.offers.fit_scale * np.exp(-gap / (2 * width**2))


def test_fit_is_a_gaussian_kernel() -> None:
    world = market_of(1.2, {"count": 5})
    twin = all_fits(world)
    for i in range(0, 4000, 500):
        for m in range(0, 60, 7):
            assert fit(world.offers, world.consumers.taste[i], m) == pytest.approx(
                twin[i, m], rel=1e-5
            )
    at_home = world.offers.taste[3].copy()
    assert fit(world.offers, at_home, 3) == pytest.approx(world.offers.fit_scale[3])


@pytest.mark.parametrize("breadth", [0.7, 1.2, 3.0])
def test_fit_scale_is_the_mean_kernel_to_the_power_of_minus_one_half(breadth: float) -> None:
    """In one tribe tastes are a Gaussian of variance v: mean kernel (1 + v / b^2)^(-D/2)."""
    world = market_of(breadth, {"count": 1, "spread": 1.0, "dimensions": 2}, count=1)
    variance = 1.0
    closed = (1 + variance / breadth**2) ** (2 / 4)
    assert world.offers.fit_scale[0] == pytest.approx(closed, rel=1e-5)
    # A product in the middle of its people has this mean fit.
    centre = world.consumers.taste.astype(float).mean(axis=0)
    gap = ((world.consumers.taste - centre) ** 2).sum(axis=1)
    kernel = np.exp(-gap / (2 * breadth**2))
    assert kernel.mean() == pytest.approx(closed**-2, abs=4 * kernel.std() / math.sqrt(4000))


def test_narrow_products_please_few_much_and_wide_ones_many_a_little() -> None:
    narrow, wide = (all_fits(market_of(b, {"count": 6})) for b in (0.7, 3.0))
    assert narrow.max() > 1.5 * wide.max()
    assert np.median(narrow) < 0.5 * np.median(wide)
    assert narrow.mean() < wide.mean()


def test_products_are_made_for_their_tribe() -> None:
    world = build(
        {},
        {
            "name": "home",
            "consumers": {"count": 500, "tribes": {"count": 4, "spread": 0.1}},
            "graph": {"kind": "complete"},
            "merchants": {"fixed": {"count": 5, "product": {"tribe": 2}}, "drawn": {"count": 200}},
        },
    ).world
    assert (world.home[:5] == 2).all()
    share = np.bincount(world.home[5:], minlength=4) / 200
    sizes = np.bincount(world.consumers.tribe) / 500
    assert (np.abs(share - sizes) < 4 * np.sqrt(sizes * (1 - sizes) / 200)).all()
    assert len(np.unique(world.offers.taste[:5], axis=0)) == 5  # no two products are the same


def test_products_do_not_depend_on_who_else_is_there() -> None:
    small = {"name": "a", "consumers": {"count": 100}, "graph": {"kind": "complete"}}
    alone = build({}, {**small, "merchants": {"x": {}}}).world
    crowd = build({}, {**small, "merchants": {"w": {"count": 9}, "x": {}}}).world
    assert np.array_equal(alone.offers.taste[0], crowd.offers.taste[9])
    assert alone.offers.luck[0] == crowd.offers.luck[9]
    assert alone.home[0] == crowd.home[9]


# --- prices and purses --------------------------------------------------------------------------


def test_prices_are_seen_against_the_reference() -> None:
    world = build(
        {},
        {
            "name": "prices",
            "consumers": {"count": 100},
            "graph": {"kind": "complete"},
            "merchants": {
                "cheap": {"product": {"price": 50}},
                "mid": {"product": {"price": 80}},
                "dear": {"count": 1, "product": {"price": 200}},
            },
        },
    ).world
    assert world.reference_price == 8000  # the median of first prices
    assert np.exp(world.offers.log_price) == pytest.approx([5 / 8, 1, 2.5])
    world.offers.price[:] = [8000, 0, 100]
    post_prices(world.offers, 4000.0)
    assert np.exp(world.offers.log_price) == pytest.approx([2.0, 1 / 4000, 1 / 40], rel=1e-5)


def test_accounts_start_empty_and_have_room_for_the_longest_lead() -> None:
    values = {
        "name": "x",
        "merchants": {
            "a": {"operations": {"lead_time": 3, "credit_line": 10}},
            "b": {"operations": {"lead_time": 30}},
        },
    }
    accounts = build_accounts(plan_firms(from_dict(values).scenario, 5, 1))
    assert accounts.credit.tolist() == [1000, 0]
    assert accounts.arrivals.shape[1] > 30
    for name in ("cash", "stock", "on_order", "arrivals", "totals"):
        assert not getattr(accounts, name).any()
        assert getattr(accounts, name).dtype == np.int64


def test_merchants_whose_names_share_a_hash_have_luck_of_their_own() -> None:
    """Camps found by a search: gckxs.1 and ydtre.1 have one hash; who is first by day of entry,
    then by name, keeps it, wherever the scenario lists them."""
    shop = {"product": {"price": 129}}
    world = build({"merchants": {"ydtre": shop, "gckxs": shop, "b": shop}}).world
    alone = build({"merchants": {"gckxs": shop, "b": shop}}).world
    luck = dict(zip([f.name for f in world.firms], world.offers.luck.tolist(), strict=True))
    assert len(set(luck.values())) == 3
    kept = dict(zip([f.name for f in alone.firms], alone.offers.luck.tolist(), strict=True))
    assert {name: luck[name] for name in kept} == kept
    taste = world.offers.taste
    assert not np.array_equal(taste[0], taste[1])
    assert np.array_equal(taste[1:], alone.offers.taste)
