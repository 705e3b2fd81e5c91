"""Parcels arrive; what buyers think of them (``sim.steps.judge``) moves trust; goods come back;
buyers follow and talk.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, kernel, prefetch, whole
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.funnel import count_steps
from sim.steps.judge import Judged, judge
from sim.steps.purchase import FEE, MERCHANT, PLATFORM, PRICE, WHO
from sim.steps.stores import without_stores
from sim.world.clients import Clients, give_back
from sim.world.consumers import Consumers
from sim.world.groups import CHANNEL, GROUP, UNFOLLOW, Care, Groups, add, grown
from sim.world.laws import MemoryLaw
from sim.world.market import CONSUMERS, PLATFORMS, STAFF, SUPPLIERS, Accounts, Offers, charm
from sim.world.relations import FOLLOWS, MEMBER, MUTED, Relations, deepen, find

FOLLOW = int(Stream.FOLLOW)
AHEAD = 16  # parcels in advance of which a buyer's rows are fetched


@kernel
def deliver(
    seed: np.uint64,
    day: int,
    parcels: np.ndarray,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    accounts: Accounts,
    clients: Clients,
    groups: Groups,
    care: Care,
    memory: MemoryLaw,
    in_business: np.ndarray,
    judged: Judged,
    gifts: np.ndarray,
    tallies: np.ndarray,
    p_fees: np.ndarray,
    satisfied: np.ndarray,
    messages: np.ndarray,
    funnel: np.ndarray,
) -> int:
    """Deliver the day's parcels (int64[n, 6]); return how many messages were written.

    ``judged`` is what buyers think of them; ``gifts`` int64[M]: parcels that may lead their
    buyer into a group, counted down; ``tallies`` int64[M, 6]: delivered, refunds, money paid back,
    fees given back, unit costs of goods that came back, joins; ``p_fees`` int64[P]; ``satisfied``
    float64[M] sums satisfaction; ``funnel`` int64[M, 3] (``sim.steps.funnel``).
    """
    talkers = 0
    for n in range(len(parcels)):
        soon = parcels[min(n + AHEAD, len(parcels) - 1), WHO]
        prefetch(relations.merchant, soon)
        prefetch(relations.trust, soon)
        i, m = parcels[n, WHO], parcels[n, MERCHANT]
        mood = judged.mood[n]
        tallies[m, 0] += 1
        satisfied[m] += mood
        if in_business[m] and judged.returns[n]:
            refund(parcels[n], m, offers, accounts, clients, tallies, p_fees)
        effort = care.conversion[m] if gifts[m] > 0 else 0.0
        gifts[m] -= gifts[m] > 0
        k = experience(relations, i, m, mood, memory)
        if k >= 0 and mood > 0.0 and relations.trust[i, k] >= UNFOLLOW:
            joins = effort if care.staff[m] > 0.0 else 0.0
            before = whole(relations.flags[i, k])
            drawn = charm(offers, consumers, i, m)
            tallies[m, 5] += _follow(
                seed,
                day,
                i,
                m,
                k,
                offers.luck[m],
                mood,
                effort,
                drawn,
                joins,
                relations,
                groups,
                memory,
            )
            count_steps(relations, i, k, before, m, funnel)
        if judged.talks[n]:
            messages[talkers, 0], messages[talkers, 1] = i, m
            messages[talkers, 2] = -1 if mood < 0.0 else 1
            talkers += 1
    return talkers


@kernel
def experience(relations: Relations, i: int, m: int, mood: float, memory: MemoryLaw) -> int:
    """Move trust towards what was experienced; return the slot, or -1 if all is forgotten."""
    k = find(relations, i, m)
    if k >= 0:
        deepen(relations, i, k)
        trust = relations.trust[i, k]
        relations.trust[i, k] = trust + memory.trust_step * (mood - trust)
    return k


@kernel
def refund(
    parcel: np.ndarray,
    m: int,
    offers: Offers,
    accounts: Accounts,
    clients: Clients,
    tallies: np.ndarray,
    p_fees: np.ndarray,
) -> None:
    """Take the goods back, pay the buyer, get the fee back."""
    give_back(clients, parcel[WHO], m, parcel[PRICE] - parcel[FEE] - offers.unit_cost[m])
    accounts.stock[m] += 1
    accounts.cash[m] += parcel[FEE] - parcel[PRICE]
    accounts.totals[CONSUMERS] -= parcel[PRICE]
    accounts.totals[PLATFORMS] -= parcel[FEE]
    if parcel[PLATFORM] >= 0:
        p_fees[parcel[PLATFORM]] -= parcel[FEE]
    tallies[m, 1] += 1
    tallies[m, 2] += parcel[PRICE]
    tallies[m, 3] += parcel[FEE]
    tallies[m, 4] += offers.unit_cost[m]


@kernel
def _follow(
    seed: np.uint64,
    day: int,
    i: int,
    m: int,
    k: int,
    luck: int,
    mood: float,
    effort: float,
    drawn: float,
    joins: float,
    relations: Relations,
    groups: Groups,
    memory: MemoryLaw,
) -> int:
    """Let a satisfied buyer follow, of their own accord, led by the merchant's ``effort`` or drawn
    by its persona, and join a group with a chance of ``joins``; return 1 for who joins, else 0."""
    w0, w1, _, _ = block(seed, FOLLOW, i, day, luck)
    led = effort * min(1.0, 2.0 * mood)
    led += (1.0 - led) * drawn
    flags = relations.flags[i, k]
    if flags & FOLLOWS == 0:
        if uniform(w0) >= memory.follow_rate + (1.0 - memory.follow_rate) * led:
            return 0
        relations.flags[i, k] |= FOLLOWS
    if flags & MEMBER == 0 and uniform(w1) < joins:
        relations.flags[i, k] |= MEMBER
        relations.flags[i, k] &= 255 - MUTED
        add(groups, m, GROUP, i)
        groups.moved[m] += flags & FOLLOWS != 0
        return 1
    if flags & FOLLOWS == 0:
        add(groups, m, CHANNEL, i)
    return 0


def deliver_due(day: Day, threads: Threads) -> None:
    """Deliver what arrives today; pay the gifts that lead buyers into groups."""
    world, counts = day.world, day.counts
    due = world.parcels.pop(day.number, [])
    if not due:
        return
    parcels = day.delivered = np.concatenate(due)
    merchants = len(world.firms)
    world.groups = grown(world.groups, 2 * min(merchants, len(parcels)) + len(parcels) // 2 + 2)
    tallies = np.zeros((merchants, 6), np.int64)
    p_fees = np.zeros(len(world.platforms) + 1, np.int64)  # stores come last
    messages = np.empty((len(parcels), 3), np.int64)
    gifts = _affordable_gifts(day, len(parcels))
    may_give = gifts.copy()
    talkers = deliver(
        world.seed,
        day.number,
        parcels,
        world.consumers,
        world.relations,
        world.offers,
        world.accounts,
        world.clients,
        world.groups,
        world.care,
        world.laws.memory,
        world.in_business,
        judge(day, parcels, threads),
        gifts,
        tallies,
        p_fees,
        counts.satisfaction,
        messages,
        counts.funnel,
    )
    book(day, tallies, p_fees, messages[:talkers])
    _pay_service(day, tallies[:, 0], tallies[:, 1])
    cost = _cost_of_gifts(world.care, may_give - gifts)
    world.accounts.cash[:] -= cost
    world.accounts.totals[STAFF] += int(cost.sum())
    counts.spend_community += cost


def _pay_service(day: Day, delivered: np.ndarray, returned: np.ndarray) -> None:
    """Pay for the service of orders delivered and the carriage of those returned, int64[M]."""
    world, terms = day.world, day.world.terms
    service = np.where(world.in_business, delivered * terms.service, 0)
    carriage = returned * terms.return_cost
    world.accounts.cash[:] -= service + carriage
    world.accounts.totals[SUPPLIERS] += int(service.sum() + carriage.sum())
    day.counts.service += service
    day.counts.logistics += carriage


def _cost_of_gifts(care: Care, number: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(number * care.conversion * care.conversion_cost).astype(np.int64))


def _affordable_gifts(day: Day, most: int) -> np.ndarray:
    """Return int64[M]: how many gifts, up to ``most``, what is left of the day's limit pays."""
    care, counts = day.world.care, day.counts
    left = np.maximum(care.daily_limit - counts.spend_ads - counts.spend_community, 0)
    each = care.conversion * care.conversion_cost
    with np.errstate(divide="ignore", invalid="ignore"):
        number = np.where(each > 0, left / each, most)
    return np.asarray(np.minimum(number, most).astype(np.int64))


def book(day: Day, tallies: np.ndarray, p_fees: np.ndarray, messages: np.ndarray) -> None:
    """Enter what deliveries or cancellations came to (``deliver``) in the books of the day."""
    counts = day.counts
    if len(messages):
        day.world.messages.append(messages.copy())
    counts.delivered += tallies[:, 0]
    counts.refunds += tallies[:, 1]
    counts.restocked += tallies[:, 1]
    counts.revenue -= tallies[:, 2]
    counts.fees -= tallies[:, 3]
    counts.cogs -= tallies[:, 4]
    counts.joins += tallies[:, 5]
    counts.p_fees += without_stores(day, p_fees, 0)
