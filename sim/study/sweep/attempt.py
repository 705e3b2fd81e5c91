"""One try at one trial, in whatever process: simulate, write the outcome, return a receipt."""

from __future__ import annotations

import contextlib
import fcntl
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import RunError, ScenarioError, SimError, StrategyError
from sim.kernel import CACHE, is_warm, mark_warm
from sim.scenario.checked import Loaded
from sim.scenario.vary import vary
from sim.study.sweep.metric import Metric
from sim.study.sweep.parts import DONE, FAILED, Outcome, Part
from sim.study.sweep.store import this_engine
from sim.study.sweep.trial import Trial, WorldCache, key_of, open_market, run_trial

MEMORY = "memory"
"""Status of a try that needed more memory than it may have; it left no outcome."""

TRIES = 3
DIED = Outcome("", status=FAILED, reason=f"worker died, in each of {TRIES} tries")
TOO_LARGE = Outcome("", status=FAILED, reason=f"too little memory, in each of {TRIES} tries")


@dataclass(frozen=True)
class Job:
    """What all trials of a sweep have in common.

    ``memory`` is a worker's cap in bytes, ``engine`` what the driver runs (``this_engine``).
    """

    base: Loaded
    metrics: tuple[Metric, ...]
    folder: Path
    memory: int | None = None
    engine: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a worker says about a trial; the numbers are on disk."""

    number: int
    key: str
    status: str
    seconds: float
    reason: str = ""


Note = Callable[[Receipt, int], None]
"""Called with every receipt and the number of trials that run on, the next included."""


def attempt(job: Job, trial: Trial, worlds: WorldCache, part: Part) -> Receipt:
    """Run a trial, append its outcome to ``part`` and return a receipt.

    A failure of the trial is an outcome; too little memory is none, it is told in the receipt.

    Raises:
        OSError: the outcome cannot be written (the disk is full).
    """
    start = time.perf_counter()
    try:
        with memory_cap(job.memory):
            outcome = _outcome(job, trial, worlds)
    except MemoryError:
        return Receipt(trial.number, trial.key, MEMORY, time.perf_counter() - start)
    part.write(outcome)
    seconds = time.perf_counter() - start
    return Receipt(trial.number, trial.key, outcome.status, seconds, outcome.reason)


def _outcome(job: Job, trial: Trial, worlds: WorldCache) -> Outcome:
    try:
        loaded = vary(job.base, trial.changes)
        if key_of(loaded.digest, trial.seed) != trial.key:
            raise RunError("this worker reads another scenario: a graph file differs here")
        return Outcome(trial.key, run_trial(loaded, trial.seed, job.metrics, worlds), DONE)
    except Exception as error:
        if _lacks_memory(error):
            raise MemoryError(str(error)) from error
        reason, stage = in_words(error)
        return Outcome(trial.key, status=FAILED, reason=reason, stage=stage)


def _lacks_memory(error: BaseException | None) -> bool:
    """Tell whether a failure began as a lack of memory; a stage wraps what went wrong in it."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def in_words(error: Exception) -> tuple[str, str]:
    """Return reason and stage of a failure."""
    if isinstance(error, RunError):
        return str(error), error.stage
    if isinstance(error, StrategyError):
        return str(error), "decide"
    if isinstance(error, ScenarioError):
        return str(error), "build"
    if isinstance(error, SimError):
        return str(error), ""
    return f"{type(error).__name__}: {error}", ""


@contextlib.contextmanager
def memory_cap(limit: int | None) -> Iterator[None]:
    """Let this process allocate no more than ``limit`` bytes of its own (``MemoryError`` beyond).

    Counted is private memory (Linux: RLIMIT_DATA), not files that are mapped, such as libraries.
    """
    if limit is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    cap = limit if before[1] == resource.RLIM_INFINITY else min(limit, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (cap, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def same_engine(job: Job) -> None:
    """Refuse to work for a driver that runs something else: the numbers would not be its own.

    Raises:
        RunError: naming both.
    """
    if job.engine and job.engine != this_engine():
        raise RunError(f"a worker has flowtribe {this_engine()}, the sweep has {job.engine}")


def warm_up(job: Job, trial: Trial, worlds: WorldCache) -> None:
    """Compile the kernels with the first days of a trial, unless this machine has them already.

    One process of a machine does it; the others wait and find them on disk.
    """
    if is_warm():
        return
    with (CACHE / "warming").open("w") as lock, contextlib.suppress(Exception):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_warm():
            time_of(job, trial, worlds, budget=0.0)
            mark_warm()


def time_of(job: Job, trial: Trial, worlds: WorldCache, budget: float = 2.0) -> tuple[float, float]:
    """Return what a trial takes, from its first days: seconds to build people, seconds to run.

    ``budget`` is how long to look [s]; the first week is seen in any case, without its first day.
    """
    begun = time.perf_counter()
    with memory_cap(job.memory):
        market = open_market(vary(job.base, trial.changes), trial.seed, worlds)
        build = time.perf_counter() - begun
        market.step()
        first = begun = time.perf_counter()
        while market.running and (market.day < 8 or time.perf_counter() - first < budget):
            market.step()
    days = market.day - 1
    loop = (time.perf_counter() - begun) / days * market.days if days else 0.0
    return build, loop


def seconds_for(trials: Sequence[Trial], probed: Trial, times: tuple[float, float]) -> float:
    """Estimate the seconds that trials take one after another, from those of one of them."""
    build, loop = times
    societies = len({trial.society for trial in trials})
    size = sum(trial.size for trial in trials) / max(1, probed.size)
    return loop * size + build * societies
