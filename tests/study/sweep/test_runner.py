"""Whatever happens on the way, the table is the same bytes as after a quiet run by one worker."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from sim.errors import RunError, ScenarioError
from sim.scenario.load import from_dict
from sim.study.sweep import runner, store
from sim.study.sweep.attempt import Job, Receipt, attempt
from sim.study.sweep.local import LocalBackend
from sim.study.sweep.merge import merge_into
from sim.study.sweep.parts import FAILED, Outcome, Part, part_files
from sim.study.sweep.runner import run_trials
from sim.study.sweep.status import status_of
from sim.study.sweep.store import Shard, locked
from sim.study.sweep.trial import Trial, WorldCache, make_trial, parse_metric
from tests.study.sweep.traps import DOES, NOTES, SMALL, begun

ROOT = Path(__file__).resolve().parents[3]
BASE = from_dict(SMALL)
METRICS = [
    parse_metric(name, BASE.scenario)
    for name in ("market.gmv", "camps.buyer.profit", "camps.buyer.paid_cac")
]
GIGABYTE = 1 << 30


def design(*does: str, seeds: int = 2) -> list[Trial]:
    """Return trials of what the trap does × two fees × seeds."""
    points = [{DOES: what, "platforms.mall.fee": fee} for what in does for fee in (0.05, 0.1)]
    pairs = [(point, seed) for point in points for seed in range(1, seeds + 1)]
    return [make_trial(BASE, p, seed, number=i) for i, (p, seed) in enumerate(pairs)]


def trouble() -> list[Trial]:
    """Return trials of which one dies, one dies once, and one wants 2 GiB."""
    odd = [make_trial(BASE, {DOES: what}, 1) for what in ("die", "die_once", "hog")]
    trials = [*odd, *design("nothing")]
    return [dataclasses.replace(trial, number=i) for i, trial in enumerate(trials)]


def table(folder: Path) -> bytes:
    return (folder / "results.parquet").read_bytes()


class Here:
    """Runs trials in this process: quick, and counts what it was given."""

    dashboard = ""

    def __init__(self, most: int | None = None) -> None:
        self.ran: list[int] = []
        self.most = most

    def estimate(self, job: Job, trials: Sequence[Trial]) -> float:
        return float(len(trials))

    def run(
        self,
        job: Job,
        trials: Sequence[Trial],
        note: Callable[[Receipt, int], None],
        stop: Callable[[], bool],
    ) -> None:
        part = Part(job.folder)
        for trial in trials:
            if stop() or (self.most is not None and len(self.ran) >= self.most):
                break
            self.ran.append(trial.number)
            note(attempt(job, trial, WorldCache(), part), 0)
        part.close()

    def close(self) -> None:
        pass


class Quietly(Here):
    """Runs trials in this process, except for those that would end it, whose rows are known."""

    def run(self, job: Job, trials: Any, note: Any, stop: Any) -> None:
        reasons = {"die": "worker died, in each of 3 tries"}
        reasons["hog"] = "too little memory, in each of 3 tries"
        part = Part(job.folder)
        for trial in trials:
            if trial.changes[DOES] in reasons:
                reason = reasons[trial.changes[DOES]]
                part.write(Outcome(trial.key, status=FAILED, reason=reason))
            else:
                attempt(job, trial, WorldCache(), part)
        part.close()


def go(folder: Path, trials: Sequence[Trial], backend: Any = None, **more: Any) -> dict[str, Any]:
    return run_trials(trials, METRICS, folder, base=BASE, backend=backend or Here(), **more)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.setenv(NOTES, str(folder))
    yield folder


# --- one call -----------------------------------------------------------------------------------


def test_the_table_holds_every_trial_in_order(tmp_path: Path) -> None:
    trials = design("nothing", "fail")
    got = go(tmp_path / "a", trials)
    assert list(got) == [
        "trial", "seed", "key", DOES, "platforms.mall.fee",
        "market.gmv", "camps.buyer.profit", "camps.buyer.paid_cac", "status", "reason", "stage",
    ]  # fmt: skip
    assert list(got["trial"]) == list(range(8))
    assert list(got["seed"]) == [1, 2] * 4
    assert list(got["status"]) == ["done"] * 4 + ["failed"] * 4
    assert all("no plan" in reason and "day 5" in reason for reason in got["reason"][4:])
    assert set(got["stage"][4:]) == {"decide"}
    assert np.isfinite(got["market.gmv"][:4]).all() and np.isnan(got["market.gmv"][4:]).all()
    with duckdb.connect() as connection:
        path = str(tmp_path / "a" / "results.parquet")
        rows = connection.execute("SELECT * FROM read_parquet(?)", [path]).fetchall()
    wanted = [
        tuple(None if v == "" or v != v else v for v in row)
        for row in zip(*(column.tolist() for column in got.values()), strict=True)
    ]
    assert rows == wanted


def test_trials_that_are_one_run_are_run_once(tmp_path: Path) -> None:
    trials = design("nothing") + design("nothing")
    trials = [dataclasses.replace(trial, number=i) for i, trial in enumerate(trials)]
    here = Here()
    got = go(tmp_path / "a", trials, here)
    assert here.ran == [0, 1, 2, 3]
    assert list(got["market.gmv"][:4]) == list(got["market.gmv"][4:])


def test_a_second_call_runs_nothing(tmp_path: Path) -> None:
    trials, again = design("nothing", "fail"), Here()
    first = go(tmp_path / "a", trials)
    before = table(tmp_path / "a")
    second = go(tmp_path / "a", trials, again)
    assert again.ran == []
    assert table(tmp_path / "a") == before
    assert all(np.array_equal(first[n], second[n], equal_nan=n in METRIC_NAMES) for n in first)


METRIC_NAMES = {metric.name for metric in METRICS}


def test_what_was_stopped_goes_on(tmp_path: Path) -> None:
    trials, rest = design("nothing", "fail"), Here()
    go(tmp_path / "whole", trials)
    part = go(tmp_path / "a", trials, Here(most=3))
    assert list(part["trial"]) == [0, 1, 2]
    assert status_of(tmp_path / "a").left == 5
    go(tmp_path / "a", trials, rest)
    assert rest.ran == [3, 4, 5, 6, 7]
    assert table(tmp_path / "a") == table(tmp_path / "whole")


def test_most_and_stop_end_early(tmp_path: Path) -> None:
    trials = design("nothing")
    assert list(go(tmp_path / "a", trials, most=1)["trial"]) == [0]
    assert list(go(tmp_path / "a", trials, most=2)["trial"]) == [0, 1, 2]
    assert list(go(tmp_path / "b", trials, stop=lambda: True)["trial"]) == []


def test_failed_trials_are_run_again_only_when_told(tmp_path: Path) -> None:
    trials, second, third = design("nothing", "fail"), Here(), Here()
    go(tmp_path / "a", trials)
    go(tmp_path / "a", trials, second)
    go(tmp_path / "a", trials, third, retry=True)
    assert (second.ran, third.ran) == ([], [4, 5, 6, 7])


def test_progress_counts_up(tmp_path: Path) -> None:
    seen: list[tuple[str, dict[str, Any]]] = []
    trials = design("nothing", "fail")
    go(tmp_path / "a", trials, Here(most=2))
    go(tmp_path / "a", trials, estimate=True, progress=lambda event, **i: seen.append((event, i)))
    assert [event for event, _ in seen] == ["plan", "estimate", *["trial"] * 6, "write"]
    assert seen[0][1] == {"trials": 8, "todo": 6, "societies": 2, "done": 2}
    assert seen[-2][1]["done"] == seen[-2][1]["failed"] == 4
    assert [info["todo"] for event, info in seen if event == "trial"] == [5, 4, 3, 2, 1, 0]


# --- what lies in the folder ---------------------------------------------------------------------


def test_a_truncated_part_is_noticed_and_made_good(tmp_path: Path) -> None:
    trials, again = design("nothing"), Here()
    go(tmp_path / "a", trials)
    before = table(tmp_path / "a")
    (path,) = part_files(tmp_path / "a")
    os.truncate(path, path.stat().st_size - 10)
    assert (status_of(tmp_path / "a").left, status_of(tmp_path / "a").broken) == (1, 1)
    go(tmp_path / "a", trials, again)
    assert again.ran == [3]
    assert table(tmp_path / "a") == before


def test_an_altered_number_is_noticed_and_made_good(tmp_path: Path) -> None:
    trials, again = design("nothing"), Here()
    go(tmp_path / "a", trials)
    before = table(tmp_path / "a")
    (path,) = part_files(tmp_path / "a")
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"market.gmv":', b'"market.gmv":1')
    path.write_bytes(b"".join(lines))
    go(tmp_path / "a", trials, again)
    assert again.ran == [1]
    assert table(tmp_path / "a") == before


def test_another_design_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    go(folder, design("nothing"))
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    for trials, says in (
        (design("nothing", seeds=3), "4 trials, not 6"),
        (design("fail"), "other parameters or seeds"),
    ):
        with pytest.raises(ScenarioError, match=says):
            go(folder, trials)
    with pytest.raises(ScenarioError, match="other metrics"):
        run_trials(design("nothing"), METRICS[:1], folder, base=BASE, backend=Here())
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_design_may_grow_when_told(tmp_path: Path) -> None:
    trials, more = design("nothing", "wait"), Here()
    go(tmp_path / "whole", trials)
    go(tmp_path / "a", trials[:4])
    go(tmp_path / "a", trials, more, extend=True)
    assert more.ran == [4, 5, 6, 7]
    assert table(tmp_path / "a") == table(tmp_path / "whole")
    with pytest.raises(ScenarioError, match="holds another sweep"):
        go(tmp_path / "a", trials[::-1], extend=True)


def test_another_version_is_refused_and_both_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(tmp_path / "a", design("nothing"))
    ours = store.this_engine()
    monkeypatch.setattr(store, "this_engine", lambda: "9.9.9 (sources 0)")
    with pytest.raises(ScenarioError) as caught:
        go(tmp_path / "a", design("nothing"))
    assert ours in str(caught.value) and "9.9.9 (sources 0)" in str(caught.value)


def test_a_folder_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "thesis.txt").write_text("precious")
    with pytest.raises(ScenarioError, match="holds something that is not a sweep"):
        go(tmp_path / "a", design("nothing"))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["thesis.txt"]
    with pytest.raises(ScenarioError, match="is not a folder"):
        go(tmp_path / "a" / "thesis.txt", design("nothing"))


def test_a_second_driver_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path / "a", None):
        with pytest.raises(ScenarioError, match=f"process {os.getpid()} on .* is working"):
            go(tmp_path / "a", design("nothing"))
        with pytest.raises(ScenarioError, match="is working"):
            go(tmp_path / "a", design("nothing"), shard=Shard(1, 2))
    go(tmp_path / "a", design("nothing"))


def test_columns_may_not_have_one_name(tmp_path: Path) -> None:
    for name in ("seed", DOES, "market.gmv"):
        metric = dataclasses.replace(METRICS[1], name=name)
        with pytest.raises(ScenarioError, match="two columns"):
            run_trials(design("nothing"), [METRICS[0], metric], tmp_path / "a", base=BASE)
    assert not (tmp_path / "a").exists()


def test_outcomes_that_never_appear_are_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(Here):
        def run(self, job: Job, trials: Any, note: Any, stop: Any) -> None:
            note(Receipt(0, trials[0].key, "done", 0.1), 0)

    monkeypatch.setattr(runner, "SETTLE", 0.1)
    with pytest.raises(RunError, match="1 outcomes do not appear in"):
        go(tmp_path / "a", design("nothing"), Elsewhere())


# --- shards --------------------------------------------------------------------------------------


def test_shards_in_one_folder_give_the_same_table(tmp_path: Path) -> None:
    trials, each = design("nothing", "fail"), [Here() for _ in range(3)]
    go(tmp_path / "whole", trials)
    for number, here in enumerate(each, start=1):
        with locked(tmp_path / "a", Shard(number % 3 + 1, 3)):  # another shard is at work, too
            go(tmp_path / "a", trials, here, shard=Shard(number, 3))
    assert sorted(n for here in each for n in here.ran) == list(range(8))
    assert not (tmp_path / "a" / "results.parquet").exists()
    merge_into(tmp_path / "a")
    assert table(tmp_path / "a") == table(tmp_path / "whole")
    assert status_of(tmp_path / "a").left == 0


def test_shards_in_folders_of_their_own_give_the_same_table(tmp_path: Path) -> None:
    trials = design("nothing", "fail")
    go(tmp_path / "whole", trials)
    own = [tmp_path / f"s{number}" for number in (1, 2)]
    for number, folder in enumerate(own, start=1):
        go(folder, trials, shard=Shard(number, 2))
    merge_into(tmp_path / "a", own)
    merge_into(tmp_path / "a", own)  # again: no harm
    assert table(tmp_path / "a") == table(tmp_path / "whole")
    go(tmp_path / "other", design("nothing"))
    with pytest.raises(ScenarioError, match="another design"):
        merge_into(tmp_path / "a", [tmp_path / "other"])
    with pytest.raises(ScenarioError, match="is not the folder of a sweep"):
        merge_into(tmp_path / "nowhere")


# --- processes that die --------------------------------------------------------------------------


def test_workers_that_die_and_hogs_change_nothing_but_their_own_rows(
    tmp_path: Path, notes: Path
) -> None:
    """``die`` kills its worker each time, ``die_once`` the first time, ``hog`` wants 2 GiB."""
    with LocalBackend(2, memory=GIGABYTE) as two:
        go(tmp_path / "two", trouble(), two)
    begun_by_workers = begun(notes)
    go(tmp_path / "here", trouble(), Quietly())
    assert table(tmp_path / "two") == table(tmp_path / "here")
    said = [line.split()[0] for line in begun_by_workers]
    assert said.count("die") == said.count("hog") == 3
    assert said.count("die_once") == 2
    assert said.count("nothing") == 4


def test_a_pool_is_used_again_and_leaves_no_process(tmp_path: Path, notes: Path) -> None:
    with LocalBackend(1) as pool:
        go(tmp_path / "a", design("nothing"), pool)
        go(tmp_path / "b", design("wait"), pool)
    workers = {int(line.split()[1]) for line in begun(notes)}
    assert len(workers) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(workers.pop(), 0)


DRIVER = """
import sys
from pathlib import Path
from sim.study.sweep.local import LocalBackend
from tests.study.sweep.test_runner import design, go

