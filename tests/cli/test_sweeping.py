"""``sim sweep``: what it prints where, its exit codes, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.cli.sweep_progress import SweepProgress, duration
from sim.cli.sweeping import _bytes
from sim.study.sweep.schema import COMMITTED, json_schema_text
from tests.study.sweep.traps import DOES, NOTES, SMALL

ROOT = Path(__file__).resolve().parents[2]
SWEEP = {
    "name": "fees",
    "base": "small.yaml",
    "parameters": {"platforms.mall.fee": [0.05, 0.1], DOES: ["nothing"]},
    "repetitions": 2,
    "metrics": ["market.gmv"],
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(SMALL))
    write({})
    return tmp_path


def write(changes: dict[str, object]) -> None:
    Path("fees.yaml").write_text(yaml.safe_dump({**SWEEP, **changes}, sort_keys=False))


def sim(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_sweep_from_start_to_table(here: Path) -> None:
    done = sim("sweep", "fees.yaml", "--workers", "1")
    assert done.exit_code == 0, done.stderr
    folder = next((here / "runs" / "fees").iterdir())
    assert folder.name.startswith("sweep-")
    assert "4 of 4 trials done" in done.stdout
    assert str(folder.relative_to(here) / "results.parquet") in done.stdout
    assert "fees: 4 trials (2 points × 2 seeds), 2 populations to build" in done.stderr
    assert "will take about" in done.stderr
    assert "4 done, 0 failed, 0 running" in done.stderr
    again = sim("sweep", "run", "fees.yaml", "--quiet")
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout == f"{folder.relative_to(here)}\n"
    said = sim("sweep", "status", str(folder))
    assert "done 4, failed 0, left 0" in said.stdout
    assert json.loads(sim("sweep", "status", str(folder), "--json").stdout)["done"] == 4


def test_shards_and_merge(here: Path) -> None:
    whole = sim("sweep", "fees.yaml", "--workers", "1", "--out", "whole", "--quiet")
    assert whole.exit_code == 0
    for shard in ("1/2", "2/2"):
        done = sim("sweep", "fees.yaml", "--workers", "1", "--out", "a", "--shard", shard)
        assert done.exit_code == 0
        assert "when all shards have ended: sim sweep merge a" in done.stdout
    merged = sim("sweep", "merge", "a")
    assert (merged.exit_code, "4 of 4 trials done" in merged.stdout) == (0, True)
    assert Path("a/results.parquet").read_bytes() == Path("whole/results.parquet").read_bytes()


def test_a_dry_run_counts_and_runs_nothing(here: Path) -> None:
    said = sim("sweep", "fees.yaml", "--dry-run")
    assert said.exit_code == 0
    assert "4 trials (2 points × 2 seeds)" in said.stdout
    assert not (here / "runs").exists()


def test_trials_that_fail_are_told_and_all_failing_is_a_failure(here: Path) -> None:
    write({"parameters": {DOES: ["nothing", "fail"]}, "repetitions": 1})
    some = sim("sweep", "fees.yaml", "--workers", "1", "--out", "some", "--quiet")
    assert some.exit_code == 0
    said = sim("sweep", "status", "some").stdout
    assert "done 1, failed 1, left 0" in said and "no plan" in said
    write({"parameters": {DOES: ["fail"]}, "repetitions": 1})
    none = sim("sweep", "fees.yaml", "--workers", "1", "--out", "none")
    assert none.exit_code == 1
    assert "1 × " in none.stderr and "no plan" in none.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sweep", "nothing.yaml"], "nothing.yaml: there is no such file"),
        (["sweep", "fees.yaml", "--shard", "3/2"], "--shard: got '3/2', needs I/N"),
        (["sweep", "fees.yaml", "--shard", "half"], "--shard: got 'half', needs I/N"),
        (["sweep", "fees.yaml", "--memory", "4"], "--memory: got '4', needs a size such as 4G"),
        (["sweep", "fees.yaml", "--memory", "1M"], "at least 256M"),
        (["sweep", "fees.yaml", "--scheduler-file", "none.json"], "there is no file 'none.json'"),
        (["sweep", "fees.yaml", "--out", "."], "holds something that is not a sweep"),
        (["sweep", "status", "."], "is not the folder of a sweep"),
        (["sweep", "merge", "."], "is not the folder of a sweep"),
        (["sweep", "fees.yaml", "--workers", "0"], "--workers"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    here: Path, words: list[str], says: str
) -> None:
    before = sorted(here.rglob("*"))
    done = sim(*words)
    assert done.exit_code == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(here.rglob("*")) == before


def test_a_wrong_trial_is_told_with_line_and_column(here: Path) -> None:
    write({"parameters": {"platforms.mall.fee": [0.05, 1.5]}})
    done = sim("sweep", "fees.yaml")
    assert done.exit_code == 2
    assert "fees.yaml:6:5: platforms.mall.fee: got 1.5" in done.stderr


def may_be_interrupted() -> None:
    """Hear the keyboard, to which what a shell starts in the background is deaf."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_keeps_what_is_finished(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = here / "notes"
    notes.mkdir()
    write({"parameters": {DOES: ["wait"]}, "repetitions": 2000})
    command = [sys.executable, "-m", "sim", "sweep", "fees.yaml", "--out", "a", "--workers", "1"]
    paths = os.pathsep.join([str(ROOT), *sys.path])
    environment = {**os.environ, "PYTHONPATH": paths, NOTES: str(notes)}
    driver = subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=may_be_interrupted,
    )
    end = time.monotonic() + 300
    while not any((here / "a" / "parts").glob("*.jsonl")):
        assert time.monotonic() < end
        time.sleep(0.05)
    driver.send_signal(signal.SIGINT)
    _, said = driver.communicate(timeout=300)
    assert driver.returncode == 1
    assert "stopped; what is finished is kept in a, the same command goes on" in said
    assert "Traceback" not in said
    found = json.loads(sim("sweep", "status", "a", "--json").stdout)
    assert 0 < found["done"] < 2000
    assert found["working"] == []


def test_help_names_everything(here: Path) -> None:
    said = sim("sweep", "--help").stdout
    assert all(verb in said for verb in ("run", "status", "merge"))
    said = sim("sweep", "run", "--help").stdout
    for option in ("--out", "--backend", "--workers", "--scheduler", "--shard", "--max-trials"):
        assert option in said
    assert sim("sweep").exit_code in (0, 2)


def test_sizes_and_times_in_words() -> None:
    assert _bytes("4G") == 4 << 30
    assert _bytes("1.5 GiB") == 3 << 29
    assert _bytes("800m") == 800 << 20
    said = [duration(s) for s in (0.2, 59, 120, 7_100, 7_800)]
    assert said == ["1 s", "59 s", "2 min", "118 min", "2 h 10 min"]


def test_progress_speaks_now_and_then_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with SweepProgress(show=True) as progress:
        progress("plan", trials=10, todo=8, societies=1, done=2)
        progress("estimate", seconds=float("nan"))
        for i in range(8):
            receipt = types.SimpleNamespace(status="failed" if i == 3 else "done")
            progress("trial", done=9, failed=9, running=1, todo=7 - i, receipt=receipt)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "2 done before, 8 to run"
    assert len(lines) == 2
    assert lines[1].startswith("7 done, 1 failed, 1 running, ")


def test_the_committed_schema_of_sweep_files_is_fresh() -> None:
    assert sim("schema", "--sweep").stdout == json_schema_text()
    assert COMMITTED.read_text(encoding="utf-8") == json_schema_text(), (
        "run: python -m sim.study.sweep.schema"
    )
