"""The people: one record of arrays, drawn once from the scenario's distributions.

Draws come from one NumPy Philox generator per quantity (stream ``POPULATION``), so a change of
one distribution leaves the others' luck untouched, and merchants and platforms have no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.rng import Stream, generator
from sim.scenario.distribution import Distribution
from sim.scenario.goods import Category
from sim.scenario.markets import Platform
from sim.scenario.population import Consumers as ConsumersSpec
from sim.scenario.population import Tribes
from sim.scenario.regions import Regions
from sim.world.regions import region_shares


class Consumers(NamedTuple):
    """Structure of arrays over ``N`` consumers, ``D`` taste axes, ``P`` platforms.

    tribe int16[N]; segment int16[N]: region x tribes + tribe (the tribe itself where there is one
    region), which is what platforms can tell; taste float32[N, D] [taste units];
    need_rate float32[G, N] [needs a day] by category; price_sensitivity float32[N] [utility per log
    price]; sociability float32[N] in [0, 1]; tolerance float32[N] [fatigue];
    visit_rate float32[P, N] [visits a day]; fatigue float32[N] as of a common reference day
    (``sim.world.relations.Clock``).
    """

    tribe: np.ndarray
    segment: np.ndarray
    taste: np.ndarray
    need_rate: np.ndarray
    price_sensitivity: np.ndarray
    sociability: np.ndarray
    tolerance: np.ndarray
    visit_rate: np.ndarray
    fatigue: np.ndarray


def sample(shape: Distribution, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw float32[count] from a scenario's distribution, in slices that keep memory low."""
    out = np.empty(count, np.float32)
    for first in range(0, count, 1 << 18):
        size = min(1 << 18, count - first)
        out[first : first + size] = _draw(shape, size, rng)
    return out


def _draw(shape: Distribution, size: int, rng: np.random.Generator) -> np.ndarray:
    if shape.uniform is not None:
        return rng.uniform(shape.uniform.min, shape.uniform.max, size)
    if shape.normal is not None:
        return rng.normal(shape.normal.mean, shape.normal.sd, size)
    if shape.lognormal is not None:
        variance = np.log1p(shape.lognormal.cv**2)
        centre = np.log(shape.lognormal.mean) - variance / 2
        return rng.lognormal(centre, np.sqrt(variance), size)
    if shape.gamma is not None:
        return rng.gamma(shape.gamma.shape, shape.gamma.mean / shape.gamma.shape, size)
    if shape.beta is not None:
        a = shape.beta.mean * shape.beta.concentration
        return rng.beta(a, shape.beta.concentration - a, size)
    return np.full(size, shape.mean)


def tribe_shares(tribes: Tribes) -> np.ndarray:
    """Return float64[count] of tribe shares that sum to 1."""
    if tribes.sizes is not None:
        shares = np.array(tribes.sizes, np.float64)
    else:
        shares = np.arange(1, tribes.count + 1, dtype=np.float64) ** -tribes.size_exponent
    return np.asarray(shares / shares.sum())


def assign_segments(tribes: Tribes, regions: Regions, count: int) -> np.ndarray:
    """Return int32[count]: contiguous segments (region x tribes + tribe) of the given shares
    (largest-remainder rounding); tribes are as large everywhere. With one region these are tribes.

    Contiguous, because members of a tribe mostly meet each other: rows that are read together
    then lie together in memory.
    """
    shares = np.outer(region_shares(regions), tribe_shares(tribes)).ravel()
    edges = np.rint(np.cumsum(shares) * count).astype(np.int64)
    segment = np.zeros(count, np.int32)
    for number, (first, last) in enumerate(zip(edges[:-1], edges[1:], strict=True), start=1):
        segment[first:last] = number
    return segment


def tribe_centres(tribes: Tribes, count: int, seed: int) -> np.ndarray:
    """Return float32[count, D]: centres of tribes, standard normal per axis."""
    rng = generator(seed, Stream.POPULATION, 0)
    return rng.standard_normal((count, tribes.dimensions)).astype(np.float32)


def build_consumers(
    spec: ConsumersSpec,
    platforms: dict[str, Platform],
    tribe: np.ndarray,
    seed: int,
    segment: np.ndarray | None = None,
    categories: dict[str, Category] | None = None,
) -> Consumers:
    """Draw the people of ``spec``; ``tribe`` int32[N] says who belongs where, ``segment`` int32[N]
    also in which region (left out: there is one). Without ``categories`` there is one, of
    everything."""
    count = len(tribe)
    centres = tribe_centres(spec.tribes, int(tribe.max(initial=0)) + 1, seed)
    rng = generator(seed, Stream.POPULATION, 1)
    taste = centres[tribe]
    for axis in range(taste.shape[1]):
        taste[:, axis] += spec.tribes.spread * rng.standard_normal(count, np.float32)
    rates = np.empty((len(platforms), count), np.float32)
    luck = distinct_hashes(sorted(platforms))
    for p, (name, platform) in enumerate(platforms.items()):
        # By name, so that another platform changes nobody's rate here.
        rng = generator(seed, Stream.VISIT, luck[name])
        rates[p] = sample(platform.visits_per_day, count, rng)
    drawn = {
        name: sample(getattr(spec, name), count, generator(seed, Stream.POPULATION, number))
        for number, name in enumerate(
            ("need_rate", "price_sensitivity", "sociability", "ad_tolerance"), start=2
        )
    }
    own = tribe.astype(np.int16)
    luck = distinct_hashes(sorted(categories or {}))
    needs = np.stack(
        [
            sample(it.need_rate, count, generator(seed, Stream.NEED, luck[name]))
            for name, it in (categories or {}).items()
        ]
        or [drawn["need_rate"]]
    )
    return Consumers(
        tribe=own,
        segment=own if segment is None else segment.astype(np.int16),
        taste=taste,
        need_rate=np.maximum(needs, 0),
        price_sensitivity=drawn["price_sensitivity"],
        sociability=np.clip(drawn["sociability"], 0, 1),
        tolerance=np.maximum(drawn["ad_tolerance"], 1e-3),
        visit_rate=np.maximum(rates, 0),
        fatigue=np.zeros(count, np.float32),
    )


def name_hash(name: str) -> int:
    """Return a 32-bit number that depends on the name alone (FNV-1a), not on list positions."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def distinct_hashes(names: Iterable[str]) -> dict[str, int]:
    """Return each name's ``name_hash``; of two names that share one, the later gets another.

    Who stands first keeps the hash of the name, so that whoever comes later changes nobody's luck.
    0 is nobody's: it names the choice to buy nothing.
    """
    found: dict[str, int] = {}
    taken = {0}
    for name in names:
        longer = name
        while name_hash(longer) in taken:
            longer += "+"
        found[name] = name_hash(longer)
        taken.add(found[name])
    return found
