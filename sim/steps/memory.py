"""Stage 7, memory: tastes drift towards company, ties towards the like-minded; now and then the
population is measured.

How tastes drift is in ``sim.steps.drift``, how ties follow in ``sim.steps.rewiring``. Goodwill and
fatigue fade lazily, where they are next looked at.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, allocating
from sim.steps.day import Day
from sim.steps.drift import drift
from sim.steps.rewiring import rewire
from sim.steps.segregation import count_adopters, dissimilarity, favourite, theil
from sim.world.graph.csr import Graph
from sim.world.graph.measures import modularity, taste_assortativity, tribe_assortativity
from sim.world.relations import Relations
from sim.world.world import World

MEASURE_EVERY = 7  # days
MEASURE_SAMPLE = 20_000  # people looked at, evenly spaced
TIES_SAMPLE = 5_000  # people whose friends' tastes are looked at: 60,000 ties, standard error .004


@allocating
def brand_assortativity(graph: Graph, relations: Relations, merchants: int, step: int) -> float:
    """Return Newman's r of ties by favourite merchant, among people who have one.

    Every ``step``-th person's ties are looked at; 0 where nothing can be said.
    """
    ends = np.zeros(merchants, np.float64)
    same = total = 0.0
    for i in range(0, len(graph.indptr) - 1, step):
        mine = favourite(relations, i)
        if mine < 0:
            continue
        for e in range(graph.indptr[i], graph.indptr[i + 1]):
            other = favourite(relations, graph.indices[e])
            if other >= 0:
                total += 1.0
                ends[mine] += 0.5
                ends[other] += 0.5
                same += other == mine
    if total == 0.0:
        return 0.0
    chance = 0.0
    for n in range(merchants):
        chance += (ends[n] / total) ** 2
    return (same / total - chance) / (1.0 - chance) if chance < 1.0 else 0.0


def memory(day: Day, threads: Threads) -> None:
    """Let tastes drift and ties follow, and measure the population once a week."""
    world = day.world
    if world.laws.drift.rate > 0:
        drift(
            world.seed,
            day.number,
            world.consumers.taste,
            world.graph,
            world.laws.drift,
            threads,
        )
    if world.laws.memory.rewiring > 0:
        rewire(day, threads)
    if day.number % MEASURE_EVERY == 0 or day.number == world.days - 1:
        measure(day)


def measure(day: Day) -> None:
    """Measure fatigue, assortativity and tastes (on a sample where people are many)."""
    world = day.world
    people = world.consumers
    step = max(1, world.count // MEASURE_SAMPLE)
    sample = slice(None, None, step)
    taste, tribe = people.taste[sample].astype(np.float64), people.tribe[sample]
    size = np.bincount(tribe, minlength=world.tribes)
    means = np.stack(
        [
            np.bincount(tribe, taste[:, axis], world.tribes) / np.maximum(size, 1)
            for axis in range(taste.shape[1])
        ],
        axis=1,
    )
    grand = taste.mean(axis=0)
    _measure_ties(world)
    _measure_adoption(world, step, size)
    world.measures.update(
        fatigue=float(people.fatigue[sample].mean() * world.laws.memory.calm),
        brand_assortativity=float(
            brand_assortativity(
                world.graph,
                world.relations,
                max(1, len(world.firms)),
                step,
            )
        ),
        taste_within=float(((taste - means[tribe]) ** 2).mean()),
        taste_between=float((size @ ((means - grand) ** 2).mean(axis=1)) / max(1, len(tribe))),
    )


def _measure_ties(world: World) -> None:
    """Measure whether ties run inside tribes and between people of like taste."""
    graph, found = world.graph, world.measures
    if not len(graph.indices):
        return
    if "modularity" not in found or world.laws.memory.rewiring > 0:
        # Ties of which none is swapped need to be gone through once.
        tribe = world.consumers.tribe.astype(np.int32)
        found["tribe_assortativity"] = float(np.nan_to_num(tribe_assortativity(graph, tribe)))
        found["modularity"] = modularity(graph, tribe)
    step = max(1, world.count // TIES_SAMPLE)
    r = taste_assortativity(graph, world.consumers.taste, step)
    found["taste_assortativity"] = float(np.nan_to_num(r))


def _measure_adoption(world: World, step: int, people: np.ndarray) -> None:
    """Measure how adoption is spread over tribes, of whom ``people`` int64[T] are looked at."""
    loved, bought = (np.zeros((world.tribes, len(world.firms)), np.int64) for _ in range(2))
    count_adopters(world.relations, world.consumers.tribe, step, loved, bought)
    world.measures["brand_segregation"] = theil(loved)
    world.segregation = dissimilarity(bought, people)
