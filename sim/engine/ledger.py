"""What merchants know of themselves: sums of their own counts from one decision to the next."""

from __future__ import annotations

import numpy as np

from sim.steps.day import Counts
from sim.world.relations import COMMUNITY, CONTENT, NO_TOUCH, PAID, WORD_OF_MOUTH


class Ledger:
    """Running sums of each merchant's own counts since it last looked."""

    NAMES = (
        "orders",
        "orders_paid",
        "orders_owned",
        "new_customers",
        "new_paid",
        "repeat_orders",
        "refunds",
        "revenue",
        "spend_ads",
        "spend_community",
        "orders_community",
        "spend_media",
        "spend_content",
        "readers",
        "spend_rewards",
        "team_discount",
    )

    def __init__(self, merchants: int, platforms: int) -> None:
        self._sums = np.zeros((merchants, len(self.NAMES)), np.int64)
        self._views = np.zeros((merchants, platforms, 6), np.int64)
        self._since = np.full(merchants, -1, np.int64)
        self.bidders = np.zeros(platforms, np.int64)

    def add(self, c: Counts) -> None:
        """Add a day."""
        touch = c.by_touch
        owned = touch[:, [COMMUNITY, CONTENT, WORD_OF_MOUTH, NO_TOUCH]].sum(axis=1)
        self._sums += np.stack(
            [
                touch.sum(axis=1),
                touch[:, PAID],
                owned,
                c.new_customers,
                c.by_first[:, PAID],
                c.repeat_orders,
                c.refunds,
                c.revenue,
                c.spend_ads,
                c.spend_community,
                touch[:, COMMUNITY],
                c.spend_media,
                c.spend_content,
                c.readers,
                c.spend_rewards,
                c.teams["discount"],
            ],
            axis=1,
        )
        self._views += np.stack(
            [
                c.p_merchant_impressions,
                c.p_merchant_clicks,
                c.p_merchant_spend,
                c.p_merchant_orders,
                c.p_merchant_ad_orders,
                c.p_merchant_new,
            ],
            axis=2,
        ).transpose(1, 0, 2)
        self.bidders = c.p_bidders

    def take(self, m: int, today: int) -> tuple[dict[str, int], list[list[int]], int]:
        """Return sums by name, dashboards (by platform six numbers), length of the period; start
        afresh."""
        sums = dict(zip(self.NAMES, self._sums[m].tolist(), strict=True))
        views = self._views[m].tolist()
        period = 0 if self._since[m] < 0 else today - int(self._since[m])
        self._sums[m] = 0
        self._views[m] = 0
        self._since[m] = today
        return sums, views, period
