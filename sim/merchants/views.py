"""What a merchant sees of platforms, media and rivals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlatformView:
    """A merchant's dashboard on a platform that it sells on, since its last review.

    ``fee`` is a share of the price; ``reserve`` [money per unit of ``billing``: click, mille or
    order]; ``bidders`` yesterday; ``ad_orders``: orders that ads brought, where these are billed;
    ``new_customers``: whom a paid click here brought to their first order.
    """

    name: str
    impressions: int
    clicks: int
    spend: int
    orders: int
    bidders: int
    reserve: int
    fee: float
    billing: str = "click"
    ad_orders: int = 0
    new_customers: int = 0


@dataclass(frozen=True)
class Rank:
    """A line of the list of best sellers: a merchant, whose ``way`` of doing business it follows (a
    name in the scenario's `merchants`), its ``orders`` of the last 30 days."""

    name: str
    way: str
    orders: int


@dataclass(frozen=True)
class MediumView:
    """What a medium offers: ``reach`` share of people a day, list price ``cost_per_mille`` [money
    per 1,000 contacts], ``minimum_spend`` [money a day]."""

    name: str
    reach: float
    cost_per_mille: int
    minimum_spend: int
