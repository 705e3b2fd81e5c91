"""Family: size: what a small market can say of a large one.

Everybody in a market at ``scale`` s stands for 1 / s people. In a market in which nobody learns
and no budget for ads binds, figures per head, shares and prices must be the same at every size but
for luck: every setting, down to critical masses of groups and head starts of newcomers, is
multiplied, or left alone, as it should be.

What a platform learns of merchants does depend on numbers. It ranks by click rates that it has
seen; of merchants who are alike the luckiest come first, by about 1 / sqrt(N) for N people. The
price of a click, bid x quality of the next / own quality, is too low by as much; that is measured
apart, because its limit is known: the bid. The flagship, in which all of this is at work, is set
beside itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.check.flagship import FLAGSHIP
from sim.check.measured import Check, Effort, Found, Point, curve, few_point
from sim.engine.model import Market
from sim.study.tables import Tables

FAMILY = "size"
LARGE = 100_000
SHOP = {"cash": 300_000, "stock": 3000, "lead_time": 3, "overhead": 300}
TEAM = {
    "staff": 6,
    "members_per_staff": 60,
    "first_staff": 2,
    "wage": 200,
    "sales_posts": 0.3,
    "content_posts": 0.3,
    "conversion": 0.8,
    "integration_spend": 100,
}
NO_LEARNING = {"pacing": "none", "prior_impressions": 1e12}
STEADY: dict[str, Any] = {
    "name": "sizes",
    "days": 20,
    "consumers": {
        "count": LARGE,
        "need_rate": 0.05,
        "tribes": {"count": 4, "size_exponent": 0},
    },
    "graph": {"kind": "random", "mean_degree": 8},
    "platforms": {
        "mall": {
            "visits_per_day": 0.4,
            "ad_slots": 2,
            "rent": 200,
            "auction": NO_LEARNING,
            "organic": {"slots": 2, "velocity_weight": 1.5, "head_start": 30},
        }
    },
    "media": {"paper": {"kind": "newspaper", "minimum_spend": 500}},
    "merchants": {
        "cheap": {
            "product": {"price": 119},
            "operations": SHOP,
            "shop": {"cost": 500},
            "launch": {"seeds": 1000, "cost": 20},
            "strategy": {
                "kind": "buy_traffic",
                "mode": "constant",
                "bid": 1.2,
                "daily_budget": 1e6,
            },
        },
        "dear": {
            "product": {"price": 139},
            "operations": SHOP,
            "persona": {"appeal": 0.2, "spend": 200},
            "strategy": {
                "kind": "buy_traffic",
                "mode": "constant",
                "bid": 1.6,
                "daily_budget": 1e6,
            },
        },
        "grower": {
            "operations": SHOP,
            "strategy": {
                "kind": "hybrid",
                "bid": 2,
                "target_cac": 0,
                "daily_budget": 1e5,
                "community_share": 0.3,
                "community": TEAM,
            },
        },
        "known": {
            "operations": SHOP,
            "strategy": {"kind": "mass_media", "daily_budget": 1400},
        },
    },
    "groups": {"cap": 200, "critical_mass": 40},
    "choice": {"outside": 4, "impulse": 5},
}
"""Nobody learns and no budget for ads binds; all else that is multiplied with the size is there."""

BID = 2000
CERTAIN = {"fit_share": 0, "position_decay": 1, "feed": 0.5, "notice": 1}
EQUALS: dict[str, Any] = {
    "name": "equals",
    "days": 10,
    "consumers": {"count": LARGE, "tribes": {"count": 4, "size_exponent": 0}},
    "graph": {"kind": "random", "mean_degree": 4},
    "memory": {"fatigue": 0},
    "groups": {"cap": 1000},
    "platforms": {
        "mall": {
            "visits_per_day": 8,
            "search_rate": 0,
            "ad_slots": 7,
            "auction": {"pacing": "none", "reserve": 0.1, "prior_impressions": 20_000},
            "click_rate": CERTAIN,
        }
    },
    "merchants": {
        "shop": {
            "count": 8,
            "operations": {"cash": 10**11, "stock": 10**6},
            "strategy": {
                "kind": "buy_traffic",
                "mode": "constant",
                "bid": f"{BID // 100} CNY",
                "daily_budget": 10**9,
            },
        }
    },
}
"""Merchants who are alike to everybody: what the platform learns of their differences is luck."""

TOUCHES = ("paid", "organic", "media", "community", "direct")
_SEEDS = {10.0: 3, 1.0: 3, 0.1: 3, 0.01: 3}
TRUSTED = (
    "orders per head",
    "clicks per head",
    "price of a click",
    "gross cost of a customer",
    "orders by touch, paid",
    "share of orders, buyer",
)
BESIDE = "the flagship"
NOTE = (
    "Of the flagship, in which platforms and merchants learn and budgets bind, first month; three"
    " seeds, the same at every size."
)


def played(scenario: dict[str, Any], scale: float, seed: int) -> tuple[Tables, int]:
    """Run a market at a scale; return its tables and its people."""
    market = Market({**scenario, "scale": scale}, seed=seed, collect=False)
    while market.running:
        market.step()
    tables, people = market.recorder.tables(), market.world.count
    market.close()
    return tables, people


def figures(tables: Tables, people: int) -> dict[str, float]:
    """Return figures per head, shares and prices of a run."""
    merchants, clicks = tables["merchants"], float(tables["platforms"]["clicks"].sum())
    days = int(merchants["day"][-1]) + 1
    orders, spend = float(merchants["orders"].sum()), float(merchants["spend_ads"].sum())
    bought = spend + sum(float(merchants[c].sum()) for c in ("spend_media", "spend_community"))
    last = merchants["day"] == days - 1
    found = {
        "orders per head": orders / people / days,
        "clicks per head": clicks / people / days,
        "price of a click": spend / float(merchants["clicks"].sum()),
        "gross cost of a customer": bought / float(merchants["new_customers"].sum()),
        "members per head": float(merchants["members"][last].sum()) / people,
    }
    for touch in TOUCHES:
        found[f"orders by touch, {touch}"] = float(merchants[f"orders_{touch}"].sum()) / orders
    camps = merchants["camp"].astype(str)
    for camp in dict.fromkeys(camps):
        mine = camps == camp
        found[f"share of orders, {camp}"] = float(merchants["orders"][mine].sum()) / orders
        found[f"cash per head, {camp}"] = float(merchants["cash"][last & mine].sum()) / people
    return found


def compared(
    scenario: dict[str, Any], seeds: dict[float, int], first: int
) -> dict[tuple[str, float], np.ndarray]:
    """Run a market at several scales, the first of ``seeds`` the largest; return by figure and
    scale what the small one gives as a share of the large one's mean, seed by seed [%].

    The same seed has the same tribes and products at every size, so differences are taken by seed.
    A figure that the large market does not have is NaN, and agrees with nothing.
    """
    runs = {
        scale: [figures(*played(scenario, scale, first + n)) for n in range(count)]
        for scale, count in seeds.items()
    }
    large, *small = runs
    out = {}
    for name in runs[large][0]:
        whole = float(np.mean([run[name] for run in runs[large]]))
        for scale in small:
            both = zip(runs[scale], runs[large], strict=False)
            off = np.array([a[name] - b[name] for a, b in both])
            out[name, scale] = 100 + 100 * off / (whole or math.nan)
    return out


def sizes(effort: Effort) -> Found:
    """Compare the figures of a steady market at several sizes; set the flagship beside itself."""
    if effort.quick:
        seeds = dict.fromkeys((0.4, 0.04), effort.runs(40, least=8))
    else:
        seeds = {10.0: 8, 1.0: 16, 0.1: 16}
    large, *small = seeds
    points = [
        few_point(f"{name}, {_people(scale)}", 100.0, ratios, _log_people(scale))
        for (name, scale), ratios in compared(STEADY, seeds, effort.seed).items()
    ]
    aside = [] if effort.quick or not FLAGSHIP.exists() else in_the_flagship(effort.seed)
    ends = [_log_people(scale) for scale in (min([*small, *_SEEDS] if aside else small), large)]
    same = curve("the same at every size", ends, [100.0, 100.0])
    return Found(
        tuple(points),
        "people (powers of 10)",
        "% of what the largest market gives",
        (same,),
        beside=tuple(aside),
        note=NOTE if aside else "",
    )


def in_the_flagship(seed: int) -> list[Point]:
    """Return the flagship's figures at several sizes, as a share of those of a million people."""
    scenario = {"extends": str(FLAGSHIP), "name": "flagship", "days": 30, "question": None}
    return [
        few_point(f"flagship: {name}, {_people(scale)}", 100.0, ratios, _log_people(scale), BESIDE)
        for (name, scale), ratios in compared(scenario, _SEEDS, seed).items()
        if name in TRUSTED
    ]


