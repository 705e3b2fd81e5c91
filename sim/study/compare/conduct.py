"""Carry a comparison out: arms, then more seeds until the intervals are narrow enough, then what
else the benchmark asks for. Everything is trials of the sweep's kind, so it resumes, survives dead
workers, and is the same bytes for any number of workers."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.errors import RunError
from sim.study.compare.outcomes import Outcomes, Pair
from sim.study.compare.plan import (
    Plan,
    arms_plan,
    curve_of,
    map_plan,
    outcomes_of,
    tournament_plans,
)
from sim.study.compare.precision import MOST, Precision, next_count, seeds_for
from sim.study.compare.spec import Asked
from sim.study.compare.tournament import Tournament, play
from sim.study.sweep.runner import Backend, Progress, run_trials
from sim.study.sweep.store import DESIGN, locked, read_design
from sim.study.tables import Array, Table


@dataclass(frozen=True)
class BreakEvenMap:
    """Differences over a map, first arm less second. P prices, C capabilities, S seeds.

    differences: float[P, C, S] in the metric's unit.
    """

    prices: tuple[float, ...]
    capabilities: tuple[float, ...]
    differences: Array


@dataclass(frozen=True)
class Comparison:
    """What a benchmark found.

    days, curve: float[D] and profit so far per merchant of the focus camp, float[D, V, A, S] in
    smallest units. failed: reason → number of trials. sequential: whether seeds were added to
    reach the precision; short: pairs that miss it when the cap is met.
    """

    asked: Asked
    outcomes: Outcomes
    days: Array
    curve: Array
    failed: Mapping[str, int]
    sequential: bool = False
    short: tuple[Pair, ...] = ()
    map: BreakEvenMap | None = None
    tournament: Tournament | None = None


PARTS = ("arms", "map", "tournament")
"""Folders of trials inside a comparison's folder."""


def compare(
    asked: Asked,
    folder: Path,
    *,
    backend: Backend,
    progress: Progress | None = None,
    force: bool = False,
) -> Comparison:
    """Run a benchmark into a folder, or go on with it, and return what it found.

    ``force`` throws away what an earlier comparison left in the folder, once all is checked.

    Raises:
        ScenarioError: something in the benchmark is not allowed (before anything runs), or the
            folder is of another design.
        RunError: the run was stopped, or every trial failed.
        OSError: the disk is full.
    """
    spec = asked.spec
    seeds = list(spec.seeds) if force else _begun(asked, folder / "arms")
    arms = arms_plan(asked, seeds)
    board = map_plan(asked, spec.seeds) if spec.map else None
    contest = tournament_plans(asked, spec.seeds) if spec.tournament else None
    if force:
        _throw_away(folder)
    work = _Work(asked, folder, backend, progress)
    table = work.run(arms, "arms", "arms")
    outcomes = outcomes_of(asked, arms, table, seeds)
    while (more := _more(asked, outcomes)) > len(seeds):
        seeds += _further(seeds, more - len(seeds))
        arms = arms_plan(asked, seeds)
        table = work.run(arms, "arms", f"{len(seeds)} seeds")
        outcomes = outcomes_of(asked, arms, table, seeds)
    days, curve = curve_of(asked, arms, table)
    mapped = None if board is None else _map(asked, board, work)
    played = None if contest is None else _contest(asked, contest, work)
    return Comparison(
        asked,
        outcomes,
        days,
        curve,
        work.failed,
        len(outcomes.seeds) > len(spec.seeds),
        tuple(_missed(asked, outcomes)),
        mapped,
        played,
    )


