"""Traffic: budgets to the fen, pacing, and the price of a click as demand over supply."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel import Threads
from sim.steps.pacing import LEAST, pace
from sim.steps.traffic import Traffic
from tests.engine.tiny import ONE, build, morning, play, scenario, tables
from tests.steps.street import PLAIN, days_of, open_all, world_of

# --- budgets and money ------------------------------------------------------------------------


@given(
    budgets=st.lists(st.integers(0, 40_000), min_size=3, max_size=3),
    cash=st.lists(st.integers(-500, 30_000), min_size=3, max_size=3),
    pacing=st.sampled_from(["none", "throttle"]),
    rule=st.sampled_from(["gsp", "first_price"]),
)
def test_budgets_are_hard_caps(budgets: list[int], cash: list[int], pacing: str, rule: str) -> None:
    """Never a fen above budget or purse, on two platforms; what is beyond is counted."""
    two = {"visits_per_day": 1.0, "auction": {"pacing": pacing, "rule": rule, "reserve": 0.01}}
    world = build({"platforms": {"mall": two, "video": two}, "consumers.count": 2000}, PLAIN).world
    open_all(world)
    world.offers.budget[0] = budgets
    world.offers.budget[1] = budgets[::-1]
    world.accounts.cash[:] = cash
    traffic = Traffic(morning(world), ONE)
    for number in range(2):
        before = world.accounts.cash.copy()
        day = morning(world, number)
        traffic.run(day)
        counts = day.counts
        assert (counts.p_merchant_spend <= world.offers.budget).all()
        assert (counts.spend_ads <= np.maximum(before, 0)).all()
        assert (before - world.accounts.cash == counts.spend_ads).all()
        assert (counts.impressions >= counts.clicks).all()
        assert (counts.clicks >= counts.billed_clicks).all()
        assert counts.clicks.sum() - counts.billed_clicks.sum() == counts.p_over.sum()
        for p in range(2):
            rows = np.concatenate(counts.p_prices[p]) if counts.p_prices[p] else np.zeros((0, 2))
            assert (rows[:, 0] * rows[:, 1]).sum() == counts.p_spend[p]
        assert counts.p_merchant_spend.sum(axis=1).tolist() == counts.p_spend.tolist()
        assert counts.p_spend.sum() == counts.spend_ads.sum()


def test_overdelivery_is_counted_and_not_billed() -> None:
    world = world_of({"merchants.shop.count": 2, "platforms.mall.visits_per_day": 2.0})
    world.offers.budget[0] = [700, 900]
    ((day, _),) = days_of(world, 1)
    assert day.counts.p_over[0] > 0
    assert day.counts.billed_clicks.sum() + day.counts.p_over[0] == day.counts.clicks.sum()
    # Both have less left than one more click costs them.
    assert (world.offers.budget[0] - day.counts.spend_ads < world.offers.bid[0]).all()


def test_pacing_makes_budgets_last() -> None:
    """Throttled bidders over-deliver less and are shown to more of the day's visitors."""
    over, shown = {}, {}
    for pacing in ("none", "throttle"):
        world = world_of(
            {
                "platforms.mall.auction": {"pacing": pacing, "reserve": 0.01},
                "merchants.shop.count": 4,
                "platforms.mall.visits_per_day": 2.0,
            }
        )
        world.offers.budget[0] = 20_000
        days = [day for day, _ in days_of(world, 6)]
        over[pacing] = sum(d.counts.p_over[0] for d in days)
        shown[pacing] = sum(d.counts.billed_clicks.sum() for d in days)
    assert over["throttle"] < over["none"] / 2
    assert shown["throttle"] > shown["none"]


PACED = {
    "platforms.mall.auction": {"pacing": "throttle", "reserve": 0.01},
    "platforms.mall.visits_per_day": 2.0,
}


def spent_by_tick(changes: dict[str, Any], budget: int, learn: int, days: int) -> np.ndarray:
    """Share of all budgets int64 spent in each tick, float64[days, ticks], once learned."""
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
        ({"merchants.shop.count": 4}, 20_000),  # 40 clicks at the own bid
        ({"merchants.shop.count": 4}, 200_000),
        ({"merchants.shop.count": 12}, 20_000),
        ({"platforms.mall.ad_slots": 1}, 60_000),
        ({"platforms.mall.auction": {"pacing": "throttle", "reserve": 1}}, 20_000),
    ],
    ids=str,
)
def test_paced_budgets_are_spent_evenly(changes: dict[str, Any], budget: int) -> None:
    """Once learned, every one of eight ticks takes about an eighth of the budget: above all the
    first, in which all money is there. Demand exceeds budgets, so nearly all is spent."""
    share = spent_by_tick(changes, budget, learn=7, days=13)
    assert (share.sum(axis=1) <= 1).all()
    assert share.sum(axis=1).mean() > 0.9
    ticks = share.mean(axis=0)
    assert 0.09 < ticks[0] < 0.17
    assert ticks.max() < 0.17
    assert ticks.min() > 0.05  # the last: some have spent what they have


