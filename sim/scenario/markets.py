"""Where attention is sold: platforms and their auctions; who comes later; what changes on a day."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from sim.scenario.distribution import Distribution, Gamma, PositiveOrZero
from sim.scenario.units import Money, Rate, Record, Whole, WholeDays, WrongPart, setting


class Auction(Record):
    """How a platform sells its ad slots."""

    rule: Literal["gsp", "second_price", "first_price", "vcg", "fixed_price"] = setting(
        "gsp",
        "name",
        "Payment rule. `gsp`: the score of the next bidder; `second_price`: all slots at the score"
        " of the first bidder left out; `first_price`: one's own bid; `vcg`: what one's presence"
        " costs the others; `fixed_price`: no auction, everybody pays the reserve, and who bids as"
        " much is ranked by click rate.",
        "Edelman, Ostrovsky & Schwarz 2007",
    )
    billing: Literal["click", "mille", "order"] = setting(
        "click",
        "name",
        "What is paid for, and the unit of bids, reserve and prices: a `click`, a thousand"
        " impressions (`mille`), or an `order` that an ad brought to the platform.",
        "CPC, CPM and CPS, as ad platforms call them",
    )
    reserve: Money = setting(
        30, "money per unit of billing", "Lowest price; with `fixed_price` the only one.", ge=0
    )
    pacing: Literal["throttle", "multiplicative", "none"] = setting(
        "throttle",
        "name",
        "`throttle`: a bidder takes part in a share of the auctions, so that its budget lasts the"
        " day; `multiplicative`: in all, with its bid lowered; `none`: in all until the budget is"
        " spent.",
        "Karande, Mehta & Srikant 2013; Balseiro & Gur 2019",
    )
    precision_surcharge: Rate = setting(
        0.0,
        "share of the price",
        "What a platform adds to prices for bidders who choose whom to reach (`targeting` other"
        " than everybody).",
        ge=0,
        le=10,
    )
    prior_impressions: float = setting(
        500.0,
        "impressions",
        "Weight of the prior when the platform learns a merchant's click rate in a segment.",
        gt=0,
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Auction:
        if self.rule == "fixed_price" and self.reserve == 0:
            raise WrongPart("reserve", "is the price under rule: fixed_price, must be above 0")
        if self.rule == "fixed_price" and self.pacing == "multiplicative":
            raise WrongPart(
                "pacing", "multiplicative lowers bids, which a fixed_price does not ask for"
            )
        return self


class ClickRate(Record):
    """How often the first ad slot is clicked by an average person, and how slots compare."""

    feed: Rate = setting(
        0.06,
        "share",
        "Click-through rate of the first slot while browsing, when fit is 1 and nobody is tired.",
        "calibrated: all slots together near Taobao's feed, 4.05 %; see docs/calibration.md",
        gt=0,
        le=0.5,
    )
    search: Rate = setting(
        0.1,
        "share",
        "Click-through rate of the first slot when searching, when fit is 1 and nobody is tired.",
        "calibrated: all slots together near Google search 2025, 6.66 %; see docs/calibration.md",
        gt=0,
        le=0.5,
    )
    position_decay: float = setting(
        0.8, "ratio", "Click rate of a slot relative to the slot above it.", gt=0, le=1
    )
    notice: Rate = setting(
        0.25,
        "share",
        "Share of impressions that are noticed at all; clicks are a part of these.",
        gt=0,
        le=1,
    )
    fit_share: Rate = setting(
        0.5,
        "share",
        "Part of the response to an ad that depends on how the product fits the person.",
        ge=0,
        le=1,
    )
    drift: float = setting(
        0.0,
        "share per year",
        "Change of click rates: novelty wears off below 0, people get used to clicking above.",
        gt=-1,
        le=10,
    )


class Subsidy(Record):
    """What a platform pays to have orders made there."""

    buyers: Rate = setting(
        0.0,
        "share of the price",
        "Discount that the platform pays on orders made there; searchers who know the shop then"
        " buy on the platform as well.",
        ge=0,
        lt=1,
    )
    merchants: Rate = setting(
        0.0, "share of the price", "Rebate to the merchant on orders made there.", ge=0, le=1
    )


class Organic(Record):
    """Unpaid results, the mall's home ground: low price, what sells, and the long tail."""

    slots: Whole = setting(3, "results", "Unpaid results that a searcher looks at.", ge=0, le=16)
    price_weight: float = setting(
        1.0,
        "exponent",
        "Weight of a low price: results are shown in proportion to price^-weight.",
        ge=0,
        le=10,
    )
    velocity_weight: float = setting(
        0.5,
        "exponent",
        "Weight of recent sales: in proportion to (`head_start` + sales per day)^weight.",
        ge=0,
        le=10,
    )
    head_start: float = setting(
        1.0,
        "orders per day",
        "Sales that everybody is credited with beside their own, so that newcomers are shown.",
        gt=0,
    )


