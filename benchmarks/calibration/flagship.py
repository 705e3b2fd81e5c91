"""What the flagship gives, against published figures; and where the ranking of its camps turns.

    python -m benchmarks.calibration.flagship            figures over seeds, about a minute
    python -m benchmarks.calibration.flagship --turn     four knobs, a minute a seed on two cores

Prints the tables of docs/calibration.md. Runs share nothing but the scenario; equal seeds are
paired by common random numbers.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from sim.engine.model import Market
from sim.scenario.load import load
from sim.study.compare.paired import adjusted, paired
from sim.study.metrics import summarise

FLAGSHIP = Path(__file__).resolve().parents[2] / "scenarios" / "traffic_vs_community.yaml"
CAMPS = ("buyer", "grower")
KNOBS: dict[str, list[tuple[str, list[str]]]] = {
    "price of traffic: what both camps pay for a new customer, yuan": [
        (str(yuan), [f"merchants.{camp}.strategy.target_cac={yuan} CNY" for camp in CAMPS])
        for yuan in (60, 100, 140, 180, 220)
    ],
    "bidders: merchants in each camp": [
        (str(n), [f"merchants.{camp}.count={n}" for camp in CAMPS]) for n in (2, 4, 8, 12, 16)
    ],
    "integration capability of the growers": [
        (
            value,
            [
                f"merchants.grower.strategy.community.integration={value}",
                "groups.cap=50",
            ],
        )
        for value in ("0%", "30%", "60%", "90%")
    ],
    "repurchase: needs a day": [
        (str(mean), [f"consumers.need_rate.gamma.mean={mean}"])
        for mean in (0.015, 0.02, 0.03, 0.04)
    ],
}


Task = tuple[int, list[str]]


def one(task: Task) -> dict[str, Any]:
    """Run the flagship with a seed and overrides; return its summary."""
    seed, overrides = task
    loaded = load(FLAGSHIP, overrides)
    market = Market(loaded, seed=seed, collect=False)
    while market.running:
        market.step()
    tables = market.recorder.tables()
    market.close()
    return summarise(tables, loaded.scenario)


def camp(summary: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the summary of a camp."""
    found: dict[str, Any] = next(c for c in summary["camps"] if c["name"] == name)
    return found


def spread(values: list[float], form: str) -> str:
    """Return mean and range of a figure over seeds."""
    mean = statistics.fmean(values)
    return f"{mean:{form}} ({min(values):{form}} to {max(values):{form}})"


def figures(found: list[dict[str, Any]]) -> None:
    """Print the flagship's figures over seeds."""
    rows = [
        ("CTR of paid impressions, buyers", [camp(s, "buyer")["ctr"] for s in found], ".4f"),
        ("paid orders per click, buyers", [camp(s, "buyer")["cvr"] for s in found], ".4f"),
        (
            "gross CAC of the first quarter, buyers, yuan",
            [camp(s, "buyer")["gross_cac_first_quarter"] / 100 for s in found],
            ".1f",
        ),
        (
            "gross CAC of the first quarter, growers, yuan",
            [camp(s, "grower")["gross_cac_first_quarter"] / 100 for s in found],
            ".1f",
        ),
        ("messages that reach nobody", [s["cascades"]["singletons"] for s in found], ".3f"),
        ("messages beyond one step", [s["cascades"]["beyond_one_step"] for s in found], ".4f"),
        (
            "profit per buyer, thousand yuan",
            [camp(s, "buyer")["profit_per_merchant"]["mean"] / 1e5 for s in found],
            ".1f",
        ),
        (
            "profit per grower, thousand yuan",
            [camp(s, "grower")["profit_per_merchant"]["mean"] / 1e5 for s in found],
            ".1f",
        ),
        ("buyers in business at the end", [camp(s, "buyer")["alive"] for s in found], ".1f"),
        ("growers in business at the end", [camp(s, "grower")["alive"] for s in found], ".1f"),
    ]
    print("| figure | mean (range over seeds) |\n|---|---|")
    for name, values, form in rows:
        print(f"| {name} | {spread([float(v) for v in values], form)} |")


def profits(found: list[dict[str, Any]], who: str) -> np.ndarray:
    """Return the mean profit of a camp's merchants in each run [thousand yuan]."""
    return np.array([camp(s, who)["profit_per_merchant"]["mean"] / 1e5 for s in found])


def turns(run_all: Callable[[list[Task]], Iterator[dict[str, Any]]], seeds: int) -> None:
    """Print where the ranking turns: all settings are judged together, as ``sim compare`` does."""
    digests = {
        (knob, name): load(FLAGSHIP, overrides).digest
        for knob, values in KNOBS.items()
        for name, overrides in values
    }
    # The flagship itself is in three of the tables.
    distinct = {
        digests[knob, name]: overrides
        for knob, values in KNOBS.items()
        for name, overrides in values
    }
    tasks = [(seed, overrides) for overrides in distinct.values() for seed in range(1, seeds + 1)]
    found = run_all(tasks)
    by_digest = {digest: list(islice(found, seeds)) for digest in distinct}
    buyer, grower = CAMPS
    pairs = [paired(profits(by_digest[d], grower), profits(by_digest[d], buyer)) for d in distinct]
    judged = dict(zip(distinct, adjusted(pairs), strict=True))
    for knob, values in KNOBS.items():
        print(f"\n| {knob} | buyer | grower | grower less buyer | grower ahead on | p |")
        print("|---|---|---|---|---|---|")
        for name, _ in values:
            pair = judged[digests[knob, name]]
            gap = f"{pair.mean:.0f} ({pair.low:.0f} to {pair.high:.0f})"
            gap = f"**{gap}**" if pair.ahead else gap
            share = f"{pair.win_rate * pair.seeds:g} of {pair.seeds}"
            chance = f"{pair.adjusted:.2g}" if pair.adjusted >= 0.001 else "< 0.001"
            cells = (name, f"{pair.mean_b:.0f}", f"{pair.mean_a:.0f}", gap, share, chance)
            print(f"| {' | '.join(cells)} |".replace("-", "\N{MINUS SIGN}"))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turn", action="store_true", help="vary the four knobs")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    with ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn")) as pool:
        if chosen.turn:
            turns(lambda tasks: _shown(pool.map(one, tasks), len(tasks)), chosen.seeds)
        else:
            figures(list(pool.map(one, [(seed, []) for seed in range(1, chosen.seeds + 1)])))


def _shown(found: Iterator[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Show on stderr how far the runs are."""
    return iter(track(found, "runs", count, console=Console(stderr=True)))


if __name__ == "__main__":
    main()
