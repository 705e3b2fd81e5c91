"""Lookalikes: segments in which a merchant's own audience is over-represented.

The platform counts the merchant's buyers of the last year and its followers by segment and sets
them against the population. With n of them, n_s in a segment that holds the share q_s of people,

    lift_s = (n_s + k q_s) / ((n + k) q_s)

shrunk towards 1 by k people. Ads go to segments with a lift above ``LIFT``. A merchant with fewer
than ``ENOUGH`` people has no likeness yet and is shown to everybody.
"""

from __future__ import annotations

import numpy as np

from sim.world.clients import YEAR
from sim.world.market import LOOKALIKES
from sim.world.world import World

LIFT = 1.25  # over-representation from which a segment counts (assumption)
SHRINK = 10.0  # people of average taste that an audience is mixed with (assumption)
ENOUGH = 20  # people from whom on a platform dares to tell whom others are like (assumption)
REFRESH = 7  # days between two looks (assumption)


def lift(audience: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Return float64[M, S] from people by segment: ``audience`` [M, S], ``population`` [S]."""
    share = population / max(population.sum(), 1)
    people = audience.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = (audience + SHRINK * share) / ((people + SHRINK) * share)
    return np.where(share > 0, above, 0.0)


def audience_by_segment(world: World, day: int) -> np.ndarray:
    """Return int64[M, S]: buyers of the last year and followers; who is both counts twice."""
    tribe, shape = world.consumers.segment, (len(world.firms), world.segments)
    clients, groups = world.clients, world.groups
    lately = (clients.who >= 0) & (day - clients.day.astype(np.int64) < YEAR)
    cell = clients.merchant[lately].astype(np.int64) * shape[1] + tribe[clients.who[lately]]
    number = np.bincount(cell, minlength=shape[0] * shape[1])
    used = int(groups.used[0])
    here = np.arange(groups.member.shape[1]) < groups.size[:used, None]
    owner = np.repeat(groups.owner[:used].astype(np.int64), groups.size[:used])
    cell = owner * shape[1] + tribe[groups.member[:used][here]]
    number += np.bincount(cell, minlength=shape[0] * shape[1])
    return np.asarray(number.reshape(shape))


def find_lookalikes(world: World, day: int) -> None:
    """Refresh ``boards.alike`` once a week, where anybody asks for lookalikes."""
    asked = world.offers.audience == LOOKALIKES
    if not asked.any() or (day % REFRESH and not (asked & ~world.boards.alike.any(axis=1)).any()):
        return
    audience = audience_by_segment(world, day)
    population = np.bincount(world.consumers.segment, minlength=world.segments)
    alike = lift(audience, population) > LIFT
    unknown = (audience.sum(axis=1) < ENOUGH) | ~alike.any(axis=1)
    world.boards.alike[:] = alike | unknown[:, None]
