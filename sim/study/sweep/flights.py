"""Which Dask worker has which trials, and what becomes of them when it dies.

A worker gets one small batch of trials at a time, which it alone may run, so that a death is blamed
on what was running there; the trials of that batch are then tried one by one.
"""

from __future__ import annotations

import queue as inbox
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import RunError
from sim.study.sweep.attempt import (
    DIED,
    MEMORY,
    TOO_LARGE,
    TRIES,
    Job,
    Note,
    Receipt,
    attempt,
    same_engine,
    warm_up,
)
from sim.study.sweep.parts import FAILED, Outcome, Part, read_parts
from sim.study.sweep.queue import Queue
from sim.study.sweep.trial import Trial, WorldCache

if TYPE_CHECKING:
    from sim.study.sweep.cluster import DaskBackend

BATCH_SECONDS = 0.5
"""What a batch of trials should take, so that Dask's few milliseconds a task do not count."""

_PATIENCE = 0.5
_LOOK_AGAIN = 1.0  # seconds between two looks at who is there

# --- on a worker ---------------------------------------------------------------------------------

WORLDS: dict[str, WorldCache] = {}  # one entry: the societies of this worker process
_PARTS: dict[Path, Part] = {}


def run_batch(job: Job, trials: Sequence[Trial]) -> list[Receipt]:
    """Run trials one after another; what is done is on disk when this returns."""
    worlds = WORLDS.setdefault("", WorldCache())
    part = _PARTS.setdefault(job.folder, Part(job.folder))
    receipts = []
    same_engine(job)
    warm_up(job, trials[0], worlds)
    try:
        for trial in trials:
            receipts.append(attempt(job, trial, worlds, part))
            if receipts[-1].status == MEMORY:
                WORLDS.clear()
                break
    finally:
        part.close()  # other machines see it now
    return receipts


# --- in the driver -------------------------------------------------------------------------------


@dataclass
class _Flight:
    """A batch that a worker was given."""

    trials: list[Trial]
    address: str


class Flights:
    """One call of ``run``: who has which batch, and what is still to do."""

    def __init__(self, backend: DaskBackend, job: Job, trials: Sequence[Trial], note: Note) -> None:
        self.backend, self.job, self.note = backend, job, note
        self.waiting, self.alone = Queue(trials), list[Trial]()  # alone: suspected, run singly
        self.flying: dict[Any, _Flight] = {}
        self.landed: inbox.Queue[Any] = inbox.Queue()
        self.held: dict[str, str] = {}
        self.tries: Counter[tuple[str, str]] = Counter()
        self.seconds: list[float] = []
        self.part = Part(job.folder)

    def go(self, stop: Callable[[], bool]) -> None:
        """Keep every worker busy until nothing is left."""
        present, looked = self.backend.present(), time.monotonic()
        while ((self.waiting or self.alone) and not stop()) or self.flying:
            busy = {flight.address for flight in self.flying.values()}
            for address in present if not stop() else ():
                if address not in busy and (self.waiting or self.alone):
                    self._launch(address, self._batch(address))
            with suppress(inbox.Empty):
                self._land(self.landed.get(timeout=_PATIENCE))
            if time.monotonic() - looked > _LOOK_AGAIN:
                present, looked = self.backend.present(), time.monotonic()
                lost = [f for f, flight in self.flying.items() if flight.address not in present]
                for future in lost:
                    flight = self.flying.pop(future)
                    future.cancel()
                    self._died(flight.trials)

    def _batch(self, address: str) -> list[Trial]:
        """Take trials of one society for a worker, or one that is suspected."""
        if not self.waiting:
            return [self.alone.pop(0)]
        elsewhere = {s for a, s in self.held.items() if a != address}
        batch = [self.waiting.take(self.held.get(address, ""), elsewhere)]
        self.held[address] = batch[0].society
        mean = sum(self.seconds) / len(self.seconds) if self.seconds else BATCH_SECONDS
        while len(batch) * mean < BATCH_SECONDS and self.waiting.has(batch[0].society):
            batch.append(self.waiting.take(batch[0].society))
        return batch

    def _launch(self, address: str, batch: list[Trial]) -> None:
        """Give a worker a batch that it alone may run."""
        future = self.backend.client.submit(
            run_batch, self.job, batch, pure=False, workers=[address]
        )
        self.flying[future] = _Flight(batch, address)
        future.add_done_callback(self.landed.put)

    def _land(self, future: Any) -> None:
        flight = self.flying.pop(future, None)
        if flight is None:
            return  # was cancelled when its worker was lost
        if future.status == "finished":
            receipts = future.result()
            for trial, receipt in zip(flight.trials, receipts, strict=False):
                self._received(trial, receipt)
            for trial in flight.trials[len(receipts) :]:
                self.waiting.put(trial)
            return
        error = future.exception() if future.status == "error" else None
        if not isinstance(error, self.backend.distributed.KilledWorker):
            raise error or RunError("the scheduler is gone; what was finished is kept")
        self._died(flight.trials)

    def _died(self, trials: Sequence[Trial]) -> None:
        """Take in that a worker died of one of these trials, some of which may be finished."""
        finished, _ = read_parts(self.job.folder)
        left = [trial for trial in trials if trial.key not in finished]
        for trial in trials:
            if trial.key in finished:
                outcome = finished[trial.key]
                self._say(Receipt(trial.number, trial.key, outcome.status, 0.0, outcome.reason))
        for trial in left:
            if len(left) == 1:
                self._again(trial, DIED)
            else:
                self.alone.append(trial)

    def _received(self, trial: Trial, receipt: Receipt) -> None:
        if receipt.status == MEMORY:
            self._again(trial, TOO_LARGE)
        else:
            self.seconds = [*self.seconds[-19:], receipt.seconds]
            self._say(receipt)

    def _again(self, trial: Trial, why: Outcome) -> None:
        """Try a trial once more, or record it as failed after the last try."""
        self.tries[trial.key, why.reason] += 1
        if self.tries[trial.key, why.reason] < TRIES:
            self.alone.append(trial)
            return
        self.part.write(replace(why, key=trial.key))
        self._say(Receipt(trial.number, trial.key, FAILED, 0.0, why.reason))

    def _say(self, receipt: Receipt) -> None:
        running = sum(len(flight.trials) for flight in self.flying.values())
        self.note(receipt, running + bool(self.waiting or self.alone))
