"""The whole state of a run, and how it is built from a scenario.

Building order: graph file (if the graph brings people) -> tribes -> people -> ties -> merchants.
Every part draws from its own streams, so each can change without touching the others' luck.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.scenario.schema import DEFAULT_COUNT, Scenario
from sim.world.abroad import Abroad, build_abroad, post_closeness
from sim.world.acquaintances import Acquaintances, build_acquaintances
from sim.world.clients import Clients, build_clients
from sim.world.consumers import Consumers, assign_segments, build_consumers, tribe_centres
from sim.world.content import Content, build_content
from sim.world.deals import deals_of
from sim.world.graph.build import build_graph, known_ties
from sim.world.graph.csr import Graph
from sim.world.groups import Care, Groups, build_care, build_groups, capped
from sim.world.heard import Heard, build_heard
from sim.world.laws import Laws, build_laws
from sim.world.leaders import Leaders, build_leaders
from sim.world.market import (
    Accounts,
    Boards,
    Firm,
    Offers,
    build_accounts,
    build_boards,
    build_offers,
    categories_of,
    plan_firms,
    post_prices,
    reference_prices,
)
from sim.world.media import Media, build_media, scale_reach
from sim.world.referrals import Referrals, build_programmes, build_referrals
from sim.world.regions import Regions, settle
from sim.world.relations import Clock, Relations, empty_relations
from sim.world.shelves import Shelves, build_shelves
from sim.world.teams import TeamMarket, build_teams
from sim.world.terms import Terms, build_terms

YEAR = 365.0


@dataclass
class World:
    """What exists. Arrays change in place; ``groups``, ``clients`` and ``content`` are replaced
    as they grow.

    Letters: ``N`` consumers, ``M`` merchants (all who will ever come), ``P`` platforms,
    ``S`` segments (regions x tribes), ``K`` slots, ``D`` taste axes, ``G`` categories of goods.
    ``category`` int8[M]; ``reference_price`` float64[G] [money]. ``home`` int64[M]: the segment
    a product is made for. ``opened`` bool[P]; ``drawn_visits`` float64[P]: mean visits that people
    were drawn for, ``visit_scale`` float64[P]: today's over these; ``novelty`` float64[P]: what is
    left of click rates, and ``custom`` of the attendance of groups. ``shares_ties``: the graph
    belongs to other runs too. ``waiting`` int64[n, 6]: orders that are not sent yet, oldest first;
    ``parcels``: those on their way, by the day they arrive (columns in ``sim.steps.send``,
    ``sim.steps.deliver``). ``segregation`` float64[M], as measured last. ``ways`` text[M]: whose
    way of doing business each follows. ``sold_clicks``: clicks of platforms that are paid by the
    order (``sim.steps.order_billing``). ``listens`` int16[N]: first day on which a person sees
    ads again (``sim.steps.opt_out``; empty while nobody opts out).
    """

    scenario: Scenario
    seed: np.uint64
    days: int
    consumers: Consumers
    relations: Relations
    graph: Graph
    firms: list[Firm]
    offers: Offers
    home: np.ndarray
    boards: Boards
    accounts: Accounts
    terms: Terms
    clients: Clients
    groups: Groups
    acquaintances: Acquaintances
    media: Media
    content: Content
    shelves: Shelves
    leaders: Leaders
    heard: Heard
    laws: Laws
    attention: Clock
    patience: Clock
    platforms: list[str]
    regions: Regions
    tribes: int
    segments: int
    category: np.ndarray
    reference_price: np.ndarray
    opened: np.ndarray
    drawn_visits: np.ndarray
    visit_scale: np.ndarray
    care: Care
    abroad: Abroad
    in_business: np.ndarray
    ways: np.ndarray
    novelty: np.ndarray
    teams: TeamMarket
    referrals: Referrals
    custom: float = 1.0
    shares_ties: bool = False
    waiting: np.ndarray = field(default_factory=lambda: np.zeros((0, 6), np.int64))
    parcels: dict[int, list[np.ndarray]] = field(default_factory=dict)
    messages: list[np.ndarray] = field(default_factory=list)
    sold_clicks: list[np.ndarray] = field(default_factory=list)
    profits: list[np.ndarray] = field(default_factory=list)
    listens: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int16))
    measures: dict[str, float] = field(default_factory=dict)
    segregation: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @cached_property
    def most_ties(self) -> int:
        """Ties of whoever has most; they may change partners, never their number."""
        return int(np.diff(self.graph.indptr).max(initial=0))

    def own_ties(self) -> None:
        """Have ties of our own, that may be changed: those of a society belong to many runs."""
        if self.shares_ties:
            ties = self.graph
            self.graph = ties._replace(indices=ties.indices.copy(), strength=ties.strength.copy())
            self.shares_ties = False

    @cached_property
    def branded(self) -> list[Firm]:
        """Merchants whose name is known from the start."""
        return [firm for firm in self.firms if firm.spec.product.brand.awareness > 0]

    @property
    def count(self) -> int:
        """Number of consumers."""
        return len(self.consumers.tribe)

    @property
    def aisles(self) -> int:
        """Where ads are sold apart: segments, and where goods are of several categories also those
        in each segment who search one of them."""
        categories = len(self.reference_price)
        return self.segments * (1 + categories if categories > 1 else 1)

    def turn(self, day: int) -> None:
        """Let goodwill, fatigue and what is new fade until ``day``."""
        memory = self.scenario.memory
        self._wear_off((day - self.attention.today) / YEAR)
        left = self.attention.turn(day, memory.goodwill_half_life)
        if left != 1.0:
            self.relations.goodwill[:] *= np.float32(left)
        left = self.patience.turn(day, memory.fatigue_half_life)
        if left != 1.0:
            self.consumers.fatigue[:] *= np.float32(left)
        law = self.laws.memory._replace(fade=self.attention.fade, calm=self.patience.fade)
        self.laws = self.laws._replace(memory=law)

    def _wear_off(self, years: float) -> None:
        """Let what people respond to drift, from a platform's first day on."""
        for p, name in enumerate(self.platforms):
            if self.opened[p]:
                change = self.scenario.platforms[name].click_rate.drift
                self.novelty[p] *= (1.0 + change) ** years
        groups = self.scenario.groups
        if groups.drift == 0.0 and self.custom == 1.0:
            return
        self.custom *= (1.0 + groups.drift) ** years
        law = self.laws.groups._replace(
            attendance=min(1.0, groups.attendance * self.custom),
            channel_reach=min(1.0, groups.channel_reach * self.custom),
        )
        self.laws = self.laws._replace(groups=law)

    def open_platforms(self, day: int) -> None:
        """Open the platforms whose day it is: with visits of their own, or with none where visits
        move between platforms and there are some to draw."""
        for p, name in enumerate(self.platforms):
            spec = self.scenario.platforms[name]
            if self.opened[p] or spec.opens > day:
                continue
            self.opened[p] = True
            must_draw = self.scenario.visits.drift > 0.0 and self.visit_scale.any()
            if not must_draw and self.drawn_visits[p] > 0.0:
                self.visit_scale[p] = spec.visits_per_day.mean / self.drawn_visits[p]

    def post_deals(self, day: int) -> None:
        """Post the promotions that are good on ``day``."""
        if not any(group.promotions for group in self.scenario.merchants.values()):
            return
        running = [firm.spec.promotions for firm in self.firms]
        self.offers = self.offers._replace(deals=deals_of(running, self.offers.price, day))

    def adopt(self, scenario: Scenario) -> None:
        """Take over a scenario whose changeable settings an event has set."""
        old = self.scenario
        self.scenario = scenario
        self.laws = build_laws(scenario)
        for p, name in enumerate(self.platforms):
            before = old.platforms[name].visits_per_day.mean
            if before > 0:
                self.visit_scale[p] *= scenario.platforms[name].visits_per_day.mean / before
        for number, firm in enumerate(self.firms):
            was, now = old.merchants[firm.camp].product, scenario.merchants[firm.camp].product
            self.firms[number] = replace(firm, spec=scenario.merchants[firm.camp])
            self.offers.friction[number] = self.firms[number].spec.shop.friction
            if was != now:
                self.offers.price[firm.number] = now.price
                self.offers.unit_cost[firm.number] = now.unit_cost
                self.offers.quality[firm.number] = now.quality
        if scenario.groups.cap != old.groups.cap:
            self.groups = capped(self.groups, scenario.groups.cap)
        self.terms = build_terms(self.firms, scenario.memory)
        scale_reach(self.media, old.media, scenario.media)
        self.referrals.programmes = build_programmes(self.firms)
        post_prices(self.offers, self.reference_price[self.category])


