"""Replicator dynamics: textbook games are the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim.study.compare.replicator import dynamics, rest_points, survivors

RPS = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
MATRICES = arrays.arrays(np.float64, (3, 3), elements=st.floats(-5, 5).map(lambda x: round(x, 2)))


def hawk_dove(value: float, cost: float) -> np.ndarray:
    return np.array([[(value - cost) / 2, value], [0, value / 2]])


def test_hawks_settle_at_value_over_cost() -> None:
    game = hawk_dove(2, 5)
    for start in ([0.01, 0.99], [0.9, 0.1]):
        path = dynamics(game, np.array(start))
        assert path[-1] == pytest.approx([0.4, 0.6], abs=1e-6)
    points = {tuple(np.round(p.shares, 9)): p.stable for p in rest_points(game)}
    assert points == {(1, 0): False, (0, 1): False, (0.4, 0.6): True}


def test_rock_paper_scissors_cycles_for_ever() -> None:
    """In the zero-sum game the product of shares is a constant of motion."""
    path = dynamics(RPS, np.array([0.5, 0.3, 0.2]))
    assert np.prod(path, axis=1) == pytest.approx(0.03, rel=1e-6)
    assert survivors(path).all()
    inside = [p for p in rest_points(RPS) if (p.shares > 0).all()]
    assert len(inside) == 1
    assert inside[0].shares == pytest.approx([1 / 3] * 3) and not inside[0].stable


def test_the_dominated_die_out() -> None:
    game = np.array([[3.0, 3, 3], [2, 2, 2], [1, 5, 0]])
    alive = survivors(dynamics(game, np.ones(3)))
    assert alive.tolist() == [True, False, False]
    (stable,) = [p for p in rest_points(game) if p.stable]
    assert stable.shares.tolist() == [1, 0, 0]


def test_where_two_can_win_the_start_decides() -> None:
    game = np.diag([2.0, 1.0])  # coordination: the rest point at 1/3 repels
    assert survivors(dynamics(game, np.array([0.34, 0.66]))).tolist() == [True, False]
    assert survivors(dynamics(game, np.array([0.32, 0.68]))).tolist() == [False, True]
    assert [p.stable for p in rest_points(game)] == [True, True, False]


def test_what_is_not_there_does_not_come() -> None:
    path = dynamics(np.array([[1.0, 1], [9, 9]]), np.array([1.0, 0]))
    assert np.all(path == [1, 0])


def test_equal_payoffs_move_nothing() -> None:
    start = np.array([0.2, 0.3, 0.5])
    assert dynamics(np.full((3, 3), 7.0), start)[-1] == pytest.approx(start)


@given(MATRICES, st.floats(0.1, 50), st.floats(-20, 20))
def test_shares_stay_shares_and_scale_does_not_matter(
    game: np.ndarray, scale: float, level: float
) -> None:
    start = np.array([0.2, 0.3, 0.5])
    path = dynamics(game, start, time=20, steps=400)
    assert (path >= 0).all() and path.sum(axis=1) == pytest.approx(1)
    if np.ptp(game) > 0.01:
        other = dynamics(scale * game + level, start, time=20, steps=400)
        assert other == pytest.approx(path, abs=1e-6)


@given(MATRICES)
def test_at_rest_nobody_present_earns_more_than_another(game: np.ndarray) -> None:
    for point in rest_points(game):
        earned = (game @ point.shares)[point.shares > 0]
        assert np.ptp(earned) < 1e-6
        assert point.shares.sum() == pytest.approx(1)


def test_several_games_side_by_side_are_each_their_own() -> None:
    games = np.stack([RPS, np.diag([1.0, 2, 3])])
    together = dynamics(games, np.array([0.5, 0.3, 0.2]), time=10, steps=100)
    for place, game in enumerate(games):
        alone = dynamics(game, np.array([0.5, 0.3, 0.2]), time=10, steps=100)
        assert together[:, place] == pytest.approx(alone, abs=1e-12)
    assert survivors(together).shape == (2, 3)
