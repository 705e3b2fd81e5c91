"""Spends on people and groups; buys a little traffic until the groups are seeded."""

from __future__ import annotations

import numpy as np

from sim.merchants.buy_traffic import Bidding
from sim.merchants.strategy import Decision, Observation
from sim.scenario.firms import Community
from sim.scenario.firms import CultivateCommunity as Settings


def staff_for(community: Community, most: float, members: int) -> float:
    """Return the staff for ``members``: half a person to begin with, then as many as it takes, up
    to ``most``."""
    return min(most, max(0.5, members / community.members_per_staff))


def care_for(community: Community, staff: float, purse: int) -> dict[str, object]:
    """Return the part of a decision that says how groups are run; integration comes out of
    ``purse`` before wages do."""
    return {
        "staff": staff,
        "wage": community.wage,
        "levers": (
            community.participation,
            community.sharing,
            community.interaction,
            community.honour,
        ),
        "sales_posts": community.sales_posts,
        "integration_spend": min(community.integration_spend, purse),
        "conversion": community.conversion,
        "conversion_cost": community.conversion_cost,
    }


class CultivateCommunity(Bidding[Settings]):
    """See ``sim.scenario.firms.CultivateCommunity`` for the settings."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Pay the team first; seed with traffic from what is left until there are members."""
        settings = self.settings
        community = settings.community
        most = community.staff if settings.staff is None else settings.staff
        staff = staff_for(community, most, observation.members)
        purse = max(0, settings.daily_budget - community.integration_spend)
        if community.wage > 0:
            staff = min(staff, purse / community.wage)
        left = purse - round(staff * community.wage)
        seeding = observation.members < settings.seed_members
        budget = int(left * settings.seed_share) if seeding else 0
        self.bidder.learn(observation, budget)
        budgets, bids = self.bidder.offer(observation, budget)
        care = care_for(community, staff, settings.daily_budget)
        return Decision(budgets=budgets, bids=bids, **care)  # type: ignore[arg-type]
