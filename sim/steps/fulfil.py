"""Stage 6, fulfil: parcels arrive and are judged; stock is ordered; the purse decides who stays.

Satisfaction = 2 (quality - expectation) + noise - lateness, in [-1, 1]. It moves trust, decides
returns, whether the buyer talks and with which sign, and whether the buyer follows the merchant.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.purchase import FEE, MERCHANT, PLATFORM, PRICE, WHO
from sim.world.consumers import Consumers
from sim.world.groups import CHANNEL, GROUP, Care, Groups, add, grown
from sim.world.laws import MemoryLaw, ShareLaw
from sim.world.market import CONSUMERS, PLATFORMS, STAFF, SUPPLIERS, Accounts, Offers
from sim.world.relations import FOLLOWS, MEMBER, MUTED, Relations, deepen, find, forget_merchant

SATISFACTION, RETURN, FOLLOW, TALK = (
    int(Stream.SATISFACTION),
    int(Stream.RETURN),
    int(Stream.FOLLOW),
    int(Stream.TALK),
)
REACH = 256  # parcels whose buyers are looked at in advance
NEVER = -(1 << 62)
LATE = 5  # sixth column of a parcel on its way: days late
UNFOLLOW = -0.3  # trust below which a follower leaves (assumption)


@kernel
def satisfaction(
    seed: np.uint64,
    consumer: int,
    day: int,
    luck: int,
    quality: float,
    late: float,
    law: MemoryLaw,
) -> float:
    """Return how satisfied a buyer is, in [-1, 1]; noise by Box and Muller."""
    w0, w1, _, _ = block(seed, SATISFACTION, consumer, day, luck)
    noise = np.sqrt(-2.0 * np.log(uniform(w0))) * np.cos(2.0 * np.pi * uniform(w1))
    value = 2.0 * (quality - law.expectation) - law.lateness * late
    return float(min(1.0, max(-1.0, value + law.satisfaction_noise * noise)))


@kernel
def deliver(
    seed: np.uint64,
    day: int,
    parcels: np.ndarray,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    accounts: Accounts,
    groups: Groups,
    care: Care,
    memory: MemoryLaw,
    sharing: ShareLaw,
    in_business: np.ndarray,
    tallies: np.ndarray,
    p_fees: np.ndarray,
    satisfied: np.ndarray,
    messages: np.ndarray,
) -> int:
    """Deliver the day's parcels (int64[n, 6]); return how many messages were written.

    ``tallies`` int64[M, 6]: delivered, refunds, money paid back, fees given back, unit costs of
    goods that came back, joins; ``p_fees`` int64[P]; ``satisfied`` float64[M] sums satisfaction.
    """
    talkers = total = 0
    for n in range(len(parcels)):
        if n % REACH == 0:  # the memory of the next buyers comes to the cache together
            for ahead in range(n, min(n + REACH, len(parcels))):
                total += relations.merchant[parcels[ahead, WHO], 0]
                total += relations.touched[parcels[ahead, WHO], 0]
        i, m = parcels[n, WHO], parcels[n, MERCHANT]
        luck = offers.luck[m]
        mood = satisfaction(seed, i, day, luck, offers.quality[m], parcels[n, LATE], memory)
        tallies[m, 0] += 1
        satisfied[m] += mood
        word, _, _, _ = block(seed, RETURN, i, day, luck)
        if in_business[m] and uniform(word) < memory.return_rate * np.exp(-2.0 * mood):
            _refund(parcels[n], m, offers, accounts, tallies, p_fees)
        k = find(relations, i, m)
        if k >= 0:
            deepen(relations, i, k)
            trust = relations.trust[i, k]
            relations.trust[i, k] = trust + memory.trust_step * (mood - trust)
            if relations.trust[i, k] < UNFOLLOW:
                relations.flags[i, k] &= 255 - (FOLLOWS | MEMBER | MUTED)
            elif mood > 0.0:
                _follow(seed, day, i, m, k, luck, mood, relations, groups, care, memory, tallies)
        eager = min(1.0, 2.0 * abs(mood)) * (sharing.complaint_ratio if mood < 0.0 else 1.0)
        word, _, _, _ = block(seed, TALK, i, day, luck)
        if uniform(word) < sharing.buyer_rate * consumers.sociability[i] * eager:
            messages[talkers, 0], messages[talkers, 1] = i, m
            messages[talkers, 2] = -1 if mood < 0.0 else 1
            talkers += 1
    return talkers if total != NEVER else 0


@kernel
def _refund(
    parcel: np.ndarray,
    m: int,
    offers: Offers,
    accounts: Accounts,
    tallies: np.ndarray,
    p_fees: np.ndarray,
) -> None:
    """Take the goods back, pay the buyer, get the fee back."""
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
    relations: Relations,
    groups: Groups,
    care: Care,
    memory: MemoryLaw,
    tallies: np.ndarray,
) -> None:
    """Let a satisfied buyer follow, of their own accord or led by the merchant's effort, and join
    a group if the merchant runs groups."""
    w0, w1, _, _ = block(seed, FOLLOW, i, day, luck)
    led = care.conversion[m] * min(1.0, 2.0 * mood)
    flags = relations.flags[i, k]
    if flags & FOLLOWS == 0:
        if uniform(w0) >= memory.follow_rate + (1.0 - memory.follow_rate) * led:
            return
        relations.flags[i, k] |= FOLLOWS
    if flags & MEMBER == 0 and care.staff[m] > 0.0 and uniform(w1) < care.conversion[m]:
        relations.flags[i, k] |= MEMBER
        relations.flags[i, k] &= 255 - MUTED
        add(groups, m, GROUP, i)
        tallies[m, 5] += 1
    elif flags & FOLLOWS == 0:
        add(groups, m, CHANNEL, i)


def fulfil(day: Day, threads: Threads) -> None:
    """Send today's orders, deliver what is due, restock, pay overheads, close the insolvent."""
    del threads  # orders are few, and the order in which they are served matters
    send(day)
    _deliver_due(day)
    _restock(day)
    _overheads(day)
    close_insolvent(day)


