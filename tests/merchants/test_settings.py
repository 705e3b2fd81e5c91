"""Every setting of the built-in strategies does what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.buy_traffic import STEP, Bidder, BuyTraffic
from sim.merchants.cultivate_community import CultivateCommunity
from sim.merchants.hybrid import Hybrid
from sim.merchants.strategy import Decision, Observation
from sim.merchants.trial import sample_observations
from sim.scenario import firms

SEEN = sample_observations()[1]
ONE_MALL = replace(SEEN, platforms=SEEN.platforms[:1])
RNG = np.random.default_rng(0)


def seen(**changes: Any) -> Observation:
    return replace(ONE_MALL, **changes)


def decide(strategy: Any, observation: Observation = ONE_MALL) -> Decision:
    decision: Decision = strategy.decide(observation, RNG)
    return decision


def buy(**settings: Any) -> BuyTraffic:
    return BuyTraffic(firms.BuyTraffic.model_validate(settings))


def cultivate(**settings: Any) -> CultivateCommunity:
    return CultivateCommunity(firms.CultivateCommunity.model_validate(settings))


def hybrid(**settings: Any) -> Hybrid:
    return Hybrid(firms.Hybrid.model_validate(settings))


TEAM = {
    "staff": 2,
    "members_per_staff": 1,
    "wage": 100,
    "integration_spend": 0,
    "conversion_cost": 0,
}


# --- bidding ------------------------------------------------------------------------------------


def market(bid: float, conversion: float, clicks: int, budget: int, luck: Any) -> dict[str, int]:
    """A week of clicks at one's own bid: so many as there are, or as the budget pays."""
    bought = int(min(clicks, 7 * budget // max(1, round(bid))))
    won = round(bought * conversion) if luck is None else int(luck.binomial(bought, conversion))
    return {"spend_ads": bought * round(bid), "new_paid": won}


@pytest.mark.parametrize("conversion", [0.01, 0.03, 0.08])
@pytest.mark.parametrize("first", [20, 150, 2000])
def test_the_cost_of_a_customer_reaches_the_target(conversion: float, first: int) -> None:
    """With a fixed conversion the bid goes to target x conversion, from below and above."""
    bidder, target, budget = Bidder(first, 10_000), 10_000, 10**8
    for week in range(80):
        counts = market(bidder.bid, conversion, 20_000, budget, None)
        bidder.learn(seen(period=7 * (week > 0), **counts), budget)
    assert bidder.bid / conversion == pytest.approx(target, rel=0.03)


def test_luck_does_not_drive_the_bid_away() -> None:
    luck = np.random.default_rng(3)
    bidder, bids = Bidder(150, 10_000), []
    for _ in range(400):
        counts = market(bidder.bid, 0.03, 3000, 10**8, luck)
        bidder.learn(seen(period=7, **counts), 10**8)
        bids.append(bidder.bid)
    assert np.mean(bids[100:]) / 0.03 == pytest.approx(10_000, rel=0.1)
    assert max(bids[100:]) < 2 * min(bids[100:])


def test_a_spent_budget_buys_more_clicks_by_and_by() -> None:
    """While all is spent below the target, the bid is shaded until clicks run out."""
    bidder, budget = Bidder(200, 100_000), 10_000
    for _ in range(60):
        bidder.learn(seen(period=7, **market(bidder.bid, 0.03, 1000, budget, None)), budget)
    counts = market(bidder.bid, 0.03, 1000, budget, None)
    assert 60 < bidder.bid < 80  # 7 x 10,000 / 1,000 clicks = 70
    assert counts["spend_ads"] > 0.8 * 7 * budget


@given(
    bid=st.integers(1, 5000),
    target=st.integers(1, 10**6),
    period=st.integers(0, 30),
    spend=st.integers(0, 10**7),
    won=st.integers(0, 1000),
    budget=st.integers(0, 10**6),
)
def test_a_bid_moves_by_a_quarter_at_most(
    bid: int, target: int, period: int, spend: int, won: int, budget: int
) -> None:
    bidder = Bidder(bid, target)
    bidder.learn(seen(period=period, spend_ads=spend, new_paid=won), budget)
    if period == 0 or budget == 0:
        assert bidder.bid == bid
        return
    low, high = bid / STEP, bid * STEP
    assert bidder.bid <= high + 1e-9
    assert bidder.bid >= min(low, target / 10) - 1e-9
    assert bidder.bid <= target / 10


def test_who_is_not_seen_bids_more() -> None:
    bidder = Bidder(100, 18_000)
    bidder.learn(seen(period=7, spend_ads=0, new_paid=0), 1000)
    assert 100 < bidder.bid <= 125


@given(budget=st.integers(0, 10**9), platforms=st.integers(0, 2), bid=st.integers(0, 5000))
def test_budgets_are_parts_of_the_budget(budget: int, platforms: int, bid: int) -> None:
    views = tuple(replace(view, billing="click") for view in SEEN.platforms[:platforms])
    budgets, bids = Bidder(bid, 10_000).offer(replace(SEEN, platforms=views), budget)
    assert sum(budgets.values()) <= budget
    assert budgets.keys() == bids.keys()
    if platforms and budget:
        assert len(set(budgets.values())) == 1
        assert sum(budgets.values()) > budget - platforms
        assert set(bids.values()) == {bid}
    else:
        assert not budgets


# --- buy_traffic --------------------------------------------------------------------------------


def test_constant_never_changes_the_bid() -> None:
    strategy = buy(mode="constant", bid=1.5)
    for won in (0, 1, 50):
        assert decide(strategy, seen(new_paid=won, spend_ads=50_000)).bids == {"mall": 150}


@pytest.mark.parametrize(("spent", "direction"), [(0.3, 1), (0.88, 0), (1.0, -1)])
def test_spend_budget_bids_what_spends_the_budget(spent: float, direction: int) -> None:
    strategy = buy(mode="spend_budget", bid=1.5, daily_budget=1000)
    ads = round(7 * 100_000 * spent)
    bid = decide(strategy, seen(period=7, spend_ads=ads)).bids["mall"]
    assert np.sign(bid - 150) == direction


def test_target_cac_moves_towards_the_target() -> None:
    for cost, direction in ((90, 1), (360, -1)):
        strategy = buy(mode="target_cac", bid=1.5, target_cac=180)
        result = seen(period=7, spend_ads=100 * cost * 100 // 10, new_paid=10, cash=10**9)
        assert np.sign(decide(strategy, result).bids["mall"] - 150) == direction


def test_targeting_and_budget() -> None:
    assert decide(buy()).targets is None
    assert decide(buy(targeting="tribes"), seen(tribe=3)).targets == (3,)
    assert decide(buy(targeting="tribes", tribes=[1, 0]), seen(tribe=3)).targets == (1, 0)
    for whom in ("everybody", "followers", "lookalikes"):
        for make in (buy, cultivate, hybrid):
            decision = decide(make(targeting=whom))
            assert (decision.audience, decision.targets) == (whom, None)
    assert decide(buy(daily_budget=77)).budgets == {"mall": 7700}
    assert decide(buy(daily_budget=0)).budgets == {}
    assert decide(buy(daily_budget=77), SEEN).budgets == {"mall": 3850, "other": 3850}


# --- communities --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [cultivate, hybrid])
@given(
    budget=st.integers(0, 3000),
    wage=st.integers(0, 900),
    staff=st.floats(0, 20),
    tools=st.integers(0, 4000),
    members=st.integers(0, 5000),
    share=st.floats(0, 1),
    orders=st.integers(0, 3000),
)
def test_never_more_is_spent_than_the_daily_budget(
    make: Any,
    budget: int,
    wage: int,
    staff: float,
    tools: int,
    members: int,
    share: float,
    orders: int,
) -> None:
    """Wages, tools, ads and as many gifts as last week: strategies that are compared get the same
    money. What sells better than expected is left to the limit."""
    part = {"seed_share": share} if make is cultivate else {"community_share": share}
    team = {"staff": staff, "wage": wage, "integration_spend": tools}
    made = make(daily_budget=budget, community=team, **part)
    decision = decide(made, seen(members=members, orders=orders, period=7))
    wages = round(decision.staff * decision.wage)
    spent = wages + decision.integration_spend + sum(decision.budgets.values())
    assert spent <= 100 * budget + 1  # rounding of wages
    assert decision.daily_limit == 100 * budget
    kept = 100 * budget - spent
    gifts = orders / 7 * decision.conversion * decision.conversion_cost
    purse = 100 * budget * (share if make is hybrid else 1) - decision.integration_spend
    assert kept + 2 >= min(gifts, gifts / (gifts + 1 + 100 * wage * staff) * purse)


def test_what_is_said_of_the_community_is_done() -> None:
    team = {
        **TEAM,
        "sales_posts": 0.7,
        "content_posts": 0.6,
        "service_posts": 0.5,
        "conversion": 0.2,
        "conversion_cost": 1.5,
        "honour": 0.9,
    }
    for strategy in (cultivate(community=team), hybrid(community=team)):
        decision = decide(strategy)
        assert decision.sales_posts == 0.7
        assert (decision.content_posts, decision.service_posts) == (0.6, 0.5)
        assert decision.conversion == 0.2
        assert decision.conversion_cost == 150
        assert decision.wage == 10_000
        assert decision.levers == (0.25, 0.25, 0.25, 0.9)


@pytest.mark.parametrize("make", [cultivate, hybrid])
def test_staff_grows_with_the_members(make: Any) -> None:
    """From half a person to begin with, to as many as there may be, never above the purse."""
    team = {**TEAM, "staff": 3, "members_per_staff": 100}
    strategy = make(daily_budget=1000, community=team)
    staff = [decide(strategy, seen(members=n)).staff for n in (0, 40, 150, 300, 9000)]
    assert staff == pytest.approx([0.5, 0.5, 1.5, 3.0, 3.0])
    poor = make(daily_budget=100, community=team)
    assert decide(poor, seen(members=9000)).staff <= 1.0


def test_cultivate_seeds_until_there_are_members() -> None:
    strategy = cultivate(
        daily_budget=1000,
        seed_share=0.5,
        seed_members=200,
        community={**TEAM, "staff": 2, "members_per_staff": 1},
    )
    before = decide(strategy, seen(members=199)).budgets
    assert before == {"mall": round(0.5 * (100_000 - 2 * 10_000))}
    assert decide(strategy, seen(members=200)).budgets == {}


def test_cultivate_staff_is_short_for_community_staff() -> None:
    team = {**TEAM, "staff": 5}
    assert decide(cultivate(community=team, daily_budget=1000), seen(members=99)).staff == 5
    assert decide(cultivate(community=team, staff=1.5), seen(members=99)).staff == 1.5


def test_hybrid_splits_its_budget() -> None:
    for share, staff, ads in ((0.0, 0.0, 1000), (0.1, 1.0, 900), (0.5, 2.0, 800)):
        strategy = hybrid(daily_budget=1000, community_share=share, community=TEAM)
        decision = decide(strategy, seen(members=50))
        assert decision.staff == pytest.approx(staff)
        assert decision.budgets == {"mall": ads * 100}


def test_tools_are_paid_before_people() -> None:
    team = {**TEAM, "staff": 9, "wage": 100, "integration_spend": 150}
    decision = decide(hybrid(daily_budget=500, community_share=0.5, community=team))
    assert decision.integration_spend == 15_000
    assert decision.staff == pytest.approx(1.0)
    poor = decide(hybrid(daily_budget=200, community_share=0.5, community=team))
    assert poor.integration_spend == 10_000
    assert poor.staff == 0


def test_gifts_are_put_aside() -> None:
    """Ten orders a day at 0.5 x 4 yuan are 20 yuan that ads lack."""
    team = {**TEAM, "staff": 1, "conversion": 0.5, "conversion_cost": 4}
    busy = seen(orders=70, period=7, members=10_000)
    first = seen(orders=0, period=0, members=10_000)  # nothing is known yet
    for strategy in (
        hybrid(daily_budget=1000, community=team),
        cultivate(daily_budget=1000, community=team, seed_share=1.0, seed_members=20_000),
    ):
        assert decide(strategy, busy).budgets == {"mall": 88_000}
        assert decide(strategy, first).budgets == {"mall": 90_000}


def test_a_small_purse_cuts_team_and_gifts_alike() -> None:
    """Nine people at 100 yuan and 100 yuan of gifts from a purse of 500: half of each."""
    team = {**TEAM, "staff": 9, "conversion": 0.5, "conversion_cost": 20}
    busy = seen(orders=70, period=7, members=10_000)
    for strategy in (
        cultivate(daily_budget=500, community=team, seed_share=1.0, seed_members=20_000),
        hybrid(daily_budget=500, community_share=1.0, community=team),
    ):
        decision = decide(strategy, busy)
        assert decision.staff == pytest.approx(4.5)
        assert not decision.budgets
    free = decide(hybrid(daily_budget=5, community={**team, "wage": 0}), busy)
    assert free.staff == 9


@pytest.mark.parametrize("make", [buy, cultivate, hybrid])
def test_a_changed_target_keeps_what_was_learned_and_a_changed_bid_is_bid(make: Any) -> None:
    strategy = make(bid=1.5, target_cac=180)
    strategy.bidder.bid = 77.0
    strategy.adopt(make(bid=1.5, target_cac=90))
    assert (strategy.bidder.bid, strategy.bidder.target) == (77.0, 9000)
    strategy.adopt(make(bid=2, target_cac=90))
    assert strategy.bidder.bid == 200.0


# --- posting ------------------------------------------------------------------------------------


def test_a_decision_is_posted_whole() -> None:
    from sim.merchants.merchant import post
    from sim.world.groups import NO_LIMIT
    from tests.engine.tiny import build

    world = build({"platforms": {"mall": {}, "video": {}}}).world
    decision = Decision(
        budgets={"mall": 5000},
        bids={"mall": 120, "video": 90},
        targets=(1, 3),
        price=9900,
        staff=1.5,
        wage=700,
        levers=(1, 1, 0, 2),
        sales_posts=0.4,
        content_posts=0.3,
        service_posts=0.2,
        listen_hours=1.5,
        reposition=0.1,
        leader_budget=55,
        messages=0.6,
        message_cost=66,
        stage=3,
        integration_spend=11,
        conversion=0.2,
        conversion_cost=33,
        daily_limit=44,
    )
    post(decision, 2, world)
    offers, care = world.offers, world.care
    assert offers.budget[:, 2].tolist() == [5000, 0]
    assert offers.bid[:, 2].tolist() == [120, 90]
    assert np.flatnonzero(offers.target[2]).tolist() == [1, 3]
    assert offers.price[2] == 9900
    assert np.exp(offers.log_price[2]) == pytest.approx(9900 / world.reference_price)
    assert care.levers[2] == pytest.approx([0.25, 0.25, 0, 0.5])
    assert (care.staff[2], care.wage[2], care.sales_posts[2]) == (1.5, 700, 0.4)
    assert (care.listen_hours[2], care.reposition[2], care.leader_budget[2]) == (1.5, 0.1, 55)
    assert (care.messages[2], care.message_cost[2], care.stage[2]) == (0.6, 66, 3)
    assert (care.content_posts[2], care.service_posts[2]) == (0.3, 0.2)
    assert (care.integration_spend[2], care.conversion[2], care.conversion_cost[2]) == (11, 0.2, 33)
    assert care.daily_limit[2] == 44
    post(Decision(), 2, world)  # what is left out is taken back, but not the price
    assert offers.budget[:, 2].tolist() == [0, 0]
    assert offers.target[2].all()
    assert offers.price[2] == 9900
    assert care.staff[2] == 0
    assert care.daily_limit[2] == NO_LIMIT
    assert (offers.budget[:, [0, 1, 3, 4]] == 0).all()
