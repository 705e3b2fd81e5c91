"""What the series of any market must obey, row by row: money, goods, the order of the funnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Table = Mapping[str, np.ndarray]
Tables = Mapping[str, Table]

OUTGOINGS = (
    "platform_fees",
    "spend_ads",
    "spend_media",
    "spend_community",
    "spend_content",
    "spend_rewards",
    "purchases",
    "overhead",
    "service",
    "logistics",
    "interest",
)
"""Columns of a merchant's row by which cash goes out."""

TO_SUPPLIERS = ("purchases", "overhead", "service", "logistics", "interest")


def breaches(tables: Tables) -> Iterator[tuple[str, int]]:
    """Yield every law in words, and in how many rows the series of a run break it."""
    yield from _of_merchants(tables["merchants"])
    yield from _of_the_market(tables)
    yield from _of_platforms(tables["platforms"])


def _wrong(holds: Any) -> int:
    return int((~np.asarray(holds, np.bool_)).sum())


def _of_merchants(rows: Table) -> Iterator[tuple[str, int]]:
    flow = rows["revenue"] - sum(rows[name] for name in OUTGOINGS)
    sales = sum(values for name, values in rows.items() if name.startswith("orders_")) - (
        rows["orders_promoted"] + rows["orders_abroad"]
    )
    firsts = sum(values for name, values in rows.items() if name.startswith("first_"))
    yield "cash changes by what came in less what went out", _by_merchant(rows, flow, _cash)
    yield "orders by last touch are all orders", _wrong(sales == rows["orders"])
    both = rows["new_customers"] + rows["repeat_orders"]
    yield "orders are of new customers or repeated", _wrong(both == rows["orders"])
    yield "new customers by first touch are all of them", _wrong(firsts == rows["new_customers"])
    yield "impressions ≥ clicks", _wrong(rows["impressions"] >= rows["clicks"])
    yield "clicks so far ≥ orders that clicks brought", _by_merchant(rows, rows["clicks"], _clicked)
    yield "orders so far ≥ parcels so far", _by_merchant(rows, rows["delivered"], _ordered)
    yield "orders so far ≥ refunds so far", _by_merchant(rows, rows["refunds"], _ordered)
    yield "no stock below 0", _wrong(rows["stock"] >= 0)
    yield (
        "followers ≥ members ≥ muted",
        _wrong((rows["followers"] >= rows["members"]) & (rows["members"] >= rows["muted"])),
    )
    yield "satisfaction within −1 and 1", _wrong(np.abs(rows["satisfaction"]) <= 1)


def _by_merchant(rows: Table, values: np.ndarray, law: Any) -> int:
    """Return the breaches of a law about the days of one merchant, for all merchants."""
    number = np.unique(rows["merchant"].astype(str), return_inverse=True)[1]
    wrong = 0
    for m in range(int(number.max(initial=-1)) + 1):
        own = number == m
        wrong += law({name: column[own] for name, column in rows.items()}, values[own])
    return wrong


def _cash(own: Table, flow: np.ndarray) -> int:
    return _wrong(np.diff(own["cash"]) == flow[1:])


def _clicked(own: Table, clicks: np.ndarray) -> int:
    return _wrong(np.cumsum(clicks) >= np.cumsum(own["first_paid"]))


def _ordered(own: Table, values: np.ndarray) -> int:
    return _wrong(np.cumsum(own["orders"]) >= np.cumsum(values))


def _of_the_market(tables: Tables) -> Iterator[tuple[str, int]]:
    days = tables["market"]

    def by_day(table: str, *columns: str) -> np.ndarray:
        part = tables[table]
        total = sum(part[name] for name in columns)
        return np.bincount(part["day"], total, len(days["day"]))

    for total, part in (
        ("orders", "orders"),
        ("refunds", "refunds"),
        ("stockouts", "stockouts"),
        ("clicks", "clicks"),
        ("impressions", "impressions"),
        ("followers", "followers"),
        ("members", "members"),
        ("merchants_cash", "cash"),
        ("active_merchants", "active"),
    ):
        yield (
            f"{total} of the market are those of merchants",
            _wrong(days[total] == by_day("merchants", part)),
        )
    for total in ("visits", "searches", "clicks", "impressions"):
        yield (
            f"{total} of the market are those of platforms",
            _wrong(days[total] == by_day("platforms", total)),
        )
    for ours, theirs in (("platform_fees", "fees"), ("spend_ads", "spend")):
        yield (
            f"{ours} of merchants are the {theirs} of platforms",
            _wrong(by_day("merchants", ours) == by_day("platforms", theirs)),
        )
    for total, columns in (
        ("to_platforms", ("platform_fees", "spend_ads")),
        ("to_suppliers", TO_SUPPLIERS),
        ("to_staff", ("spend_community",)),
    ):
        yield (
            f"{total} is what merchants paid",
            _wrong(days[total] == np.cumsum(by_day("merchants", *columns))),
        )
    kept = np.cumsum(by_day("merchants", "revenue") - by_day("merchants", "spend_rewards"))
    yield (
        "consumers paid what merchants keep and what is held for teams",
        _wrong(days["paid_by_consumers"] == kept + days["held_for_teams"]),
    )
    money = sum(days[name] for name in ("merchants_cash", "held_for_teams")) + sum(
        days[name] for name in ("to_platforms", "to_suppliers", "to_staff", "to_media")
    )
    yield "no money comes or goes", _wrong(days["paid_by_consumers"] + days["capital"] == money)
    gone = days["exits"] + days["quits"]
    yield (
        "merchants change by who came and who went",
        _wrong(np.diff(days["active_merchants"]) == (days["entries"] - gone)[1:]),
    )
    shop = by_day("merchants", "shop_orders")
    yield (
        "orders are on platforms or in own shops",
        _wrong(days["orders"] == by_day("platforms", "orders") + shop),
    )


def _of_platforms(rows: Table) -> Iterator[tuple[str, int]]:
    yield "visits ≥ searches", _wrong(rows["visits"] >= rows["searches"])
    yield (
        "slots filled within none and all",
        _wrong((rows["fill_rate"] >= 0) & (rows["fill_rate"] <= 1)),
    )
    yield (
        "the tenth percentile of prices is below the ninetieth",
        _wrong(rows["price_per_click_p10"] <= rows["price_per_click_p90"]),
    )
    yield "platforms' orders ≥ those of searchers", _wrong(rows["orders"] >= rows["orders_search"])
