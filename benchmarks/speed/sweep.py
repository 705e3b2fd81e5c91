"""Sweeps: what a trial costs beside its run, and what a second worker brings.

The run is timed as it is run alone: the market's days on people and ties that are there. The
sweep's share is everything else: changing and checking the scenario, its digest, the metrics, the
outcome on disk, the receipt, the table.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.speed.figure import Figure, in_turn
from sim.scenario.checked import Loaded
from sim.scenario.load import load
from sim.study.sweep.local import LocalBackend
from sim.study.sweep.runner import run_trials
from sim.study.sweep.trial import Trial, WorldCache, make_trial, open_market, parse_metric

QUICK = Path("scenarios/quickstart.yaml")
SHORT = ("days=5", "consumers.count=500")
LONG = ("days=200", "consumers.count=40000")
TRIALS = 60


def trials_of(base: Loaded, count: int) -> list[Trial]:
    """Return trials that differ in a fee, so that they share people and ties."""
    return [
        make_trial(base, {"platforms.mall.fee": i / 1000}, 1, number=i) for i in range(1, count + 1)
    ]


def swept(base: Loaded, trials: Sequence[Trial], pool: LocalBackend) -> float:
    """Return the wall time of a sweep in a folder of its own."""
    metrics = [parse_metric("camps.grower.profit", base.scenario)]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run_trials(trials, metrics, Path(folder), base=base, backend=pool)
        return time.perf_counter() - start


def alone(base: Loaded, count: int, worlds: WorldCache) -> float:
    """Return the wall time of as many runs, one after another."""
    start = time.perf_counter()
    for _ in range(count):
        market = open_market(base, 1, worlds)
        while market.running:
            market.step()
    return time.perf_counter() - start


def measure(full: bool) -> Iterator[Figure]:
    """Measure both."""
    base, worlds = load(QUICK, SHORT), WorldCache()
    trials = trials_of(base, TRIALS)
    with LocalBackend(1) as one, LocalBackend(2) as two:
        swept(base, trials[:2], one)
        alone(base, 1, worlds)
        cases = {
            "swept": lambda: swept(base, trials, one),
            "alone": lambda: alone(base, TRIALS, worlds),
        }
        best = in_turn(cases, 7 if full else 4)
        extra = 1000 * (best["swept"] - best["alone"]) / TRIALS
        run_ms = 1000 * best["alone"] / TRIALS
        yield Figure(f"a trial beyond its run of {run_ms:.0f} ms", extra, "ms", most=10)
        base = load(QUICK, LONG)
        trials = trials_of(base, 8)
        for pool in (one, two):
            swept(base, trials[:2], pool)
        cases = {
            "one": lambda: swept(base, trials, one),
            "two": lambda: swept(base, trials, two),
        }
        best = in_turn(cases, 4 if full else 2)
        run_s = best["one"] / len(trials)
        what = f"two workers over one, trials of {run_s:.1f} s"
        yield Figure(what, best["one"] / best["two"], "times", least=1.8)
