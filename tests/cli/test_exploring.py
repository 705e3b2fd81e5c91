"""``sim threshold`` and ``sim sensitivity`` from the command line, one of them for real."""

from __future__ import annotations

import errno
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.scenario.load import load
from sim.study.sensitivity.sampled import METHODS
from sim.study.sweep.read import read_sweep
from sim.study.sweep.runner import run_trials
from sim.study.threshold.question import understand
from tests.study.pretend import Pretended

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explore.md"
SHOP = """
name: shop
days: 2
consumers: {count: 200}
platforms: {mall: {}}
merchants: {buyer: {count: 2}, rival: {count: 2}}
"""
CASH, MONEY = "merchants.buyer.operations.cash", "camps.buyer.opening_cash"


def sim(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SHOP)
    return tmp_path


def test_a_tipping_point_that_is_known_is_found_by_simulating(shop: Path) -> None:
    """What a merchant opens with is what the scenario says, so it crosses 1,500 yuan at 1,500."""
    asked = ["threshold", "shop.yaml", "--vary", CASH, "--metric", MONEY, "--level", "1500 CNY"]
    asked += ["--low", "1000", "--high", "2300", "--seeds", 2, "--tolerance", 100]
    result = sim(*asked, "--workers", 1, "--out", "found")
    assert result.exit_code == 0, result.stderr
    assert f"{MONEY} rises above 1,500 CNY at {CASH} 1,500 CNY." in result.stdout
    assert "5 to 13 values" in result.stderr and "look 1: 10 runs" in result.stderr
    assert (shop / "found" / "threshold.html").is_file()
    again = sim(*asked, "--workers", 1, "--out", "found", "--json")
    content = json.loads(again.stdout)
    assert content["crossing"] == pytest.approx(1500)
    assert content["interval"] == [pytest.approx(1500), pytest.approx(1500)]
    assert "look" not in again.stderr  # everything was there


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--vary", "merchants.buyer.operations.cas", "--metric", MONEY], "did you mean 'cash'?"),
        (["--vary", CASH, "--metric", "camps.buyer.opening_cas"], f"did you mean {MONEY!r}?"),
        (["--vary", CASH, "--metric", MONEY, "--low", "5"], "--high: missing"),
        (["--vary", CASH, "--metric", MONEY, "--seeds", "0"], "--seeds: got 0, needs at least 1"),
    ],
)
def test_bad_questions_write_nothing(shop: Path, options: list[str], says: str) -> None:
    result = sim("threshold", "shop.yaml", *options)
    assert result.exit_code == 2
    assert says in result.stderr
    assert [path.name for path in shop.iterdir()] == ["shop.yaml"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyboardInterrupt(), "stopped; what is finished is kept in place"),
        (OSError(errno.ENOSPC, "full"), "the disk of place is full; what is finished is kept"),
    ],
)
def test_stopping_says_how_to_go_on(
    shop: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, says: str
) -> None:
    import sim.study.threshold.answer as module

    def stopped(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(module, "answer", stopped)
    result = sim("threshold", "shop.yaml", "--vary", CASH, "--metric", MONEY, "--out", "place")
    assert result.exit_code == 1
    assert says in result.stderr


# --- sensitivity ---------------------------------------------------------------------------------


def swept(folder: Path, method: str) -> Path:
    (folder / "sweep.yaml").write_text(
        f"name: screening\nbase: shop.yaml\nmethod: {method}\nsamples: 8\nrepetitions: 2\n"
        "parameters: {platforms.mall.fee: {min: 0%, max: 40%}, merchants.buyer.product.quality:"
        " {min: 0.1, max: 0.9}}\nmetrics: [camps.buyer.profit]\n"
    )
    asked = read_sweep(folder / "sweep.yaml")
    backend = Pretended(
        lambda changes, seed: {"camps.buyer.profit": 1e6 * changes["platforms.mall.fee"] + seed}
    )
    out = folder / "runs" / "screening"
    trials, metrics = asked.trials, asked.metrics
    run_trials(trials, metrics, out, base=asked.base, backend=backend, about=asked.about)
    return out


@pytest.mark.parametrize("method", METHODS)
def test_effects_are_printed_and_written(shop: Path, method: str) -> None:
    out = swept(shop, method)
    result = sim("sensitivity", out)
    assert result.exit_code == 0, result.stderr
    assert "camps.buyer.profit hangs most on platforms.mall.fee." in result.stdout
    assert "Noise" in result.stdout and "merchants.buyer.product.quality" in result.stdout
    assert (out / "sensitivity.html").is_file()
    content = json.loads(sim("sensitivity", out, "--json").stdout)
    assert content["method"] == method and content["repetitions"] == 2


def test_what_is_no_sweep_is_the_persons_to_fix(shop: Path) -> None:
    result = sim("sensitivity", ".")
    assert result.exit_code == 2
    assert "is not the folder of a sweep" in result.stderr


# --- help and page -------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["threshold", "sensitivity"])
def test_help_has_examples(verb: str) -> None:
    result = sim(verb, "--help")
    assert result.exit_code == 0
    assert f"\n  sim {verb} " in result.stdout


def commands() -> list[list[str]]:
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line.startswith("sim threshold ")]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command[2])
def test_the_questions_of_the_page_are_understood(command: list[str]) -> None:
    options = dict(zip(command[3::2], command[4::2], strict=True))
    given: dict[str, Any] = {name.removeprefix("--"): text for name, text in options.items()}
    given["seeds"] = int(given.get("seeds", 10))
    asked = understand(load(ROOT / command[2]), **{"level": "0", **given})
    assert asked.low < asked.high


def test_the_sweep_of_the_page_is_understood(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", text, re.S)
    assert found is not None
    base = ROOT / "scenarios" / "quickstart.yaml"
    (tmp_path / "screening.yaml").write_text(
        found[1].replace("../scenarios/quickstart.yaml", str(base))
    )
    sweep = read_sweep(tmp_path / "screening.yaml")
    assert sweep.spec.method in METHODS
    assert len(sweep.trials) == 10 * 4 * 3
