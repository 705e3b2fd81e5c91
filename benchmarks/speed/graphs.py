"""How fast and how large graphs are built: ``python -m benchmarks.speed.graphs [--large]``.

Every case runs in a process of its own after a small warm-up (so that compiling is apart). It
prints the seconds to build, by the clock and of the processors, the nanoseconds per stored tie, the
megabytes that the graph keeps, and the peak while building beyond 8 bytes per stored tie, in bytes
per person (the promise: 250 for a whole run). Then the ratio to networkx where it makes the same
kind of graph. ``--large`` adds 10 million people.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from sim.kernel import Threads
from sim.scenario.population import Graph as GraphSpec
from sim.world.graph import build_graph

DEGREE = 12
TRIBES = 24
KINDS = ("tribal", "small_world", "scale_free", "random", "ring")
TWINS: dict[str, Callable[[Any, int], Any]] = {
    "small_world": lambda nx, n: nx.watts_strogatz_graph(n, DEGREE, 0.1, seed=1),
    "scale_free": lambda nx, n: nx.barabasi_albert_graph(n, DEGREE // 2, seed=1),
    "random": lambda nx, n: nx.fast_gnp_random_graph(n, DEGREE / n, seed=1),
}
"""networkx's generators of the same graphs."""


def memory(field: str) -> int:
    """Return VmRSS (now) or VmHWM (peak) in bytes; 0 where there is no /proc/self/status."""
    status = Path("/proc/self/status")
    text = status.read_text(encoding="ascii") if status.exists() else ""
    found = [line.split()[1] for line in text.splitlines() if line.startswith(field)]
    return int(found[0]) * 1024 if found else 0


def forget_peak() -> None:
    """Let the peak begin at what is used now (Linux)."""
    switch = Path("/proc/self/clear_refs")
    if switch.exists():
        switch.write_text("5", encoding="ascii")


def build(kind: str, count: int) -> None:
    """Build one graph and print its row."""
    spec = TypeAdapter(GraphSpec).validate_python({"kind": kind, "mean_degree": DEGREE})
    small = np.random.default_rng(1).integers(0, TRIBES, 20_000).astype(np.int32)
    threads = Threads(2)
    build_graph(spec, small.size, small, 1, Path(), None, threads)
    tribe = np.random.default_rng(1).integers(0, TRIBES, count).astype(np.int32)
    forget_peak()
    before = memory("VmRSS")
    start, busy = time.perf_counter(), time.process_time()
    graph = build_graph(spec, count, tribe, 1, Path(), None, threads).graph
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    ties = graph.indices.size
    kept = graph.indptr.nbytes + graph.indices.nbytes + graph.strength.nbytes
    peak = (memory("VmHWM") - before - 8 * ties) / count
    print(
        f"{kind:<12} {count:>11,} {seconds:>9.2f} {busy:>9.2f} {seconds / ties * 1e9:>9.1f}"
        f" {kept / 1e6:>9,.0f} {peak:>9.0f}",
        flush=True,
    )
    threads.close()


def compare(kind: str, count: int) -> None:
    """Build the same kind here and in networkx, and print the ratio."""
    import networkx as nx

    spec = TypeAdapter(GraphSpec).validate_python({"kind": kind, "mean_degree": DEGREE})
    tribe = np.zeros(count, np.int32)
    build_graph(spec, 1000, tribe[:1000], 1, Path())
    start = time.perf_counter()
    build_graph(spec, count, tribe, 1, Path())
    ours = time.perf_counter() - start
    start = time.perf_counter()
    TWINS[kind](nx, count)
    theirs = time.perf_counter() - start
    print(f"{kind:<12} {count:>11,} {ours:>9.2f} {theirs:>9.2f} {theirs / ours:>8.0f}x", flush=True)


def apart(*arguments: str) -> None:
    """Run one case in a process of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.speed.graphs", *arguments], check=True)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["build"]:
        build(arguments[1], int(arguments[2]))
        return
    if arguments[:1] == ["compare"]:
        compare(arguments[1], int(arguments[2]))
        return
    sizes = [100_000, 1_000_000] + [10_000_000] * ("--large" in arguments)
    heads = ("seconds", "CPU s", "ns / tie", "MB kept", "peak B")
    print(f"{'kind':<12} {'people':>11}", *(f"{head:>9}" for head in heads), flush=True)
    for count in sizes:
        for kind in KINDS:
            apart("build", kind, str(count))
    heads = ("seconds", "networkx", "ratio")
    print(f"\n{'kind':<12} {'people':>11}", *(f"{head:>9}" for head in heads), flush=True)
    for kind in TWINS:
        apart("compare", kind, "100000")


if __name__ == "__main__":
    main(sys.argv[1:])
