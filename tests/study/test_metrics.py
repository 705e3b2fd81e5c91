"""The summary: what the columns say, added up by hand; small and empty worlds; honest words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from sim.study import headline, metrics
from sim.study.tables import Panel, trailing
from tests.study import fabricate

WORLDS = {
    "two camps": {},
    "no merchants": {"camps": 0},
    "no platforms": {"platforms": 0},
    "one camp": {"camps": 1},
    "one day": {"days": 1},
    "nothing": {"days": 1, "camps": 0, "platforms": 0},
}


@pytest.fixture(scope="module")
def two() -> tuple[dict[str, Any], fabricate.Tables]:
    asked = fabricate.scenario()
    found = fabricate.tables(asked)
    return metrics.summarise(found, asked), found


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_summary_is_json_in_every_world(world: str) -> None:
    asked = fabricate.scenario(**WORLDS[world])
    summary = metrics.summarise(fabricate.tables(asked), asked)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert next(iter(summary)) == "headline"
    assert summary["headline"].endswith("one seed is an anecdote.")
    assert summary["market"]["ledger_gap"] == 0


def test_one_person_and_a_table_without_weekly_measures() -> None:
    asked = fabricate.scenario(days=3)
    asked = asked.model_copy(update={"consumers": asked.consumers.model_copy(update={"count": 1})})
    found = fabricate.tables(asked)
    found["market"]["tribe_assortativity"][:] = np.nan
    summary = metrics.summarise(found, asked)
    assert summary["run"]["consumers"] == 1
    assert summary["market"]["tribe_assortativity"] == {"first": None, "last": None}


def test_camp_sums_are_sums_of_columns(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    summary, found = two
    table = found["merchants"]
    for camp in summary["camps"]:
        mine = table["camp"] == camp["name"]
        spend = sum(table[name][mine].sum() for name in metrics.SPENDING)
        new = table["new_customers"][mine].sum()
        assert camp["orders"] == table["orders"][mine].sum()
        assert camp["gross_cac"] == pytest.approx(spend / new, abs=1e-5)
        early = mine & (table["day"] < 90)
        assert camp["gross_cac_first_quarter"] == pytest.approx(
            sum(table[name][early].sum() for name in metrics.SPENDING)
            / table["new_customers"][early].sum(),
            abs=1e-5,
        )
        last = mine & (table["day"] == 119)
        assert camp["cash"] == table["cash"][last].sum()
        assert camp["merchants"] == 9
        assert camp["founders"] == 8


def test_profit_is_the_sum_of_what_flowed(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    summary, found = two
    table = found["merchants"]
    out = ("platform_fees", "cogs", "overhead", *metrics.SPENDING)
    flow = table["revenue"].sum() - sum(table[name].sum() for name in out)
    assert sum(camp["profit"] for camp in summary["camps"]) == flow


def test_media_are_added_up(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    summary, found = two
    street, table = summary["market"]["media"]["street"], found["media"]
    assert street["contacts"] == table["contacts"].sum()
    assert street["cost_per_mille"] == pytest.approx(900)
    assert street["grp"] == pytest.approx(table["grp"].sum())
    assert street["frequency"] == pytest.approx(table["contacts"].sum() / table["reached"].sum())
    assert summary["market"]["opted_out"] == found["market"]["opted_out"][-1]


def test_late_comers_are_not_compared(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    _, found = two
    panel = Panel(found["merchants"], 120)
    standing = metrics.compared(panel, "buyer")
    assert standing.sum() == 8
    assert not standing[panel.names.index("buyer.99")]
    profit = metrics.profits(panel)
    late = profit[:, panel.names.index("buyer.99")]
    assert np.isnan(late[:55]).all()
    assert np.isfinite(late[55:]).all()


def test_insolvent_merchants_are_counted(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    summary, _ = two
    assert [camp["alive"] for camp in summary["camps"]] == [8, 9]
    assert "1 of 9 buyer" in summary["headline"]


def test_panel_keeps_levels_and_drops_flows_of_those_who_left() -> None:
    table = {
        "day": np.array([0, 0, 1, 2, 2]),
        "merchant": np.array(list("ababc"), object),
        "camp": np.array(list("xyxyx"), object),
        "strategy": np.array(list("sssss"), object),
        "orders": np.array([1, 2, 3, 4, 5]),
        "cash": np.array([10, 20, 30, 40, 50]),
    }
    panel = Panel(table, 4)
    assert panel.names == ["a", "b", "c"]
    assert panel.camp.tolist() == ["x", "y", "x"]
    assert panel.flow("orders").tolist() == [[1, 2, 0], [3, 0, 0], [0, 4, 5], [0, 0, 0]]
    assert panel.level("cash").tolist() == [[10, 20, 0], [30, 20, 0], [30, 40, 50], [30, 40, 50]]
    assert panel.present[:, 2].tolist() == [False, False, True, True]


def test_net_cost_of_a_young_camp_is_gross(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    for found in two[0]["camps"]:
        assert found["net_cac"] == pytest.approx(found["gross_cac"])


def test_net_cost_is_taken_over_the_last_year() -> None:
    active = np.concatenate([np.arange(1, 366), [400]])  # from 1 to 400 within the last 365 days
    spend = np.concatenate([[1_000_000], np.ones(365)])
    assert metrics._net_cac(active, spend) == pytest.approx(365 / 399)
    assert np.isnan(metrics._net_cac(np.zeros(366), spend))


def test_trailing_sum() -> None:
    assert trailing(np.array([1, 2, 3, 4]), 2).tolist() == [1, 3, 5, 7]
    assert trailing(np.array([1, 2]), 30).tolist() == [1, 3]


# --- the sentence claims no more than the numbers ---------------------------------------------


def camp(name: str, *, capital: int = 100) -> dict[str, Any]:
    return {"name": name, "opening_cash": capital}


def verdict(a: list[float], b: list[float], capital: int = 100) -> dict[str, Any]:
    camps = [camp("a", capital=capital), camp("b", capital=capital)]
    return headline.compare(camps, {"a": np.array(a), "b": np.array(b)})


def test_a_wide_gap_is_a_winner() -> None:
    found = verdict([50, 60, 70], [1, 2, 3])
    assert (found["verdict"], found["first"], found["wins"]) == ("clear", "a", 1.0)


def test_a_gap_within_the_spread_is_none() -> None:
    assert verdict([0, 50, 100], [-10, 45, 90])["verdict"] == "unclear"


def test_a_winner_by_one_outlier_is_none() -> None:
    assert verdict([-5, -5, -5, 400], [10, 10, 10, 10])["verdict"] == "unclear"


def test_a_gap_of_nothing_is_none_even_without_spread() -> None:
    assert verdict([10.1] * 5, [10.0] * 5)["verdict"] == "unclear"


def test_single_merchants_cannot_be_told_apart() -> None:
    assert verdict([100], [1])["verdict"] == "too_few"


def test_camps_without_capital_are_compared_by_money() -> None:
    found = verdict([50, 60], [1, 2], capital=0)
    assert (found["by"], found["verdict"]) == ("money", "clear")


def test_equal_normal_camps_one_deviation_apart_are_at_the_border() -> None:
    quantiles = np.linspace(0.0005, 0.9995, 1_000)
    from statistics import NormalDist

    normal = np.array([NormalDist().inv_cdf(q) for q in quantiles])
    assert verdict((normal + 1).tolist(), normal.tolist())["wins"] == pytest.approx(
        headline.CLEAR, abs=0.002
    )


def test_sentences_of_all_verdicts(two: tuple[dict[str, Any], fabricate.Tables]) -> None:
    summary = two[0]
    said = set()
    for kind in ("clear", "unclear", "too_few", "alone", "nobody"):
        changed = {**summary, "comparison": {**summary["comparison"], "verdict": kind}}
        assert "anecdote" in headline.sureness(changed)
        said.add(headline.verdict(changed))
    assert len(said) == 4  # one merchant per camp and no clear winner are said alike
    assert "No clear winner" in said
