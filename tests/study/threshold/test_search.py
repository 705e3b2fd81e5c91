"""The search against curves whose crossing is known, and its interval against its promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.study.threshold.search import SCAN, Curve, find_tipping, seeds_needed

Line = Callable[[np.ndarray], np.ndarray]


def seen(line: Line, shifts: Sequence[float] = (0.0,)) -> Callable[[Sequence[float]], np.ndarray]:
    """A curve seen through seeds, each of which lifts it as a whole by its own shift."""

    def evaluate(points: Sequence[float]) -> np.ndarray:
        return line(np.asarray(points, float))[:, None] + np.asarray(shifts)[None, :]

    return evaluate


# --- the crossing ----------------------------------------------------------------------------


@given(
    at=st.floats(0.02, 0.98),
    slope=st.sampled_from([-300.0, -1.0, 0.01, 5.0]),
    tolerance=st.sampled_from([0.2, 0.03, 0.001]),
)
def test_a_straight_line_is_found_exactly(at: float, slope: float, tolerance: float) -> None:
    found = find_tipping(seen(lambda x: slope * (x - at)), 0, 1, tolerance)
    assert found.crossing == pytest.approx(at, abs=1e-9)
    assert found.bracket is not None
    left, right = found.bracket
    assert left <= at <= right and right - left <= tolerance
    assert found.rises == (slope > 0)
    assert found.more == ()


@given(at=st.floats(0.02, 0.98), power=st.sampled_from([3, 5]))
def test_a_bent_line_is_found_within_the_tolerance(at: float, power: int) -> None:
    found = find_tipping(seen(lambda x: (x - at) ** power), 0, 1, 0.01)
    assert found.crossing == pytest.approx(at, abs=0.01)


def test_a_jump_is_found_within_the_tolerance() -> None:
    found = find_tipping(seen(lambda x: np.where(x < 0.637, -3.0, 8.0)), 0, 1, 0.005)
    assert found.crossing == pytest.approx(0.637, abs=0.005)


def test_bisection_takes_as_many_steps_as_halving_does() -> None:
    asked: list[float] = []

    def evaluate(points: Sequence[float]) -> np.ndarray:
        asked.extend(points)
        return np.asarray(points)[:, None] - 0.31

    find_tipping(evaluate, 0, 1, 1 / 64)
    assert len(asked) == len(set(asked)) == SCAN + 4  # a quarter, halved four times


@pytest.mark.parametrize("value", [-2.0, 3.0])
def test_no_crossing_is_none(value: float) -> None:
    found = find_tipping(seen(lambda x: np.full(len(x), value), (-0.1, 0.1)), 0, 1, 0.01)
    assert (found.crossing, found.bracket, found.low, found.high) == (None, None, None, None)
    assert np.isnan(found.per_seed).all()
    assert len(found.curve.points) == SCAN  # nothing is spent on it


def test_several_crossings_are_told() -> None:
    found = find_tipping(seen(lambda x: np.cos(2 * np.pi * x + 0.3)), 0, 1, 0.01)
    assert found.crossing == pytest.approx((np.pi / 2 - 0.3) / (2 * np.pi), abs=0.01)
    assert found.more == ((0.5, 0.75),) and not found.rises


def test_whole_numbers_end_at_neighbours() -> None:
    asked: list[float] = []

    def evaluate(points: Sequence[float]) -> np.ndarray:
        asked.extend(points)
        return np.asarray(points)[:, None] - 7.4

    found = find_tipping(evaluate, 1, 20, 0.01, fitted=round)
    assert found.bracket == (7, 8)
    assert all(point == int(point) for point in asked)


def test_what_does_not_exist_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="not finite"):
        find_tipping(seen(lambda x: np.where(x > 0.5, np.nan, -1.0)), 0, 1, 0.1)


# --- the interval ----------------------------------------------------------------------------


def test_interval_of_shifted_lines_is_the_t_interval_of_the_seeds_crossings() -> None:
    """If seeds shift a straight line, each crosses at its own place, and their mean is normal."""
    shifts = np.array([-0.06, 0.01, 0.05, -0.02, 0.08, 0.03])
    found = find_tipping(seen(lambda x: x - 0.5, shifts), 0, 1, 0.001)
    own = 0.5 - shifts
    wanted = stats.t.interval(0.95, 5, own.mean(), stats.sem(own))
    assert found.crossing == pytest.approx(own.mean())
    assert (found.low, found.high) == (pytest.approx(wanted[0]), pytest.approx(wanted[1]))
    assert found.per_seed == pytest.approx(own)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    trials, covered = 600, 0
    for _ in range(trials):
        shifts, tilts = rng.normal(0, 0.08, 6), 1 + rng.normal(0, 0.2, 6)

        def evaluate(
            points: Sequence[float], a: np.ndarray = shifts, b: np.ndarray = tilts
        ) -> np.ndarray:
            return b[None, :] * (np.asarray(points)[:, None] - 0.43) + a[None, :]

        found = find_tipping(evaluate, 0, 1, 0.02)
        low = 0.0 if found.low is None else found.low
        high = 1.0 if found.high is None else found.high
        covered += low <= 0.43 <= high
    error = (0.95 * 0.05 / trials) ** 0.5
    assert abs(covered / trials - 0.95) < 3 * error


@given(scale=st.sampled_from([1e-3, 1.0, 1e4]), offset=st.sampled_from([-50.0, 0.0, 7.0]))
def test_units_do_not_matter(scale: float, offset: float) -> None:
    shifts = (-0.1, 0.02, 0.11)
    plain = find_tipping(seen(lambda x: x - 0.5, shifts), 0, 1, 0.01)
    moved = find_tipping(
        seen(lambda x: (x - offset) / scale - 0.5, shifts), offset, offset + scale, 0.01 * scale
    )
    for one, other in ((plain.low, moved.low), (plain.high, moved.high)):
        assert one is not None and other is not None
        assert (other - offset) / scale == pytest.approx(one, abs=1e-6)


def test_more_noise_widens_the_interval() -> None:
    widths = []
    for noise in (0.01, 0.05, 0.2):
        shifts = noise * np.array([-1.0, 1, -0.5, 0.5])
        found = find_tipping(seen(lambda x: x - 0.5, shifts), 0, 1, 0.001)
        assert found.low is not None and found.high is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths) and widths[0] < widths[1] < widths[2]


def test_equal_seeds_leave_no_doubt() -> None:
    found = find_tipping(seen(lambda x: x - 0.3, (0.0, 0.0, 0.0)), 0, 1, 0.01)
    assert (found.low, found.high) == (pytest.approx(0.3), pytest.approx(0.3))


def test_one_seed_has_no_interval() -> None:
    found = find_tipping(seen(lambda x: x - 0.3), 0, 1, 0.01)
    assert found.crossing == pytest.approx(0.3)
    assert (found.low, found.high) == (None, None)


def test_an_end_beyond_what_was_looked_at_is_open() -> None:
    shifts = np.array([-0.5, 0.5, -0.4, 0.4])
    found = find_tipping(seen(lambda x: x - 0.2, shifts), 0, 2, 0.01)
    assert found.low is None and found.high is not None
    assert np.isnan(found.per_seed).any()  # seeds that are above the level from the start


def test_the_ends_are_looked_at_closely_where_the_curve_bends() -> None:
    """A kink far from the crossing would be missed by a line through the first look's points."""
    shifts = 0.3 * np.array([-1.0, -0.4, 0.4, 1.0])

    def line(x: np.ndarray) -> np.ndarray:
        return np.where(x < 1.9, 0.2 * (x - 1.5), 0.08 + 4 * (x - 1.9))

    found = find_tipping(seen(line, shifts), 0, 4, 0.02)
    half = Curve(np.zeros(1), shifts[None, :]).half_width[0]
    assert found.high == pytest.approx(1.9 + (half - 0.08) / 4, abs=0.03)


# --- seeds ---------------------------------------------------------------------------------------


def test_four_times_the_seeds_halve_the_interval() -> None:
    found = find_tipping(seen(lambda x: x - 0.5, (-0.1, 0.1, 0.05, -0.05)), 0, 1, 0.01)
    assert found.low is not None and found.high is not None
    now = (found.high - found.low) / 2
    assert seeds_needed(found, now / 2) == 16
    assert seeds_needed(found, 10 * now) == 4
    assert seeds_needed(find_tipping(seen(lambda x: x - 0.5), 0, 1, 0.1), 0.1) is None
