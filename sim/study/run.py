"""One run: from a loaded scenario to a complete run folder."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.engine.columns import SCHEMA_VERSION
from sim.engine.folder import new_folder, refuse_existing, write_json, write_tables
from sim.engine.model import Market
from sim.engine.recorder import results_digest
from sim.kernel import is_warm, mark_warm
from sim.scenario.load import Loaded, dump
from sim.study.metrics import summarise
from sim.study.question import answered, understand
from sim.study.report import write_report

Progress = Callable[..., None]
PACKAGES = ("flowtribe", "mesa", "numba", "numpy", "duckdb", "pydantic", "networkx", "plotly")


@dataclass(frozen=True)
class RunResult:
    """Where a run lies and what it found."""

    folder: Path
    summary: dict[str, Any]
    manifest: dict[str, Any]


def default_folder(loaded: Loaded, seed: int, root: Path = Path("runs")) -> Path:
    """Return ``runs/<name>/<first 8 of the scenario's digest>-s<seed>``."""
    return root / loaded.scenario.name / f"{loaded.digest[:8]}-s{seed}"


def run(
    loaded: Loaded,
    *,
    seed: int | None = None,
    days: int | None = None,
    out: Path | None = None,
    threads: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Simulate a scenario and write its folder.

    Args:
        loaded: the scenario with its places.
        seed: instead of the scenario's.
        days: instead of the scenario's.
        out: folder of the run; left out: ``default_folder``.
        threads: threads for the kernels; results are the same for any number.
        force: replace a former run in the same place.
        progress: called with ``"compile"``, ``"build"``, ``"day"`` (day=, days=, consumers=) and
            ``"write"``.

    Raises:
        ScenarioError: the scenario cannot be built, asks for what no run has, or the folder exists.
        RunError, StrategyError: a stage or a strategy failed; nothing is left behind.
        OSError: the disk is full; nothing is left behind.
    """
    tell = progress or (lambda event, **info: None)
    if days is not None:
        loaded = replace(loaded, scenario=loaded.scenario.model_copy(update={"days": days}))
    chosen = loaded.scenario.seed if seed is None else seed
    folder = out or default_folder(loaded, chosen)
    refuse_existing(folder, force)
    understand(loaded)
    if not is_warm():
        tell("compile")
    tell("build")
    start = time.perf_counter()
    market = Market(loaded, seed=chosen, threads=threads, collect=False)
    build_s = time.perf_counter() - start
    consumers = market.world.count
    loop = time.perf_counter()
    while market.running:
        market.step()
        tell("day", day=market.day, days=market.days, consumers=consumers)
    loop_s = time.perf_counter() - loop
    mark_warm()
    tell("write")
    return _write(market, folder, threads, start, build_s, loop_s)


def _write(
    market: Market, folder: Path, threads: int, start: float, build_s: float, loop_s: float
) -> RunResult:
    loaded, consumers = market.loaded, market.world.count
    tables = market.recorder.tables()
    summary = summarise(tables, loaded.scenario)
    summary["question"] = answered(tables, loaded.scenario)
    with new_folder(folder) as temporary:
        (temporary / "scenario.yaml").write_text(dump(loaded.scenario), encoding="utf-8")
        write_tables(temporary, tables)
        write_json(temporary / "summary.json", summary)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "status": "complete",
            "name": loaded.scenario.name,
            "seed": market.run_seed,
            "scenario_sha256": loaded.digest,
            "results_sha256": results_digest(tables),
            "consumers": consumers,
            "days": market.days,
            "threads": threads,
            "wall_s": round(time.perf_counter() - start, 3),
            "consumer_days_per_s": round(consumers * market.days / max(loop_s, 1e-9)),
            "stage_s": {"build": round(build_s, 3)}
            | {name: round(seconds, 3) for name, seconds in market.stage_s.items()},
            "peak_rss_mb": round(_peak_rss_mb(), 1),
            "versions": {"python": sys.version.split()[0]}
            | {name: version(name) for name in PACKAGES},
        }
        write_json(temporary / "manifest.json", manifest)
        write_report(temporary)
    return RunResult(folder, summary, manifest)


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
