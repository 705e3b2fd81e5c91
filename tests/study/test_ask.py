"""Questions in SQL: the views hold what the files hold, and nothing but reading is done."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.columns import TABLES
from sim.errors import ScenarioError
from sim.study.ask import VIEWS, Views
from sim.study.folders import find
from tests.study import fabricate

ASKED = fabricate.scenario(days=6)
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, two of them a level deeper, and a sweep."""
    root = tmp_path_factory.mktemp("runs")
    for seed, name in zip(SEEDS, ("a", "deep/b", "deep/c"), strict=True):
        folder = fabricate.folder(root / name, ASKED, seed=seed)
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "seed": seed}))
    sweep(root / "sweeps" / "one", "select 0 trial, 7 seed, 0.25 share, 12.5 profit")
    sweep(root / "sweeps" / "two", "select 4 trial, 8 seed, 'ok' status, 3 \"mall.fee\"")
    return root


def sweep(folder: Path, select: str) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"kind": "sweep"}')
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to '{folder}/results.parquet' (format parquet)")


def ask(root: Path, sql: str) -> list[tuple[Any, ...]]:
    with Views(find(root)) as views:
        return list(views.ask(sql).rows)


# --- the views hold what the files hold ------------------------------------------------------


def test_finds_every_run_and_sweep_by_name(runs: Path) -> None:
    found = find(runs)
    assert [run.run for run in found.runs] == ["a", "deep/b", "deep/c"]
    assert [sweep.sweep for sweep in found.sweeps] == ["sweeps/one", "sweeps/two"]
    assert found.skipped == []


def test_a_run_itself_is_a_folder_of_one_run(runs: Path) -> None:
    assert ask(runs / "deep" / "c", "select run, seed from runs") == [("c", 3)]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_the_columns_that_are_listed(runs: Path, view: str) -> None:
    with Views(find(runs)) as views:
        listed = [column.name for column in views.columns()[view]]
        assert views.ask(f"select * from {view}").names == listed
        if view != "trials":
            assert listed == [column.name for column in VIEWS[view]]


@pytest.mark.parametrize("table", TABLES)
def test_series_are_the_engines_to_the_bit(runs: Path, table: str) -> None:
    with Views(find(runs)) as views:
        for run, seed in zip(("a", "deep/b", "deep/c"), SEEDS, strict=True):
            made = fabricate.tables(ASKED, seed)[table]
            got = list(zip(*views.ask(f"from {table} where run = '{run}'").rows, strict=True))
            assert set(got[0]) == {run} and set(got[2]) == {seed}
            for column, values in zip(TABLES[table], got[3:], strict=True):
                wanted = made[column.name]
                if column.kind == "f8":
                    assert np.array_equal(np.array(values, float), wanted, equal_nan=True)
                else:
                    assert list(values) == wanted.tolist()


def test_runs_and_camps_say_what_the_summary_says(runs: Path) -> None:
    for folder, seed in (("a", 1), ("deep/c", 3)):
        summary = json.loads((runs / folder / "summary.json").read_text())
        rows = ask(
            runs,
            f"select headline, orders, hhi, cascade_max, first from runs where seed = {seed}",
        )
        market, cascades = summary["market"], summary["cascades"]
        assert rows == [
            (
                summary["headline"],
                market["orders"],
                market["hhi"],
                cascades["max_size"],
                summary["comparison"]["first"],
            )
        ]
        columns = "camp, profit, profit_median, spend_ads, gross_cac, payback_days"
        assert ask(runs, f"select {columns} from camps where seed = {seed}") == [
            (
                camp["name"],
                camp["profit"],
                camp["profit_per_merchant"]["median"],
                camp["spend"]["ads"],
                camp["gross_cac"],
                camp["payback_days"],
            )
            for camp in summary["camps"]
        ]


def test_metrics_of_a_sweep_are_listed_with_their_units(tmp_path: Path) -> None:
    sweep(tmp_path / "s", 'select 0 trial, 7 seed, 2 "mall.fee", 5.0 "camps.a.profit", 0.1 late')
    late = {"name": "late", "path": "", "table": "market", "column": "hhi"}
    profit = {"name": "camps.a.profit", "path": "camps.a.profit"}
    manifest = {"kind": "sweep", "metrics": [late, profit]}
    (tmp_path / "s" / "manifest.json").write_text(json.dumps(manifest))
    with Views(find(tmp_path)) as views:
        units = {column.name: column.unit for column in views.columns()["trials"]}
    assert units == {
        "sweep": "name",
        "trial": "trial",
        "seed": "seed",
        "mall.fee": "",
        "camps.a.profit": "money",
        "late": "0..1",
    }


