"""Verdicts: who is right is blamed seldom, who is wrong is found, and exact means exact."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.check.measured import Effort, Found, Point, share_point
from sim.check.suite import CHECKS, chosen, own_instance, run_checks
from sim.check.verdict import agree, by_luck, limit, z_score
from sim.errors import ScenarioError
from tests.check.pretend import pretend


def test_a_correct_engine_is_blamed_as_seldom_as_promised() -> None:
    luck, level, runs = np.random.default_rng(1), 0.2, 2000
    blamed = 0
    for _ in range(runs):
        points = [Point("", 5.0, 5.0 + 0.1 * z, 0.1) for z in luck.standard_normal(20)]
        blamed += not all(agree(points, level))
    # Of independent numbers Bonferroni blames 1 - (1 - level / n)^n, hardly less than the level.
    expected = 1 - (1 - level / 20) ** 20
    assert abs(blamed / runs - expected) < 4 * math.sqrt(expected * (1 - expected) / runs)


def test_many_numbers_may_be_farther_off_than_few() -> None:
    assert limit(1) < limit(10) < limit(1000) < 6
    assert by_luck(limit(10, 0.05)) == pytest.approx(0.005, rel=1e-3)
    off = Point("off", 0.0, 3.6, 1.0)
    assert agree([off]) == [False]
    assert agree([off, *[Point("", 0.0, 0.1, 1.0)] * 300]) == [True] * 301


def test_holm_judges_the_next_by_what_is_left() -> None:
    """Two numbers: the second may be compared with the whole level once the first is out."""
    points = [Point("", 0, 9.0, 1.0), Point("", 0, 2.1, 1.0)]
    assert agree(points, 0.05) == [False, False]
    assert agree([points[1], Point("", 0, 0.1, 1.0)], 0.05) == [True, True]


@pytest.mark.parametrize("wrong", [3.0 + 1e-6, math.nan, math.inf, 2.0])
def test_exact_is_exact(wrong: float) -> None:
    assert agree([Point("", 3.0, 3.0)]) == [True]
    assert agree([Point("", 0.3, 0.1 + 0.2)]) == [True]
    assert agree([Point("", 3.0, wrong)]) == [False]
    assert abs(z_score(Point("", 3.0, wrong))) == math.inf


@pytest.mark.parametrize("error", [math.nan, math.inf])
def test_no_error_is_no_excuse(error: float) -> None:
    assert agree([Point("", 3.0, 3.0, error)]) == [False]


def test_known_misses_are_judged_by_themselves() -> None:
    close = Point("", 0.0, 3.4, 1.0)
    assert agree([close]) == [False]
    missing = [Point("", 0.0, z, 1.0, miss="known") for z in (50.0, 3.2)]
    assert agree([close, *missing]) == [False, False, True]
    assert agree([Point("", 0.0, 3.2, 1.0), *missing]) == [True, False, True]


def test_known_misses_fail_nothing_and_others_do() -> None:
    def found(miss: str) -> Found:
        return Found((Point("tail", 1.0, 9.0, 0.1, miss=miss), Point("head", 1.0, 1.0, 0.1)))

    report = run_checks(
        [pretend(name, lambda effort, miss=name: found(miss)) for name in ("", "known")],
        Effort(),
    )
    failing, missing = report.results
    assert (failing.passed, missing.passed) == (False, True)
    assert [point.label for point in failing.wrong] == ["tail"] and failing.misses == []
    assert [point.label for point in missing.misses] == ["tail"] and missing.wrong == []
    assert report.numbers == 3


def test_a_share_has_the_error_of_theory() -> None:
    assert share_point("", 0.25, 40, 100).error == pytest.approx(math.sqrt(0.25 * 0.75 / 100))


def test_a_check_without_numbers_fails_and_so_does_one_that_breaks_off() -> None:
    def broken(effort: Effort) -> Found:
        raise ZeroDivisionError("no luck")

    report = run_checks(
        [pretend("empty", lambda effort: Found(())), pretend("broken", broken)], Effort()
    )
    assert not report.passed
    assert [result.passed for result in report.results] == [False, False]
    assert report.results[1].broken == "ZeroDivisionError: no luck"


def test_names_and_families_are_found() -> None:
    assert [check.name for check in chosen(["ic", "bass"])] == ["ic", "bass"]
    assert {check.family for check in chosen(["auctions"])} == {"auctions"}
    assert len(chosen([])) == len(CHECKS)
    assert len({check.name for check in CHECKS.values()}) == len(CHECKS)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("ic", {"grph": "karate"}, "did you mean '--graph'"),
        ("ic", {"p": "high"}, "must be a number"),
        ("ic", {"p": "2"}, "no probability"),
        ("ic", {"runs": "1"}, "100 to"),
        ("ic", {"graph": "karatee"}, "is no graph"),
        ("ic", {"graph": "path:x"}, "path:x"),
        ("ic", {"seed-node": "99"}, "nobody is called '99'"),
        ("ic", {"graph": "complete:20"}, "too dense"),
        ("lt", {"seed-node": "Medic"}, "did you mean 'Medici'"),
        ("textbook", {"p": "1"}, "has no options"),
        ("bass-years", {"p": "0.9", "q": "0.9"}, "at most 1"),
        ("bass-graph", {"graph": "karate"}, "34 people"),
        ("revenue", {"law": "unifrom"}, "did you mean 'uniform'"),
        ("small-cascades", {"k": "1.5"}, "below 1"),
    ],
)
def test_own_instances_are_refused_in_words(name: str, given: dict[str, str], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        run_checks([own_instance(CHECKS[name], given)], Effort(share=0.001))


def test_own_instances_are_measured() -> None:
    asked = [
        own_instance(CHECKS["ic"], {"graph": "cycle:5", "seed-node": "2", "p": "0.4"}),
        own_instance(CHECKS["bass-years"], {"people": "5", "steps": "3"}),
        own_instance(CHECKS["revenue"], {"bidders": "4", "slots": "2", "law": "power"}),
    ]
    report = run_checks(asked, Effort(share=0.1))
    assert report.passed
    assert [len(result.found.points) for result in report.results] == [1, 3, 1]
