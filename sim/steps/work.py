"""What staff does for a group: hours that are felt, posts that are written, levers that are pulled.

Staff hours ``H``, less those that go into listening to fans, are felt by each group as ``H /
groups^(1 - integration)`` (fragmentation). Of the hours felt, content and service posts take theirs
first, as far as they go; what is left is split among four levers, each with the response ``x / (x +
half)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel
from sim.rng import uniform
from sim.steps.day import Day
from sim.world.groups import GROUP
from sim.world.laws import GroupLaw
from sim.world.market import STAFF

HOURS = 8.0  # hours of a working day
SILENT = 0.2  # part of full activity that a living group has without any effort (assumption)


class Work(NamedTuple):
    """What each group of a merchant gets today, float64[M]: ``hours`` for the levers; ``content``
    and ``service`` posts."""

    hours: np.ndarray
    content: np.ndarray
    service: np.ndarray


@kernel
def felt_effort(hours: float, groups: int, integration: float) -> float:
    """Return the hours a day that each of ``groups`` groups feels."""
    if groups <= 0:
        return 0.0
    return float(hours / groups ** (1.0 - integration))


@kernel
def lever(hours: float, half: float) -> float:
    """Return the response in [0, 1) to hours spent on a lever."""
    return hours / (hours + half)


@kernel
def written(word: np.uint32, rate: float) -> int:
    """Return how many posts are written at a ``rate`` a day: its whole part, and one more with the
    chance of the rest."""
    whole_posts = int(rate)
    return whole_posts + (1 if uniform(word) < rate - whole_posts else 0)


@kernel
def next_activity(
    activity: float,
    size: int,
    muted: int,
    participation: float,
    content: int,
    sales: int,
    law: GroupLaw,
) -> float:
    """Return tomorrow's activity of a group of ``size`` members of whom ``muted`` do not listen."""
    alive = size * size / (size * size + law.critical_mass * law.critical_mass)
    listening = 1.0 - muted / size
    lively = min(1.0, SILENT + (1.0 - SILENT) * participation + law.content_lift * content)
    target = min(1.0, max(0.0, alive * listening * lively - law.sales_fatigue * sales))
    return activity + law.pace * (target - activity)


def listening_hours(day: Day) -> np.ndarray:
    """Return float64[M]: hours of the day that each merchant's staff listens to fans."""
    care = day.world.care
    return np.asarray(np.minimum(care.listen_hours, HOURS * care.staff))


def share_out(day: Day) -> Work:
    """Return what each merchant's groups get today; what they feel goes to ``counts.effort``."""
    world, groups, care = day.world, day.world.groups, day.world.care
    used = int(groups.used[0])
    living = (groups.size[:used] > 0) & (groups.kind[:used] == GROUP)
    number = np.bincount(groups.owner[:used][living], minlength=len(world.firms))
    hours = HOURS * care.staff - listening_hours(day)
    for m in np.flatnonzero((number > 0) & (care.staff > 0)):
        day.counts.effort[m] = felt_effort(
            float(hours[m]), int(number[m]), float(care.integration[m])
        )
    wanted = world.laws.groups.post_hours * (care.content_posts + care.service_posts)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(wanted > 0, np.minimum(1.0, day.counts.effort / wanted), 1.0)
    return Work(
        hours=day.counts.effort - wanted * part,
        content=care.content_posts * part,
        service=care.service_posts * part,
    )


def pay(day: Day) -> None:
    """Pay wages and integration; capability grows towards 1 with what was spent."""
    world, care = day.world, day.world.care
    wages = np.rint(care.staff * care.wage).astype(np.int64)
    cost = np.where(world.in_business, wages + care.integration_spend, 0)
    scale = world.scenario.groups.integration_cost
    gained = 1.0 - np.exp(-care.integration_spend / scale)
    care.integration[:] += np.where(world.in_business, (1.0 - care.integration) * gained, 0.0)
    world.accounts.cash[:] -= cost
    world.accounts.totals[STAFF] += int(cost.sum())
    day.counts.spend_community += cost
