"""How a merchant supplies, sends and pays: stock, capacity, service, cash and credit."""

from __future__ import annotations

from pydantic import model_validator

from sim.scenario.units import Days, Money, Rate, Record, Whole, WholeDays, WrongPart, setting


class Express(Record):
    """A second supplier, quicker and dearer, who is asked for what the first brings too late.

    Two base-stock levels, each on what has arrived by its own lead time (the dual-index policy of
    Veeraraghavan & Scheller-Wolf 2008).
    """

    cover: Days = setting(
        0.0,
        "days of sales",
        "Stock and what arrives within the express lead time are filled up to so many days of"
        " expected sales beyond it; 0: no express supplies.",
        ge=0,
        le=365,
    )
    lead_time: WholeDays = setting(
        2, "days", "From order to arrival of express supplies, in whole days.", ge=0, le=365
    )
    surcharge: Rate = setting(
        0.25,
        "share of unit cost",
        "What an express item costs more than an ordinary one.",
        ge=0,
        le=10,
    )


class Overtime(Record):
    """Sending capacity that is bought by the day, when orders wait."""

    orders: Whole = setting(
        0, "orders per day", "Orders that can be sent beyond `capacity`.", ge=0, le=10**9
    )
    cost: Money = setting(800, "money per order", "Cost of each of them.", ge=0)


class Operations(Record):
    """Stock, supply, delivery and the purse."""

    cash: Money = setting(20_000_000, "money", "Opening cash.", ge=0)
    credit_line: Money = setting(0, "money", "How far cash may fall below 0.", ge=0)
    overhead: Money = setting(
        0,
        "money per day",
        "Fixed cost of being in business; before stock is ordered, what falls due within the lead"
        " time and a week is put aside.",
        ge=0,
    )
    interest: Rate = setting(
        0.0, "share per year", "Interest on what cash is below 0 in the evening.", ge=0, le=10
    )
    stock: Whole = setting(300, "items", "Opening stock, already paid for.", ge=0, le=10**9)
    cover: Days = setting(
        14.0,
        "days of sales",
        "Stock and orders under way are filled up to so many days of expected sales;"
        " 0 never orders.",
        ge=0,
        le=365,
    )
    lead_time: WholeDays = setting(
        7, "days", "From order to arrival of supplies, in whole days.", ge=0, le=365
    )
    order_point: Days | None = setting(
        None,
        "days of sales",
        "Supplies are ordered only when stock and orders under way have fallen to so many days of"
        " expected sales beyond the lead time (an (s, S) policy, Scarf 1960); left out: as soon as"
        " a day's sales are missing.",
        ge=0,
        le=365,
    )
    order_cost: Money = setting(
        0, "money per order of supplies", "Fixed cost of ordering supplies, however many.", ge=0
    )
    express: Express = setting(Express(), "record", "A quicker and dearer supplier.")
    capacity: Whole | None = setting(
        None,
        "orders per day",
        "Orders that can be sent a day, oldest first; left out: any number; 0: none.",
        ge=0,
    )
    delivery: WholeDays = setting(
        3, "days", "From sending to the customer's door, in whole days.", ge=0, le=60
    )
    overtime: Overtime = setting(Overtime(), "record", "Capacity bought by the day.")
    service: Money = setting(
        0,
        "money per order",
        "Spent on every delivered order, on packing, advice and after-sales care; satisfaction"
        " rises by `memory.service` x service / (service + `memory.service_half`).",
        ge=0,
    )
    return_cost: Money = setting(
        0, "money per order", "Carriage and handling of an order that comes back.", ge=0
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Operations:
        if self.express.cover > 0 and self.express.lead_time >= self.lead_time:
            raise WrongPart(
                "express",
                f"brings supplies in {self.express.lead_time} days, which is not sooner than"
                f" lead_time, {self.lead_time} days",
            )
        if self.order_point is not None and self.order_point > self.cover:
            raise WrongPart(
                "order_point",
                f"is {self.order_point:g} days, above the cover of {self.cover:g} that supplies"
                " are filled up to",
            )
        if self.overtime.orders > 0 and self.capacity is None:
            raise WrongPart("overtime", "has no use while capacity is not limited")
        return self
