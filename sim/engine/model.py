"""One market as an ordinary ``mesa.Model``: where merchants and consumers meet.

    market = Market("scenarios/quickstart.yaml", seed=1)
    market.step()             # one day
    market.agents             # merchants in business
    market.row                # yesterday's market row, see sim.engine.columns

Consumers are arrays (``market.world``) because there are millions.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim.engine.ledger import Ledger
from sim.engine.ranking import best_sellers, ways_besides
from sim.engine.recorder import Recorder
from sim.errors import RunError, ScenarioError, SimError, Where
from sim.kernel import Threads
from sim.merchants.homes import Homes
from sim.merchants.merchant import Merchant
from sim.merchants.strategy import Observation, make_strategy
from sim.merchants.views import MediumView, PlatformView, Rank
from sim.scenario.events import due
from sim.scenario.load import Loaded, apply_event, dump, from_dict, load, loads
from sim.scenario.schema import Scenario
from sim.steps.brand import recall
from sim.steps.day import Counts, Day
from sim.steps.pipeline import STAGES, make_stages
from sim.world.clients import count_passed, start_month
from sim.world.groups import audiences
from sim.world.market import CAPITAL, Firm
from sim.world.world import Society, build_world


def understood(scenario: Any) -> Loaded:
    """Return a loaded scenario from a path, a mapping, a record, or what is loaded already."""
    if isinstance(scenario, Loaded):
        return scenario
    if isinstance(scenario, (str, os.PathLike)):
        return load(Path(scenario))
    if isinstance(scenario, Scenario):
        return loads(dump(scenario), name=f"<{scenario.name}>")
    if isinstance(scenario, Mapping):
        return from_dict(dict(scenario))
    raise TypeError(f"a scenario is a path, a mapping or a Scenario, not {type(scenario).__name__}")


class Market(mesa.Model):  # type: ignore[misc]
    """The closed loop of a scenario.

    Args:
        scenario: path of a YAML file, mapping, ``Scenario`` or ``Loaded``.
        seed: seed of all randomness; left out: the scenario's.
        days: length of the run; left out: the scenario's.
        threads: threads for the kernels; results do not depend on them.
        collect: fill ``datacollector`` every day (mesa's batch runner reads it).
        society: people and ties that were built before for this scenario and seed; not changed.

    Raises:
        ScenarioError: the scenario cannot be understood or built.
    """

    def __init__(
        self,
        scenario: Any,
        seed: int | None = None,
        days: int | None = None,
        threads: int = 1,
        collect: bool = True,
        society: Society | None = None,
    ) -> None:
        self.loaded = understood(scenario)
        record = self.loaded.scenario
        chosen = record.seed if seed is None else int(seed)
        super().__init__(rng=chosen % 2**32)
        self.run_seed = chosen
        self.days = record.days if days is None else int(days)
        self.day = 0
        self.row: dict[str, Any] = {}
        self.stage_s = dict.fromkeys(STAGES, 0.0)
        self.threads = Threads(threads)
        try:
            self.world = build_world(
                record, seed=chosen, days=self.days, folder=self.loaded.folder, society=society
            )
        except SimError:
            raise
        except (ValueError, OSError) as error:
            raise ScenarioError(self.loaded.place("graph"), str(error)) from error
        self._strategies = [self._strategy(firm) for firm in self.world.firms]
        self._stages = make_stages()
        self._audiences: dict[str, list[Any]] = {}
        self._agent_of: dict[int, Merchant] = {}
        # The day on which each merchant decides next: most do not today, and are not asked.
        self._diary = np.full(len(self.world.firms), self.days, np.int64)
        self._ranking: tuple[Rank, ...] = ()
        self._ledger = Ledger(len(self.world.firms), len(self.world.platforms))
        self._homes = Homes(self.world)
        self.recorder = Recorder(self.world)
        self._collect = collect
        self.datacollector = mesa.DataCollector(
            model_reporters={
                name: _reader(name)
                for name in (
                    "orders",
                    "gmv",
                    "clicks",
                    "active_merchants",
                    "followers",
                    "members",
                    "owned_share",
                    "hhi",
                )
            },
            agent_reporters={"merchant": "name", "cash": "cash", "stock": "stock"},
        )

    def _strategy(self, firm: Firm) -> Any:
        try:
            made = make_strategy(firm.spec.strategy)
            if callable(meet := getattr(made, "meet", None)):
                meet(ways_besides(firm.spec.strategy.kind, self.world.scenario))
            return made
        except ValueError as error:
            place: Where = self.loaded.place(f"merchants.{firm.camp}.strategy.kind")
            raise ScenarioError(place, str(error)) from error

    def step(self) -> None:
        """Simulate one day; ``running`` turns false after the last.

        Raises:
            RunError: the last day is over, or a stage failed.
            StrategyError: a strategy failed.
        """
        if self.day >= self.days:
            raise RunError(f"the run is over after {self.days} days")
        day = Day(self.world, self.day, Counts(len(self.world.firms), len(self.world.platforms)))
        self._stage("decide", day, self._decide)
        for name, stage in self._stages.items():
            self._stage(name, day, lambda d, s=stage: s(d, self.threads))
        self._stage("record", day, self._record)
        self.day += 1
        if self._collect:
            self.datacollector.collect(self)
        if self.day >= self.days:
            self.running = False
            self.threads.close()

    def close(self) -> None:
        """Free the memory of the run now; the model is of no use afterwards.

        Model and agents hold each other, and Python would find that out much later: whoever runs
        many markets in one process closes each.
        """
        self.threads.close()
        self.__dict__.clear()

    def _stage(self, name: str, day: Day, work: Any) -> None:
        start = time.perf_counter()
        try:
            work(day)
        except SimError:
            raise
        except Exception as error:
            raise RunError(
                f"{type(error).__name__}: {error}", stage=name, day=day.number
            ) from error
        self.stage_s[name] += time.perf_counter() - start

    def _decide(self, day: Day) -> None:
        """Stage 1: events happen, newcomers open, merchants decide on what they know."""
        world = self.world
        for event in due(world.scenario.events, day.number):
            self._adopt(apply_event(world.scenario, event))
        world.turn(day.number)
        world.open_platforms(day.number)
        self._homes.open_platforms()
        count_passed(world.clients, day.number)
        start_month(world.clients, day.number)
        for firm in world.firms:
            if firm.entry_day == day.number:
                self._open(firm, day)
        if len(self.agents) > np.count_nonzero(world.in_business):
            for agent in list(self.agents):
                if not world.in_business[agent.firm.number]:
                    agent.remove()
                    self._diary[agent.firm.number] = self.days
        recall(day)
        self._audiences = {k: v.tolist() for k, v in audiences(world.groups).items()}
        for agent in self.agents if self._homes.moving else ():
            m = agent.firm.number
            if self._homes.due(m, day.number) and self._homes.review(m):
                agent.hurry()
                self._diary[m] = day.number
        self._ranking = best_sellers(world, self.recorder.recent)
        for m in np.flatnonzero(self._diary <= day.number):
            agent = self._agent_of[int(m)]
            agent.step()
            self._diary[m] = agent.next_day(day.number + 1)
        world.post_deals(day.number)
        # Who has no goods, on the shelf or under way, or no place to sell them, is not shown.
        sells = world.offers.own_shop | world.offers.listed.any(axis=0) | (not world.platforms)
        world.offers.is_open[:] = (world.in_business & sells) & (
            (world.accounts.stock > 0) | (world.accounts.on_order > 0)
        )

    def _adopt(self, scenario: Scenario) -> None:
        """Take over changed settings; merchants whose strategy changed decide today."""
        before = {firm.number: firm.spec.strategy for firm in self.world.firms}
        self.world.adopt(scenario)
        self._homes.adopt()
        for firm in self.world.firms:
            if firm.spec.strategy != before[firm.number]:
                self._strategies[firm.number] = self._strategy(firm)
        for agent in self.agents:
            firm = self.world.firms[agent.firm.number]
            changed = firm.spec.strategy != agent.firm.spec.strategy
            agent.adopt(firm, self._strategies[firm.number] if changed else None)
            self._diary[firm.number] = agent.next_day(self.day)

    def _open(self, firm: Firm, day: Day) -> None:
        world, m, spec = self.world, firm.number, firm.spec.operations
        world.in_business[m] = True
        world.accounts.cash[m] = spec.cash
        world.accounts.stock[m] = spec.stock
        world.accounts.totals[CAPITAL] += spec.cash
        day.counts.opening[m] = spec.stock
        day.counts.entries += day.number > 0
        community = getattr(firm.spec.strategy, "community", None)
        self._homes.settle(m)
        world.care.integration[m] = getattr(community or firm.spec.strategy, "integration", 0.0)
        self._agent_of[m] = Merchant(self, world, firm, self._strategies[m], self._look)
        self._diary[m] = day.number

    def _record(self, day: Day) -> None:
        self._ledger.add(day.counts)
        self._homes.add(day.counts.p_merchant_orders, day.counts.p_merchant_spend)
        self.row = self.recorder.record(day)

    def _look(self, firm: Firm) -> Observation:
        """Return what a merchant knows this morning, and start its next period."""
        world, m = self.world, firm.number
        sums, views, period = self._ledger.take(m, self.day)
        mine = {name: values[m] for name, values in self._audiences.items()}
        specs = world.scenario.platforms
        return Observation(
            day=self.day,
            days=self.days,
            name=firm.name,
            tribe=int(world.home[m]),
            tribes=world.tribes,
            segments=world.segments,
            cash=int(world.accounts.cash[m]),
            credit=int(world.accounts.credit[m]),
            stock=int(world.accounts.stock[m]),
            price=int(world.offers.price[m]),
            unit_cost=int(world.offers.unit_cost[m]),
            period=period,
            integration=float(world.care.integration[m]),
            active_customers=int(world.clients.active[m]),
            recent_orders=int(self.recorder.recent[m]),
            ranking=self._ranking,
            platforms=tuple(
                PlatformView(
                    name=name,
                    impressions=views[p][0],
                    clicks=views[p][1],
                    spend=views[p][2],
                    orders=views[p][3],
                    new_customers=views[p][5],
                    bidders=int(self._ledger.bidders[p]),
                    reserve=specs[name].auction.reserve,
                    fee=specs[name].fee,
                    billing=specs[name].auction.billing,
                    ad_orders=views[p][4],
                )
                for p, name in enumerate(world.platforms)
                if world.offers.listed[p, m]
            ),
            media=tuple(
                MediumView(name, spec.reach, spec.cost_per_mille, spec.minimum_spend)
                for name, spec in world.scenario.media.items()
            ),
            **mine,
            **sums,
        )


def _reader(name: str) -> Any:
    """Return a model reporter of one column of the market row."""
    return lambda market: market.row.get(name)
