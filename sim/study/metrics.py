"""A run's tables → ``summary.json``: every measure per camp, per platform and for the market.

Formulas and their definitions are in ``formulas.py``; here they only meet the columns. Money is in
smallest units. What is not defined (nothing over nothing) is ``None``: JSON has no NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.scenario.schema import Scenario
from sim.study import formulas as f
from sim.study import friends, headline, outreach, reach
from sim.study.cohorts import Cohorts, cohorts_of, summary_of
from sim.study.tables import Array, Panel, Table, Tables

FIRST_QUARTER = 90
"""Days of the first quarter, over which an early gross CAC is taken."""

GENERATIONS = ("cascades", "heard_first", "heard_second", "heard_third")
RUNNING = ("overhead", "service", "logistics", "interest")
SPENDING = ("spend_ads", "spend_media", "spend_community", "spend_content", "spend_rewards")
LEDGER = (
    "merchants_cash",
    "to_platforms",
    "to_suppliers",
    "to_staff",
    "to_media",
    "held_for_teams",
)


def summarise(tables: Tables, scenario: Scenario, project: bool = True) -> dict[str, Any]:
    """Return everything that ``summary.json`` holds; safe for ``json.dumps(allow_nan=False)``.

    Without ``project`` no customer's worth is extrapolated, which takes longer than all the rest.
    Worlds without merchants, platforms, orders or messages, and worlds of one day or one person,
    give ``None`` where a measure does not exist.
    """
    market = tables["market"]
    days = len(market["day"])
    panel = Panel(tables["merchants"], days)
    names = list(dict.fromkeys([*scenario.merchants, *panel.camp]))
    names = [name for name in names if np.any(panel.camp == name)]
    camps = [
        _camp(
            panel, name, opening_cash(scenario, name), cohorts_of(tables["cohorts"], name), project
        )
        | friends.measures(tables, panel, name)
        for name in names
    ]
    final = {camp["name"]: profits(panel)[-1] for camp in camps}
    standing = {name: final[name][compared(panel, name)] for name in names}
    summary: dict[str, Any] = {
        "run": _run(scenario, days, len(panel.names)),
        "camps": camps,
        "comparison": headline.compare(camps, standing),
        "market": _market(tables, panel, scenario),
        "cascades": _cascades(tables["cascades"], market),
    }
    summary["headline"] = headline.sentence(summary)
    tidied: dict[str, Any] = tidy({"headline": summary.pop("headline"), **summary})
    return tidied


def marketing(panel: Panel) -> Array:
    """Return what every merchant spent on marketing on every day (days × merchants)."""
    total: Array = sum((panel.flow(column) for column in SPENDING[1:]), panel.flow(SPENDING[0]))
    return total


def running(panel: Panel) -> Array:
    """Return what it cost every merchant on every day to be in business and to deliver."""
    total: Array = sum((panel.flow(column) for column in RUNNING[1:]), panel.flow(RUNNING[0]))
    return total


def margin(panel: Panel) -> Array:
    """Return every merchant's gross margin on every day (days × merchants)."""
    return f.gross_margin(panel.flow("revenue"), panel.flow("cogs"), panel.flow("platform_fees"))


def profits(panel: Panel) -> Array:
    """Return profit so far by day and merchant, NaN before the merchant came."""
    daily = f.profit(margin(panel), marketing(panel), running(panel))
    return np.where(panel.present, np.cumsum(daily, axis=0), np.nan)


def compared(panel: Panel, camp: str) -> Array:
    """Return which merchants stand for a camp: those of the first day, or all if there are none."""
    mine = panel.camp == camp
    founders: Array = mine & (panel.first_day == 0)
    return founders if founders.any() else mine


def tidy(value: Any) -> Any:
    """Return a value that JSON can hold: plain numbers of at most 6 decimals, None for NaN."""
    if isinstance(value, dict):
        return {str(key): tidy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(item) for item in value]
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return tidy(value.item())
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _run(scenario: Scenario, days: int, merchants: int) -> dict[str, Any]:
    # No seed: a run may have been started with another than the scenario's; the manifest knows.
    return {
        "name": scenario.name,
        "description": scenario.description,
        "currency": scenario.currency,
        "days": days,
        "start": scenario.calendar.start,
        "consumers": scenario.consumers.count,
        "merchants": merchants,
        "platforms": list(scenario.platforms),
        "events": [
            {"day": event.day, "set": ", ".join(f"{k}: {v}" for k, v in event.set.items())}
            for event in scenario.events
        ],
        "festivals": [
            {"day": festival.day, "name": name}
            for name, festival in scenario.calendar.festivals.items()
        ],
    }


