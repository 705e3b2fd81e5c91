"""Stores: people without a platform buy what stands on the shelf; shelves cost money and margin.

A share of needs is taken to a store. There, a shopper looks at ``shelf`` goods, each merchant m
being met in one look with the chance f_m / (others + sum of f),

    f_m = presence_m x (1 + promotion_m / promotion_cost)^promotion_power

and can buy nothing else, however well it is remembered: this is the hold that intermediaries give,
and that who sells without them gives up. Presence closes the gap to 1 by 1 - exp(-spend /
``listing_cost``) and halves in ``delisting_half_life``. What stores keep of a sale (``margin``)
goes to suppliers' account, what listing and promotion cost to that of media.

Stores stand behind the platforms in the arrays of a purchase: platform number P is the stores.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.visits import Needs
from sim.world.market import MEDIA_TOTAL, ORGANIC_CELLS, PLATFORMS, SUPPLIERS

SHOP = int(Stream.SHOP)


@kernel
def go_to_stores(seed: np.uint64, day: int, share: float, stores: int, needs: Needs) -> None:
    """Send a share of those with a need to the stores instead of where they would search."""
    for c in range(len(needs.size)):
        for n in range(needs.size[c]):
            word, _, _, _ = block(seed, SHOP, needs.who[c, n], day, 0)
            if uniform(word) < share:
                needs.platform[c, n] = stores


def stock_shelves(day: Day) -> None:
    """Pay for listing and promotion; presence grows, or fades without."""
    world, shelves = day.world, day.world.shelves
    spec = world.scenario.stores
    shelves.facings[:] = 0.0
    if not shelves.presence.any() and not shelves.listing.any():
        return
    funds = np.maximum(world.accounts.cash + world.accounts.credit, 0)
    able = world.offers.is_open & (shelves.listing + shelves.promotion <= funds)
    listing = np.where(able, shelves.listing, 0)
    promotion = np.where(able, shelves.promotion, 0)
    shelves.presence[:] *= 2.0 ** (-1.0 / spec.delisting_half_life)
    shelves.presence[:] += (1.0 - shelves.presence) * -np.expm1(-listing / spec.listing_cost)
    shelves.presence[:] *= world.in_business
    loud = (1.0 + promotion / spec.promotion_cost) ** spec.promotion_power
    shelves.facings[:] = np.where(world.offers.is_open, shelves.presence * loud, 0.0)
    cost = listing + promotion
    world.accounts.cash[:] -= cost
    world.accounts.totals[MEDIA_TOTAL] += int(cost.sum())
    day.counts.spend_media += cost


def shelf_table(
    facings: np.ndarray, others: float, luck: np.ndarray, cells: int = ORGANIC_CELLS
) -> np.ndarray:
    """Return int16[cells]: merchants in proportion to ``facings`` float64[M]; -1 for goods of
    others, which come last, so that they give way to whoever comes."""
    table = np.full(cells, -1, np.int16)
    total = float(facings.sum()) + others
    if total > 0:
        order = np.argsort(luck, kind="stable")
        edges = np.cumsum(facings[order]) / total
        marks = (np.arange(cells) + 0.5) / cells
        place = np.searchsorted(edges, marks)
        table[:] = np.where(place < len(order), order[np.minimum(place, len(order) - 1)], -1)
    return table


def shelves_behind(
    day: Day, organic: np.ndarray, results: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return unpaid results, and how many are looked at, with the stores behind the platforms."""
    spec = day.world.scenario.stores
    if spec.share == 0.0:
        return organic, results
    offers, facings = day.world.offers, day.world.shelves.facings
    tables = [
        shelf_table(np.where(offers.shelf == g, facings, 0.0), spec.others, offers.luck)
        for g in range(organic.shape[1])
    ]
    return np.concatenate([organic, np.stack(tables)[None]]), np.append(results, spec.shelf)


def terms_behind(day: Day, terms: np.ndarray) -> np.ndarray:
    """Return ``terms`` float64[P, 3] with those of the stores behind them: what they keep."""
    spec = day.world.scenario.stores
    return terms if spec.share == 0.0 else np.vstack([terms, [spec.margin, 0.0, 0.0]])


def without_stores(day: Day, tallies: np.ndarray, fees: int) -> np.ndarray:
    """Take the stores' row off ``tallies`` int64[P + 1, ...]; ``fees``: the column with their
    margins, which go to the suppliers' account and not to the platforms'."""
    platforms = len(day.world.platforms)
    if len(tallies) > platforms:
        flat = tallies.reshape(len(tallies), -1)
        kept = int(flat[platforms, fees])
        day.world.accounts.totals[PLATFORMS] -= kept
        day.world.accounts.totals[SUPPLIERS] += kept
        day.world.shelves.kept[0] += kept
    return tallies[:platforms]
