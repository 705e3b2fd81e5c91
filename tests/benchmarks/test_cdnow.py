"""The need process against CDNOW: fits against published digits, the kernel against the data."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy", reason="scipy comes with the extra dev")

from benchmarks.calibration.cdnow import ONE_SHOP
from benchmarks.calibration.needs import Needs, draw_needs, first_need_cohort, joining_like
from benchmarks.calibration.selection import contrast, expected_first_day, first_need_none
from sim.check.buying import (
    BgNbd,
    Nbd,
    bgnbd_likelihood,
    fit_bgnbd,
    fit_nbd,
    nbd_likelihood,
    nbd_score,
    nbd_shares,
)
from sim.check.order_log import (
    Log,
    Repeats,
    count_repeats,
    first_days,
    make_log,
    read_log,
    share_errors,
    shares,
)

NONE = 0.5737864
"""P(no repeat in 39 weeks) of the BG/NBD, as the package lifetimes tests it."""


@pytest.fixture(scope="module")
def log() -> Log:
    return read_log()


@pytest.fixture(scope="module")
def repeats(log: Log) -> Repeats:
    return count_repeats(log, first_days(log, 2357))


@pytest.fixture(scope="module")
def nbd(repeats: Repeats) -> Nbd:
    return fit_nbd(repeats)


def simulated(needs: Needs, entry: np.ndarray, times: int, seed: int) -> tuple[Log, np.ndarray]:
    people = times * len(entry)
    return draw_needs(needs, people, seed), joining_like(entry, people)


def test_log_is_the_published_one(log: Log, repeats: Repeats) -> None:
    assert len(repeats.x) == 2357
    assert repeats.x.sum() == 2457
    assert repeats.entry.max() == 83
    assert log.day.max() == 545
    assert (repeats.x == 0).mean() == pytest.approx(0.5986, abs=5e-5)
    assert repeats.age.max() == pytest.approx(38.857, abs=1e-3)


def test_purchases_of_a_day_count_as_one() -> None:
    log = make_log(np.array([0, 0, 0, 1]), np.array([5, 9, 9, 20]))
    found = count_repeats(log, first_days(log, 3)[:2], 30)
    assert found.x.tolist() == [1, 0]
    assert found.recency.tolist() == [4 / 7, 0]
    assert found.age.tolist() == [25 / 7, 10 / 7]


def test_bgnbd_has_the_published_digits(repeats: Repeats) -> None:
    found = fit_bgnbd(repeats)
    assert [found.r, found.a, found.b] == pytest.approx([0.243, 0.793, 2.426], abs=6e-4)
    assert found.alpha == pytest.approx(4.414, abs=6e-4)
    assert found.fit == pytest.approx(-9582.43, abs=0.01)
    assert BgNbd(0.243, 4.414, 0.793, 2.426, 0.0).none(39) == pytest.approx(NONE, abs=1e-7)


def test_bgnbd_without_leaving_is_the_nbd(repeats: Repeats) -> None:
    stay = bgnbd_likelihood(0.4, 12.0, 1e-30, 1.0, repeats)
    assert stay == pytest.approx(nbd_likelihood(0.4, 12.0, repeats), abs=1e-3)


def test_nbd_is_at_a_maximum(repeats: Repeats, nbd: Nbd) -> None:
    assert nbd_score(nbd.r, nbd.alpha, repeats) == pytest.approx([0, 0], abs=1e-3)
    for r, alpha in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98), (1.02, 1.02), (0.98, 0.98)):
        assert nbd_likelihood(nbd.r * r, nbd.alpha * alpha, repeats) < nbd.fit
    assert nbd.none(39) == pytest.approx(NONE, abs=0.01)


def test_the_rounded_gamma_is_the_fit(nbd: Nbd) -> None:
    assert ONE_SHOP.shape == pytest.approx(nbd.r, abs=5e-4)
    assert ONE_SHOP.mean == pytest.approx(nbd.mean_per_day, abs=5e-6)


def test_simulated_needs_come_back_as_the_customers_did(repeats: Repeats, log: Log) -> None:
    made, joined = simulated(ONE_SHOP, repeats.entry, 12, seed=3)
    full = count_repeats(made, joined, joined + 273)
    assert (full.x == 0).mean() == pytest.approx(NONE, abs=0.03)
    own = count_repeats(log, repeats.entry, repeats.entry + 273)
    assert (own.x == 0).mean() == pytest.approx(NONE, abs=0.03)
    share = shares(count_repeats(made, joined).x)
    assert share == pytest.approx(shares(repeats.x), abs=0.03)
    expected = nbd_shares(ONE_SHOP.shape, ONE_SHOP.alpha, repeats.age)
    assert np.all(np.abs(share - expected) < 4 * share_errors(expected, len(joined)))


def test_first_needs_join_by_rate(repeats: Repeats) -> None:
    people = 12 * len(repeats.x)
    cohort = first_need_cohort(draw_needs(ONE_SHOP, people, 4), people)
    seen, error, expected = contrast(cohort)
    assert abs(seen - expected) < 4 * error
    none = np.array([first_need_none(ONE_SHOP.shape, ONE_SHOP.alpha, cohort.entry, 39)])
    until = (cohort.x == 0).mean()
    assert 0 < until - none[0] < 0.05  # most are observed for less than 39 weeks


def test_joining_of_customers_was_no_first_need(repeats: Repeats) -> None:
    seen, error, expected = contrast(repeats)
    assert abs(seen) < 2 * error
    assert expected - seen > 4 * error


def test_expected_first_day_by_enumeration() -> None:
    rng = np.random.default_rng(1)
    first = rng.integers(0, 273, (200_000, 3)).min(axis=1)
    first = first[first < 84]
    error = first.std() / np.sqrt(len(first))
    assert abs(first.mean() - expected_first_day(np.array([2]))[0]) < 4 * error
