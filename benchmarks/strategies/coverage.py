"""How often intervals hold the truth, by number of seeds: the tables of docs/compare.md.

python -m benchmarks.strategies.coverage
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.study.compare.crossing import crossing_of_mean
from sim.study.compare.paired import interval

EXPERIMENTS = 1_000
LEVELS = np.array([0.0, 1.0, 2.0, 4.0])
Draw = Callable[[np.random.Generator, int], np.ndarray]


def share(hit: Callable[[np.random.Generator], bool], seed: int) -> float:
    """Return how often an experiment succeeds."""
    rng = np.random.default_rng(seed)
    return sum(hit(rng) for _ in range(EXPERIMENTS)) / EXPERIMENTS


def mean_held(draw: Draw, truth: float, seeds: int) -> float:
    """Return how often the BCa interval of a mean holds ``truth``."""

    def hit(rng: np.random.Generator) -> bool:
        low, high = interval(draw(rng, seeds))
        return low <= truth <= high

    return share(hit, seeds)


def crossing_held(seeds: int) -> float:
    """Return how often the band of a crossing holds it, with noise that seeds mostly share."""

    def hit(rng: np.random.Generator) -> bool:
        noise = rng.normal(size=(seeds, 1)) + 0.2 * rng.normal(size=(seeds, len(LEVELS)))
        found = crossing_of_mean(LEVELS, LEVELS - 2 + noise)
        return found.low <= 2 <= found.high

    return share(hit, seeds)


def main() -> None:
    """Measure and print."""
    kinds: list[tuple[str, Draw, float]] = [
        ("normal", lambda rng, n: rng.normal(size=n), 0.0),
        ("exponential", lambda rng, n: rng.exponential(size=n), 1.0),
    ]
    print("| seeds | normal differences | exponential differences |\n|---|---|---|")
    for seeds in (3, 5, 6, 10, 20, 40):
        held = [f"{100 * mean_held(draw, truth, seeds):.0f} %" for _, draw, truth in kinds]
        print(f"| {seeds} | {' | '.join(held)} |", flush=True)
    for seeds in (6, 12, 20):
        print(f"crossing, {seeds} seeds: {100 * crossing_held(seeds):.0f} %", flush=True)


if __name__ == "__main__":
    main()
