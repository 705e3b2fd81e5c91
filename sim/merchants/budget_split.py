"""An ad budget is split over platforms: more of it where a new customer has cost less.

    share ~ (customers / money)^2, both remembered with ``FADE`` a review

One imaginary customer at the target cost is counted on each platform, so that all begin alike. A
platform that showed no ad for its money has none to show (no slots, or better bidders in all), so
what it was given goes to the others. No platform gets less than a part of an equal share, so that a
change is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.merchants.views import PlatformView

FADE = 0.8  # weight of the past at each review (assumption)
KEENNESS = 2.0  # exponent: how sharply money follows what worked (assumption)
LEAST = 0.1  # of an equal share goes to every platform (assumption)


class Split:
    """Learns what a new customer costs on each platform, and splits budgets by it."""

    def __init__(self, target: int, kind: str = "learned") -> None:
        self.target, self.kind = max(1, target), kind
        self._known: dict[str, tuple[float, float]] = {}
        self._given: dict[str, int] = {}
        self._idle: set[str] = set()

    def learn(self, views: Sequence[PlatformView]) -> None:
        """Take in what the last period brought on each platform."""
        for view in views:
            spend, won = self._known.get(view.name, (0.0, 0.0))
            self._known[view.name] = (FADE * spend + view.spend, FADE * won + view.new_customers)
        given = [view for view in views if self._given.get(view.name, 0) > 0]
        self._idle = {view.name for view in given if view.impressions == 0}

    def parts(self, names: Sequence[str], budget: int) -> dict[str, int]:
        """Return the money a day for each platform; together no more than ``budget``."""
        if self.kind == "equal":
            return {name: budget // len(names) for name in names}
        # Shut out everywhere, a merchant must bid more: it is not the platforms.
        showing = {name for name in names if name not in self._idle} or set(names)
        worth = [self._worth(name) if name in showing else 0.0 for name in names]
        total, least = sum(worth), LEAST / len(names)
        self._given = {
            name: int(budget * (least + (1.0 - LEAST) * value / total + 1e-12))
            for name, value in zip(names, worth, strict=True)
        }
        return dict(self._given)

    def _worth(self, name: str) -> float:
        spend, won = self._known.get(name, (0.0, 0.0))
        return float(((won + 1.0) / (spend + self.target)) ** KEENNESS)
