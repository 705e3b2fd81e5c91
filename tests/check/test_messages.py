"""Facts about messages: made-up messages that obey them or do not, and scenarios of the user's."""

from __future__ import annotations

import numpy as np
import pytest

from sim.check.flagship import FLAGSHIP, flagship
from sim.check.measured import Effort, Point
from sim.check.messages import Kept, facts
from sim.check.suite import CHECKS, own_instance, run_checks
from sim.check.verdict import agree, z_score
from sim.errors import ScenarioError


def made(nobody: float = 0.8, long: bool = False, large: int = 100) -> Kept:
    """400,000 messages: so many reach nobody, one in fifty goes two steps, and ``large`` of them
    reach more than a hundred, as stars or as chains."""
    count = 400_000
    size = np.full(count, 2.0)
    size[: int(nobody * count)] = 1
    size[-large:] = 150 if large else 2
    size[-1000 - large : -large or None] = 30
    depth = np.where(size > 1, 1.0, 0.0)
    depth[-8000:] = 2
    virality = np.where(size > 1, (size + 1) / 3 if long else 2 - 2 / size, np.nan)
    luck = np.random.default_rng(1)
    virality = np.where(size > 3, virality + 0.01 * luck.random(count), virality)
    return Kept(size=size, depth=depth, structural_virality=virality,
                block=luck.integers(0, 24, count))  # fmt: skip


def judged(found: Kept) -> dict[str, bool]:
    points = facts(found)
    return {point.label: ok for point, ok in zip(points, agree(points), strict=True)}


def test_broad_messages_with_a_tail_agree() -> None:
    assert all(judged(made()).values())


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (made(nobody=0.5), "reach nobody else"),
        (made(large=0), "reach 100 people"),
        (made(large=3000), "reach 100 people"),
        (made(long=True), "virality of 30 people"),
        (made(long=True), "virality, more for twice the size"),
    ],
)
def test_what_is_off_is_seen(found: Kept, wrong: str) -> None:
    verdicts = judged(found)
    assert not verdicts[wrong]


def test_trees_of_three_must_be_exact() -> None:
    found = made()
    found["size"][-1200:-1100] = 3
    found["structural_virality"][-1200:-1100] = 1.34
    assert not judged(found)["virality of 3 people"]


def test_a_range_counts_from_its_nearer_end() -> None:
    def at(got: float) -> float:
        return z_score(Point("", 1.0, got, 0.5, upto=2.0))

    assert [at(0.0), at(1.0), at(1.7), at(2.0), at(4.0)] == [-2, 0, 0, 0, 4]
    assert z_score(Point("", 1.0, 1e9, 0.5, upto=float("inf"))) == 0
    assert z_score(Point("", 1.0, 2.5, upto=2.0)) == float("inf")


def test_a_smaller_flagship_has_as_much_for_each_person() -> None:
    whole, part = (flagship(people, 1, 1) for people in (100_000, 25_000))
    try:
        for merchant in ("buyer", "grower"):
            large, small = (m.loaded.scenario.merchants[merchant] for m in (whole, part))
            assert small.operations.cash * 4 == large.operations.cash
            assert small.strategy.daily_budget * 4 == large.strategy.daily_budget
        assert part.loaded.scenario.groups.cap * 4 == whole.loaded.scenario.groups.cap
    finally:
        whole.close()
        part.close()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "no file ''"),
        ({"scenario": "nowhere.yaml"}, "no file 'nowhere.yaml'"),
        ({"scenario": str(FLAGSHIP), "seeds": "0"}, "1 to 1,000"),
        ({"scenario": str(FLAGSHIP), "people": "2000", "days": "1"}, "messages, at least 20"),
    ],
)
def test_scenarios_that_will_not_do(given: dict[str, str], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        run_checks([own_instance(CHECKS["messages"], {"days": "2", **given})], Effort(share=0.01))


def test_a_scenario_of_ones_own_is_measured() -> None:
    given = {"scenario": str(FLAGSHIP), "people": "4000", "days": "90"}
    (result,) = run_checks([own_instance(CHECKS["messages"], given)], Effort()).results
    assert result.broken == ""
    assert [point.miss for point in result.found.points] == [""] * len(result.found.points)
