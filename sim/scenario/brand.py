"""Names that people know before they have seen an ad."""

from __future__ import annotations

from sim.scenario.units import Days, Rate, Record, setting


class Brand(Record):
    """Brand equity at the start: who knows the name, what they think of it, how long it lasts.

    The equity of a customer-based brand is awareness and image (Keller 1993).
    """

    awareness: Rate = setting(
        0.0,
        "share",
        "People who know the name on the merchant's first day, drawn by luck.",
        ge=0,
        le=1,
    )
    goodwill: float = setting(
        0.2,
        "goodwill",
        "Attention that the name has with them; it comes to mind again every four weeks.",
        ge=0,
        le=1,
    )
    trust: float = setting(
        0.1, "trust", "Trust of those who know nothing else of the merchant.", ge=-1, le=1
    )
    half_life: Days = setting(
        730.0,
        "days",
        "Half-life of the share of people who know the name of itself; what the merchant does since"
        " is remembered apart.",
        gt=0,
        le=36_500,
    )
