"""Spends on people and groups; buys a little traffic until the groups are seeded."""

from __future__ import annotations

import numpy as np

from sim.merchants.buy_traffic import Bidding, reach
from sim.merchants.strategy import Decision, Observation
from sim.scenario.community import Community
from sim.scenario.firms import CultivateCommunity as Settings


def team_for(community: Community, most: float, seen: Observation, purse: int) -> tuple[float, int]:
    """Return the staff, and the money a day to put aside for leading buyers into groups.

    Staff is ``first_staff`` to begin with, then as many as the members take, up to ``most``; gifts
    are what as many orders as in the last period will cost. A ``purse`` too small for both cuts
    both alike.
    """
    staff = min(most, max(community.first_staff, seen.members / community.members_per_staff))
    each = community.conversion * community.conversion_cost
    gifts = each * seen.orders / max(1, seen.period)
    wanted = staff * community.wage + gifts
    part = min(1.0, purse / wanted) if wanted > 0 else 1.0
    return staff * part if community.wage > 0 else staff, int(gifts * part)


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
        "content_posts": community.content_posts,
        "service_posts": community.service_posts,
        "listen_hours": community.listen_hours,
        "reposition": community.reposition,
        "integration_spend": min(community.integration_spend, purse),
        "conversion": community.conversion,
        "conversion_cost": community.conversion_cost,
    }


class CultivateCommunity(Bidding[Settings]):
    """See ``sim.scenario.firms.CultivateCommunity`` for the settings."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Pay tools, the team and its gifts; seed with traffic from what is left until there are
        members."""
        settings = self.settings
        community = settings.community
        most = community.staff if settings.staff is None else settings.staff
        to_leaders = min(settings.daily_budget, settings.leader_budget)
        money = settings.daily_budget - to_leaders
        purse = max(0, money - community.integration_spend)
        staff, gifts = team_for(community, most, observation, purse)
        left = max(0, purse - gifts - round(staff * community.wage))
        seeding = observation.members < settings.seed_members
        budget = int(left * settings.seed_share) if seeding else 0
        self.bidder.learn(observation, budget)
        budgets, bids = self.bidder.offer(observation, budget)
        care = care_for(community, staff, money)
        return Decision(
            budgets=budgets,
            bids=bids,
            daily_limit=money,
            leader_budget=to_leaders,
            **reach(settings, observation),
            **care,  # type: ignore[arg-type]
        )