def send(day: Day) -> None:
    """Hand today's orders to the carrier: ``capacity`` a day, the rest waits its turn."""
    world = day.world
    parcels = day.orders
    if not len(parcels):
        parcels = np.zeros((0, 5), np.int64)
    who = parcels[:, MERCHANT]
    specs = [firm.spec.operations for firm in world.firms]
    travel = np.array([round(s.delivery) for s in specs], np.int64)
    capacity = np.array([s.capacity or (0 if s.capacity == 0 else -1) for s in specs], np.int64)
    new = np.bincount(who, minlength=len(specs))
    # Position of each order in its merchant's queue of the day.
    order = np.argsort(who, kind="stable")
    place = np.empty(len(who), np.int64)
    place[order] = np.arange(len(who)) - np.repeat(np.cumsum(new) - new, new)
    limited = capacity[who] >= 0
    wait = np.zeros(len(who), np.int64)
    queue = world.accounts.backlog[who] + place
    wait[limited] = queue[limited] // np.maximum(capacity[who][limited], 1)
    world.accounts.backlog[:] = np.where(
        capacity >= 0, np.maximum(0, world.accounts.backlog + new - capacity), 0
    )
    due = day.number + travel[who] + wait
    for d in np.unique(due):
        rows = due == d
        late = np.concatenate([parcels[rows], wait[rows, None]], axis=1)
        world.parcels.setdefault(int(max(d, day.number)), []).append(late)


def _deliver_due(day: Day) -> None:
    world, counts = day.world, day.counts
    due = world.parcels.pop(day.number, [])
    if not due:
        return
    parcels = np.concatenate(due)
    merchants = len(world.firms)
    world.groups = grown(world.groups, 2 * min(merchants, len(parcels)) + len(parcels) // 2 + 2)
    tallies = np.zeros((merchants, 6), np.int64)
    p_fees = np.zeros(len(world.platforms), np.int64)
    messages = np.empty((len(parcels), 3), np.int64)
    talkers = deliver(
        world.seed,
        day.number,
        parcels,
        world.consumers,
        world.relations,
        world.offers,
        world.accounts,
        world.groups,
        world.care,
        world.laws.memory,
        world.laws.sharing,
        world.in_business,
        tallies,
        p_fees,
        counts.satisfaction,
        messages,
    )
    if talkers:
        world.messages.append(messages[:talkers].copy())
    counts.delivered += tallies[:, 0]
    counts.refunds += tallies[:, 1]
    counts.restocked += tallies[:, 1]
    counts.revenue -= tallies[:, 2]
    counts.fees -= tallies[:, 3]
    counts.cogs -= tallies[:, 4]
    counts.joins += tallies[:, 5]
    counts.p_fees += p_fees
    care = world.care
    gifts = np.rint(tallies[:, 0] * care.conversion * care.conversion_cost).astype(np.int64)
    world.accounts.cash[:] -= gifts
    world.accounts.totals[STAFF] += int(gifts.sum())
    counts.spend_community += gifts


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
        # Supplies come in lots of a day's sales at least, and only what the purse allows.
        if missing < max(1.0, accounts.expected[m]):
            continue
        cost = max(1, int(world.offers.unit_cost[m]))
        quantity = min(missing, max(0, int(accounts.cash[m] + accounts.credit[m])) // cost)
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
    """Close who is below the credit line: customers are free, groups dissolve, stock is lost."""
    world = day.world
    broke = world.in_business & (world.accounts.cash < -world.accounts.credit)
    for m in np.flatnonzero(broke):
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
        forget_merchant(world.relations, int(m))
        pages = np.flatnonzero(world.groups.owner[: world.groups.used[0]] == m)
        world.groups.size[pages] = 0
        world.groups.muted[pages] = 0
        day.counts.exits += 1