@dataclass(frozen=True)
class _Work:
    """Where plans are run, and which failures were met: reason → trials, by part."""

    asked: Asked
    folder: Path
    backend: Backend
    progress: Progress | None
    failures: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def failed(self) -> dict[str, int]:
        """Reason → trials over all parts."""
        return dict(sum(self.failures.values(), Counter()))

    def run(self, plan: Plan, name: str, what: str) -> Table:
        """Run a plan in the folder of its name and return its table.

        Raises:
            RunError: the run was stopped, or every trial failed.
        """
        title = self.asked.spec.name
        if self.progress is not None:
            self.progress("part", what=f"{title}: {what}")
        table = run_trials(
            plan.trials,
            plan.metrics,
            self.folder / name,
            base=self.asked.base,
            backend=self.backend,
            progress=self.progress,
            about={"benchmark": title, "part": name},
            extend=True,
        )
        if len(table["trial"]) < len(plan.trials):
            done = f"{len(table['trial'])} of {len(plan.trials)}"
            raise RunError(f"{title}, {what}: {done} runs are finished; the same command goes on")
        bad = table["status"] != "done"
        self.failures[name] = Counter(map(str, table["reason"][bad]))
        if bad.all():
            raise RunError(f"{title}, {what}: every run failed: {table['reason'][0]}")
        return table


def check(asked: Asked) -> None:
    """Plan everything a benchmark asks for without running it.

    Raises:
        ScenarioError: something in it is not allowed.
    """
    two = list(asked.spec.seeds)[:2]
    arms_plan(asked, two)
    if asked.spec.map:
        map_plan(asked, two)
    if asked.spec.tournament:
        tournament_plans(asked, two)


def _begun(asked: Asked, folder: Path) -> list[int]:
    """Return the seeds to begin with: those asked for, and those that were added to them before."""
    asked_for = list(asked.spec.seeds)
    if asked.precision is None or not (folder / DESIGN).is_file():
        return asked_for
    before = list(dict.fromkeys(trial.seed for trial in read_design(folder).trials))
    grown = before[: len(asked_for)] == asked_for and len(before) <= asked.spec.most_seeds
    return before if grown else asked_for


def _throw_away(folder: Path) -> None:
    """Remove the parts of an earlier comparison; nothing but sweeps' folders is touched.

    Raises:
        ScenarioError: somebody works in one of them.
    """
    for part in PARTS:
        if (folder / part / DESIGN).is_file():
            with locked(folder / part, None):
                shutil.rmtree(folder / part)


def _map(asked: Asked, plan: Plan, work: _Work) -> BreakEvenMap:
    spec = asked.spec.map
    assert spec is not None, "planned only where there is a map"
    table = work.run(plan, "map", "break-even map")
    both = plan.folded(table, asked.spec.metric)
    differences = (both[..., 0] - both[..., 1]).transpose(1, 2, 0)
    return BreakEvenMap(spec.price.numbers, spec.capability.numbers, differences)


def _contest(asked: Asked, contest: tuple[Plan, Array], work: _Work) -> Tournament:
    plan, counts = contest
    table = work.run(plan, "tournament", "tournament")
    arms = asked.spec.contestants
    payoffs = np.stack([plan.folded(table, f"payoff.{arm}") for arm in arms], axis=-1)
    return play(arms, counts, np.where(counts[None] > 0, payoffs, np.nan).transpose(1, 2, 0))


def needed(outcomes: Outcomes, metric: str, pair: Pair, wanted: Precision) -> int:
    """Return how many seeds in all a pair needs for a precision, going by its spread so far."""
    a, b = (outcomes.of(metric, pair.variant, arm) for arm in (pair.a, pair.b))
    return seeds_for(a - b, wanted.half_width(outcomes.between(metric, *pair)))


def _missed(asked: Asked, outcomes: Outcomes) -> list[Pair]:
    wanted = asked.precision
    if wanted is None:
        return []
    pairs = outcomes.pairs(asked.spec.metric)
    return [pair for pair, found in pairs.items() if not wanted.reached(found)]


def _more(asked: Asked, outcomes: Outcomes) -> int:
    """Return how many seeds there should be: as many as now if the precision is reached."""
    now, wanted = len(outcomes.seeds), asked.precision
    missed = _missed(asked, outcomes)
    if wanted is None or not missed or now >= asked.spec.most_seeds:
        return now
    most = max(needed(outcomes, asked.spec.metric, pair, wanted) for pair in missed)
    return next_count(now, min(most, MOST), asked.spec.most_seeds)


def _further(seeds: Sequence[int], count: int) -> list[int]:
    """Return so many new seeds, going on after the largest."""
    return [max(seeds) + 1 + i for i in range(count)]
