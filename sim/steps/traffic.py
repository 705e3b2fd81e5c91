"""Stage 2, traffic: visits, auctions, impressions, clicks, charges, and what is remembered of them.

A visit is *search* (a need is open) or *feed* (browsing). It sees the ad slots of its lot (see
``sim.steps.auction``) from top to bottom. Who visits when is drawn in ``sim.steps.visits``, what
visitors see and do in ``sim.steps.ads``; here the day is put together, platform by platform and
tick by tick, so that budgets are known before each tick.
"""

from __future__ import annotations

import numpy as np

from sim.errors import RunError
from sim.kernel import Threads
from sim.scenario.markets import Platform
from sim.steps.ads import AdLaw, Bill, Seen, new_batch, pace, serve_tick, settle_tick
from sim.steps.auction import RULES, Lots, clear_lots, rank_bidders
from sim.steps.day import Day, chunk_edges
from sim.steps.visits import Needs, Plan, draw_needs, limits, new_gate, plan_visits, searches
from sim.world.market import PLATFORMS
from sim.world.relations import PAID

FORGET = 0.98  # a platform's memory of click rates fades by 2 % a day (assumption)


class Traffic:
    """The stage with its buffers; ``run`` does one day."""

    def __init__(self, day: Day, threads: Threads) -> None:
        world = day.world
        self.threads = threads
        self.edges = chunk_edges(world.count)
        self.chunks = len(self.edges) - 1
        self.variants = 16 if world.segments <= 64 else 4
        widest = int(np.diff(self.edges).max(initial=0))
        self.gate = new_gate(self.chunks)
        self.needs = self._need_room(widest // 16 + 64)
        self.plan = self._plan_room(widest // 4 + 64, 48)
        self.need_limit = limits(world.consumers.need_rate, 1.0)
        self.visit_limit: dict[int, np.ndarray] = {}
        self.scale = np.full(len(world.platforms), np.nan)

    def _need_room(self, room: int) -> Needs:
        return Needs(
            np.empty((self.chunks, room), np.int32),
            np.empty((self.chunks, room), np.int8),
            np.zeros(self.chunks, np.int64),
        )

    def _plan_room(self, room: int, ticks: int) -> Plan:
        shape = (self.chunks, room)
        return Plan(
            np.empty(shape, np.int32),
            np.empty(shape, np.int32),
            np.empty(shape, np.uint8),
            np.zeros((self.chunks, ticks + 1), np.int32),
        )

    def draw_needs(self, day: Day) -> None:
        """Draw the day's needs and post them as occasions."""
        world = day.world
        search = np.array([world.scenario.platforms[p].search_rate for p in world.platforms])
        while True:
            self.threads.run(
                draw_needs,
                self.chunks,
                self.edges,
                world.seed,
                day.number,
                self.need_limit,
                world.consumers.visit_rate,
                world.visit_scale,
                search,
                self.needs,
                self.gate,
            )
            most = int(self.needs.size.max(initial=0))
            if most <= self.needs.who.shape[1]:
                break
            self.needs = self._need_room(most * 5 // 4)
        found = [slice(None, n) for n in self.needs.size]
        who = np.concatenate([self.needs.who[c, here] for c, here in enumerate(found)])
        platform = np.concatenate([self.needs.platform[c, here] for c, here in enumerate(found)])
        day.occasions.add_needs(who, platform)
        day.counts.needs = int(self.needs.size.sum())

    def run(self, day: Day) -> None:
        """Serve all platforms for a day."""
        self.draw_needs(day)
        for p, name in enumerate(day.world.platforms):
            self._serve(day, p, day.world.scenario.platforms[name])

    def _plan(self, day: Day, p: int, platform: Platform) -> None:
        world = day.world
        scale = float(world.visit_scale[p])
        if self.scale[p] != scale:
            self.scale[p] = scale
            self.visit_limit[p] = limits(world.consumers.visit_rate[p], scale)
        size = np.zeros(self.chunks, np.int64)
        while True:
            self.threads.run(
                plan_visits,
                self.chunks,
                self.edges,
                world.seed,
                day.number,
                p,
                platform.ticks_per_day,
                scale,
                world.consumers.visit_rate[p],
                self.visit_limit[p],
                self.needs,
                self.plan,
                size,
                self.gate,
            )
            most = int(size.max(initial=0))
            if most <= self.plan.raw.shape[1]:
                break
            self.plan = self._plan_room(most * 5 // 4, 48)
        day.counts.p_visits[p] = int(size.sum())
        day.counts.p_searches[p] = searches(self.needs, p)

    def _serve(self, day: Day, p: int, platform: Platform) -> None:
        world, counts = day.world, day.counts
        self._plan(day, p, platform)
        slots, ticks = platform.ad_slots, platform.ticks_per_day
        budget = np.where(world.offers.is_open, world.offers.budget[p], 0)
        funds = np.maximum(world.accounts.cash + world.accounts.credit, 0)
        left = np.minimum(budget, funds).astype(np.int64)
        opening = left.copy()
        bid = world.offers.bid[p]
        able = (left > 0) & (bid >= platform.auction.reserve) & (bid > 0)
        counts.p_bidders[p] = int(able.sum())
        counts.p_offered[p] = int(counts.p_visits[p]) * slots
        if slots == 0 or not able.any() or counts.p_visits[p] == 0:
            return
        base = np.array([platform.click_rate.feed, platform.click_rate.search])
        decay = platform.click_rate.position_decay ** np.arange(slots)
        ads = AdLaw(
            np.outer(base, decay),
            float(platform.click_rate.notice),
            float(platform.click_rate.fit_share),
        )
        quality = self._quality(day, p, platform)
        order = np.empty((world.segments, len(bid)), np.int16)
        ranked = np.zeros(world.segments, np.int32)
        self.threads.run(
            rank_bidders,
            world.segments,
            world.seed,
            day.number,
            platform.auction.reserve,
            bid,
            able,
            world.offers.target,
            world.offers.luck,
            quality,
            order,
            ranked,
        )
        lots = Lots(
            np.empty((world.segments, self.variants, slots), np.int16),
            np.empty((world.segments, self.variants, slots), np.int64),
        )
        seen = self._seen(slots, world.segments)
        batch = new_batch(self.chunks, slots)
        merchants, sold = len(bid), world.segments * self.variants * slots
        bill = Bill(
            impressions=np.zeros(merchants, np.int64),
            clicks=np.zeros(merchants, np.int64),
            billed=np.zeros(merchants, np.int64),
            spend=np.zeros(merchants, np.int64),
            worth=np.zeros(merchants, np.int64),
            prices=np.zeros((sold, 2), np.int64),
            over=np.zeros(1, np.int64),
        )
        throttle = world.boards.throttle[p]
        if platform.auction.pacing == "none":
            throttle[:] = 1.0
        rule = RULES[platform.auction.rule]
        for tick in range(ticks):
            self.threads.run(
                clear_lots,
                world.segments,
                world.seed,
                day.number,
                p * 64 + tick,
                rule,
                platform.auction.reserve,
                bid,
                left,
                throttle,
                world.offers.luck,
                quality,
                order,
                ranked,
                lots,
            )
            self.threads.run(
                serve_tick,
                self.chunks,
                world.seed,
                day.number,
                p * 64 + tick,
                tick,
                self.plan,
                world.consumers,
                world.relations,
                world.offers,
                lots,
                ads,
                world.laws.memory,
                seen,
                batch,
            )
            took_part = left >= bid
            rows = settle_tick(
                lots, seen, ads, left, world.boards.clicks[p], world.boards.expected[p], bill
            )
            counts.p_prices[p].append(bill.prices[:rows].copy())
            if platform.auction.pacing == "throttle":
                rest = ticks - tick - 1
                pace(
                    throttle,
                    world.boards.rate[p],
                    opening,
                    left,
                    took_part,
                    bill.worth,
                    rest,
                    ticks,
                )
        self._book(day, p, bill, seen)

    def _quality(self, day: Day, p: int, platform: Platform) -> np.ndarray:
        """Return float64[S, M]: predicted click rate relative to average, learned from clicks."""
        boards = day.world.boards
        boards.clicks[p] *= FORGET
        boards.expected[p] *= FORGET
        prior = platform.auction.prior_impressions * platform.click_rate.feed
        return np.asarray((boards.clicks[p] + prior) / (boards.expected[p] + prior))

    def _seen(self, slots: int, segments: int) -> Seen:
        entries = self.plan.start[:, :].max(axis=1).max(initial=0)
        room = int(entries) * slots + 64
        return Seen(
            np.zeros((self.chunks, 2, segments, self.variants), np.int32),
            np.zeros((self.chunks, segments, self.variants, slots), np.int32),
            np.empty((self.chunks, room), np.int32),
            np.empty((self.chunks, room), np.int16),
            np.zeros(self.chunks, np.int64),
        )

    def _book(self, day: Day, p: int, bill: Bill, seen: Seen) -> None:
        world, counts = day.world, day.counts
        counts.impressions += bill.impressions
        counts.clicks += bill.clicks
        counts.billed_clicks += bill.billed
        counts.spend_ads += bill.spend
        counts.p_merchant_spend[p] += bill.spend
        counts.p_merchant_clicks[p] += bill.clicks
        counts.p_merchant_impressions[p] += bill.impressions
        counts.p_active[p] |= bill.impressions > 0
        counts.p_impressions[p] += int(bill.impressions.sum())
        counts.p_clicks[p] += int(bill.clicks.sum())
        counts.p_spend[p] += int(bill.spend.sum())
        counts.p_over[p] += int(bill.over[0])
        world.accounts.cash[:] -= bill.spend
        world.accounts.totals[PLATFORMS] += int(bill.spend.sum())
        if int(seen.size.max(initial=0)) > seen.who.shape[1]:
            raise RunError("more clicks than room for them", stage="traffic", day=day.number)
        found = [slice(None, n) for n in seen.size]
        who = np.concatenate([seen.who[c, here] for c, here in enumerate(found)])
        merchant = np.concatenate([seen.merchant[c, here] for c, here in enumerate(found)])
        day.occasions.add(who, merchant, PAID, p)
