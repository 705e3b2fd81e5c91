"""Cohorts as the study reads them: retention, value by age, and a curve fitted to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.engine.columns import TABLES
from sim.study import cohorts as of
from sim.study import formulas as f
from sim.study import lifetime
from sim.study.cohorts import cohorts_of, projection, summary_of
from sim.study.lifetime import fitted, survival


def table(cells: list[tuple[int, int, int, int, int, int]], **more: Any) -> dict[str, np.ndarray]:
    """Rows (cohort, month, days, customers, active, margin) of one camp."""
    names = ("cohort", "month", "days", "customers", "active", "margin")
    out = dict(zip(names, np.array(cells, np.int64).reshape(-1, 6).T, strict=True))
    out["camp"] = np.array(["shop"] * len(cells), object)
    assert set(out) <= {column.name for column in TABLES["cohorts"]}
    return {**out, **more}


HAND = table(
    [
        (0, 0, 30, 100, 100, 1000),
        (0, 1, 30, 100, 40, 500),
        (0, 2, 30, 100, 30, 300),
        (1, 1, 30, 50, 50, 600),
        (1, 2, 30, 50, 10, 100),
        (2, 2, 30, 10, 10, 90),
        (0, 3, 12, 100, 90, 10**6),  # a month that was cut short says nothing
        (3, 3, 12, 7, 7, 10**6),
    ]
)


def test_cohorts_by_hand() -> None:
    cohorts = cohorts_of(HAND, "shop")
    assert cohorts.months == 3
    assert cohorts.size.tolist() == [100, 50, 10]
    assert cohorts.retention(0) == 1
    assert cohorts.retention(1) == pytest.approx((40 + 10) / 150)
    assert cohorts.retention(2) == pytest.approx(0.3)
    assert np.isnan(cohorts.retention(3))
    assert cohorts.margin_by_month() == pytest.approx([1690 / 160, 600 / 150, 3.0])
    assert cohorts.watched().tolist() == [160, 150, 100]
    told = summary_of(cohorts, 14.0)
    assert told["lifetime_value"] == pytest.approx(1690 / 160 + 4 + 3)
    assert told["customer_payback"] == 2  # 10.56 < 14 <= 14.56
    assert np.isnan(told["projected_value"])  # three months are too few
    assert np.isnan(summary_of(cohorts, 100.0)["customer_payback"])
    assert np.isnan(summary_of(cohorts_of(HAND, "nobody"), 1.0)["lifetime_value"])


def test_merchants_of_a_camp_are_pooled() -> None:
    both = {name: np.concatenate([values, values]) for name, values in HAND.items()}
    one, two = cohorts_of(HAND, "shop"), cohorts_of(both, "shop")
    assert (two.size == 2 * one.size).all()
    assert two.retention(1) == one.retention(1)
    assert two.margin_by_month() == pytest.approx(one.margin_by_month())


@given(
    alpha=st.floats(0.2, 5), beta=st.floats(0.5, 20), level=st.floats(1, 1e5), n=st.integers(4, 12)
)
@settings(max_examples=100, deadline=None)
@example(alpha=1.0, beta=3.0, level=1.0, n=5)  # a grid that closes in loses its way here
def test_the_fit_finds_the_curve_that_it_was_given(
    alpha: float, beta: float, level: float, n: int
) -> None:
    values = level * survival(alpha, beta, n)
    got = fitted(values, np.linspace(2, 1, n))
    assert got[0] * survival(*got[1:], n) == pytest.approx(values, rel=1e-6)


@given(alpha=st.floats(0.05, 20), beta=st.floats(0.05, 20))
def test_who_stayed_longer_stays_surer(alpha: float, beta: float) -> None:
    curve = survival(alpha, beta, 30)
    kept = curve[1:] / curve[:-1]
    assert curve[0] == 1
    assert (np.diff(kept) > 0).all()
    assert kept[0] == pytest.approx(beta / (alpha + beta))


def test_fader_and_hardie_regular_customers() -> None:
    """Four years fitted, three forecast: survival .631 .468 .382 .326, then .289 .262 .241."""
    seen = np.array([1, 0.631, 0.468, 0.382, 0.326])
    level, alpha, beta = fitted(seen, np.ones(5))
    curve = level * survival(alpha, beta, 8)
    assert curve[:5] == pytest.approx(seen, abs=0.005)
    assert curve[5:] == pytest.approx([0.289, 0.262, 0.241], abs=0.015)
    steady = np.polyfit(range(5), np.log(seen), 1)  # one chance for all loses far too many
    assert np.exp(np.polyval(steady, 7)) < 0.2


def test_a_projection_goes_on_from_what_was_watched() -> None:
    months, size = 9, 1000
    curve = np.concatenate([[50.0], 20 * survival(0.7, 1.2, of.HORIZON - 1)])
    rows = [
        (c, c + k, 30, size, size if k == 0 else 1, round(size * curve[k]))
        for c in range(months)
        for k in range(months - c)
    ]
    cohorts = cohorts_of(table(rows), "shop")
    later = projection(cohorts)
    assert len(later) == of.HORIZON - months
    assert later == pytest.approx(curve[months:], rel=0.03)
    told = summary_of(cohorts, 60.0)
    assert told["projected_value"] == pytest.approx(curve.sum(), rel=0.01)
    assert told["lifetime_value"] == pytest.approx(curve[:3].sum(), rel=1e-3)


def test_value_and_payback_formulas() -> None:
    assert lifetime.lifetime_value([1.0, 2.0]) == 3
    assert lifetime.projected_value([1.0], [2.0, 3.0]) == 6
    assert lifetime.customer_payback(np.array([5.0, 5.0]), 5.0) == 1
    assert lifetime.customer_payback(np.array([5.0, 5.0]), 10.0) == 2
    assert np.isnan(lifetime.customer_payback(np.array([5.0, 5.0]), float("nan")))
    assert f.stockout_rate(1, 3) == 0.25
    assert f.refund_rate(1, 4) == 0.25
