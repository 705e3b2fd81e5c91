"""The run folder: whole or absent, never over somebody else's files, and explaining itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import sim.study.run as front
from sim.engine.columns import SCHEMA_VERSION, TABLES
from sim.engine.folder import new_folder, refuse_existing, write_json, write_tables
from sim.engine.recorder import results_digest
from sim.errors import RunError, ScenarioError, StrategyError
from sim.scenario.load import from_dict, load
from sim.study.run import default_folder, run
from tests.engine.tiny import EVERY_TABLE, digest, play, scenario, tables

FILES = {
    "scenario.yaml",
    "market.parquet",
    "merchants.parquet",
    "platforms.parquet",
    "media.parquet",
    "communities.parquet",
    "cascades.parquet",
    "tellings.parquet",
    "teams.parquet",
    "referrals.parquet",
    "summary.json",
    "manifest.json",
    "report.html",
}


def tiny(**changes: Any) -> Any:
    return from_dict(scenario({"days": 6, "consumers.count": 1000, **EVERY_TABLE, **changes}))


def everything(folder: Path) -> set[str]:
    """Names of all files and folders below, hidden ones included."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


# --- a complete run -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> front.RunResult:
    return run(tiny(), out=tmp_path_factory.mktemp("runs") / "one", threads=2)


def test_a_run_leaves_a_complete_folder(done: front.RunResult) -> None:
    assert everything(done.folder) >= FILES
    assert everything(done.folder.parent) == {
        "one",
        *(f"one/{name}" for name in everything(done.folder)),
    }


def test_the_manifest_explains_the_run(done: front.RunResult) -> None:
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == done.manifest
    assert set(manifest) >= {
        "schema_version",
        "status",
        "name",
        "seed",
        "scenario_sha256",
        "results_sha256",
        "consumers",
        "days",
        "threads",
        "wall_s",
        "consumer_days_per_s",
        "stage_s",
        "peak_rss_mb",
        "versions",
    }
    assert manifest["status"] == "complete"
    assert manifest["schema_version"] == SCHEMA_VERSION
    assert (manifest["consumers"], manifest["days"], manifest["threads"]) == (1000, 6, 2)
    assert manifest["seed"] == 1
    assert manifest["scenario_sha256"] == tiny().digest
    assert set(manifest["versions"]) >= {"python", "flowtribe", "mesa", "numba", "numpy"}
    assert set(manifest["stage_s"]) >= {"build", "decide", "traffic", "record"}


def test_results_are_those_of_the_market(done: front.RunResult) -> None:
    market = play({"days": 6, "consumers.count": 1000, **EVERY_TABLE})
    assert done.manifest["results_sha256"] == digest(market)
    with duckdb.connect() as connection:
        for name, columns in TABLES.items():
            path = str(done.folder / f"{name}.parquet")
            got = connection.execute("SELECT * FROM read_parquet(?)", [path]).fetchnumpy()
            assert list(got) == [c.name for c in columns]
            for c in columns:
                assert np.array_equal(np.asarray(got[c.name]), tables(market)[name][c.name])
            back = {c.name: np.asarray(got[c.name]) for c in columns}
            assert back.keys() == tables(market)[name].keys()


def test_parquet_files_know_their_schema_version(done: front.RunResult) -> None:
    with duckdb.connect() as connection:
        for name in TABLES:
            path = str(done.folder / f"{name}.parquet")
            pairs = connection.execute(
                "SELECT key, value FROM parquet_kv_metadata(?)", [path]
            ).fetchall()
            assert (b"schema_version", str(SCHEMA_VERSION).encode()) in pairs
            codecs = connection.execute(
                "SELECT DISTINCT compression FROM parquet_metadata(?)", [path]
            ).fetchall()
            # A table without rows has nothing to compress.
            rows = connection.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchone()
            assert codecs == ([("ZSTD",)] if rows and rows[0] else [])


def test_the_folder_can_be_run_again(done: front.RunResult, tmp_path: Path) -> None:
    again = run(load(done.folder / "scenario.yaml"), out=tmp_path / "again")
    assert again.manifest["scenario_sha256"] == done.manifest["scenario_sha256"]
    assert again.manifest["results_sha256"] == done.manifest["results_sha256"]


def test_seed_and_days_given_are_told(tmp_path: Path) -> None:
    result = run(tiny(), seed=5, days=3, out=tmp_path / "x")
    assert (result.manifest["seed"], result.manifest["days"]) == (5, 3)
    kept = load(tmp_path / "x" / "scenario.yaml")
    assert kept.scenario.days == 3
    assert kept.digest == result.manifest["scenario_sha256"]
    assert result.manifest["results_sha256"] == digest(
        play({"days": 3, "consumers.count": 1000, **EVERY_TABLE}, seed=5)
    )


def test_default_folder_is_named_by_digest_and_seed() -> None:
    loaded = tiny()
    assert default_folder(loaded, 7) == Path("runs") / "tiny" / f"{loaded.digest[:8]}-s7"


def test_progress_is_told_in_order(tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, int]]] = []
    run(tiny(), out=tmp_path / "x", progress=lambda event, **info: told.append((event, info)))
    events = [event for event, _ in told if event != "compile"]
    assert events == ["build", *["day"] * 6, "write"]
    days = [info for event, info in told if event == "day"]
    assert days == [{"day": d, "days": 6, "consumers": 1000} for d in range(1, 7)]


# --- refusing -----------------------------------------------------------------------------------


