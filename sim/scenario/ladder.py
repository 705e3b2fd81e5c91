"""The strategy that climbs from traffic over fans and community to socialisation."""

from __future__ import annotations

from typing import Literal

from sim.scenario.advertising import Advertiser, first_bid, target
from sim.scenario.community import Community
from sim.scenario.strategy import Reviewed
from sim.scenario.units import Money, Rate, Whole, setting


class Ladder(Reviewed, Advertiser):
    """Climbs from traffic over fans and groups to groups that bring others, as its books allow."""

    kind: Literal["ladder"] = setting("ladder", "name", "Strategy.", "the author")
    daily_budget: Money = setting(100_000, "money per day", "Spending at most, all together.", ge=0)
    bid: Money = first_bid()
    target_cac: Money = target()
    customers: Whole = setting(
        200,
        "people",
        "Yearly customers at which it begins to lead buyers into following (second rung: fans).",
        ge=0,
    )
    fans: Whole = setting(
        150, "people", "Followers at which it opens groups (third rung: community).", ge=0
    )
    members: Whole = setting(
        400,
        "people",
        "Members at which it works for sharing and honour, writes content, and buys less traffic"
        " (fourth rung: socialisation).",
        ge=0,
    )
    ads_share: Rate = setting(
        0.3,
        "share",
        "Part of what the community leaves that still buys traffic on the fourth rung.",
        ge=0,
        le=1,
    )
    community: Community = setting(
        Community(), "record", "How groups are run; sharing, honour and content wait for the top."
    )
