"""The face of a firm: kept by appearing, forgotten without.

    appeal -> spend / (spend + spend_half), half of the gap in ``half_life`` days

A satisfied buyer follows because of the persona with probability appeal x min(1, fit)
(``sim.steps.deliver``), whatever else leads it there.
"""

from __future__ import annotations

import numpy as np

from sim.steps.day import Day
from sim.world.market import MEDIA_TOTAL


def appear(day: Day) -> None:
    """Pay the appearances of a day; appeal follows what is spent."""
    world, counts = day.world, day.counts
    specs = [firm.spec.persona for firm in world.firms]
    spend = np.array([spec.spend for spec in specs], np.int64) * world.in_business
    if not spend.any() and not world.offers.persona.any():
        return
    world.accounts.cash[:] -= spend
    world.accounts.totals[MEDIA_TOTAL] += int(spend.sum())
    counts.spend_content += spend
    held = spend / (spend + np.array([spec.spend_half for spec in specs], np.float64))
    pace = 1.0 - 2.0 ** (-1.0 / np.array([float(spec.half_life) for spec in specs]))
    here = world.in_business
    world.offers.persona[here] += (pace * (held - world.offers.persona))[here]
