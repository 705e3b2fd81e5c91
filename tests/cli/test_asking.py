"""``sim query``: what it prints in a terminal's place, in a pipe, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.engine.columns import TABLES
from sim.study.ask import VIEWS
from tests.study import fabricate

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "query.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("work") / "runs"
    for seed in (1, 2):
        fabricate.folder(root / f"s{seed}", fabricate.scenario(days=8), seed=seed)
    (root / "stopped").mkdir()
    (root / "stopped" / "manifest.json").write_text('{"status": "running"}')
    return root


def sim(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_a_table_in_a_pipe_is_not_cut(folder: Path) -> None:
    result = sim("query", "select run, headline, orders from runs", folder)
    assert result.exit_code == 0
    head, *lines = result.stdout.splitlines()
    assert head.split() == ["run", "headline", "orders"]
    assert [line.split()[0] for line in lines] == ["s1", "s2"]
    assert all("anecdote" in line and "…" not in line for line in lines)
    assert "2 rows" in result.stderr
    assert "warning:" in result.stderr and "stopped" in result.stderr


def test_numbers_in_a_table(folder: Path) -> None:
    sql = "select 1234567 n, 1234567 seed, 1234.5678 x, null z, true t, 'a' w, 'nan'::double y"
    line = sim("query", sql, folder).stdout.splitlines()[1]
    assert line.split() == ["1,234,567", "1234567", "1,234.57", "–", "true", "a", "–"]


def test_a_statement_may_be_longer_than_a_file_name(folder: Path) -> None:
    sql = f"select {' + '.join(['1'] * 400)} as total"
    assert sim("query", sql, folder).stdout.split() == ["total", "400"]


def test_a_long_table_says_what_it_leaves_out(folder: Path) -> None:
    result = sim("query", "from market order by run, day", folder, "--rows", 3)
    assert len(result.stdout.splitlines()) == 4
    assert "16 rows, 3 shown" in result.stderr


def test_csv_and_json_are_whole_and_exact(folder: Path) -> None:
    sql = "select run, day, gmv, hhi, taste_within from market order by run, day"
    rows = list(csv.reader(io.StringIO(sim("query", sql, folder, "--csv").stdout)))
    objects = json.loads(sim("query", sql, folder, "--json").stdout)
    assert rows[0] == ["run", "day", "gmv", "hhi", "taste_within"]
    assert [[*o.values()] for o in objects] == [
        [r[0], int(r[1]), int(r[2]), float(r[3]), float(r[4]) if r[4] else None] for r in rows[1:]
    ]
    made = [fabricate.tables(fabricate.scenario(days=8), seed)["market"] for seed in (1, 2)]
    assert [o["gmv"] for o in objects] == [int(v) for table in made for v in table["gmv"]]
    assert [o["hhi"] for o in objects] == [float(v) for table in made for v in table["hhi"]]


def test_json_of_what_json_has_no_word_for(folder: Path) -> None:
    sql = "select 1.5::decimal(4,1) a, date '2026-01-31' b, [1, 2] c, sum(day) d from market"
    sql += " where false union all select 2, null, null, 3"
    assert json.loads(sim("query", sql, folder, "--json").stdout)[-1] == {
        "a": 2,
        "b": None,
        "c": None,
        "d": 3,
    }
    assert sim("query", "from runs where false", folder, "--json").stdout == "[]\n"


@pytest.mark.parametrize("arguments", [["--views"], [], ["--views", "."], ["."], ["", "."]])
def test_views_are_listed_with_units(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(folder)
    result = sim("query", *arguments)
    assert result.exit_code == 0
    for view, columns in VIEWS.items():
        assert f"\n{view}\n" in f"\n{result.stdout}"
        for column in columns:
            assert column.name in result.stdout and column.unit in result.stdout
    assert TABLES["market"][-1].meaning in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["select frob from runs"], "query:1:8: there is no 'frob' here"),
        (["drop table runs"], "does not only read"),
        (["select 1", "--csv", "--json"], "exclude each other"),
    ],
)
def test_what_the_person_can_fix(folder: Path, arguments: list[str], says: str) -> None:
    result = sim("query", arguments[0], folder, *arguments[1:])
    assert result.exit_code == 2
    assert says in result.stderr and result.stdout == ""


def test_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = sim("query", "from runs")
    assert result.exit_code == 2
    assert (
        result.stderr == "runs: there is no such folder, name a folder with runs or sweeps in it\n"
    )


def test_help_has_examples() -> None:
    assert '\n  sim query "select' in sim("query", "--help").stdout


def test_the_command_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys, sim.cli; heavy = {'duckdb', 'pandas', 'numba', 'mesa', 'pydantic', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr


def examples() -> list[str]:
    """The commands of the page, each on one line."""
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.startswith("sim query ")]


@pytest.mark.parametrize("command", examples())
def test_the_examples_of_the_page_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(folder.parent)
    result = sim(*shlex.split(command.partition(" > ")[0])[1:])
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) > 1


def test_the_python_of_the_page_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    blocks = PAGE.read_text(encoding="utf-8").split("```python\n")[1:]
    assert blocks
    for block in blocks:
        exec(block.partition("```")[0], {})
