"""Ask the simulation: every look at the curve is a few more trials of one sweep folder.

The folder grows look by look. The same question asked again finds its trials there, whatever cut it
short, and a finer tolerance only adds to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import RunError, ScenarioError, Where
from sim.study.sweep.methods import optional
from sim.study.sweep.metric import Metric
from sim.study.sweep.parts import DONE
from sim.study.sweep.runner import Backend, run_trials
from sim.study.sweep.store import MANIFEST, read_design
from sim.study.sweep.trial import Trial, make_trial
from sim.study.tables import Array
from sim.study.threshold.question import Question
from sim.study.threshold.search import Tipping, find_tipping

Progress = Callable[..., None]


def default_folder(question: Question, root: Path = Path("runs")) -> Path:
    """Return ``runs/<name>/threshold-<first 8 of the question's digest>``."""
    return root / question.base.scenario.name / f"threshold-{question.digest[:8]}"


def answer(
    question: Question,
    folder: Path,
    *,
    backend: Backend | None = None,
    progress: Progress | None = None,
) -> Tipping:
    """Find the tipping point; all trials lie in ``folder`` as a sweep.

    Args:
        question: from ``understand``.
        folder: new, or of the same question.
        backend: who runs trials; left out: one process on this machine.
        progress: see ``sim.study.sweep.runner.Progress``.

    Raises:
        ScenarioError: the folder is of another question, or the metric has no value somewhere.
        RunError: a trial failed.
        NotInstalled: SciPy is not there.
    """
    optional("scipy.special")  # missed now rather than after the first trials
    looks = _Looks(question, folder, backend, progress)
    return find_tipping(looks.at, question.low, question.high, question.tolerance, question.fitted)


class _Looks:
    """The trials so far."""

    def __init__(
        self, question: Question, folder: Path, backend: Backend | None, progress: Progress | None
    ) -> None:
        self.question, self.folder = question, folder
        self.backend, self.progress = backend, progress
        self.trials: list[Trial] = []
        self.before = read_design(folder).trials if (folder / MANIFEST).exists() else ()

    def at(self, points: Sequence[float]) -> Array:
        """Return how far the metric lies above the level: points × seeds.

        A rival's metric is taken from the same run, so that what both share cancels.
        """
        asked, first = self.question, len(self.trials)
        for point in points:
            for seed in asked.seeds:
                changes, number = {asked.path: point}, len(self.trials)
                self.trials.append(make_trial(asked.base, changes, seed, number=number))
        table = run_trials(
            self._with_those_before(),
            asked.metrics,
            self.folder,
            base=asked.base,
            backend=self.backend,
            progress=self.progress,
            about=_about(asked),
            extend=True,
            retry=True,
        )
        rows = slice(first, len(self.trials))
        self._refuse_failures({name: values[rows] for name, values in table.items()})
        level: Any = asked.level
        if isinstance(level, Metric):
            level = table[level.name][rows]
        gaps = np.asarray(table[asked.metric.name][rows] - level, np.float64)
        return gaps.reshape(len(points), len(asked.seeds))

    def _with_those_before(self) -> Sequence[Trial]:
        """Return the trials of the folder where they begin with ours: it was further once."""
        ours = tuple(self.trials)
        return self.before if self.before[: len(ours)] == ours else ours

    def _refuse_failures(self, table: dict[str, Array]) -> None:
        for i, status in enumerate(table["status"]):
            value, seed = table[self.question.path][i], table["seed"][i]
            where = f"{self.question.path} {value:g}, seed {seed}"
            if status != DONE:
                raise RunError(f"{where}: {table['reason'][i]}")
            for metric in self.question.metrics:
                if not np.isfinite(table[metric.name][i]):
                    raise ScenarioError(
                        Where("--metric"),
                        f"{metric.name} has no value at {where}",
                        "choose a metric that always exists (profit, orders), or another range",
                    )


def _about(asked: Question) -> dict[str, Any]:
    level = asked.level
    return {
        "method": "threshold",
        "vary": asked.path,
        "metric": asked.metric.name,
        "level": level.name if isinstance(level, Metric) else level,
        "range": [asked.low, asked.high],
        "tolerance": asked.tolerance,
        "seeds": list(asked.seeds),
    }
