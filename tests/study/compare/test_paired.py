"""Paired differences: scipy, closed forms and exact small cases are the oracles."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from sim.errors import NotInstalled
from sim.study.compare.paired import Paired, adjusted, holm, interval, paired, reduction, win_rate

OUTCOMES = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


def drawn(n: int = 12, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n)
    return shared + 0.3 * rng.normal(size=n) + 0.5, shared + 0.3 * rng.normal(size=n)


def test_interval_is_scipys() -> None:
    a, b = drawn()
    oracle = stats.bootstrap(
        (a - b,), np.mean, method="BCa", n_resamples=50_000, rng=np.random.default_rng(9)
    ).confidence_interval
    found = paired(a, b)
    assert found.low == pytest.approx(oracle.low, abs=0.02)
    assert found.high == pytest.approx(oracle.high, abs=0.02)
    assert found.p == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert found.mean == pytest.approx(np.mean(a) - np.mean(b))


def test_identical_outcomes_differ_by_exactly_nothing() -> None:
    a, _ = drawn()
    found = paired(a, a.copy())
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)
    assert (found.p, found.win_rate) == (1.0, 0.5)
    assert found.same and found.ahead == 0


def test_a_constant_difference_has_a_point_for_an_interval() -> None:
    b = np.arange(10.0)
    found = paired(b + 3, b)
    assert (found.mean, found.low, found.high) == (3.0, 3.0, 3.0)
    assert found.p == 2.0**-9  # ten heads in a row, two-sided
    assert found.reduction == math.inf and found.ahead == 1 and not found.same


def test_differences_alike_but_for_rounding_are_no_trouble() -> None:
    b = np.array([0.1, 0.2, 0.3, 0.7])
    found = paired(b + 0.1, b)
    assert found.low <= found.mean <= found.high
    assert found.high - found.low < 1e-12


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_seeds_have_no_interval_and_no_claim(n: int) -> None:
    found = paired(np.ones(n) * 5, np.zeros(n))
    assert math.isnan(found.low) and math.isnan(found.p)
    assert found.ahead == 0 and found.seeds == n


def test_seeds_without_an_outcome_are_left_out_in_pairs() -> None:
    a, b = drawn()
    with_gap, other = a.copy(), b.copy()
    with_gap[2], other[5] = np.nan, np.nan
    keep = [i for i in range(12) if i not in (2, 5)]
    assert paired(with_gap, other) == paired(a[keep], b[keep])


@given(
    arrays.arrays(np.float64, (2, 6), elements=OUTCOMES),
    st.floats(-100, 100).map(lambda x: round(x, 2)),
)
def test_turning_the_arms_turns_the_answer(outcomes: np.ndarray, shift: float) -> None:
    a, b = outcomes
    one, other = paired(a, b), paired(b, a)
    assert one.mean == pytest.approx(-other.mean)
    assert one.p == pytest.approx(other.p)
    assert one.win_rate + other.win_rate == pytest.approx(1)
    # A shift that both arms share changes nothing.
    moved = paired(a + shift, b + shift)
    assert moved.mean == pytest.approx(one.mean, abs=1e-6)
    turned = one.turned()
    assert (turned.mean, turned.low, turned.high) == (-one.mean, -one.high, -one.low)
    assert turned.win_rate == pytest.approx(1 - one.win_rate)
    assert -one.ahead == turned.ahead


def test_win_rate_counts_ties_as_half() -> None:
    assert win_rate(np.array([1.0, 2, 3, 4]), np.array([0.0, 2, 5, 3])) == 0.625


def test_reduction_is_what_pairing_saves() -> None:
    # Var(a) = Var(b) = 1, correlation r: unpaired 2, paired 2 - 2 r.
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 200_000))
    r = 0.8
    assert reduction(x, r * x + math.sqrt(1 - r * r) * y) == pytest.approx(1 / (1 - r), rel=0.02)
    assert reduction(x, y) == pytest.approx(1, rel=0.02)
    assert math.isnan(reduction(np.ones(4), np.ones(4)))


def test_holm_by_hand() -> None:
    # Holm 1979: sorted .005 .01 .03 .04 times 4 3 2 1, never falling.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
    found = holm([math.nan, 0.02])
    assert math.isnan(found[0]) and found[1] == 0.02


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_no_correction_and_bonferroni(p: list[float]) -> None:
    found = holm(p)
    assert all(
        one <= new <= min(1.0, len(p) * one) + 1e-12 for one, new in zip(p, found, strict=True)
    )
    order = np.argsort(p, kind="stable")
    assert all(np.diff(np.asarray(found)[order]) >= 0)


def test_a_claim_needs_the_interval_and_the_adjusted_p() -> None:
    clear = Paired(9, 2, 1, 1, 0.5, 1.5, 0.01, 0.01, 1, 2)
    assert clear.ahead == 1 and clear.turned().ahead == -1
    assert Paired(9, 2, 1, 1, -0.1, 2.1, 0.01, 0.01, 1, 2).ahead == 0
    crowd = adjusted([clear] * 6)
    assert [one.adjusted for one in crowd] == pytest.approx([0.06] * 6)
    assert all(one.ahead == 0 for one in crowd)


def test_interval_of_a_mean() -> None:
    a, _ = drawn(30)
    low, high = interval(a)
    oracle = stats.bootstrap((a,), np.mean, n_resamples=50_000, rng=1).confidence_interval
    assert (low, high) == pytest.approx((oracle.low, oracle.high), abs=0.03)
    assert interval(np.array([4.0, 4.0])) == (4.0, 4.0)
    assert all(math.isnan(end) for end in interval(np.array([4.0])))


def test_without_scipy_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(NotInstalled, match=r"pip install 'flowtribe\[opt\]'") as caught:
        paired(*drawn())
    assert caught.value.exit_code == 2
