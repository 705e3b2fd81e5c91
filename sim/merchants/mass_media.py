"""Books contacts in mass media: simple, but needs money."""

from __future__ import annotations

import numpy as np

from sim.merchants.strategy import Decision, Observation
from sim.scenario.outreach import MassMedia as Settings


def split(budget: int, shares: dict[str, float], least: dict[str, int]) -> dict[str, int]:
    """Return money a day by medium, in proportion to ``shares``.

    While a part is below the ``least`` that its medium books, the medium that falls furthest short
    is given up and its money goes to the others.
    """
    left = {name: share for name, share in shares.items() if share > 0}
    while left:
        total = sum(left.values())
        parts = {name: int(budget * share / total) for name, share in left.items()}
        short = [name for name in left if parts[name] < max(1, least[name])]
        if not short:
            return parts
        left.pop(max(short, key=lambda name: (least[name] - parts[name], name)))
    return {}


class MassMedia:
    """See ``sim.scenario.outreach.MassMedia`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Book the mix, as far as the budget reaches the media's minimum."""
        least = {view.name: view.minimum_spend for view in observation.media}
        mix = self.settings.mix or dict.fromkeys(least, 1.0)
        shares = {name: share for name, share in mix.items() if name in least}
        return Decision(media=split(self.settings.daily_budget, shares, least))
