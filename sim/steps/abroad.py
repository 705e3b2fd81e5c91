"""Selling across borders: localisation is paid and grows, orders that go abroad cost shipping.

Both are booked as overhead and paid to suppliers. What is spent on localisation takes away the
share 1 - exp(-spending / ``localisation_cost``) of the distance that is left.
"""

from __future__ import annotations

import numpy as np

from sim.steps.day import Day
from sim.steps.purchase import MERCHANT, WHO
from sim.world.abroad import post_closeness
from sim.world.market import SUPPLIERS


def sell_abroad(day: Day) -> None:
    """Book a day of trade between regions; nothing to do where there is one."""
    world, counts = day.world, day.counts
    if len(world.regions.distance) == 1:
        return
    specs = [firm.spec.abroad for firm in world.firms]
    who, merchant = day.orders[:, WHO], day.orders[:, MERCHANT]
    away = world.regions.home[who] != world.abroad.region[merchant]
    counts.orders_abroad += np.bincount(merchant[away], minlength=len(specs))
    spend = np.array([spec.localisation for spec in specs], np.int64) * world.in_business
    cost = spend + counts.orders_abroad * np.array([spec.shipping for spec in specs], np.int64)
    world.accounts.cash[:] -= cost
    world.accounts.totals[SUPPLIERS] += int(cost.sum())
    counts.overhead += cost
    scale = np.array([spec.localisation_cost for spec in specs], np.float64)
    world.abroad.localised[:] += (1.0 - world.abroad.localised) * (1.0 - np.exp(-spend / scale))
    post_closeness(world.offers, world.abroad)
