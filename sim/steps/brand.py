"""Names that are known of themselves come to mind again: brand equity, which fades slowly.

A person knows a name while a number of theirs, drawn once for each pair, is below the share of
people who know it, awareness x 2^-(age / half_life): so those who know a weak brand know a strong
one as well, and who has forgotten does not learn it anew. All of them think of it on the merchant's
first day, and each once in ``REMINDER`` days afterwards; goodwill is then raised to the brand's, if
it is below. Trust is given to those who know nothing else of the merchant.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.world.relations import Relations, deepen, find, goodwill_now, warm

BRAND = int(Stream.BRAND)
REMINDER = 28  # days between two thoughts of a known name (assumption)


@kernel
def remind(
    seed: np.uint64,
    start: int,
    stride: int,
    merchant: int,
    luck: int,
    share: float,
    goodwill: float,
    trust: float,
    fade: float,
    relations: Relations,
) -> None:
    """Let every ``stride``-th person from ``start`` think of a merchant, if they know the name."""
    for i in range(start, relations.merchant.shape[0], stride):
        word, _, _, _ = block(seed, BRAND, i, 0, luck)
        if uniform(word) >= share:
            continue
        k = find(relations, i, merchant)
        now = goodwill_now(relations, i, k, fade) if k >= 0 else 0.0
        if now < goodwill:
            k = warm(relations, i, merchant, (goodwill - now) / (1.0 - now), fade)
        if k >= 0 and trust != 0.0 and relations.flags[i, k] == 0:
            deepen(relations, i, k)
            relations.trust[i, k] = trust


def recall(day: Day) -> None:
    """Let people think of the names they know."""
    world = day.world
    for firm in world.branded:
        m, brand, age = firm.number, firm.spec.product.brand, day.number - firm.entry_day
        if age < 0 or not world.in_business[m]:
            continue
        luck = int(world.offers.luck[m])
        remind(
            world.seed,
            (day.number + luck) % REMINDER if age else 0,
            REMINDER if age else 1,
            m,
            luck,
            brand.awareness * 2 ** (-age / brand.half_life),
            float(brand.goodwill),
            float(brand.trust),
            world.laws.memory.fade,
            world.relations,
        )