def opening_cash(scenario: Scenario, camp: str) -> int:
    """Return the cash that every merchant of a camp begins with, smallest units."""
    group = scenario.merchants.get(camp)
    return group.operations.cash if group else 0


def _camp(panel: Panel, name: str, opening: int, cohorts: Cohorts, project: bool) -> dict[str, Any]:
    mine = panel.camp == name

    def total(column: str) -> int:
        return int(panel.flow(column)[:, mine].sum())

    orders, new = total("orders"), total("new_customers")
    spend, gained = marketing(panel)[:, mine].sum(axis=1), margin(panel)[:, mine].sum(axis=1)
    alive = panel.level("active")[-1, mine]
    result = profits(panel)[-1]
    each = result[compared(panel, name)]
    early = panel.flow("new_customers")[:FIRST_QUARTER, mine].sum()
    return {
        "name": name,
        "strategy": str(panel.strategy[mine][0]),
        "merchants": int(mine.sum()),
        "founders": int((mine & (panel.first_day == 0)).sum()),
        "alive": int(np.sum(alive != 0)),
        "opening_cash": opening,
        "orders": orders,
        "new_customers": new,
        "revenue": total("revenue"),
        "gross_margin": int(gained.sum()),
        "spend": {column.removeprefix("spend_"): total(column) for column in SPENDING},
        **{column: total(column) for column in RUNNING},
        "stockout_rate": f.stockout_rate(total("stockouts"), orders),
        "refund_rate": f.refund_rate(total("refunds"), orders),
        "profit": int(result[mine].sum()),
        "profit_per_merchant": _spread(each),
        "return_on_capital": f.return_on_capital(each.mean(), opening),
        "cash": int(panel.level("cash")[-1, mine].sum()),
        "gross_cac": f.gross_cac(spend.sum(), new),
        "gross_cac_first_quarter": f.gross_cac(spend[:FIRST_QUARTER].sum(), early),
        "paid_cac": f.paid_cac(total("spend_ads"), total("first_paid")),
        "net_cac": _net_cac(panel.flow("active_customers")[:, mine].sum(axis=1), spend),
        "customer_value": f.customer_value(gained.sum(), new),
        **summary_of(cohorts, float(f.gross_cac(spend.sum(), new)), project),
        "roi": f.roi(gained.sum(), spend.sum()),
        "payback_days": f.payback_days(gained, spend + running(panel)[:, mine].sum(axis=1)),
        "ctr": f.ctr(total("clicks"), total("impressions")),
        "price_per_mille": f.price_per_mille(total("spend_ads"), total("impressions")),
        "cvr": f.cvr(total("orders_paid"), total("clicks")),
        "repurchase": f.repurchase(total("repeat_orders"), orders),
        "owned_share": f.owned_share(
            total("orders_community"),
            total("orders_content"),
            total("orders_word_of_mouth"),
            total("orders_direct"),
            orders,
        ),
        "shop_share": f.shop_share(total("shop_orders"), orders),
        "traffic_dependence": f.traffic_dependence(
            total("orders_paid"), total("orders_media"), orders
        ),
        "wom_share": f.wom_share(total("first_word_of_mouth"), new),
        "bought_who_follow": f.bought_who_follow(total("paid_followers"), total("first_paid")),
        "bought_who_join": f.bought_who_join(total("paid_members"), total("first_paid")),
        "bought_who_return": f.bought_who_return(total("paid_returned"), total("first_paid")),
        "readers": total("readers"),
        "cost_per_reader": reach.cost_per_reader(total("spend_content"), total("readers")),
        "orders_content": total("orders_content"),
        "orders_media": total("orders_media"),
        "orders_store": total("orders_store"),
        "followers": int(panel.flow("followers")[-1, mine].sum()),
        "members": int(panel.flow("members")[-1, mine].sum()),
    }


