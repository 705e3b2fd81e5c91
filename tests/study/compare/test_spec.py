"""Benchmarks: what is understood, and what is refused with its place and a way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.firms import STRATEGIES
from sim.scenario.load import parse
from sim.study.compare.asking import asked_of, scenario_of
from sim.study.compare.conduct import check
from sim.study.compare.plan import tournament_plans
from sim.study.compare.precision import Precision
from sim.study.compare.spec import benchmark_of, read_benchmark

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "benchmarks" / "strategies").glob("*.yaml"))
TOWN = """\
name: town
days: 30
consumers: {count: 200}
platforms: {mall: {}}
merchants:
  shop:
    operations: {cash: 1000 CNY}
    strategy: {kind: hybrid, daily_budget: 300 CNY, bid: 2 CNY, community: {staff: 1}}
  rival: {strategy: {kind: buy_traffic}}
"""
BENCH = """\
name: bench
base: town.yaml
focus: shop
arms: [buy_traffic, hybrid]
seeds: 3
"""


def write(folder: Path, bench: str = BENCH, town: str = TOWN) -> str:
    (folder / "town.yaml").write_text(town)
    path = folder / "bench.yaml"
    path.write_text(bench)
    return str(path)


def said(path: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        check(read_benchmark(path))
    return str(caught.value).replace(path, "bench.yaml").replace(path[: -len("bench.yaml")], "")


def test_reads(tmp_path: Path) -> None:
    spec = read_benchmark(write(tmp_path)).spec
    assert list(spec.arms) == ["buy_traffic", "hybrid"]
    assert spec.seeds == [1, 2, 3]
    assert spec.metric == "return_on_capital"


def test_a_scenario_may_be_written_in_the_benchmark(tmp_path: Path) -> None:
    text = BENCH.replace("base: town.yaml", "base: {extends: town.yaml, days: 7}")
    assert read_benchmark(write(tmp_path, text)).base.scenario.days == 7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds: 3", "seeds: 0", "bench.yaml:5:8: seeds: 0 seeds cannot be compared, at least 2"),
        ("seeds: 3", "seeds: [4, 4]", "bench.yaml:5:8: seeds: a seed is written twice"),
        ("focus: shop", "focus: shap", "bench.yaml:3:8: focus: there is no camp 'shap', the"),
        ("focus: shop", "focus: shap", "did you mean 'shop'?"),
        ("seeds: 3", "sedes: 3", "bench.yaml:5:1: sedes: unknown setting, allowed are name"),
        ("seeds: 3", "sedes: 3", "did you mean 'seeds'?"),
        ("[buy_traffic, hybrid]", "[hybrid]", "bench.yaml:4:7: arms: nothing to compare"),
        ("hybrid]", "hybird]", "arms.hybird.strategy: no such strategy: 'hybird'"),
        ("hybrid]", "hybird]", "did you mean 'hybrid'?"),
        ("town.yaml", "twon.yaml", "bench.yaml:2:7: base: there is no file 'twon.yaml'"),
        ("seeds: 3", "metric: profot", "bench.yaml:5:9: metric: a run's summary has no number"),
        ("seeds: 3", "metrics: [orders, order]", "bench.yaml:5:19: metrics.1: a run's summary"),
        ("seeds: 3", "precision: tight", "bench.yaml:5:12: precision: 'tight' is no precision"),
        (
            "seeds: 3",
            "variants: {dear: {platforms.mall.fea: 8%}}",
            "platforms.mall has no setting 'fea'",
        ),
        ("seeds: 3", "variants: {dear: {platforms.mall.fea: 8%}}", "bench.yaml:5:39"),
        (
            "seeds: 3",
            "variants: {dear: {platforms.mall.fee: dear}}",
            "bench.yaml:5:39: platforms.mall.fee",
        ),
        ("seeds: 3", "variants: {}", "bench.yaml:5:11: variants: empty"),
        ("seeds: 3", "most_seeds: 5", "5 is fewer than 20 seeds"),
        (
            "seeds: 3",
            "map: {price: {path: a, values: [2, 1]}, capability: {path: b, values: [1, 2]}, arms:"
            " [hybrid, buy_traffic]}",
            "must rise",
        ),
        (
            "seeds: 3",
            "map: {price: {path: days, values: [7, 9]}, capability: {path: days, values: [7, 9]},"
            " arms: [hybrid, bye_traffic]}",
            "no such arm: 'bye_traffic', arms are buy_traffic, hybrid, did you mean 'buy_traffic'?",
        ),
        (
            "seeds: 3",
            "map: {price: {path: platforms.mall.feee, values: [1%, 2%]}, capability: {path: days,"
            " values: [7, 9]}, arms: [hybrid, buy_traffic]}",
            "platforms.mall has no setting 'feee'",
        ),
        ("seeds: 3", "tournament: {merchants: 2}", "tournament.merchants: got 2, needs a whole"),
        ("name: bench", "name: [bench]", "bench.yaml:1:7: name: got a list"),
        ("name: bench", "- name: bench", "bench.yaml"),
    ],
)
def test_refused_with_place_and_way_out(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in BENCH
    assert message in said(write(tmp_path, BENCH.replace(old, new)))


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, BENCH.replace("shop", "shap").replace("[buy_traffic, hybrid]", "[x]"))
    text = said(path)
    assert "there is no camp" in text and "nothing to compare" in text


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path)
    asked = asked_of(path, {"seeds": 5, "metric": "gross_cac", "precision": "5%"})
    assert asked.spec.seeds == [1, 2, 3, 4, 5] and asked.spec.metric == "gross_cac"
    assert asked.precision == Precision(0.05, True)
    with pytest.raises(ScenarioError, match="--seeds: seeds: 0 seeds cannot be compared"):
        asked_of(path, {"seeds": 0})


def test_a_scenario_becomes_a_benchmark(tmp_path: Path) -> None:
    write(tmp_path)
    town = str(tmp_path / "town.yaml")
    asked = scenario_of(town, "buy_traffic, hybrid", "shop", {"seeds": 2})
    assert list(asked.spec.arms) == ["buy_traffic", "hybrid"] and asked.spec.focus == "shop"
    with pytest.raises(ScenarioError, match=r"--focus: whose strategy .* shop, rival"):
        scenario_of(town, "buy_traffic,hybrid", None, {})
    with pytest.raises(ScenarioError, match=r"no such strategy: 'hybird'.*did you mean 'hybrid'"):
        check(scenario_of(town, "buy_traffic,hybird", "shop", {}))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_benchmarks_are_understood_and_documented(path: Path) -> None:
    asked = read_benchmark(path)
    check(asked)
    assert {"buy_traffic", "cultivate_community"} <= set(asked.spec.arms)
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    for word in ("Question", "Look at", "Numbers"):
        assert any(word in line for line in comments), f"{path.name} does not say: {word}"


def test_every_strategy_takes_part_in_some_of_ten_markets() -> None:
    assert {path.stem for path in SHIPPED} >= {
        "mall_monopoly", "rising_entry", "niche_tribes", "thin_cash", "slow_supply",
        "many_platforms", "fragmented_groups", "cross_border", "team_buying", "festival_year",
        "cheap_helpers",
    }  # fmt: skip
    arms = [read_benchmark(path).spec.arms for path in SHIPPED]
    assert {arm["strategy"] for market in arms for arm in market.values()} == set(STRATEGIES)
    common = {"buy_traffic", "cultivate_community", "hybrid", "adaptive", "ladder"}
    assert all(common <= set(market) for market in arms)


def test_a_tournament_may_be_of_some_arms(tmp_path: Path) -> None:
    three = BENCH.replace("[buy_traffic, hybrid]", "[buy_traffic, hybrid, adaptive]")
    all_ = three + "tournament: {merchants: 3}\n"
    two = three + "tournament: {merchants: 3, arms: [hybrid, buy_traffic]}\n"
    assert len(tournament_plans(read_benchmark(write(tmp_path, all_)), [1])[1]) == 10
    plan, mixes = tournament_plans(read_benchmark(write(tmp_path, two)), [1])
    assert sorted(mixes.tolist()) == [[0, 3], [1, 2], [2, 1], [3, 0]]
    assert [metric.name for metric in plan.metrics] == ["payoff.hybrid", "payoff.buy_traffic"]
    wrong = three + "tournament: {merchants: 3, arms: [hybird]}\n"
    assert "tournament.arms.0: no such arm: 'hybird'" in said(write(tmp_path, wrong))


def test_only_the_first_variants_are_looked_at_if_so_asked(tmp_path: Path) -> None:
    text = BENCH + "variants: {as it is: {}, long: {days: 40}, longer: {days: 50}}\n"
    asked = asked_of(write(tmp_path, text), {}, (), 2)
    assert list(asked.spec.variants) == ["as it is", "long"]


def test_the_example_in_the_docs_is_understood() -> None:
    text = (ROOT / "docs" / "compare.md").read_text()
    example = re.search(r"```yaml\n(.*?)```", text, re.S)[1]
    asked = benchmark_of(parse(example, "docs"), "docs", ROOT / "benchmarks" / "strategies")
    check(asked)
    assert asked.base.scenario.merchants["shop"].operations.cash == 1_500_000
