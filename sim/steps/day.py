"""What passes between the stages of one day: who acts (events) and what is counted.

Consumers are cut into at most 64 chunks, fixed by their number alone. A kernel that runs on
several threads writes to its own chunk only, so results do not depend on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.world.relations import STORE, TOUCHES
from sim.world.teams import TEAM_COUNTS
from sim.world.world import World

MAX_CHUNKS = 64
MIN_CHUNK = 4096


def chunk_edges(count: int) -> np.ndarray:
    """Return int64[C + 1]: chunks of consumers, each starting at a multiple of 4."""
    chunks = max(1, min(MAX_CHUNKS, -(-count // MIN_CHUNK)))
    edges = (np.arange(chunks + 1) * count // chunks) & ~3
    edges[-1] = count
    return edges.astype(np.int64)


@dataclass
class Occasions:
    """Moments at which somebody may buy, in a fixed order.

    who int32[n]; merchant int16[n] that tempts (-1 - g: a need of category g, for which all
    considered merchants of the category compete);
    touch int8[n] of the temptation (of a need: STORE or -1); platform int8[n] where it happens
    (-1: none).
    """

    who: list[np.ndarray] = field(default_factory=list)
    merchant: list[np.ndarray] = field(default_factory=list)
    touch: list[np.ndarray] = field(default_factory=list)
    platform: list[np.ndarray] = field(default_factory=list)

    def add(self, who: np.ndarray, merchant: np.ndarray, touch: int, platform: int) -> None:
        """Append temptations by ``merchant`` int[n] of consumers ``who`` int[n]."""
        self.who.append(who.astype(np.int32))
        self.merchant.append(merchant.astype(np.int16))
        self.touch.append(np.full(len(who), touch, np.int8))
        self.platform.append(np.full(len(who), platform, np.int8))

    def add_needs(
        self,
        who: np.ndarray,
        platform: np.ndarray,
        category: np.ndarray | None = None,
        stores: int = -1,
    ) -> None:
        """Append needs; ``platform`` int8[n] says where each searches (-1: nowhere), ``category``
        int8[n] of what (left out: of the first); what is number ``stores`` is taken to a store."""
        if category is None:
            category = np.zeros(len(who), np.int8)
        self.who.append(who.astype(np.int32))
        self.merchant.append(-1 - category.astype(np.int16))
        offline = (platform >= 0) & (platform == stores)
        self.touch.append(np.where(offline, STORE, -1).astype(np.int8))
        self.platform.append(platform.astype(np.int8))

    def searchers(self) -> np.ndarray:
        """Return int32[n]: those with a need who search on a platform."""
        who, merchant, touch, platform = self.joined()
        return who[(merchant < 0) & (touch < 0) & (platform >= 0)]

    def joined(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the four arrays, concatenated."""
        if not self.who:
            return (
                np.zeros(0, np.int32),
                np.zeros(0, np.int16),
                np.zeros(0, np.int8),
                np.zeros(0, np.int8),
            )
        return (
            np.concatenate(self.who),
            np.concatenate(self.merchant),
            np.concatenate(self.touch),
            np.concatenate(self.platform),
        )


class Counts:
    """Counts of one day: int64 arrays by merchant ``m_*`` and platform ``p_*``, and totals.

    ``by_touch`` int64[M, 9] orders by last touch; ``by_first`` int64[M, 9] orders of new customers
    by first touch. Names follow ``sim.engine.columns``.
    """

    def __init__(self, merchants: int, platforms: int) -> None:
        def zero(*shape: int) -> np.ndarray:
            return np.zeros(shape, np.int64)

        self.impressions, self.clicks, self.billed_clicks = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.by_touch, self.by_first = zero(merchants, TOUCHES), zero(merchants, TOUCHES)
        self.new_customers, self.repeat_orders = zero(merchants), zero(merchants)
        self.refunds, self.stockouts, self.delivered = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.satisfaction = np.zeros(merchants)
        self.spend_ads, self.spend_media, self.spend_community, self.spend_content = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.revenue, self.fees, self.cogs, self.purchases, self.overhead = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.orders_promoted, self.discounts = zero(merchants), zero(merchants)
        self.gmv, self.opening, self.arrivals, self.restocked = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.service, self.logistics, self.interest = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.p_merchant_orders = zero(platforms, merchants)
        self.p_merchant_new = zero(platforms, merchants)
        self.p_subsidies, self.p_search_orders = zero(platforms), zero(platforms)
        self.p_visits, self.p_searches, self.p_impressions, self.p_clicks = (
            zero(platforms),
            zero(platforms),
            zero(platforms),
            zero(platforms),
        )
        self.p_spend, self.p_over, self.p_offered, self.p_orders, self.p_fees = (
            zero(platforms),
            zero(platforms),
            zero(platforms),
            zero(platforms),
            zero(platforms),
        )
        self.p_merchant_spend = zero(platforms, merchants)
        self.p_merchant_clicks = zero(platforms, merchants)
        self.p_merchant_impressions = zero(platforms, merchants)
        self.p_merchant_ad_orders = zero(platforms, merchants)
        self.p_billed = zero(platforms)
        self.p_retargeted = zero(platforms)
        self.p_bidders = zero(platforms)
        self.p_prices: list[list[np.ndarray]] = [[] for _ in range(platforms)]
        self.p_active = np.zeros((platforms, merchants), np.bool_)
        self.needs = 0
        self.messages = 0
        self.cascades = 0
        self.reach_max = 0
        self.generations = zero(3)
        self.entries = 0
        self.exits = 0
        self.quits = 0
        self.opt_outs = 0
        self.opted_out = 0
        self.cascade_rows: list[tuple[float, ...]] = []
        self.tellings = np.zeros((0, 3), np.int64)
        self.attendance, self.joins, self.leaves, self.talk = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.effort = np.zeros(merchants)
        self.posts = zero(merchants, 3)
        self.inside = np.zeros((merchants, 3))
        self.funnel = zero(merchants, 3)
        self.orders_abroad = zero(merchants)
        self.media_contacts = zero(merchants)
        self.readers, self.content_shares, self.pieces = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.spend_rewards, self.invitations, self.referred, self.repeat_referred = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.media_rows: list[tuple[int, ...]] = []
        self.leader_posts, self.leader_seen, self.reminders = (
            zero(merchants),
            zero(merchants),
            zero(merchants),
        )
        self.read, self.reserved = zero(merchants), zero(merchants)
        self.teams = {name: zero(merchants) for name in TEAM_COUNTS}
        self.referral_rows: list[np.ndarray] = []


@dataclass
class Day:
    """One day in the making: ``orders`` int64[n, 5] (see ``sim.steps.purchase``) taken today,
    parcels ``delivered`` int64[n, 6]; ``accepted`` int64[n, 3] (person, merchant, touch): who said
    yes to an invitation; ``wishes`` int64[n, 5] for a team (see ``sim.steps.answers``)."""

    world: World
    number: int
    counts: Counts
    occasions: Occasions = field(default_factory=Occasions)
    orders: np.ndarray = field(default_factory=lambda: np.zeros((0, 5), np.int64))
    delivered: np.ndarray = field(default_factory=lambda: np.zeros((0, 6), np.int64))
    accepted: list[np.ndarray] = field(default_factory=list)
    wishes: list[np.ndarray] = field(default_factory=list)
