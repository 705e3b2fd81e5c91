"""Stage 2, traffic: visits, auctions, impressions, clicks, charges, and what is remembered of them.

A visit is *search* (a need is open) or *feed* (browsing). It sees the ad slots of its lot (see
``sim.steps.lots``) from top to bottom. Who visits when is drawn in ``sim.steps.visits``, how a
platform sells its slots is in ``sim.steps.selling``; here the day is put together, platform by
platform.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np

from sim.kernel import Threads
from sim.scenario.markets import Platform
from sim.steps.day import Day, chunk_edges
from sim.steps.exposure import Room
from sim.steps.migration import move_visits
from sim.steps.opt_out import opt_out, without_ads
from sim.steps.selling import Sale
from sim.steps.stores import go_to_stores
from sim.steps.visits import (
    Needs,
    Plan,
    draw_needs,
    limits,
    new_gate,
    new_plan,
    plan_visits,
)

KINDS_OF_DAYS = 16  # whose gates are kept, 4 bytes a person each


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
        self.rooms: dict[int, Room] = {}
        # One for each kind of day that the calendar knows, and no more than a week and festivals.
        self.need_limit: dict[Hashable, np.ndarray] = {}
        self.visit_limit: dict[Hashable, np.ndarray] = {}

    def _need_room(self, room: int) -> Needs:
        return Needs(
            np.empty((self.chunks, room), np.int32),
            np.empty((self.chunks, room), np.int8),
            np.empty((self.chunks, room), np.int8),
            np.zeros(self.chunks, np.int64),
        )

    def _plan_room(self, room: int, ticks: int) -> Plan:
        width = int(np.diff(self.edges).max(initial=0))
        return new_plan(self.chunks, width, room, ticks)

    def draw_needs(self, day: Day) -> None:
        """Draw the day's needs and post them as occasions."""
        world = day.world
        search = np.array([world.scenario.platforms[p].search_rate for p in world.platforms])
        scale = world.scenario.calendar.needs(day.number)
        limit = _kept(
            self.need_limit,
            scale,
            lambda: np.stack([limits(rate, scale) for rate in world.consumers.need_rate]),
        )
        while True:
            self.threads.run(
                draw_needs,
                self.chunks,
                self.edges,
                world.seed,
                day.number,
                limit,
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
        stores, share = len(world.platforms), float(world.scenario.stores.share)
        if share > 0.0:
            go_to_stores(world.seed, day.number, share, stores, self.needs)
        found = [slice(None, n) for n in self.needs.size]
        who = np.concatenate([self.needs.who[c, here] for c, here in enumerate(found)])
        platform = np.concatenate([self.needs.platform[c, here] for c, here in enumerate(found)])
        category = np.concatenate([self.needs.category[c, here] for c, here in enumerate(found)])
        day.occasions.add_needs(who, platform, category, stores)
        day.counts.needs = len(who)
        day.counts.p_searches[:] = np.bincount(platform + 1, minlength=stores + 2)[1 : stores + 1]

    def run(self, day: Day) -> None:
        """Serve all platforms for a day."""
        move_visits(day.world)
        self.draw_needs(day)
        for p, name in enumerate(day.world.platforms):
            self._serve(day, p, day.world.scenario.platforms[name])
        opt_out(day, self.threads)

    def _plan(self, day: Day, p: int, platform: Platform) -> None:
        world = day.world
        scale = float(world.visit_scale[p]) * world.scenario.calendar.visits(day.number)
        rate = world.consumers.visit_rate[p]
        limit = _kept(self.visit_limit, (p, scale), lambda: limits(rate, scale))
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
                rate,
                limit,
                self.needs,
                self.plan,
                size,
                self.gate,
            )
            most = int(size.max(initial=0))
            if most <= self.plan.entry.shape[1]:
                break
            self.plan = self._plan_room(most * 5 // 4, 48)
        day.counts.p_visits[p] = int(size.sum())

    def _serve(self, day: Day, p: int, platform: Platform) -> None:
        if day.world.visit_scale[p] == 0.0:  # nobody comes, before it opens for one
            return
        self._plan(day, p, platform)
        shut = without_ads(day, self.threads, platform.ticks_per_day, self.plan)
        visits, counts = int(day.counts.p_visits[p]), day.counts
        sale = Sale(day, p, platform, self.threads)
        counts.p_bidders[p] = int(sale.able.sum())
        counts.p_offered[p] = (visits - shut) * platform.ad_slots
        if sale.any_bidder and visits > 0:
            sale.run(self.plan, self.variants, self.rooms)


def _kept(
    known: dict[Hashable, np.ndarray], key: Hashable, make: Callable[[], np.ndarray]
) -> np.ndarray:
    """Return what is known under ``key``, else make it; of many the oldest is forgotten."""
    if key not in known:
        if len(known) >= KINDS_OF_DAYS:
            del known[next(iter(known))]
        known[key] = make()
    return known[key]
