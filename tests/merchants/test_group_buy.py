"""The strategy that sells to teams offers what it is told to and bids for what that leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.merchants.group_buy import GroupBuy
from sim.merchants.strategy import Decision, problems_of
from sim.merchants.trial import sample_observations
from sim.scenario.social import GroupBuy as Settings
from sim.scenario.social import Team

SEEN = replace(sample_observations()[1], platforms=sample_observations()[1].platforms[:1])
RNG = np.random.default_rng(0)


def made(**settings: object) -> GroupBuy:
    return GroupBuy(Settings.model_validate(settings))


def test_it_offers_its_team_and_bids_its_budget() -> None:
    strategy = made(daily_budget=50, bid=2, team={"size": 5, "price": 80})
    decision = strategy.decide(replace(SEEN, period=0), RNG)
    assert decision.team == Team.model_validate({"size": 5, "price": 80})
    assert decision.budgets == {"mall": 5_000}
    assert decision.bids == {"mall": 200}


def test_what_teams_pay_less_counts_as_cost_of_a_customer() -> None:
    """With the same ads and customers, the larger the discounts the lower the bid."""
    bids = []
    for discount in (0, 100_000, 180_000):
        strategy = made(target_cac=100, bid=2, daily_budget=10_000)
        seen = replace(SEEN, new_customers=20, spend_ads=200_000, team_discount=discount)
        for _ in range(5):
            decision = strategy.decide(seen, RNG)
        bids.append(decision.bids["mall"])
    assert bids[0] > bids[1] > bids[2]


def test_a_changed_bid_is_bid_and_what_was_learned_is_kept() -> None:
    strategy = made(bid=2)
    strategy.bidder.bid = 333.0
    strategy.adopt(made(bid=2, daily_budget=7))
    assert strategy.bidder.bid == 333.0
    assert strategy.settings.daily_budget == 700
    strategy.adopt(made(bid=3))
    assert strategy.bidder.bid == 300.0


def test_a_team_must_pay_less_and_be_a_team() -> None:
    team = Team.model_validate({"price": 129})
    assert "allowed is a Team that pays less" in problems_of(Decision(team=team), SEEN)[0]
    assert not problems_of(Decision(team=team, price=12_901), SEEN)
    wrong = problems_of(Decision(team={"size": 3}), SEEN)  # type: ignore[arg-type]
    assert "allowed is a Team" in wrong[0]
