"""Buying in teams: seats are taken and paid, friends are invited, teams complete or are paid back.

A day of it: in the stage of sharing, those who took a seat yesterday invite their friends, who
answer (``sim.steps.answers``). After the day's orders, wishes for a team are seated: with the
friend who asked, else with any friend whose team has room, else with a stranger (``strangers``),
else in a team of one's own. A seat costs the price of the smallest team, held until the team has
the people of its largest tier or its last day is over: then every member orders at the price of
the tier that was reached, and gets back what was paid too much; or everybody gets all back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block, uniform
from sim.steps.answers import ALONE, answered
from sim.steps.choice import MAX_FRIENDS, Chosen
from sim.steps.day import Day
from sim.steps.invite import Askers, invite, once_each
from sim.steps.purchase import learn_velocity, take
from sim.world.deals import no_deals
from sim.world.graph.csr import Graph
from sim.world.market import CONSUMERS, HELD, Accounts
from sim.world.pairs import Pairs, claim, look
from sim.world.relations import GROUP_BUY, Relations, deepen, find
from sim.world.teams import (
    DUE,
    HELD_PRICE,
    JOINED,
    NEEDED,
    OF,
    OPENED,
    PLATFORM,
    SIZE,
    TEAM,
    TOUCH,
    WHO,
    TeamOffers,
)

STRANGER = int(Stream.STRANGER)
OPENS, JOINS, STRANGERS, NO_STOCK, RESERVED = range(5)  # columns of the tallies of a day


class Queue(NamedTuple):
    """Open teams of each merchant in order of opening: first and last int64[M], after int64[T]
    (-1: none)."""

    first: np.ndarray
    last: np.ndarray
    after: np.ndarray


@kernel
def most_of(offers: TeamOffers, m: int) -> int:
    """Return the people of the largest tier of ``m``."""
    most = 0
    for rank in range(offers.size.shape[1]):
        most = max(most, offers.size[m, rank])
    return most


@kernel
def line_up(team: np.ndarray, used: int, queue: Queue) -> None:
    """Queue the first ``used`` teams by merchant."""
    for g in range(used):
        _append(queue, team[g, OF], g)


@kernel
def _append(queue: Queue, m: int, g: int) -> None:
    queue.after[g] = -1
    if queue.last[m] >= 0:
        queue.after[queue.last[m]] = g
    else:
        queue.first[m] = g
    queue.last[m] = g


@kernel
def _friends_team(graph: Graph, seated: Pairs, team: np.ndarray, i: int, m: int, most: int) -> int:
    """Return the team with room in which a friend of ``i`` has a seat, or -1."""
    last = min(graph.indptr[i + 1], graph.indptr[i] + MAX_FRIENDS)
    for e in range(graph.indptr[i], last):
        place = look(seated, graph.indices[e], m)
        if place >= 0 and team[seated.value[place, 0], SIZE] < most:
            return whole(seated.value[place, 0])
    return ALONE


@kernel
def take_seats(
    seed: np.uint64,
    day: int,
    start: int,
    wishes: np.ndarray,
    teams: int,
    seats: int,
    team: np.ndarray,
    seat: np.ndarray,
    seated: Pairs,
    queue: Queue,
    offers: TeamOffers,
    luck: np.ndarray,
    graph: Graph,
    relations: Relations,
    accounts: Accounts,
    tallies: np.ndarray,
) -> tuple[int, int]:
    """Seat the wishes one by one; return how many teams and seats there are now.

    ``team`` and ``seat`` have room behind the first ``teams`` and ``seats``; ``tallies`` int64[M,
    5]: teams opened, seats taken by invitation or with friends, with strangers, stock-outs, items
    put aside.
    """
    for step in range(len(wishes)):
        w = (start + step) % len(wishes)
        i, m, g = wishes[w, 0], wishes[w, 1], wishes[w, 4]
        if look(seated, i, m) >= 0:
            continue  # sits already
        k = find(relations, i, m)
        if k >= 0 and relations.bought[i, k] == day:
            continue  # has it since today
        if accounts.stock[m] <= 0:
            accounts.demand[m] += 1.0
            tallies[m, NO_STOCK] += 1
            if k >= 0:
                deepen(relations, i, k)
                relations.trust[i, k] = max(-1.0, relations.trust[i, k] - 0.1)
            continue
        most, kind = most_of(offers, m), JOINS
        if g < 0 or team[g, SIZE] >= most:
            g = _friends_team(graph, seated, team, i, m, most)
        if g < 0:
            word, _, _, _ = block(seed, STRANGER, i, day, luck[m])
            if uniform(word) < offers.strangers[m]:
                while queue.first[m] >= 0 and team[queue.first[m], SIZE] >= most:
                    queue.first[m] = queue.after[queue.first[m]]
                g, kind = queue.first[m], STRANGERS
                if g < 0:
                    queue.last[m] = -1
        if g < 0:
            g, kind = teams, OPENS
            team[g, OF], team[g, OPENED], team[g, SIZE] = m, day, 0
            team[g, NEEDED], team[g, DUE] = offers.size[m, 0], day + offers.days[m]
            _append(queue, m, g)
            teams += 1
        team[g, SIZE] += 1
        tallies[m, kind] += 1
        tallies[m, RESERVED] += 1
        accounts.stock[m] -= 1
        accounts.totals[CONSUMERS] += offers.price[m, 0]
        accounts.totals[HELD] += offers.price[m, 0]
        seat[seats, TEAM], seat[seats, WHO] = g, i
        seat[seats, TOUCH], seat[seats, PLATFORM] = wishes[w, 2], wishes[w, 3]
        seat[seats, JOINED], seat[seats, HELD_PRICE] = day, offers.price[m, 0]
        seated.value[claim(seated, i, m), 0] = g
        seats += 1
    return teams, seats


def ask_for_teams(day: Day) -> None:
    """Let those who took a seat yesterday invite their friends; note who says yes.

    Teams that were opened for an offer that is no more are paid back before.
    """
    world, pool = day.world, day.world.teams
    if not len(pool.team):
        return
    _close(day, _dissolved(day))
    merchant = pool.team[pool.seat[:, TEAM], OF]
    fresh = (pool.seat[:, JOINED] == day.number - 1) & world.offers.is_open[merchant]
    fresh &= pool.offers.size[merchant, 0] > 0
    seat, merchant = pool.seat[fresh], merchant[fresh]
    saving = _saving(day, merchant)
    askers = Askers(seat[:, WHO].copy(), merchant, saving)
    asked, source = invite(day, int(Stream.TEAM_INVITE), askers, GROUP_BUY)
    merchants = len(world.firms)
    day.counts.teams["invited"] += np.bincount(merchant[source], minlength=merchants)
    first = once_each(asked, merchant[source], merchants)
    asked, source = asked[first].astype(np.int64), source[first]
    law = world.scenario.inviting
    yes = answered(
        day,
        int(Stream.TEAM_ANSWER),
        asked,
        merchant[source],
        saving[source],
        law.persuasion - law.waiting,
    )
    wishes = np.empty((int(yes.sum()), 5), np.int64)
    wishes[:, 0], wishes[:, 1] = asked[yes], merchant[source[yes]]
    wishes[:, 2], wishes[:, 3] = GROUP_BUY, -1
    wishes[:, 4] = seat[source[yes], TEAM]
    day.wishes.append(wishes)


def _saving(day: Day, merchant: np.ndarray) -> np.ndarray:
    """Return float64[n]: log(price / team price) of each merchant."""
    price = day.world.offers.price[merchant]
    return np.asarray(np.log(price / np.maximum(day.world.teams.offers.price[merchant, 0], 1)))


def settle_teams(day: Day) -> None:
    """Seat the day's wishes; complete the teams that are full or due; pay back the others."""
    pool, world = day.world.teams, day.world
    if pool.idle:
        return
    _seat(day)
    most = pool.offers.size.max(axis=1)[pool.team[:, OF]]
    _close(day, (pool.team[:, SIZE] >= most) | (pool.team[:, DUE] <= day.number))
    held = int(pool.seat[:, HELD_PRICE].sum())
    assert held == world.accounts.totals[HELD], "what is held belongs to taken seats"


