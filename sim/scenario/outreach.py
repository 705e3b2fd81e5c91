"""Settings of the strategies that neither bid for clicks nor run groups.

What never changes its mind has no ``review``: it decides once, and when an event changes it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from sim.scenario.strategy import Reviewed
from sim.scenario.units import Money, Rate, Record, Whole, WholeDays, WrongPart, setting


class MassMedia(Reviewed):
    """Books contacts in the scenario's `media`, the same money every day."""

    kind: Literal["mass_media"] = setting("mass_media", "name", "Strategy.", "the author")
    daily_budget: Money = setting(100_000, "money per day", "Spending at most.", ge=0)
    mix: dict[str, Rate] = setting(
        {},
        "shares",
        "How the budget is split: name in `media` to share; left out: equally over all. Money that"
        " would stay below a medium's minimum goes to the others.",
        "the author",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> MassMedia:
        if self.mix and (min(self.mix.values()) < 0 or sum(self.mix.values()) <= 0):
            raise WrongPart("mix", "shares must not be negative and must not all be 0")
        return self


class Channel(Record):
    """In-depth distribution: buys shelves, and promotion in front of them, in the `stores`."""

    kind: Literal["channel"] = setting("channel", "name", "Strategy.", "the author")
    daily_budget: Money = setting(100_000, "money per day", "Spending at most.", ge=0)
    promotion_share: Rate = setting(
        0.3,
        "share",
        "Share of the budget for promotion at the point of sale; the rest is for presence in more"
        " stores.",
        ge=0,
        le=1,
    )


class Content(Record):
    """Publishes what searchers find and friends pass on, and waits."""

    kind: Literal["content"] = setting("content", "name", "Strategy.", "the author")
    daily_budget: Money = setting(100_000, "money per day", "Spending at most.", ge=0)
    piece_cost: Money = setting(
        200_000, "money per piece", "What it takes to make a piece of content.", ge=1
    )
    shelf_life: WholeDays = setting(
        60, "days", "For how long searchers find a piece.", ge=1, le=3650
    )
    virality: float = setting(
        1.0,
        "ratio",
        "Readiness to share a piece, and to pass on what was heard of it, over `content.share_rate`"
        " and `sharing.pass_on`.",
        ge=0,
        le=100,
    )
    style: Whole | None = setting(
        None,
        "tribe number",
        "Tribe for whose taste the pieces are written; left out: for the product's own place.",
        "the author",
        ge=0,
    )
    sales_posts: float = setting(
        0.15, "posts per day", "Selling posts to followers, who have no groups.", ge=0, le=5
    )
