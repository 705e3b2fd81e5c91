"""The core loop at a million consumers on two threads, against Mesa on the same work."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

from benchmarks.speed.figure import Figure, in_turn
from benchmarks.speed.market import WARM_DAYS, core_market, nanoseconds
from benchmarks.speed.mesa_model import MesaMarket
from sim.engine.model import Market

CONSUMERS = 1_000_000
MESA_SIZES = (5_000, 20_000)
MESA_WARM_DAYS = 10  # of a million, which take minutes
TOTALS = ("visits", "impressions", "clicks", "orders", "messages")
TOLERANCE = 0.1
AGREE_DAYS = 100
ROUNDS = 5


def mesa_market(consumers: int, warm: int) -> MesaMarket:
    """Return a Mesa model of the same people after ``warm`` days."""
    model = MesaMarket(core_market(consumers, threads=1, warm=1).world)
    for _ in range(warm):
        model.step()
    return model


def agreement(consumers: int) -> Iterator[Figure]:
    """Simulate the same population with both and compare what happened per consumer-day."""
    market = core_market(consumers, threads=1, warm=0)
    ours: Counter[str] = Counter()
    for day in range(AGREE_DAYS):
        market.step()
        ours.update({name: market.row[name] for name in TOTALS})
        if day == 0:
            model = MesaMarket(market.world)
    for _ in range(AGREE_DAYS):
        model.step()
    per = consumers * AGREE_DAYS
    for name in TOTALS:
        theirs = model.totals[name]
        yield Figure(
            f"{name} a consumer-day: Mesa {theirs / per:.5f}, engine {ours[name] / per:.5f}",
            theirs / max(1, ours[name]),
            "ratio",
            least=1 - TOLERANCE,
            most=1 + TOLERANCE,
        )


def measure(full: bool) -> Iterator[Figure]:
    """Measure both, in turn."""
    yield from agreement(MESA_SIZES[-1])
    market = core_market(CONSUMERS)
    single = core_market(CONSUMERS, threads=1)
    cases = {
        "engine": lambda: nanoseconds(market, CONSUMERS, 3),
        "single": lambda: nanoseconds(single, CONSUMERS, 3),
    }
    for size in MESA_SIZES:
        model = mesa_market(size, WARM_DAYS)
        days = max(1, 20_000 // size)
        cases[f"Mesa {size}"] = lambda m=model, n=size, d=days: nanoseconds(m, n, d)
    best = in_turn(cases, ROUNDS * (3 if full else 1))
    mesa = [best[f"Mesa {size}"] for size in MESA_SIZES]
    for size, cost in zip(MESA_SIZES, mesa, strict=True):
        yield Figure(f"Mesa, {size:,} consumers", 1e3 / cost, "M consumer-days/s")
    yield Figure("engine, 1 M consumers, 2 threads", 1e3 / best["engine"], "M consumer-days/s")
    yield Figure("engine, 1 M consumers, 1 thread", 1e3 / best["single"], "M consumer-days/s")
    yield Figure("2 threads over 1 thread", best["single"] / best["engine"], "times")
    yield Figure("engine over Mesa (its quickest size)", min(mesa) / best["engine"], "times", 300)
    if full:
        yield from equal_sizes(market)


def equal_sizes(market: Market) -> Iterator[Figure]:
    """Compare at a million consumers each; Mesa takes some ten seconds a day and 2 GB."""
    model = mesa_market(CONSUMERS, MESA_WARM_DAYS)
    gc.freeze()  # neither looks through the other's ten million objects for garbage
    best = in_turn(
        {
            "engine": lambda: nanoseconds(market, CONSUMERS, 10),
            "Mesa": lambda: nanoseconds(model, CONSUMERS, 1),
        },
        ROUNDS,
    )
    gc.unfreeze()
    yield Figure("Mesa, 1 M consumers", 1e3 / best["Mesa"], "M consumer-days/s")
    yield Figure("engine over Mesa, 1 M consumers each", best["Mesa"] / best["engine"], "times")
