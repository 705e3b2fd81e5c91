"""Merchants listen to their fans and move their product to what they hear.

On an hour of listening ``fans_per_hour`` fans, drawn at random with replacement from groups and
channel, say what they like. The estimate is their mean, older words fading with ``half_life``; of
``n`` fans whose tastes have variance ``v`` on each of ``D`` axes its mean squared error is ``D v /
n``: it sharpens with the square root, and more than a few thousand teach little. With
``reposition`` the product's taste moves every day by that share of the distance to the estimate.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.work import listening_hours, written
from sim.world.consumers import Consumers
from sim.world.groups import Groups

LISTEN = int(Stream.LISTEN)
MEASURE_EVERY = 7  # days


@kernel
def hear(
    seed: np.uint64,
    day: int,
    luck: int,
    count: int,
    pages: np.ndarray,
    upto: np.ndarray,
    groups: Groups,
    consumers: Consumers,
    told: np.ndarray,
) -> None:
    """Add the tastes of ``count`` random fans to ``told`` float64[D]; fans are on ``pages``
    int64[n] that hold ``upto`` int64[n] people, added up."""
    for n in range(count):
        word, _, _, _ = block(seed, LISTEN, n, day, luck)
        at = int(uniform(word) * upto[-1])
        page = before = 0
        while upto[page] <= at:
            before = upto[page]
            page += 1
        i = groups.member[pages[page], at - before]
        for axis in range(len(told)):
            told[axis] += consumers.taste[i, axis]


def listen(day: Day) -> None:
    """Let merchants who listen hear their fans, and move their products."""
    world, heard = day.world, day.world.heard
    hours = listening_hours(day)
    if not hours.any():
        return
    law = world.scenario.groups.listening
    left = 2 ** (-1 / law.half_life)
    used = int(world.groups.used[0])
    for m in np.flatnonzero(hours > 0):
        pages = np.flatnonzero((world.groups.owner[:used] == m) & (world.groups.size[:used] > 0))
        heard.told[m] *= left
        heard.weight[m] *= left
        heard.squares[m] *= left**2
        if len(pages) == 0:
            continue
        luck = int(world.offers.luck[m])
        word = block(world.seed, LISTEN, 0, day.number, luck)[1]
        count = written(word, float(hours[m] * law.fans_per_hour))
        upto = np.cumsum(world.groups.size[pages]).astype(np.int64)
        hear(
            world.seed,
            day.number,
            luck,
            count,
            pages,
            upto,
            world.groups,
            world.consumers,
            heard.told[m],
        )
        heard.weight[m] += count
        heard.squares[m] += count
        if heard.weight[m] > 0:
            _move(day, int(m))
            if day.number % MEASURE_EVERY == 0:
                _measure(day, int(m), pages)


def _move(day: Day, m: int) -> None:
    """Move the product towards the estimate."""
    world, heard = day.world, day.world.heard
    step = world.care.reposition[m] * (heard.told[m] / heard.weight[m] - world.offers.taste[m])
    world.offers.taste[m] += step.astype(np.float32)
    heard.moved[m] += float(np.sqrt((step**2).sum()))


def _measure(day: Day, m: int, pages: np.ndarray) -> None:
    """Compare the estimate with the mean taste of all fans, which the merchant never sees."""
    world, heard = day.world, day.world.heard
    groups = world.groups
    fans = np.concatenate([groups.member[page, : groups.size[page]] for page in pages])
    truth = world.consumers.taste[fans].mean(axis=0)
    gap = heard.told[m] / heard.weight[m] - truth
    heard.error[m] = float(np.sqrt((gap**2).sum()))
