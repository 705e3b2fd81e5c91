"""The commentary never claims what an interval does not hold; made from constructed outcomes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.study.compare import claims
from sim.study.compare.outcomes import Outcomes
from sim.study.compare.paired import paired
from sim.study.compare.scales import scale_of

SCALE = scale_of("return_on_capital", "CNY")
SUPERIOR = re.compile(r"is ahead of|did best|does best|did worse|does worse")


def outcomes(*rows: list[float] | np.ndarray, **more: np.ndarray) -> Outcomes:
    main = np.array(rows, float)[None]
    names = tuple("abcdef"[: len(rows)])
    values = {"profit": main, **{name: v[None] for name, v in more.items()}}
    return Outcomes(names, ("home",), tuple(range(main.shape[2])), values)


def drawn(means: list[float], noise: float, seeds: int = 12, seed: int = 1) -> Outcomes:
    rng = np.random.default_rng(seed)
    return outcomes(*(mean + noise * rng.normal(size=seeds) for mean in means))


def told(found: Outcomes) -> str:
    return claims.who_wins(found, "profit", "home", SCALE.show_gap)


def test_an_interval_across_0_yields_cannot_tell() -> None:
    found = drawn([0.10, 0.11], noise=0.5)
    one = found.between("profit", "home", "b", "a")
    assert one.low < 0 < one.high
    assert "cannot tell" in told(found)
    assert not SUPERIOR.search(told(found))


def test_an_interval_without_0_but_a_large_p_yields_cannot_tell() -> None:
    found = outcomes([0.9, 0.2, 0.25], [0.0, 0.0, 0.0])
    one = found.between("profit", "home", "a", "b")
    assert one.low > 0 and one.adjusted > 0.05  # three seeds: the bootstrap is too sure of itself
    assert "cannot tell" in told(found)
    assert f"p {one.adjusted:.2f} after Holm" in told(found)


def test_a_clear_difference_is_said_with_its_interval() -> None:
    found = drawn([0.1, 0.5], noise=0.05)
    one = found.between("profit", "home", "b", "a")
    assert told(found).replace("\N{NO-BREAK SPACE}", " ") == (
        f"b did best: b is ahead of a by {100 * one.mean:.1f} points"
        f" (95 % interval {100 * one.low:.1f} to {100 * one.high:.1f} points)."
    )


def test_identical_arms_are_said_to_be_alike() -> None:
    text = told(outcomes([0.1, 0.2, 0.4], [0.1, 0.2, 0.4]))
    assert "exactly alike on 3 seeds" in text and not SUPERIOR.search(text)


def test_of_three_only_the_clearly_worse_is_called_worse() -> None:
    text = told(drawn([0.5, 0.51, -0.5], noise=0.1))
    assert re.match(
        r"One cannot tell (a and b|b and a) apart \(.*\); c did worse than [ab]\.", text
    )


def test_one_seed_claims_nothing() -> None:
    text = told(outcomes([0.9], [0.1]))
    assert "cannot tell" in text and "single seed" in text


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(-1, 1).map(lambda v: round(v, 2)), min_size=2, max_size=4),
    st.sampled_from([0.01, 0.3, 2.0]),
    st.integers(2, 8),
    st.integers(0, 1000),
)
def test_whoever_is_called_ahead_is_ahead(
    means: list[float], noise: float, seeds: int, seed: int
) -> None:
    found = drawn(means, noise, seeds, seed)
    for winner, loser in re.findall(r"(\w) is ahead of (\w)", told(found)):
        one = found.between("profit", "home", winner, loser)
        assert one.low > 0 and one.adjusted <= 0.05 and one.mean > 0
    place = claims.standing(found, "profit", "home")
    if place.sole:
        others = [arm for arm in found.arms if arm != place.leader]
        assert all(found.between("profit", "home", place.leader, o).ahead == 1 for o in others)
    else:
        assert "did best" not in told(found)


def test_what_goes_with_a_lead_is_only_what_the_intervals_hold() -> None:
    rng = np.random.default_rng(2)
    clear = np.array([100 + rng.normal(size=12), 150 + rng.normal(size=12)])
    blurred = np.array([100 + 50 * rng.normal(size=12), 102 + 50 * rng.normal(size=12)])
    found = drawn([0.5, 0.1], noise=0.05)
    found = Outcomes(
        found.arms, found.variants, found.seeds,
        {**found.values, "cost": clear[None], "worth": blurred[None]},
    )  # fmt: skip
    drivers = [
        claims.Driver("cost", "UP {a} {b}", "paid {a} instead of {b}", lambda v: f"{v:.0f}"),
        claims.Driver("worth", "worth more", "worth less", str),
        claims.Driver("missing", "no", "no", str),
    ]
    assert claims.because(found, "profit", "home", drivers) == (
        "Against b, a paid 100 instead of 150."
    )
    none = claims.because(found, "profit", "home", drivers[1:])
    assert none == "Against b, a differs beyond doubt in none of the other measures."


def test_no_reasons_where_there_is_no_lead() -> None:
    found = drawn([0.1, 0.1], noise=1.0)
    driver = claims.Driver("profit", "x", "y", str)
    assert claims.because(found, "profit", "home", [driver]) == ""


def test_the_headline_counts_only_sole_winners() -> None:
    clear = claims.standing(drawn([0.1, 0.9], 0.05), "profit", "home")
    open_ = claims.standing(drawn([0.1, 0.1], 1.0), "profit", "home")
    both = claims.overall([("here", clear), ("there", open_)])
    assert both == "b does best in here; in there one cannot tell"
    none = claims.overall([("here", open_), ("there", open_)])
    assert none == "One cannot tell which strategy is best in any of the 2 markets"
    many = claims.overall([*((f"m{n}", clear) for n in range(5)), ("there", open_)])
    assert many == "b does best in 5 of 6 markets; in there one cannot tell"


@pytest.mark.parametrize(("noise", "doubt"), [(0.01, False), (2.0, True)])
def test_an_average_says_whether_it_is_ahead(noise: float, doubt: bool) -> None:
    rng = np.random.default_rng(3)
    means = {arm: mean + noise * rng.normal(size=10) for arm, mean in (("a", 0.2), ("b", 0.1))}
    text = claims.on_average(means, "return", SCALE.show, SCALE.show_gap)
    assert ("one cannot tell it from" in text) == doubt
    assert ("is ahead of all others" in text) != doubt


def test_a_difference_reads_the_same_from_either_side() -> None:
    a, b = np.random.default_rng(1).normal([[2], [0]], size=(2, 8))
    forth = claims.difference(paired(a, b), "a", "b", SCALE.show_gap)
    back = claims.difference(paired(b, a), "b", "a", SCALE.show_gap)
    assert forth == back and forth.startswith("a is ahead of b")
