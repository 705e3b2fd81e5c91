"""Settings of strategies that change their ways: by their own books, or by others' success."""

from __future__ import annotations

from typing import Literal

from sim.scenario.advertising import first_bid
from sim.scenario.community import Community
from sim.scenario.strategy import Reviewed
from sim.scenario.units import Money, Rate, setting


class Adaptive(Reviewed):
    """Moves money between ads and a community to where it has brought more, in its own eyes."""

    kind: Literal["adaptive"] = setting("adaptive", "name", "Strategy.", "the author")
    daily_budget: Money = setting(
        100_000,
        "money per day",
        "Spending at most, all together: tools, gifts, wages and ads; gifts stop where it ends.",
        ge=0,
    )
    discount: float = setting(
        0.99,
        "factor per day",
        "What a yuan of tomorrow is worth today, the risk to lose the customer included; a stream"
        " that goes on is worth discount / (1 - discount) days of it: 0 is blind to tomorrow,"
        " 0.99 looks 99 days ahead.",
        ge=0,
        le=0.9999,
    )
    community: Community = setting(Community(), "record", "How groups are run.")
    community_share: Rate = setting(
        0.3, "share", "Share of the budget that the community is allowed at first.", ge=0, le=1
    )
    step: float = setting(
        0.3,
        "log odds",
        "How far that share moves at most at a review; 0 never learns.",
        ge=0,
        le=5,
    )
    explore: Rate = setting(
        0.05,
        "share",
        "Share of the budget that ads, and the community, are always allowed: what is never tried"
        " is never known.",
        ge=0,
        le=0.5,
    )
    bid: Money = first_bid()


class Imitate(Reviewed):
    """Does as others do who sell more; sees no more of them than a list of best sellers."""

    kind: Literal["imitate"] = setting("imitate", "name", "Strategy.", "the author")
    among: list[str] = setting(
        [],
        "list",
        "Names in `merchants` whose way of doing business may be copied; left out: all that do not"
        " imitate themselves.",
        "the author",
    )
    rate: Rate = setting(
        0.5,
        "share per review",
        "Chance to copy somebody who sells much more; who sells little more is copied less, in"
        " proportion to what one sells less (proportional imitation, Schlag 1998).",
        ge=0,
        le=1,
    )
    integration: Rate = setting(
        0.3, "0..1", "Integration capability at the start, for when it runs groups.", ge=0, le=1
    )