def test_views_join(runs: Path) -> None:
    sql = """
        select c.run, c.camp, c.orders, sum(m.orders)
        from camps c join merchants m using (run, camp) join runs r using (run)
        group by all order by all
    """
    rows = ask(runs, sql)
    assert len(rows) == 6
    assert all(summed == counted for _, _, counted, summed in rows)


def test_trials_of_different_sweeps_are_matched_by_name(runs: Path) -> None:
    sql = 'select sweep, trial, seed, status, share, profit, "mall.fee" from trials order by trial'
    assert ask(runs, sql) == [
        ("sweeps/one", 0, 7, None, 0.25, 12.5, None),
        ("sweeps/two", 4, 8, "ok", None, None, 3),
    ]


def test_without_runs_or_sweeps_the_views_are_empty(tmp_path: Path, runs: Path) -> None:
    assert ask(runs / "sweeps", "select count(*) from merchants") == [(0,)]
    assert ask(runs / "a", "select count(*) from trials") == [(0,)]


def test_two_columns_of_one_name_are_told_apart(runs: Path) -> None:
    with Views(find(runs)) as views:
        sql = "select r.run, c.run, m.run from runs r, camps c, market m"
        assert views.ask(sql).names == ["run", "run_2", "run_3"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text("ab[]*?'\"= %é-{}", min_size=1, max_size=8).filter(lambda t: t.strip(" .")))
def test_any_folder_name_will_do(runs: Path, name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for folder in {name, "ab", "seed=1"}:
            shutil.copytree(runs / "a", root / folder)
        rows = ask(root, "select run, count(*) from market group by run")
        assert dict(rows) == {name: 6, "ab": 6, "seed=1": 6}
        assert ask(root, "select distinct seed from market") == [(1,)]


@pytest.mark.parametrize("name", ["~", "~root", "..", "./~/.."])
def test_paths_from_here_mean_what_they_say(
    tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "~").mkdir()
    (tmp_path / "~root").mkdir()
    (tmp_path / "here").mkdir()
    for folder in ("~", "~root"):
        shutil.copytree(runs / "a", tmp_path / folder / "a")
    monkeypatch.chdir(tmp_path / "here" if name == ".." else tmp_path)
    expected = 6 if name.startswith("~") else 12
    assert ask(Path(name), "select count(*) from market") == [(expected,)]


# --- what is not a finished run is passed over ------------------------------------------------


def rewrite(name: str, change: Callable[[Path], Any]) -> Callable[[Path], Any]:
    return lambda folder: change(folder / name)


def edited(**more: Any) -> Callable[[Path], Any]:
    def edit(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **more}))

    return edit


BROKEN = {
    "status": (rewrite("manifest.json", edited(status="running")), "its status is 'running'"),
    "schema": (rewrite("manifest.json", edited(schema_version=2)), "schema 2, this version reads"),
    "foreign": (rewrite("manifest.json", lambda p: p.write_text("{}")), "not a run's"),
    "list": (rewrite("manifest.json", lambda p: p.write_text("[1]")), "not a JSON object"),
    "no json": (rewrite("manifest.json", lambda p: p.write_text("{")), "cannot be read"),
    "no manifest": (rewrite("manifest.json", Path.unlink), "manifest.json is missing"),
    "no summary": (rewrite("summary.json", Path.unlink), "summary.json is missing"),
    "no table": (rewrite("cascades.parquet", Path.unlink), "cascades.parquet is missing"),
    "cut off": (
        rewrite("market.parquet", lambda p: p.write_bytes(p.read_bytes()[:-9])),
        "market.parquet is cut off",
    ),
    "empty": (rewrite("market.parquet", lambda p: p.write_bytes(b"")), "market.parquet is cut off"),
    "partial": (lambda f: f.rename(f.with_name(".x.12.partial")), "has not finished"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_whole_is_passed_over_with_the_reason(
    tmp_path: Path, runs: Path, name: str
) -> None:
    shutil.copytree(runs / "a", tmp_path / "good")
    shutil.copytree(runs / "a", tmp_path / "x")
    harm, reason = BROKEN[name]
    harm(tmp_path / "x")
    found = find(tmp_path)
    assert [run.run for run in found.runs] == ["good"]
    assert len(found.skipped) == 1 and reason in found.skipped[0]
    assert ask(tmp_path, "select count(distinct run), count(*) from market") == [(1, 6)]
    shutil.rmtree(tmp_path / "good")
    with pytest.raises(ScenarioError, match="no finished run") as caught:
        find(tmp_path)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("manifest", "files", "says"),
    [
        ('{"kind": "sweep"}', [], "a sweep without results yet"),
        ('{"kind": "sweep"}', ["results.parquet"], "results.parquet is cut off"),
        ('{"made by": "somebody"}', ["results.parquet"], "manifest.json is not a run's"),
        (
            '{"made by": "somebody"}',
            ["design.csv", "results.parquet"],
            "results.parquet is cut off",
        ),
    ],
)
def test_sweeps_without_results_are_passed_over(
    tmp_path: Path, runs: Path, manifest: str, files: list[str], says: str
) -> None:
    shutil.copytree(runs / "a", tmp_path / "a")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "manifest.json").write_text(manifest)
    for name in files:
        (tmp_path / "s" / name).write_text("not Parquet")
    found = find(tmp_path)
    assert found.sweeps == [] and len(found.runs) == 1
    assert len(found.skipped) == 1 and says in found.skipped[0]