def _spread(values: Array) -> dict[str, float]:
    return {
        "mean": values.mean(),
        "min": values.min(),
        "median": np.median(values),
        "max": values.max(),
    }


def _net_cac(active: Array, spend: Array) -> Array:
    """Over the last year, or over all of a shorter run, which began with no customers."""
    before = active[-1 - f.YEAR] if len(active) > f.YEAR else 0
    return f.net_cac(spend[-f.YEAR :].sum(), active[-1] - before)


def _market(tables: Tables, panel: Panel, scenario: Scenario) -> dict[str, Any]:
    market, platforms = tables["market"], tables["platforms"]
    recent = panel.flow("orders")[-f.RECENT_DAYS :].sum(axis=0)
    alive = panel.level("active")[-1] != 0 if panel.names else []
    came_in = market["paid_by_consumers"][-1:] + market["capital"][-1:]
    went_out = sum(market[column][-1:] for column in LEDGER)
    names = list(dict.fromkeys(str(name) for name in platforms["platform"]))
    # In a short run the first and the last window must not be the same days.
    window = max(1, min(f.RECENT_DAYS, panel.days // 2))
    return {
        "gmv": int(market["gmv"].sum()),
        "orders": int(market["orders"].sum()),
        "needs": int(market["needs"].sum()),
        "visits": int(market["visits"].sum()),
        "exits": int(market["exits"].sum()),
        "entries": int(market["entries"].sum()),
        "quits": int(market["quits"].sum()),
        "search_share": f.search_share(market["searches"].sum(), market["visits"].sum()),
        "platform_hhi": f.platform_hhi(recent_visits(platforms, panel.days)),
        "shop_share": f.shop_share(
            market["orders"].sum() - platforms["orders"].sum(), market["orders"].sum()
        ),
        "hhi": f.hhi(recent),
        "gini": f.gini(recent[alive]) if panel.names else None,
        "tail_share": f.tail_share(recent[alive]) if panel.names else None,
        "tribe_assortativity": _ends(market["tribe_assortativity"]),
        "brand_assortativity": _ends(market["brand_assortativity"]),
        "fatigue": _ends(market["fatigue"]),
        "price_window_days": window,
        "price_per_click": {name: _prices(platforms, name, window) for name in names},
        **outreach.of_market(tables, scenario),
        "ledger_gap": int(np.sum(came_in - went_out)),
    }


def recent_visits(platforms: Table, days: int) -> Array:
    """Return the visits of each platform in the last 30 days."""
    late = platforms["day"] >= days - f.RECENT_DAYS
    _, number = np.unique(platforms["platform"][late].astype(str), return_inverse=True)
    return np.bincount(number, platforms["visits"][late])


def _prices(platforms: Table, name: str, window: int) -> dict[str, Any]:
    here = np.asarray([str(other) == name for other in platforms["platform"]])
    price, clicks = platforms["price_per_click"][here], platforms["clicks"][here]
    return {
        "mean": f.price_per_click(price, clicks),
        "first": f.price_per_click(price[:window], clicks[:window]),
        "last": f.price_per_click(price[-window:], clicks[-window:]),
    }


def _ends(series: Array) -> dict[str, Any]:
    """First and last measured value of a series that is measured weekly (NaN on other days)."""
    known = series[np.isfinite(series)]
    return {"first": known[0], "last": known[-1]} if len(known) else {"first": None, "last": None}


def _cascades(table: Table, market: Table) -> dict[str, Any]:
    heard = [market[name].sum() for name in GENERATIONS]
    size, depth, virality = table["size"], table["depth"], table["structural_virality"]
    known = virality[(size > 1) & np.isfinite(virality)]
    return {
        "count": len(size),
        "singletons": f.singletons(size),
        "mean_size": size.mean() if len(size) else None,
        "max_size": int(size.max()) if len(size) else None,
        "beyond_one_step": f.beyond_one_step(depth),
        "viral_coefficient": f.viral_coefficient(size),
        "reproduction": {
            name: f.reproduction(after, before)
            for name, before, after in zip(
                ("first", "second", "third"), heard[:-1], heard[1:], strict=True
            )
        },
        "structural_virality": known.mean() if len(known) else None,
    }
