"""Plausible run folders without an engine: the columns of ``columns.py`` filled by arithmetic.

Not a model: only shapes that the report must cope with (a weekly pattern, an insolvency, a late
entrant, measures that are taken weekly, clumps, zeros) and books that balance.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sim.engine.columns import TABLES, Column
from sim.scenario.firms import BuyTraffic, CultivateCommunity, MerchantGroup, Operations
from sim.scenario.markets import Event, Platform
from sim.scenario.media import Outdoor
from sim.scenario.population import Consumers
from sim.scenario.schema import Scenario
from sim.study import metrics, question
from tests.study.friends import social

Tables = dict[str, dict[str, np.ndarray]]
PRICE, COST, OPENING = 12_900, 6_000, 20_000_000


def scenario(days: int = 120, camps: int = 2, platforms: int = 2, **more: Any) -> Scenario:
    """A buyer and a grower camp of eight merchants each (or none), on so many platforms."""
    operations = Operations(cash=f"{OPENING // 100} CNY", overhead="120 CNY")
    groups = {
        "buyer": MerchantGroup(count=8, strategy=BuyTraffic(), operations=operations),
        "grower": MerchantGroup(count=8, strategy=CultivateCommunity(), operations=operations),
    }
    return Scenario(
        name="traffic_vs_community",
        days=days,
        consumers=Consumers(count=100_000),
        description="Eight merchants buy traffic, eight grow communities, with the same money.",
        platforms={name: Platform() for name in ["mall", "video", "search"][:platforms]},
        media={"street": Outdoor()} if platforms else {},
        merchants=dict(list(groups.items())[:camps]),
        events=[Event(day=days // 2, set={"platforms.mall.fee": "8%"})] if platforms else [],
        **more,
    )


def tables(asked: Scenario, seed: int = 1) -> Tables:
    """All tables of a run of ``asked``."""
    rng = np.random.default_rng(seed)
    merchants = _merchants(asked, rng)
    platforms = _platforms(asked, rng)
    out = {
        "market": _market(asked, rng, merchants, platforms),
        "merchants": merchants,
        "platforms": platforms,
        "media": _media(asked),
        "communities": _communities(merchants, rng),
        "cascades": (cascades := _cascades(merchants, rng)),
        "tellings": _tellings(cascades),
        "cohorts": _cohorts(asked, merchants),
        **social(merchants),
    }
    return {name: _typed(TABLES[name], table) for name, table in out.items()}


def write_parquet(folder: Path, found: Tables) -> None:
    connection = duckdb.connect(":memory:")
    for name, table in found.items():
        data = {column.name: table[column.name] for column in TABLES[name]}
        kinds = {"i8": "BIGINT", "f8": "DOUBLE", "text": "VARCHAR"}
        columns = ", ".join(
            f'CAST("{c.name}" AS {kinds[c.kind]}) AS "{c.name}"' for c in TABLES[name]
        )
        assert data
        connection.execute(
            f"COPY (SELECT {columns} FROM data) TO '{folder / name}.parquet'"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
    connection.close()


def folder(path: Path, asked: Scenario, found: Tables | None = None, seed: int = 1) -> Path:
    """A run folder as the engine leaves it, but for the report."""
    path.mkdir(parents=True, exist_ok=True)
    found = tables(asked, seed) if found is None else found
    write_parquet(path, found)
    text = asked.model_dump_json(indent=2)
    (path / "scenario.yaml").write_text(text, encoding="utf-8")
    (path / "manifest.json").write_text(json.dumps(manifest(asked), indent=1), encoding="utf-8")
    summary = metrics.summarise(found, asked)
    summary["question"] = question.answered(found, asked)
    (path / "summary.json").write_text(json.dumps(summary, allow_nan=False), encoding="utf-8")
    return path


def manifest(asked: Scenario) -> dict[str, Any]:
    stages = dict(
        decide=0.21,
        traffic=1.9,
        community=0.4,
        sharing=0.7,
        purchase=0.9,
        fulfil=0.3,
        memory=0.5,
        record=0.2,
    )
    return {
        "schema_version": 1,
        "status": "complete",
        "name": asked.name,
        "seed": asked.seed,
        "scenario_sha256": "ab" * 32,
        "results_sha256": "cd" * 32,
        "consumers": 100_000,
        "days": asked.days,
        "threads": 2,
        "wall_s": 5.31,
        "consumer_days_per_s": 100_000 * asked.days / 5.31,
        "stage_s": stages,
        "peak_rss_mb": 812.4,
        "versions": {"flowtribe": "0.1.0", "python": "3.11.7"},
    }


def _typed(columns: tuple[Column, ...], table: dict[str, Any]) -> dict[str, np.ndarray]:
    kinds = {"i8": np.int64, "f8": np.float64, "text": object}
    length = max((len(values) for values in table.values()), default=0)
    return {c.name: np.asarray(table.get(c.name, np.zeros(length)), kinds[c.kind]) for c in columns}


def _merchants(asked: Scenario, rng: np.random.Generator) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for camp, group in asked.merchants.items():
        numbers = list(range(group.count)) + ([99] if asked.days > 60 else [])
        for number in numbers:
            first = 0 if number < 99 else 55
            rows += _merchant(asked, rng, camp, group.strategy.kind, number, first)
    rows.sort(key=lambda row: row["day"])
    return {c.name: [row.get(c.name, 0) for row in rows] for c in TABLES["merchants"]}


def _merchant(
    asked: Scenario, rng: np.random.Generator, camp: str, strategy: str, number: int, first: int
) -> list[dict[str, Any]]:
    """One merchant's days: a buyer whose clicks get dearer, a grower whose fans come slowly."""
    days, grows = asked.days, strategy != "buy_traffic"
    luck = rng.lognormal(0, 0.2)
    cash, stock, followers, members, ever = OPENING, 300, 0, 0, 0
    broke, recent, rows = False, [], []
    for day in range(first, days):
        age = day - first
        week = 1 + 0.15 * np.sin(2 * np.pi * day / 7)
        price = 120 * (1 + day / 110) * week
        budget = 0 if broke else (35_000 if grows else 80_000)
        clicks = int(rng.poisson(budget / price)) if asked.platforms else 0
        paid = int(rng.binomial(clicks, min(0.9, 0.02 * luck)))
        organic = 0 if broke else int(rng.poisson(2.5 * week * luck))
        posts = int(rng.poisson(0.02 * members))
        friends = int(rng.poisson(0.02 * followers**0.8))
        direct = int(rng.poisson(0.01 * ever**0.7))
        orders = paid + organic + posts + friends + direct
        new = orders - int(rng.binomial(orders, min(0.7, 0.002 * age + (0.15 if grows else 0))))
        ever += new
        followers += int(rng.binomial(new, 0.6 if grows else 0.12))
        joins = int(rng.binomial(new, 0.3)) if grows else 0
        leaves = int(rng.binomial(members, 0.004))
        members += joins - leaves
        refunds = int(rng.binomial(orders, 0.05))
        stock, bought = stock - orders, orders * COST
        stock += orders
        ads, wages = int(clicks * price), 30_000 if grows and not broke else 0
        revenue, fees = (orders - refunds) * PRICE, int(0.05 * PRICE * (paid + organic))
        overhead = 0 if broke else 12_000
        crash = 900_000 if camp == "buyer" and number == 3 and day > 40 and not broke else 0
        cash += revenue - fees - bought - ads - wages - overhead - crash
        broke = broke or cash < 0
        recent = [*recent, new][-365:]
        rows.append(
            {
                "day": day,
                "merchant": f"{camp}.{number}",
                "camp": camp,
                "way": camp,
                "strategy": strategy,
                "active": int(not broke),
                "impressions": int(clicks / 0.03),
                "clicks": clicks,
                "orders": orders,
                "orders_paid": paid,
                "orders_organic": organic,
                "orders_community": posts,
                "orders_word_of_mouth": friends,
                "orders_direct": direct,
                "shop_orders": posts + friends + direct,
                "first_paid": min(paid, new),
                "first_organic": max(0, min(organic, new - paid)),
                "first_word_of_mouth": max(0, min(friends, new - paid - organic)),
                "new_customers": new,
                "active_customers": sum(recent),
                "repeat_orders": orders - new,
                "refunds": refunds,
                "delivered": orders,
                "satisfaction": 0.4,
                "pieces": 3 if grows else 0,
                "readers": int(5 * week) if grows else 0,
                "spend_content": 0,
                "presence": 0.2 if grows else 0.0,
                "orders_store": 0,
                "spend_ads": ads,
                "spend_community": wages,
                "revenue": revenue,
                "platform_fees": fees,
                "cogs": (orders - refunds) * COST,
                "purchases": bought + crash,
                "overhead": overhead,
                "cash": cash,
                "stock": stock,
                "followers": followers + members,
                "members": members,
                "muted": members // 20,
                "_joins": joins,
                "_leaves": leaves,
            }
        )
    return rows


