"""What everybody knows of everybody: who sold most in the last 30 days, and what ways there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.merchants.strategy import Strategy, make_strategy
from sim.merchants.views import Rank
from sim.scenario.schema import Scenario
from sim.world.world import World

MOST = 50  # lines of the list


def best_sellers(world: World, sold: np.ndarray) -> tuple[Rank, ...]:
    """Return the merchants in business who sold most, int64[M], and whose way each follows."""
    order = np.argsort(-sold, kind="stable")
    best = order[(world.in_business & (sold > 0))[order]][:MOST]
    return tuple(Rank(world.firms[m].name, str(world.ways[m]), int(sold[m])) for m in best)


def ways_besides(kind: str, scenario: Scenario) -> dict[str, Callable[[], Strategy]]:
    """Return how to make the strategy of every camp but those of a ``kind``."""
    others = {name: group.strategy for name, group in scenario.merchants.items()}
    return {name: partial(make_strategy, s) for name, s in others.items() if s.kind != kind}