if __name__ == "__main__":
    with LocalBackend(2) as pool:
        go(Path(sys.argv[1]), design("wait", seeds=12), pool)
"""


def test_a_driver_that_is_killed_leaves_what_was_finished(tmp_path: Path, notes: Path) -> None:
    (tmp_path / "driver.py").write_text(DRIVER)
    folder, trials = tmp_path / "a", design("wait", seeds=12)
    paths = os.pathsep.join([str(ROOT), *sys.path])
    driver = subprocess.Popen(
        [sys.executable, str(tmp_path / "driver.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": paths},
    )
    until(lambda: (folder / "parts").exists() and len(finished(folder)) >= 3)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    until(lambda: not any(alive(int(line.split()[1])) for line in begun(notes)))
    before = finished(folder)
    rest = Here()
    go(folder, trials, rest)
    assert 3 <= len(before) < len(trials)
    assert len(rest.ran) == len(trials) - len(before)
    go(tmp_path / "whole", trials)
    assert table(folder) == table(tmp_path / "whole")


def finished(folder: Path) -> list[bytes]:
    lines = b"".join(path.read_bytes() for path in part_files(folder))
    return [line for line in lines.splitlines(keepends=True) if line.endswith(b"\n")]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(true: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_full_disk_is_told_and_the_rest_goes_on_later(tmp_path: Path) -> None:
    """Needs the right to mount; a disk of 56 KiB takes the design, not all outcomes."""
    disk, trials = tmp_path / "disk", design("nothing", seeds=60)
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=56k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount a small disk here")
    try:
        folder = disk / "a"
        with pytest.raises(OSError, match="No space left"), LocalBackend(1) as pool:
            go(folder, trials, pool)
        done = status_of(folder).done
        assert 0 < done < len(trials)
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        rest = Here()
        go(folder, trials, rest)
        assert len(rest.ran) == len(trials) - done
        go(tmp_path / "whole", trials)
        assert table(folder) == table(tmp_path / "whole")
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_the_manifest_says_how_far(tmp_path: Path) -> None:
    trials = design("nothing", "fail")
    go(tmp_path / "a", trials, Here(most=3), about={"name": "fees"})
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert (manifest["kind"], manifest["status"], manifest["trials"]) == ("sweep", "partial", 8)
    go(tmp_path / "a", trials, about={"name": "fees"})
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert (manifest["status"], manifest["done"], manifest["failed"]) == ("complete", 4, 4)
    assert manifest["engine"] == store.this_engine()
    assert manifest["about"] == {"name": "fees"}
    assert len(manifest["parts"]) == 2
