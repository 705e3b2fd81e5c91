"""Buys traffic for good and converts it: asks of each purchase what it brings besides the order."""

from __future__ import annotations

import numpy as np

from sim.merchants.buy_traffic import Bidding, reach
from sim.merchants.cultivate_community import care_for, team_for
from sim.merchants.strategy import Decision, Observation
from sim.scenario.firms import Hybrid as Settings


class Hybrid(Bidding[Settings]):
    """See ``sim.scenario.firms.Hybrid`` for the settings."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Split the budget between leaders, a community (tools, team, gifts) and clicks."""
        settings = self.settings
        community = settings.community
        to_leaders = min(settings.daily_budget, settings.leader_budget)
        money = settings.daily_budget - to_leaders
        purse = round(money * settings.community_share)
        tools = min(purse, community.integration_spend)
        staff, gifts = team_for(community, community.staff, observation, purse - tools)
        spent = round(staff * community.wage) + tools + gifts
        budget = max(0, money - spent)
        self.bidder.learn(observation, budget)
        budgets, bids = self.bidder.offer(observation, budget)
        return Decision(
            budgets=budgets,
            bids=bids,
            daily_limit=money,
            leader_budget=to_leaders,
            **reach(settings, observation),
            **care_for(community, staff, purse),  # type: ignore[arg-type]
        )
