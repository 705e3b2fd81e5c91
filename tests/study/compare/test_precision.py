"""Seeds for a precision: the definition is the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.study.compare.paired import paired
from sim.study.compare.precision import MOST, Precision, next_count, seeds_for


def half_width(spread: float, n: int) -> float:
    return stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n)


@given(st.floats(0.05, 50))
def test_fewest_seeds_that_reach_it(wanted: float) -> None:
    d = np.array([1.0, 2.0, 4.0, 0.0, -3.0])
    n = seeds_for(d, wanted)
    spread = np.std(d, ddof=1)
    assert half_width(spread, n) <= wanted
    assert n == 2 or half_width(spread, n - 1) > wanted


def test_four_times_the_seeds_for_half_the_width() -> None:
    d = np.random.default_rng(1).normal(size=50)
    assert seeds_for(d, 0.01) == pytest.approx(4 * seeds_for(d, 0.02), rel=0.01)


def test_what_cannot_be_reached() -> None:
    assert seeds_for(np.array([1.0]), 1) == MOST
    assert seeds_for(np.array([1.0, 2.0]), 0) == MOST
    assert seeds_for(np.array([3.0, 3.0, 3.0]), 0) == 2
    assert seeds_for(np.array([1.0, 2.0]), 1e-12) == MOST


def test_relative_and_absolute() -> None:
    b = np.random.default_rng(2).normal(size=40)
    one = paired(b + 100, b + 90)
    assert Precision(0.05, True).half_width(one) == pytest.approx(0.05 * np.mean(b + 100))
    assert Precision(2.0, False).half_width(one) == 2.0
    assert Precision(0.0, False).reached(one)  # the difference does not vary
    assert not Precision(1e6, False).reached(paired(np.ones(1), np.ones(1)))


@given(st.integers(2, 100), st.integers(2, MOST), st.integers(101, 1000))
def test_rounds_grow_but_at_most_double(now: int, needed: int, most: int) -> None:
    then = next_count(now, needed, most)
    assert now < then <= min(most, 2 * now)
    if needed <= now:
        assert then == now + 1
