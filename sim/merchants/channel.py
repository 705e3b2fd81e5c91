"""In-depth distribution: pays for shelves and for promotion in front of them."""

from __future__ import annotations

import numpy as np

from sim.merchants.strategy import Decision, Observation
from sim.scenario.outreach import Channel as Settings


class Channel:
    """See ``sim.scenario.outreach.Channel`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Split the budget between presence and promotion."""
        promotion = int(self.settings.daily_budget * self.settings.promotion_share)
        return Decision(
            listing_spend=self.settings.daily_budget - promotion, promotion_spend=promotion
        )