class Society(NamedTuple):
    """People and ties: the part of a world that merchants have no say in, and slow to build.

    Where ``sim.scenario.resolved.society_digest`` is equal, so are these: many runs may share one.
    """

    consumers: Consumers
    graph: Graph
    regions: Regions
    tribes: int

    def fresh(self) -> Consumers:
        """Return the people with their own copy of what a run changes."""
        people = self.consumers
        return people._replace(
            taste=people.taste.copy(),
            fatigue=people.fatigue.copy(),
        )


def build_society(scenario: Scenario, *, seed: int, folder: Path) -> Society:
    """Build people and ties; ``folder`` is where relative paths of the scenario start."""
    tribes, where = scenario.consumers.tribes, scenario.consumers.regions
    ties = known_ties(scenario.graph, scenario.consumers.count, seed, folder)
    people = ties.people if ties else scenario.consumers.count or DEFAULT_COUNT
    segment = assign_segments(tribes, where, people)
    regions = settle(where, segment, tribes.count)
    given = segment % tribes.count
    built = build_graph(scenario.graph, people, given, seed, folder, ties, regions=regions)
    tribe, number = given, tribes.count
    if built.tribe is not None:
        # A file that says who is of which tribe knows nothing of regions: there is one.
        tribe = segment = built.tribe
        number = max(int(tribe.max(initial=0)) + 1, 1)
    consumers = build_consumers(
        scenario.consumers, scenario.platforms, tribe, seed, segment, scenario.categories
    )
    return Society(consumers, built.graph, regions, number)


