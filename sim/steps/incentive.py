"""Pay for talk: a merchant may pay for every good message about it that is received.

The reward raises the odds that a satisfied buyer talks, as it raises those of inviting
(``sim.steps.invite``). Who would have talked anyway is paid as well: nobody can tell.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import block, uniform
from sim.steps.day import Day
from sim.steps.invite import raised
from sim.steps.judge import LATE, TALK, satisfaction
from sim.steps.purchase import MERCHANT, WHO
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw, ShareLaw
from sim.world.market import CONSUMERS, Offers


@kernel
def talk_for_pay(
    seed: np.uint64,
    day: int,
    parcels: np.ndarray,
    gain: np.ndarray,
    weight: float,
    service: np.ndarray,
    consumers: Consumers,
    offers: Offers,
    memory: MemoryLaw,
    sharing: ShareLaw,
    messages: np.ndarray,
) -> int:
    """Write the messages of those who talk only because they are paid; return how many.

    The draw is that of ``sim.steps.deliver.talks``: a reward adds talkers and silences nobody.
    ``gain`` float64[M]: log(1 + incentive / price); ``service`` float64[M]: satisfaction it adds.
    """
    count = 0
    for n in range(len(parcels)):
        i, m = parcels[n, WHO], parcels[n, MERCHANT]
        if gain[m] == 0.0:
            continue
        luck = offers.luck[m]
        mood = satisfaction(
            seed, i, day, luck, offers.quality[m], service[m], parcels[n, LATE], memory
        )
        if mood <= 0.0:
            continue
        plain = sharing.buyer_rate * consumers.sociability[i] * min(1.0, 2.0 * mood)
        paid = raised(plain, weight * consumers.price_sensitivity[i] * gain[m])
        word, _, _, _ = block(seed, TALK, i, day, luck)
        if plain <= uniform(word) < paid:
            messages[count, 0], messages[count, 1], messages[count, 2] = i, m, 1
            count += 1
    return count


def let_talk(day: Day) -> None:
    """After deliveries: let those talk who do so because they are paid."""
    world, parcels = day.world, day.delivered
    incentive = world.referrals.programmes.incentive
    if not len(parcels) or not incentive.any():
        return
    messages = np.empty((len(parcels), 3), np.int64)
    count = talk_for_pay(
        world.seed,
        day.number,
        parcels,
        np.log1p(incentive / np.maximum(world.offers.price, 1)),
        float(world.scenario.inviting.incentive),
        world.terms.felt,
        world.consumers,
        world.offers,
        world.laws.memory,
        world.laws.sharing,
        messages,
    )
    if count:
        world.messages.append(messages[:count].copy())


def pay_messages(day: Day) -> None:
    """Pay for the good messages that were received today."""
    world = day.world
    cost = world.referrals.programmes.incentive * day.counts.read
    if not cost.any():
        return
    world.accounts.cash[:] -= cost
    world.accounts.totals[CONSUMERS] -= int(cost.sum())
    day.counts.spend_rewards += cost
