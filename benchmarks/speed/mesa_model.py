"""The core loop as an ordinary Mesa model, one ``mesa.Agent`` per consumer.

Written as a careful user of Mesa would: attributes on agents, plain floats, a dict as memory, lists
of friends, look-up tables instead of powers, merchants ranked once a day and not at every visit,
an auction that stops as soon as its slots are full. It copies people, ties and merchants from a
built ``Market``, so both simulate the same population; its luck is its own.

======================= ==================================== =====================================
what                    the engine (``core_scenario``)       here
======================= ==================================== =====================================
visits                  Poisson, 0.4 a day; searches          one with probability 0.4; searches
needs                   1 - exp(-rate), rate Gamma            the same rates
who bids                left >= bid, share ``throttle``       the same
auction                 ranked a day, 16 lots a tick          ranked a day, walked at every visit
price                   generalised second price              the same
pacing                  after each of 8 ticks                 after each eighth of the people
budget                  cap; a tick's surplus is not billed   cap; sits out from then on
notice, click           0.25; base x decay^slot x fit x calm  the same
fatigue                 0.01 an impression, half-life 7 days  the same
memory                  8 slots, half-life 21 days            dict of at most 8, same eviction
unpaid results          4 a search, by price and sales        the same weights
choice                  utility + Gumbel noise, the largest   softmax of the same utilities
friends who bought      asked where they can decide           the same
delivery, trust         after 3 days, satisfaction            the same
word of mouth           cascade on 10 ties, fit, pass on      the same probabilities
tempted                 half of the receivers                 the same
money, stock, returns   booked to the fen                     orders, spending, returns counted
series, conservation    recorded daily                        six totals a day
======================= ==================================== =====================================
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from operator import itemgetter
from typing import Any

import mesa

from sim.scenario.schema import Scenario
from sim.steps.pacing import LEARN, LEAST
from sim.world.world import World

FEED, SEARCH = 0, 1
TICKS = 8
FORGET = 0.98
SCORE = itemgetter(0)
Totals = Counter[str]


class Rules:
    """The scenario's numbers as plain attributes and tables."""

    def __init__(self, scenario: Scenario, slots: int, days: int) -> None:
        (mall,) = scenario.platforms.values()
        memory, choice, sharing = scenario.memory, scenario.choice, scenario.sharing
        self.memory, self.choice, self.sharing = memory, choice, sharing
        self.slots, self.ad_slots, self.reserve = slots, mall.ad_slots, mall.auction.reserve
        self.visit, self.search = mall.visits_per_day.mean, mall.search_rate
        rates = mall.click_rate
        self.notice, self.fit_share = rates.notice, rates.fit_share
        self.click = [
            [rate * rates.position_decay**slot for slot in range(mall.ad_slots)]
            for rate in (rates.feed, rates.search)
        ]
        self.prior = mall.auction.prior_impressions * rates.feed
        self.organic = mall.organic
        self.decay = [2 ** (-age / memory.goodwill_half_life) for age in range(days)]
        self.calm = [2 ** (-age / memory.fatigue_half_life) for age in range(days)]


class Relation:
    """What a consumer remembers of a merchant."""

    __slots__ = ("bought", "day", "goodwill", "trust")

    def __init__(self, goodwill: float, day: int) -> None:
        self.goodwill, self.day, self.trust, self.bought = goodwill, day, 0.0, -1


class Seller(mesa.Agent):
    """A merchant with a constant bid and a daily budget."""

    def __init__(self, model: MesaMarket, world: World, number: int) -> None:
        super().__init__(model)
        offers = world.offers
        self.bid = int(offers.bid[0, number])
        self.budget = int(offers.budget[0, number])
        self.log_price = float(offers.log_price[number])
        self.quality = float(offers.quality[number])
        self.spirit = float(offers.spirit[number])
        self.taste = offers.taste[number].tolist()
        self.narrow = 1 / (2 * float(offers.breadth[number]) ** 2)
        self.fit_scale = float(offers.fit_scale[number])
        self.most = 1 - model.rules.fit_share * (1 - self.fit_scale)
        self.left = self.spent = 0
        self.throttle, self.rate = 1.0, -1.0
        self.velocity = 0.0

    def fit(self, taste: tuple[float, ...]) -> float:
        """Return how well the product fits a taste."""
        distance = math.dist(taste, self.taste)
        return self.fit_scale * math.exp(-distance * distance * self.narrow)

    def pace(self, parts: int) -> None:
        """Set the share of auctions to take part in, by what full participation would spend."""
        self.spent = min(self.spent, self.left)
        self.left -= self.spent
        full = self.spent / self.throttle
        if self.left + self.spent > 0:
            self.rate = full if self.rate < 0 else (1 - LEARN) * self.rate + LEARN * full
        wanted = self.left / parts if parts else self.budget / TICKS
        share = wanted / self.rate if self.rate > 0 else 2 * self.throttle
        self.throttle = min(1.0, max(LEAST, share))
        self.spent = 0


