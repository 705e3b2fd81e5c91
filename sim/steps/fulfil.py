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
from sim.world.market import SUPPLIERS
from sim.world.relations import forget_merchant

CUSHION = 7  # days of overhead kept in the purse beyond the lead time (assumption)


def fulfil(day: Day, threads: Threads) -> None:
    """Send orders, deliver what is due, restock, pay overheads, close the insolvent."""
    del threads  # orders are few, and the order in which they are served matters
    send(day)
    deliver_due(day)
    sell_abroad(day)
    appear(day)
    _restock(day)
    _overheads(day)
    pay_premises(day)
    close_insolvent(day)


def _restock(day: Day) -> None:
    """Receive supplies, then order up to ``cover`` days of expected sales beyond the lead time."""
    world, accounts = day.world, day.world.accounts
    ring = accounts.arrivals.shape[1]
    day.counts.arrivals += accounts.arrivals[:, day.number % ring]
    accounts.stock[:] += accounts.arrivals[:, day.number % ring]
    accounts.on_order[:] -= accounts.arrivals[:, day.number % ring]
    accounts.arrivals[:, day.number % ring] = 0
    accounts.expected[:] += (1 - 2 ** (-1 / 7)) * (accounts.demand - accounts.expected)
    accounts.demand[:] = 0
    for firm in world.firms:
        m, spec = firm.number, firm.spec.operations
        if not world.in_business[m] or spec.cover <= 0:
            continue
        lead = round(spec.lead_time)
        goal = max(1.0, accounts.expected[m]) * (spec.cover + lead)
        missing = int(goal - accounts.stock[m] - accounts.on_order[m])
        # Supplies come in lots of a day's sales at least, and only what the purse allows that is
        # not kept for the overhead until they have come and begun to sell.
        if missing < max(1.0, accounts.expected[m]):
            continue
        cost = max(1, int(world.offers.unit_cost[m]))
        kept = spec.overhead * (lead + CUSHION)
        purse = int(accounts.cash[m] + accounts.credit[m]) - kept
        quantity = min(missing, max(0, purse) // cost)
        if quantity <= 0:
            continue
        bill = quantity * int(world.offers.unit_cost[m])
        accounts.cash[m] -= bill
        accounts.totals[SUPPLIERS] += bill
        day.counts.purchases[m] += bill
        accounts.on_order[m] += quantity
        accounts.arrivals[m, (day.number + max(1, lead)) % ring] += quantity


def _overheads(day: Day) -> None:
    world = day.world
    for firm in world.firms:
        fixed = firm.spec.operations.overhead
        if fixed and world.in_business[firm.number]:
            world.accounts.cash[firm.number] -= fixed
            world.accounts.totals[SUPPLIERS] += fixed
            day.counts.overhead[firm.number] += fixed


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
