"""Tournaments: payoffs made from a known game must give the game back."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.compare.tournament import matrix_of, mixes, play

GAME = np.array([[1.0, 4, 0], [3, 2, 1], [0, 1, 1.5]])


def fabricated(game: np.ndarray, merchants: int, seeds: int, noise: float = 0.0) -> tuple:
    counts = mixes(len(game), merchants)
    shares = counts / merchants
    payoffs = np.where(counts > 0, shares @ game.T, np.nan)[:, :, None]
    luck = noise * np.random.default_rng(1).normal(size=(*counts.shape, seeds))
    return counts, payoffs + luck


@given(st.integers(1, 4), st.integers(1, 6))
def test_every_mix_once(strategies: int, merchants: int) -> None:
    found = mixes(strategies, merchants)
    assert len(found) == comb(merchants + strategies - 1, strategies - 1)
    assert len({tuple(row) for row in found.tolist()}) == len(found)
    assert (found >= 0).all() and (found.sum(axis=1) == merchants).all()


def test_a_matrix_game_is_recovered_exactly() -> None:
    counts, payoffs = fabricated(GAME, 4, 1)
    matrix, fit = matrix_of(counts, payoffs[:, :, 0])
    assert matrix == pytest.approx(GAME)
    assert fit == pytest.approx(1)


def test_what_is_no_matrix_game_fits_less_well() -> None:
    counts, payoffs = fabricated(GAME, 4, 1)
    bent = payoffs[:, :, 0] + 3 * (counts[:, [0]] == 2)
    assert matrix_of(counts, bent)[1] < 0.95


def test_hawks_and_doves_both_survive_and_for_sure() -> None:
    counts, payoffs = fabricated(np.array([[-1.5, 2], [0, 1.0]]), 4, 6, noise=0.05)
    found = play(["hawk", "dove"], counts, payoffs)
    assert found.alive.all() and found.survival == pytest.approx([1, 1])
    assert found.path[-1] == pytest.approx([0.4, 0.6], abs=0.03)
    assert (found.low <= found.matrix).all() and (found.matrix <= found.high).all()


def test_noise_makes_survival_unsure() -> None:
    counts, payoffs = fabricated(np.array([[1.0, 1.0], [1.0, 1.0]]), 4, 6, noise=1.0)
    found = play(["one", "other"], counts, payoffs)
    assert 0 < found.survival.min() < 1
    assert (found.high > found.low).all()


def test_failed_trials_are_left_out() -> None:
    counts, payoffs = fabricated(GAME, 4, 3)
    payoffs[0, 0, 1] = np.nan
    assert play("abc", counts, payoffs).matrix == pytest.approx(GAME)
