"""Sweep files: what is asked is what is run, and what is wrong is told with its place."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.study.sweep import points
from sim.study.sweep.read import Sweep, read_sweep

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "benchmarks" / "sweeps").glob("*.yaml"))
SCENARIO = """name: shop
days: 20
consumers: {count: 500}
platforms: {mall: {}}
merchants:
  buyer: {count: 2}
  grower: {strategy: {kind: cultivate_community}}
"""
HEAD = "name: x\nbase: shop.yaml\nmetrics: [market.gmv]\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SCENARIO)
    return tmp_path


def read(text: str, head: str = HEAD) -> Sweep:
    Path("s.yaml").write_text(head + text)
    return read_sweep("s.yaml")


def values(sweep: Sweep, path: str) -> list[Any]:
    return [trial.changes[path] for trial in sweep.trials]


# --- designs -----------------------------------------------------------------------------------


def test_a_grid_is_every_combination_times_every_seed(here: Path) -> None:
    sweep = read("""
parameters:
  platforms.mall.fee: [2%, 0.1]
  merchants.buyer.count: {first: 1, step: 2, last: 6}
seeds: [7, 3]
""")
    rows = [(*t.changes.values(), t.seed) for t in sweep.trials]
    assert rows == [(fee, n, s) for fee in (0.02, 0.1) for n in (1, 3, 5) for s in (7, 3)]
    assert [trial.number for trial in sweep.trials] == list(range(12))
    assert len({trial.key for trial in sweep.trials}) == 12
    assert {trial.society for trial in sweep.trials} == {t.society for t in sweep.trials[:2]}
    assert sweep.about["points"] == 6


def test_a_list_takes_values_side_by_side(here: Path) -> None:
    sweep = read("""
method: list
parameters:
  platforms.mall.fee: [2%, 4%, 8%]
  merchants.buyer.product.price: [100 CNY, 110, "120.50 CNY"]
""")
    assert values(sweep, "platforms.mall.fee") == [0.02, 0.04, 0.08]
    assert values(sweep, "merchants.buyer.product.price") == [100, 110, 120.5]


def test_ranges_of_a_grid(here: Path) -> None:
    sweep = read("""
parameters:
  platforms.mall.fee: {min: 1%, max: 16%, steps: 5, scale: log}
""")
    assert values(sweep, "platforms.mall.fee") == pytest.approx([0.01, 0.02, 0.04, 0.08, 0.16])


@pytest.mark.parametrize(
    ("method", "samples", "count"),
    [("random", 9, 9), ("lhs", 9, 9), ("sobol", 8, 40), ("morris", 3, 12)],
)
def test_samples_lie_in_their_ranges(here: Path, method: str, samples: int, count: int) -> None:
    sweep = read(f"""
method: {method}
samples: {samples}
parameters:
  platforms.mall.fee: {{min: 1%, max: 20%, scale: log}}
  merchants.buyer.count: {{min: 1, max: 4}}
  merchants.buyer.product.price: {{min: 100 CNY, max: 150 CNY}}
""")
    assert len(sweep.trials) == count
    fees = np.array(values(sweep, "platforms.mall.fee"))
    assert (fees >= 0.01 - 1e-12).all() and (fees <= 0.2 + 1e-12).all() and np.ptp(fees) > 0.05
    assert set(values(sweep, "merchants.buyer.count")) <= {1, 2, 3, 4}
    prices = values(sweep, "merchants.buyer.product.price")
    assert all(100 <= price <= 150 and round(price, 2) == price for price in prices)
    assert sweep.about["parameters"]["platforms.mall.fee"] == {
        "min": 0.01, "max": 0.2, "scale": "log",
    }  # fmt: skip


def test_samples_of_lists_and_distributions(here: Path) -> None:
    sweep = read("""
method: lhs
samples: 40
draw: 5
parameters:
  merchants.buyer.strategy: [{kind: buy_traffic}, {kind: hybrid}]
  consumers.need_rate: {distribution: {gamma: {mean: 0.1, shape: 4}}}
""")
    kinds = [value["kind"] for value in values(sweep, "merchants.buyer.strategy")]
    assert sorted(kinds) == ["buy_traffic"] * 20 + ["hybrid"] * 20
    assert np.mean(values(sweep, "consumers.need_rate")) == pytest.approx(0.1, rel=0.05)


def test_repetitions_follow_the_scenarios_seed_and_set_holds_for_all(here: Path) -> None:
    sweep = read("""
