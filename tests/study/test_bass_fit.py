"""Bass' model fitted: against scipy, against what was planted, and what cannot be fitted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit
from scipy.stats import t as student

from sim import fit_bass
from sim.check.durables import RECORDERS
from sim.errors import ScenarioError
from sim.study.bass_fit import _luck_of_people, _student, adopted_by, adoption_rate


@settings(max_examples=25, deadline=None)
@given(
    p=st.floats(0.002, 0.1), q=st.floats(0.15, 0.9), m=st.floats(1e-2, 1e8), past=st.floats(0.8, 2)
)
def test_a_curve_without_noise_is_found(p: float, q: float, m: float, past: float) -> None:
    years = max(6, math.ceil(past * math.log(q / p) / (p + q))) if q > p else 8
    seen = m * np.diff(adopted_by(p, q, np.arange(years + 1)))
    fit = fit_bass(seen)
    assert (fit.p, fit.q, fit.m) == pytest.approx((p, q, m), rel=1e-4)
    assert fit.spread < 1e-4 * seen.max()
    assert fit.expected == pytest.approx(seen, rel=1e-4, abs=1e-5 * seen.max())


@pytest.mark.parametrize("instant", [False, True])
def test_scipy_finds_the_same(instant: bool) -> None:
    times = np.arange(1.0, 11.0)

    def curve(t: np.ndarray, p: float, q: float, m: float) -> np.ndarray:
        if instant:
            return m * adoption_rate(p, q, t)
        return m * (adopted_by(p, q, t) - adopted_by(p, q, t - 1))

    best, spread = curve_fit(curve, times, RECORDERS, p0=(0.01, 0.5, 60_000))
    fit = fit_bass(RECORDERS, instant=instant)
    assert (fit.p, fit.q, fit.m) == pytest.approx(tuple(best), rel=1e-5)
    # scipy's errors are those of p, q and m themselves: the same to first order, over the value.
    assert fit.errors == pytest.approx(np.sqrt(np.diag(spread)) / best, rel=1e-3)
    reach = student.ppf(0.95, 7)
    assert np.log(fit.intervals[:, 1]) == pytest.approx(np.log(best) + reach * fit.errors, rel=1e-5)


def test_video_recorders_are_those_published() -> None:
    fit = fit_bass(RECORDERS, instant=True)
    assert (round(fit.p, 4), round(fit.q, 3), round(fit.m)) == (0.0066, 0.638, 67_981)


def test_rate_is_the_slope_of_the_share() -> None:
    t, h = np.array([0.5, 4.0, 11.0]), 1e-6
    slope = (adopted_by(0.03, 0.38, t + h) - adopted_by(0.03, 0.38, t - h)) / (2 * h)
    assert adoption_rate(0.03, 0.38, t) == pytest.approx(slope)


@pytest.mark.parametrize("free", [1, 2, 7, 30])
def test_quantiles_are_those_of_student(free: int) -> None:
    for chance in (0.8, 0.95, 0.995):
        assert _student(chance, free) == pytest.approx(student.ppf(chance, free), rel=1e-5)


def test_luck_without_imitation_is_that_of_coins() -> None:
    """With q = 0 people adopt independently: years are multinomial."""
    p, m, years = 0.2, 1000.0, 6
    chance = np.diff(adopted_by(p, 1e-9, np.arange(years + 1)))
    multinomial = m * (np.diag(chance) - np.outer(chance, chance))
    assert _luck_of_people(p, 1e-9, m, years) == pytest.approx(multinomial, rel=1e-3, abs=0.05)


def test_wider_for_surer() -> None:
    ends = [fit_bass(RECORDERS, level=level).intervals for level in (0.5, 0.9, 0.99)]
    for narrow, wide in pairwise(ends):
        assert (wide[:, 0] < narrow[:, 0]).all() and (wide[:, 1] > narrow[:, 1]).all()


@pytest.mark.parametrize(
    ("series", "says"),
    [
        ([1, 2, 3], "3 periods, at least 4"),
        ([1, 2, float("nan"), 3], "numbers from 0 up"),
        ([1, -2, 3, 4], "numbers from 0 up"),
        ([0, 0, 0, 0], "numbers from 0 up"),
        ([1, 2, 4, 8, 16, 32], "no p, q and m can be told"),
        ([5, 5, 5, 5, 5, 5], "no p, q and m can be told"),
    ],
)
def test_what_cannot_be_fitted(series: list[float], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        fit_bass(series)


def test_levels_are_shares() -> None:
    with pytest.raises(ScenarioError, match="above 0 and below 1"):
        fit_bass(RECORDERS, level=90)
