"""What it costs to be somewhere: the rent of platforms, and an own shop."""

from __future__ import annotations

import numpy as np

from sim.steps.day import Day
from sim.world.market import PLATFORMS, SUPPLIERS


def pay_premises(day: Day) -> None:
    """Charge everybody in business for the platforms they are on, and for their own shop."""
    world, counts = day.world, day.counts
    specs = [world.scenario.platforms[name] for name in world.platforms]
    rent = np.array([spec.rent for spec in specs], np.int64)
    if rent.any():
        due = rent[:, None] * (world.offers.listed & world.in_business)
        world.accounts.cash[:] -= due.sum(axis=0)
        world.accounts.totals[PLATFORMS] += int(due.sum())
        counts.fees += due.sum(axis=0)
        counts.p_fees += due.sum(axis=1)
    cost = np.array([firm.spec.shop.cost for firm in world.firms], np.int64)
    if cost.any():
        paid = np.where(world.in_business & world.offers.own_shop, cost, 0)
        world.accounts.cash[:] -= paid
        world.accounts.totals[SUPPLIERS] += int(paid.sum())
        counts.overhead += paid
