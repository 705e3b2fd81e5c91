"""Old channels that a merchant owns: messages (SMS, mail) to everybody who bought within a year.

They need no community and no platform, cost a little each, and few are read: the baseline that an
owned audience is held against. Who reads one gains goodwill and is tempted, as by a post.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.world.clients import YEAR, Clients
from sim.world.laws import MemoryLaw
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import COMMUNITY, Relations, mark, warm

REMIND = int(Stream.REMIND)


@kernel
def remind_clients(
    seed: np.uint64,
    day: int,
    clients: Clients,
    rate: np.ndarray,
    read: float,
    luck: np.ndarray,
    relations: Relations,
    memory: MemoryLaw,
    sent: np.ndarray,
    who: np.ndarray,
    merchant: np.ndarray,
) -> int:
    """Send messages to yearly buyers; return how many were read (``who``, ``merchant`` int32[R]).

    ``rate`` float64[M] [messages a customer and day], at most 1; ``sent`` int64[M] counts.
    """
    count = 0
    for place in range(len(clients.who)):
        m = whole(clients.merchant[place])
        if clients.who[place] < 0 or rate[m] <= 0.0 or day - clients.day[place] >= YEAR:
            continue
        i = clients.who[place]
        goes, reads, _, _ = block(seed, REMIND, i, day, luck[m])
        if uniform(goes) >= rate[m]:
            continue
        sent[m] += 1
        if uniform(reads) < read:
            k = warm(relations, i, m, memory.post, memory.fade)
            if k >= 0:
                mark(relations, i, k, COMMUNITY, day)
            who[count], merchant[count] = i, m
            count += 1
    return count


def remind(day: Day) -> None:
    """Send the day's messages to old customers, and pay for them."""
    world, counts = day.world, day.counts
    rate = np.where(world.offers.is_open, world.care.messages, 0.0)
    if not rate.any():
        return
    most = int(world.clients.used[0])
    who, merchant = np.empty(most, np.int32), np.empty(most, np.int32)
    read = remind_clients(
        world.seed,
        day.number,
        world.clients,
        rate,
        float(world.scenario.groups.message_read),
        world.offers.luck,
        world.relations,
        world.laws.memory,
        counts.reminders,
        who,
        merchant,
    )
    day.occasions.add(who[:read], merchant[:read], COMMUNITY, -1)
    cost = counts.reminders * world.care.message_cost
    world.accounts.cash[:] -= cost
    world.accounts.totals[MEDIA_TOTAL] += int(cost.sum())
    counts.spend_media += cost
