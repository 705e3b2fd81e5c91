"""Run a list of trials into a folder, whatever runs them, and return one table.

Whatever was finished before is not run again; whatever is cut short goes on when the same call is
made again. The table is the same for any backend, number of workers, and history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from sim.errors import RunError, ScenarioError, Where
from sim.scenario.checked import Loaded
from sim.scenario.load import dump
from sim.study.sweep.attempt import Job, Note, Receipt
from sim.study.sweep.local import LocalBackend
from sim.study.sweep.metric import Metric
from sim.study.sweep.parts import FAILED, Outcome, read_parts
from sim.study.sweep.results import FIXED, count, paths_of, table_of, write_results
from sim.study.sweep.store import (
    Design,
    Shard,
    locked,
    manifest_of,
    parts_of,
    prepare,
    read_manifest,
    refuse_foreign,
    this_engine,
    write_manifest,
)
from sim.study.sweep.trial import Trial
from sim.study.tables import Array

SETTLE = 90.0
"""Seconds in which a network file system shows what another machine has written."""

Progress = Callable[..., None]
"""Called with ``"plan"`` (trials=, todo=, societies=, done=), ``"estimate"`` (seconds=),
``"trial"`` (done=, failed=, running=, todo=, receipt=) and ``"write"``; done and failed count from
the start of the design."""


class Backend(Protocol):
    """Who runs trials: ``LocalBackend`` or ``DaskBackend``."""

    dashboard: str

    def estimate(self, job: Job, trials: Sequence[Trial]) -> float:
        """Return the seconds that trials will take; NaN if unknown."""

    def run(
        self,
        job: Job,
        trials: Sequence[Trial],
        note: Note,
        stop: Callable[[], bool],
    ) -> None:
        """Run trials, writing outcomes into ``job.folder``; call ``note`` with every receipt."""

    def close(self) -> None:
        """End what was started."""


def run_trials(
    trials: Sequence[Trial],
    metrics: Sequence[Metric],
    folder: Path,
    *,
    base: Loaded,
    backend: Backend | None = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    about: Mapping[str, Any] | None = None,
    shard: Shard | None = None,
    most: int | None = None,
    extend: bool = False,
    retry: bool = False,
    estimate: bool = False,
) -> dict[str, Array]:
    """Run trials and write their table to ``folder/results.parquet``.

    Args:
        trials: from ``make_trial``, numbered from 0 in order.
        metrics: what each reports.
        folder: of the sweep; made if it is not there, gone on with if it holds these trials.
        base: the scenario that the trials change.
        backend: who runs them; left out: one process on this machine. It is not closed.
        progress: see ``Progress``.
        stop: asked before every trial; true ends the call early, with what is finished.
        about: what the manifest shall tell about the design (method, parameters).
        shard: run only this part of the trials, and write no table.
        most: run at most so many trials in this call.
        extend: accept a folder whose trials are the first of these.
        retry: run failed trials again.
        estimate: time the first days of the first trial and tell ``progress`` how long all take.

    Returns:
        Columns by name, one row per finished trial in order of numbers: ``trial``, ``seed``,
        ``key``, changed paths, metrics (NaN where undefined), ``status``, ``reason``, ``stage``.

    Raises:
        ScenarioError: the folder is of another design, or somebody works in it.
        OSError: the disk is full; what was finished stays, the same call goes on.
        RunError: workers cannot be started.
    """
    tell = progress or (lambda event, **info: None)
    design = _design(trials, metrics, about)
    folder = folder.absolute()
    refuse_foreign(folder)
    with locked(folder, shard):
        prepare(folder, design, dump(base.scenario), extend=extend)
        outcomes, _ = read_parts(folder)
        todo = _todo(design, outcomes, shard, most, retry)
        done, failed = count(outcomes, design)
        societies = len({trial.society for trial in todo})
        tell("plan", trials=len(trials), todo=len(todo), societies=societies, done=done)
        if todo:
            job = Job(_portable(base), design.metrics, folder, engine=this_engine())
            runner = backend or LocalBackend()
            try:
                if estimate:
                    tell("estimate", seconds=runner.estimate(job, todo))
                heard: set[str] = set()
                note = _counter(tell, done, failed, len(todo), heard)
                runner.run(job, todo, note, stop or _never)
            finally:
                if backend is None:
                    runner.close()
            outcomes = _settled(folder, heard)
        table = table_of(design, outcomes)
        if shard is None:
            tell("write")
            _finish(folder, design, outcomes, table)
    return table


def collect(folder: Path, design: Design) -> dict[str, Array]:
    """Write the table of a folder that shards have worked on; return it.

    Raises:
        ScenarioError: somebody works in it.
    """
    with locked(folder, None):
        outcomes, _ = read_parts(folder)
        table = table_of(design, outcomes)
        _finish(folder, design, outcomes, table)
    return table


def _design(
    trials: Sequence[Trial], metrics: Sequence[Metric], about: Mapping[str, Any] | None
) -> Design:
    names = [*FIXED, *paths_of(trials), *(metric.name for metric in metrics)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ScenarioError(
            Where("<metrics>"),
            f"two columns of the results would be called {twice!r}",
            "give the metric another name",
        )
    return Design(tuple(trials), tuple(metrics), dict(about or {}))


def _todo(
    design: Design,
    outcomes: Mapping[str, Outcome],
    shard: Shard | None,
    most: int | None,
    retry: bool,
) -> list[Trial]:
    mine = shard.of(design.distinct()) if shard is not None else design.distinct()
    finished = {key for key, o in outcomes.items() if not (retry and o.status == FAILED)}
    return [trial for trial in mine if trial.key not in finished][:most]


def _portable(base: Loaded) -> Loaded:
    """Return the base with a folder that means the same to a worker elsewhere."""
    return replace(base, folder=base.folder.absolute())


def _never() -> bool:
    return False


def _settled(folder: Path, heard: set[str]) -> dict[str, Outcome]:
    """Return all outcomes; wait for those that other machines have written a moment ago.

    Raises:
        RunError: outcomes that were reported do not appear.
    """
    end = time.monotonic() + SETTLE
    while True:
        outcomes, _ = read_parts(folder)
        if heard <= outcomes.keys():
            return outcomes
        if time.monotonic() > end:
            missing = len(heard - outcomes.keys())
            raise RunError(f"{missing} outcomes do not appear in {folder}; is its disk shared?")
        time.sleep(0.5)


def _counter(tell: Progress, done: int, failed: int, todo: int, heard: set[str]) -> Note:
    """Return what keeps count of receipts and tells progress; keys are added to ``heard``."""
    counts = {"done": done, "failed": failed, "todo": todo}

    def note(receipt: Receipt, running: int) -> None:
        heard.add(receipt.key)
        counts["failed" if receipt.status == FAILED else "done"] += 1
        counts["todo"] -= 1
        tell("trial", running=running, receipt=receipt, **counts)

    return note


def _finish(
    folder: Path, design: Design, outcomes: Mapping[str, Outcome], table: dict[str, Array]
) -> None:
    write_results(folder, table, design)
    done, failed = count(outcomes, design)
    whole = done + failed == len(design.trials)
    manifest = {
        **manifest_of(design),
        "engine": read_manifest(folder)["engine"],
        "status": "complete" if whole else "partial",
        "done": done,
        "failed": failed,
        "parts": parts_of(folder),
    }

    write_manifest(folder, manifest)
