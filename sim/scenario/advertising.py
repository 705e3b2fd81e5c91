"""Whom paid ads are for, and where: a part of the settings of every strategy that buys traffic."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from sim.scenario.units import Record, Whole, WrongPart, setting


def first_bid(more: str = "") -> Any:
    """The setting of a bid to begin with."""
    return setting(150, "money per click", f"First bid for a click{more}.", ge=0)


def target(
    meaning: str = "Ad cost per new customer aimed at.", source: str = "as buy_traffic"
) -> Any:
    """The setting of what a new customer may cost."""
    return setting(18_000, "money per new customer", meaning, source, ge=0)


def for_leaders() -> Any:
    """The setting of what opinion leaders are paid."""
    meaning = "Part of the budget that buys posts of opinion leaders."
    return setting(0, "money per day", meaning, ge=0)


class Advertiser(Record):
    """Whom a merchant advertises to, and on which platforms most."""

    split: Literal["learned", "equal"] = setting(
        "learned",
        "name",
        "How an ad budget is split over platforms. `learned`: more where a new customer has cost"
        " less; `equal`: in equal parts.",
    )

    targeting: Literal["everybody", "tribes", "followers", "lookalikes"] = setting(
        "everybody",
        "name",
        "`everybody`; `tribes`: those named, or else the one the product is made for; `followers`:"
        " people who follow the merchant already; `lookalikes`: segments in which its buyers and"
        " followers are over-represented, as the platform learns them.",
    )
    tribes: list[Whole] = setting(
        [],
        "tribe numbers",
        "Tribes of the own region to advertise to with `targeting: tribes`; left out: the one the"
        " product is made for.",
        "the author",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Advertiser:
        if self.tribes and self.targeting != "tribes":
            raise WrongPart("tribes", "are named, which goes with targeting: tribes only")
        if self.tribes and min(self.tribes) < 0:
            raise WrongPart("tribes", "are numbered from 0")
        return self
