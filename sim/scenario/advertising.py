"""Whom paid ads are for, and where: a part of the settings of every strategy that buys traffic."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from sim.scenario.units import Record, Whole, WrongPart, setting


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
