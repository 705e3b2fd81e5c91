"""Trials on a Dask cluster: attached by address or scheduler file, or one on this machine.

Outcomes go to the sweep's folder, which all workers must see; only receipts come over the wire.
Workers must run what the driver runs; who gets which trials is the business of ``flights``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.errors import NotInstalled, RunError, ScenarioError, Where
from sim.study.sweep.attempt import Job, Note, seconds_for, time_of, warm_up
from sim.study.sweep.flights import WORLDS, Flights
from sim.study.sweep.store import MANIFEST, this_engine
from sim.study.sweep.trial import Trial, WorldCache

_FIRST_ANSWER = 20.0  # seconds to wait for a scheduler, and for its first worker
_FIRST_WORKER = 120.0

# --- on a worker ---------------------------------------------------------------------------------


def timed(job: Job, trial: Trial) -> tuple[float, float]:
    """Return the seconds of a trial, see ``time_of``; compiles first."""
    worlds = WORLDS.setdefault("", WorldCache())
    warm_up(job, trial, worlds)
    return time_of(job, trial, worlds)


def sees(folder: Path) -> bool:
    """Tell whether this process sees the sweep's folder."""
    return (folder / MANIFEST).is_file()


# --- in the driver -------------------------------------------------------------------------------


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
        flights = Flights(self, replace(job, memory=self.memory), trials, note)
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


def _engine_here() -> str:
    return this_engine()


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise NotInstalled(
            "this needs distributed, which is not installed: pip install 'flowtribe[dask]'"
        ) from error
