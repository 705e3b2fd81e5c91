"""Flowtribe: when should a merchant stop buying traffic and build a community, and how sure are we?

    YAML -> scenario -> world -> a day in eight stages -> series -> run folder -> report

Run a scenario
    ``Market(scenario, seed=1)`` is an ordinary ``mesa.Model``; ``run(load(path))`` writes a run
    folder; ``load(path)`` reads and checks a scenario.
Read results
    ``load("runs")``, or any folder of runs and sweeps, gives ``Frames``: tidy pandas frames.
Read a market
    ``fit_bass(series)``: p, q and m of Bass' model with intervals.
Write a strategy
    ``Observation`` in, ``Decision`` (and ``Pieces`` of content) out; ``check_strategy(MyClass)``
    tries it.
Call a mechanism
    ``clear_auction`` (slot auctions), ``independent_cascade``, ``linear_threshold``, ``threshold``,
    ``bass`` (diffusion on any graph), ``bounded_confidence`` (opinions), ``choose_seeds`` (where to
    start), ``build_graph`` (ties).

Names are imported when they are first used, so ``import sim`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sim.engine.model import Market
    from sim.errors import RunError, ScenarioError, SimError, StrategyError
    from sim.merchants.pieces import Pieces
    from sim.merchants.strategy import Decision, Observation
    from sim.merchants.trial import check_strategy
    from sim.scenario.schema import Scenario
    from sim.steps.auction import clear_auction
    from sim.steps.diffusion import bass, independent_cascade
    from sim.steps.drift import bounded_confidence
    from sim.steps.seeding import Seeds, choose_seeds
    from sim.steps.thresholds import linear_threshold, threshold
    from sim.study.bass_fit import BassFit, fit_bass
    from sim.study.frames import Frames, load
    from sim.study.run import RunResult, run
    from sim.world.graph.build import build_graph

_HOME = {
    "Market": "sim.engine.model",
    "RunResult": "sim.study.run",
    "run": "sim.study.run",
    "RunError": "sim.errors",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "StrategyError": "sim.errors",
    "Pieces": "sim.merchants.pieces",
    "Decision": "sim.merchants.strategy",
    "Observation": "sim.merchants.strategy",
    "check_strategy": "sim.merchants.trial",
    "BassFit": "sim.study.bass_fit",
    "fit_bass": "sim.study.bass_fit",
    "Frames": "sim.study.frames",
    "load": "sim.study.frames",
    "Scenario": "sim.scenario.schema",
    "clear_auction": "sim.steps.auction",
    "bass": "sim.steps.diffusion",
    "bounded_confidence": "sim.steps.drift",
    "independent_cascade": "sim.steps.diffusion",
    "linear_threshold": "sim.steps.thresholds",
    "threshold": "sim.steps.thresholds",
    "Seeds": "sim.steps.seeding",
    "choose_seeds": "sim.steps.seeding",
    "build_graph": "sim.world.graph.build",
}

__all__ = [
    "BassFit",
    "Decision",
    "Frames",
    "Market",
    "Observation",
    "Pieces",
    "RunError",
    "RunResult",
    "Scenario",
    "ScenarioError",
    "Seeds",
    "SimError",
    "StrategyError",
    "__version__",
    "bass",
    "bounded_confidence",
    "build_graph",
    "check_strategy",
    "choose_seeds",
    "clear_auction",
    "fit_bass",
    "independent_cascade",
    "linear_threshold",
    "load",
    "run",
    "threshold",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
