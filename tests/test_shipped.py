"""The scenarios that ship run, show what their comments say, and do not move silently."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from sim.engine.model import Market
from sim.scenario.load import load, loads

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
BASELINE = ROOT / "tests" / "baseline.yaml"
DATA = ROOT.parent / "shared" / "data" / "graphs"


def run(path: Path, *overrides: str) -> Market:
    market = Market(load(path, overrides), collect=False)
    while market.running:
        market.step()
    return market


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_runs_with_books_that_balance(path: Path) -> None:
    market = run(path, "days=12", "consumers.count=4000", "check=daily")
    assert market.row["visits"] > 0
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    for word in ("Question", "Look at", "Numbers"):
        assert any(word in line for line in comments), f"{path.name} does not say: {word}"


def test_every_scenario_is_in_the_docs() -> None:
    listed = re.findall(r"\(\.\./scenarios/(\w+)\.yaml\)", (ROOT / "docs/scenarios.md").read_text())
    linked = re.findall(r"\(scenarios/(\w+)\.yaml\)", (ROOT / "README.md").read_text())
    assert sorted(listed) == sorted(linked) == [path.stem for path in SCENARIOS]


def click_price(market: Market, first: int, last: int) -> float:
    platforms = market.recorder.tables()["platforms"]
    days = (platforms["day"] >= first) & (platforms["day"] < last)
    return float(platforms["spend"][days].sum() / platforms["clicks"][days].sum())


def test_price_of_traffic_rises_with_entry_and_falls_with_supply() -> None:
    small = (
        "consumers.count=8000",
        "merchants.incumbent.strategy.daily_budget=80",
        "merchants.newcomer.strategy.daily_budget=80",
    )
    war = run(ROOT / "scenarios" / "price_war.yaml", *small)
    alone = run(ROOT / "scenarios" / "price_war.yaml", *small, "entry.rate_per_month=0", "days=240")
    before_entry, crowded = click_price(war, 0, 30), click_price(war, 200, 240)
    assert crowded > 1.5 * before_entry
    assert crowded > 1.5 * click_price(alone, 200, 240)
    assert click_price(war, 260, 365) < 0.95 * crowded


def test_results_do_not_move_silently() -> None:
    """Whoever means to move them writes the new numbers here and a CHANGELOG entry marked
    **Results change**: python tests/test_shipped.py"""
    assert measured() == yaml.safe_load(BASELINE.read_text())


def measured() -> dict[str, dict[str, int]]:
    found = {}
    for path in SCENARIOS:
        market = run(path, "days=40", "consumers.count=4000")
        tables = market.recorder.tables()
        found[path.stem] = {
            name: int(tables[table][name].sum())
            for table, name in (
                ("market", "visits"),
                ("market", "impressions"),
                ("market", "clicks"),
                ("market", "orders"),
                ("market", "messages"),
                ("merchants", "new_customers"),
                ("merchants", "spend_ads"),
                ("merchants", "spend_community"),
                ("merchants", "refunds"),
                ("merchants", "followers"),
                ("merchants", "members"),
                ("merchants", "cash"),
            )
        }
    return found


@pytest.mark.parametrize(
    ("graph", "people"),
    [
        ("{kind: edge_list, path: facebook_combined.txt}", 4_039),
        (
            "{kind: edge_list, path: email-Eu-core.txt,"
            " labels: email-Eu-core-department-labels.txt}",
            986,
        ),
    ],
)
def test_runs_on_real_ties(graph: str, people: int) -> None:
    if not DATA.is_dir():
        pytest.skip(f"the graph files are not here ({DATA} is missing)")
    text = (ROOT / "scenarios" / "quickstart.yaml").read_text()
    text = text.replace("consumers:\n  count: 5_000\n  tribes: {count: 6}\n", f"graph: {graph}\n")
    market = Market(loads(text, folder=DATA, overrides=("days=30", "check=daily")), collect=False)
    while market.running:
        market.step()
    assert market.world.count == people
    if "labels" in graph:
        assert market.world.segments == 42
    assert market.row["tribe_assortativity"] > 0.2  # people of a kind know each other
    assert int(np.sum(market.recorder.tables()["market"]["orders"])) > 0


if __name__ == "__main__":
    BASELINE.write_text(
        "# Written by python tests/test_shipped.py; see test_results_do_not_move_silently.\n"
        + yaml.safe_dump(measured(), sort_keys=False)
    )
