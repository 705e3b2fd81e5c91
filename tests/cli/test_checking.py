"""``sim check``: what it prints, its exit codes, and what it says about bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim.check import suite
from sim.check.measured import Effort, Found, Point
from sim.cli import app
from tests.check.pretend import pretend


def sim(*words: str) -> Result:
    return CliRunner().invoke(app, ["check", *words])


@pytest.fixture
def one_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found((Point("seven", 7.0, 8.0),), "items")
    wrong = pretend("wrong", lambda effort: found)
    monkeypatch.setattr(suite, "CHECKS", {"wrong": wrong, "ic": suite.CHECKS["ic"]})


def test_a_check_of_ones_own(tmp_path: Path) -> None:
    done = sim(
        "ic", "--graph", "karate", "--seed-node=0", "--p", "0.1", "--runs", "2000",
        "--out", str(tmp_path),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "karate from 0, p = 0.1" in done.output
    assert "3.41265" in done.output
    assert (tmp_path / "check.html").is_file()


@pytest.mark.usefixtures("one_wrong")
def test_a_failing_check_is_shown_as_failing(tmp_path: Path) -> None:
    done = sim("wrong", "--out", str(tmp_path))
    assert done.exit_code == 1
    assert "FAILS" in done.output
    assert "wrong: seven: expected 7, got 8" in done.output


@pytest.mark.usefixtures("one_wrong")
def test_json_is_one_document(tmp_path: Path) -> None:
    done = sim("wrong", "--json", "--seed", "5", "--out", str(tmp_path))
    assert done.exit_code == 1
    known = json.loads(done.stdout)
    assert (known["passed"], known["seed"]) == (False, 5)


def test_quiet_prints_the_page(tmp_path: Path) -> None:
    done = sim("envy-bound", "-q", "--out", str(tmp_path))
    assert done.exit_code == 0
    assert done.stdout.strip() == str(tmp_path / "check.html")


def test_list_shows_sources_and_options() -> None:
    done = sim("--list")
    assert done.exit_code == 0
    for check in suite.CHECKS.values():
        assert check.name in done.stdout
        assert check.source in done.stdout
    assert "--graph karate --seed-node 0 --p 0.1" in done.stdout
    only = sim("textbook", "--list")
    assert "textbook" in only.stdout
    assert "karate" not in only.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["icc"], "did you mean 'ic'"),
        (["auction"], "did you mean 'auctions'"),
        (["--quik"], "did you mean '--quick'"),
        (["ic", "lt", "--p", "0.1"], "--p goes with one check"),
        (["ic", "--q", "0.1"], "no option --q"),
        (["ic", "--p"], "must be a number"),
        (["ic", "--p", "much"], "must be a number"),
        (["textbook", "--p", "1"], "has no options"),
    ],
)
def test_bad_input_is_two(words: list[str], says: str, tmp_path: Path) -> None:
    done = sim(*words, "--out", str(tmp_path))
    assert done.exit_code == 2, done.output
    assert says in done.output
    assert not list(tmp_path.iterdir())


def test_luck_is_drawn_by_seed_and_effort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    efforts: list[Effort] = []

    def note(effort: Effort) -> Found:
        efforts.append(effort)
        return Found((Point("", 1.0, 1.0),))

    monkeypatch.setattr(suite, "CHECKS", {"note": pretend("note", note)})
    sim("--out", str(tmp_path))
    sim("--quick", "--seed", "3", "--out", str(tmp_path))
    assert [(effort.seed, effort.quick) for effort in efforts] == [(1, False), (3, True)]
