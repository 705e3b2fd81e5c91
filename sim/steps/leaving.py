"""Merchants who close although they could pay: by schedule, or because it does not pay.

An owner gives up when the profit of the last ``exit.patience`` days was below ``exit.hurdle`` x
opening cash x days / 365. Profit is what the report calls so: revenue less cost of goods, fees,
marketing and overhead. Unlike the insolvent, who leaves this way pays back the orders that were not
sent; the cash that is left stays the owner's.
"""

from __future__ import annotations

import numpy as np

from sim.scenario.markets import Departure
from sim.steps.day import Counts, Day
from sim.steps.fulfil import close
from sim.steps.purchase import MERCHANT
from sim.steps.send import cancel_orders
from sim.world.world import World

YEAR = 365.0


def leave(day: Day) -> None:
    """Close who leaves today."""
    world, settings = day.world, day.world.scenario.exit
    today = [line for line in settings.schedule if line.day == day.number]
    going = [m for line in today for m in _oldest(world, line)]
    if settings.patience is not None:
        going += _out_of_patience(day, settings.patience, settings.hurdle)
    for m in dict.fromkeys(going):
        unsent = world.waiting[:, MERCHANT] == m
        orders, world.waiting = world.waiting[unsent], world.waiting[~unsent]
        if len(orders):
            cancel_orders(day, orders)
        close(day, m)
        day.counts.quits += 1


def _oldest(world: World, line: Departure) -> list[int]:
    """Return the merchants of the camp who have been in business longest."""
    mine = [firm.number for firm in world.firms if firm.camp == line.merchant]
    return [m for m in mine if world.in_business[m]][: line.count]


def earned(counts: Counts) -> np.ndarray:
    """Return int64[M]: the day's profit of each merchant."""
    marketing = (
        counts.spend_ads + counts.spend_media + counts.spend_community + counts.spend_content
    )
    return np.asarray(counts.revenue - counts.cogs - counts.fees - marketing - counts.overhead)


def _out_of_patience(day: Day, patience: int, hurdle: float) -> list[int]:
    """Keep the profits of the last days; return who has seen too little for too long."""
    world = day.world
    world.profits.append(earned(day.counts))
    del world.profits[:-patience]
    if len(world.profits) < patience:
        return []
    recent = np.sum(world.profits, axis=0)
    cash = np.array([firm.spec.operations.cash for firm in world.firms], np.float64)
    age = np.array([day.number + 1 - firm.entry_day for firm in world.firms])
    short = recent < hurdle * cash * (patience / YEAR)
    return [int(m) for m in np.flatnonzero(short & world.in_business & (age >= patience))]