def test_without_pacing_the_morning_takes_all() -> None:
    auction = {"pacing": "none", "reserve": 0.01}
    share = spent_by_tick({"platforms.mall.auction": auction}, 20_000, 0, 5)
    assert share[:, 0].min() > 0.5
    assert share[:, -1].max() < 0.01


# --- what pacing learns -------------------------------------------------------------------------


def paced_day(state: tuple[np.ndarray, ...], full: float, budget: int, bid: int) -> list[int]:
    """Spend of eight ticks in which taking part in all auctions costs ``full``, exactly."""
    throttle, rate, spent = *state, []
    left = np.array([budget])
    for tick in range(8):
        took_part = left >= bid
        worth = np.where(took_part, np.rint(full * throttle), 0).astype(np.int64)
        bill = np.minimum(worth, left)
        left = left - bill
        spent.append(int(bill[0]))
        pace(throttle, rate, np.array([budget]), left, took_part, worth, 7 - tick, 8)
    return spent


@given(
    full=st.floats(1e4, 1e8),
    budget=st.integers(1000, 10**6),
    bid=st.integers(1, 100),
    start=st.floats(0.01, 1.0),
)
def test_pacing_learns_what_all_auctions_cost(
    full: float, budget: int, bid: int, start: float
) -> None:
    """However badly it begins, dry ticks included: after a week every tick takes an eighth."""
    state = (np.array([start]), np.array([-1.0]))
    for _ in range(8):
        spent = paced_day(state, full, budget, bid)
        assert sum(spent) <= budget
    if budget / 8 > max(LEAST * full, bid) and full > budget / 8:
        assert spent == pytest.approx([budget / 8] * 8, rel=0.02, abs=4)


@given(worth=st.integers(0, 10**6), throttle=st.floats(0.01, 1))
def test_who_sat_out_teaches_nothing(worth: int, throttle: float) -> None:
    share, rate = np.array([throttle, throttle]), np.array([5000.0, 5000.0])
    both = np.array([1000, 1000])
    pace(share, rate, both, both, np.array([True, False]), np.array([worth, 0]), 3, 8)
    assert rate[0] == pytest.approx(0.9 * 5000 + 0.1 * worth / throttle)
    assert rate[1] == 5000.0


@pytest.mark.parametrize("threads", [2, 3])
def test_traffic_does_not_depend_on_threads(threads: int) -> None:
    worlds = [world_of({"consumers.need_rate": 0.2}) for _ in range(2)]
    many = Threads(threads)
    for world, pool in zip(worlds, (ONE, many), strict=True):
        traffic = Traffic(morning(world), pool)
        for number in range(3):
            traffic.run(morning(world, number))
    many.close()
    for a, b in zip(worlds[0].relations, worlds[1].relations, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(worlds[0].accounts.cash, worlds[1].accounts.cash)


# --- price is an outcome ----------------------------------------------------------------------


def price_per_click(changes: dict[str, Any], seed: int) -> float:
    """Mean price of a click in a market of bidders with fixed bids between 1 and 4 yuan."""
    base = scenario({"days": 10, "consumers.count": 3000, "merchants": {}})
    few = changes.pop("bidders", 6)
    budget = changes.pop("budget", 150)
    for n in range(few):
        base["merchants"][f"m{n}"] = {
            "strategy": {
                "kind": "buy_traffic",
                "mode": "constant",
                "daily_budget": budget,
                "bid": round(1 + 3 * ((n * 0.618) % 1), 2),
            }
        }
    rows = tables(play(changes, base, seed=seed))["platforms"]
    return rows["spend"].sum() / (rows["clicks"] - rows["overdelivery"]).sum()


@pytest.mark.parametrize(
    ("cheap", "dear"),
    [
        ({"platforms.mall.ad_slots": 6}, {"platforms.mall.ad_slots": 1}),
        ({"platforms.mall.visits_per_day": 2.0}, {"platforms.mall.visits_per_day": 0.3}),
        ({"bidders": 3}, {"bidders": 12}),
        ({"budget": 15}, {"budget": 600}),
        (
            {"platforms.mall.auction": {"reserve": 0.05}},
            {"platforms.mall.auction": {"reserve": 2.6}},
        ),
    ],
    ids=["slots", "visits", "bidders", "budget", "reserve"],
)
def test_price_is_demand_over_supply(cheap: dict[str, Any], dear: dict[str, Any]) -> None:
    for seed in (1, 2, 3):
        assert price_per_click(dict(cheap), seed) < price_per_click(dict(dear), seed)
