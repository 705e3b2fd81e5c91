"""A platform's day of selling ads: rank, then tick by tick clear, show, bill, pace.

Auctions are in ``sim.steps.auction`` and ``sim.steps.lots`` (for followers:
``sim.steps.retarget``), what visitors see and do in ``sim.steps.ads``, what it costs in
``sim.steps.billing``; here they are put together, so that budgets are known before each tick.
"""

from __future__ import annotations

import numpy as np

from sim.errors import RunError
from sim.kernel import Threads
from sim.scenario.markets import Platform
from sim.steps.ads import serve_tick
from sim.steps.auction import RULES, rank_bidders
from sim.steps.billing import (
    MITES,
    add_surcharge,
    bids_in,
    new_bill,
    orders_a_click,
    settle_tick,
    surcharges,
)
from sim.steps.day import Day
from sim.steps.exposure import AdLaw, Room, fits, likely, new_room, noticed
from sim.steps.lookalikes import find_lookalikes
from sim.steps.lots import Lots, clear_lots
from sim.steps.order_billing import keep_clicks
from sim.steps.pacing import pace, pace_bids
from sim.steps.retarget import Pool, new_tally, serve_followers, settle_followers
from sim.steps.visits import Plan
from sim.world.market import FOLLOWERS, LOOKALIKES, PLATFORMS, Boards
from sim.world.relations import PAID

FORGET = 0.98  # a platform's memory of click rates fades by 2 % a day (assumption)


def predicted_clicks(boards: Boards, p: int, platform: Platform) -> tuple[np.ndarray, np.ndarray]:
    """Return the click rate relative to average that a platform predicts from the clicks it saw:
    float64[A, M] by aisle, and float64[M] of ads for followers."""
    prior = platform.auction.prior_impressions * platform.click_rate.feed
    by_segment = (boards.clicks[p] + prior) / (boards.expected[p] + prior)
    of_followers = (boards.followed[p, 0] + prior) / (boards.followed[p, 1] + prior)
    return np.asarray(by_segment), np.asarray(of_followers)


