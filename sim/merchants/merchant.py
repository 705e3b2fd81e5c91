"""A merchant as an ordinary ``mesa.Agent``: observes, asks its strategy, posts the decision."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import mesa
import numpy as np

from sim.errors import StrategyError
from sim.merchants.strategy import Decision, Observation, Strategy, problems_of
from sim.rng import Stream, generator
from sim.world.groups import NO_LIMIT
from sim.world.market import AUDIENCES, NAMED, Firm
from sim.world.teams import post_team
from sim.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable


NEVER = 1 << 40  # days


class _Numbers:
    """Counts a model's agents for as long as there is the model; Mesa's own counter keeps every
    model of a process alive."""

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[Any, Iterator[int]] = WeakKeyDictionary()

    def __getitem__(self, model: Any) -> Iterator[int]:
        return self._counts.setdefault(model, itertools.count(1))


class Merchant(mesa.Agent):  # type: ignore[misc]
    """One firm in the market.

    Args:
        model: the market.
        world: whose arrays the merchant posts its decisions to.
        firm: who it is.
        strategy: how it decides.
        look: returns the merchant's ``Observation`` of the morning.
    """

    _ids = _Numbers()

    def __init__(
        self,
        model: Any,
        world: World,
        firm: Firm,
        strategy: Strategy,
        look: Callable[[Firm], Observation],
    ) -> None:
        super().__init__(model)
        self.firm, self.strategy = firm, strategy
        self._world, self._look = world, look
        self._hurry = False
        self._rng: np.random.Generator | None = None
        self._plan()

    @property
    def name(self) -> str:
        """``camp.number``."""
        return self.firm.name

    @property
    def camp(self) -> str:
        """Name in the scenario's ``merchants``."""
        return self.firm.camp

    @property
    def cash(self) -> int:
        """Cash [money, smallest unit]."""
        return int(self._world.accounts.cash[self.firm.number])

    @property
    def stock(self) -> int:
        """Stock [items]."""
        return int(self._world.accounts.stock[self.firm.number])

    def adopt(self, firm: Firm, strategy: Strategy | None) -> None:
        """Take over changed settings. A strategy that has a method ``adopt(other)`` keeps what it
        has learned; another one is replaced by ``strategy``."""
        self.firm = firm
        self._plan()
        if strategy is None:
            return
        keep = getattr(self.strategy, "adopt", None)
        if callable(keep):
            keep(strategy)
        else:
            self.strategy = strategy
        self.hurry()

    def hurry(self) -> None:
        """Decide this morning, whenever the next review would be."""
        self._hurry = True

    def due(self, day: int) -> bool:
        """Tell whether the merchant decides today: on its first day, then every ``review`` days,
        at a phase of its own so that merchants do not all move on the same day. Plans without a
        ``review`` are made once, and anew when an event changes their settings."""
        return self._hurry or day == self._first or (day + self._phase) % self._review == 0

    def next_day(self, day: int) -> int:
        """Return the first day from ``day`` on, later than its first, on which it decides."""
        return day if self._hurry else day + -(day + self._phase) % self._review

    def _plan(self) -> None:
        """Note what ``due`` asks every day."""
        self._first = self.firm.entry_day
        self._review = max(1, round(getattr(self.firm.spec.strategy, "review", NEVER)))
        self._phase = int(self._world.offers.luck[self.firm.number]) % self._review

    def step(self) -> None:
        """Decide if it is time to."""
        day = int(self.model.day)
        if not self.due(day):
            return
        self._hurry = False
        observation = self._look(self.firm)
        if self._rng is None:
            luck = int(self._world.offers.luck[self.firm.number])
            self._rng = generator(int(self._world.seed), Stream.STRATEGY, luck)
        try:
            decision = self.strategy.decide(observation, self._rng)
            problems = problems_of(decision, observation)
        except Exception as error:
            raise StrategyError(self.name, day, f"{type(error).__name__}: {error}") from error
        if problems:
            raise StrategyError(self.name, day, "; ".join(problems))
        post(decision, self.firm.number, self._world)
        self._world.ways[self.firm.number] = getattr(self.strategy, "way", "") or self.camp


def post(decision: Decision, m: int, world: World) -> None:
    """Write a decision to the offers and the care of merchant number ``m``."""
    offers, care = world.offers, world.care
    for p, name in enumerate(world.platforms):
        offers.budget[p, m] = decision.budgets.get(name, 0)
        offers.bid[p, m] = decision.bids.get(name, 0)
    for q, name in enumerate(world.scenario.media):
        world.media.budget[q, m] = decision.media.get(name, 0)
    shelves, plans, pieces = world.shelves, world.content.plans, decision.content
    shelves.listing[m], shelves.promotion[m] = decision.listing_spend, decision.promotion_spend
    plans.rate[m], plans.cost[m], plans.life[m] = pieces.rate, pieces.cost, pieces.shelf_life
    plans.virality[m] = pieces.virality
    plans.style[m] = -1 if pieces.style is None else pieces.style
    offers.target[m] = decision.targets is None
    if decision.targets is not None:
        offers.target[m, list(decision.targets)] = True
    offers.target[m] &= world.abroad.seen[m]
    offers.audience[m] = AUDIENCES[decision.audience]
    if decision.targets is not None and decision.audience == "everybody":
        offers.audience[m] = NAMED
    if decision.price is not None:
        offers.price[m] = decision.price
        offers.log_price[m] = np.log(
            decision.price / max(world.reference_price[world.category[m]], 1.0)
        )
    total = sum(decision.levers) or 1.0
    care.staff[m] = decision.staff
    care.levers[m] = [share / total for share in decision.levers]
    care.sales_posts[m] = decision.sales_posts
    care.content_posts[m] = decision.content_posts
    care.service_posts[m] = decision.service_posts
    care.conversion[m] = decision.conversion
    care.wage[m] = decision.wage
    care.integration_spend[m] = decision.integration_spend
    care.conversion_cost[m] = decision.conversion_cost
    care.listen_hours[m] = decision.listen_hours
    care.reposition[m] = decision.reposition
    care.leader_budget[m] = decision.leader_budget
    care.messages[m] = decision.messages
    care.message_cost[m] = decision.message_cost
    care.stage[m] = decision.stage
    limit = decision.daily_limit
    care.daily_limit[m] = NO_LIMIT if limit is None else limit
    post_team(world.teams.offers, m, decision.team)
