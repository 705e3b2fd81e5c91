"""Family: tribes: behaviour that needs several friends spreads along clustered ties and not along
random ones (Centola & Macy 2007; seen in an experiment by Centola 2010)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.check.measured import Check, Curve, Effort, Found, Point, curve, mean_point
from sim.check.outbreaks import drawn_graph
from sim.errors import ScenarioError, Where
from sim.steps.thresholds import threshold
from sim.world.graph.classic import ring_rows
from sim.world.graph.csr import Graph

FAMILY = "tribes"
LATTICE = 2000
"""People on a lattice; a random graph has ten times as many."""


def reinforcement(effort: Effort) -> Found:
    """Measure thresholds of one to four friends on lattices, and on random graphs of as many
    friends."""
    points: list[Point] = []
    for degree, needed in ((6, 1), (6, 2), (6, 3), (6, 4), (8, 2), (8, 4)):
        points.append(_lattice(degree, needed))
    for degree, needed in ((6, 2), (6, 3)):
        points.append(_lone_neighbourhoods(effort, degree, needed))
    points.append(_long_ties(effort, 6))
    curves: list[Curve] = []
    for needed, shares in ((2, (0.01, 0.018, 0.05)), (3, (0.05, 0.09, 0.2))):
        for share in shares:
            points += own_reinforcement(effort, needed=needed, share=share).points
        xs = np.linspace(0.002, 0.25, 125)
        ys = [percolated(6, needed, float(x)) for x in xs]
        curves.append(curve(f"{needed} of 6 friends", xs.tolist(), ys))
    note = (
        "The picture is of random graphs, where nothing spreads below a critical share of seeds; on"
        " the lattice a person and its friends are enough for everybody, up to 3 of 6. In Centola's"
        " experiment 54 % adopted where ties were clustered and 38 % where they were random."
    )
    x_title, y_title = "share of people who begin, at random", "share of adopters in the end"
    return Found(tuple(points), x_title, y_title, tuple(curves), note=note)


def _followed(graph: Graph, seeds: Sequence[int] | np.ndarray, needed: int) -> np.ndarray:
    """Return the round in which each adopted who needs so many friends (-1: never)."""
    degree = np.diff(graph.indptr)
    return threshold(graph, seeds, needed / np.maximum(degree, 1))


def _lattice(degree: int, needed: int) -> Point:
    """Hold the front of adoption against where it must be: of those beyond the edge of a block the
    d-th has degree / 2 + 1 − d friends in it, so degree / 2 + 1 − needed adopt a round."""
    rows = ring_rows(LATTICE, degree)
    graph = Graph(*rows, np.ones(len(rows[1]), np.float32), 0.0)
    half = degree // 2
    rounds = _followed(graph, range(degree + 1), needed)
    beyond = np.arange(1, LATTICE // 2 - 2 * degree)
    pace = half + 1 - needed
    wanted = np.ceil(beyond / pace) if pace > 0 else np.full(len(beyond), -1)
    wrong = int((rounds[degree + beyond] != wanted).sum())
    wrong += int((rounds[(-beyond) % LATTICE] != wanted).sum())
    return Point(f"lattice of {degree} friends, {needed} needed: people out of step", 0, wrong)


def _random(degree: int, people: int, seed: int) -> Graph:
    return drawn_graph({degree: 1.0}, people, seed)


def _lone_neighbourhoods(effort: Effort, degree: int, needed: int) -> Point:
    """Count neighbourhoods of a random graph from which more than a twentieth adopt."""
    large, graphs = 0, effort.runs(20, least=5)
    for n in range(graphs):
        graph = _random(degree, 10 * LATTICE, effort.seed * 30_000 + n)
        for i in np.random.default_rng([effort.seed, n]).integers(0, 10 * LATTICE, 10):
            seeds = [int(i), *graph.indices[graph.indptr[i] : graph.indptr[i + 1]]]
            adopted = int((_followed(graph, seeds, needed) >= 0).sum())
            large += adopted > 10 * LATTICE / 20
    label = f"random ties, {needed} of {degree} needed: neighbourhoods that move many"
    return Point(f"{label}, of {10 * graphs}", 0, large)


def _long_ties(effort: Effort, degree: int) -> Point:
    """Count random graphs in which what needs one friend reaches half of all no sooner than on the
    lattice: there the same random ties are a strength (Granovetter 1973)."""
    slow, graphs = 0, effort.runs(20, least=5)
    on_lattice = math.ceil((LATTICE / 2 - degree - 1) / degree)
    for n in range(graphs):
        graph = _random(degree, LATTICE, effort.seed * 40_000 + n)
        seeds = [0, *graph.indices[graph.indptr[0] : graph.indptr[1]]]
        rounds = _followed(graph, seeds, 1)
        slow += int((rounds[rounds >= 0] < on_lattice).sum()) < LATTICE / 2
    label = f"one of {degree} needed: random graphs of {graphs} that are no faster than the lattice"
    return Point(label, 0, slow)


def percolated(degree: int, needed: int, share: float) -> float:
    """Return the share that adopts on a random graph on which everybody has ``degree`` friends, of
    whom ``needed`` must adopt, if a random ``share`` begins (Balogh & Pittel 2007):
    x = 1 − (1 − share) P(Bin(degree − 1, x) < needed), the least such x."""

    def enough(trials: int, x: float) -> float:
        chances = (math.comb(trials, k) * x**k * (1 - x) ** (trials - k) for k in range(needed))
        return 1 - (1 - share) * sum(chances)

    x = share
    for _ in range(100_000):
        before, x = x, enough(degree - 1, x)
        if x - before < 1e-12:
            break
    return enough(degree, x)


def own_reinforcement(
    effort: Effort,
    *,
    degree: int = 6,
    needed: int = 2,
    share: float = 0.05,
    people: int = 20_000,
    runs: int = 100,
) -> Found:
    """Measure how far a behaviour gets on random graphs when a random share of people begins."""
    if not 1 <= needed <= degree <= 30 or not 0 < share < 1 or not 1000 <= people <= 1_000_000:
        raise ScenarioError(
            Where("--degree, --needed, --share, --people"),
            f"{degree}, {needed}, {share:g}, {people:,}",
            "up to 30 friends, a share above 0 and below 1, 1,000 to 1,000,000 people",
        )
    reached = []
    for n in range(effort.runs(runs, least=20)):
        graph = _random(degree, people, effort.seed * 50_000 + n)
        begins = np.random.default_rng([effort.seed, n]).random(people) < share
        rounds = _followed(graph, np.flatnonzero(begins), needed)
        reached.append(float((rounds >= 0).mean()))
    name = f"{needed} of {degree} friends"
    label = f"random ties, {name}, {share:g} begin: share of adopters"
    point = mean_point(label, percolated(degree, needed, share), reached, share, name)
    return Found((point,), y_title="share of adopters in the end")


CHECKS = (
    Check(
        "reinforcement",
        FAMILY,
        "What needs several friends spreads along clustered ties, and along random ones only from"
        " many seeds.",
        "Centola & Macy 2007, Centola 2010; Balogh & Pittel 2007, closed form",
        reinforcement,
        own_reinforcement,
        "macro-face",
    ),
)
