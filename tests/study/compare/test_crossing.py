"""Crossings: straight lines with known zeros."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.compare.crossing import crossing, crossing_of_mean

LEVELS = np.array([0.0, 1.0, 2.0, 4.0])


@given(st.floats(0.01, 3.99), st.floats(0.1, 100))
def test_a_straight_line_crosses_at_its_zero(zero: float, slope: float) -> None:
    assert crossing(LEVELS, slope * (LEVELS - zero)) == pytest.approx(zero)


@pytest.mark.parametrize(
    ("difference", "found"),
    [
        ([1, 1, 1, 1], -math.inf),
        ([-1, -1, -1, -1], math.inf),
        ([1, 1, 1, -1], math.inf),  # ahead, but not in the end
        ([0, 0, 0, 0], math.inf),  # a tie is not ahead
        ([1, -1, 1, 1], 1.5),  # the last time counts
        ([-1, 0, 1, 1], 1.0),
    ],
)
def test_cases(difference: list[float], found: float) -> None:
    assert float(crossing(LEVELS, np.array(difference))) == found


def test_unknown_stays_unknown() -> None:
    assert math.isnan(float(crossing(LEVELS, np.array([-1.0, math.nan, 1, 1]))))


def test_band_without_noise_is_a_point() -> None:
    found = crossing_of_mean(LEVELS, np.tile(LEVELS - 1.5, (5, 1)))
    assert found[:3] == pytest.approx((1.5, 1.5, 1.5)) and found.ahead == 1


def test_band_covers_as_often_as_it_says() -> None:
    """The true crossing is inside in about 95 % of experiments (19 in 20; 200 tries, 12 seeds)."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        noise = rng.normal(size=(12, 1)) + 0.2 * rng.normal(size=(12, 4))
        low, high = crossing_of_mean(LEVELS, LEVELS - 2 + noise)[1:3]
        hits += low <= 2 <= high
    assert 168 <= hits <= 200  # nominal 190; 91 % of 1,000 measured with 12 seeds


def test_a_crossing_beyond_the_scale_is_said_to_be_there() -> None:
    rng = np.random.default_rng(6)
    found = crossing_of_mean(LEVELS, LEVELS - 3.9 + rng.normal(size=(8, 1)))
    assert found.high == math.inf and 0 < found.ahead < 1
