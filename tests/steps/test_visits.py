"""Visits and needs: Poisson in time, Gamma over people, and searched where people go."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.steps.visits import MAX_VISITS, SEARCHING, WHO
from tests.steps.street import PEOPLE, days_of, visits_by_person, world_of


@pytest.mark.parametrize("rate", [0.05, 0.7, 2.5])
def test_visits_are_poisson(rate: float) -> None:
    world = world_of({"platforms.mall.visits_per_day": rate})
    seen = np.zeros(9)
    for _, traffic in days_of(world, 5):
        seen += np.bincount(visits_by_person(world, traffic)[0], minlength=9)
    law = stats.poisson(rate).pmf(np.arange(9))
    law[8] += stats.poisson(rate).sf(8)  # nobody comes more than eight times
    expected = law * seen.sum()
    keep = expected >= 5
    pooled = [*seen[keep], seen[~keep].sum()], [*expected[keep], expected[~keep].sum()]
    observed, wanted = (np.array(x)[np.array(pooled[1]) > 0] for x in pooled)
    assert stats.chisquare(observed, wanted).pvalue > 6e-5


def test_visits_of_unequal_people_are_negative_binomial() -> None:
    """Gamma over people x Poisson in time: variance mean + mean^2 / shape, and the whole law."""
    days, shape, mean = 10, 2.0, 0.3
    world = world_of({"platforms.mall.visits_per_day": {"gamma": {"mean": mean, "shape": shape}}})
    total = np.zeros(world.count, np.int64)
    for _, traffic in days_of(world, days):
        total += visits_by_person(world, traffic)[0]
    mu = days * mean
    law = stats.nbinom(shape, shape / (shape + mu))
    assert abs(total.mean() - mu) < 4 * law.std() / math.sqrt(PEOPLE)
    spread = math.sqrt((law.stats("k") + 2) / PEOPLE) * law.var()
    assert abs(total.var() - (mu + mu**2 / shape)) < 4 * spread
    top = 20
    seen = np.bincount(np.minimum(total, top), minlength=top + 1)
    expected = np.append(law.pmf(np.arange(top)), law.sf(top - 1)) * PEOPLE
    assert stats.chisquare(seen, expected).pvalue > 6e-5


def test_somebody_who_never_visits_never_comes() -> None:
    world = world_of()
    world.consumers.visit_rate[0, : PEOPLE // 2] = 0.0
    for _, traffic in days_of(world, 3):
        browse, _ = visits_by_person(world, traffic)
        assert browse[: PEOPLE // 2].sum() == 0
        assert browse[PEOPLE // 2 :].sum() > 0


@pytest.mark.parametrize("rate", [0.02, 0.4, 1.5])
def test_needs_arise_at_their_rate(rate: float) -> None:
    """P(need on a day) = 1 - exp(-rate)."""
    world = world_of({"consumers.need_rate": rate})
    needs = sum(day.counts.needs for day, _ in days_of(world, 5))
    p = 1 - math.exp(-rate)
    assert abs(needs - 5 * PEOPLE * p) < 4 * math.sqrt(5 * PEOPLE * p * (1 - p))


def test_needs_follow_everybodys_own_rate() -> None:
    world = world_of({"consumers.need_rate": {"gamma": {"mean": 0.1, "shape": 0.7}}})
    seen = np.zeros(world.count)
    for day, _ in days_of(world, 20):
        who, merchant, _, _ = day.occasions.joined()
        np.add.at(seen, who[merchant < 0], 1)
    p = 1 - np.exp(-world.consumers.need_rate[0].astype(float))
    order = np.argsort(p)
    for part in np.array_split(order, 5):
        error = math.sqrt(20 * (p * (1 - p))[part].sum())
        assert abs(seen[part].sum() - 20 * p[part].sum()) < 4 * error


def test_searchers_choose_platforms_by_where_they_go() -> None:
    """A need is searched on one platform, in proportion to visits, with that platform's rate."""
    world = world_of(
        {
            "consumers.need_rate": 0.5,
            "platforms": {
                "mall": {"visits_per_day": 0.6, "search_rate": 0.5},
                "video": {"visits_per_day": 0.2, "search_rate": 1.0},
            },
        }
    )
    needs = 0
    searched = np.zeros(2)
    for day, _ in days_of(world, 4):
        needs += day.counts.needs
        searched += day.counts.p_searches
    share = np.array([0.75 * 0.5, 0.25])
    assert (np.abs(searched / needs - share) < 4 * np.sqrt(share * (1 - share) / needs)).all()
    assert day.counts.p_visits[1] > day.counts.p_searches[1]


def test_every_search_is_a_visit() -> None:
    world = world_of({"consumers.need_rate": 0.3, "platforms.mall.visits_per_day": 0.1})
    for day, traffic in days_of(world, 3):
        browse, search = visits_by_person(world, traffic)
        assert search.sum() == day.counts.p_searches[0]
        assert search.sum() + browse.sum() == day.counts.p_visits[0]
        platform = np.concatenate(day.occasions.platform)
        need = np.concatenate(day.occasions.merchant) < 0
        who = np.concatenate(day.occasions.who)
        assert np.array_equal(np.sort(who[need & (platform == 0)]), np.flatnonzero(search))


def test_small_rooms_grow() -> None:
    """More visits and needs than the first guess of memory holds: nobody is lost."""
    world = world_of({"consumers.need_rate": 5.0, "platforms.mall.visits_per_day": 5.0})
    ((day, traffic),) = days_of(world, 1)
    browse, search = visits_by_person(world, traffic)
    assert browse.sum() + search.sum() == day.counts.p_visits[0]
    n = np.arange(1, MAX_VISITS + 1)
    mean = stats.poisson(5).sf(n - 1).sum()  # nobody comes more than MAX_VISITS times
    assert abs(browse.mean() - mean) < 4 * math.sqrt(5 / PEOPLE)
    assert abs(day.counts.needs / PEOPLE - (1 - math.exp(-5))) < 0.01


def test_packed_visits_do_not_collide() -> None:
    largest = np.int32(WHO) | np.int32(7 << 28) | SEARCHING
    assert largest < 0
    assert largest & WHO == WHO
    assert WHO > 200_000_000  # the most consumers that a scenario may have
