"""Categories: needs of their own, shelves of their own, prices that feel normal of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.steps.purchase import purchase
from tests.engine.tiny import ONE, morning, play
from tests.steps.street import days_of
from tests.steps.street import world_of as street_of
from tests.steps.test_choice import PLAIN, open_all, remember, world_of

TWO: dict[str, Any] = {
    **PLAIN,
    "categories": {"tea": {}, "tables": {}},
    "merchants": {
        "tea": {**PLAIN["merchants"]["shop"], "count": 2},
        "tables": {
            **PLAIN["merchants"]["shop"],
            "count": 2,
            "product": {"spirit": 0.0, "category": "tables", "price": 2000},
        },
    },
}


def test_needs_of_each_category_are_negative_binomial_and_apart() -> None:
    shape, days = 0.7, 12
    rates = {"tea": 0.08, "tables": 0.01}
    gamma = {
        name: {"need_rate": {"gamma": {"mean": rate, "shape": shape}}}
        for name, rate in rates.items()
    }
    world = street_of({"categories": gamma})
    total = np.zeros((2, world.count), np.int64)
    for day, _ in days_of(world, days):
        who, tempting, _, _ = day.occasions.joined()
        for g in range(2):
            np.add.at(total[g], who[tempting == -1 - g], 1)
    for g, rate in enumerate(rates.values()):
        # A day has one need or none, so counts are a little below the negative binomial.
        p = 1 - np.exp(-world.consumers.need_rate[g].astype(float))
        error = np.sqrt(days * (p * (1 - p)).sum())
        assert abs(total[g].sum() - days * p.sum()) < 4 * error
        assert abs(world.consumers.need_rate[g].mean() / rate - 1) < 4 * (
            1 / np.sqrt(shape * world.count)
        )
    law = stats.nbinom(shape, shape / (shape + days * rates["tables"]))
    spread = np.sqrt((law.stats("k") + 2) / world.count) * law.var()
    assert abs(total[1].var() - law.var()) < 4 * spread
    assert abs(stats.spearmanr(total[0], total[1])[0]) < 4 / np.sqrt(world.count)


def test_one_category_is_no_category() -> None:
    plain = street_of({"consumers.need_rate": 0.1})
    named = street_of({"categories": {"all": {"need_rate": 0.1}}})
    for (a, _), (b, _) in zip(days_of(plain, 3), days_of(named, 3), strict=True):
        assert all(map(np.array_equal, a.occasions.joined(), b.occasions.joined()))


def test_a_need_considers_its_category_alone() -> None:
    """The other category's merchants may be as attractive as they like."""
    world = world_of({}, TWO)
    world.offers.log_price[2:] = -5.0
    for g in range(2):
        today = morning(world, g)
        people = np.arange(world.count)
        today.occasions.add_needs(people, np.full(world.count, -1), np.full(world.count, g))
        purchase(today, ONE)
        assert set(np.unique(today.orders[:, 1])) == {2 * g, 2 * g + 1}
        assert len(today.orders) == world.count


def test_unpaid_results_are_of_the_category() -> None:
    changes = {"platforms": {"mall": {"visits_per_day": 0.0, "organic": {"slots": 3}}}}
    world = world_of({}, {**TWO, **changes})
    world.relations.merchant[:] = -1
    today = morning(world, 0)
    today.occasions.add_needs(
        np.arange(world.count), np.zeros(world.count), np.ones(world.count, np.int8)
    )
    purchase(today, ONE)
    assert len(today.orders) > 0.9 * world.count
    assert set(np.unique(today.orders[:, 1])) == {2, 3}


def test_what_feels_normal_is_the_median_of_the_category_or_what_is_set() -> None:
    base = {**TWO, "choice": {**PLAIN["choice"], "reference_price": None}}
    world = world_of({}, base)
    assert world.reference_price.tolist() == [12_900, 200_000]
    assert np.allclose(world.offers.log_price, 0)
    set_here = {"categories": {"tea": {}, "tables": {"reference_price": 1000}}}
    world = world_of({}, {**base, **set_here})
    assert world.reference_price.tolist() == [12_900, 100_000]
    assert np.allclose(world.offers.log_price[2:], np.log(2))


@pytest.mark.parametrize("half_life", [1.0, 20.0])
def test_people_get_used_to_what_was_paid(half_life: float) -> None:
    world = world_of({"choice.reference_half_life": half_life})
    open_all(world)
    world.offers.price[:] = 10_000
    remember(world, 0)
    today = morning(world, 0)
    today.occasions.add_needs(np.arange(world.count), np.full(world.count, -1))
    purchase(today, ONE)
    expected = 12_900 + (1 - 2 ** (-1 / half_life)) * (10_000 - 12_900)
    assert world.reference_price[0] == pytest.approx(expected)
    assert np.allclose(world.offers.log_price, np.log(10_000 / expected))


def test_searchers_see_ads_of_the_category_they_search() -> None:
    """Nobody needs tea and nobody browses: with categories, tea is never shown."""
    base = {
        **TWO,
        "days": 6,
        "consumers": {"count": 3000, "need_rate": 0.5},
        "platforms": {"mall": {"visits_per_day": 1e-6, "search_rate": 1}},
        "categories": {"tea": {"need_rate": 0}, "tables": {"need_rate": 0.5}},
    }

    def shown(base: dict[str, Any]) -> tuple[int, int]:
        rows = play({}, base).recorder.tables()["merchants"]
        seen = [int(rows["impressions"][rows["camp"] == camp].sum()) for camp in ("tea", "tables")]
        return seen[0], seen[1]

    tea, tables = shown(base)
    assert tea == 0 < tables
    tables_alone = {"tables": {**TWO["merchants"]["tables"], "product": {"spirit": 0.0}}}
    one = {**base, "categories": {}, "merchants": {**TWO["merchants"], **tables_alone}}
    assert min(shown(one)) > 0
