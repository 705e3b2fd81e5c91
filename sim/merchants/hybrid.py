"""Buys traffic for good and converts it: asks of each purchase what it brings besides the order."""

from __future__ import annotations

import numpy as np

from sim.merchants.buy_traffic import Bidder
from sim.merchants.cultivate_community import care_for, staff_for
from sim.merchants.strategy import Decision, Observation
from sim.scenario.firms import Hybrid as Settings


class Hybrid:
    """See ``sim.scenario.firms.Hybrid`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bidder = Bidder(settings.bid, settings.target_cac)

    def adopt(self, other: Hybrid) -> None:
        """Take over the settings of ``other`` and keep what was learned."""
        if other.settings.bid != self.settings.bid:
            self.bidder.bid = float(other.settings.bid)
        self.settings = other.settings
        self.bidder.target = other.settings.target_cac

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Split the budget between a community team and clicks."""
        settings = self.settings
        community = settings.community
        purse = round(settings.daily_budget * settings.community_share)
        tools = min(purse, community.integration_spend)
        staff = staff_for(community, community.staff, observation.members)
        if community.wage > 0:
            staff = min(staff, (purse - tools) / community.wage)
        spent = round(staff * community.wage) + tools
        budget = max(0, settings.daily_budget - spent)
        self.bidder.learn(observation, budget)
        budgets, bids = self.bidder.offer(observation, budget)
        return Decision(budgets=budgets, bids=bids, **care_for(community, staff, purse))  # type: ignore[arg-type]
