"""What ads cost: charged per click, per thousand impressions, or per order.

Bids, prices and reserve are in the unit that is billed. Bidders are ranked by what a platform
expects of an impression: bid x click rate; the bid alone; bid x click rate x orders a click.
Budgets are hard caps in all three: what goes beyond what is left is counted, not billed.

Inside a day charges are kept in *mites*, so that no fraction of the smallest coin is lost: one a
fen where clicks are billed, else a thousand. An impression then costs its price per mille in mites.
An order is not made yet, so a click sets aside the price of an order times the orders a click; what
is billed in the end is up to ``sim.steps.order_billing``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel, whole
from sim.scenario.markets import Auction
from sim.steps.auction import posted
from sim.steps.exposure import AdLaw
from sim.steps.lots import Lots
from sim.world.market import EVERYBODY, Boards, Offers

MITES = {"click": 1, "mille": 1000, "order": 1000}  # parts of the smallest coin
ORDERS_A_CLICK = 0.01  # before anything is known (assumption; Taobao .5 %, search engines 7.5 %)
PRIOR_ORDERS = 5.0  # weight of the platform's mean in a merchant's orders a click (assumption)


class Bill(NamedTuple):
    """What a day comes to, by merchant int64[M]: impressions, clicks, billed (clicks, or
    impressions where these are), spend [mites]; over int64[1]. Of the last tick: prices
    int64[R, 2]: (price, billed) of each slot sold; worth int64[M] [mites]: what it would have cost
    without the cap of the budget."""

    impressions: np.ndarray
    clicks: np.ndarray
    billed: np.ndarray
    spend: np.ndarray
    worth: np.ndarray
    prices: np.ndarray
    over: np.ndarray


def new_bill(merchants: int, sold: int) -> Bill:
    """Return an empty bill with room for the prices of ``sold`` slots a tick."""

    def zero() -> np.ndarray:
        return np.zeros(merchants, np.int64)

    return Bill(
        zero(), zero(), zero(), zero(), zero(), np.zeros((sold, 2), np.int64), np.zeros(1, np.int64)
    )


def orders_a_click(boards: Boards, p: int) -> tuple[np.ndarray, float]:
    """Return how many orders a click of each merchant is predicted to bring, float64[M], and the
    platform's mean, both learned from the orders that ads brought."""
    orders = boards.orders[p]
    clicks = boards.clicks[p].sum(axis=0) + boards.followed[p, 0]
    mean = (orders.sum() + 1.0) / (clicks.sum() + 1.0 / ORDERS_A_CLICK)
    prior = PRIOR_ORDERS / mean
    return (orders + PRIOR_ORDERS) / (clicks + prior), float(mean)


def surcharges(offers: Offers, auction: Auction) -> np.ndarray | None:
    """Return float64[M] by how much more than the auction's price each pays who chooses whom to
    reach, as a factor; None where the platform takes no surcharge."""
    if auction.precision_surcharge == 0:
        return None
    return np.where(offers.audience == EVERYBODY, 1.0, 1.0 + float(auction.precision_surcharge))


def bids_in(auction: Auction, bid: np.ndarray, factor: np.ndarray | None) -> np.ndarray:
    """Return int64[M]: what the auction gets to see of bids: without the surcharge to come, and for
    a posted price no more than that."""
    if factor is not None:
        bid = np.floor(bid / factor + 1e-9).astype(np.int64)
    return posted(bid, auction.reserve) if auction.rule == "fixed_price" else bid


def add_surcharge(lots: Lots, bid: np.ndarray, factor: np.ndarray | None) -> None:
    """Raise the prices of a tick by what precision costs, rounded up, never above the bid."""
    if factor is None:
        return
    winner = np.maximum(lots.winner, 0)
    dearer = np.ceil(lots.price * factor[winner] - 1e-9).astype(np.int64)
    lots.price[:] = np.minimum(dearer, bid[winner]) * (lots.winner >= 0)


@kernel
def settle_tick(
    lots: Lots,
    visits: np.ndarray,
    seen_clicks: np.ndarray,
    ads: AdLaw,
    impressions: bool,
    share: np.ndarray,
    left: np.ndarray,
    clicks: np.ndarray,
    expected: np.ndarray,
    bill: Bill,
) -> int:
    """Bill a tick up to budgets, teach the platform.

    ``visits`` int32[2, S, V] (feed, search) and ``seen_clicks`` int32[S, V, J] are what all chunks
    have seen. Billed are ``impressions`` or else clicks, each at its price times ``share``
    float64[M] [mites]. Writes ``left`` int64[M] [mites], the board's clicks and expected clicks
    float64[A, M], and ``bill``; returns the number of rows of ``bill.prices`` in use.
    """
    segments, variants, slots = lots.winner.shape
    rows = 0
    bill.worth[:] = 0
    for s in range(segments):
        for v in range(variants):
            feed, search = whole(visits[0, s, v]), whole(visits[1, s, v])
            if feed + search == 0:
                continue
            for j in range(slots):
                m = lots.winner[s, v, j]
                if m < 0:
                    break
                total = whole(seen_clicks[s, v, j])
                bill.impressions[m] += feed + search
                bill.clicks[m] += total
                clicks[s, m] += total
                expected[s, m] += feed * ads.base[0, j] + search * ads.base[1, j]
                if impressions:
                    total = feed + search
                price = int(np.rint(lots.price[s, v, j] * share[m]))
                bill.worth[m] += total * price
                billed = total
                if price > 0 and total > left[m] // price:
                    billed = left[m] // price
                    bill.over[0] += total - billed
                left[m] -= billed * price
                bill.billed[m] += billed
                bill.spend[m] += billed * price
                if billed > 0:
                    bill.prices[rows, 0] = price
                    bill.prices[rows, 1] = billed
                    rows += 1
    return rows
