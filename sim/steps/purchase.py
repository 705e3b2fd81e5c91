"""Stage 5, purchase: occasions become orders; money changes hands.

Choices are made first, all on the same state (``sim.steps.choice``), then orders are taken one by
one in a fixed order that starts at another place every day, so that nobody is always first at a
short stock.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, kernel, prefetch, whole
from sim.rng import Stream, block, uniform
from sim.steps.answers import turn_to_teams, with_answers
from sim.steps.choice import Chosen, choose
from sim.steps.day import Day
from sim.steps.funnel import count_first, count_return
from sim.steps.stores import shelves_behind, terms_behind, without_stores
from sim.world.clients import Clients, count_order, prefetch_pair, with_room
from sim.world.deals import best_deal
from sim.world.laws import MemoryLaw
from sim.world.market import (
    CONSUMERS,
    ORGANIC_CELLS,
    PLATFORMS,
    Accounts,
    Offers,
    post_prices,
)
from sim.world.relations import (
    BOUGHT,
    NO_TOUCH,
    ORGANIC,
    PAID,
    STORE,
    TOUCHES,
    Relations,
    deepen,
    find,
    mark,
    warm,
)

TILL = int(Stream.TILL)
PIECE = 512
AHEAD = 16  # orders in advance of which a buyer's rows are fetched
FADES = 2 ** (-1 / 14)  # what a day leaves of sales velocity: it halves in two weeks
WHO, MERCHANT, PRICE, FEE, PLATFORM = range(5)  # columns of a parcel


@kernel
def take_orders(
    seed: np.uint64,
    day: int,
    turns: np.ndarray,
    who: np.ndarray,
    tempting: np.ndarray,
    platform: np.ndarray,
    chosen: Chosen,
    relations: Relations,
    offers: Offers,
    accounts: Accounts,
    clients: Clients,
    terms: np.ndarray,
    till: np.ndarray,
    law: MemoryLaw,
    by_touch: np.ndarray,
    by_first: np.ndarray,
    tallies: np.ndarray,
    p_tallies: np.ndarray,
    p_new: np.ndarray,
    parcels: np.ndarray,
    funnel: np.ndarray,
) -> int:
    """Take the orders of the day; return how many parcels were written.

    ``turns`` int64[n]: occasions in which somebody is chosen, in the order in which it is their
    turn; ``terms`` float64[P, 3]: fee, discount and rebate of each platform; ``till`` int64[M]:
    platform that takes a merchant's orders which no platform brought (-1: the own shop);
    ``by_touch``, ``by_first`` int64[M, 9]; ``tallies`` int64[M, 8]: new customers, repeat orders,
    stock-outs, revenue, fees, unit costs, orders on promotion and what was taken off;
    ``p_tallies`` int64[P, 4]: orders, fees less subsidies, subsidies, orders of searchers;
    ``p_new`` int64[P, M]: new customers by a click; ``parcels`` int64[n, 5]: the price is what the
    buyer paid, the fee what the platform kept; ``funnel`` int64[M, 3] (``sim.steps.funnel``).
    """
    sent = 0
    for step in range(len(turns)):
        soon = turns[min(step + AHEAD, len(turns) - 1)]
        prefetch(relations.merchant, who[soon])
        prefetch(relations.bought, who[soon])
        prefetch_pair(clients, who[soon], chosen.merchant[soon])
        n = turns[step]
        i, m, touch = whole(who[n]), chosen.merchant[n], whole(chosen.touch[n])
        k = find(relations, i, m)
        if k >= 0 and relations.bought[i, k] == day:
            continue  # has it since today: five friends who tell of it are no reason to buy five
        p, here = whole(till[m]), whole(platform[n])
        if here >= 0 and (touch == PAID or touch == ORGANIC):  # noqa: SIM109 - two tests
            p = here if offers.listed[here, m] else p
        elif touch == STORE:
            p = here
        if p < 0 and offers.friction[m] > 0.0:
            word, _, _, _ = block(seed, TILL, i, day, offers.luck[m])
            if uniform(word) < offers.friction[m]:
                continue
        accounts.demand[m] += 1.0
        if accounts.stock[m] <= 0:
            tallies[m, 2] += 1
            if k >= 0:
                deepen(relations, i, k)
                relations.trust[i, k] = max(-1.0, relations.trust[i, k] - 0.1)
            continue
        price = offers.price[m]
        if len(offers.deals.off) > 0:
            deal = best_deal(offers.deals, relations, seed, day, i, m, k, whole(offers.luck[m]))
            if deal >= 0:
                price -= offers.deals.off[deal]
                tallies[m, 6] += 1
                tallies[m, 7] += offers.deals.off[deal]
        cut = 0
        if p >= 0:
            discount = int(np.rint(price * terms[p, 1]))
            rebate = int(np.rint(price * terms[p, 2]))
            cut = int(np.rint(price * terms[p, 0])) - discount - rebate
            price -= discount
            p_tallies[p, 0] += 1
            p_tallies[p, 1] += cut
            p_tallies[p, 2] += discount + rebate
            p_tallies[p, 3] += tempting[n] < 0
        accounts.stock[m] -= 1
        accounts.cash[m] += price - cut
        accounts.totals[CONSUMERS] += price
        accounts.totals[PLATFORMS] += cut
        tallies[m, 3] += price
        tallies[m, 4] += cut
        tallies[m, 5] += offers.unit_cost[m]
        by_touch[m, touch] += 1
        k = warm(relations, i, m, law.purchase, law.fade)
        before = -1
        first = touch
        if k >= 0:
            before = whole(relations.bought[i, k])
            if touch != NO_TOUCH:
                mark(relations, i, k, touch, day)
            first = whole(relations.touch[i, k]) >> 4
            relations.flags[i, k] |= BOUGHT
            relations.bought[i, k] = day
        if before < 0:
            tallies[m, 0] += 1
            by_first[m, first] += 1
            count_first(relations, i, k, first)
            if touch == PAID and p >= 0:
                p_new[p, m] += 1
        else:
            tallies[m, 1] += 1
            count_return(relations, i, k, touch, m, funnel)
        count_order(clients, i, m, day, price - cut - offers.unit_cost[m])
        parcels[sent, WHO] = i
        parcels[sent, MERCHANT] = m
        parcels[sent, PRICE] = price
        parcels[sent, FEE] = cut
        parcels[sent, PLATFORM] = p
        sent += 1
    return sent


def tills(offers: Offers) -> np.ndarray:
    """Return int64[M]: the platform that takes a merchant's orders which no platform brought; -1
    for an own shop, and where there is no platform."""
    if len(offers.listed) == 0:
        return np.full(len(offers.own_shop), -1, np.int64)
    first = np.where(offers.listed.any(axis=0), offers.listed.argmax(axis=0), -1)
    return np.where(offers.own_shop, -1, first).astype(np.int64)


def organic_table(weight: np.ndarray, luck: np.ndarray, cells: int = ORGANIC_CELLS) -> np.ndarray:
    """Return int16[cells]: merchants in proportion to ``weight`` float64[M], so that a result is
    drawn with one look; all -1 where nobody has weight."""
    table = np.full(cells, -1, np.int16)
    total = float(weight.sum())
    if total > 0:
        # Sorted by luck, so that a merchant without weight moves nobody's cells.
        order = np.argsort(luck, kind="stable")
        edges = np.cumsum(weight[order]) / total
        marks = (np.arange(cells) + 0.5) / cells
        table[:] = order[np.minimum(np.searchsorted(edges, marks), len(order) - 1)]
    return table


def rank_organic(day: Day) -> None:
    """Refresh every platform's unpaid results, by category: low price and what sells."""
    world = day.world
    world.offers.shelf[:] = np.where(world.offers.is_open, world.category, -1)
    for p, name in enumerate(world.platforms):
        spec = world.scenario.platforms[name].organic
        weight = np.exp(-spec.price_weight * world.offers.log_price.astype(np.float64))
        weight *= (spec.head_start + world.boards.velocity[p]) ** spec.velocity_weight
        weight[~world.offers.listed[p]] = 0.0
        for g in range(world.boards.organic.shape[1]):
            sold = np.where(world.offers.shelf == g, weight, 0.0)
            world.boards.organic[p, g] = organic_table(sold, world.offers.luck)


