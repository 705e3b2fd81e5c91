"""Where orders are billed: whose click an order goes back to, and what it costs.

A platform that is paid by the order keeps the clicks it sold for ``choice.attribution_window``
days, each with the price at which its auction sold an order. An order made on the platform whose
last touch was an ad is billed at the price of the buyer's latest click on that merchant, on the day
it is made, up to what is left of that day's budget and of the purse. What goes beyond is counted
and not billed, as for clicks. Nothing is given back for goods that are sent back.
"""

from __future__ import annotations

import numpy as np

from sim.steps.day import Day
from sim.steps.purchase import MERCHANT, PLATFORM, WHO
from sim.world.market import PLATFORMS
from sim.world.relations import PAID
from sim.world.world import World

DAY, WHERE, VISITOR, SELLER, PRICE = range(5)  # columns of a click that is kept


def keep_clicks(
    world: World, day: int, p: int, who: np.ndarray, merchant: np.ndarray, price: np.ndarray
) -> None:
    """Keep the clicks of a day, in the order in which they were made."""
    rows = np.empty((len(who), 5), np.int64)
    rows[:, DAY], rows[:, WHERE] = day, p
    rows[:, VISITOR], rows[:, SELLER], rows[:, PRICE] = who, merchant, price
    world.sold_clicks.append(rows)


def bill_orders(day: Day) -> None:
    """Bill the day's orders on the platforms that are paid by the order, and let these learn."""
    world = day.world
    window = world.laws.choice.window
    world.sold_clicks = [
        rows for rows in world.sold_clicks if len(rows) and day.number - rows[0, DAY] <= window
    ]
    for p, name in enumerate(world.platforms):
        if world.scenario.platforms[name].auction.billing != "order":
            continue
        merchant, price = _brought_by_ads(day, p)
        world.boards.orders[p] += np.bincount(merchant, minlength=len(world.firms))
        _charge(day, p, merchant, price)


def _brought_by_ads(day: Day, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Return merchant and price int64[n] of the day's orders that ads of platform ``p`` brought."""
    world, relations = day.world, day.world.relations
    orders = day.orders[day.orders[:, PLATFORM] == p]
    mine = [rows[rows[:, WHERE] == p] for rows in world.sold_clicks]
    clicks = np.concatenate([np.zeros((0, 5), np.int64), *mine])
    who, merchant = orders[:, WHO], orders[:, MERCHANT]
    here = relations.merchant[who] == merchant[:, None]
    paid = ((relations.touch[who] & 15) == PAID) & here
    merchants = len(world.firms)
    key = clicks[:, VISITOR] * merchants + clicks[:, SELLER]
    order = np.argsort(key, kind="stable")  # the latest click of a pair comes last
    wanted = who * merchants + merchant
    place = np.searchsorted(key[order], wanted, side="right") - 1
    found = paid.any(axis=1) & (place >= 0)
    found[found] = key[order][place[found]] == wanted[found]
    return merchant[found], clicks[order[place[found]], PRICE]


def _charge(day: Day, p: int, merchant: np.ndarray, price: np.ndarray) -> None:
    """Charge orders one after another, as far as budget and purse go."""
    world, counts = day.world, day.counts
    accounts = world.accounts
    purse = np.maximum(accounts.cash + accounts.credit, 0)
    left = np.minimum(world.offers.budget[p], purse)
    spend = np.zeros(len(left), np.int64)
    for m, cost in zip(merchant, price, strict=True):
        if spend[m] + cost <= left[m]:
            spend[m] += cost
        else:
            counts.p_over[p] += 1
    counts.p_merchant_ad_orders[p] += np.bincount(merchant, minlength=len(left))
    counts.spend_ads += spend
    counts.p_merchant_spend[p] += spend
    counts.p_spend[p] += int(spend.sum())
    clicks = counts.p_merchant_clicks[p]
    paid = np.flatnonzero((spend > 0) & (clicks > 0))
    counts.p_prices[p].append(np.stack([spend[paid] // clicks[paid], clicks[paid]], axis=1))
    accounts.cash[:] -= spend
    accounts.totals[PLATFORMS] += int(spend.sum())