set: {seed: 5, merchants.buyer.count: 4}
parameters: {platforms.mall.fee: [1%]}
repetitions: 3
""")
    assert [trial.seed for trial in sweep.trials] == [5, 6, 7]
    assert sweep.base.scenario.merchants["buyer"].count == 4


def test_metrics_are_checked_against_what_is_run(here: Path) -> None:
    sweep = read(
        """
metrics:
  - camps.late.profit
  - {name: early, metric: market.gmv, days: [0, 9]}
  - {name: clicks, table: platforms, column: clicks, where: {platform: mall}, reduce: sum}
parameters: {merchants.late: [{count: 1}]}
""",
        "name: x\nbase: shop.yaml\n",
    )
    assert [metric.name for metric in sweep.metrics] == ["camps.late.profit", "early", "clicks"]


# --- what is wrong -----------------------------------------------------------------------------

FEE = "parameters: {platforms.mall.fee: [1%]}\n"
WRONG = [
    ("", "s.yaml:1:1: parameters: missing"),
    ("parameters: {}", "s.yaml:4:13: parameters: is empty, nothing would be varied"),
    ("parameters: {platforms.mall.fe: [1%]}", "s.yaml:4:14: platforms.mall.fe: platforms.mall has"),
    ("parameters: {platforms.mall.fe: [1%]}", "did you mean 'fee'?"),
    ("parameters: {platforms.mall.fee: []}", "4:34: parameters.platforms.mall.fee.values: is"),
    (
        "parameters: {platforms.mall.fee: [1%, 120%]}",
        "s.yaml:4:39: platforms.mall.fee: got '120%', needs a share such as 5% or 0.05",
    ),
    ("parameters: {platforms.mall.fee: {valeus: [1]}}", "did you mean 'values'?"),
    ("parameters: {platforms.mall.fee: {min: 1%}}", "a range needs min and max"),
    ("parameters: {platforms.mall.fee: {min: 1%, max: 2%}}", "platforms.mall.fee: needs steps"),
    ("parameters: {platforms.mall.fee: {min: 2%, max: 2%, steps: 3}}", "max 0.02 is not above min"),
    ("parameters: {platforms.mall.fee: {min: 0, max: 2%, steps: 3, scale: log}}", "no logarithm"),
    ("parameters: {platforms.mall.fee: {min: low, max: 2%, steps: 3}}", "got 'low', needs a"),
    ("parameters: {platforms.mall.fee: {first: 1%, step: 0, last: 2%}}", "is empty"),
    ("parameters: {platforms.mall.fee: {first: 1%, step: 1%}}", "needs first, step and last"),
    ("parameters: {platforms.mall.fee: {values: [1], min: 2}}", "needs one of values;"),
    ("parameters: {platforms.mall.fee: {values: [1], steps: 2}}", "goes with min and max"),
    ("parameters: {seed: [1, 2]}", "vary the luck with repetitions or seeds"),
    (FEE + "seeds: 0", "s.yaml:5:8: seeds: got 0, needs a list of numbers such as [1, 2, 3]"),
    (FEE + "seeds: []", "needs at least one number"),
    (FEE + "seeds: [1, 1]", "has a number twice"),
    (FEE + "seeds: [1]\nrepetitions: 2", "goes instead of repetitions"),
    (FEE + "repetitions: 0", "s.yaml:5:14: repetitions: got 0, needs a whole number"),
    (FEE + "method: gird", "did you mean 'grid'?"),
    (FEE + "method: lhs", "lhs needs samples"),
    (FEE + "samples: 4", "goes with random, lhs, sobol, morris, not with grid"),
    (FEE + "metric: [x]", "did you mean 'metrics'?"),
    (FEE + "set: {platforms.mall.fe: 1}", "s.yaml:5:7: platforms.mall.fe: "),
    (
        "parameters: {platforms.mall.fee: {min: 1%, max: 2%}}\nmethod: sobol\nsamples: 6",
        "s.yaml:6:10: samples: sobol needs a power of two, such as 4 or 8",
    ),
    (
        "method: list\nparameters: {platforms.mall.fee: [1%, 2%], days: [9]}",
        "lists differ in length: platforms.mall.fee has 2, days has 1",
    ),
    ("parameters: {days: {first: 1, step: 1, last: 9e9}}", "trials are too many"),
    ("parameters: {days: {first: 1, step: 1, last: 2e3}, seed2: {first: 1, step: 1, last: 2e3}}",
     "4,000,000 trials are too many"),
    ("parameters: {platforms.mall.fee: [1%]}\nx: [", "a value is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_is_wrong_is_told_with_its_place(here: Path, text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert says in str(caught.value)
    assert str(caught.value).startswith("s.yaml:")


def test_every_wrong_trial_is_told_once(here: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read("parameters: {platforms.mall.fee: [1%, 2, 3], merchants.buyer.count: [-1, 1, 2]}")
    said = [str(error) for error in caught.value.errors]
    assert len(said) == 3
    assert [line.partition(": ")[0] for line in said] == [
        "s.yaml:4:39",
        "s.yaml:4:42",
        "s.yaml:4:70",
    ]


@pytest.mark.parametrize(
    ("base", "metrics", "says"),
    [
        ("shp.yaml", "[market.gmv]", "s.yaml:2:7: base: shp.yaml: there is no such file"),
        ("shp.yaml", "[market.gmv]", "did you mean 'shop.yaml'?"),
        (".", "[market.gmv]", "s.yaml:2:7: base: .: this is a folder"),
        ("shop.yaml", "[]", "is empty, nothing would be noted down"),
        ("shop.yaml", "[market.gvm]", "s.yaml:3:11: metrics.0: a run's summary has"),
        ("shop.yaml", "[market.gmv, market.gmv]", "s.yaml:3:23: metrics.1: there is a column"),
        ("shop.yaml", "[{metric: market.gmv, days: [0, 21]}]", "from 0 to 20"),
        ("shop.yaml", "[{metric: market.gmv, days: [0]}]", "needs two numbers"),
        ("shop.yaml", "[{table: market, name: x}]", "needs table and column together"),
    ],
)  # fmt: skip
def test_a_wrong_base_or_metric_is_told_with_its_place(
    here: Path, base: str, metrics: str, says: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(FEE, f"name: x\nbase: {base}\nmetrics: {metrics}\n")
    assert says in str(caught.value)


def test_an_empty_or_missing_file(here: Path) -> None:
    Path("s.yaml").write_text("")
    with pytest.raises(ScenarioError, match="a sweep needs name, base, parameters"):
        read_sweep("s.yaml")
    with pytest.raises(ScenarioError, match="there is no such file"):
        read_sweep("none.yaml")
    Path("s.yaml").write_text("[1]")
    with pytest.raises(ScenarioError, match="a sweep is lines of 'name: value'"):
        read_sweep("s.yaml")


def test_designs_have_a_largest_size(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MAX_TRIALS", 10)
    for text in (
        "parameters: {days: {first: 1, step: 1, last: 12}}",
        "parameters: {days: [1, 2, 3, 4], platforms.mall.fee: [1%, 2%, 3%]}",
        "method: random\nsamples: 10\nparameters: {days: [1, 2, 3, 4]}",
    ):
        with pytest.raises(ScenarioError, match="trials are too many, at most 10"):
            read(text)


# --- what ships --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_sweeps_are_valid_and_say_what_they_ask(path: Path) -> None:
    sweep = read_sweep(path)
    assert sweep.spec.name == path.stem
    assert len(sweep.trials) > 1
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    for word in ("Question", "Look at", "Numbers"):
        assert any(word in line for line in comments), f"{path.name} does not say: {word}"
    assert all(math.isfinite(trial.size) for trial in sweep.trials)


def test_something_ships() -> None:
    assert SHIPPED


def block(language: str, page: str = "sweep.md") -> str:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return text.split(f"```{language}\n")[1].split("```")[0]


def test_the_guides_sweep_is_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "docs" / "fees.yaml").write_text(block("yaml"))
    sweep = read_sweep(tmp_path / "docs" / "fees.yaml")
    assert len(sweep.trials) == 3 * 3 * 5
    assert [trial.seed for trial in sweep.trials[:5]] == [1, 2, 3, 4, 5]


def test_the_guides_program_runs(tmp_path: Path) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "guide.py").write_text(block("python"))
    paths = os.pathsep.join([str(ROOT), *sys.path])
    said = subprocess.run(
        [sys.executable, "guide.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(said.stdout.split()) >= 4
    assert (tmp_path / "runs" / "fees" / "results.parquet").exists()
