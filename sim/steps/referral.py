"""Referral: customers invite friends, both are rewarded, and who came by a friend invites in turn.

Who has received an order and trusts the merchant after it may invite friends the next day
(``sim.steps.invite``). A friend who is no customer yet answers at once, at a price lower by the
``friend_reward``; a first order of any kind within ``days`` of the first invitation counts for who
sent it. Rewards are taken out of what consumers have paid, so the books balance: money at once, or
a coupon off a later order. A coupon tempts its holder the day after it was granted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream
from sim.steps.answers import answered
from sim.steps.day import Day
from sim.steps.invite import Askers, invite, once_each
from sim.steps.purchase import MERCHANT, PRICE, WHO
from sim.world.market import CONSUMERS, Accounts
from sim.world.pairs import Pairs, claim, enter, look, read, roomy
from sim.world.referrals import (
    BROUGHT,
    BY,
    GENERATION,
    ON,
    SINCE,
    UNTIL,
    WORTH,
    Programmes,
    Referrals,
)
from sim.world.relations import NO_TOUCH, WORD_OF_MOUTH, Relations, find

NEW, AGAIN, PAID_OUT = range(3)  # columns of the tallies: referred, their repeat orders, money


class Came(NamedTuple):
    """Who came by an invitation, int64[n] each: merchant, days since who invited became a
    customer, and generation (1: invited by somebody who had not been)."""

    merchant: np.ndarray
    since: np.ndarray
    generation: np.ndarray


@kernel
def credit(
    day: int,
    orders: np.ndarray,
    programmes: Programmes,
    customers: Pairs,
    invited: Pairs,
    coupons: Pairs,
    accounts: Accounts,
    tallies: np.ndarray,
    came: Came,
    granted: np.ndarray,
) -> tuple[int, int]:
    """Count the day's orders (int64[n, 5]) and pay rewards; return how many people came by an
    invitation, and how many coupons were granted (``granted`` int64[n, 2]: person, merchant)."""
    count = grants = 0
    for n in range(len(orders)):
        i, m = orders[n, WHO], orders[n, MERCHANT]
        if programmes.days[m] == 0:
            continue
        place = look(coupons, i, m)
        if place >= 0 and coupons.value[place, UNTIL] >= day:
            _rebate(orders, n, coupons.value[place, WORTH], accounts, tallies)
            coupons.value[place, WORTH] = 0
        place = look(customers, i, m)
        if place >= 0:
            tallies[m, AGAIN] += customers.value[place, GENERATION] > 0
            continue
        generation = 0
        invitation = look(invited, i, m)
        if invitation >= 0 and day - invited.value[invitation, ON] <= programmes.days[m]:
            by = invited.value[invitation, BY]
            sender = look(customers, by, m)
            if sender >= 0:
                generation = customers.value[sender, GENERATION] + 1
                customers.value[sender, BROUGHT] += 1
                came.merchant[count], came.generation[count] = m, generation
                came.since[count] = day - customers.value[sender, SINCE]
                count += 1
                tallies[m, NEW] += 1
                _rebate(orders, n, programmes.friend_reward[m], accounts, tallies)
                if customers.value[sender, BROUGHT] <= programmes.most[m]:
                    grants = _reward(
                        day, by, m, programmes, coupons, accounts, tallies, granted, grants
                    )
        place = claim(customers, i, m)
        customers.value[place, SINCE], customers.value[place, GENERATION] = day, generation
        customers.value[place, BROUGHT] = 0
    return count, grants


@kernel
def _rebate(
    orders: np.ndarray, n: int, money: int, accounts: Accounts, tallies: np.ndarray
) -> None:
    """Give back ``money`` of what order ``n`` costs, at most all of it."""
    money = min(money, orders[n, PRICE])
    orders[n, PRICE] -= money
    _pay_out(orders[n, MERCHANT], money, accounts, tallies)


@kernel
def _pay_out(m: int, money: int, accounts: Accounts, tallies: np.ndarray) -> None:
    accounts.cash[m] -= money
    accounts.totals[CONSUMERS] -= money
    tallies[m, PAID_OUT] += money


@kernel
def _reward(
    day: int,
    by: int,
    m: int,
    programmes: Programmes,
    coupons: Pairs,
    accounts: Accounts,
    tallies: np.ndarray,
    granted: np.ndarray,
    grants: int,
) -> int:
    """Reward ``by`` for a new customer; return the number of coupons granted today."""
    if programmes.reward[m] == 0:
        return grants
    if not programmes.in_coupons[m]:
        _pay_out(m, programmes.reward[m], accounts, tallies)
        return grants
    place = claim(coupons, by, m)
    if coupons.value[place, UNTIL] < day:
        coupons.value[place, WORTH] = 0
    coupons.value[place, WORTH] += programmes.reward[m]
    coupons.value[place, UNTIL] = day + programmes.days[m]
    granted[grants, 0], granted[grants, 1] = by, m
    return grants + 1


def ask_friends_along(day: Day) -> None:
    """Let yesterday's receivers of an order invite friends, and coupons tempt their holders."""
    world, ours = day.world, day.world.referrals
    if ours.idle:
        return
    _list_customers(ours, day)
    _tempt_by_coupon(day)
    senders = np.concatenate([np.zeros((0, 2), np.int64), *ours.inviters])
    ours.inviters = []
    senders = senders[world.offers.is_open[senders[:, 1]]]
    if not len(senders):
        return
    who, merchant = senders[:, 0].copy(), senders[:, 1].copy()
    brought = np.empty(len(who), np.int64)
    read(ours.customers, who, merchant, BROUGHT, 0, brought)
    terms, price = ours.programmes, world.offers.price[merchant]
    hopes = np.where(brought < terms.most[merchant], terms.reward[merchant], 0)
    askers = Askers(who, merchant, np.log1p(hopes / price))
    asked, source = invite(day, int(Stream.INVITE), askers, WORD_OF_MOUTH)
    merchants = len(world.firms)
    day.counts.invitations += np.bincount(merchant[source], minlength=merchants)
    first = once_each(asked, merchant[source], merchants)
    asked, source = asked[first].astype(np.int64), source[first]
    about = merchant[source]
    stands = terms.days[ours.invited.merchant] >= day.number - ours.invited.value[:, ON]
    ours.invited = roomy(ours.invited, len(asked), stands)
    note(day.number, asked, about, who[source], terms.days, ours.invited)
    since = np.empty(len(asked), np.int64)
    read(ours.customers, asked, about, SINCE, -1, since)
    asked, about = asked[since < 0], about[since < 0]
    off = world.offers.price[about] - terms.friend_reward[about]
    saving = np.log(world.offers.price[about] / np.maximum(off, 1))
    yes = answered(
        day, int(Stream.ANSWER), asked, about, saving, world.scenario.inviting.persuasion
    )
    _accept(day, asked[yes], about[yes], WORD_OF_MOUTH)


