"""Who uses which medium, and what merchants have booked there.

Audiences are stable: everybody has a chance of their own to use a medium on a day, drawn once from
a beta distribution with the medium's ``reach`` as its mean, so that the number of days on which a
person uses it is beta-binomial (Metheringham 1964). With ``loyalty`` r = 1 / (a + b + 1) two days'
use correlate by r, and P(both days) = reach^2 + r reach (1 - reach).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.rng import Stream, generator
from sim.scenario.media import Medium
from sim.world.consumers import distinct_hashes


class Media(NamedTuple):
    """Structure of arrays over ``Q`` media, ``N`` consumers, ``M`` merchants.

    luck uint32[Q]: names the medium in draws; limit uint32[Q, N]: who draws a word below it uses
    the medium today; budget int64[Q, M] [money a day]: what merchants have decided to book.
    """

    luck: np.ndarray
    limit: np.ndarray
    budget: np.ndarray


def build_media(media: Mapping[str, Medium], people: int, merchants: int, seed: int) -> Media:
    """Draw the audiences; nobody has booked anything yet."""
    luck = distinct_hashes(sorted(media))
    limit = np.empty((len(media), people), np.uint32)
    for q, (name, medium) in enumerate(media.items()):
        rng = generator(seed, Stream.AUDIENCE, luck[name])
        limit[q] = words_below(audience(medium.reach, medium.loyalty, people, rng))
    return Media(
        luck=np.array([luck[name] for name in media], np.uint32),
        limit=limit,
        budget=np.zeros((len(media), merchants), np.int64),
    )


def audience(reach: float, loyalty: float, people: int, rng: np.random.Generator) -> np.ndarray:
    """Return float64[N]: everybody's chance to use a medium on a day."""
    if loyalty <= 0 or reach in (0.0, 1.0):
        return np.full(people, reach)
    if loyalty >= 1:
        return (rng.random(people) < reach).astype(np.float64)
    together = 1.0 / loyalty - 1.0  # a + b
    return rng.beta(reach * together, (1.0 - reach) * together, people)


def words_below(chance: np.ndarray) -> np.ndarray:
    """Return uint32[N]: the limit below which a random word falls with the given chance."""
    return np.ceil(np.clip(chance * 2.0**32 - 0.5, 0, 2**32 - 1)).astype(np.uint32)


def scale_reach(media: Media, was: Mapping[str, Medium], now: Mapping[str, Medium]) -> None:
    """Let an event change the reach: everybody's chance changes by the same factor, up to 1."""
    for q, name in enumerate(now):
        before, after = was[name].reach, now[name].reach
        if before != after and before > 0:
            chance = media.limit[q] / 2.0**32 * (after / before)
            media.limit[q] = words_below(np.minimum(chance, 1.0))