class Consumer(mesa.Agent):
    """A person: taste, memory, friends."""

    def __init__(self, model: MesaMarket, **person: Any) -> None:
        super().__init__(model)
        self.tribe: int = person["tribe"]
        self.taste: tuple[float, ...] = tuple(person["taste"])
        self.need_chance = 1 - math.exp(-person["need_rate"])
        self.sensitivity: float = person["price_sensitivity"]
        self.sociability: float = person["sociability"]
        self.tolerance: float = person["tolerance"]
        self.fatigue, self.fatigue_day = 0.0, 0
        self.memory: dict[Seller, Relation] = {}
        self.friends: list[Consumer] = []

    def live(self, day: int) -> None:
        """Perhaps need something, perhaps visit the mall."""
        random, rules = self.random.random, self.model.rules
        if random() < self.need_chance:
            searches = random() < rules.search
            self.model.occasions.append((self, None, searches))
            if searches:
                self.visit(day, SEARCH)
        if random() < rules.visit:
            self.visit(day, FEED)

    def visit(self, day: int, kind: int) -> None:
        """Look at the ads; notice some, click on few."""
        model, rules, random = self.model, self.model.rules, self.random.random
        model.today["visits"] += 1
        slots = model.mall.auction(self.tribe, kind)
        for (seller, price), base in zip(slots, rules.click[kind], strict=False):
            luck = random()
            if luck >= rules.notice:
                continue
            if luck < base * seller.most and luck < base * self.response(seller, day):
                self.warm(seller, rules.memory.click, day)
                model.mall.charge(seller, price, self.tribe)
                model.occasions.append((self, seller, False))
            else:
                self.warm(seller, rules.memory.impression, day)
        if slots:
            rested = self.fatigue * rules.calm[day - self.fatigue_day]
            self.fatigue = rested + rules.memory.fatigue * len(slots)
            self.fatigue_day = day

    def response(self, seller: Seller, day: int) -> float:
        """Return the click rate relative to an average person who is not tired of ads."""
        rules = self.model.rules
        tired = self.fatigue * rules.calm[day - self.fatigue_day] / self.tolerance
        share = rules.fit_share
        return (1 - share + share * seller.fit(self.taste)) * math.exp(-tired)

    def warm(self, seller: Seller, gain: float, day: int) -> Relation | None:
        """Raise goodwill; a newcomer may push out the weakest."""
        relation, decay = self.memory.get(seller), self.model.rules.decay
        if relation is not None:
            present = relation.goodwill * decay[day - relation.day]
            relation.goodwill, relation.day = present + gain * (1 - present), day
            return relation
        if len(self.memory) >= self.model.rules.slots:
            present, weakest = min(
                ((known.goodwill * decay[day - known.day], other)
                 for other, known in self.memory.items()),
                key=lambda pair: pair[0],
            )  # fmt: skip
            if present > gain:
                return None
            del self.memory[weakest]
        relation = self.memory[seller] = Relation(gain, day)
        return relation

    def utility(self, seller: Seller, day: int) -> float:
        """Return the utility of buying from ``seller``, without friends and noise."""
        choice, relation = self.model.rules.choice, self.memory.get(seller)
        quality, known = (seller.quality + 0.5) / 2, 0.0
        if relation is not None:
            present = relation.goodwill * self.model.rules.decay[day - relation.day]
            known = choice.goodwill * present + choice.trust * relation.trust
            if relation.bought >= 0:
                quality = seller.quality
        return (
            choice.quality * quality
            + seller.spirit * seller.fit(self.taste)
            + known
            - self.sensitivity * seller.log_price
        )

    def choose(self, offer: Seller | None, searches: bool, day: int) -> Seller | None:
        """Choose among the considered (a need) or say yes or no to an offer (a temptation)."""
        rules = self.model.rules
        options, outside = [offer], rules.choice.impulse
        if offer is None:
            options = [
                seller
                for seller, relation in self.memory.items()
                if relation.goodwill * rules.decay[day - relation.day] >= rules.choice.consider
            ]
            if searches:
                options += {*self.model.mall.results()}.difference(options)
            outside = rules.choice.outside
        if not options:
            return None
        bought = Counter(
            seller
            for friend in self.friends
            for seller, relation in friend.memory.items()
            if relation.bought >= 0
        )
        each = rules.choice.friends / max(1, len(self.friends))
        weights = [math.exp(self.utility(m, day) + each * bought[m]) for m in options]
        (chosen,) = self.random.choices([*options, None], weights=[*weights, math.exp(outside)])
        return chosen

    def buy(self, seller: Seller, day: int) -> None:
        """Order, once a day at most; the parcel comes in three days."""
        known = self.memory.get(seller)
        if known is not None and known.bought == day:
            return
        self.model.today["orders"] += 1
        self.model.parcels[day + 3].append((self, seller))
        relation = self.warm(seller, self.model.rules.memory.purchase, day)
        if relation is not None:
            relation.bought = day

    def receive(self, seller: Seller) -> None:
        """Judge a delivery; perhaps return it, perhaps talk about it."""
        memory, sharing = self.model.rules.memory, self.model.rules.sharing
        noise = self.random.gauss(0, memory.satisfaction_noise)
        mood = min(1.0, max(-1.0, 2 * (seller.quality - memory.expectation) + noise))
        if self.random.random() < memory.return_rate * math.exp(-2 * mood):
            self.model.today["returns"] += 1
        relation = self.memory.get(seller)
        if relation is not None:
            relation.trust += memory.trust_step * (mood - relation.trust)
        eager = min(1.0, 2 * abs(mood)) * (sharing.complaint_ratio if mood < 0 else 1)
        if self.random.random() < sharing.buyer_rate * self.sociability * eager:
            self.model.messages.append((self, seller, mood > 0))

    def hear(self, seller: Seller, good: bool, day: int) -> None:
        """Take in what a friend says."""
        rules = self.model.rules
        self.model.today["messages"] += 1
        if good:
            relation = self.warm(seller, rules.memory.message, day)
            if relation is not None:
                relation.trust += rules.sharing.good_news * (1 - relation.trust)
            if self.random.random() < rules.sharing.tempt:
                self.model.occasions.append((self, seller, False))
        elif seller in self.memory:
            relation = self.memory[seller]
            relation.trust = max(-1.0, relation.trust - rules.sharing.bad_news)


