"""Does as others do who sell more.

At a review the merchant looks at one of the list of best sellers. If that one sold more, it takes
over their way of doing business with a chance of ``rate`` x (theirs - mine) / theirs: proportional
imitation, under which a large crowd follows the replicator dynamics (Schlag 1998). It sees sales,
never profits, and the list has no losers on it. Only the way is copied, not what the other has
learned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sim.merchants.buy_traffic import BuyTraffic
from sim.merchants.strategy import Decision, Observation, Strategy
from sim.scenario.firms import BuyTraffic as BuySettings
from sim.scenario.learning import Imitate as Settings

Ways = Mapping[str, Callable[[], Strategy]]


class Imitate:
    """See ``sim.scenario.firms.Imitate`` for the settings; ``way`` is whose way it follows now."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.way = ""
        self._ways: Ways = {"": lambda: BuyTraffic(BuySettings())}  # with nobody to copy
        self._now: Strategy = self._ways[""]()

    def meet(self, ways: Ways) -> None:
        """Learn what ways there are: names in the scenario, and what makes such a strategy."""
        among = self.settings.among or list(ways)
        known = {name: make for name, make in ways.items() if name in among}
        self._ways = known or self._ways

    def adopt(self, other: Imitate) -> None:
        """Take over the settings of ``other``; a way that is no longer there is given up."""
        self.settings, self._ways = other.settings, other._ways
        if self.way not in self._ways:
            self.way = ""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Begin with any way, look at a better seller at every review, and do as the way says."""
        if not self.way:
            self._follow(sorted(self._ways)[int(rng.integers(len(self._ways)))])
        elif observation.period > 0:
            self._look_around(observation, rng)
        return self._now.decide(observation, rng)

    def _look_around(self, seen: Observation, rng: np.random.Generator) -> None:
        others = [r for r in seen.ranking if r.name != seen.name and r.way in self._ways]
        pick, chance = rng.random(2)
        if not others:
            return
        other = others[int(pick * len(others))]
        better = (other.orders - seen.recent_orders) / max(1, other.orders)
        if other.way != self.way and chance < self.settings.rate * better:
            self._follow(other.way)

    def _follow(self, way: str) -> None:
        self.way = way
        self._now = self._ways[way]()
