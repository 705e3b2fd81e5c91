"""Ads for followers: nobody else sees them, the slot goes to the best bid, and it is paid for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.kernel import Threads
from sim.steps.traffic import Traffic
from sim.world.market import FOLLOWERS, LOOKALIKES
from sim.world.relations import BOUGHT, FOLLOWS
from tests.engine.tiny import ONE, morning
from tests.steps.street import PEOPLE, days_of, visits_by_person, world_of

PLAIN_AUCTION: dict[str, Any] = {"pacing": "none", "reserve": 0.01, "prior_impressions": 1e12}


def followed(changes: dict[str, Any] | None = None, seed: int = 1) -> Any:
    """Merchants 0 and 1 advertise to followers; even people follow 0, every third follows 1."""
    world = world_of(
        {"platforms.mall.auction": PLAIN_AUCTION, "platforms.mall.visits_per_day": 1.0}
        | (changes or {}),
        seed=seed,
    )
    world.offers.audience[:2] = FOLLOWERS
    people = np.arange(PEOPLE)
    for m, fans in ((0, people % 2 == 0), (1, people % 3 == 0)):
        world.relations.merchant[fans, m] = m
        world.relations.flags[fans, m] = FOLLOWS | BOUGHT
    return world


def test_only_followers_are_reached() -> None:
    world = followed()
    people = np.arange(PEOPLE)
    for day, _ in days_of(world, 3):
        who = np.concatenate(day.occasions.who)
        merchant = np.concatenate(day.occasions.merchant)
        assert (people[who[merchant == 0]] % 2 == 0).all()
        assert (people[who[merchant == 1]] % 3 == 0).all()
        assert set(merchant.tolist()) == {0, 1, 2}
    knows = (world.relations.merchant == 0).any(axis=1)
    assert (people[knows] % 2 == 0).all()


def test_the_best_bid_of_those_followed_wins_and_pays_the_second() -> None:
    """Who follows both sees the higher bidder at the other's bid; who follows one, at the
    reserve. All other ads are as if there were no such slot."""
    world = followed()
    world.offers.bid[0] = [300, 200, 100]
    ((day, traffic),) = days_of(world, 1)
    times = visits_by_person(world, traffic)[0]
    people = np.arange(PEOPLE)
    first = times[people % 2 == 0].sum()
    second = times[(people % 3 == 0) & (people % 2 == 1)].sum()
    assert day.counts.impressions.tolist() == [first, second, times.sum()]
    assert day.counts.p_retargeted[0] == first + second
    rival = people % 3 == 0
    who, merchant = np.concatenate(day.occasions.who), np.concatenate(day.occasions.merchant)
    clicks = who[merchant == 0]
    expected = 200 * rival[clicks].sum() + (~rival[clicks]).sum()
    assert day.counts.spend_ads[0] == expected
    assert day.counts.spend_ads[1] == day.counts.clicks[1]


def test_clicks_below_the_other_ads_follow_the_law_of_slots() -> None:
    """Three slots above: P(click) = base x decay^3."""
    world = followed()
    clicks = shown = 0
    for day, _ in days_of(world, 4):
        clicks += day.counts.clicks[:2].sum()
        shown += day.counts.impressions[:2].sum()
    p = 0.04 * 0.8**3
    assert abs(clicks - shown * p) < 4 * np.sqrt(shown * p)


def test_throttled_retargeting_shows_its_share() -> None:
    world = followed({"platforms.mall.auction": {**PLAIN_AUCTION, "pacing": "throttle"}})
    world.boards.throttle[0] = 0.3
    world.boards.rate[0] = -1.0
    world.offers.budget[0] = 10**12  # never throttled by itself within the first tick
    sale_ticks = world.scenario.platforms["mall"].ticks_per_day
    assert sale_ticks == 8
    ((day, traffic),) = days_of(world, 1)
    times = visits_by_person(world, traffic)[0]
    people = np.arange(PEOPLE)
    assert 0 < day.counts.impressions[0] <= times[people % 2 == 0].sum()


@pytest.mark.parametrize("billing", ["click", "mille", "order"])
def test_retargeting_is_the_same_for_any_number_of_threads(billing: str) -> None:
    changes = {
        "platforms.mall.auction": {**PLAIN_AUCTION, "pacing": "throttle", "billing": billing}
    }
    worlds = [followed(changes) for _ in range(2)]
    two = Threads(2)
    for world, pool in zip(worlds, (ONE, two), strict=True):
        traffic = Traffic(morning(world), pool)
        for number in range(2):
            traffic.run(morning(world, number))
    two.close()
    for a, b in zip(worlds[0].relations, worlds[1].relations, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(worlds[0].accounts.cash, worlds[1].accounts.cash)


def test_nobody_s_luck_changes_when_somebody_else_retargets() -> None:
    """Clicks on the ads of segments are the same, to the person (no fatigue in this world)."""
    worlds = [followed(), followed()]
    worlds[1].offers.budget[0, :2] = 0
    clicks = []
    for world in worlds:
        ((day, _),) = days_of(world, 1)
        who, merchant = np.concatenate(day.occasions.who), np.concatenate(day.occasions.merchant)
        clicks.append(who[merchant == 2].tolist())
    assert clicks[0] == clicks[1]


# --- lookalikes ---------------------------------------------------------------------------------


def test_lookalikes_are_segments_that_are_over_represented() -> None:
    """Buyers from tribes 1 and 3 only: ads go there; who knows nobody yet is shown to all."""
    world = world_of({"platforms.mall.visits_per_day": 1.0})
    world.offers.audience[:2] = LOOKALIKES
    tribe = world.consumers.segment
    fans = np.concatenate([np.flatnonzero(tribe == t)[:200] for t in (1, 3)])
    page = 0
    cap = world.groups.member.shape[1]
    for start in range(0, 400, cap):
        part = fans[start : start + cap]
        world.groups.owner[page] = 0
        world.groups.size[page] = len(part)
        world.groups.member[page, : len(part)] = part
        page += 1
    world.groups.used[0] = page
    for day, _ in days_of(world, 3):
        who, merchant = np.concatenate(day.occasions.who), np.concatenate(day.occasions.merchant)
        assert set(tribe[who[merchant == 0]].tolist()) == {1, 3}
        assert len(set(tribe[who[merchant == 1]].tolist())) > 6
