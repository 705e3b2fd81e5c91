"""Sells to teams: buys the clicks that bring openers, and lets them bring the others.

What teams pay less is what their invitations cost, so it counts beside ads when the cost of a new
customer is held against the target.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.merchants.buy_traffic import Bidder
from sim.merchants.strategy import Decision, Observation
from sim.scenario.social import GroupBuy as Settings


class GroupBuy:
    """See ``sim.scenario.social.GroupBuy`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bidder = Bidder(settings.bid, settings.target_cac)

    def adopt(self, other: GroupBuy) -> None:
        """Take over the settings of ``other`` and keep what was learned; a changed bid is bid."""
        if other.settings.bid != self.settings.bid:
            self.bidder.bid = float(other.settings.bid)
        self.settings = other.settings
        self.bidder.target = other.settings.target_cac

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Offer the team's price; bid for what the target leaves after the discount.

        All new customers count here, not only those whom an ad touched first: the openers are
        bought for the sake of the others.
        """
        settings = self.settings
        if settings.target_cac > 0:
            given = observation.team_discount / max(1, observation.new_customers)
            self.bidder.target = max(1, round(settings.target_cac - given))
        won = replace(observation, new_paid=observation.new_customers)
        self.bidder.learn(won, settings.daily_budget)
        budgets, bids = self.bidder.offer(observation, settings.daily_budget)
        return Decision(budgets=budgets, bids=bids, team=settings.team)
