"""Bytes per consumer beyond 8 per stored tie: at rest, and at the peak of building and running.

A child process builds a market and runs it for a few days; from two sizes the part that does not
grow (Python, compiled kernels) falls out. The peak is Linux' ``VmHWM``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed.figure import Figure

SIZES = (400_000, 1_600_000)
DAYS = 5
TIE = 8  # bytes
MOST = 250
GRAPHS = {
    "random": {"kind": "random", "mean_degree": 10},
    "tribal": {"kind": "tribal", "mean_degree": 12},
}


def resident(field: str) -> int:
    """Return ``VmRSS`` (now) or ``VmHWM`` (peak) of this process [bytes]."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in text.splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def child(graph: str, consumers: int) -> None:
    """Build and run one market; print what it took."""
    from benchmarks.speed.market import core_scenario
    from sim.engine.model import Market

    Market(core_scenario(20_000) | {"graph": GRAPHS[graph]}, days=3, collect=False).step()
    scenario = core_scenario(consumers) | {"graph": GRAPHS[graph]}
    market = Market(scenario, seed=1, days=1000, threads=2, collect=False)
    took = {"ties": len(market.world.graph.indices), "built": resident("VmRSS")}
    took["peak while building"] = resident("VmHWM")
    for _ in range(DAYS):
        market.step()
    print(json.dumps(took | {"run": resident("VmRSS"), "peak": resident("VmHWM")}))
    market.threads.close()


def measure(full: bool) -> Iterator[Figure]:
    """Measure both sizes of both graphs."""
    if not Path("/proc/self/status").exists():
        return
    for graph in GRAPHS:
        small, large = (_ask(graph, size) for size in SIZES)
        more = SIZES[1] - SIZES[0]
        ties = (large["ties"] - small["ties"]) / more
        for what, most in (
            ("built", None), ("run", None), ("peak while building", None), ("peak", MOST)
        ):  # fmt: skip
            each = (large[what] - small[what]) / more - TIE * ties
            yield Figure(
                f"{graph} graph, {ties:.1f} ties each: {what}", each, "B/consumer", most=most
            )


def _ask(graph: str, consumers: int) -> dict[str, int]:
    command = [sys.executable, "-m", "benchmarks.speed.memory", graph, str(consumers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, int] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]))
