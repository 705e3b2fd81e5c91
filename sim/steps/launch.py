"""Launches: on the day a merchant comes, chosen people get its product and may talk about it.

What they think of it, and whether they talk, is decided as for a buyer (``sim.steps.deliver``): a
poor product is launched into complaints. They have it from then on, but bought nothing: their first
order is that of a new customer.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.steps.day import Day
from sim.steps.deliver import experience
from sim.steps.judge import satisfaction, talks
from sim.steps.seeding import seeds_of
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw, ShareLaw
from sim.world.market import MEDIA_TOTAL, Firm, Offers
from sim.world.relations import BOUGHT, MEDIA, Relations, mark, warm


@kernel
def hand_out(
    seed: np.uint64,
    day: int,
    m: int,
    people: np.ndarray,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    memory: MemoryLaw,
    sharing: ShareLaw,
    messages: np.ndarray,
) -> int:
    """Give ``people`` int64[n] the product of ``m``; return how many messages were written."""
    talkers = 0
    for i in people:
        mood = satisfaction(seed, i, day, offers.luck[m], offers.quality[m], 0.0, 0.0, memory)
        k = warm(relations, i, m, memory.purchase, memory.fade)
        if k >= 0:
            mark(relations, i, k, MEDIA, day)
            relations.flags[i, k] |= BOUGHT
            experience(relations, i, m, mood, memory)
        if talks(seed, day, i, offers.luck[m], mood, consumers, sharing):
            messages[talkers, 0], messages[talkers, 1] = i, m
            messages[talkers, 2] = -1 if mood < 0.0 else 1
            talkers += 1
    return talkers


def launch(day: Day) -> None:
    """Launch the merchants who come today, as far as they can pay for it."""
    for firm in day.world.firms:
        if firm.entry_day == day.number and firm.spec.launch.seeds:
            _launch(day, firm)


def _launch(day: Day, firm: Firm) -> None:
    world, m, spec = day.world, firm.number, firm.spec.launch
    purse = max(0, int(world.accounts.cash[m] + world.accounts.credit[m]))
    number = min(spec.seeds, purse // spec.cost) if spec.cost else spec.seeds
    sharing = world.laws.sharing
    keen = sharing.pass_on * world.offers.virality[m] * float(world.consumers.sociability.mean())
    people = seeds_of(
        world.graph,
        number,
        spec.method,
        sharing.tie_probability,
        world.consumers.tribe,
        seed=int(world.seed) ^ int(world.offers.luck[m]),
        relay=float(min(1.0, keen)),
    )
    bill = len(people) * spec.cost
    world.accounts.cash[m] -= bill
    world.accounts.totals[MEDIA_TOTAL] += bill
    day.counts.spend_media[m] += bill
    messages = np.empty((len(people), 3), np.int64)
    talkers = hand_out(
        world.seed,
        day.number,
        m,
        people,
        world.consumers,
        world.relations,
        world.offers,
        world.laws.memory,
        sharing,
        messages,
    )
    world.messages.append(messages[:talkers].copy())