def _dissolved(day: Day) -> np.ndarray:
    """Return which teams have lost their merchant, or the offer they were opened for."""
    world, pool = day.world, day.world.teams
    of = pool.team[:, OF]
    gone = ~world.in_business[of] | (pool.team[:, NEEDED] != pool.offers.size[of, 0])
    seat = pool.seat
    dearer = seat[:, HELD_PRICE] != pool.offers.price[of[seat[:, TEAM]], 0]
    gone[seat[dearer, TEAM]] = True
    return np.asarray(gone)


def _seat(day: Day) -> None:
    world, pool = day.world, day.world.teams
    wishes = np.concatenate([np.zeros((0, 5), np.int64), *day.wishes])
    if not len(wishes):
        return
    merchants, more = len(world.firms), len(wishes)
    teams, seats = len(pool.team), len(pool.seat)
    team = np.concatenate([pool.team, np.zeros((more, 5), np.int64)])
    seat = np.concatenate([pool.seat, np.zeros((more, 6), np.int64)])
    seated = pool.seated(more)
    queue = Queue(np.full(merchants, -1), np.full(merchants, -1), np.full(teams + more, -1))
    line_up(team, teams, queue)
    tallies = np.zeros((merchants, 5), np.int64)
    word = block(world.seed, int(Stream.TEAM_ORDER), 0, day.number, 0)[0]
    teams, seats = take_seats(
        world.seed,
        day.number,
        int(word) % more,
        wishes,
        teams,
        seats,
        team,
        seat,
        seated,
        queue,
        pool.offers,
        world.offers.luck,
        world.graph,
        world.relations,
        world.accounts,
        tallies,
    )
    pool.team, pool.seat = team[:teams], seat[:seats]
    counts = day.counts
    for name, column in (("opened", OPENS), ("joined", JOINS), ("strangers", STRANGERS)):
        counts.teams[name] += tallies[:, column]
    counts.stockouts += tallies[:, NO_STOCK]
    counts.reserved += tallies[:, RESERVED]


