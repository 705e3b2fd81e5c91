"""Comparisons without runs: outcomes drawn from what a test wants to be true."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import Where
from sim.scenario.tree import from_python
from sim.study.compare.conduct import BreakEvenMap, Comparison
from sim.study.compare.outcomes import Outcomes
from sim.study.compare.spec import Asked, benchmark_of
from sim.study.compare.tournament import mixes, play

ARMS = ("buy_traffic", "cultivate_community", "hybrid")
SCENARIO: dict[str, Any] = {
    "name": "tiny",
    "days": 60,
    "consumers": {"count": 200},
    "platforms": {"mall": {}},
    "merchants": {
        "shop": {"count": 2, "strategy": {"kind": "hybrid", "daily_budget": 300}},
        "rival": {"strategy": {"kind": "buy_traffic"}},
    },
}


def asked(**more: Any) -> Asked:
    """A benchmark of the tiny scenario."""
    spec = {"name": "town", "base": SCENARIO, "focus": "shop", "arms": list(ARMS), **more}
    return benchmark_of(from_python(spec, Where("bench.yaml", 1, 1)), "bench.yaml", Path("."))


def comparison(
    means: Sequence[float] = (0.1, 0.3, -0.1),
    *,
    seeds: int = 12,
    noise: float = 0.05,
    variants: Sequence[str] = ("as it is",),
    shift: float = 0.0,
    seed: int = 1,
    boards: bool = False,
    **more: Any,
) -> Comparison:
    """Outcomes with these means by arm, shared luck, and noise of their own.

    ``shift`` is added to the last arm in all variants but the first.
    """
    rng = np.random.default_rng(seed)
    if boards:
        more["map"] = MAP
        more["tournament"] = {"merchants": 3}
    question = asked(variants={name: {} for name in variants}, seeds=seeds, curve=30, **more)
    shape = (len(variants), len(ARMS), seeds)
    level = np.tile(np.asarray(means, float)[None, :, None], (len(variants), 1, 1))
    level[1:, -1] += shift
    luck = 0.2 * rng.normal(size=(len(variants), 1, seeds))
    main = level + luck + noise * rng.normal(size=shape)
    values = {"return_on_capital": main}
    for name, middle in (("gross_cac", 15_000), ("customer_value", 14_000), ("new_customers", 400)):
        values[name] = middle * (1 + 0.2 * level + 0.02 * rng.normal(size=shape))
    for name in ("repurchase", "owned_share"):
        values[name] = 0.5 + 0.2 * level + 0.02 * rng.normal(size=shape)
    outcomes = Outcomes(ARMS, tuple(variants), tuple(range(1, seeds + 1)), values)
    days = np.array([30.0, 60.0])
    curve = np.array([0.4 * main * 2e6 - 2e5, main * 2e6])
    return Comparison(
        question,
        outcomes,
        days,
        curve,
        {},
        map=_map(rng, seeds) if boards else None,
        tournament=_contest(rng, seeds) if boards else None,
    )


MAP = {
    "price": {
        "path": "platforms.mall.auction.reserve",
        "values": ["0.30 CNY", "2 CNY", "6 CNY"],
        "title": "reserve price, yuan per click",
    },
    "capability": {
        "path": "merchants.shop.strategy.community.integration",
        "values": ["0%", "30%", "60%", "90%"],
        "title": "Integration capability",
    },
    "arms": ["cultivate_community", "buy_traffic"],
}


def _map(rng: np.random.Generator, seeds: int) -> BreakEvenMap:
    x, y = np.array([0.3, 2.0, 6.0]), np.array([0.0, 0.3, 0.6, 0.9])
    level = 0.5 * (y[None, :] - 0.6 + 0.06 * x[:, None])
    return BreakEvenMap(
        tuple(x), tuple(y), level[:, :, None] + 0.08 * rng.normal(size=(3, 4, seeds))
    )


def _contest(rng: np.random.Generator, seeds: int) -> Any:
    counts = mixes(3, 3)
    game = np.array([[0.0, 0.3, 0.1], [0.2, 0.1, 0.15], [-0.1, 0, 0]])
    pay = np.where(counts > 0, counts / 3 @ game.T, np.nan)[:, :, None]
    return play(ARMS, counts, pay + 0.03 * rng.normal(size=(len(counts), 3, seeds)))