class Sale:
    """One platform's day; ``run`` does it. ``left`` is in mites (``sim.steps.billing``)."""

    def __init__(self, day: Day, p: int, platform: Platform, threads: Threads) -> None:
        world = day.world
        self.day, self.p, self.platform, self.threads = day, p, platform, threads
        self.auction = platform.auction
        self.rule = RULES[self.auction.rule]
        self.most = world.offers.bid[p]
        self.factor = surcharges(world.offers, self.auction)
        self.bid = bids_in(self.auction, self.most, self.factor)
        budget = np.where(world.offers.is_open, world.offers.budget[p], 0)
        funds = np.maximum(world.accounts.cash + world.accounts.credit, 0)
        self.mites = MITES[self.auction.billing]
        self.opening = np.minimum(budget, funds).astype(np.int64) * self.mites
        self.left = self.opening.copy()
        self.able = (self.left > 0) & (self.bid >= self.auction.reserve) & (self.bid > 0)
        if self.auction.billing == "order":  # who could not pay one order sits out
            self.able &= self.left >= self.most * self.mites
        self.own = self.able & (world.offers.audience == FOLLOWERS)

    @property
    def any_bidder(self) -> bool:
        """Whether anything can be sold."""
        return self.platform.ad_slots > 0 and bool(self.able.any())

    def run(self, plan: Plan, variants: int, kept: dict[int, Room]) -> None:
        """Sell the slots of all who come by ``plan``, in ``variants`` lots an aisle; rooms are
        ``kept`` by platform."""
        world, slots = self.day.world, self.platform.ad_slots
        self.plan, self.chunks = plan, len(plan.entry)
        self.workers = min(self.threads.count, self.chunks)
        base = np.array([self.platform.click_rate.feed, self.platform.click_rate.search])
        base = np.minimum(base * world.novelty[self.p], 1.0)
        decay = self.platform.click_rate.position_decay ** np.arange(slots + 1)
        self.below = base * decay[-1]
        rates = self.platform.click_rate
        # Who searches a category is shown its merchants; with one category that is everybody.
        apart = world.segments if world.aisles > world.segments else 0
        by_slot, share = np.outer(base, decay[:-1]), float(rates.fit_share)
        self.ads = AdLaw(
            by_slot,
            noticed(float(rates.notice), slots),
            likely(by_slot, share, world.offers.fit_scale),
            float(rates.notice),
            share,
            apart,
        )
        self.impressions = self.auction.billing == "mille"
        self.weight = np.ones(slots) if self.impressions else decay[:-1]
        self._learn()
        self.lots = Lots(
            np.empty((world.aisles, variants, slots), np.int16),
            np.empty((world.aisles, variants, slots), np.int64),
        )
        self.seen, self.batch = self._room(variants, kept)
        self.bill = new_bill(len(self.bid), world.aisles * variants * slots)
        self.tally = new_tally(self.chunks, len(self.bid) if self.own.any() else 0)
        if self.auction.pacing != "throttle":
            world.boards.throttle[self.p] = 1.0
        self._rank(self.bid)
        for tick in range(self.platform.ticks_per_day):
            self._tick(tick)
        self._book()

    def _learn(self) -> None:
        """Let the platform forget a little, and predict."""
        world, p = self.day.world, self.p
        for board in (world.boards.clicks, world.boards.expected, world.boards.followed):
            board[p] *= FORGET
        world.boards.orders[p] *= FORGET
        self.quality, self.of_followers = predicted_clicks(world.boards, p, self.platform)
        self.share = np.ones(len(self.bid))
        if self.impressions:
            self.quality, self.of_followers = map(np.ones_like, (self.quality, self.of_followers))
        elif self.auction.billing == "order":
            orders, mean = orders_a_click(world.boards, p)
            self.quality = self.quality * (orders / mean)
            self.of_followers = self.of_followers * (orders / mean)
            self.share = self.mites * orders

    def _room(self, variants: int, kept: dict[int, Room]) -> Room:
        """Return what visitors write to: what they did yesterday, or new if that does not do."""
        slots = self.platform.ad_slots
        entries = int(self.plan.start[:, :].max(axis=1).max(initial=0))
        most = entries * (slots + bool(self.own.any())) + 64
        shape = (self.workers, self.day.world.aisles, variants, slots)
        quoted = self.auction.billing == "order"
        if self.p not in kept or not fits(kept[self.p].seen, shape, most, quoted):
            kept[self.p] = new_room(shape, self.chunks, most * 5 // 4, quoted)
        kept[self.p].seen.size[:] = 0
        return kept[self.p]

    def _rank(self, bid: np.ndarray) -> None:
        """Rank the bidders of every aisle."""
        world, offers = self.day.world, self.day.world.offers
        target = offers.target
        if (offers.audience == LOOKALIKES).any():
            find_lookalikes(world, self.day.number)
            target = target & (world.boards.alike | (offers.audience != LOOKALIKES)[:, None])
        if world.aisles > world.segments:
            sold = [world.category == g for g in range(len(world.reference_price))]
            target = np.hstack([target, *(target & mine[:, None] for mine in sold)])
        self.order = np.empty((world.aisles, len(bid)), np.int16)
        self.ranked = np.zeros(world.aisles, np.int32)
        self.threads.run(
            rank_bidders,
            world.aisles,
            world.seed,
            self.day.number,
            self.auction.reserve,
            bid,
            self.able & ~self.own,
            target,
            offers.luck,
            self.quality,
            self.order,
            self.ranked,
        )

    def _tick(self, tick: int) -> None:
        """Clear, show, bill and pace one tick."""
        boards, p = self.day.world.boards, self.p
        bid = self.bid
        if self.auction.pacing == "multiplicative":
            bid = np.floor(bid * boards.multiplier[p]).astype(np.int64)
            self._rank(bid)
        # What is left in the unit of bids: at which price one more click could be paid for.
        purse = self.left
        if self.auction.billing == "order":
            purse = np.floor(purse / self.share).astype(np.int64)
        if self.factor is not None:
            purse = np.floor(purse / self.factor).astype(np.int64)
        took_part = purse >= bid
        self._show(tick, bid, purse)
        rows = settle_tick(
            self.lots,
            self.seen.visits.sum(axis=0, dtype=np.int32),
            self.seen.clicks.sum(axis=0, dtype=np.int32),
            self.ads,
            self.impressions,
            self.share,
            self.left,
            boards.clicks[p],
            boards.expected[p],
            self.bill,
        )
        prices = [self.bill.prices[:rows].copy()]
        if self.own.any():
            self._show_followers(tick, np.where(self.own & took_part, bid, 0))
            prices.append(self._settle_followers())
        if self.auction.billing == "click":
            self.day.counts.p_prices[p] += prices
        self._pace(tick, took_part)

    def _show(self, tick: int, bid: np.ndarray, purse: np.ndarray) -> None:
        """Clear the auctions of a tick and serve its visitors."""
        world, day, p = self.day.world, self.day.number, self.p
        self.threads.run(
            clear_lots,
            world.aisles,
            world.seed,
            day,
            p * 64 + tick,
            self.rule,
            self.auction.reserve,
            self.weight,
            bid,
            purse,
            world.boards.throttle[p],
            world.offers.luck,
            self.quality,
            self.order,
            self.ranked,
            self.lots,
        )
        add_surcharge(self.lots, self.most, self.factor)
        self.threads.run(
            serve_tick,
            self.workers,
            np.zeros(1, np.int64),
            world.seed,
            day,
            p * 64 + tick,
            tick,
            self.plan,
            world.consumers,
            world.relations,
            world.offers,
            self.lots,
            self.ads,
            world.laws.memory,
            self.seen,
            self.batch,
        )

    def _show_followers(self, tick: int, bid: np.ndarray) -> None:
        world, p = self.day.world, self.p
        factor = np.ones(len(bid)) if self.factor is None else self.factor
        bid = np.where(bid >= self.auction.reserve, bid, 0)
        share = world.boards.throttle[p]
        self.threads.run(
            serve_followers,
            self.chunks,
            world.seed,
            self.day.number,
            p,
            tick,
            self.rule,
            self.auction.reserve,
            self.below,
            self.plan,
            world.consumers,
            world.relations,
            world.offers,
            self.ads,
            world.laws.memory,
            Pool(bid, self.most, factor, share, self.of_followers),
            self.seen,
            self.tally,
        )

    def _settle_followers(self) -> np.ndarray:
        followed = self.day.world.boards.followed[self.p]
        shown = int(self.tally.impressions.sum())
        self.day.counts.p_retargeted[self.p] += shown
        self.day.counts.p_offered[self.p] += shown
        return settle_followers(
            self.tally, self.below, self.impressions, self.share, self.left, followed, self.bill
        )

    def _pace(self, tick: int, took_part: np.ndarray) -> None:
        boards, p, ticks = self.day.world.boards, self.p, self.platform.ticks_per_day
        worth = self.bill.worth
        if self.auction.pacing == "throttle":
            pace(
                boards.throttle[p],
                boards.rate[p],
                self.opening,
                self.left,
                took_part,
                worth,
                ticks - tick - 1,
                ticks,
            )
        elif self.auction.pacing == "multiplicative":
            pace_bids(boards.multiplier[p], self.opening, took_part, worth, ticks)

    def _book(self) -> None:
        """Enter the day in the books."""
        world, counts, p, bill = self.day.world, self.day.counts, self.p, self.bill
        counts.impressions += bill.impressions
        counts.clicks += bill.clicks
        counts.p_merchant_clicks[p] += bill.clicks
        counts.p_merchant_impressions[p] += bill.impressions
        counts.p_active[p] |= bill.impressions > 0
        counts.p_impressions[p] += int(bill.impressions.sum())
        counts.p_clicks[p] += int(bill.clicks.sum())
        paid = bill.billed if self.auction.billing == "click" else bill.clicks
        counts.billed_clicks += paid
        counts.p_billed[p] += int(paid.sum())
        who, merchant, quote = self._clicks()
        self.day.occasions.add(who, merchant, PAID, p)
        if self.auction.billing == "order":
            keep_clicks(world, self.day.number, p, who, merchant, quote)
            return
        spend = bill.spend // self.mites
        if self.auction.billing == "mille":
            here = np.flatnonzero((spend > 0) & (bill.clicks > 0))
            rows = np.stack([spend[here] // bill.clicks[here], bill.clicks[here]], axis=1)
            counts.p_prices[p].append(rows)
        counts.p_over[p] += int(bill.over[0])
        counts.spend_ads += spend
        counts.p_merchant_spend[p] += spend
        counts.p_spend[p] += int(spend.sum())
        world.accounts.cash[:] -= spend
        world.accounts.totals[PLATFORMS] += int(spend.sum())

    def _clicks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return who clicked on whom today, and at what price of an order, by chunk."""
        seen = self.seen
        if int(seen.size.max(initial=0)) > seen.who.shape[1]:
            raise RunError("more clicks than room for them", stage="traffic", day=self.day.number)
        found = [slice(None, n) for n in seen.size]
        who, merchant, quote = (
            np.concatenate([row[c, here] for c, here in enumerate(found)])
            for row in (seen.who, seen.merchant, seen.quote)
        )
        return who, merchant, quote
