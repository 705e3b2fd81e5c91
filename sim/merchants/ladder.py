"""Climbs from traffic over fans and community to socialisation, by what its own books say.

| rung | it begins when | what is done |
|---|---|---|
| 1 traffic | at once | all money buys clicks |
| 2 fans | so many yearly customers | buyers are led into following; posts to followers sell |
| 3 community | so many followers | groups with staff for participation and interaction |
| 4 socialisation | so many members | sharing, honour and content as well; few clicks are bought |

A rung once reached is kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.merchants.buy_traffic import Bidding, reach
from sim.merchants.cultivate_community import care_for, team_for
from sim.merchants.strategy import Decision, Observation
from sim.scenario.ladder import Ladder as Settings

TRAFFIC, FANS, COMMUNITY, SOCIALISATION = 1, 2, 3, 4


class Ladder(Bidding[Settings]):
    """See ``sim.scenario.ladder.Ladder`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.rung = TRAFFIC

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Go up if the books allow it, then run the rung."""
        settings, community = self.settings, self.settings.community
        self._climb(observation)
        money = settings.daily_budget
        decision = Decision(stage=self.rung, daily_limit=money, **reach(settings, observation))
        tools = min(money, community.integration_spend) if self.rung >= COMMUNITY else 0
        staff, gifts = 0.0, 0
        if self.rung >= COMMUNITY:
            staff, gifts = team_for(community, community.staff, observation, money - tools)
        elif self.rung == FANS:
            each = community.conversion * community.conversion_cost
            gifts = min(money, int(each * observation.orders / max(1, observation.period)))
        left = max(0, money - tools - gifts - round(staff * community.wage))
        budget = int(left * settings.ads_share) if self.rung == SOCIALISATION else left
        self.bidder.learn(observation, budget)
        budgets, bids = self.bidder.offer(observation, budget)
        if self.rung >= FANS:
            care = care_for(community, staff, tools)
            decision = replace(decision, **care)  # type: ignore[arg-type]
        if self.rung < SOCIALISATION:
            levers = (community.participation, 0.0, community.interaction, 0.0)
            decision = replace(decision, levers=levers, content_posts=0.0)
        return replace(decision, budgets=budgets, bids=bids)

    def _climb(self, seen: Observation) -> None:
        settings = self.settings
        if self.rung == TRAFFIC and seen.active_customers >= settings.customers:
            self.rung = FANS
        if self.rung == FANS and seen.followers >= settings.fans:
            self.rung = COMMUNITY
        if self.rung == COMMUNITY and seen.members >= settings.members:
            self.rung = SOCIALISATION
