"""A Dask cluster: the same bytes as on one process, with workers dying under it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.study.sweep import cluster
from sim.study.sweep.cluster import DaskBackend
from tests.study.sweep.test_runner import (
    GIGABYTE,
    Here,
    Quietly,
    alive,
    design,
    go,
    table,
    trouble,
    until,
)
from tests.study.sweep.traps import NOTES, begun

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("notes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(NOTES, str(folder))
        yield folder


@pytest.fixture(scope="module")
def dask(notes: Path) -> Iterator[DaskBackend]:
    with DaskBackend(workers=2, memory=GIGABYTE) as backend:
        yield backend


def test_the_table_is_that_of_one_process(tmp_path: Path, dask: DaskBackend) -> None:
    trials, seen = design("nothing", "fail"), list[int]()
    go(tmp_path / "here", trials)
    go(
        tmp_path / "dask",
        trials,
        dask,
        estimate=True,
        progress=lambda event, **info: event == "trial" and seen.append(info["todo"]),
    )
    assert table(tmp_path / "dask") == table(tmp_path / "here")
    assert seen == list(range(7, -1, -1))
    assert dask.dashboard.startswith("http")


def test_a_worker_killed_in_the_middle_changes_nothing(
    tmp_path: Path, dask: DaskBackend, notes: Path
) -> None:
    trials = design("wait", seeds=10)
    (notes / "begun").unlink(missing_ok=True)
    victims: list[int] = []

    def kill() -> None:
        until(lambda: len(begun(notes)) >= 4)
        victims.append(int(begun(notes)[-1].split()[1]))
        os.kill(victims[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    go(tmp_path / "dask", trials, dask)
    killer.join()
    assert victims and not alive(victims[0])
    assert len({line.split()[1] for line in begun(notes)}) >= 2
    go(tmp_path / "here", trials)
    assert table(tmp_path / "dask") == table(tmp_path / "here")


def test_killers_and_hogs_end_as_the_same_rows(
    tmp_path: Path, dask: DaskBackend, notes: Path
) -> None:
    trials = trouble()
    go(tmp_path / "dask", trials, dask)
    go(tmp_path / "here", trials, Quietly())
    assert table(tmp_path / "dask") == table(tmp_path / "here")


def test_what_was_stopped_goes_on(tmp_path: Path, dask: DaskBackend) -> None:
    trials = design("nothing", "wait")
    go(tmp_path / "a", trials, dask, most=3)
    rest = Here()
    go(tmp_path / "a", trials, rest)
    assert len(rest.ran) == 5
    go(tmp_path / "whole", trials)
    assert table(tmp_path / "a") == table(tmp_path / "whole")


def test_attaching_by_address_and_by_file(tmp_path: Path, dask: DaskBackend) -> None:
    assert dask._cluster is not None
    address, file = dask._cluster.scheduler_address, tmp_path / "scheduler.json"
    dask.client.write_scheduler_file(str(file))
    for number, options in enumerate(({"scheduler": address}, {"scheduler_file": file})):
        with DaskBackend(**options) as backend:
            go(tmp_path / f"{number}", design("nothing"), backend)
    assert table(tmp_path / "0") == table(tmp_path / "1")
    assert dask.client.status == "running"


def test_workers_of_another_version_are_refused(
    dask: DaskBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dask._cluster is not None
    monkeypatch.setattr(cluster, "this_engine", lambda: "9.9.9 (sources 0)")
    with pytest.raises(ScenarioError) as caught:
        DaskBackend(scheduler=dask._cluster.scheduler_address)
    assert "9.9.9 (sources 0)" in str(caught.value)
    assert "has flowtribe 0." in str(caught.value)


def test_a_folder_that_workers_do_not_see_is_refused(
    tmp_path: Path, dask: DaskBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(*_: Any) -> dict[str, bool]:
        return {"tcp://far:1": False}

    monkeypatch.setattr(dask.client, "run", elsewhere)
    with pytest.raises(ScenarioError, match="is not seen by worker tcp://far:1"):
        go(tmp_path / "a", design("nothing"), dask)


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_FIRST_ANSWER", 1.0)
    start = time.monotonic()
    with pytest.raises(ScenarioError, match="no scheduler answers at tcp://127"):
        DaskBackend(scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - start < 30
    with pytest.raises(ScenarioError, match="there is no file"):
        DaskBackend(scheduler_file=tmp_path / "scheduler.json")
