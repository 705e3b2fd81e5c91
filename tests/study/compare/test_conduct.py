"""Whole comparisons of tiny worlds: exact zeros, resuming, precision, maps and tournaments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from sim.errors import ScenarioError
from sim.scenario.vary import vary
from sim.study.compare.arms import arm_of
from sim.study.compare.conduct import Comparison, compare
from sim.study.compare.outcomes import Pair
from sim.study.metrics import summarise
from sim.study.sweep.attempt import Job, Receipt, attempt
from sim.study.sweep.parts import Part
from sim.study.sweep.store import locked
from sim.study.sweep.trial import Trial, WorldCache
from tests.study.compare.fabricate import asked

TINY: dict[str, Any] = {
    "name": "tiny",
    "days": 12,
    "consumers": {"count": 300, "need_rate": {"constant": 0.2}},
    "platforms": {"mall": {"visits_per_day": 1.0}},
    "merchants": {
        "shop": {"count": 2, "strategy": {"kind": "hybrid", "daily_budget": 300, "review": 2}},
        "rival": {"strategy": {"kind": "buy_traffic", "daily_budget": 300, "review": 2}},
    },
}


class Here:
    """Runs trials in this process, and counts them."""

    dashboard = ""

    def __init__(self, most: int = 10**9) -> None:
        self.ran, self.most = 0, most

    def estimate(self, job: Job, trials: Sequence[Trial]) -> float:
        return float("nan")

    def run(
        self,
        job: Job,
        trials: Sequence[Trial],
        note: Callable[[Receipt, int], None],
        stop: Callable[[], bool],
    ) -> None:
        part = Part(job.folder)
        worlds = WorldCache()
        for trial in trials:
            if self.ran == self.most:
                raise KeyboardInterrupt
            note(attempt(job, trial, worlds, part), 0)
            self.ran += 1
        part.close()

    def close(self) -> None:
        pass


def run(folder: Path, backend: Here | None = None, **more: Any) -> Comparison:
    given = {"base": TINY, "arms": ["buy_traffic", "hybrid"], "seeds": 3, "curve": 6, **more}
    return compare(asked(**given), folder, backend=backend or Here())


def test_an_arm_that_changes_nothing_differs_by_exactly_0(tmp_path: Path) -> None:
    """The second arm is another scenario (its digest differs) in which all goes the same way."""
    again = {"events": [{"day": 5, "set": {"platforms.mall.fee": "5%"}}]}
    found = run(tmp_path, arms={"plain": {}, "again": again, "other": {"strategy": "buy_traffic"}})
    for metric in found.outcomes.values:
        one = found.outcomes.pairs(metric)[Pair("as it is", "plain", "again")]
        assert (one.mean, one.low, one.high, one.ahead) == (0.0, 0.0, 0.0, 0)
    other = found.outcomes.between("return_on_capital", "as it is", "plain", "other")
    assert other.mean != 0  # the test could fail


def test_outcomes_are_those_of_single_runs(tmp_path: Path) -> None:
    found = run(tmp_path, variants={"as it is": {}, "dear": {"platforms.mall.fee": "20%"}})
    changes, _ = arm_of(found.asked, "dear", "hybrid")
    loaded = vary(found.asked.base, changes)
    market = Market(loaded, seed=2, collect=False)
    while market.running:
        market.step()
    summary = summarise(market.recorder.tables(), loaded.scenario)
    shop = next(camp for camp in summary["camps"] if camp["name"] == "shop")
    place = found.outcomes.seeds.index(2)
    for metric in ("return_on_capital", "new_customers"):
        assert found.outcomes.of(metric, "dear", "hybrid")[place] == pytest.approx(shop[metric])
    assert found.days.tolist() == [6, 12]
    assert found.curve[-1, 1, 1, place] == pytest.approx(shop["profit_per_merchant"]["mean"])


def test_cut_short_it_goes_on_and_more_seeds_run_only_what_is_new(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Here(most=2))
    rest, whole = Here(), Here()
    cut = run(tmp_path, rest)
    plain = run(tmp_path.with_name("whole"), whole)
    assert (rest.ran, whole.ran) == (4, 6)
    assert np.array_equal(
        cut.outcomes.values["return_on_capital"], plain.outcomes.values["return_on_capital"]
    )
    more = Here()
    grown = run(tmp_path, more, seeds=5)
    assert more.ran == 4
    first = grown.outcomes.values["return_on_capital"][:, :, :3]
    assert np.array_equal(first, plain.outcomes.values["return_on_capital"])


def test_another_design_is_refused_unless_forced(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(ScenarioError, match="holds another sweep"):
        run(tmp_path, arms=["cultivate_community", "hybrid"])
    backend = Here()
    asked_again = asked(base=TINY, arms=["cultivate_community", "hybrid"], seeds=2, curve=0)
    compare(asked_again, tmp_path, backend=backend, force=True)
    assert backend.ran == 4


def test_nothing_is_thrown_away_while_somebody_works_there(tmp_path: Path) -> None:
    run(tmp_path)
    question = asked(base=TINY, arms=["cultivate_community", "hybrid"], seeds=2, curve=0)
    busy = pytest.raises(ScenarioError, match="is working in this folder")
    with locked(tmp_path / "arms", None), busy:
        compare(question, tmp_path, backend=Here(), force=True)
    assert (tmp_path / "arms" / "results.parquet").is_file()


def test_seeds_are_added_until_the_precision_is_reached(tmp_path: Path) -> None:
    loose = run(tmp_path / "loose", precision="1000%")
    assert len(loose.outcomes.seeds) == 3 and not loose.sequential and not loose.short
    tight = run(tmp_path / "tight", precision=1e-9, most_seeds=7)
    assert tight.outcomes.seeds == (1, 2, 3, 4, 5, 6, 7) and tight.sequential and tight.short
    again = Here()
    resumed = run(tmp_path / "tight", again, precision=1e-9, most_seeds=7)
    assert again.ran == 0 and resumed.outcomes.seeds == tight.outcomes.seeds
    middling = run(tmp_path / "middling", precision=0.004, most_seeds=40)
    assert middling.short == () or len(middling.outcomes.seeds) == 40


def test_a_map_holds_its_cells_and_runs_what_it_does_not_change_once(tmp_path: Path) -> None:
    backend = Here()
    spec = {
        "price": {"path": "platforms.mall.auction.reserve", "values": [0.3, 3]},
        "capability": {
            "path": "merchants.shop.strategy.community.integration", "values": ["0%", "50%", "90%"],
        },
        "arms": ["hybrid", "buy_traffic"],
    }  # fmt: skip
    found = run(tmp_path, backend, seeds=2, map=spec, curve=0)
    assert found.map is not None
    assert found.map.differences.shape == (2, 3, 2)
    assert np.isfinite(found.map.differences).all()
    # 2 arms x 2 seeds; then hybrid in 6 cells and buy_traffic, which has no community, in 2.
    assert backend.ran == 4 + 2 * (6 + 2)
    assert found.map.prices == (0.3, 3) and found.map.capabilities == (0, 0.5, 0.9)
    changes, _ = arm_of(found.asked, "as it is", "hybrid")
    cell = {**changes, "platforms.mall.auction.reserve": 3}
    cell["merchants.shop.strategy.community.integration"] = "50%"
    base, seed = found.asked.base, 2
    hybrid = single(vary(base, cell), seed)
    buyer, _ = arm_of(found.asked, "as it is", "buy_traffic")
    other = single(vary(base, {**buyer, "platforms.mall.auction.reserve": 3}), seed)
    assert found.map.differences[1, 1, 1] == pytest.approx(hybrid - other)


def single(loaded: Any, seed: int) -> float:
    market = Market(loaded, seed=seed, collect=False)
    while market.running:
        market.step()
    summary = summarise(market.recorder.tables(), loaded.scenario)
    return next(c for c in summary["camps"] if c["name"] == "shop")["return_on_capital"]


def test_a_tournament_has_every_mix(tmp_path: Path) -> None:
    backend = Here()
    found = run(tmp_path, backend, seeds=2, tournament={"merchants": 3}, curve=0)
    game = found.tournament
    assert game is not None and backend.ran == 4 + 4 * 2
    assert game.mixes.tolist() == [[3, 0], [2, 1], [1, 2], [0, 3]]
    assert np.isfinite(game.payoffs[game.mixes > 0]).all()
    assert np.isnan(game.payoffs[game.mixes == 0]).all()
    assert np.isfinite(game.matrix).all() and game.alive.any()


def test_failures_are_told_and_left_out(tmp_path: Path) -> None:
    arms = {"fine": {}, "broken": {"strategy": "tests.study.compare.broken:Stumbles"}}
    found = run(tmp_path, arms=arms, seeds=3)
    assert sum(found.failed.values()) == 3
    assert any("stumbled" in reason for reason in found.failed), found.failed
    one = found.outcomes.between("return_on_capital", "as it is", "fine", "broken")
    assert one.seeds == 0 and one.ahead == 0
