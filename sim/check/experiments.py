"""Experiments on a market: the same luck, but for what one changes.

A change of budgets for some days is an event, written into a copy of the scenario. Since every run
draws the same luck, what differs afterwards is what the change did (and what that led to).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.model import Market
from sim.errors import ScenarioError, Where
from sim.scenario.checked import Loaded
from sim.scenario.resolved import resolved
from sim.scenario.units import format_money
from sim.scenario.vary import vary
from sim.study.tables import Tables

ONE = "one_alone"
"""Camp of the merchant whose ads alone are changed."""

WEEK = 7


@dataclass(frozen=True)
class Window:
    """Days ``first`` .. ``first + days - 1`` of a run of ``length`` days."""

    first: int
    days: int
    length: int

    @property
    def last(self) -> int:
        """The day after the last."""
        return self.first + self.days


def set_apart(base: Loaded, camp: str) -> Loaded:
    """Return the scenario with one merchant of a camp in a camp of its own."""
    group = base.scenario.merchants[camp]
    alone = {**resolved(group, base.scenario.currency), "count": 1}
    rest = {f"merchants.{camp}.count": group.count - 1}
    return vary(base, {**rest, f"merchants.{ONE}": alone})


def budgets_changed(base: Loaded, camps: Sequence[str], factor: float, when: Window) -> Loaded:
    """Return the scenario with the daily budgets of some camps changed during a window."""
    scenario = base.scenario
    during, after = {}, {}
    for camp in camps:
        path = f"merchants.{camp}.strategy.daily_budget"
        budget = getattr(scenario.merchants[camp].strategy, "daily_budget", 0)
        during[path] = format_money(round(budget * factor), scenario.currency)
        after[path] = format_money(budget, scenario.currency)
    events: list[Any] = resolved(scenario, scenario.currency)["events"]
    new = [{"day": when.first, "set": during}, {"day": when.last, "set": after}]
    return vary(base, {"events": events + new})


def play(loaded: Loaded, days: int, seed: int) -> Tables:
    """Run a scenario; return its tables."""
    market = Market(loaded, seed=seed, days=days, collect=False)
    while market.running:
        market.step()
    tables = market.recorder.tables()
    market.close()
    return tables


def daily(tables: Tables, column: str, camp: str = "") -> np.ndarray:
    """Return a column of the merchants' table by day, of one camp or all, float64[T]."""
    merchants = tables["merchants"]
    mine = merchants["camp"].astype(str) == camp if camp else slice(None)
    length = int(merchants["day"][-1]) + 1
    return np.bincount(merchants["day"][mine], merchants[column][mine], length)


def with_budgets(base: Loaded) -> list[str]:
    """Return the camps whose strategy has a daily budget, the first the one to look at.

    Raises:
        ScenarioError: there is none.
    """
    found = [
        name
        for name, group in base.scenario.merchants.items()
        if group.count > 0 and getattr(group.strategy, "daily_budget", 0) > 0
    ]
    if not found:
        raise ScenarioError(Where(base.file), "no merchant has a daily budget", "give one some")
    return found


def jackknife(up: np.ndarray, down: np.ndarray) -> tuple[float, float]:
    """Return the ratio of two means over seeds, and its standard error (Quenouille 1956)."""
    count, ratio = len(up), float(up.mean() / down.mean())
    left_out = (up.sum() - up) / (down.sum() - down)
    spread = float(((left_out - left_out.mean()) ** 2).sum())
    return ratio, math.sqrt(spread * (count - 1) / count)


def adstock_regression(tables: Tables) -> tuple[float, float]:
    """Return the elasticity of a week's orders to its ad spend, short and long run, as studies
    estimate it: log orders on log spend and last week's log orders, a constant for every merchant
    (Koyck 1954). Weeks without spend or orders, and the first, are left out.
    """
    merchants = tables["merchants"]
    weeks = (int(merchants["day"][-1]) + 1) // WEEK
    here = merchants["day"] < weeks * WEEK
    who, number = np.unique(merchants["merchant"][here].astype(str), return_inverse=True)
    cell = number * weeks + merchants["day"][here] // WEEK
    orders, spend = (
        np.bincount(cell, merchants[column][here], len(who) * weeks).reshape(len(who), weeks)
        for column in ("orders", "spend_ads")
    )
    ups, sides = [], []
    for mine, paid in zip(orders, spend, strict=True):
        use = np.flatnonzero((paid[1:] > 0) & (mine[1:] > 0) & (mine[:-1] > 0)) + 1
        if len(use) > 2:
            up, side = np.log(mine[use]), np.log(np.stack([paid[use], mine[use - 1]], axis=1))
            ups.append(up - up.mean())
            sides.append(side - side.mean(axis=0))
    short, kept = np.linalg.lstsq(np.concatenate(sides), np.concatenate(ups), rcond=None)[0]
    return float(short), float(short / (1 - kept))