def test_a_run_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    first = run(tiny(), out=tmp_path / "x")
    with pytest.raises(ScenarioError, match=r"exists already.*--force"):
        run(tiny(), out=tmp_path / "x")
    (tmp_path / "x" / "note.txt").write_text("of the former run")
    second = run(tiny(), seed=2, out=tmp_path / "x", force=True)
    assert second.manifest["results_sha256"] != first.manifest["results_sha256"]
    assert not (tmp_path / "x" / "note.txt").exists()
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("force", [False, True])
def test_somebody_elses_files_are_never_touched(tmp_path: Path, force: bool) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "thesis.txt").write_text("two years of work")
    with pytest.raises(ScenarioError, match="not a run"):
        run(tiny(), out=tmp_path / "x", force=force)
    assert (tmp_path / "x" / "thesis.txt").read_text() == "two years of work"
    assert everything(tmp_path) == {"x", "x/thesis.txt"}


def test_a_file_or_a_link_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(ScenarioError, match="not a folder"):
            refuse_existing(tmp_path / name, force=True)


def test_an_empty_folder_is_a_place(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    assert run(tiny(), out=tmp_path / "x").folder == tmp_path / "x"
    assert everything(tmp_path / "x") >= FILES


# --- whole or absent ----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, MemoryError])
@pytest.mark.parametrize("where", ["write_tables", "write_json", "write_report"])
@pytest.mark.parametrize("before", [False, True], ids=["fresh", "over a former run"])
def test_a_failure_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type, where: str, before: bool
) -> None:
    if before:
        former = run(tiny(), out=tmp_path / "x").manifest
    real = getattr(front, where)

    def broken(*arguments: Any) -> None:
        real(*arguments)
        raise error("pulled the plug")

    monkeypatch.setattr(front, where, broken)
    with pytest.raises(error):
        run(tiny(), seed=9, out=tmp_path / "x", force=True)
    if before:
        assert json.loads((tmp_path / "x" / "manifest.json").read_text()) == former
        assert os.listdir(tmp_path) == ["x"]
    else:
        assert everything(tmp_path) == set()


@pytest.mark.parametrize("moment", ["rename", "fsync"])
def test_a_failure_of_the_disk_leaves_the_former_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    target = tmp_path / "x"
    with new_folder(target) as folder:
        (folder / "a.txt").write_text("former")
    if moment == "fsync":

        def broken(handle: int) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(os, "fsync", broken)
    else:
        real = Path.rename

        def breaks_once(self: Path, other: Path) -> Path:
            if self.name.endswith(".partial"):
                raise OSError("no space left")
            return real(self, other)

        monkeypatch.setattr(Path, "rename", breaks_once)
    with pytest.raises(OSError, match="no space"), new_folder(target) as folder:
        (folder / "a.txt").write_text("new")
    assert (target / "a.txt").read_text() == "former"
    assert everything(tmp_path) == {"x", "x/a.txt"}


def test_nothing_is_seen_before_it_is_complete(tmp_path: Path) -> None:
    with new_folder(tmp_path / "deep" / "x") as folder:
        assert folder.parent == tmp_path / "deep"  # on the same disk, so that a rename is enough
        assert folder.name.startswith(".")
        assert not (tmp_path / "deep" / "x").exists()
        (folder / "a.txt").write_text("")
    assert everything(tmp_path) == {"deep", "deep/x", "deep/x/a.txt"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"merchants.odd": {"strategy": {"kind": "tests.merchants.trial:Raises", "review": 1}}},
            StrategyError,
        ),
        ({"merchants.odd": {"strategy": {"kind": "tests.merchants.trial:Gone"}}}, ScenarioError),
        ({"graph": {"kind": "random", "mean_degree": 999.5}}, ScenarioError),
    ],
)
def test_a_run_that_fails_leaves_nothing(tmp_path: Path, changes: dict, error: type) -> None:
    with pytest.raises(error):
        run(tiny(**changes), out=tmp_path / "deep" / "x")
    assert everything(tmp_path) == set()


def test_an_interrupt_while_simulating_leaves_nothing(tmp_path: Path) -> None:
    def impatient(event: str, **info: int) -> None:
        if info.get("day") == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tiny(), out=tmp_path / "x", progress=impatient)
    assert everything(tmp_path) == set()


# --- files --------------------------------------------------------------------------------------


def test_odd_names_of_folders_are_written(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s a "name" with ünïcode'
    folder.mkdir()
    t = tables(play({"days": 2}))
    write_tables(folder, t)
    with duckdb.connect() as connection:
        path = str(folder / "market.parquet")
        got = connection.execute("SELECT day FROM read_parquet(?)", [path]).fetchall()
    assert got == [(0,), (1,)]


def test_empty_tables_keep_their_columns(tmp_path: Path) -> None:
    t = tables(play({"days": 2, "merchants": {}, "platforms": {}}))
    assert len(t["merchants"]["day"]) == 0
    write_tables(tmp_path, t)
    with duckdb.connect() as connection:
        for name, columns in TABLES.items():
            path = str(tmp_path / f"{name}.parquet")
            found = connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
            kinds = {"i8": "BIGINT", "f8": "DOUBLE", "text": "VARCHAR"}
            assert [row[:2] for row in found] == [(c.name, kinds[c.kind]) for c in columns]
    assert results_digest(t) != results_digest(tables(play({"days": 1})))


def test_a_folder_that_is_gone_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="market"):
        write_tables(tmp_path / "missing", tables(play({"days": 1})))


def test_nan_is_a_defect(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"a": float("nan")})


def test_errors_survive_pickling() -> None:
    import pickle

    for error in (StrategyError("a.1", 3, "no"), RunError("no", stage="traffic", day=4)):
        copy = pickle.loads(pickle.dumps(error))
        assert str(copy) == str(error)
        assert vars(copy) == vars(error)
