"""Moves money to where it has brought more: the community's share of the budget, and the bid.

At a review the merchant asks of its own ledger what the money spent on ads, and on the community,
has brought: margin of the orders that came by it, and what it built for later, which it values by
its discount factor d:

    value of ads       = margin x paid orders + customers won x worth of a customer
    value of community = margin x community orders + members gained x worth of a member
    worth              = d / (1 - d) days x margin a day that each of them has brought so far

Orders by word of mouth and of their own accord count for the customers there are, orders by posts
for the members; the margin is after the platforms' mean fee. Value is taken to grow as k x money^e;
the next yuan brings the same on both sides where money is in proportion to k^(1 / (1 - e)), and the
community's share of the budget moves there. The bid aims at a part of what a new customer is worth.
"""

from __future__ import annotations

import math

import numpy as np

from sim.merchants.buy_traffic import FADE, Bidder
from sim.merchants.cultivate_community import care_for, team_for
from sim.merchants.strategy import Decision, Observation
from sim.scenario.learning import Adaptive as Settings

ELASTICITY = 0.5  # e above; published short-run elasticities of ads are lower (assumption)
PART = 0.5  # of a customer's worth is bid for: best where clicks grow with the bid (assumption)


class Returns:
    """What money has brought so far, remembered with ``FADE`` a review; money in smallest units."""

    def __init__(self) -> None:
        self.ads = self.community = 0.0  # spent
        self.paid = self.posts = self.own = 0.0  # orders
        self.won = self.new = self.joined = 0.0  # customers by ads, all new ones, members gained
        self.customer_days = self.member_days = 0.0
        self._members = 0

    def learn(self, seen: Observation) -> None:
        """Take in the last period."""
        joined = seen.members - self._members
        self._members = seen.members
        for name, value in (
            ("ads", seen.spend_ads),
            ("community", seen.spend_community),
            ("paid", seen.orders_paid),
            ("posts", seen.orders_community),
            ("own", seen.orders_owned - seen.orders_community),
            ("won", seen.new_paid),
            ("new", seen.new_customers),
            ("joined", joined),
            ("customer_days", seen.active_customers * seen.period),
            ("member_days", seen.members * seen.period),
        ):
            setattr(self, name, FADE * getattr(self, name) + value)

    def a_customer(self) -> float:
        """Return the orders a day that a customer has given of their own accord."""
        return self.own / max(1.0, self.customer_days)

    def a_member(self) -> float:
        """Return the orders a day that a member has given by posts."""
        return self.posts / max(1.0, self.member_days)

    def best_odds(self, margin: float, ahead: float, even: float) -> float:
        """Return log(money for the community / money for ads) at which the next yuan brings the
        same. ``even`` money that just broke even is counted on both sides, so that luck does not
        swing it; members lost count against the community."""
        ads = margin * (self.paid + ahead * self.won * self.a_customer())
        community = margin * max(0.0, self.posts + ahead * self.joined * self.a_member())
        gap = math.log((community + even) / (ads + even))
        gap -= ELASTICITY * math.log((self.community + even) / (self.ads + even))
        return gap / (1.0 - ELASTICITY)

    def orders_won(self, ahead: float) -> float:
        """Return the orders that a new customer brings by now and ``ahead``, as a member too."""
        joins = max(0.0, self.joined) / max(1.0, self.new)
        return 1.0 + ahead * (self.a_customer() + joins * self.a_member())


class Adaptive:
    """See ``sim.scenario.firms.Adaptive`` for the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.share = settings.community_share
        self.returns = Returns()
        self.bidder = Bidder(settings.bid, 1)

    def adopt(self, other: Adaptive) -> None:
        """Take over the settings of ``other`` and keep what was learned; what is changed of the
        bid or the share is begun with anew."""
        if other.settings.bid != self.settings.bid:
            self.bidder.bid = float(other.settings.bid)
        if other.settings.community_share != self.settings.community_share:
            self.share = other.settings.community_share
        self.settings = other.settings

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Learn, run the community within its share, bid with what it leaves."""
        settings, community = self.settings, self.settings.community
        self._learn(observation)
        purse = round(settings.daily_budget * self.share)
        tools = min(purse, community.integration_spend)
        staff, gifts = team_for(community, community.staff, observation, purse - tools)
        budget = max(0, settings.daily_budget - round(staff * community.wage) - tools - gifts)
        self.bidder.learn(observation, budget)
        budgets, bids = self.bidder.offer(observation, budget)
        return Decision(
            budgets=budgets,
            bids=bids,
            daily_limit=settings.daily_budget,
            **care_for(community, staff, purse),  # type: ignore[arg-type]
        )

    def _learn(self, seen: Observation) -> None:
        """Move the share of the community, and aim the bid at what a customer is worth."""
        settings = self.settings
        ahead = settings.discount / (1.0 - settings.discount)
        fee = sum(view.fee for view in seen.platforms) / max(1, len(seen.platforms))
        margin = max(0.0, seen.price * (1.0 - fee) - seen.unit_cost)
        if seen.period > 0:
            self.returns.learn(seen)
            even = float(max(1, settings.daily_budget))
            odds = self.returns.best_odds(margin, ahead, even)
            self.share = moved(self.share, odds, settings)
        self.bidder.target = max(1, round(PART * margin * self.returns.orders_won(ahead)))


def moved(share: float, odds: float, settings: Settings) -> float:
    """Return a share moved towards ``odds`` (log), as far as the settings let it at a time."""
    least = max(settings.explore, 1e-6)
    inside = min(1.0 - least, max(least, share))
    now = math.log(inside / (1.0 - inside))
    now += min(settings.step, max(-settings.step, odds - now))
    return min(1.0 - least, max(least, 1.0 / (1.0 + math.exp(-now))))
