"""Shipped scenarios played in small, for tests of what they claim."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from sim.engine.model import Market
from sim.scenario.load import load
from sim.study.metrics import margin, marketing, running, summarise
from sim.study.tables import Panel

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"


@functools.cache
def run(name: str, seed: int, *overrides: str) -> Market:
    """A shipped scenario, played to its end."""
    market = Market(load(SCENARIOS / f"{name}.yaml", overrides), seed=seed, collect=False)
    while market.running:
        market.step()
    return market


@functools.cache
def summary(name: str, seed: int, *overrides: str) -> dict[str, Any]:
    """The summary of such a run, its camps by name."""
    market = run(name, seed, *overrides)
    found = summarise(market.recorder.tables(), market.loaded.scenario)
    return {**found, "camps": {camp["name"]: camp for camp in found["camps"]}}


def summed(market: Market, camp: str, column: str, first: int = 0, last: int | None = None) -> int:
    """A column of the merchants' series, over a camp and the days from ``first`` to ``last``."""
    panel = Panel(market.recorder.tables()["merchants"], market.days)
    return int(panel.flow(column)[first:last, panel.camp == camp].sum())


def earned(market: Market, camp: str, first: int = 0, last: int | None = None) -> float:
    """Profit of a camp in yuan, as reports have it."""
    panel = Panel(market.recorder.tables()["merchants"], market.days)
    daily = margin(panel) - marketing(panel) - running(panel)
    return float(daily[first:last, panel.camp == camp].sum()) / 100
