"""The face of a firm: a founder or figure whom people follow for who they are."""

from __future__ import annotations

from sim.scenario.units import Days, Money, Rate, Record, setting


class Persona(Record):
    """A founder as a magnet for followers, among people whom the product fits."""

    appeal: Rate = setting(
        0.0,
        "share",
        "Satisfied buyers of perfect fit who follow because of the persona, on the first day.",
        ge=0,
        le=1,
    )
    spend: Money = setting(
        0, "money per day", "Spending on appearances and own words (booked as content).", ge=0
    )
    spend_half: Money = setting(
        20_000, "money per day", "Spending that holds the appeal at one half.", gt=0
    )
    half_life: Days = setting(
        60.0, "days", "Half-life of the gap between appeal and what spending holds.", gt=0
    )
