"""Retention: quarters counted by hand, and closed forms against each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from sim.check.order_log import make_log
from sim.check.retention import (
    CURVES,
    QUARTER,
    closed_form,
    every_period,
    most_likely,
    staying,
)
from sim.study.lifetime import survival


def test_who_buys_in_every_quarter_stays() -> None:
    """The first in all three, the second in the first and third, the third never, the fourth is
    left out; what is bought before one's own start does not count."""
    who = np.array([0, 0, 0, 1, 1, 1, 3])
    day = np.array([0, 91, 272, 5, 10, 200, 0])
    log = make_log(who, day)
    start = np.array([0, 7, 0, -1])
    assert staying(log, start, 3).tolist() == [3, 2, 1, 1]


@pytest.mark.parametrize(("mean", "shape"), [(0.0091, 0.385), (0.03, 2.0)])
def test_every_period_is_the_integral(mean: float, shape: float) -> None:
    law = gamma(shape, scale=mean / shape)
    for periods, exact in enumerate(every_period(mean, shape, 5)):
        whole, _ = quad(
            lambda u, t=periods: (1 - np.exp(-QUARTER * law.ppf(u))) ** t, 0, 1, limit=400
        )
        assert exact == pytest.approx(whole, abs=1e-5)


def test_retention_rises_where_needs_are_unequal_and_not_where_they_are_alike() -> None:
    kept = every_period(0.0091, 0.385, 6)
    assert np.all(np.diff(kept[1:] / kept[:-1]) > 0)
    alike = every_period(0.0091, 1e6, 6)
    assert alike[1:] / alike[:-1] == pytest.approx(1 - np.exp(-QUARTER * 0.0091), rel=1e-4)


@pytest.mark.parametrize(("alpha", "beta"), CURVES)
def test_curves_are_ratios_of_beta_functions_and_found_again(alpha: float, beta: float) -> None:
    whole = closed_form(alpha, beta, 13)
    assert survival(alpha, beta, 13) == pytest.approx(whole, rel=1e-12)
    assert most_likely(whole[1:]) == pytest.approx((alpha, beta), rel=1e-3)
