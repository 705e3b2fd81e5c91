"""Pacing of bids: even days, hard caps, and lower prices than throttling where bidders are few."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.steps.pacing import LEAST_BID, STEP, pace_bids
from tests.steps.street import days_of, world_of

PACED: dict[str, Any] = {
    "platforms.mall.auction": {"pacing": "multiplicative", "reserve": 0.01},
    "platforms.mall.visits_per_day": 2.0,
}


def spent_by_tick(changes: dict[str, Any], budget: int, learn: int, days: int) -> np.ndarray:
    """Share of all budgets spent in each tick, float64[days, ticks], once learned."""
    world = world_of({**PACED, **changes})
    world.offers.budget[0] = budget
    everybody = budget * len(world.firms)
    spent = [
        [(rows[:, 0] * rows[:, 1]).sum() / everybody for rows in day.counts.p_prices[0]]
        for day, _ in days_of(world, learn + days)
    ]
    return np.array(spent[learn:])


@pytest.mark.parametrize(
    ("changes", "budget"),
    [
        ({"merchants.shop.count": 4}, 60_000),
        ({"merchants.shop.count": 12}, 30_000),
        (
            {
                "merchants.shop.count": 6,
                "platforms.mall.auction": {
                    **PACED["platforms.mall.auction"],
                    "rule": "first_price",
                },
            },
            60_000,
        ),
    ],
    ids=str,
)
def test_paced_bids_spend_the_day_evenly(changes: dict[str, Any], budget: int) -> None:
    """Once learned, every one of eight ticks takes about an eighth; never more than the budget."""
    share = spent_by_tick(changes, budget, learn=12, days=16)
    assert (share.sum(axis=1) <= 1).all()
    assert share.sum(axis=1).mean() > 0.85
    ticks = share.mean(axis=0)
    assert ticks.max() < 0.17
    assert ticks.min() > 0.05  # the last: some have spent what they have


@given(
    worth=st.integers(0, 10**7),
    budget=st.integers(1, 10**6),
    start=st.floats(LEAST_BID, 1.0),
    ticks=st.integers(1, 24),
)
def test_a_multiplier_moves_by_its_law(worth: int, budget: int, start: float, ticks: int) -> None:
    multiplier = np.array([start, start, start])
    took_part = np.array([True, False, True])
    money = np.array([budget, budget, 0])
    pace_bids(multiplier, money, took_part, np.full(3, worth), ticks)
    gap = min(1.0, max(-1.0, 1 - worth / (budget / ticks)))
    law = min(1.0, max(LEAST_BID, start * math.exp(STEP * gap)))
    assert multiplier[0] == pytest.approx(law)
    assert multiplier[1] == multiplier[2] == start  # who could not pay learns nothing


def test_a_multiplier_finds_the_bid_that_lasts() -> None:
    """Where spend rises with the bid as a straight line, it comes to rest where the day lasts."""
    multiplier, money = np.array([1.0]), np.array([8000])
    for _ in range(200):
        spend = np.rint(4000 * multiplier).astype(np.int64)  # a tick at the full bid costs 4,000
        pace_bids(multiplier, money, np.array([True]), spend, 8)
    assert multiplier[0] == pytest.approx(0.25, rel=0.01)


def price_and_spend(pacing: str, rule: str, seed: int) -> tuple[float, float]:
    changes = {**PACED, "merchants.shop.count": 4}
    changes["platforms.mall.auction"] = {"pacing": pacing, "reserve": 0.01, "rule": rule}
    world = world_of(changes, seed=seed)
    world.offers.budget[0] = 150_000
    spend = clicks = 0
    for number, (day, _) in enumerate(days_of(world, 12)):
        if number >= 6:
            spend += int(day.counts.p_spend[0])
            clicks += int(day.counts.p_billed[0])
    return spend / clicks, spend / (6 * 4 * 150_000)


@pytest.mark.parametrize("rule", ["gsp", "first_price"])
def test_lower_bids_pay_less_than_rarer_ones(rule: str) -> None:
    """Four bidders with money for a part of the day: who bids less buys more clicks for the same
    than who sits out and pays in full."""
    for seed in (1, 2, 3):
        shaded, spent = price_and_spend("multiplicative", rule, seed)
        full, as_well = price_and_spend("throttle", rule, seed)
        assert min(spent, as_well) > 0.9
        assert shaded < full
