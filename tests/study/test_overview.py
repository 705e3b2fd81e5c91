"""Runs and camps as tables leave out no number of the summary, and metrics know their unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.engine.columns import Column
from sim.scenario.load import load
from sim.study import metrics
from sim.study.folders import RunFolder
from sim.study.formulas import MEASURES
from sim.study.numbers import names_of, unit_of
from sim.study.overview import CAMPS, RUNS, camp_rows, fitting, run_row
from sim.study.sweep.metric import Metric, parse_metric
from tests.study import fabricate

SCENARIO = load(Path(__file__).resolve().parents[2] / "scenarios" / "quickstart.yaml").scenario
ASKED = fabricate.scenario(days=40)
SUMMARY = metrics.summarise(fabricate.tables(ASKED), ASKED)
FOUND = RunFolder("r", Path("r"), fabricate.manifest(ASKED), SUMMARY)


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def test_every_number_of_a_camp_is_in_its_row() -> None:
    for camp, row in zip(SUMMARY["camps"], camp_rows(FOUND), strict=True):
        shown = [fitting(column, row.get(column.name)) for column in CAMPS]
        assert set(numbers(camp)) <= set(shown)


def test_every_number_of_the_market_and_its_cascades_is_in_the_runs_row() -> None:
    row = run_row(FOUND)
    shown = [fitting(column, row.get(column.name)) for column in RUNS]
    kept = {key: value for key, value in SUMMARY["market"].items() if not isinstance(value, dict)}
    kept.pop("price_window_days")
    assert set(numbers(kept)) <= set(shown)
    assert set(numbers(SUMMARY["cascades"])) <= set(shown)


@pytest.mark.parametrize("name", names_of(SCENARIO))
def test_a_metric_knows_its_unit(name: str) -> None:
    unit = unit_of(parse_metric(name, SCENARIO))
    assert unit
    known = MEASURES.get(name.rpartition(".")[2])
    if known is not None:
        assert unit.startswith("money") == known.unit.startswith("money")


def test_a_series_has_its_columns_unit() -> None:
    assert unit_of(Metric("late", table="platforms", column="fill_rate")) == "0..1"
    assert unit_of(Metric("late", table="merchants", column="cash")) == "money"


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("i8", 5.0, 5),
        ("f8", 5, 5.0),
        ("text", 5, "5"),
        ("i8", "five", None),
        ("f8", [1], None),
        ("text", None, None),
    ],
)
def test_what_does_not_fit_is_nothing(kind: str, value: Any, wanted: Any) -> None:
    assert fitting(Column("x", kind, "", ""), value) == wanted
