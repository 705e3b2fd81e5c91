"""A trial is a pure function of scenario and seed, whoever built its people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import RunError, ScenarioError, Where
from sim.scenario.load import from_dict
from sim.scenario.vary import fitted, number_at, vary
from sim.study.metrics import summarise
from sim.study.sweep.attempt import Job, same_engine
from sim.study.sweep.queue import Queue
from sim.study.sweep.store import this_engine
from sim.study.sweep.trial import (
    Trial,
    WorldCache,
    make_trial,
    open_market,
    parse_metric,
    run_trial,
)
from tests.engine.tiny import digest, play, scenario, tables

CHANGES: dict[str, Any] = {"days": 16, "consumers.count": 1000}
BASE = from_dict(scenario(CHANGES))
METRICS = [parse_metric(name, BASE.scenario) for name in ("market.gmv", "camps.grower.profit")]

# One change in every part of a scenario that leaves people and ties alone.
SAME_PEOPLE = {
    "platforms.mall.fee": 0.1,
    "platforms.mall.auction.reserve": 0.5,
    "platforms.mall.search_rate": 0.3,
    "merchants.buyer.count": 5,
    "merchants.grower.product.breadth": 1.0,
    "entry": {"rate_per_month": 20, "mix": {"buyer": 1}},
    "events": [{"day": 3, "set": {"platforms.mall.fee": 0.2}}],
    "choice.outside": 1.0,
    "memory.drift_rate": 0.2,
    "groups.talk_rate": 0.1,
    "sharing.buyer_rate": 0.1,
    "days": 12,
}
OTHER_PEOPLE = {
    "consumers.count": 900,
    "consumers.tribes.count": 4,
    "consumers.ad_tolerance": 1.5,
    "graph.mean_degree": 6,
    "platforms.mall.visits_per_day": 0.3,
    "platforms.stall": {"visits_per_day": 0.1},
}


def test_a_trial_is_the_market_of_its_scenario() -> None:
    market = play(CHANGES, seed=7)
    found = summarise(tables(market), market.loaded.scenario)
    got = run_trial(BASE, 7, METRICS)
    assert got["market.gmv"] == found["market"]["gmv"] > 0
    assert got["camps.grower.profit"] == found["camps"][1]["profit"]


@pytest.mark.parametrize("path", SAME_PEOPLE)
def test_sharing_people_and_ties_changes_no_bit(path: str) -> None:
    worlds = WorldCache()
    for loaded in (BASE, vary(BASE, {path: SAME_PEOPLE[path]}), BASE):
        shared, alone = open_market(loaded, 5, worlds), open_market(loaded, 5)
        for market in (shared, alone):
            while market.running:
                market.step()
        assert digest(shared) == digest(alone)
    assert worlds.built == 1


def test_a_run_leaves_shared_people_and_ties_as_they_were() -> None:
    worlds = WorldCache()
    society = worlds.society(BASE, 5)
    before = [np.array(a) for a in (*society.consumers, *society.graph) if hasattr(a, "shape")]
    assert len(before) > 8
    run_trial(BASE, 5, METRICS, worlds)
    after = [np.array(a) for a in (*society.consumers, *society.graph) if hasattr(a, "shape")]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert worlds.built == 1


@pytest.mark.parametrize("path", OTHER_PEOPLE)
def test_other_people_are_built_anew(path: str) -> None:
    one, other = make_trial(BASE, {}, 1), make_trial(BASE, {path: OTHER_PEOPLE[path]}, 1)
    assert one.society != other.society
    assert one.key != other.key


def test_the_key_is_scenario_and_seed() -> None:
    one = make_trial(BASE, {"platforms.mall.fee": "8%"}, 1)
    assert one.key == make_trial(BASE, {"platforms.mall.fee": 0.08}, 1, number=9).key
    assert one.key != make_trial(BASE, {"platforms.mall.fee": "8%"}, 2).key
    assert one.key != make_trial(BASE, {}, 1).key
    written = from_dict(scenario({**CHANGES, "platforms.mall.fee": 0.08}))
    assert one.key == make_trial(written, {}, 1).key


def test_only_so_many_societies_are_kept() -> None:
    worlds = WorldCache(keep=1)
    for seed in (1, 2, 1):
        worlds.society(BASE, seed)
    assert worlds.built == 3


def test_a_change_that_is_not_allowed_is_told_at_its_place() -> None:
    places = {"platforms.mall.fe": Where("s.yaml", 3, 5)}
    with pytest.raises(ScenarioError) as caught:
        vary(BASE, {"platforms.mall.fe": 1}, places)
    assert str(caught.value).startswith("s.yaml:3:5: platforms.mall.fe: ")
    assert caught.value.hint == "fee"
    with pytest.raises(ScenarioError, match=r"s\.yaml:3:5: platforms\.mall\.fee: got 2"):
        vary(BASE, {"platforms.mall.fee": 2}, {"platforms.mall.fee": Where("s.yaml", 3, 5)})


def test_numbers_are_fitted_to_what_the_scenario_takes() -> None:
    assert fitted(BASE, "platforms.mall.fee", 0.123456) == 0.123456
    assert fitted(BASE, "merchants.buyer.count", 2.6) == 3
    assert fitted(BASE, "merchants.buyer.product.price", 99.129) == 99.13
    assert fitted(BASE, "consumers.need_rate", 0.11) == 0.11
    assert fitted(BASE, "nowhere.at.all", 0.5) == 0.5
    for path in ("merchants.buyer.count", "merchants.buyer.product.price"):
        assert isinstance(make_trial(BASE, {path: fitted(BASE, path, 77.77)}, 1).key, str)


@pytest.mark.parametrize(
    ("written", "number"), [(3, 3), ("5%", 0.05), ("129 CNY", 129), ("2w", 14), ("36h", 1.5)]
)
def test_bounds_are_read_as_in_a_scenario(written: Any, number: float) -> None:
    assert number_at(BASE, "x", written, Where("s.yaml")) == number


@pytest.mark.parametrize("written", ["three", "5 USD", True, [1], None])
def test_what_is_no_number_is_refused(written: Any) -> None:
    with pytest.raises(ScenarioError, match=r"s\.yaml:2:1: x: got .*, needs a number"):
        number_at(BASE, "x", written, Where("s.yaml", 2, 1))


# --- which trial comes next ------------------------------------------------------------------


def trials(societies: str) -> list[Trial]:
    return [Trial(i, {}, 1, str(i), society) for i, society in enumerate(societies)]


def test_a_queue_gives_every_trial_once() -> None:
    queue = Queue(trials("abacabc"))
    got = [queue.take().number for _ in range(len(queue))]
    assert sorted(got) == list(range(7))
    with pytest.raises(IndexError):
        queue.take()


def test_a_worker_stays_with_the_people_it_has_built() -> None:
    queue = Queue(trials("ababab"))
    assert [queue.take("b").society for _ in range(3)] == ["b", "b", "b"]
    assert queue.take("b").society == "a"


def test_a_worker_without_work_helps_where_most_is_left() -> None:
    queue = Queue(trials("abbbc"))
    assert queue.take("", {"a"}).society == "b"
    assert queue.take("", {"a", "b"}).society == "c"
    assert queue.take("", {"a", "b"}).society == "b"


# --- who may work -------------------------------------------------------------------------------


def test_a_worker_with_another_engine_refuses(tmp_path: Path) -> None:
    theirs = Job(BASE, tuple(METRICS), tmp_path, engine="9.9.9 (sources 0)")
    with pytest.raises(RunError) as caught:
        same_engine(theirs)
    assert "9.9.9 (sources 0)" in str(caught.value) and this_engine() in str(caught.value)
    same_engine(replace(theirs, engine=this_engine()))
