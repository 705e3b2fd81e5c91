"""Trials on a Dask cluster: attached by address or scheduler file, or one on this machine.

Outcomes go to the sweep's folder, which all workers must see; only receipts come over the wire. A
worker gets one small batch of trials at a time, which it alone may run, so that a death is blamed
on what was running there; the trials of that batch are then tried one by one.
"""

from __future__ import annotations

import importlib
import queue as inbox
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.errors import NotInstalled, RunError, ScenarioError, Where
from sim.study.sweep.attempt import (
    DIED,
    MEMORY,
    TOO_LARGE,
    TRIES,
    Job,
    Receipt,
    attempt,
    seconds_for,
    time_of,
    warm_up,
)
from sim.study.sweep.parts import FAILED, Outcome, Part, read_parts
from sim.study.sweep.queue import Queue
from sim.study.sweep.store import MANIFEST, this_engine
from sim.study.sweep.trial import Trial, WorldCache

Note = Callable[[Receipt, int], None]

BATCH_SECONDS = 0.5
"""What a batch of trials should take, so that Dask's few milliseconds a task do not count."""

_PATIENCE = 0.5
_LOOK_AGAIN = 1.0  # seconds between two looks at who is there
_FIRST_ANSWER = 20.0
_FIRST_WORKER = 120.0

# --- on a worker ---------------------------------------------------------------------------------

_WORLDS: dict[str, WorldCache] = {}  # one entry: the societies of this worker process
_PARTS: dict[Path, Part] = {}


def run_batch(job: Job, trials: Sequence[Trial]) -> list[Receipt]:
    """Run trials one after another; what is done is on disk when this returns."""
    worlds = _WORLDS.setdefault("", WorldCache())
    part = _PARTS.setdefault(job.folder, Part(job.folder))
    receipts = []
    warm_up(job, trials[0], worlds)
    try:
        for trial in trials:
            receipts.append(attempt(job, trial, worlds, part))
            if receipts[-1].status == MEMORY:
                _WORLDS.clear()
                break
    finally:
        part.close()  # other machines see it now
    return receipts


def timed(job: Job, trial: Trial) -> tuple[float, float]:
    """Return the seconds of a trial, see ``time_of``; compiles first."""
    worlds = _WORLDS.setdefault("", WorldCache())
    warm_up(job, trial, worlds)
    return time_of(job, trial, worlds)


def sees(folder: Path) -> bool:
    """Tell whether this process sees the sweep's folder."""
    return (folder / MANIFEST).is_file()


# --- in the driver -------------------------------------------------------------------------------


@dataclass
class _Flight:
    """A batch that a worker was given."""

    trials: list[Trial]
    address: str


