"""Deliveries: satisfaction and what follows from it: refunds, trust, fans, talk."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.steps.community import community
from sim.steps.fulfil import fulfil
from sim.steps.sharing import VALENCE
from sim.world.groups import GROUP, UNFOLLOW, add, grown
from sim.world.market import CONSUMERS, PLATFORMS, STAFF
from sim.world.relations import BOUGHT, DEEP, FOLLOWS, MEMBER
from tests.engine.tiny import ONE, morning, play, tables
from tests.steps.shop import NOISE, PEOPLE, deliver_to_all, know, moods, sent, world_of

# --- satisfaction -------------------------------------------------------------------------------


@pytest.mark.parametrize(("quality", "late"), [(0.6, 0), (0.45, 0), (0.5, 3), (0.3, 1)])
def test_satisfaction_is_quality_less_expectation_and_lateness(quality: float, late: int) -> None:
    world = world_of()
    world.offers.quality[:] = quality
    seen = moods(world, late=late)
    centre = 2 * (quality - 0.45) - 0.1 * late
    law = stats.norm(centre, NOISE)
    inside = np.sort(seen[(seen > -1) & (seen < 1)])
    share = (law.cdf(inside) - law.cdf(-1)) / (law.cdf(1) - law.cdf(-1))
    assert stats.kstest(share, "uniform").pvalue > 6e-5
    assert np.abs(seen).max() <= 1


def test_deliveries_report_their_mean_satisfaction() -> None:
    world = world_of()
    day = deliver_to_all(world)
    assert day.counts.delivered[0] == PEOPLE
    assert day.counts.satisfaction[0] == pytest.approx(moods(world).sum())


def test_trust_moves_towards_experience() -> None:
    world = world_of()
    know(world, trust=0.4)
    deliver_to_all(world)
    expected = 0.4 + 0.3 * (moods(world) - 0.4)
    np.testing.assert_allclose(world.relations.trust[:, 0], expected, atol=1e-6)


def test_late_goods_lower_satisfaction_trust_and_word_of_mouth() -> None:
    """The same market with room to send 2 parcels a day instead of any number."""
    changes = {"merchants.buyer.operations.capacity": 2, "memory.lateness": 0.1}
    prompt, late = play(), play(changes)
    for market in (prompt, late):
        rows = tables(market)["merchants"]
        buyer = (rows["camp"] == "buyer") & (rows["delivered"] > 0)
        market.mood = np.average(rows["satisfaction"][buyer], weights=rows["delivered"][buyer])
        known = market.world.relations.merchant
        market.trust = market.world.relations.trust[(known >= 0) & (known < 3)].mean()
        market.bad = rows["refunds"][buyer].sum() / rows["delivered"][buyer].sum()
    assert late.mood < prompt.mood - 0.1
    assert late.trust < prompt.trust
    assert late.bad > prompt.bad  # and more goods come back


# --- refunds, fans, talk ------------------------------------------------------------------------


def test_returns_follow_their_rate_and_money_goes_back() -> None:
    world = world_of()
    before = world.accounts.cash[0]
    day = deliver_to_all(world)
    p = 0.05 * np.exp(-2 * moods(world))
    refunds = day.counts.refunds[0]
    assert abs(refunds - p.sum()) < 4 * math.sqrt((p * (1 - p)).sum())
    assert world.accounts.cash[0] == before - refunds * (12_900 - 645)
    assert world.accounts.totals[CONSUMERS] == -refunds * 12_900
    assert world.accounts.totals[PLATFORMS] == -refunds * 645 == day.counts.p_fees[0]
    assert world.accounts.stock[0] == refunds == day.counts.restocked[0]
    assert day.counts.revenue[0] == -refunds * 12_900
    assert day.counts.fees[0] == -refunds * 645
    assert day.counts.cogs[0] == -refunds * world.offers.unit_cost[0]


def test_who_is_gone_refunds_nobody() -> None:
    world = world_of({"memory.return_rate": 1.0})
    world.in_business[0] = False
    day = deliver_to_all(world)
    assert day.counts.refunds[0] == 0
    assert day.counts.delivered[0] == PEOPLE


def test_dissatisfied_buyers_return_more() -> None:
    rates = []
    for quality in (0.2, 0.5, 0.8):
        world = world_of()
        world.offers.quality[:] = quality
        rates.append(deliver_to_all(world).counts.refunds[0])
    assert rates[0] > rates[1] > rates[2]


def test_satisfied_buyers_follow() -> None:
    """Of their own accord at ``follow_rate``; nobody whom the delivery displeased."""
    world = world_of()
    know(world)
    deliver_to_all(world)
    mood = moods(world)
    follows = (world.relations.flags[:, 0] & FOLLOWS) > 0
    pleased = mood > 0
    assert not follows[~pleased].any()
    n = pleased.sum()
    assert abs(follows[pleased].sum() - 0.1 * n) < 4 * math.sqrt(n * 0.09)
    assert world.groups.size.sum() == follows.sum()  # all in channels: nobody runs groups
    assert (world.groups.kind[: world.groups.used[0]] == 0).all()


def test_conversion_leads_more_into_following_the_more_pleased_they_are() -> None:
    world = world_of()
    know(world)
    world.care.conversion[:] = 0.6
    deliver_to_all(world)
    mood = moods(world)
    follows = (world.relations.flags[:, 0] & FOLLOWS) > 0
    share = [follows[(mood > low) & (mood <= low + 0.2)].mean() for low in (0.0, 0.2, 0.4)]
    assert 0.1 < share[0] < share[1] <= share[2] + 0.02
    assert share[2] > 0.5


def test_members_join_at_the_rate_of_conversion() -> None:
    world = world_of()
    know(world)
    world.care.conversion[:] = 0.4
    world.care.staff[:] = 1.0
    world.relations.flags[:, 0] |= FOLLOWS
    day = deliver_to_all(world)
    member = (world.relations.flags[:, 0] & MEMBER) > 0
    pleased = (moods(world) > 0) & (world.relations.trust[:, 0] >= UNFOLLOW)
    assert not member[~pleased].any()
    n = pleased.sum()
    assert abs(member.sum() - 0.4 * n) < 4 * math.sqrt(n * 0.24)
    assert day.counts.joins[0] == member.sum() == world.groups.size.sum()


def test_gifts_are_paid_for_every_delivery() -> None:
    world = world_of({"memory.return_rate": 0.0})
    world.care.conversion[:] = 0.4
    world.care.conversion_cost[:] = 333
    before = world.accounts.cash[0]
    day = deliver_to_all(world)
    cost = round(PEOPLE * 0.4 * 333)
    assert before - world.accounts.cash[0] == cost == day.counts.spend_community[0]
    assert world.accounts.totals[STAFF] == cost


@pytest.mark.parametrize("paid", [0, 40_000, 10**7])
def test_gifts_stop_where_the_budget_ends(paid: int) -> None:
    """Whatever ads and staff have cost today; who gets no gift is not led, and costs nothing."""
    world = world_of({"memory.return_rate": 0.0, "memory.follow_rate": 0.0})
    know(world)
    world.care.conversion[:], world.care.staff[:] = 0.4, 1.0
    world.care.conversion_cost[:] = 333
    world.care.daily_limit[:] = 50_000 + paid
    today = morning(world)
    today.counts.spend_ads[0] = paid // 4
    today.counts.spend_community[0] = paid - paid // 4
    today.orders = sent(np.arange(PEOPLE))
    fulfil(today, ONE)
    given = 50_000 * 10 // 1332  # whole gifts of 133.2 fen
    assert today.counts.spend_community[0] - (paid - paid // 4) == round(given * 133.2) <= 50_000
    led = np.flatnonzero(world.relations.flags[:, 0] & FOLLOWS)
    assert 0 < len(led) <= given
    assert led.max() < given  # parcels are opened in the order of the orders here
    assert world.accounts.totals[STAFF] == round(given * 133.2)


def test_gifts_that_cost_nothing_never_stop() -> None:
    world = world_of({"memory.return_rate": 0.0, "memory.follow_rate": 0.0})
    know(world)
    world.care.conversion[:] = 1.0
    world.care.daily_limit[:] = 0
    day = deliver_to_all(world)
    assert day.counts.spend_community[0] == 0
    led = world.relations.flags[:, 0] & FOLLOWS > 0
    assert led[moods(world) >= 0.5].all()


def test_who_loses_trust_leaves() -> None:
    world = world_of({"memory.satisfaction_noise": 0.0})
    know(world, trust=-0.25)
    world.relations.flags[:, 0] |= FOLLOWS | MEMBER
    world.offers.quality[0] = 0.0  # satisfaction -.9: trust falls to -.445
    world.groups = grown(world.groups, 2 * PEOPLE)
    for i in range(PEOPLE):
        add(world.groups, 0, GROUP, i)
    deliver_to_all(world)
    community(morning(world, 1), ONE)  # on the next morning
    assert (world.relations.flags[:, 0] & (255 - DEEP) == BOUGHT).all()


def test_buyers_talk_by_mood_and_sociability() -> None:
    """The indifferent have little to tell; complaints are told ``complaint_ratio`` as readily."""
    world = world_of({"consumers.sociability": {"uniform": {"min": 0, "max": 1}}})
    world.offers.quality[:] = 0.45  # as many pleased as displeased
    deliver_to_all(world)
    mood, social = moods(world), world.consumers.sociability
    message = world.messages[0]
    told = np.zeros(PEOPLE, np.int64)
    told[message[:, 0]] = message[:, VALENCE]
    assert (np.sign(mood[told != 0]) == told[told != 0]).all()
    strong = np.abs(mood) >= 0.5  # wholly eager
    for sign, rate in ((1, 0.4), (-1, 0.4 * 1.5)):
        who = strong & (np.sign(mood) == sign)
        p = rate * social[who].astype(float)
        assert abs((told[who] != 0).sum() - p.sum()) < 4 * math.sqrt((p * (1 - p)).sum())
    mild = np.abs(mood) < 0.1
    assert (told[mild] != 0).mean() < 0.5 * (told[strong] != 0).mean()
