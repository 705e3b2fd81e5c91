"""Tiny worlds for the tests of the engine: the production builders with a small scenario.

A market of 2,000 people and 40 days runs in about a tenth of a second, so tests play whole
markets rather than invent states that cannot occur.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.engine.model import Market
from sim.engine.recorder import results_digest
from sim.kernel import Threads
from sim.steps.day import Counts, Day
from sim.world.world import World

ONE = Threads(1)

# Much happens to few people: they need, follow, talk, take part and leave far more often than by
# default. Every law is written down, so that tests do not move when defaults are calibrated.
PRODUCT = {"price": 129, "unit_cost": 60, "quality": 0.6, "breadth": 2.0, "spirit": 1.0}
COMMUNITY = {
    "staff": 2,
    "members_per_staff": 20,
    "wage": 100,
    "sales_posts": 0.3,
    "integration": 0.3,
    "integration_spend": 20,
    "conversion": 0.5,
    "conversion_cost": 3,
}
BUSY: dict[str, Any] = {
    "name": "tiny",
    "days": 40,
    "check": "daily",
    "consumers": {
        "count": 2000,
        "tribes": {"count": 6},
        "need_rate": {"gamma": {"mean": 0.1, "shape": 0.7}},
    },
    "graph": {"kind": "tribal", "mean_degree": 8},
    "platforms": {
        "mall": {
            "visits_per_day": {"gamma": {"mean": 0.6, "shape": 2}},
            "search_rate": 0.6,
            "ad_slots": 2,
            "fee": 0.05,
            "auction": {"reserve": 0.30, "prior_impressions": 200},
            "click_rate": {"feed": 0.05, "search": 0.08, "notice": 0.25, "fit_share": 0.5},
            "organic": {"slots": 3},
        }
    },
    "merchants": {
        "buyer": {
            "count": 3,
            "product": {**PRODUCT},
            "operations": {"stock": 150, "cover": 10, "lead_time": 4, "cash": 200_000},
            "strategy": {"kind": "buy_traffic", "bid": 2.5, "daily_budget": 200, "target_cac": 60},
        },
        "grower": {
            "count": 2,
            "product": {**PRODUCT},
            "operations": {"stock": 150, "cover": 10, "lead_time": 4, "cash": 200_000},
            "strategy": {
                "kind": "hybrid",
                "bid": 2,
                "daily_budget": 500,
                "community": {**COMMUNITY},
                "target_cac": 60,
            },
        },
    },
    "choice": {
        "quality": 2,
        "goodwill": 1.5,
        "trust": 2,
        "friends": 1,
        "outside": 2,
        "impulse": 4,
        "consider": 0.02,
    },
    "memory": {
        "goodwill_half_life": 14,
        "impression": 0.02,
        "click": 0.15,
        "post": 0.05,
        "message": 0.15,
        "purchase": 0.4,
        "trust_step": 0.3,
        "lateness": 0.05,
        "follow_rate": 0.2,
        "return_rate": 0.1,
        "fatigue": 0.02,
        "satisfaction_noise": 0.4,
        "expectation": 0.5,
        "drift_rate": 0.02,
    },
    "groups": {
        "cap": 40,
        "critical_mass": 8,
        "activity_half_life": 4,
        "attendance": 0.5,
        "channel_reach": 0.2,
        "mute_rate": 0.1,
        "leave_rate": 0.01,
        "talk_rate": 0.3,
        "effort_half": 1,
        "sales_fatigue": 0.3,
        "trust_gain": 0.05,
        "integration_cost": 2000,
    },
    "sharing": {
        "buyer_rate": 0.6,
        "tie_probability": 0.4,
        "pass_on": 0.4,
        "tempt": 0.5,
        "good_news": 0.2,
    },
}

# What fills the tables that most markets leave empty.
EVERY_TABLE: dict[str, Any] = {
    "media": {"street": {"kind": "outdoor", "minimum_spend": 5}},
    "merchants.loud": {"strategy": {"kind": "mass_media", "daily_budget": 20}},
}


def scenario(changes: Mapping[str, Any] | None = None, base: Any = BUSY) -> dict[str, Any]:
    """Return ``base`` with values at dotted paths replaced."""
    values: dict[str, Any] = copy.deepcopy(dict(base))
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        node = values
        for part in parents:
            node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
        node[last] = copy.deepcopy(value)
    return values


def build(
    changes: Mapping[str, Any] | None = None, base: Any = BUSY, *, seed: int = 1, **more: Any
) -> Market:
    """Return a market on the morning of day 0."""
    return Market(scenario(changes, base), seed=seed, collect=False, **more)


def play(
    changes: Mapping[str, Any] | None = None, base: Any = BUSY, *, seed: int = 1, **more: Any
) -> Market:
    """Return a market that has run to its end."""
    market = build(changes, base, seed=seed, **more)
    while market.running:
        market.step()
    return market


def tables(market: Market) -> dict[str, dict[str, np.ndarray]]:
    """Return the series of a market."""
    return market.recorder.tables()


def digest(market: Market) -> str:
    """Return ``results_sha256`` of a market."""
    return results_digest(tables(market))


def total(market: Market, column: str, *, camp: str | None = None, table: str = "merchants") -> int:
    """Return the sum of a column, for one camp or for all."""
    rows = tables(market)[table]
    values = rows[column]
    return values.sum() if camp is None else values[rows["camp"] == camp].sum()


def by_day(market: Market, column: str) -> np.ndarray:
    """Return a merchants column as [days, merchants]; all merchants must be there from day 0."""
    values = tables(market)["merchants"][column]
    return values.reshape(market.day, -1)


def morning(world: World, number: int = 0) -> Day:
    """Return an empty day, until which memories have faded."""
    world.turn(number)
    return Day(world, number, Counts(len(world.firms), len(world.platforms)))


def fill(shape: np.ndarray, value: float) -> None:
    """Set all of an array (a NamedTuple's array cannot be replaced)."""
    shape[...] = value
