"""Buys clicks: a daily budget, and a bid that follows a rule.

``target_cac`` is proportional control of the bid on log scale: the bid moves by the square root of
target over achieved cost of a new paid customer, at most a quarter a review. The achieved cost
counts one imaginary customer at the target, so that a slow start does not swing the bid. While the
whole budget is spent below the target, the bid is shaded down: more clicks for the same money.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np

from sim.merchants.bids import Rates
from sim.merchants.budget_split import Split
from sim.merchants.old_channels import old_channels
from sim.merchants.strategy import Decision, Observation
from sim.scenario.advertising import Advertiser
from sim.scenario.firms import BuyTraffic as Settings
from sim.scenario.firms import CultivateCommunity as CultivateSettings
from sim.scenario.firms import Hybrid as HybridSettings
from sim.scenario.ladder import Ladder as LadderSettings

FADE = 0.8  # weight of the past at each review (assumption)
STEP = 1.25  # most that a bid moves at a review (assumption)
ALL_SPENT = 0.95  # share of the budget above which it counts as the limit (assumption)
SHADE = 0.93  # then the bid is lowered a little, to learn how little is enough (assumption)


class Bidder:
    """Keeps a bid for clicks that aims at a cost per new customer."""

    def __init__(self, bid: int, target: int, split: str = "learned") -> None:
        self.bid = float(bid)
        self.target = target
        self._rates = Rates()
        self.split = Split(target, split)
        self._spend = 0.0
        self._won = 0.0

    def learn(self, seen: Observation, budget: int) -> None:
        """Take in the last period, in which ``budget`` a day could be spent, and move the bid."""
        if seen.period == 0 or self.target <= 0 or budget <= 0:
            return
        self._spend = FADE * self._spend + seen.spend_ads
        self._won = FADE * self._won + seen.new_paid
        cost = (self._spend + self.target) / (self._won + 1.0)
        factor = (self.target / cost) ** 0.5
        used = seen.spend_ads / (budget * seen.period)
        if used > ALL_SPENT:
            # The budget is the limit: a higher bid would buy fewer clicks, a lower one more.
            factor = min(factor, SHADE)
        elif seen.spend_ads == 0:
            factor = STEP**0.5  # nobody has seen us: feel upwards
        self.bid *= min(STEP, max(1 / STEP, factor))
        # Even if every tenth click bought, more than this would miss the target.
        self.bid = min(self.bid, self.target / 10)

    def offer(self, seen: Observation, budget: int) -> tuple[dict[str, int], dict[str, int]]:
        """Return budgets and bids by platform, after learning where customers cost less."""
        self._rates.learn(seen.platforms)
        self.split.learn(seen.platforms)
        names = [view.name for view in seen.platforms]
        if not names or budget <= 0:
            return {}, {}
        parts = self.split.parts(names, budget)
        return parts, {
            view.name: self._rates.bid(view, self.bid, parts[view.name]) for view in seen.platforms
        }


def reach(settings: Advertiser, seen: Observation) -> dict[str, Any]:
    """Return the part of a decision that says whom ads are for."""
    if settings.targeting == "tribes":
        first = seen.tribe - seen.tribe % (seen.tribes or seen.segments)  # of the own region
        return {"targets": tuple(first + t for t in settings.tribes) or (seen.tribe,)}
    return {"audience": settings.targeting}


S = TypeVar("S", Settings, CultivateSettings, HybridSettings, LadderSettings)


class Bidding(Generic[S]):
    """What the built-in strategies share: settings that an event may change, and a learned bid."""

    def __init__(self, settings: S) -> None:
        self.settings: S = settings
        self.bidder = Bidder(settings.bid, settings.target_cac, settings.split)

    def adopt(self, other: Bidding[S]) -> None:
        """Take over the settings of ``other`` and keep what was learned; a changed bid is bid."""
        if other.settings.bid != self.settings.bid:
            self.bidder.bid = float(other.settings.bid)
        self.settings = other.settings
        self.bidder.target = other.settings.target_cac
        self.bidder.split.kind = other.settings.split


class BuyTraffic(Bidding[Settings]):
    """See ``sim.scenario.firms.BuyTraffic`` for the settings."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Pay leaders and old channels, and bid on every platform with the rest."""
        mode, money = self.settings.mode, self.settings.daily_budget
        to_leaders = min(money, self.settings.leader_budget)
        old = old_channels(self.settings.legacy_channels, observation, money - to_leaders)
        budget = money - to_leaders - old.cost
        if mode == "target_cac":
            self.bidder.learn(observation, budget)
        elif mode == "spend_budget" and observation.period > 0 and budget > 0:
            used = observation.spend_ads / (budget * observation.period)
            # Pacing leaves a few per cent unspent, so "all" begins below 1.
            self.bidder.bid *= 1.1 if used < 0.85 else SHADE if used > 0.92 else 1.0
        budgets, bids = self.bidder.offer(observation, budget)
        return Decision(
            budgets=budgets,
            bids=bids,
            leader_budget=to_leaders,
            **reach(self.settings, observation),
            **old.decision,
        )
