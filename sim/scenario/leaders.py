"""Opinion leaders: people with a following of their own, who sell access to it."""

from __future__ import annotations

from sim.scenario.units import Money, Rate, Record, Whole, WholeDays, setting


class Leader(Record):
    """The best connected people of a tribe, who sell posts to their following (KOL, KOC)."""

    count: Whole = setting(1, "leaders", "How many leaders are like this.", ge=0, le=10_000)
    following: Whole = setting(1_000, "people", "Followers of each; friends come first.", ge=1)
    own_tribe: Rate = setting(
        0.7, "share", "Followers, friends apart, who are of the leader's tribe.", ge=0, le=1
    )
    tribe: Whole | None = setting(
        None, "tribe number", "Tribe the leader belongs to; left out: drawn by tribe size.", ge=0
    )
    fee: Money = setting(100_000, "money per post", "What a merchant pays for one post.", ge=0)
    reach: Rate = setting(
        0.2, "share", "Followers who see a post while the leader's credit is whole.", ge=0, le=1
    )
    trust: Rate = setting(
        0.15,
        "trust",
        "Trust that the leader lends to the merchant, times what is missing to 1.",
        ge=0,
        le=1,
    )
    tempt: Rate = setting(
        0.2, "share", "Of those who see a post, who consider buying at once.", ge=0, le=1
    )
    wear: Rate = setting(
        0.05,
        "share",
        "Credit lost with every paid post; what is missing halves in 30 days. Credit multiplies"
        " reach and lent trust.",
        ge=0,
        le=1,
    )
    rest: WholeDays = setting(
        2, "days", "Time from one paid post to the next, for whomever.", ge=1, le=365
    )