def _platforms(asked: Scenario, rng: np.random.Generator) -> dict[str, Any]:
    rows = []
    for day in range(asked.days):
        for index, name in enumerate(asked.platforms):
            price = int(120 * (1 + day / 110) * (1 - 0.3 * index) * rng.normal(1, 0.03)) + 1
            clicks = int(rng.poisson(4_000 / (1 + index))) if asked.merchants else 0
            rows.append(
                {
                    "day": day,
                    "platform": name,
                    "visits": 40_000,
                    "searches": 9_000,
                    "visit_share": 1 / len(asked.platforms),
                    "merchants": 16 if asked.merchants else 0,
                    "impressions": int(clicks / 0.03),
                    "clicks": clicks,
                    "spend": price * clicks,
                    "price_per_click": price if clicks else 0,
                    "fill_rate": 0.8,
                    "bidders": 16,
                    "price_per_click_p10": int(price * 0.7),
                    "price_per_click_p90": int(price * 1.5),
                    "price_per_mille": price * 30,
                    "active_merchants": 16,
                    "orders": 60,
                    "fees": 40_000,
                }
            )
    return {c.name: [row.get(c.name, 0) for row in rows] for c in TABLES["platforms"]}


def _media(asked: Scenario) -> dict[str, Any]:
    """A medium that is booked every other day, and falls away."""
    rows = [
        {
            "day": day,
            "medium": name,
            "audience": 30_000,
            "contacts": 40_000 - 100 * day,
            "reached": 25_000,
            "grp": 40 - 0.1 * day,
            "spend": 36_000 - 90 * day,
            "cost_per_mille": 900,
            "merchants": 2,
        }
        for day in range(0, asked.days, 2)
        for name in asked.media
    ]
    return {c.name: [row.get(c.name, 0) for row in rows] for c in TABLES["media"]}