@kernel
def note(
    day: int,
    asked: np.ndarray,
    merchant: np.ndarray,
    by: np.ndarray,
    days: np.ndarray,
    invited: Pairs,
) -> None:
    """Note who invited whom: the first invitation counts for as long as it stands."""
    for n in range(len(asked)):
        place = look(invited, asked[n], merchant[n])
        if place >= 0 and day - invited.value[place, ON] <= days[merchant[n]]:
            continue
        place = claim(invited, asked[n], merchant[n])
        invited.value[place, BY], invited.value[place, ON] = by[n], day


def _accept(day: Day, who: np.ndarray, merchant: np.ndarray, touch: int) -> None:
    day.accepted.append(np.stack([who, merchant, np.full(len(who), touch)], axis=1))


def _list_customers(ours: Referrals, day: Day) -> None:
    """List the customers of merchants whose programme is new: they can bring, not be brought."""
    running = ours.programmes.days > 0
    if not (running & ~ours.listed).any():
        return
    clients = day.world.clients
    old = np.flatnonzero((clients.who >= 0) & (running & ~ours.listed)[clients.merchant])
    ours.customers = roomy(ours.customers, len(old))
    since = np.zeros((len(old), 3), np.int64)
    since[:, SINCE] = clients.day[old]
    who, merchant = (part[old].astype(np.int64) for part in (clients.who, clients.merchant))
    enter(ours.customers, who, merchant, since)
    ours.listed |= running


def _tempt_by_coupon(day: Day) -> None:
    world, ours = day.world, day.world.referrals
    if not ours.granted:
        return
    granted = np.unique(np.concatenate(ours.granted), axis=0)
    ours.granted = []
    who, merchant = granted[:, 0].copy(), granted[:, 1].copy()
    worth = np.empty(len(who), np.int64)
    read(ours.coupons, who, merchant, WORTH, 0, worth)
    price = world.offers.price[merchant]
    saving = np.log(price / np.maximum(price - worth, 1))
    yes = answered(day, int(Stream.REDEEM), who, merchant, saving, 0.0)
    _accept(day, who[yes], merchant[yes], NO_TOUCH)


def credit_referrals(day: Day) -> None:
    """Count who came by a friend among the day's orders, and pay what was promised."""
    world, ours, orders = day.world, day.world.referrals, day.orders
    if ours.idle or not len(orders):
        return
    _list_customers(ours, day)
    ours.customers = roomy(ours.customers, len(orders))
    held = ours.coupons.value[:, UNTIL] >= day.number
    ours.coupons = roomy(ours.coupons, len(orders), held)
    came = Came(*(np.empty(len(orders), np.int64) for _ in Came._fields))
    granted = np.empty((len(orders), 2), np.int64)
    tallies = np.zeros((len(world.firms), 3), np.int64)
    count, grants = credit(
        day.number,
        orders,
        ours.programmes,
        ours.customers,
        ours.invited,
        ours.coupons,
        world.accounts,
        tallies,
        came,
        granted,
    )
    if grants:
        ours.granted.append(granted[:grants].copy())
    day.counts.referred += tallies[:, NEW]
    day.counts.repeat_referred += tallies[:, AGAIN]
    day.counts.spend_rewards += tallies[:, PAID_OUT]
    day.counts.referral_rows.append(np.stack([column[:count] for column in came], axis=1))


@kernel
def content(relations: Relations, parcels: np.ndarray, days: np.ndarray, out: np.ndarray) -> int:
    """Write who trusts a merchant with a programme after a parcel int64[n, 2]; return how many."""
    count = 0
    for n in range(len(parcels)):
        i, m = parcels[n, WHO], parcels[n, MERCHANT]
        if days[m] == 0:
            continue
        k = find(relations, i, m)
        if k >= 0 and relations.trust[i, k] > 0.0:
            out[count, 0], out[count, 1] = i, m
            count += 1
    return count


def note_inviters(day: Day) -> None:
    """After deliveries: note who may invite tomorrow."""
    world, parcels = day.world, day.delivered
    ours = world.referrals
    if ours.idle or not len(parcels):
        return
    senders = np.empty((len(parcels), 2), np.int64)
    count = content(world.relations, parcels, ours.programmes.days, senders)
    ours.inviters.append(senders[:count].copy())
