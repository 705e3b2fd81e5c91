"""Who bought from whom lately: yearly buyers and cohorts, counted exactly.

Consumers forget merchants, so their memory cannot tell who bought within a year. Here the first and
the last order of every pair of consumer and merchant are kept for as long as they count, in a hash
table with open addressing: an order costs one look. A customer belongs to the cohort of the month
of the first order; who has bought nothing for a year and comes back belongs to a new one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import inlined, kernel, prefetch, whole

YEAR = 365  # days for which a buyer counts
RING = YEAR + 1
MONTH = 30  # days of a month of cohorts
KEPT = YEAR + 61  # days a pair is kept: until its last order can no longer be paid back
PEOPLE, ORDERS, MARGIN = 0, 1, 2  # what is counted of a cohort in a month


class Clients(NamedTuple):
    """Structure of arrays over ``M`` merchants and ``R`` places for pairs (a power of two).

    last int32[M, 366]: people by the day (modulo 366) of their last order; active int64[M]: people
    who bought within the last 365 days (yearly buyers); month int64[M, C, 3]: of each of ``C``
    cohorts, people who bought this month, their orders, and gross margin less what was paid back
    [money]; who int32[R] (-1: free), merchant int16[R], first, day int16[R]: the first and the last
    order of a pair; used int64[1]: places taken.
    """

    last: np.ndarray
    active: np.ndarray
    month: np.ndarray
    who: np.ndarray
    merchant: np.ndarray
    first: np.ndarray
    day: np.ndarray
    used: np.ndarray


def build_clients(merchants: int, days: int) -> Clients:
    """Return merchants from whom nobody has bought yet, for a run of ``days``."""
    return _empty(
        np.zeros((merchants, RING), np.int32),
        np.zeros(merchants, np.int64),
        np.zeros((merchants, -(-days // MONTH), 3), np.int64),
        1 << 10,
    )


def _empty(last: np.ndarray, active: np.ndarray, month: np.ndarray, places: int) -> Clients:
    return Clients(
        last=last,
        active=active,
        month=month,
        who=np.full(places, -1, np.int32),
        merchant=np.zeros(places, np.int16),
        first=np.zeros(places, np.int16),
        day=np.zeros(places, np.int16),
        used=np.zeros(1, np.int64),
    )


def with_room(clients: Clients, orders: int, day: int) -> Clients:
    """Return the same clients with room for ``orders`` more pairs.

    When the table has to be made anew, pairs whose last order no longer counts are dropped.
    """
    if 3 * (int(clients.used[0]) + orders) <= 2 * len(clients.who):
        return clients
    kept = np.flatnonzero((clients.who >= 0) & (day - clients.day.astype(np.int64) < KEPT))
    places = 1 << int(3 * (len(kept) + orders)).bit_length()
    new = _empty(clients.last, clients.active, clients.month, places)
    _enter(clients, kept, new)
    return new


@kernel
def _enter(old: Clients, kept: np.ndarray, new: Clients) -> None:
    for n in range(len(kept)):
        place = _place(new, old.who[kept[n]], old.merchant[kept[n]])
        new.who[place] = old.who[kept[n]]
        new.merchant[place] = old.merchant[kept[n]]
        new.first[place] = old.first[kept[n]]
        new.day[place] = old.day[kept[n]]
    new.used[0] = len(kept)


@inlined
def _home(clients: Clients, who: int, merchant: int) -> int:
    """Return where a pair is, or after that place, as others may have come before."""
    mixed = whole(who) * 0x9E3779B1 + whole(merchant) * 0x85EBCA77
    return (mixed ^ (mixed >> 15)) & (len(clients.who) - 1)


@inlined
def prefetch_pair(clients: Clients, who: int, merchant: int) -> None:
    """Have all fetched that is known of a pair, which will be asked for soon."""
    place = _home(clients, who, merchant)
    prefetch(clients.who, place)
    prefetch(clients.merchant, place)
    prefetch(clients.first, place)
    prefetch(clients.day, place)


@kernel
def _place(clients: Clients, who: int, merchant: int) -> int:
    """Return where a pair is, or the free place where it belongs."""
    mask = len(clients.who) - 1
    place = _home(clients, who, merchant)
    while clients.who[place] >= 0:
        if clients.who[place] == who and clients.merchant[place] == merchant:
            break
        place = (place + 1) & mask
    return place


@kernel
def count_order(clients: Clients, who: int, merchant: int, day: int, margin: int) -> None:
    """Count an order of today that earned ``margin``; there must be room for its pair
    (``with_room``)."""
    place = _place(clients, who, merchant)
    before = -YEAR
    if clients.who[place] >= 0:
        before = whole(clients.day[place])
    else:
        clients.who[place] = who
        clients.merchant[place] = merchant
        clients.used[0] += 1
    clients.day[place] = day
    if day - before < YEAR:
        clients.last[merchant, before % RING] -= 1
    else:
        clients.active[merchant] += 1
        clients.first[place] = day
    clients.last[merchant, day % RING] += 1
    cohort = whole(clients.first[place]) // MONTH
    clients.month[merchant, cohort, PEOPLE] += before // MONTH != day // MONTH
    clients.month[merchant, cohort, ORDERS] += 1
    clients.month[merchant, cohort, MARGIN] += margin


@kernel
def give_back(clients: Clients, who: int, merchant: int, margin: int) -> None:
    """Take the ``margin`` of an order that was paid back from its customer's cohort."""
    place = _place(clients, who, merchant)
    if clients.who[place] >= 0:
        clients.month[merchant, whole(clients.first[place]) // MONTH, MARGIN] -= margin


def count_passed(clients: Clients, day: int) -> None:
    """Let those go whose last order is a year ago this morning."""
    gone = day - YEAR
    if gone >= 0:
        clients.active[:] -= clients.last[:, gone % RING]
        clients.last[:, gone % RING] = 0


def start_month(clients: Clients, day: int) -> None:
    """Begin a new month of cohorts if it is time to."""
    if day % MONTH == 0:
        clients.month[:] = 0
