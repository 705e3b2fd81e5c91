"""The market that the speed benchmarks run: the core loop, and nothing beside it.

Visits, auctions of ``merchants`` bidders for three slots, needs, a memory of eight, logit choice,
orders and deliveries, word of mouth on a random graph of mean degree 10. All merchants buy traffic
with a constant bid. Communities idle (nobody follows), tastes stand still, shelves and purses are
deep; budgets bind, so that pacing works. ``MONEY`` is the same for any number of merchants.
"""

from __future__ import annotations

import time
from typing import Any

from sim.engine.model import Market

MONEY = 4  # fen a consumer and day for all merchants together
CAMPS = 20  # sorts of merchants, with different bids and prices
WARM_DAYS = 30

# Everything that decides how much happens is written down here, so that a change of the defaults
# does not change what is measured.
PEOPLE = {
    "tribes": {"count": 24, "size_exponent": 0.5, "dimensions": 4, "spread": 0.6},
    "slots": 8,
    "need_rate": {"gamma": {"mean": 0.0167, "shape": 0.7}},
    "price_sensitivity": {"lognormal": {"mean": 2, "cv": 0.4}},
    "sociability": {"beta": {"mean": 0.5, "concentration": 4}},
    "ad_tolerance": {"lognormal": {"mean": 1, "cv": 0.5}},
}
MALL = {
    "visits_per_day": 0.4,
    "search_rate": 0.6,
    "ticks_per_day": 8,
    "ad_slots": 3,
    "auction": {"rule": "gsp", "reserve": "0.30", "pacing": "throttle", "prior_impressions": 500},
    "click_rate": {
        "feed": 0.05,
        "search": 0.1,
        "position_decay": 0.8,
        "notice": 0.25,
        "fit_share": 0.5,
    },
    "organic": {"slots": 4, "price_weight": 1, "velocity_weight": 0.5},
}
LAWS: dict[str, Any] = {
    # An impression raises goodwill to 0.02; whether that alone is considered would hang on how
    # 0.02 is rounded, hence 0.03.
    "choice": {
        "quality": 2,
        "goodwill": 1.5,
        "trust": 2,
        "friends": 0.5,
        "outside": 3,
        "impulse": 6,
        "consider": 0.03,
    },
    "memory": {
        "goodwill_half_life": 21,
        "impression": 0.02,
        "click": 0.15,
        "message": 0.15,
        "purchase": 0.4,
        "trust_step": 0.3,
        "satisfaction_noise": 0.25,
        "expectation": 0.45,
        "return_rate": 0.03,
        "follow_rate": 0,
        "fatigue": 0.01,
        "fatigue_half_life": 7,
        "drift_rate": 0,
    },
    "sharing": {
        "buyer_rate": 1,
        "complaint_ratio": 2,
        "tie_probability": 0.1,
        "pass_on": 0.5,
        "tempt": 0.5,
        "good_news": 0.1,
        "bad_news": 0.15,
        "samples": 0,
    },
}


def core_scenario(consumers: int, merchants: int = CAMPS) -> dict[str, Any]:
    """Return the scenario; ``merchants`` must be a multiple of 20."""
    budget = max(1, round(MONEY * consumers / merchants))
    deep = {"cash": 10**10, "stock": 10**9, "cover": 0, "delivery": 3}

    def camp(number: int) -> dict[str, Any]:
        return {
            "count": merchants // CAMPS,
            "product": {"price": 120 + number, "quality": 0.6, "breadth": "wide", "spirit": 1},
            "operations": deep,
            "strategy": {
                "kind": "buy_traffic",
                "mode": "constant",
                "bid": f"{100 + 5 * number}e-2",
                "daily_budget": f"{budget}e-2",
            },
        }

    return {
        "name": "core_loop",
        "days": 32_000,
        "consumers": PEOPLE | {"count": consumers},
        "graph": {
            "kind": "random",
            "mean_degree": 10,
            "strength": {"inside": 1, "across": 1, "common_friends": 0},
        },
        "platforms": {"mall": MALL},
        "merchants": {f"seller{number}": camp(number) for number in range(CAMPS)},
    } | LAWS


def core_market(
    consumers: int, merchants: int = CAMPS, threads: int = 2, warm: int = WARM_DAYS
) -> Market:
    """Build the market and let ``warm`` days pass, which nobody counts."""
    scenario = core_scenario(consumers, merchants)
    market = Market(scenario, seed=1, days=1000, threads=threads, collect=False)
    for _ in range(warm):
        market.step()
    return market


def nanoseconds(market: Any, consumers: int, days: int) -> float:
    """Return the wall time of ``days`` steps of a model, in ns per consumer-day."""
    start = time.perf_counter()
    for _ in range(days):
        market.step()
    return (time.perf_counter() - start) / (days * consumers) * 1e9
