"""Supplies arrive and are ordered, from the ordinary supplier and from the express one.

Both are asked to fill up to a number of days of expected sales beyond their own lead time. Express
supplies are ordered first, on what will have arrived by then; what they bring is not ordered again.
"""

from __future__ import annotations

import numpy as np

from sim.steps.day import Day
from sim.world.market import SUPPLIERS, Firm

CUSHION = 7  # days of overhead kept in the purse beyond the lead time (assumption)
LEARN = 1 - 2 ** (-1 / 7)  # expected sales follow demand with a half-life of a week (assumption)


def restock(day: Day) -> None:
    """Receive supplies, learn what sells, then order up to the goals."""
    accounts = day.world.accounts
    today = day.number % accounts.arrivals.shape[1]
    day.counts.arrivals += accounts.arrivals[:, today]
    accounts.stock[:] += accounts.arrivals[:, today]
    accounts.on_order[:] -= accounts.arrivals[:, today]
    accounts.arrivals[:, today] = 0
    accounts.expected[:] += LEARN * (accounts.demand - accounts.expected)
    accounts.demand[:] = 0
    for m in np.flatnonzero(day.world.in_business):
        firm = day.world.firms[m]
        spec = firm.spec.operations
        if spec.express.cover > 0:
            _order_express(day, firm)
        if spec.cover > 0:
            _order(day, firm)


def _order(day: Day, firm: Firm) -> None:
    """Order ordinary supplies up to ``cover`` days of expected sales beyond the lead time."""
    spec, m, accounts = firm.spec.operations, firm.number, day.world.accounts
    daily, lead = max(1.0, accounts.expected[m]), round(spec.lead_time)
    held = accounts.stock[m] + accounts.on_order[m]
    missing = int(daily * (spec.cover + lead) - held)
    # Supplies come in lots of a day's sales at least.
    if missing < daily:
        return
    if spec.order_point is not None and held > daily * (spec.order_point + lead):
        return
    _buy(day, firm, missing, lead, int(day.world.offers.unit_cost[m]), spec.order_cost)


def _order_express(day: Day, firm: Firm) -> None:
    """Order express supplies up to their cover of what arrives within their lead time."""
    express, m, accounts = firm.spec.operations.express, firm.number, day.world.accounts
    daily, lead = max(1.0, accounts.expected[m]), round(express.lead_time)
    ring = accounts.arrivals.shape[1]
    coming = sum(int(accounts.arrivals[m, (day.number + d) % ring]) for d in range(1, lead + 1))
    missing = int(daily * (express.cover + lead) - accounts.stock[m] - coming)
    if missing >= daily:
        dear = round(int(day.world.offers.unit_cost[m]) * (1.0 + express.surcharge))
        _buy(day, firm, missing, lead, dear, 0)


def _buy(day: Day, firm: Firm, wanted: int, lead: int, price: int, fixed: int) -> None:
    """Pay for as much as the purse allows that is not kept for the overhead until supplies have
    come and begun to sell; what is above ``unit_cost`` counts as logistics, not as goods."""
    accounts, counts, m = day.world.accounts, day.counts, firm.number
    kept = firm.spec.operations.overhead * (lead + CUSHION) + fixed
    purse = int(accounts.cash[m] + accounts.credit[m]) - kept
    quantity = min(wanted, max(0, purse) // max(1, price))
    if quantity <= 0:
        return
    goods = quantity * int(day.world.offers.unit_cost[m])
    bill = quantity * price + fixed
    accounts.cash[m] -= bill
    accounts.totals[SUPPLIERS] += bill
    counts.purchases[m] += goods
    counts.logistics[m] += bill - goods
    accounts.on_order[m] += quantity
    ring = accounts.arrivals.shape[1]
    accounts.arrivals[m, (day.number + max(1, lead)) % ring] += quantity
