"""The flagship scenario as shipped, or at another size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.check.order_log import (
    COHORT,
    HORIZON,
    LAST,
    Log,
    Repeats,
    count_repeats,
    first_days,
    make_log,
    take,
)
from sim.engine.model import Market
from sim.scenario.load import load

FLAGSHIP = Path(__file__).resolve().parents[2] / "scenarios" / "traffic_vs_community.yaml"
PEOPLE = 100_000
"""Consumers of the flagship as shipped."""

AWAY = "needs scenarios/traffic_vs_community.yaml, which is not here"
"""Why nothing is measured where the package is installed without the scenarios."""


def flagship(people: int, days: int, seed: int, *overrides: str) -> Market:
    """Build the flagship for so many people: fewer than it ships stand for all of them (``scale``),
    and more come to the merchants there are."""
    part = people / PEOPLE
    size = f"scale={part}" if part < 1 else f"consumers.count={people}"
    return Market(load(FLAGSHIP, [size, *overrides]), seed=seed, days=days, collect=False)


def shop_log(market: Market, days: int = HORIZON) -> tuple[Log, int]:
    """Run a market; return the log of (consumer and merchant) pairs, and how many pairs there are.

    CDNOW's log is one shop's, so here everybody is a customer of each shop they buy from.
    """
    pairs, when = [], []
    relations, merchants = market.world.relations, len(market.world.firms)
    for number in range(days):
        market.step()
        who, slot = np.nonzero(relations.bought == number)
        pairs.append(who * merchants + relations.merchant[who, slot])
        when.append(np.full(len(who), number))
    known, number_of = np.unique(np.concatenate(pairs), return_inverse=True)
    return make_log(number_of, np.concatenate(when)), len(known)


def shop_cohort(log: Log, pairs: int, start: int = 0) -> tuple[Repeats, Repeats]:
    """Return repeats at the shop of who first bought there in twelve weeks from day ``start``:
    until 39 weeks after ``start``, as the data count them, and within 39 weeks of each one's first
    order."""
    first = first_days(log, pairs)
    members = (first >= start) & (first < start + COHORT)
    last = start + LAST
    until = take(count_repeats(log, first, np.maximum(first, last)), members)
    full = take(count_repeats(log, first, first + LAST + 1), members)
    return until, full
