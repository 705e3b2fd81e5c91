"""Pull: publishes what searchers find and friends pass on; sells to whoever follows."""

from __future__ import annotations

import numpy as np

from sim.merchants.pieces import Pieces
from sim.merchants.strategy import Decision, Observation
from sim.scenario.outreach import Content as Settings


class Content:
    """See ``sim.scenario.outreach.Content`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Publish as many pieces as the budget makes."""
        settings = self.settings
        return Decision(
            content=Pieces(
                rate=settings.daily_budget / settings.piece_cost,
                cost=settings.piece_cost,
                shelf_life=settings.shelf_life,
                virality=settings.virality,
                style=settings.style,
            ),
            sales_posts=settings.sales_posts,
        )
