"""Trials on this machine: spawned processes of one thread each, rebuilt when they die.

``spawn``, because a fork after numba has started is not safe. A worker gets one trial at a time, so
when it dies it is known which trial it died of; after three deaths the trial is recorded as failed
and the others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

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
    seconds_for,
    time_of,
    warm_up,
)
from sim.study.sweep.parts import FAILED, Outcome, Part
from sim.study.sweep.queue import Queue
from sim.study.sweep.trial import Trial, WorldCache

ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("NUMBA", "OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")
}
_START = multiprocessing.get_context("spawn")
_PATIENCE = 0.5  # seconds between two looks at whether to stop
_READY = "ready"


# --- in the worker -------------------------------------------------------------------------------


def _work(connection: Connection) -> None:
    """Serve until told to end; messages are a job, a trial, or a (trial, "time") to be timed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the driver's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection.send(_READY)
    job: Job | None = None
    part: Part | None = None
    worlds = WorldCache()
    while (message := connection.recv()) is not None:
        if isinstance(message, Job):
            if part is not None:
                part.close()
            job, part = message, Part(message.folder)
            continue
        assert job is not None and part is not None, "a job comes before its trials"
        try:
            same_engine(job)
            warm_up(job, message[0] if isinstance(message, tuple) else message, worlds)
            if isinstance(message, tuple):
                connection.send(time_of(job, message[0], worlds))
            else:
                connection.send(attempt(job, message, worlds, part))
        except Exception as error:
            connection.send(error)
    if part is not None:
        part.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


# --- in the driver -------------------------------------------------------------------------------


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    job: Job | None = None
    trial: Trial | None = None
    society: str = ""
    ready: bool = False


class LocalBackend:
    """Worker processes, kept between calls; a context manager.

    Args:
        workers: how many.
        memory: most memory of each [bytes]; None: no cap.
    """

    def __init__(self, workers: int = 1, memory: int | None = None) -> None:
        self.workers, self.memory = max(1, workers), memory
        self.dashboard = ""
        self._pool: list[_Worker] = []
        self._stillborn = 0

    def __enter__(self) -> LocalBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, at once if they are at work."""
        for worker in self._pool:
            if worker.trial is None:
                try:
                    worker.connection.send(None)
                    worker.process.join(5)
                except OSError:
                    pass
            _end(worker)
        self._pool = []

    def estimate(self, job: Job, trials: Sequence[Trial]) -> float:
        """Return the seconds that ``trials`` will take, from the first days of the first of them.

        NaN if that trial cannot be timed.
        """
        job = replace(job, memory=self.memory)
        worker = self._idle(1)[0]
        self._give(worker, job)
        worker.connection.send((trials[0], "time"))
        worker.trial = trials[0]
        answer = self._answer(worker)
        worker.trial = None
        if not isinstance(answer, tuple):
            return float("nan")
        share = min(self.workers, len(trials))
        return seconds_for(trials, trials[0], answer) / share

    def run(self, job: Job, trials: Sequence[Trial], note: Note, stop: Callable[[], bool]) -> None:
        """Run every trial; outcomes are on disk when this returns.

        Raises:
            OSError: outcomes cannot be written.
            RunError: workers cannot be started.
        """
        job = replace(job, memory=self.memory)
        queue, deaths = Queue(trials), Counter[tuple[str, str]]()
        part = Part(job.folder)
        try:
            while (queue and not stop()) or self._at_work():
                for worker in self._idle(self.workers) if not stop() else ():
                    if queue:
                        held = {w.society for w in self._at_work()}
                        worker.trial = queue.take(worker.society, held)
                        worker.society = worker.trial.society
                        self._give(worker, job, worker.trial)
                self._collect(part, queue, deaths, note)
        except BaseException:
            self.close()
            raise
        finally:
            part.close()

    def _at_work(self) -> list[_Worker]:
        return [worker for worker in self._pool if worker.trial is not None]

    def _collect(
        self, part: Part, queue: Queue, deaths: Counter[tuple[str, str]], note: Note
    ) -> None:
        """Wait for the next news of workers and take it in."""
        busy = self._at_work()
        ready = wait([w.connection for w in busy] + [w.process.sentinel for w in busy], _PATIENCE)
        for worker in busy:
            if worker.connection not in ready and worker.process.sentinel not in ready:
                continue
            trial, answer = worker.trial, self._answer(worker)
            assert trial is not None
            worker.trial = None
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Receipt) and answer.status != MEMORY:
                note(answer, len(self._at_work()) + bool(queue))
                continue
            # A dead worker, or one that a clean one takes the place of.
            self._bury(worker)
            cause = TOO_LARGE if isinstance(answer, Receipt) else DIED
            deaths[trial.key, cause.reason] += 1
            if deaths[trial.key, cause.reason] < TRIES:
                queue.put(trial)
                continue
            part.write(Outcome(trial.key, status=FAILED, reason=cause.reason))
            receipt = Receipt(trial.number, trial.key, FAILED, 0.0, cause.reason)
            note(receipt, len(self._at_work()) + bool(queue))

    def _answer(self, worker: _Worker) -> Any:
        """Return what a worker says about its trial, None if it died instead."""
        try:
            answer = worker.connection.recv()
            if answer == _READY:
                worker.ready, self._stillborn = True, 0
                answer = worker.connection.recv()
            return answer
        except (EOFError, OSError):
            self._bury(worker)
            return None

    def _give(self, worker: _Worker, job: Job, trial: Trial | None = None) -> None:
        try:
            if worker.job is not job:
                worker.connection.send(job)
                worker.job = job
            if trial is not None:
                worker.connection.send(trial)
        except OSError:
            pass  # it died; its sentinel tells

    def _idle(self, most: int) -> list[_Worker]:
        """Return workers without a trial, after starting what is missing of ``most``."""
        for worker in [w for w in self._pool if w.trial is None and not w.process.is_alive()]:
            self._bury(worker)
        while len(self._pool) < most:
            ours, theirs = _START.Pipe()
            process = _START.Process(target=_work, args=(theirs,), daemon=True)
            with _environment(ONE_THREAD):
                process.start()
            theirs.close()
            self._pool.append(_Worker(process, ours))
        return [worker for worker in self._pool if worker.trial is None]

    def _bury(self, worker: _Worker) -> None:
        _end(worker)
        if worker in self._pool:
            self._pool.remove(worker)
            self._stillborn += not worker.ready
        if self._stillborn > TRIES:
            code = worker.process.exitcode
            raise RunError(f"worker processes end before their first trial (exit code {code})")


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
