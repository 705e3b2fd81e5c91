"""Ads: clicks by their law, fatigue, what is remembered, and what the platform learns."""

from __future__ import annotations

import math

import numpy as np

from sim.steps.selling import predicted_clicks
from sim.world.relations import goodwill_now
from tests.steps.street import PEOPLE, days_of, visits_by_person, world_of


def test_clicks_fall_from_slot_to_slot() -> None:
    """Without fit and fatigue P(click) = base x decay^slot; six bidders of fixed rank."""
    world = world_of(
        {
            "merchants.shop.count": 6,
            "platforms.mall.ad_slots": 6,
            "platforms.mall.visits_per_day": 2.0,
            "platforms.mall.click_rate.position_decay": 0.7,
        }
    )
    clicks = impressions = visits = 0
    for day, _ in days_of(world, 5):
        clicks = clicks + day.counts.clicks
        impressions = impressions + day.counts.impressions
        visits += day.counts.p_visits[0]
    assert (impressions == visits).all()  # one slot each in every visit
    p = 0.04 * 0.7 ** np.arange(6)
    assert (np.abs(clicks - visits * p) < 4 * np.sqrt(visits * p * (1 - p))).all()


def test_searching_clicks_have_their_own_rate() -> None:
    world = world_of(
        {
            "consumers.need_rate": 1.0,
            "platforms.mall.visits_per_day": 1e-6,
            "platforms.mall.search_rate": 1.0,
            "merchants.shop.count": 1,
        }
    )
    clicks = shown = 0
    for day, _ in days_of(world, 4):
        clicks += day.counts.clicks[0]
        shown += day.counts.impressions[0]
    assert abs(clicks - 0.066 * shown) < 4 * math.sqrt(shown * 0.066 * 0.934)


def test_clicks_follow_fit() -> None:
    """Clicks of each tribe are what fit to its people's tastes says (a twin in numpy)."""
    world = world_of(
        {
            "platforms.mall.visits_per_day": 2.0,
            "platforms.mall.click_rate.fit_share": 0.8,
            "merchants.shop": {"count": 1, "product": {"breadth": 1.2}},
        }
    )
    gap = ((world.consumers.taste - world.offers.taste[0]) ** 2).sum(axis=1)
    fits = world.offers.fit_scale[0] * np.exp(-gap / (2 * 1.2**2))
    p = np.minimum(0.04 * (0.2 + 0.8 * fits), 0.25)
    tribe = world.consumers.tribe
    expected, variance, seen = (np.zeros(world.segments) for _ in range(3))
    for day, traffic in days_of(world, 6):
        times = visits_by_person(world, traffic)[0]
        expected += np.bincount(tribe, times * p, world.segments)
        variance += np.bincount(tribe, times * p * (1 - p), world.segments)
        seen += np.bincount(tribe[np.concatenate(day.occasions.who)], minlength=world.segments)
    assert expected.max() > 5 * expected.min()  # tribes differ a lot
    assert (np.abs(seen - expected) < 4 * np.sqrt(variance)).all()


def test_fatigue_lowers_clicks_by_its_law() -> None:
    """P(click) is multiplied by exp(-fatigue / tolerance); half of the people are tired."""
    world = world_of({"platforms.mall.visits_per_day": 2.0, "merchants.shop.count": 1})
    tired = np.arange(PEOPLE) % 2 == 0
    world.consumers.fatigue[tired] = 1.5
    world.consumers.tolerance[:] = 2.0
    clicks, visits = np.zeros(2), np.zeros(2)
    for day, traffic in days_of(world, 1):
        who = np.concatenate(day.occasions.who)
        clicks += [tired[who].sum(), (~tired[who]).sum()]
        times = visits_by_person(world, traffic)[0]
        visits += [times[tired].sum(), times[~tired].sum()]
    p = 0.04 * np.array([math.exp(-0.75), 1.0])
    assert (np.abs(clicks - visits * p) < 4 * np.sqrt(visits * p)).all()


def test_fatigue_adds_up_and_fades() -> None:
    """Every ad shown adds, seen or not; after one half-life half is left (lazily)."""
    world = world_of(
        {
            "memory.fatigue": 0.01,
            "memory.fatigue_half_life": 7.0,
            "merchants.shop.count": 2,
            "platforms.mall.visits_per_day": 1.0,
        }
    )
    expected = np.zeros(PEOPLE)
    for _, traffic in days_of(world, 8):
        expected *= 2 ** (-1 / 7)
        expected += 0.01 * 2 * visits_by_person(world, traffic)[0]
    people = world.consumers
    now = people.fatigue * 2.0 ** (-7.0 / 7)
    np.testing.assert_allclose(now, expected, rtol=1e-4, atol=1e-7)


def test_noticed_ads_are_remembered() -> None:
    """A noticed ad leaves ``impression`` goodwill, a click ``click``; the rest leaves nothing."""
    world = world_of({"merchants.shop.count": 1, "platforms.mall.visits_per_day": 0.3})
    ((day, traffic),) = days_of(world, 1)
    once = visits_by_person(world, traffic)[0] == 1
    clicked = np.zeros(PEOPLE, np.bool_)
    clicked[np.concatenate(day.occasions.who)] = True
    knows = (world.relations.merchant == 0).any(axis=1)
    n = once.sum()
    assert abs(knows[once].sum() - 0.25 * n) < 4 * math.sqrt(n * 0.25 * 0.75)
    law = world.laws.memory
    goodwill = np.array(
        [
            max(goodwill_now(world.relations, i, k, law.fade) for k in range(8))
            for i in np.flatnonzero(once)
        ]
    )
    np.testing.assert_allclose(goodwill[clicked[once]], law.click, rtol=1e-6)
    np.testing.assert_allclose(goodwill[(knows & ~clicked)[once]], law.impression, rtol=1e-6)
    np.testing.assert_allclose(goodwill[~knows[once]], 0.0)


def test_platform_learns_click_rates() -> None:
    """A product made for a tribe is predicted to be clicked more by that tribe."""
    world = world_of(
        {
            "platforms.mall.visits_per_day": 2.0,
            "platforms.mall.click_rate.fit_share": 1.0,
            "platforms.mall.auction.prior_impressions": 100.0,
            "merchants.shop": {"count": 1, "product": {"breadth": 1.2, "tribe": 2}},
        }
    )
    list(days_of(world, 12))
    by_segment, _ = predicted_clicks(world.boards, 0, world.scenario.platforms["mall"])
    quality = by_segment[:, 0]
    gap = ((world.consumers.taste - world.offers.taste[0]) ** 2).sum(axis=1)
    fits = world.offers.fit_scale[0] * np.exp(-gap / (2 * 1.2**2))
    truth = np.bincount(world.consumers.tribe, fits) / np.bincount(world.consumers.tribe)
    assert np.argmax(quality) == 2
    assert np.corrcoef(quality, truth)[0, 1] > 0.95
