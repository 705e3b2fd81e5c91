"""What a consumer-day costs with more merchants (and the same money), with more consumers, and with
two threads where one would do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed.figure import Figure, in_turn
from benchmarks.speed.market import core_market, nanoseconds

FEW = 20_000
ROUNDS = 5
MOST = 1.3
NEEDS_GIB = 5  # for ten million consumers, beside a million


def free_gib() -> float:
    """Return the memory that is free for use [GiB]; infinite where nobody tells."""
    table = Path("/proc/meminfo")
    lines = table.read_text(encoding="ascii").splitlines() if table.exists() else []
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable")]
    return found[0] / 2**20 if found else float("inf")


def pair(
    what: str, small: tuple[int, int], large: tuple[int, int], rounds: int
) -> Iterator[Figure]:
    """Compare two markets of (consumers, merchants) in turn."""
    markets = {size: core_market(*size) for size in (small, large)}
    days = {size: max(1, 2_000_000 // size[0]) for size in markets}
    best = in_turn(
        {
            str(size): lambda m=market, s=size: nanoseconds(m, s[0], days[s])
            for size, market in markets.items()
        },
        rounds,
    )
    for size in markets:
        name = f"{size[0]:,} consumers, {size[1]:,} merchants"
        yield Figure(name, best[str(size)], "ns/consumer-day")
    yield Figure(what, best[str(large)] / best[str(small)], "times", most=MOST)


def small_world(rounds: int) -> Iterator[Figure]:
    """Compare two threads with one where there is little to do."""
    markets = {count: core_market(FEW, threads=count) for count in (1, 2)}
    best = in_turn(
        {str(n): lambda m=market: nanoseconds(m, FEW, 50) for n, market in markets.items()}, rounds
    )
    name = f"2 threads over 1, {FEW:,} consumers, 20 merchants"
    yield Figure(name, best["2"] / best["1"], "times", most=1.2)


def measure(full: bool) -> Iterator[Figure]:
    """Measure the merchants, then the threads, then the consumers."""
    yield from pair("1,000 over 20 merchants", (1_000_000, 20), (1_000_000, 1000), ROUNDS)
    if full:
        yield from pair("... at 4 M consumers", (4_000_000, 20), (4_000_000, 1000), ROUNDS)
    yield from small_world(ROUNDS)
    yield from pair("2 M over 200,000 consumers", (200_000, 20), (2_000_000, 20), ROUNDS)
    if full and free_gib() > NEEDS_GIB:
        yield from pair("10 M over 1 M consumers", (1_000_000, 20), (10_000_000, 20), ROUNDS)