def build_world(
    scenario: Scenario, *, seed: int, days: int, folder: Path, society: Society | None = None
) -> World:
    """Build the state of day 0; ``folder`` is where relative paths of the scenario start.

    A ``society`` that was built before, for the same people, ties and seed, is not changed.
    """
    shared = society is not None
    society = society or build_society(scenario, seed=seed, folder=folder)
    consumers = society.fresh() if shared else society.consumers
    segments = len(society.regions.distance) * society.tribes
    people = len(consumers.tribe)
    firms = plan_firms(scenario, days, seed)
    offers, home = build_offers(firms, scenario, consumers, society.tribes, society.regions, seed)
    category = categories_of(firms, scenario)
    reference = reference_prices(firms, category, scenario)
    post_prices(offers, reference[category])
    platforms, specs = list(scenario.platforms), scenario.platforms.values()
    abroad = build_abroad(firms, society.regions, society.tribes)
    post_closeness(offers, abroad)
    return World(
        scenario=scenario,
        seed=np.uint64(seed & (2**64 - 1)),
        days=days,
        consumers=consumers,
        relations=empty_relations(people, scenario.consumers.slots),
        graph=society.graph,
        shares_ties=shared,
        firms=firms,
        offers=offers,
        home=home,
        boards=build_boards(len(platforms), segments, len(firms), len(reference)),
        accounts=build_accounts(firms),
        terms=build_terms(firms, scenario.memory),
        clients=build_clients(len(firms), days),
        groups=build_groups(len(firms), scenario.groups.cap),
        acquaintances=build_acquaintances(people, scenario.groups.acquaintances.slots),
        media=build_media(scenario.media, people, len(firms), seed),
        content=build_content(len(firms), tribe_centres(scenario.consumers.tribes, segments, seed)),
        shelves=build_shelves(len(firms)),
        leaders=build_leaders(scenario, consumers, society.graph, len(firms), seed),
        heard=build_heard(len(firms), consumers.taste.shape[1]),
        laws=build_laws(scenario),
        attention=Clock(scenario.memory.goodwill_half_life),
        patience=Clock(scenario.memory.fatigue_half_life),
        platforms=platforms,
        regions=society.regions,
        tribes=society.tribes,
        segments=segments,
        category=category,
        reference_price=reference,
        opened=np.array([spec.opens == 0 for spec in specs], np.bool_),
        drawn_visits=np.array([spec.visits_per_day.mean for spec in specs], np.float64),
        visit_scale=np.array([spec.opens == 0 for spec in specs], np.float64),
        care=build_care(len(firms)),
        abroad=abroad,
        in_business=np.zeros(len(firms), np.bool_),
        novelty=np.ones(len(platforms)),
        ways=np.array([firm.camp for firm in firms], object),
        teams=build_teams(len(firms)),
        referrals=build_referrals(firms),
    )
