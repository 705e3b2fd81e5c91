"""Orders wait in one line and are sent oldest first, ``capacity`` a day of each merchant and what
overtime adds.

Who has waited ``memory.patience`` days in vain cancels: money and fee go back as for a return, the
goods are free again, and the buyer is as dissatisfied as can be.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.steps.day import Day
from sim.steps.deliver import book, experience, refund
from sim.steps.judge import LATE, talks
from sim.steps.purchase import MERCHANT, WHO
from sim.world.clients import Clients
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw, ShareLaw
from sim.world.market import SUPPLIERS, Accounts, Offers
from sim.world.relations import Relations

ORDERED = 5  # sixth column of an order that waits: its day


@kernel
def cancel(
    seed: np.uint64,
    day: int,
    orders: np.ndarray,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    accounts: Accounts,
    clients: Clients,
    memory: MemoryLaw,
    sharing: ShareLaw,
    tallies: np.ndarray,
    p_fees: np.ndarray,
    messages: np.ndarray,
) -> int:
    """Cancel orders int64[n, 6] that waited too long; return how many messages were written.

    ``tallies`` and ``p_fees`` as in ``deliver``.
    """
    talkers = 0
    for n in range(len(orders)):
        i, m = orders[n, WHO], orders[n, MERCHANT]
        refund(orders[n], m, offers, accounts, clients, tallies, p_fees)
        experience(relations, i, m, -1.0, memory)
        if talks(seed, day, i, offers.luck[m], -1.0, consumers, sharing):
            messages[talkers, 0], messages[talkers, 1], messages[talkers, 2] = i, m, -1
            talkers += 1
    return talkers


def send(day: Day) -> None:
    """Hand orders to the carrier; cancel what has waited too long."""
    world = day.world
    taken = np.full((len(day.orders), 1), day.number)
    queue = np.concatenate([world.waiting, np.concatenate([day.orders, taken], axis=1)])
    who = queue[:, MERCHANT]
    terms, number = world.terms, np.bincount(who, minlength=len(world.firms))
    most = terms.capacity + _overtime(day)
    sent, rest = queue, queue[:0]
    if (number > most).any():
        goes = _place_in_line(who, number) < most[who]
        sent, rest = queue[goes], queue[~goes]
        number = np.minimum(number, most)
    _pay_overtime(day, number)
    due = day.number + terms.delivery[sent[:, MERCHANT]]
    sent[:, LATE] = day.number - sent[:, ORDERED]
    for d in np.unique(terms.delivery):
        here = due == day.number + d
        if here.any():
            parcels = sent if here.all() else sent[here]
            world.parcels.setdefault(day.number + int(d), []).append(parcels)
    overdue = day.number - rest[:, ORDERED] >= world.scenario.memory.patience
    world.waiting = rest[~overdue]
    if overdue.any():
        cancel_orders(day, rest[overdue])


def _overtime(day: Day) -> np.ndarray:
    """Return int64[M]: orders that may be sent beyond capacity, as far as the purse pays them."""
    accounts, terms = day.world.accounts, day.world.terms
    purse = np.maximum(accounts.cash + accounts.credit, 0)
    paid = np.minimum(terms.overtime, purse // np.maximum(terms.overtime_cost, 1))
    return np.where(terms.overtime_cost > 0, paid, terms.overtime)


def _pay_overtime(day: Day, sent: np.ndarray) -> None:
    """Pay for those of the orders sent, int64[M], that were beyond capacity."""
    terms, accounts = day.world.terms, day.world.accounts
    cost = np.maximum(sent - terms.capacity, 0) * terms.overtime_cost
    accounts.cash[:] -= cost
    accounts.totals[SUPPLIERS] += int(cost.sum())
    day.counts.logistics += cost


def _place_in_line(who: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return int64[n]: how many orders of the same merchant stand before each order, of ``number``
    int64[M] each."""
    order = np.argsort(who.astype(np.int16), kind="stable")  # numpy counts what is this narrow
    place = np.empty(len(who), np.int64)
    place[order] = np.arange(len(who)) - np.repeat(np.cumsum(number) - number, number)
    return place


def cancel_orders(day: Day, orders: np.ndarray) -> None:
    """Pay back orders int64[n, 6] that will not be sent."""
    world = day.world
    tallies = np.zeros((len(world.firms), 6), np.int64)
    p_fees = np.zeros(len(world.platforms) + 1, np.int64)  # stores come last
    messages = np.empty((len(orders), 3), np.int64)
    talkers = cancel(
        world.seed,
        day.number,
        orders,
        world.consumers,
        world.relations,
        world.offers,
        world.accounts,
        world.clients,
        world.laws.memory,
        world.laws.sharing,
        tallies,
        p_fees,
        messages,
    )
    book(day, tallies, p_fees, messages[:talkers])
