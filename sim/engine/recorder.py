"""Stage 8, record: counts become rows of the series; never reads consumers.

Rows are appended per day and joined once at the end; the columns are declared in
``sim.engine.columns``. ``results_sha256`` is a hash of all values in the declared order.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Any

import numpy as np

from sim.engine.cohorts import Cohorts
from sim.engine.columns import TABLES, Column
from sim.engine.community_rows import community_columns
from sim.engine.media_rows import media_rows, outreach_columns, outreach_totals
from sim.engine.shares import concentration, price_quantiles, shares, tail_share
from sim.engine.social_rows import cascade_rows, referral_rows, team_rows, telling_rows
from sim.errors import RunError
from sim.steps.day import Day
from sim.steps.funnel import CAME_BACK, FOLLOWED, JOINED
from sim.steps.purchase import MERCHANT
from sim.world.groups import audiences
from sim.world.market import (
    CAPITAL,
    CONSUMERS,
    HELD,
    MEDIA_TOTAL,
    PLATFORMS,
    STAFF,
    SUPPLIERS,
)
from sim.world.relations import (
    COMMUNITY,
    CONTENT,
    GROUP_BUY,
    NO_TOUCH,
    ORGANIC,
    PAID,
    STORE,
    WORD_OF_MOUTH,
)
from sim.world.world import World

Rows = dict[str, Any]


class Recorder:
    """Collects the rows of a run."""

    def __init__(self, world: World) -> None:
        self._rows: dict[str, list[Rows]] = {table: [] for table in TABLES}
        self._recent: deque[np.ndarray] = deque(maxlen=30)
        firms = world.firms
        self.recent = np.zeros(len(firms), np.int64)
        """Orders of each merchant in the last 30 days."""
        self._names = np.array([f.name for f in firms], object)
        self._camps = np.array([f.camp for f in firms], object)
        self._kinds = np.array([f.spec.strategy.kind for f in firms], object)
        self._entry = np.array([f.entry_day for f in firms], np.int64)
        self._stock = np.zeros(len(firms), np.int64)
        self._cohorts = Cohorts(self._names, self._camps, world.days)

    def record(self, day: Day) -> Rows:
        """Append the rows of a day; return the market's row."""
        world, counts = day.world, day.counts
        here = self._entry <= day.number
        audience = audiences(world.groups)
        orders = counts.by_touch.sum(axis=1)
        self._recent.append(orders)
        self.recent = np.sum(list(self._recent), axis=0)
        market = self._market(day, orders, audience)
        self._rows["market"].append({k: [v] for k, v in market.items()})
        self._rows["merchants"].append(self._merchants(day, orders, audience, here))
        self._rows["platforms"].append(self._platforms(day))
        self._rows["media"].append(media_rows(day))
        self._rows["communities"].append(self._communities(day, audience, here))
        self._rows["cohorts"].append(self._cohorts.rows(day))
        self._rows["cascades"].append(cascade_rows(day, self._names))
        self._rows["tellings"].append(telling_rows(day))
        self._rows["teams"].append(team_rows(day, self._names, here))
        self._rows["referrals"].append(referral_rows(day, self._names))
        if world.scenario.check == "daily":
            self._check(day, market)
        self._stock = world.accounts.stock.copy()
        return market

    def _check(self, day: Day, market: Rows) -> None:
        """Verify that no fen, no item and no memory appeared or vanished."""
        came = market["paid_by_consumers"] + market["capital"]
        went = sum(
            market[name]
            for name in (
                *("merchants_cash", "held_for_teams"),
                *("to_platforms", "to_suppliers", "to_staff", "to_media"),
            )
        )
        if came != went:
            raise RunError(
                f"money is not conserved: {came} came in, {went} is accounted for",
                stage="record",
                day=day.number,
            )
        counts, world = day.counts, day.world
        sold = counts.by_touch.sum(axis=1)
        expected = self._stock + counts.arrivals + counts.restocked + counts.opening - sold
        expected -= counts.reserved
        wrong = np.flatnonzero(world.in_business & (expected != world.accounts.stock))
        if len(wrong):
            m = wrong[0]
            raise RunError(
                f"stock is not conserved: merchant {self._names[m]!r} should have {expected[m]}"
                f" items, has {world.accounts.stock[m]}",
                stage="record",
                day=day.number,
            )

        relations = world.relations
        shallow = relations.flags == 0
        if (relations.trust[shallow] != 0).any() or (relations.touched[shallow] >= 0).any():
            raise RunError(
                "somebody remembers what they have forgotten", stage="record", day=day.number
            )

    def _market(self, day: Day, orders: np.ndarray, audience: dict[str, np.ndarray]) -> Rows:
        world, counts = day.world, day.counts
        touch = counts.by_touch.sum(axis=0)
        owned = int(touch[[COMMUNITY, CONTENT, WORD_OF_MOUTH, NO_TOUCH]].sum())
        sold = int(orders.sum())
        hhi, gini = concentration(self.recent, world.in_business)
        totals = world.accounts.totals
        return {
            "day": day.number,
            "needs": counts.needs,
            "visits": int(counts.p_visits.sum()),
            "searches": int(counts.p_searches.sum()),
            "impressions": int(counts.p_impressions.sum()),
            "clicks": int(counts.p_clicks.sum()),
            "orders": int(orders.sum()),
            "gmv": int(counts.gmv.sum()),
            "refunds": int(counts.refunds.sum()),
            "stockouts": int(counts.stockouts.sum()),
            "active_merchants": int(world.in_business.sum()),
            "entries": counts.entries,
            "exits": counts.exits,
            "quits": counts.quits,
            "followers": int(audience["followers"].sum()),
            "members": int(audience["members"].sum()),
            "messages": counts.messages,
            "cascades": counts.cascades,
            "reach_max": counts.reach_max,
            "acquaintances": int(world.acquaintances.ties[0]),
            "heard_first": int(counts.generations[0]),
            "heard_second": int(counts.generations[1]),
            "heard_third": int(counts.generations[2]),
            "hhi": hhi,
            "gini": gini,
            "tail_share": tail_share(self.recent, world.in_business),
            "platform_hhi": concentration(counts.p_visits, counts.p_visits > 0)[0],
            "shop_share": (sold - int(touch[STORE] + counts.p_orders.sum())) / max(1, sold),
            "owned_share": owned / int(orders.sum()) if orders.sum() else 0.0,
            **outreach_totals(day),
            **{
                name: world.measures.get(name, 0.0)
                for name in (
                    "fatigue",
                    "tribe_assortativity",
                    "modularity",
                    "taste_assortativity",
                    "brand_assortativity",
                    "brand_segregation",
                    "taste_within",
                    "taste_between",
                )
            },
            "paid_by_consumers": int(totals[CONSUMERS]),
            "capital": int(totals[CAPITAL]),
            "merchants_cash": int(world.accounts.cash.sum()),
            "to_platforms": int(totals[PLATFORMS]),
            "to_suppliers": int(totals[SUPPLIERS]),
            "to_staff": int(totals[STAFF]),
            "to_media": int(totals[MEDIA_TOTAL]),
            "held_for_teams": int(totals[HELD]),
        }

    def _merchants(
        self, day: Day, orders: np.ndarray, audience: dict[str, np.ndarray], here: np.ndarray
    ) -> Rows:
        world, c = day.world, day.counts
        mood = np.divide(
            c.satisfaction, c.delivered, out=np.zeros(len(here)), where=c.delivered > 0
        )
        columns: Rows = {
            "day": np.full(len(here), day.number),
            "merchant": self._names,
            "camp": self._camps,
            "strategy": self._kinds,
            "way": world.ways,
            "active": world.in_business.astype(np.int64),
            "impressions": c.impressions,
            "clicks": c.clicks,
            "orders": orders,
            "orders_paid": c.by_touch[:, PAID],
            "orders_organic": c.by_touch[:, ORGANIC],
            "orders_community": c.by_touch[:, COMMUNITY],
            "orders_word_of_mouth": c.by_touch[:, WORD_OF_MOUTH],
            "orders_group_buy": c.by_touch[:, GROUP_BUY],
            "orders_direct": c.by_touch[:, NO_TOUCH],
            "shop_orders": orders - c.p_merchant_orders.sum(axis=0) - c.by_touch[:, STORE],
            "first_paid": c.by_first[:, PAID],
            "first_organic": c.by_first[:, ORGANIC],
            "first_community": c.by_first[:, COMMUNITY],
            "first_word_of_mouth": c.by_first[:, WORD_OF_MOUTH],
            "first_group_buy": c.by_first[:, GROUP_BUY],
            "first_direct": c.by_first[:, NO_TOUCH],
            "new_customers": c.new_customers,
            "active_customers": world.clients.active,
            "repeat_orders": c.repeat_orders,
            "refunds": c.refunds,
            "stockouts": c.stockouts,
            "orders_promoted": c.orders_promoted,
            "discounts": c.discounts,
            "delivered": c.delivered,
            "satisfaction": mood,
            "spend_ads": c.spend_ads,
            **outreach_columns(day),
            "spend_community": c.spend_community,
            "spend_rewards": c.spend_rewards,
            "revenue": c.revenue,
            "platform_fees": c.fees,
            "cogs": c.cogs,
            "purchases": c.purchases,
            "overhead": c.overhead,
            "service": c.service,
            "logistics": c.logistics,
            "interest": c.interest,
            "waiting": np.bincount(world.waiting[:, MERCHANT], minlength=len(here)),
            "cash": world.accounts.cash,
            "stock": world.accounts.stock,
            "followers": audience["followers"],
            "members": audience["members"],
            "muted": audience["muted"],
            "leader_posts": c.leader_posts,
            "leader_seen": c.leader_seen,
            "reminders": c.reminders,
            "stage": world.care.stage.astype(np.int64),
            "paid_followers": c.funnel[:, FOLLOWED],
            "paid_members": c.funnel[:, JOINED],
            "paid_returned": c.funnel[:, CAME_BACK],
            "segregation": world.segregation,
            "orders_abroad": c.orders_abroad,
            "localised": world.abroad.localised,
            "persona": world.offers.persona,
            "invitations": c.invitations,
            "referred": c.referred,
            "repeat_referred": c.repeat_referred,
        }
        return {name: values[here].copy() for name, values in columns.items()}

    def _platforms(self, day: Day) -> Rows:
        world, c, names = day.world, day.counts, day.world.platforms
        filled = np.divide(
            c.p_impressions, c.p_offered, out=np.zeros(len(names)), where=c.p_offered > 0
        )
        spread = np.array(
            [price_quantiles(prices, (0.1, 0.9)) for prices in c.p_prices], np.int64
        ).reshape(-1, 2)
        return {
            "day": np.full(len(names), day.number),
            "platform": np.array(names, object),
            "visits": c.p_visits,
            "searches": c.p_searches,
            "visit_share": shares(c.p_visits),
            "merchants": (world.offers.listed & world.offers.is_open).sum(axis=1),
            "impressions": c.p_impressions,
            "clicks": c.p_clicks,
            "spend": c.p_spend,
            "price_per_click": _ratio(c.p_spend, c.p_billed),
            "price_per_click_p10": spread[:, 0],
            "price_per_click_p90": spread[:, 1],
            "price_per_mille": _ratio(c.p_spend * 1000, c.p_impressions),
            "overdelivery": c.p_over,
            "fill_rate": filled,
            "bidders": c.p_bidders,
            "retargeted": c.p_retargeted,
            "ad_orders": c.p_merchant_ad_orders.sum(axis=1),
            "active_merchants": c.p_active.sum(axis=1),
            "orders": c.p_orders,
            "orders_search": c.p_search_orders,
            "new_customers": c.p_merchant_new.sum(axis=1),
            "fees": c.p_fees,
            "subsidies": c.p_subsidies,
        }

    def _communities(self, day: Day, audience: dict[str, np.ndarray], here: np.ndarray) -> Rows:
        world, c = day.world, day.counts
        keep = here & ((audience["members"] > 0) | (world.care.staff > 0) | (c.leaves > 0))
        columns = {"merchant": self._names, **community_columns(day, audience)}
        return {name: values[keep].copy() for name, values in columns.items()}

    def tables(self) -> dict[str, dict[str, np.ndarray]]:
        """Return all tables in the declared columns."""
        return {
            table: {column.name: self._joined(table, column) for column in columns}
            for table, columns in TABLES.items()
        }

    def _joined(self, table: str, column: Column) -> np.ndarray:
        dtype = {"i8": np.int64, "f8": np.float64}.get(column.kind, object)
        parts = [np.asarray(rows[column.name]) for rows in self._rows[table]]
        return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return top over bottom, rounded to whole numbers; 0 where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, np.rint(top / np.maximum(bottom, 1)), 0).astype(np.int64)


def results_digest(tables: dict[str, dict[str, np.ndarray]]) -> str:
    """Return the SHA-256 of all series values in declared order, and of nothing else."""
    digest = hashlib.sha256()
    for table, columns in TABLES.items():
        for column in columns:
            values = tables[table][column.name]
            if column.kind == "text":
                digest.update("\0".join(str(v) for v in values).encode())
            else:
                digest.update(np.ascontiguousarray(values).tobytes())
            digest.update(b"\1")
    return digest.hexdigest()
