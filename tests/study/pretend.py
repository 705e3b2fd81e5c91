"""Trials without a simulation: a backend that writes what a formula says about each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.study.sweep.attempt import Job, Receipt
from sim.study.sweep.parts import DONE, FAILED, Outcome, Part
from sim.study.sweep.trial import Trial

Formula = Callable[[Mapping[str, Any], int], Mapping[str, float] | str]
"""Changes and seed → metrics by name, or why the trial failed."""


class Pretended:
    """A backend; ``ran`` lists every trial that it was given, in order."""

    dashboard = ""

    def __init__(self, formula: Formula, most: int = 10**9) -> None:
        self.formula, self.most = formula, most
        self.ran: list[Trial] = []

    def estimate(self, job: Job, trials: Sequence[Trial]) -> float:
        return float("nan")

    def run(
        self,
        job: Job,
        trials: Sequence[Trial],
        note: Callable[[Receipt, int], None],
        stop: Callable[[], bool],
    ) -> None:
        part = Part(job.folder)
        try:
            for trial in trials:
                if len(self.ran) == self.most:
                    raise KeyboardInterrupt
                self.ran.append(trial)
                said = self.formula(trial.changes, trial.seed)
                outcome = (
                    Outcome(trial.key, status=FAILED, reason=said)
                    if isinstance(said, str)
                    else Outcome(trial.key, dict(said), DONE)
                )
                part.write(outcome)
                note(Receipt(trial.number, trial.key, outcome.status, 0.0), 0)
        finally:
            part.close()

    def close(self) -> None:
        pass