class Platform(Record):
    """A central platform that has visitors and sells their attention."""

    visits_per_day: PositiveOrZero = setting(
        Distribution(gamma=Gamma(mean=0.4, shape=2.0)),
        "visits per person and day",
        "Rate of browsing visits.",
    )
    search_rate: Rate = setting(
        0.6, "share", "Chance that a person with a need searches here.", ge=0, le=1
    )
    ticks_per_day: Whole = setting(8, "ticks", "Parts of a day for pacing.", ge=1, le=48)
    ad_slots: Whole = setting(3, "slots", "Ad slots of a visit.", ge=0, le=16)
    fee: Rate = setting(
        0.05,
        "share of the price",
        "Fee on orders made on the platform.",
        "Tmall's commission is 2-5 % (unconfirmed)",
        ge=0,
        le=1,
    )
    rent: Money = setting(
        0, "money per merchant and day", "What a merchant pays for being on the platform.", ge=0
    )
    opens: Whole = setting(
        0,
        "day",
        "Day on which the platform opens. Its visits are new ones, unless visits move between"
        " platforms (`visits.drift`): then it begins with none and must draw them.",
        "the author",
        ge=0,
    )
    subsidy: Subsidy = setting(Subsidy(), "record", "What the platform pays for orders.")
    auction: Auction = setting(Auction(), "record", "How slots are sold.")
    click_rate: ClickRate = setting(ClickRate(), "record", "How ads are responded to.")
    organic: Organic = setting(Organic(), "record", "Unpaid results.")


class Visits(Record):
    """How visits move between platforms: people go where there is more to find, and cheaper.

    A platform draws in proportion to its `visits_per_day` x (1 + merchants)^variety x (mean price
    / reference price)^-price.
    """

    drift: Rate = setting(
        0.0,
        "share per day",
        "Part of the gap between where people go and where they are drawn that closes in a day;"
        " 0: visits do not move.",
        ge=0,
        le=1,
    )
    variety: float = setting(
        1.0,
        "exponent",
        "Weight of the number of merchants on a platform; above 1 large platforms grow larger.",
        ge=0,
        le=10,
    )
    price: float = setting(1.0, "exponent", "Weight of low prices on a platform.", ge=0, le=10)


class Arrival(Record):
    """Merchants who come on a day."""

    day: Whole = setting(..., "day", "Day on which they come; 0 is the first.", "the author", ge=0)
    merchant: str = setting(..., "name", "Whom they are like: a name in `merchants`.", "the author")
    count: Whole = setting(1, "merchants", "How many come.", ge=1, le=20_000)


class Departure(Record):
    """Merchants who close on a day."""

    day: Whole = setting(..., "day", "Day on which they close, in the evening.", "the author", ge=0)
    merchant: str = setting(..., "name", "Whose: a name in `merchants`.", "the author")
    count: Whole = setting(1, "merchants", "How many close, the oldest first.", ge=1, le=20_000)


class Exit(Record):
    """Merchants who leave although they could pay: customers and suppliers are paid out."""

    schedule: list[Departure] = setting([], "list", "Who closes on which day.", "the author")
    patience: WholeDays | None = setting(
        None,
        "days",
        "An owner whose profit over so many days stayed below the `hurdle` gives up; left out:"
        " never.",
        ge=1,
        le=3650,
    )
    hurdle: Rate = setting(
        0.0, "share of opening cash per year", "Return below which patience runs out.", ge=-1, le=10
    )


class Entry(Record):
    """New merchants come, at random or by schedule."""

    schedule: list[Arrival] = setting([], "list", "Who comes on which day.", "the author")

    rate_per_month: float = setting(
        0.0, "merchants per 30 days", "Mean number of newcomers.", ge=0, le=10_000
    )
    mix: dict[str, Rate] = setting(
        {},
        "shares",
        "Which merchants the newcomers are like: name in `merchants` to share.",
        "the author",
    )
    first_day: Whole = setting(1, "day", "First day on which anybody may come.", ge=0)
    last_day: Whole | None = setting(None, "day", "Last day; left out: the last of the run.", ge=0)

    @model_validator(mode="after")
    def _makes_sense(self) -> Entry:
        if self.rate_per_month > 0 and not self.mix:
            raise WrongPart(
                "mix", "is empty, must say whom newcomers are like when rate_per_month is above 0"
            )
        if self.mix and (min(self.mix.values()) < 0 or sum(self.mix.values()) <= 0):
            raise WrongPart("mix", "shares must not be negative and must not all be 0")
        if self.last_day is not None and self.last_day < self.first_day:
            raise WrongPart("last_day", f"{self.last_day} is before first_day {self.first_day}")
        return self


class Event(Record):
    """Settings that change at the start of a day."""

    day: Whole = setting(..., "day", "Day on which it happens; 0 is the first.", "the author", ge=0)
    set: dict[str, Any] = setting(..., "mapping", "Dotted path to new value.", "the author")
