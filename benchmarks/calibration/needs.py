"""The need process of a market, run by the production stage and written down as an order log.

Nothing is copied: the world is built from a scenario, and ``Traffic.draw_needs`` draws the days.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.check.order_log import (
    COHORT,
    HORIZON,
    Log,
    Repeats,
    count_repeats,
    first_days,
    make_log,
    take,
)
from sim.kernel import Threads
from sim.scenario.load import from_dict
from sim.steps.day import Counts, Day
from sim.steps.traffic import Traffic
from sim.world.world import build_world


class Needs(NamedTuple):
    """``gamma: {mean:, shape:}`` of a scenario's ``need_rate``; mean [needs a day]."""

    mean: float
    shape: float

    @property
    def alpha(self) -> float:
        """Scale of the Gamma [weeks]."""
        return self.shape / self.mean / 7

    def none(self, weeks: float) -> float:
        """P(no need within ``weeks``) of a person taken at random."""
        return float((self.alpha / (self.alpha + weeks)) ** self.shape)

    def written(self) -> dict[str, object]:
        """Return the distribution as a scenario spells it."""
        return {"gamma": {"mean": float(self.mean), "shape": float(self.shape)}}


def draw_needs(needs: Needs, people: int, seed: int, days: int = HORIZON) -> Log:
    """Simulate who needs something on which day in a market without merchants."""
    loaded = from_dict(
        {
            "name": "needs",
            "days": days,
            "graph": {"kind": "complete"},
            "consumers": {"count": people, "need_rate": needs.written()},
        }
    )
    world = build_world(loaded.scenario, seed=seed, days=days, folder=loaded.folder)
    today = Day(world, 0, Counts(0, 0))
    stage = Traffic(today, Threads(1))
    who, when = [], []
    for number in range(days):
        today = Day(world, number, Counts(0, 0))
        stage.draw_needs(today)
        somebody, _, _, _ = today.occasions.joined()
        who.append(somebody)
        when.append(np.full(len(somebody), number))
    return make_log(np.concatenate(who), np.concatenate(when))


def joining_like(entry: np.ndarray, people: int) -> np.ndarray:
    """Return int64[people]: days of joining with the spread of the data, whatever the rate."""
    return np.resize(entry, people)


def first_need_cohort(log: Log, people: int) -> Repeats:
    """Return the repeats of people whose first need falls into the cohort's twelve weeks."""
    first = first_days(log, people)
    members = first < COHORT
    return take(count_repeats(log, np.where(members, first, 0)), members)
