"""Media beside the platforms: television, print, radio, shops' floors and streets.

The internet is the seventh market and has platforms of its own (``sim.scenario.markets``). Here
money buys contacts with people at a list price, untargeted, and nobody can click.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from sim.scenario.units import Money, Rate, Record, Whole, setting

CPM_2022 = (
    "median cost per mille in the US, Solomon Partners 2022, at about 4 yuan a dollar (purchasing"
    " power)"
)


def _reach(share: float) -> Any:
    return setting(
        share, "share of people a day", "People who use it on an average day.", ge=0, le=1
    )


def _loyalty(value: float) -> Any:
    return setting(
        value,
        "0..1",
        "Correlation of a person's use on two days: 0, everybody uses it as often; 1, always the"
        " same people do and the others never.",
        "beta-binomial audiences: Metheringham 1964; the value is an assumption",
        ge=0,
        le=1,
    )


def _price(amount: int, source: str = CPM_2022) -> Any:
    return setting(amount, "money per 1,000 contacts", "List price.", source, ge=1)


def _least(amount: int) -> Any:
    return setting(amount, "money per day", "Smallest booking for a day; less buys nothing.", ge=0)


def _slots(number: int) -> Any:
    return setting(
        number,
        "contacts",
        "Ads of all merchants together that a user meets in a day at most; when more are booked,"
        " all bookings are cut alike.",
        ge=1,
        le=100,
    )


def _notice(share: float) -> Any:
    return setting(share, "share", "Contacts that are noticed at all.", ge=0, le=1)


def _impact(gain: float) -> Any:
    return setting(
        gain, "goodwill", "Gain from a noticed contact, times what is missing to 1.", ge=0, le=1
    )


def _annoyance(ratio: float) -> Any:
    return setting(
        ratio,
        "ratio",
        "Fatigue that a contact adds, times `memory.fatigue`: 1 interrupts like a pushed ad, 0 does"
        " not interrupt.",
        ge=0,
        le=100,
    )


class Television(Record):
    """Most people, at a price that small firms cannot pay."""

    kind: Literal["television"] = setting("television", "name", "Medium.", "the author")
    reach: Rate = _reach(0.7)
    loyalty: Rate = _loyalty(0.5)
    cost_per_mille: Money = _price(8_000)
    minimum_spend: Money = _least(500_000)
    ad_slots: Whole = _slots(10)
    notice: Rate = _notice(0.5)
    impact: float = _impact(0.04)
    annoyance: float = _annoyance(1.0)


class Newspaper(Record):
    """Subscribers: few, the same every day, dear."""

    kind: Literal["newspaper"] = setting("newspaper", "name", "Medium.", "the author")
    reach: Rate = _reach(0.15)
    loyalty: Rate = _loyalty(0.8)
    cost_per_mille: Money = _price(18_700)
    minimum_spend: Money = _least(50_000)
    ad_slots: Whole = _slots(5)
    notice: Rate = _notice(0.4)
    impact: float = _impact(0.03)
    annoyance: float = _annoyance(0.0)


class Radio(Record):
    """Cheap contacts with commuters; heard rather than noticed."""

    kind: Literal["radio"] = setting("radio", "name", "Medium.", "the author")
    reach: Rate = _reach(0.3)
    loyalty: Rate = _loyalty(0.6)
    cost_per_mille: Money = _price(2_700)
    minimum_spend: Money = _least(30_000)
    ad_slots: Whole = _slots(10)
    notice: Rate = _notice(0.3)
    impact: float = _impact(0.02)
    annoyance: float = _annoyance(1.0)


class Magazine(Record):
    """Few readers, who look closely."""

    kind: Literal["magazine"] = setting("magazine", "name", "Medium.", "the author")
    reach: Rate = _reach(0.08)
    loyalty: Rate = _loyalty(0.6)
    cost_per_mille: Money = _price(
        12_000,
        "between television and newspapers: Australian rates of 2005 ($30, $18 and $46)",
    )
    minimum_spend: Money = _least(50_000)
    ad_slots: Whole = _slots(5)
    notice: Rate = _notice(0.5)
    impact: float = _impact(0.04)
    annoyance: float = _annoyance(0.0)


class PointOfSale(Record):
    """Posters and screens where people shop."""

    kind: Literal["point_of_sale"] = setting("point_of_sale", "name", "Medium.", "the author")
    reach: Rate = _reach(0.35)
    loyalty: Rate = _loyalty(0.2)
    cost_per_mille: Money = _price(3_000)
    minimum_spend: Money = _least(10_000)
    ad_slots: Whole = _slots(5)
    notice: Rate = _notice(0.3)
    impact: float = _impact(0.03)
    annoyance: float = _annoyance(0.0)


class Outdoor(Record):
    """Light boxes, the underground, streets: everybody passes, few look."""

    kind: Literal["outdoor"] = setting("outdoor", "name", "Medium.", "the author")
    reach: Rate = _reach(0.6)
    loyalty: Rate = _loyalty(0.6)
    cost_per_mille: Money = _price(900)
    minimum_spend: Money = _least(20_000)
    ad_slots: Whole = _slots(10)
    notice: Rate = _notice(0.15)
    impact: float = _impact(0.02)
    annoyance: float = _annoyance(0.0)


def _kind(value: Any) -> str:
    kind = value.get("kind", "") if isinstance(value, dict) else getattr(value, "kind", "")
    return str(kind)


Medium = Annotated[
    Annotated[Television, Tag("television")]
    | Annotated[Newspaper, Tag("newspaper")]
    | Annotated[Radio, Tag("radio")]
    | Annotated[Magazine, Tag("magazine")]
    | Annotated[PointOfSale, Tag("point_of_sale")]
    | Annotated[Outdoor, Tag("outdoor")],
    Discriminator(_kind),
]