def purchase(day: Day, threads: Threads) -> None:
    """Turn the day's occasions into orders (``day.orders``)."""
    world = day.world
    rank_organic(day)
    who, tempting, touch, platform = day.occasions.joined()
    chosen = Chosen(np.full(len(who), -1, np.int16), np.zeros(len(who), np.int8))
    specs = [world.scenario.platforms[name] for name in world.platforms]
    organic, results = shelves_behind(
        day, world.boards.organic, np.array([spec.organic.slots for spec in specs], np.int64)
    )
    pieces = -(-len(who) // PIECE)
    edges = np.minimum(np.arange(pieces + 1) * PIECE, len(who))
    threads.run(
        choose,
        pieces,
        edges,
        world.seed,
        day.number,
        who,
        tempting,
        touch,
        platform,
        world.consumers,
        world.relations,
        world.offers,
        world.graph,
        organic,
        results,
        -np.log1p(-terms_of(day)[:, 1]),
        world.laws.choice,
        world.laws.memory.fade,
        chosen,
    )
    turn_to_teams(day, who, tempting, platform, chosen)
    who, tempting, platform, chosen = with_answers(day, who, tempting, platform, chosen)
    day.orders = take(day, who, tempting, platform, chosen, world.offers)
    _get_used_to(day, day.orders)
    world.boards.velocity[:] *= FADES
    learn_velocity(day, day.orders)


def terms_of(day: Day) -> np.ndarray:
    """Return float64[P, 3]: fee, discount for buyers and rebate for merchants of each platform;
    with stores, these come behind the platforms."""
    world = day.world
    specs = [world.scenario.platforms[name] for name in world.platforms]
    terms = np.array([(s.fee, s.subsidy.buyers, s.subsidy.merchants) for s in specs], np.float64)
    return terms_behind(day, terms.reshape(len(specs), 3))


def take(
    day: Day,
    who: np.ndarray,
    tempting: np.ndarray,
    platform: np.ndarray,
    chosen: Chosen,
    offers: Offers,
) -> np.ndarray:
    """Take orders at the prices of ``offers`` and book them; return the parcels int64[n, 5]."""
    world, counts = day.world, day.counts
    merchants, terms = len(world.firms), terms_of(day)
    tallies = np.zeros((merchants, 8), np.int64)
    p_tallies = np.zeros((len(terms), 4), np.int64)
    turns = np.flatnonzero(chosen.merchant >= 0)
    parcels = np.empty((len(turns), 5), np.int64)
    world.clients = with_room(world.clients, len(parcels), day.number)
    word = block(world.seed, int(Stream.FULFIL_ORDER), 0, day.number, 0)[0]
    first = int(word) % max(1, len(who))
    by_touch, by_first = (np.zeros((merchants, TOUCHES), np.int64) for _ in range(2))
    sent = take_orders(
        world.seed,
        day.number,
        np.roll(turns, -int(np.searchsorted(turns, first))),
        who,
        tempting,
        platform,
        chosen,
        world.relations,
        offers,
        world.accounts,
        world.clients,
        terms,
        tills(offers),
        world.laws.memory,
        by_touch,
        by_first,
        tallies,
        p_tallies,
        counts.p_merchant_new,
        parcels,
        counts.funnel,
    )
    counts.by_touch += by_touch
    counts.by_first += by_first
    counts.new_customers += tallies[:, 0]
    counts.repeat_orders += tallies[:, 1]
    counts.stockouts += tallies[:, 2]
    counts.revenue += tallies[:, 3]
    counts.gmv += tallies[:, 3]
    counts.fees += tallies[:, 4]
    counts.cogs += tallies[:, 5]
    counts.orders_promoted += tallies[:, 6]
    counts.discounts += tallies[:, 7]
    p_tallies = without_stores(day, p_tallies, 1)
    counts.p_orders += p_tallies[:, 0]
    counts.p_fees += p_tallies[:, 1]
    counts.p_subsidies += p_tallies[:, 2]
    counts.p_search_orders += p_tallies[:, 3]
    return parcels[:sent]


def _get_used_to(day: Day, parcels: np.ndarray) -> None:
    """Let the price that feels normal follow what was paid today, category by category."""
    world = day.world
    half_life = world.scenario.choice.reference_half_life
    if half_life is None:
        return
    category = world.category[parcels[:, MERCHANT]]
    for g in np.unique(category):
        paid = float(parcels[category == g, PRICE].mean())
        world.reference_price[g] += (1 - 2 ** (-1 / half_life)) * (paid - world.reference_price[g])
    post_prices(world.offers, world.reference_price[world.category])


def learn_velocity(day: Day, parcels: np.ndarray) -> None:
    """Let platforms see sales of today."""
    velocity = day.world.boards.velocity
    for p in range(len(velocity)):
        here = parcels[parcels[:, PLATFORM] == p, MERCHANT]
        sold = np.bincount(here, minlength=velocity.shape[1])
        velocity[p] += (1 - FADES) * sold
        day.counts.p_active[p] |= sold > 0
        day.counts.p_merchant_orders[p] += sold