class DaskBackend:
    """A Dask cluster; a context manager.

    Args:
        scheduler: address, e.g. ``tcp://host:8786``.
        scheduler_file: JSON file that the scheduler wrote, instead.
        workers: without either: processes of a cluster on this machine.
        memory: most memory of each worker [bytes]; None: no cap.

    Raises:
        NotInstalled: the extra ``[dask]`` is missing.
        ScenarioError: nobody answers, or workers run another version of the package.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        scheduler_file: Path | None = None,
        workers: int = 2,
        memory: int | None = None,
    ) -> None:
        self.memory = memory
        self.distributed = _distributed()
        self._cluster: Any = None
        self._settings: Any = None
        try:
            if scheduler is None and scheduler_file is None:
                self._cluster = self._start(workers)
                self.client: Any = self.distributed.Client(self._cluster)
            else:
                self.client = self._attach(scheduler, scheduler_file)
            self._check_versions()
        except BaseException:
            self.close()
            raise
        self.dashboard = str(self.client.dashboard_link or "")

    def _start(self, workers: int) -> Any:
        # A worker may take long to come back on a busy machine.
        patient = {"distributed.deploy.lost-worker-timeout": "1h"}
        self._settings = importlib.import_module("dask").config.set(patient)
        return self.distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=0,  # the cap is ours, see memory_cap
            dashboard_address=":0",
        )

    def _attach(self, scheduler: str | None, scheduler_file: Path | None) -> Any:
        named = scheduler or str(scheduler_file)
        where = Where("--scheduler" if scheduler else "--scheduler-file")
        if scheduler_file is not None and not scheduler_file.is_file():
            problem = f"there is no file {str(scheduler_file)!r}"
            allowed = "start one with: dask scheduler --scheduler-file " + str(scheduler_file)
            raise ScenarioError(where, problem, allowed)
        try:
            client = self.distributed.Client(
                scheduler, scheduler_file=scheduler_file and str(scheduler_file),
                timeout=_FIRST_ANSWER,
            )  # fmt: skip
        except (OSError, ValueError, TimeoutError) as error:
            problem = f"no scheduler answers at {named} ({type(error).__name__})"
            raise ScenarioError(where, problem, "start one with: dask scheduler") from None
        try:
            client.wait_for_workers(1, timeout=_FIRST_WORKER)
        except TimeoutError:
            client.close()
            problem = f"{named} has had no worker for {_FIRST_WORKER:.0f} s"
            raise ScenarioError(where, problem, f"start some with: dask worker {named}") from None
        return client

    def _check_versions(self) -> None:
        """Refuse workers with another package; they would return other numbers."""
        ours = this_engine()
        theirs = self.client.run(_engine_here, on_error="return")
        for address, said in theirs.items():
            if said != ours:
                there = said if isinstance(said, str) else f"cannot import it ({said})"
                raise ScenarioError(
                    Where("--scheduler"),
                    f"worker {address} has flowtribe {there}, here it is {ours}",
                    "install the same version everywhere",
                )

    def __enter__(self) -> DaskBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; end it if it was started here."""
        client = getattr(self, "client", None)
        if client is not None:
            client.close()
        if self._cluster is not None:
            self._cluster.close()
        if self._settings is not None:
            self._settings.__exit__(None, None, None)
            self._settings = None

    def estimate(self, job: Job, trials: Sequence[Trial]) -> float:
        """Return the seconds that ``trials`` will take, from the first days of the first of them.

        NaN if that trial cannot be timed.
        """
        job = replace(job, memory=self.memory)
        try:
            times = self.client.submit(timed, job, trials[0], pure=False).result()
        except Exception:
            return float("nan")
        share = min(len(self.present()), len(trials)) or 1
        return seconds_for(trials, trials[0], times) / share

    def run(self, job: Job, trials: Sequence[Trial], note: Note, stop: Callable[[], bool]) -> None:
        """Run every trial; outcomes are on disk when this returns.

        Raises:
            ScenarioError: a worker does not see the folder.
            OSError: outcomes cannot be written.
            RunError: the cluster is gone.
        """
        blind = [a for a, there in self.client.run(sees, job.folder).items() if not there]
        if blind:
            raise ScenarioError(
                Where(str(job.folder)),
                f"is not seen by worker {blind[0]}",
                "choose a folder on a disk that all machines share with --out",
            )
        flights = _Flights(self, replace(job, memory=self.memory), trials, note)
        try:
            flights.go(stop)
        finally:
            flights.part.close()

    def present(self) -> list[str]:
        """Return the addresses of the workers that are there now.

        Raises:
            RunError: the scheduler is gone.
        """
        if self.client.status != "running":
            raise RunError("the scheduler is gone; what was finished is kept")
        return list(self.client.scheduler_info(n_workers=-1)["workers"])


class _Flights:
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
        self.note(receipt, sum(len(flight.trials) for flight in self.flying.values()))


def _engine_here() -> str:
    return this_engine()


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise NotInstalled(
            "this needs distributed, which is not installed: pip install 'flowtribe[dask]'"
        ) from error
