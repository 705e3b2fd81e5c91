"""Indices of functions whose indices are known, and the share of the noise that was put in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.sensitivity.indices import effects, noise, noise_floor, points_differ, ranked
from sim.study.sweep.methods import unit_points

NAMES = ["a", "b", "c"]


def ishigami(cube: np.ndarray) -> np.ndarray:
    """Ishigami & Homma 1990, a = 7, b = 0.1."""
    x = math.pi * (2 * cube - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_indices() -> tuple[list[float], list[float]]:
    """First-order and total indices in closed form."""
    a, b, pi = 7.0, 0.1, math.pi
    v1, v2, v13 = 0.5 * (1 + b * pi**4 / 5) ** 2, a**2 / 8, b**2 * pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return [v1 / total, v2 / total, 0.0], [(v1 + v13) / total, v2 / total, v13 / total]


def test_sobol_indices_of_ishigamis_function() -> None:
    cube = unit_points("sobol", 3, 4096, 5)
    found = effects("sobol", NAMES, cube, ishigami(cube), draw=5)
    first, total = ishigami_indices()
    for effect, alone, whole in zip(found, first, total, strict=True):
        assert effect.alone is not None
        assert effect.alone.value == pytest.approx(alone, abs=0.02)
        assert effect.strength.value == pytest.approx(whole, abs=0.02)


def test_the_intervals_of_sobol_indices_cover_the_truth() -> None:
    first, total = ishigami_indices()
    covered = []
    for draw in range(30):
        cube = unit_points("sobol", 3, 256, draw)
        for effect, alone, whole in zip(
            effects("sobol", NAMES, cube, ishigami(cube), draw=draw), first, total, strict=True
        ):
            assert effect.alone is not None
            covered.append(effect.alone.low <= alone <= effect.alone.high)
            covered.append(effect.strength.low <= whole <= effect.strength.high)
    assert np.mean(covered) > 0.93  # quasi-random points do better than the bootstrap promises


@given(slopes=st.lists(st.integers(-9, 9), min_size=2, max_size=4), levels=st.sampled_from([4, 6]))
def test_morris_effects_of_a_plane_are_its_slopes(slopes: list[int], levels: int) -> None:
    names = [f"x{i}" for i in range(len(slopes))]
    cube = unit_points("morris", len(slopes), 5, 2, levels)
    found = effects("morris", names, cube, cube @ np.array(slopes, float), levels=levels)
    for effect, slope in zip(found, slopes, strict=True):
        assert effect.slope == pytest.approx(slope, abs=1e-9)
        assert effect.strength.value == pytest.approx(abs(slope), abs=1e-9)
        assert effect.strength.high - effect.strength.low == pytest.approx(0, abs=1e-9)
        assert effect.bend == pytest.approx(0, abs=1e-9)


def test_morris_tells_a_bend_from_a_slope() -> None:
    cube = unit_points("morris", 2, 40, 3)
    found = effects("morris", ["u", "v"], cube, (cube[:, 0] - 0.5) ** 2 + 0.5 * cube[:, 1])
    u, v = found
    assert u.bend is not None and v.bend is not None and u.slope is not None
    assert u.bend > 0.1 and v.bend == pytest.approx(0, abs=1e-9)
    assert abs(u.slope) < u.strength.value  # ups and downs cancel in the mean, not in its size


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_what_nothing_hangs_on_has_no_effect(method: str) -> None:
    cube = unit_points(method, 3, 8, 1)
    for effect in effects(method, NAMES, cube, np.full(len(cube), 4.2)):
        assert tuple(effect.strength) == (0, 0, 0)


def test_units_of_the_metric_do_not_move_shares_of_variance() -> None:
    cube = unit_points("sobol", 3, 64, 1)
    plain = effects("sobol", NAMES, cube, ishigami(cube))
    scaled = effects("sobol", NAMES, cube, 1e6 * ishigami(cube) - 3e7)
    for one, other in zip(plain, scaled, strict=True):
        assert other.strength == pytest.approx(one.strength, abs=1e-6)


def test_the_strongest_comes_first() -> None:
    cube = unit_points("sobol", 3, 512, 1)
    found = effects("sobol", NAMES, cube, cube @ np.array([1.0, 5.0, 2.0]))
    assert [effect.parameter for effect in ranked(found)] == ["b", "c", "a"]


# --- noise ---------------------------------------------------------------------------------------


def test_no_difference_between_repetitions_is_no_noise() -> None:
    assert noise(np.repeat(np.arange(5.0)[:, None], 3, axis=1)) == (0, 0, 0)


def test_one_repetition_tells_nothing() -> None:
    assert all(math.isnan(end) for end in noise(np.arange(5.0)[:, None]))


def test_equal_points_are_all_noise() -> None:
    values = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]])
    assert noise(values).value == 1.0


def test_a_share_by_hand() -> None:
    """Means 1 and 5, variance 2 within: mean squares 16 and 2, so 7 between and 2 within."""
    found = noise(np.array([[0.0, 2.0], [4.0, 6.0]]))
    assert found.value == pytest.approx(2 / 9)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_interval_of_noise_covers_what_was_put_in(share: float) -> None:
    rng = np.random.default_rng(11)
    trials = 500
    points = math.sqrt(1 - share) * rng.standard_normal((trials, 12, 1))
    values = points + math.sqrt(share) * rng.standard_normal((trials, 12, 3))
    found = [noise(value) for value in values]
    covered = np.mean([one.low <= share <= one.high for one in found])
    assert abs(covered - 0.95) < 3 * math.sqrt(0.95 * 0.05 / trials)


@given(scale=st.sampled_from([1e-3, 1e5]), offset=st.sampled_from([-1e4, 0.0]))
def test_units_do_not_move_the_share_of_noise(scale: float, offset: float) -> None:
    values = np.random.default_rng(1).standard_normal((6, 4)) + np.arange(6)[:, None]
    assert noise(scale * values + offset) == pytest.approx(noise(values), rel=1e-6)


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_the_floor_is_what_noise_alone_gives(method: str) -> None:
    """Pure noise, with a shift by seed that is the same everywhere and so must not count."""
    rng = np.random.default_rng(3)
    given, floors = [], []
    for _ in range(40):
        cube = unit_points(method, 3, 64, 1)
        values = rng.standard_normal((len(cube), 4)) + 5 * rng.standard_normal((1, 4))
        found = effects(method, NAMES, cube, values.mean(axis=1))
        given += [effect.strength.value for effect in found]
        floors.append(noise_floor(method, values))
    assert np.mean(floors) == pytest.approx(np.mean(given), rel=0.05)


def test_without_noise_the_floor_is_zero() -> None:
    values = np.arange(6.0)[:, None] + np.array([[0.0, 3.0, -1.0]])
    for method in ("sobol", "morris"):
        assert noise_floor(method, values) == pytest.approx(0, abs=1e-7)
        assert noise_floor(method, values[:, :1]) == 0


def test_points_that_differ_by_luck_alone_are_told_apart_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(5)
    trials = 2_000
    luck = rng.standard_normal((trials, 8, 3)) + 9 * rng.standard_normal((trials, 1, 3))
    wrong = np.mean([points_differ(values) for values in luck])
    assert abs(wrong - 0.05) < 3 * math.sqrt(0.05 * 0.95 / trials)


def test_pairing_sees_through_what_seeds_do_everywhere() -> None:
    rng = np.random.default_rng(6)
    points, seeds = np.linspace(0, 1, 6)[:, None], 100 * rng.standard_normal((1, 4))
    values = points + seeds + 0.01 * rng.standard_normal((6, 4))
    assert points_differ(values)
    assert noise(values).value > 0.9  # of a single run nearly all is luck, and yet


def test_equal_points_do_not_differ() -> None:
    assert not points_differ(np.zeros((5, 3)) + np.array([0.1, 0.2, 0.7]))
    assert not points_differ(np.full((5, 1), 0.3))
    assert points_differ(np.arange(5.0)[:, None] + np.array([[0.1, 0.2]]))