def _communities(merchants: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    rows = []
    for row, strategy in enumerate(merchants["strategy"]):
        members = merchants["members"][row]
        if strategy != "buy_traffic" and members > 0:
            day = merchants["day"][row]
            rows.append(
                {
                    "day": day,
                    "merchant": merchants["merchant"][row],
                    "groups": members // 200 + 1,
                    "members": members,
                    "muted": members // 20,
                    "activity": 0.5 - 0.2 * day / 200 + rng.normal(0, 0.02),
                    "effort": 4.0,
                    "integration": 0.3,
                    "attendance": int(members * rng.uniform(0.1, 0.2)),
                    "posts": 1,
                    "joins": 3,
                    "leaves": 1,
                    "talk": members // 30,
                }
            )
    return {c.name: [row.get(c.name, 0) for row in rows] for c in TABLES["communities"]}


def _cascades(merchants: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    rows = []
    for day, merchant in zip(merchants["day"], merchants["merchant"], strict=True):
        for _ in range(int(rng.poisson(3))):
            size = 1 if rng.random() < 0.88 else int(min(5_000, 1 + rng.pareto(1.3) + 1))
            depth = 0 if size == 1 else 1 + int(rng.geometric(0.75) - 1 if size > 2 else 0)
            rows.append(
                {
                    "day": day,
                    "cascade": len(rows),
                    "merchant": merchant,
                    "sender": len(rows),
                    "good": len(rows) % 5 > 0,
                    "size": size,
                    "depth": depth,
                    "width": max(0, size - depth),
                    "structural_virality": 0.0
                    if size == 1
                    else (2 - 2 / size if depth == 1 else 2.3),
                }
            )
    return {c.name: [row.get(c.name, 0) for row in rows] for c in TABLES["cascades"]}


def _tellings(cascades: dict[str, Any]) -> dict[str, Any]:
    """Trees of all cascades that can be drawn: a chain as deep as it says, and a fan."""
    out: dict[str, list[int]] = {c.name: [] for c in TABLES["tellings"]}
    names = ("day", "cascade", "sender", "size", "depth")
    for day, number, sender, size, depth in zip(*(cascades[name] for name in names), strict=True):
        for place in range(1, size if size <= 500 else 1):
            after = place - 1 if place <= depth else 0
            told = (day, number, place, sender + 10_000 * after, sender + 10_000 * place)
            for column, value in zip(out.values(), told, strict=True):
                column.append(value)
    return out


def _cohorts(asked: Scenario, merchants: dict[str, Any]) -> dict[str, Any]:
    """A third of a month's customers come back a month later, fewer and fewer after that."""
    day, new = np.asarray(merchants["day"], int), np.asarray(merchants["new_customers"], int)
    names, rows = np.asarray(merchants["merchant"], object), []
    for name in dict.fromkeys(merchants["merchant"]):
        gained = np.bincount(day[names == name], new[names == name], asked.days)
        for month in range(-(-asked.days // 30)):
            days = min(30, asked.days - 30 * month)
            for cohort in range(month + 1):
                size = int(gained[30 * cohort : 30 * cohort + 30].sum())
                active = size if cohort == month else size // (2 + month - cohort)
                rows.append(
                    {
                        "day": 30 * month + days - 1,
                        "merchant": name,
                        "camp": name.partition(".")[0],
                        "cohort": cohort,
                        "month": month,
                        "days": days,
                        "customers": size,
                        "active": active,
                        "orders": active * 5 // 4,
                        "margin": active * 5 // 4 * (PRICE - COST),
                    }
                )
    return {c.name: [row.get(c.name, 0) for row in rows] for c in TABLES["cohorts"]}


def _market(
    asked: Scenario, rng: np.random.Generator, merchants: dict[str, Any], platforms: dict[str, Any]
) -> dict[str, Any]:
    days = asked.days

    def daily(table: dict[str, Any], name: str) -> np.ndarray:
        return np.bincount(np.asarray(table["day"], int), table[name], days).astype(np.int64)

    weekly = np.where(np.arange(days) % 7 == 0, 1.0, np.nan)
    came = np.zeros(days, np.int64)
    seen: set[str] = set()
    for day, name in zip(merchants["day"], merchants["merchant"], strict=True):
        came[day] += name not in seen
        seen.add(name)
    paid = np.cumsum(daily(merchants, "revenue"))
    ads = np.cumsum(daily(merchants, "spend_ads") + daily(merchants, "platform_fees"))
    supply = np.cumsum(daily(merchants, "purchases") + daily(merchants, "overhead"))
    staff = np.cumsum(daily(merchants, "spend_community"))
    capital = np.cumsum(came) * OPENING
    return {
        "day": np.arange(days),
        "needs": rng.poisson(2_000, days),
        "visits": daily(platforms, "visits"),
        "impressions": daily(platforms, "impressions"),
        "clicks": daily(platforms, "clicks"),
        "orders": daily(merchants, "orders"),
        "gmv": daily(merchants, "orders") * PRICE,
        "refunds": daily(merchants, "refunds"),
        "active_merchants": daily(merchants, "active"),
        "entries": came,
        "followers": daily(merchants, "followers"),
        "members": daily(merchants, "members"),
        "hhi": np.full(days, 0.08),
        "gini": np.full(days, 0.3),
        "owned_share": np.full(days, 0.3),
        "fatigue": weekly * 0.2,
        "opt_outs": np.full(days, 10),
        "opted_out": 10 * np.arange(days),
        "tribe_assortativity": weekly * np.linspace(0.61, 0.66, days),
        "brand_assortativity": weekly * np.linspace(0.02, 0.12, days),
        "taste_within": weekly * 0.3,
        "taste_between": weekly * 0.7,
        "paid_by_consumers": paid,
        "capital": capital,
        "to_platforms": ads,
        "to_suppliers": supply,
        "to_staff": staff,
        "to_media": np.zeros(days),
        "merchants_cash": paid + capital - ads - supply - staff,
    }
