"""Stage 6, fulfil: orders are sent and arrive; stock is ordered; the purse decides who stays."""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads
from sim.steps.abroad import sell_abroad
from sim.steps.day import Day
from sim.steps.deliver import deliver_due
from sim.steps.persona import appear
from sim.steps.premises import pay_premises
from sim.steps.purchase import MERCHANT
from sim.steps.send import send
from sim.steps.supply import restock
from sim.world.market import SUPPLIERS
from sim.world.relations import forget_merchant


def fulfil(day: Day, threads: Threads) -> None:
    """Send orders, deliver what is due, restock, pay overheads and interest, close the
    insolvent."""
    send(day)
    deliver_due(day, threads)
    sell_abroad(day)
    appear(day)
    restock(day)
    _overheads(day)
    pay_premises(day)
    _interest(day)
    close_insolvent(day)


def _overheads(day: Day) -> None:
    world = day.world
    fixed = np.where(world.in_business, world.terms.overhead, 0)
    world.accounts.cash[:] -= fixed
    world.accounts.totals[SUPPLIERS] += int(fixed.sum())
    day.counts.overhead += fixed


def _interest(day: Day) -> None:
    """Charge a day's interest on what cash is below 0 in the evening."""
    world = day.world
    owed = np.where(world.in_business, np.maximum(-world.accounts.cash, 0), 0)
    bill = np.rint(owed * world.terms.interest).astype(np.int64)
    world.accounts.cash[:] -= bill
    world.accounts.totals[SUPPLIERS] += int(bill.sum())
    day.counts.interest += bill


def close_insolvent(day: Day) -> None:
    """Close who is below the credit line: customers are free, groups dissolve, stock is lost,
    and so is the money of those who wait for what was not sent."""
    world = day.world
    broke = world.in_business & (world.accounts.cash < -world.accounts.credit)
    for m in np.flatnonzero(broke):
        close(day, int(m))
        day.counts.exits += 1


def close(day: Day, m: int) -> None:
    """Take a merchant out of business."""
    world = day.world
    world.in_business[m] = False
    world.offers.is_open[m] = False
    world.offers.budget[:, m] = 0
    world.care.staff[m] = 0.0
    world.care.sales_posts[m] = 0.0
    world.care.integration_spend[m] = 0
    world.care.conversion[m] = 0.0
    world.accounts.stock[m] = 0
    world.accounts.on_order[m] = 0
    world.accounts.arrivals[m] = 0
    forget_merchant(world.relations, m)
    world.waiting = world.waiting[world.waiting[:, MERCHANT] != m]
    pages = np.flatnonzero(world.groups.owner[: world.groups.used[0]] == m)
    world.groups.size[pages] = 0
    world.groups.muted[pages] = 0
    world.groups.moved[m] = 0
