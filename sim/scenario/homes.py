"""Where a merchant sells: on which platforms, how it chooses them, and its own shop."""

from __future__ import annotations

from pydantic import model_validator

from sim.scenario.units import Money, Rate, Record, Whole, WholeDays, WrongPart, setting


class Listing(Record):
    """How a merchant comes to be on platforms, and leaves them."""

    at_most: Whole | None = setting(
        None,
        "platforms",
        "Platforms it can serve at once, drawn by visits where there are more; left out: all."
        " 1 is single-homing.",
        ge=1,
        le=100,
    )
    review: WholeDays = setting(
        0,
        "days",
        "Time between two looks at which platforms pay: it leaves those where it lost money and"
        " tries one where others earn more; 0: it stays where it is.",
        ge=0,
        le=365,
    )


class Shop(Record):
    """The merchant's own shop (mini-program, site): no fee, no traffic but what it owns."""

    cost: Money = setting(0, "money per day", "Fixed cost of running it.", ge=0)
    friction: Rate = setting(
        0.0,
        "share",
        "Buyers who give up at its till: another app, another registration, another payment.",
        ge=0,
        lt=1,
    )


class Selling(Record):
    """The part of a merchant that says where it sells."""

    own_shop: bool = setting(
        True,
        "yes or no",
        "Whether orders that no platform brought go to an own shop without platform fee; otherwise"
        " they pay the fee of the first platform the merchant is on.",
    )
    shop: Shop = setting(Shop(), "record", "What the own shop costs.")
    platforms: list[str] | None = setting(
        None,
        "names",
        "Platforms on which it sells and advertises; left out: all; none: the own shop alone.",
        "the author",
    )
    listing: Listing = setting(Listing(), "record", "How it chooses among these platforms.")

    @model_validator(mode="after")
    def _sells_somewhere(self) -> Selling:
        if not self.own_shop and self.platforms == []:
            raise WrongPart("platforms", "is empty and there is no own shop: it sells nowhere")
        if not self.own_shop and self.shop != Shop():
            raise WrongPart("shop", "has costs, but own_shop is false")
        if self.platforms is not None and len(set(self.platforms)) < len(self.platforms):
            raise WrongPart("platforms", "names a platform twice")
        return self
