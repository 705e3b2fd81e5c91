"""What a bid for a click comes to where something else is billed.

A click is worth ``bid``; a thousand impressions are then worth ``bid`` times the clicks they bring,
an order ``bid`` times the clicks it takes. Both rates are the merchant's own, from its dashboard on
the platform; old reviews fade, and a little of what is usual stands in until it has seen enough.
"""

from __future__ import annotations

from sim.merchants.views import PlatformView

FADE = 0.8  # weight of the past at each review (assumption)
USUAL_CLICKS = 0.04  # clicks an impression: Taobao's feed, 4.05 %
USUAL_ORDERS = 0.01  # orders a click (assumption; Taobao .5 %, search engines 7.5 %)
IMPRESSIONS, CLICKS = 1000.0, 200.0  # weight of the usual (assumption)


class Rates:
    """Learns clicks an impression and orders a click by platform."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float, float]] = {}

    def learn(self, views: tuple[PlatformView, ...]) -> None:
        """Take in the dashboards of the last period."""
        for view in views:
            old = self._seen.get(view.name, (0.0, 0.0, 0.0))
            new = (view.impressions, view.clicks, view.ad_orders)
            shown, clicks, orders = (FADE * a + b for a, b in zip(old, new, strict=True))
            self._seen[view.name] = (shown, clicks, orders)

    def bid(self, view: PlatformView, bid: float, budget: int) -> int:
        """Return a bid for a click [money] in what the platform bills; an order is not bid more for
        than the day's ``budget`` pays, else nothing would be bought."""
        shown, clicks, orders = self._seen.get(view.name, (0.0, 0.0, 0.0))
        if view.billing == "mille":
            bid *= 1000 * (clicks + IMPRESSIONS * USUAL_CLICKS) / (shown + IMPRESSIONS)
        elif view.billing == "order":
            bid = min(budget, bid * (clicks + CLICKS) / (orders + CLICKS * USUAL_ORDERS))
        return max(0, round(bid))
