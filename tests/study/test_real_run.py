"""The engine's own columns and our formulas, which were written apart, must say the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.scenario.load import from_dict
from sim.study import charts, metrics
from sim.study.run import run
from sim.study.tables import Panel, read_tables

ASKED = {
    "name": "small",
    "days": 45,
    "consumers": {"count": 3_000},
    "platforms": {"mall": {}},
    "merchants": {
        "buyer": {"count": 3},
        "grower": {"count": 3, "strategy": {"kind": "cultivate_community"}},
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(from_dict(ASKED), seed=3, out=tmp_path_factory.mktemp("runs") / "small").folder


def test_summary_agrees_with_the_engines_columns(folder: Path) -> None:
    tables = read_tables(folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    market, table, found = tables["market"], tables["merchants"], summary["market"]
    assert found["ledger_gap"] == 0
    assert found["hhi"] == pytest.approx(market["hhi"][-1], abs=1e-6)
    assert found["gini"] == pytest.approx(market["gini"][-1], abs=1e-6)
    assert sum(camp["orders"] for camp in summary["camps"]) == market["orders"].sum()
    last = table["day"] == 44
    assert sum(camp["cash"] for camp in summary["camps"]) == table["cash"][last].sum()
    assert market["merchants_cash"][-1] == table["cash"][last].sum()


def test_what_flowed_is_what_changed_in_the_till(folder: Path) -> None:
    panel = Panel(read_tables(folder)["merchants"], 45)
    out = sum(panel.flow(name) for name in ("platform_fees", "purchases", "overhead"))
    flow = panel.flow("revenue") - out - metrics.marketing(panel)
    cash = panel.level("cash")
    assert np.array_equal(np.diff(cash, axis=0), flow[1:])


def test_real_runs_have_a_page_and_a_picture(folder: Path) -> None:
    assert "plotly.js v" in (folder / "report.html").read_text(encoding="utf-8")
    assert charts.static_svg(folder).startswith("<svg")
