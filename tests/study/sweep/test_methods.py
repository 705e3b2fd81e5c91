"""Designs: each method's law, not its numbers."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.errors import NotInstalled
from sim.scenario.distribution import Beta, Distribution, Gamma, Lognormal, Normal, Uniform
from sim.study.sweep.methods import (
    among,
    between,
    combined,
    drawn,
    optional,
    row,
    spread,
    unit_points,
)


@pytest.mark.parametrize("method", ["random", "lhs", "sobol", "morris"])
def test_points_lie_in_the_cube_and_depend_on_the_draw_alone(method: str) -> None:
    cube = unit_points(method, 3, 8, draw=5)
    assert cube.shape[1] == 3
    assert cube.min() >= 0 and cube.max() <= 1
    assert np.array_equal(cube, unit_points(method, 3, 8, draw=5))
    assert not np.array_equal(cube, unit_points(method, 3, 8, draw=6))


@pytest.mark.parametrize("samples", [1, 7, 50])
def test_a_latin_hypercube_has_one_point_in_every_slice(samples: int) -> None:
    cube = unit_points("lhs", 4, samples, draw=2)
    for axis in range(4):
        assert sorted(np.floor(cube[:, axis] * samples)) == list(range(samples))


def test_sobol_is_a_saltelli_design() -> None:
    n, k = 16, 3
    cube = unit_points("sobol", k, n, draw=1).reshape(n, k + 2, k)
    a, b = cube[:, 0], cube[:, -1]
    for axis in range(k):  # the design of Saltelli: A with one column of B
        mixed = a.copy()
        mixed[:, axis] = b[:, axis]
        assert np.array_equal(cube[:, 1 + axis], mixed)


def test_morris_moves_one_parameter_at_a_time() -> None:
    n, k, levels = 5, 4, 6
    cube = unit_points("morris", k, n, draw=3, levels=levels).reshape(n, k + 1, k)
    moved = np.diff(cube, axis=1) != 0
    assert (moved.sum(axis=2) == 1).all()
    assert (moved.sum(axis=1) == 1).all()
    assert np.allclose(cube * (levels - 1), np.rint(cube * (levels - 1)))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.sample.sobol", None)
    with pytest.raises(NotInstalled, match=r"SALib.*pip install 'flowtribe\[opt\]'") as caught:
        unit_points("sobol", 2, 4, draw=1)
    assert caught.value.exit_code == 2
    assert optional("math").pi == pytest.approx(np.pi)


@given(st.lists(st.integers(), min_size=1, max_size=9, unique=True), st.floats(0, 1))
def test_values_are_equally_likely(values: list[int], u: float) -> None:
    at = among(values)
    assert at(u) in values
    assert [at((i + 0.5) / len(values)) for i in range(len(values))] == values


def test_ranges_are_even_in_the_value_or_in_its_logarithm() -> None:
    assert [between(2, 4, "linear")(u) for u in (0, 0.5, 1)] == [2, 3, 4]
    assert [between(1, 100, "log")(u) for u in (0, 0.5, 1)] == pytest.approx([1, 10, 100])


@pytest.mark.parametrize(
    ("shape", "mean"),
    [
        (Distribution(constant=3.0), 3),
        (Distribution(uniform=Uniform(min=1, max=3)), 2),
        (Distribution(normal=Normal(mean=5, sd=2)), 5),
        (Distribution(normal=Normal(mean=5, sd=0)), 5),
        (Distribution(lognormal=Lognormal(mean=2, cv=0.5)), 2),
        (Distribution(lognormal=Lognormal(mean=2, cv=0)), 2),
        (Distribution(gamma=Gamma(mean=2, shape=0.7)), 2),
        (Distribution(beta=Beta(mean=0.2, concentration=10)), 0.2),
    ],
)
def test_distributions_have_their_mean(shape: Distribution, mean: float) -> None:
    law = drawn(shape)
    values = [law((i + 0.5) / 4000) for i in range(4000)]
    assert np.mean(values) == pytest.approx(mean, rel=0.01)
    assert values == sorted(values)
    assert np.isfinite([law(0.0), law(1.0)]).all()


def test_the_lognormal_has_its_coefficient_of_variation() -> None:
    law = drawn(Distribution(lognormal=Lognormal(mean=2, cv=0.5)))
    values = np.array([law((i + 0.5) / 20_000) for i in range(20_000)])
    assert values.std() / values.mean() == pytest.approx(0.5, rel=0.01)
    assert stats.skew(np.log(values)) == pytest.approx(0, abs=0.01)


def test_rows_and_spreads_are_written_as_people_would() -> None:
    assert row(0.02, 0.02, 0.1) == [0.02, 0.04, 0.06, 0.08, 0.1]
    assert row(1, 2, 6) == [1, 3, 5]
    assert row(3, -1, 1) == [3, 2, 1]
    assert spread(0.0, 1.0, 5, "linear") == [0, 0.25, 0.5, 0.75, 1]
    assert spread(1, 1000, 4, "log") == [1, 10, 100, 1000]


def test_combinations() -> None:
    assert combined("grid", [[1, 2], ["a", "b"]]) == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    assert combined("list", [[1, 2], ["a", "b"]]) == [(1, "a"), (2, "b")]
