"""Where the time of a day goes: by stage, and by kernel where the stage shares it out to threads.

One thread, processor time, the quickest day of each. A stage's own time less its kernels' is what
runs outside of them: Python, and kernels that are not shared out.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.speed.figure import Figure
from benchmarks.speed.market import core_scenario
from sim.engine.model import Market
from sim.kernel import Threads

CASES = {(1_000_000, 20): 6, (20_000, 20): 60, (20_000, 1000): 30}  # days
WARM = 12


class Watch(Threads):
    """Threads (one) that note how long each kernel takes."""

    def __init__(self) -> None:
        super().__init__(1)
        self.took: dict[str, float] = defaultdict(float)

    def run(self, function: Callable[..., Any], chunks: int, *args: Any, alone: int = 1) -> None:
        """Run and note."""
        start = time.thread_time()
        super().run(function, chunks, *args, alone=alone)
        self.took[function.__name__] += time.thread_time() - start


def measure(full: bool) -> Iterator[Figure]:
    """Measure the cases one after another."""
    for (consumers, merchants), days in CASES.items():
        market = Market(core_scenario(consumers, merchants), seed=1, days=1000, collect=False)
        market.threads = watch = Watch()
        best: dict[str, float] = {}
        for day in range(WARM + days):
            watch.took.clear()
            before = dict(market.stage_s)
            start = time.thread_time()
            market.step()
            now = {"day": time.thread_time() - start}
            now |= {f"stage {name}": market.stage_s[name] - before[name] for name in before}
            now |= {f"kernel {name}": took for name, took in watch.took.items()}
            if day >= WARM:
                best = {name: min(best.get(name, took), took) for name, took in now.items()}
        head = f"{consumers:,} x {merchants:,}"
        for name, took in best.items():
            yield Figure(f"{head}: {name}", took / consumers * 1e9, "ns/consumer-day")