class Mall:
    """The platform: ranks bidders, sells slots, learns click rates, shows unpaid results."""

    def __init__(self, model: MesaMarket, tribes: int) -> None:
        self.model, self.sellers = model, model.sellers
        self.clicks = [dict.fromkeys(self.sellers, 0.0) for _ in range(tribes)]
        self.expected = [dict.fromkeys(self.sellers, 0.0) for _ in range(tribes)]

    def open(self) -> None:
        """Rank the bidders of every tribe and the unpaid results; fill budgets."""
        prior, organic = self.model.rules.prior, self.model.rules.organic
        self.bidders = []
        for clicks, expected in zip(self.clicks, self.expected, strict=True):
            for seller in self.sellers:
                clicks[seller] *= FORGET
                expected[seller] *= FORGET
            quality = ((clicks[m] + prior) / (expected[m] + prior) for m in self.sellers)
            self.bidders.append(
                [
                    (seller.bid * q, q, seller)
                    for seller, q in zip(self.sellers, quality, strict=True)
                ]
            )
        self.weights = [
            math.exp(-organic.price_weight * m.log_price)
            * (1 + m.velocity) ** organic.velocity_weight
            for m in self.sellers
        ]
        for seller in self.sellers:
            seller.left = seller.budget

    def auction(self, tribe: int, kind: int) -> list[tuple[Seller, int]]:
        """Return the winners of a visit's slots and their prices for a click."""
        rules, random = self.model.rules, self.model.random.random
        found = [
            bidder
            for bidder in self.bidders[tribe]
            if bidder[2].left >= bidder[2].bid and random() < bidder[2].throttle
        ]
        found.sort(key=SCORE, reverse=True)
        expected, slots = self.expected[tribe], []
        for place, (_, quality, seller) in enumerate(found[: rules.ad_slots]):
            following = found[place + 1][0] if place + 1 < len(found) else 0
            price = max(rules.reserve, math.ceil(following / quality - 1e-9))
            slots.append((seller, min(seller.bid, price)))
            expected[seller] += rules.click[kind][place]
        self.model.today["impressions"] += len(slots)
        return slots

    def charge(self, seller: Seller, price: int, tribe: int) -> None:
        """Bill a click."""
        self.model.today["clicks"] += 1
        self.clicks[tribe][seller] += 1
        seller.spent += price

    def results(self) -> list[Seller]:
        """Return unpaid results."""
        slots = self.model.rules.organic.slots
        return self.model.random.choices(self.sellers, weights=self.weights, k=slots)


