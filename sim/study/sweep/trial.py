"""One trial: scenario × seed → numbers, the same wherever and whenever it is run.

A trial is named by its ``key``, the SHA-256 of scenario digest and seed. Two trials with one key
are one run; whoever has its numbers need not run it again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sim.engine.model import Market
from sim.errors import Where
from sim.scenario.checked import Loaded
from sim.scenario.resolved import society_digest
from sim.scenario.vary import vary
from sim.study.sweep.measured import measured
from sim.study.sweep.metric import Metric, parse_metric
from sim.world.world import Society, build_society

__all__ = ["Metric", "Trial", "WorldCache", "make_trial", "parse_metric", "run_trial"]

SOCIETIES_KEPT = 2


@dataclass(frozen=True)
class Trial:
    """What is run, and what it is called.

    number: its row in the results, from 0. changes: dotted path to value, on top of the base.
    seed: of all randomness. key: scenario digest × seed. society: digest of people, ties and seed;
    trials that have it in common share what is slow to build. size: consumers × days, what it costs
    to run.
    """

    number: int
    changes: Mapping[str, Any]
    seed: int
    key: str
    society: str = ""
    size: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def make_trial(
    base: Loaded,
    changes: Mapping[str, Any],
    seed: int,
    *,
    number: int = 0,
    places: Mapping[str, Where] | None = None,
) -> Trial:
    """Check a trial and name it.

    Raises:
        ScenarioError: a change does not exist or is not allowed, told at its place.
    """
    return trials_of(vary(base, changes, places), changes, [seed], number)[0]


def trials_of(
    loaded: Loaded, changes: Mapping[str, Any], seeds: Sequence[int], first: int
) -> list[Trial]:
    """Name the trials of a scenario that ``changes`` have led to, one a seed, from ``first`` on."""
    record, digest = loaded.scenario, loaded.digest
    return [
        Trial(
            number=number,
            changes=dict(changes),
            seed=seed,
            key=key_of(digest, seed),
            society=society_digest(record, seed, loaded.folder),
            size=(record.consumers.count or 1) * record.days,
        )
        for number, seed in enumerate(seeds, start=first)
    ]


def key_of(digest: str, seed: int) -> str:
    """Return the SHA-256 (hex) of scenario digest × seed."""
    return hashlib.sha256(f"{digest} x {seed}".encode()).hexdigest()


class WorldCache:
    """The last few societies that were built, for trials that differ in neither people nor ties."""

    def __init__(self, keep: int = SOCIETIES_KEPT) -> None:
        self.keep, self.built = keep, 0
        self._societies: OrderedDict[str, Society] = OrderedDict()

    def society(self, loaded: Loaded, seed: int) -> Society:
        """Return the people and ties of a scenario under a seed, built now or before."""
        name = society_digest(loaded.scenario, seed, loaded.folder)
        if name in self._societies:
            self._societies.move_to_end(name)
            return self._societies[name]
        while len(self._societies) >= self.keep:  # before building, so that memory stays low
            self._societies.popitem(last=False)
        self.built += 1
        built = build_society(loaded.scenario, seed=seed, folder=loaded.folder)
        self._societies[name] = built
        return built


def run_trial(
    loaded: Loaded,
    seed: int,
    metrics: Sequence[Metric],
    worlds: WorldCache | None = None,
) -> dict[str, float]:
    """Simulate a scenario under a seed and return its metrics by name.

    A pure function of scenario and seed: ``worlds`` and threads change nothing but the time.

    Raises:
        ScenarioError: the world cannot be built.
        RunError, StrategyError: a stage or a strategy failed.
    """
    market = open_market(loaded, seed, worlds)
    try:
        while market.running:
            market.step()
        return measured(market.recorder.tables(), loaded.scenario, metrics)
    finally:
        market.close()


def open_market(loaded: Loaded, seed: int, worlds: WorldCache | None = None) -> Market:
    """Return the market of a trial on the morning of day 0, on one thread."""
    society = None
    if worlds is not None:
        try:
            society = worlds.society(loaded, seed)
        except (ValueError, OSError) as error:
            raise loaded.error("graph", str(error)) from error
    return Market(loaded, seed=seed, threads=1, collect=False, society=society)
