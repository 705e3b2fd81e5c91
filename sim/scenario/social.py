"""What friends do for merchants: invitations, rewards for them, and buying in teams."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from sim.scenario.advertising import first_bid, target
from sim.scenario.strategy import Reviewed
from sim.scenario.units import Money, Rate, Record, Whole, WholeDays, WrongPart, setting

MOST_TIERS = 5


class Inviting(Record):
    """How people invite friends, and how friends answer; for referral and for buying in teams."""

    rate: Rate = setting(
        0.05,
        "share",
        "Chance that a person of sociability 1 invites a friend at a tie of strength 1, without any"
        " reward.",
        ge=0,
        le=1,
    )
    incentive: float = setting(
        1.0,
        "ratio",
        "Weight of a reward in inviting and in talking: at 1 it counts as much as the same saving"
        " counts in buying; 0 leaves people cold.",
        ge=0,
        le=20,
    )
    persuasion: float = setting(
        2.5,
        "utility",
        "Utility of being asked by a friend rather than tempted by an ad.",
        ge=-20,
        le=20,
    )
    credence: Rate = setting(
        0.5,
        "share",
        "Trust that an invitation brings, over that of a friend's message: who invites has an"
        " interest.",
        ge=0,
        le=1,
    )
    waiting: float = setting(
        0.3, "utility", "Utility lost by waiting for a team that may not fill.", ge=-20, le=20
    )


class Referral(Record):
    """A programme that rewards customers for the new customers they bring (two-sided)."""

    reward: Money = setting(
        1_000, "money", "To the customer who invited, for every friend who buys first.", ge=0
    )
    friend_reward: Money = setting(1_000, "money", "Off the friend's first order.", ge=0)
    paid_as: Literal["money", "coupon"] = setting(
        "money",
        "name",
        "`money`: paid out at once; `coupon`: off the customer's own next order, lost if there is"
        " none in time.",
    )
    most: Whole = setting(20, "friends", "Friends for whom one person is rewarded, at most.", ge=0)
    days: WholeDays = setting(
        14,
        "days",
        "For so long an invitation counts for a first order, and a coupon lasts.",
        ge=1,
        le=365,
    )


class Tier(Record):
    """A larger team and its lower price."""

    size: Whole = setting(
        ..., "people", "Team members from whom on the price holds.", "the author", ge=3, le=1_000
    )
    price: Money = setting(..., "money", "Price for every member.", "the author", ge=1)


class Team(Record):
    """A price for those who buy together (Pinduoduo): who opens a team pays, invites, and waits."""

    size: Whole = setting(
        3,
        "people",
        "Members, the opener included, who make a team; with fewer all are paid back.",
        ge=2,
        le=1_000,
    )
    price: Money = setting(9_900, "money", "Price for every member of a complete team.", ge=1)
    days: WholeDays = setting(2, "days", "Time to fill a team.", ge=1, le=60)
    strangers: Rate = setting(
        0.5,
        "share",
        "Buyers who, knowing no team among friends, take a place in a stranger's team, if there is"
        " one, before they open their own.",
        ge=0,
        le=1,
    )
    tiers: list[Tier] = setting(
        [],
        "list",
        "Larger teams at lower prices; a team that could still grow stays open to its deadline.",
        "the author",
        max_length=MOST_TIERS - 1,
    )

    @model_validator(mode="after")
    def _steps_down(self) -> Team:
        size, price = self.size, self.price
        for number, tier in enumerate(self.tiers, start=2):
            if tier.size <= size or tier.price >= price:
                raise WrongPart(
                    "tiers",
                    f"tier {number} must need more people and a lower price than the one before it",
                )
            size, price = tier.size, tier.price
        return self

    @property
    def steps(self) -> list[tuple[int, int]]:
        """Size and price of every tier, the smallest first."""
        return [(self.size, self.price), *((tier.size, tier.price) for tier in self.tiers)]


class GroupBuy(Reviewed):
    """Sells to teams, and buys clicks that bring those who open them."""

    kind: Literal["group_buy"] = setting("group_buy", "name", "Strategy.", "the author")
    team: Team = setting(Team(), "record", "What is offered to teams.")
    daily_budget: Money = setting(100_000, "money per day", "Ad spend at most.", ge=0)
    bid: Money = first_bid()
    target_cac: Money = target(
        "Cost per new customer aimed at: ads, and what teams pay less; 0 keeps the bid."
    )