def test_damage_inside_a_file_is_told_in_one_line(tmp_path: Path, runs: Path) -> None:
    shutil.copytree(runs / "a", tmp_path / "a")
    path = tmp_path / "a" / "market.parquet"
    whole = bytearray(path.read_bytes())
    whole[4 : len(whole) // 2] = bytes(len(whole) // 2 - 4)
    path.write_bytes(whole)
    with pytest.raises(ScenarioError) as caught:
        ask(tmp_path, "select * from market")
    assert "\n" not in str(caught.value)
    assert ask(tmp_path, "select seed from runs") == [(1,)]


def test_other_folders_and_hidden_ones_are_nobodys_business(tmp_path: Path, runs: Path) -> None:
    shutil.copytree(runs / "a", tmp_path / "a")
    shutil.copytree(runs / "a", tmp_path / ".hidden" / "a")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "data.csv").write_text("1")
    found = find(tmp_path)
    assert (len(found.runs), found.skipped) == (1, [])


def test_summaries_with_strange_values_give_null(tmp_path: Path, runs: Path) -> None:
    shutil.copytree(runs / "a", tmp_path / "a")
    strange = {"market": {"orders": "many", "hhi": None, "gmv": [1]}, "camps": [], "run": 3}
    (tmp_path / "a" / "summary.json").write_text(json.dumps(strange))
    assert ask(tmp_path, "select seed, orders, hhi, gmv, headline from runs") == [
        (1, None, None, None, None)
    ]
    assert ask(tmp_path, "from camps") == []


@pytest.mark.parametrize(("name", "says"), [("nope", "no such folder"), ("file", "is a file")])
def test_a_folder_that_is_none(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScenarioError, match=says):
        find(tmp_path / name)


# --- only reading, and errors in one line -----------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "create table x (a int)",
        "insert into runs select * from runs",
        "drop view market",
        "copy runs to 'out.csv'",
        "explain analyze copy runs to 'out.csv'",
        "attach 'out.csv' as x",
        "set threads = 1",
        "install httpfs",
        "pragma version",
        "select 1; drop table runs",
        "",
        "-- nothing",
    ],
)
def test_only_reading_is_taken(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with Views(find(runs)) as views:
        with pytest.raises(ScenarioError, match="begins with select"):
            views.ask(sql)
        assert list(views.ask("select count(*) from runs").rows) == [(3,)]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_from_anywhere(runs: Path) -> None:
    with pytest.raises(ScenarioError, match="httpfs"):
        ask(runs, "from read_parquet('https://example.org/x.parquet')")


@pytest.mark.parametrize(
    ("sql", "place", "says", "hint"),
    [
        ("select * from runz", "query:1:15", "no view 'runz', views are runs, camps,", "runs"),
        ("select profitt from camps", "query:1:8", "no 'profitt' here, camps has run,", "profit"),
        ("select seed,\n  hhhi from runs", "query:2:3", "no 'hhhi' here", "hhi"),
        ("select r.days_ from runs r", "query:1:8", "no 'days_' here", "days"),
        ("select shar from trials", "query:1:8", "trials has sweep, trial,", "share"),
        ("select x.run from runs", "query:1:8", "there is no 'x' here, runs has run", ""),
        ("select frum runs frum", "query:1:18", "syntax error", ""),
        ("select suum(seed) from runs", "query:1:8", "suum does not exist", ""),
        ("select * from runs where seed = 'a'", "query:1:33", "'a'", ""),
    ],
)
def test_errors_name_the_place_and_what_there_is(
    runs: Path, sql: str, place: str, says: str, hint: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        ask(runs, sql)
    text = str(caught.value)
    assert text.startswith(f"{place}: ") and says in text and "\n" not in text
    assert caught.value.hint == hint if hint else True
    assert caught.value.exit_code == 2
