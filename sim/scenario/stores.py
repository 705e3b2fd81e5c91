"""Shops with a door: where people without a platform buy, and what shelves cost."""

from __future__ import annotations

from sim.scenario.units import Days, Money, Rate, Record, Whole, setting


class Stores(Record):
    """Intermediaries between merchants and those who shop offline."""

    share: Rate = setting(
        0.0, "share", "Needs that are taken to a store and not to a platform.", ge=0, le=1
    )
    shelf: Whole = setting(
        6, "goods", "Goods of the category that a shopper looks at.", ge=0, le=16
    )
    others: float = setting(
        4.0,
        "goods",
        "Shelf space of goods by nobody in the market, in goods that every store holds.",
        ge=0,
        le=1e9,
    )
    outside: float = setting(
        5.0,
        "utility",
        "Utility of buying goods of others, or nothing, for who is in a store; to be compared with"
        " `choice.outside`: who has come to a store means to buy.",
        ge=-50,
        le=50,
    )
    margin: Rate = setting(
        0.3,
        "share of the price",
        "What intermediaries keep of a sale in their stores.",
        ge=0,
        le=1,
    )
    listing_cost: Money = setting(
        5_000_000,
        "money",
        "Spending that brings a product into 63 % of the stores that do not hold it yet.",
        ge=1,
    )
    delisting_half_life: Days = setting(
        90.0, "days", "Half-life of presence in stores without further spending.", gt=0, le=3650
    )
    promotion_cost: Money = setting(
        50_000,
        "money per day",
        "Promotion at which facings are 2^`promotion_power` times those without any.",
        ge=1,
    )
    promotion_power: float = setting(
        0.5,
        "exponent",
        "Facings grow with (1 + promotion / `promotion_cost`)^power: below 1, each further yuan"
        " does less.",
        ge=0,
        le=2,
    )