def _close(day: Day, closes: np.ndarray) -> None:
    """Give back what was held by the teams ``closes`` bool[t]; those of a tier's size order."""
    world, pool, counts = day.world, day.world.teams, day.counts
    if not closes.any():
        return
    merchants = len(world.firms)
    of = pool.team[:, OF]
    sizes = pool.offers.size[of]
    rank = ((sizes > 0) & (sizes <= pool.team[:, SIZE : SIZE + 1])).sum(axis=1) - 1
    rank[_dissolved(day)] = -1
    closing = closes[pool.seat[:, TEAM]]
    seat = pool.seat[closing]
    _release(day, seat)
    for reached in range(int(rank[closes].max()) + 1):
        _order(day, seat[rank[seat[:, TEAM]] == reached], reached)
    for name, which in (("completed", rank >= 0), ("failed", rank < 0)):
        counts.teams[name] += np.bincount(of[closes & which], minlength=merchants)
    lost = rank[seat[:, TEAM]] < 0
    counts.teams["refunds"] += np.bincount(of[seat[lost, TEAM]], minlength=merchants)
    number = np.cumsum(~closes) - 1
    pool.team, pool.seat = pool.team[~closes], pool.seat[~closing]
    pool.seat[:, TEAM] = number[pool.seat[:, TEAM]]


def _release(day: Day, seat: np.ndarray) -> None:
    """Pay back what is held for seats, and put their items back on the shelf."""
    world = day.world
    held = int(seat[:, HELD_PRICE].sum())
    world.accounts.totals[CONSUMERS] -= held
    world.accounts.totals[HELD] -= held
    items = np.bincount(world.teams.team[seat[:, TEAM], OF], minlength=len(world.firms))
    world.accounts.stock[:] += np.where(world.in_business, items, 0)
    day.counts.reserved -= items


def _order(day: Day, seat: np.ndarray, rank: int) -> None:
    """Let the members of teams that reached a tier order at its price."""
    if not len(seat):
        return
    world, pool = day.world, day.world.teams
    of = pool.team[seat[:, TEAM], OF]
    orders = take(
        day,
        seat[:, WHO].astype(np.int32),
        of.astype(np.int16),
        seat[:, PLATFORM].astype(np.int8),
        Chosen(of.astype(np.int16), seat[:, TOUCH].astype(np.int8)),
        # A seat is paid already: no checkout is left to turn away from.
        world.offers._replace(
            price=np.ascontiguousarray(pool.offers.price[:, rank]),
            deals=no_deals(len(world.firms)),  # no promotion comes on top of a team's price
            friction=np.zeros_like(world.offers.friction),
        ),
    )
    learn_velocity(day, orders)
    day.orders = np.concatenate([day.orders, orders])
    m, price = orders[:, 1], orders[:, 2]
    number = np.bincount(m, minlength=len(world.firms))
    saved = np.bincount(m, world.offers.price[m] - price, len(world.firms))
    day.counts.teams["orders"] += number
    # Who has bought alone today gets the money back.
    day.counts.teams["refunds"] += np.bincount(of, minlength=len(number)) - number
    day.counts.teams["discount"] += saved.astype(np.int64)