def _people(scale: float) -> str:
    return f"{round(scale * LARGE):,} people"


def _log_people(scale: float) -> float:
    return math.log10(scale * LARGE)


def flattery(scale: float, seed: int) -> float:
    """Return by how much the price of a click lies below the bid that all make alike."""
    tables, _ = played(EQUALS, scale, seed)
    merchants = tables["merchants"]
    return 1 - float(merchants["spend_ads"].sum() / merchants["clicks"].sum()) / BID


def ranking_luck(effort: Effort) -> Found:
    """Measure what learning costs at several sizes, and hold it against 1 / sqrt(N)."""
    scales = (0.005, 0.02) if effort.quick else (0.005, 0.02, 0.08)
    seeds = range(effort.seed, effort.seed + effort.runs(24, least=8))
    drawn = [100 * np.array([flattery(scale, seed) for seed in seeds]) for scale in scales]
    roots = [1 / math.sqrt(scale * LARGE) for scale in scales]
    slope = _through_origin(roots, drawn)
    points = tuple(
        few_point(_people(scale), slope * root, values, root)
        for scale, root, values in zip(scales, roots, drawn, strict=True)
    )
    line = curve("c / √people", [0.0, max(roots)], [0.0, slope * max(roots)])
    note = "The line goes through 0; its slope is the one that fits all sizes best."
    title = "price of a click below the bid, %"
    return Found(points, "1 / √people", title, (line,), note=note)


def _through_origin(xs: Sequence[float], drawn: Sequence[np.ndarray]) -> float:
    """Return the slope of the line through 0, weighted by how sure each mean is."""
    weight = [len(values) / float(values.var(ddof=1)) for values in drawn]
    up = sum(w * x * float(v.mean()) for w, x, v in zip(weight, xs, drawn, strict=True))
    return up / sum(w * x * x for w, x in zip(weight, xs, strict=True))


CHECKS = (
    Check(
        "sizes",
        FAMILY,
        "One person may stand for many: figures per head, shares and prices stay as they are.",
        "the same market at another size",
        sizes,
    ),
    Check(
        "ranking-luck",
        FAMILY,
        "What a platform takes for merit and is luck falls with the root of the number of people.",
        "central limit theorem: a rate learned from n is off by 1 / √n",
        ranking_luck,
    ),
)