class MesaMarket(mesa.Model):
    """A day: people live, friends talk, occasions become orders, parcels arrive.

    Args:
        world: a built world of ``core_scenario``, whose people, ties and merchants are copied
            (its merchants must have posted their bids: one step of the ``Market``).
        days: longest run.
        seed: of Mesa's own random numbers.
    """

    def __init__(self, world: World, days: int = 400, seed: int = 1) -> None:
        super().__init__(seed=seed)
        slots = world.relations.merchant.shape[1]
        self.rules = Rules(world.scenario, slots, days)
        self.day = 0
        self.sellers = [Seller(self, world, m) for m in range(len(world.firms))]
        people = world.consumers
        columns = {
            name: getattr(people, name).tolist()
            for name in (
                "tribe", "taste", "price_sensitivity", "sociability", "tolerance")
        }  # fmt: skip
        columns["need_rate"] = people.need_rate[0].tolist()  # of the only category
        rows = zip(*columns.values(), strict=True)
        self.people = [Consumer(self, **dict(zip(columns, row, strict=True))) for row in rows]
        starts, ties = world.graph.indptr.tolist(), world.graph.indices.tolist()
        for i, consumer in enumerate(self.people):
            consumer.friends = [self.people[j] for j in ties[starts[i] : starts[i + 1]]]
        self.mall = Mall(self, world.segments)
        self.occasions: list[tuple[Consumer, Seller | None, bool]] = []
        self.messages: list[tuple[Consumer, Seller, bool]] = []
        self.parcels: dict[int, list[tuple[Consumer, Seller]]] = defaultdict(list)
        self.today: Totals = Counter()
        self.totals: Totals = Counter()

    def step(self) -> None:
        """Simulate a day."""
        day, self.occasions, self.today = self.day, [], Counter()
        self.mall.open()
        order = list(self.people)
        self.random.shuffle(order)
        for tick in range(TICKS):
            for consumer in order[tick::TICKS]:
                consumer.live(day)
            for seller in self.sellers:
                seller.pace(TICKS - tick - 1)
        self.today["needs"] = sum(offer is None for _, offer, _ in self.occasions)
        messages, self.messages = self.messages, []
        for message in messages:
            self.spread(*message, day)
        sold: Counter[Seller] = Counter()
        for consumer, offer, searches in self.occasions:
            chosen = consumer.choose(offer, searches, day)
            if chosen is not None:
                sold[chosen] += 1
                consumer.buy(chosen, day)
        for consumer, seller in self.parcels.pop(day, []):
            consumer.receive(seller)
        for seller in self.sellers:
            fade = 2 ** (-1 / 14)
            seller.velocity = fade * seller.velocity + (1 - fade) * sold[seller]
        self.totals.update(self.today)
        self.day += 1

    def spread(self, sender: Consumer, seller: Seller, good: bool, day: int) -> None:
        """Let a message travel along ties, once along each."""
        sharing, random = self.rules.sharing, self.random.random
        heard, reached = {sender}, [sender]
        for teller in reached:
            if teller is not sender and random() >= sharing.pass_on * teller.sociability:
                continue
            for friend in teller.friends:
                passes = random() < sharing.tie_probability
                if passes and friend not in heard and random() < seller.fit(friend.taste):
                    heard.add(friend)
                    reached.append(friend)
        for receiver in reached[1:]:
            receiver.hear(seller, good, day)
