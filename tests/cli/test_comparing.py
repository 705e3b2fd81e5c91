"""``sim compare``: what it prints and writes, and how it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from tests.study.compare.test_spec import BENCH, TOWN, write

SMALL = TOWN.replace("days: 30", "days: 8")


def sim(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments])


def said(result: Result) -> str:
    return re.sub(r"\s+", " ", result.output.replace("\N{NO-BREAK SPACE}", " "))


@pytest.mark.slow
def test_a_benchmark_from_file_to_page(tmp_path: Path) -> None:
    path = write(tmp_path, BENCH, SMALL)
    out = tmp_path / "out"
    result = sim(path, "--seeds", "2", "--out", str(out), "--workers", "1")
    assert result.exit_code == 0, result.output
    assert "buy_traffic" in said(result) and "same 2 seeds" in said(result)
    page = out / "report.html"
    assert f"report: {page}" in result.output and page.stat().st_size > 1_000_000
    before = page.read_bytes()
    again = sim(path, "--seeds", "2", "--out", str(out), "--workers", "1", "--quiet")
    assert again.output.strip() == str(page)  # nothing had to be run
    assert page.read_bytes() == before
    other = sim(path, "--seeds", "2", "--out", str(out), "--metric", "gross_cac", "-q")
    assert other.exit_code == 2 and "holds a sweep with other metrics" in said(other)
    assert page.read_bytes() == before


@pytest.mark.slow
def test_json_of_a_changed_market(tmp_path: Path) -> None:
    path = write(tmp_path, BENCH, SMALL)

    def document(name: str, *more: str) -> dict[str, Any]:
        out = str(tmp_path / name)
        result = sim(path, "--seeds", "2", "--out", out, "--workers", "1", "--json", *more)
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)[0]
        return found

    plain, closed = document("plain"), document("closed", "--set", "days=2", "--set", "seed=9")
    assert plain["seeds"] == [1, 2] and plain["decided_by"] == "return_on_capital"
    arms = {(one["metric"], one["arm"]): one for one in plain["arms"]}
    for pair in plain["pairs"]:
        a, b = (arms[pair["metric"], pair[name]] for name in "ab")
        both = [
            x - y
            for x, y in zip(a["by_seed"], b["by_seed"], strict=True)
            if x is not None and y is not None
        ]
        if both:
            assert pair["seeds"] == len(both)
            assert pair["mean"] == pytest.approx(sum(both) / len(both), abs=2e-6)
            assert pair["mean_a"] - pair["mean_b"] == pytest.approx(pair["mean"], abs=2e-6)
    assert closed["arms"] != plain["arms"]  # two days are not eight


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["BENCH", "--focus", "shop"], "--focus goes with --arms"),
        (["BENCH", "BENCH"], "another benchmark is called 'bench' too"),
        (["BENCH", "--seeds", "0"], "--seeds: seeds: 0 seeds cannot be compared, at least 2"),
        (["BENCH", "--precision", "tight"], "--precision: precision: 'tight' is no precision"),
        (["BENCH", "--metric", "profot"], "a run's summary has no number"),
        (["TOWN", "BENCH", "--arms", "hybrid,buy_traffic"], "--arms takes one scenario"),
        (["TOWN", "--arms", "hybrid,buy_traffic"], "--focus: whose strategy is to be exchanged?"),
        (["TOWN", "--arms", "hybrid", "--focus", "shop"], "nothing to compare"),
        (["TOWN", "--arms", "hybrid,x", "--focus", "shop"], "no such strategy: 'x'"),
        (["TOWN"], "this is a scenario, not a benchmark, name strategies to exchange"),
        (["missing.yaml"], "there is no such file"),
        (["BENCH", "--set", "platforms.mal.fee=9%"], "--set platforms.mal.fee"),
        (
            ["TOWN", "--arms", "hybrid,buy_traffic", "--focus", "shop", "--set", "days=0"],
            "--set days",
        ),
    ],
)
def test_refused_before_anything_runs(tmp_path: Path, arguments: list[str], message: str) -> None:
    bench = write(tmp_path, BENCH, SMALL)
    names = {"BENCH": bench, "TOWN": str(tmp_path / "town.yaml")}
    out = tmp_path / "out"
    result = sim(*(names.get(a, a) for a in arguments), "--out", str(out))
    assert result.exit_code == 2, result.output
    assert message in said(result)
    assert not out.exists()


def test_help_names_units_and_defaults() -> None:
    text = said(sim("--help"))
    for word in ("--arms", "--focus", "--seeds", "--precision", "5%", "--tournament", "--workers"):
        assert word in text
