"""What is sold to whom at which price: categories of goods, promotions and coupons."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from sim.scenario.distribution import Distribution, Gamma, PositiveOrZero
from sim.scenario.units import Money, Rate, Record, Whole, WholeDays, WrongPart, setting


class Category(Record):
    """A category of goods: how often people need something of it, and what they think normal."""

    need_rate: PositiveOrZero = setting(
        Distribution(gamma=Gamma(mean=0.03, shape=0.385)),
        "needs per day",
        "Rate at which a person comes to need something of the category; drawn for each category"
        " by itself.",
        "as consumers.need_rate",
    )
    reference_price: Money | None = setting(
        None,
        "money",
        "Price that feels normal; left out: the median of the first prices in the category.",
        ge=1,
    )


class Promotion(Record):
    """A price cut for some days: for everybody, or as a coupon for some."""

    day: Whole = setting(..., "day", "First day; 0 is the first of the run.", "the author", ge=0)
    days: WholeDays = setting(7, "days", "Length, or how long a coupon is good.", ge=1)
    every: WholeDays | None = setting(
        None, "days", "It comes again after so many days; left out: once.", ge=1
    )
    discount: Rate = setting(0.0, "share of the price", "What is taken off.", ge=0, le=0.99)
    off: Money = setting(0, "money", "Face value of a coupon; comes on top of `discount`.", ge=0)
    to: Literal["everybody", "new", "followers", "lapsed"] = setting(
        "everybody",
        "name",
        "Who gets it. `new`: who has not bought here or is forgotten to have; `followers`: fans and"
        " members; `lapsed`: buyers whose last order is `lapsed_after` old.",
        "the author",
    )
    lapsed_after: WholeDays = setting(60, "days", "When a buyer counts as lapsed.", ge=1)
    share: Rate = setting(1.0, "share", "Part of them that gets one, drawn by luck.", ge=0, le=1)
    once: bool = setting(False, "yes or no", "Whether it is good for one order a person only.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Promotion:
        if self.discount == 0 and self.off == 0:
            raise WrongPart("discount", "and off are both 0, must take something off the price")
        if self.every is not None and self.every < self.days:
            raise WrongPart(
                "every", f"comes again after {self.every} days, before its {self.days} are over"
            )
        return self

    def began(self, day: int) -> int | None:
        """Return the day on which what is good on ``day`` began; None if nothing is."""
        since = day - self.day
        if since < 0:
            return None
        if self.every is not None:
            since %= self.every
        return day - since if since < self.days else None
