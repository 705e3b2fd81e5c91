"""Family: independent cascade and linear threshold, against exact sizes and plain twins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import networkx as nx
import numpy as np

from sim.check.exact_cascades import exact_cascade, exact_threshold
from sim.check.known_graphs import graph_of, named, person
from sim.check.measured import Check, Effort, Found, Point, curve, mean_point, twin_found
from sim.check.twins import drawn_threshold, friends_of, plain_cascade, plain_threshold
from sim.errors import ScenarioError, Where
from sim.steps.diffusion import independent_cascade
from sim.steps.thresholds import linear_threshold
from sim.world.graph.csr import Graph

FAMILY = "cascades"
SIZE = "people reached, seed included"
CASCADES = (
    ("krackhardt_kite", "3", (0.1, 0.3, 0.5)),
    ("florentine", "Medici", (0.1, 0.3, 0.5)),
    ("karate", "0", (0.05, 0.1, 0.3)),
    ("cycle:4", "0", (0.5,)),
    ("complete:4", "0", (0.5,)),
    ("path:5", "0", (0.5,)),
)
THRESHOLDS = (("krackhardt_kite", "9"), ("florentine", "Medici"), ("florentine", "Strozzi"))


def cascade_sizes(effort: Effort) -> Found:
    """Measure mean sizes of independent cascades on known graphs."""
    found = [spread(effort, graph, who, ps, runs=200_000) for graph, who, ps in CASCADES]
    return Found(
        tuple(point for one in found for point in one.points),
        "probability that a tie passes",
        SIZE,
        tuple(line for one in found[:3] for line in one.curves),
        note="Of the graphs with four or five people the picture shows the points alone.",
    )


def spread(effort: Effort, graph: str, who: str, chances: Sequence[float], runs: int) -> Found:
    """Measure the mean size for several probabilities, with the curve of the exact method."""
    ties = named(graph)
    rows, start = graph_of(ties), person(ties, who)
    name = f"{graph} from {who}"
    points = []
    for p in chances:
        mean, deviation = _exact(graph, who, p)
        count = effort.runs(runs)
        sizes, _ = independent_cascade(rows, [start], p, runs=count, seed=effort.seed)
        error = deviation / math.sqrt(count)
        points.append(Point(f"{name}, p = {p:g}", mean, float(sizes.mean()), error, p, name))
    top = min(1.0, max(chances) * 1.2)
    xs = np.linspace(0.0, top, 13)
    exact = [_exact(graph, who, float(x))[0] for x in xs]
    curves = (curve(name, xs.tolist(), exact),)
    return Found(tuple(points), "probability that a tie passes", SIZE, curves)


@cache
def _exact(graph: str, who: str, p: float) -> tuple[float, float]:
    ties = named(graph)
    return exact_cascade(graph_of(ties), [person(ties, who)], p)


def own_cascade(
    effort: Effort,
    *,
    graph: str = "karate",
    seed_node: str = "0",
    p: float = 0.1,
    runs: int = 100_000,
) -> Found:
    """Measure one cascade of the user's."""
    _refuse(runs)
    if not 0 <= p <= 1:
        raise ScenarioError(Where("--p"), f"{p:g} is no probability", "0 to 1")
    return spread(effort, graph, seed_node, [p], runs)


def _refuse(runs: int) -> None:
    if not 100 <= runs <= 100_000_000:
        raise ScenarioError(Where("--runs"), f"{runs:,} runs", "100 to 100,000,000")


def cascade_deviation(effort: Effort) -> Found:
    """Measure the standard deviation of sizes: a mean may be right for wrong reasons."""
    points = []
    for graph, who, chances in CASCADES[:3]:
        ties = named(graph)
        rows, start = graph_of(ties), person(ties, who)
        for p in chances:
            mean, deviation = _exact(graph, who, p)
            count = effort.runs(200_000)
            sizes, _ = independent_cascade(rows, [start], p, runs=count, seed=effort.seed + 1)
            squares = (sizes - mean) ** 2
            point = mean_point("", deviation**2, squares)
            got, error = math.sqrt(point.got), point.error / (2 * deviation)
            points.append(Point(f"{graph} from {who}, p = {p:g}", deviation, got, error))
    return Found(tuple(points), "standard deviation of the size, people")


def _random_graphs(effort: Effort, count: int) -> list[Graph]:
    luck = np.random.default_rng(effort.seed)
    people, densities = luck.integers(5, 26, count), luck.uniform(0.05, 0.6, count)
    return [
        graph_of(nx.gnp_random_graph(int(n), density, seed=int(n)), 0.9)
        for n, density in zip(people, densities, strict=True)
    ]


def cascade_twin(effort: Effort) -> Found:
    """Count the people whom kernel and twin disagree about, run by run under the same draws."""
    graphs, runs = _random_graphs(effort, 12), 8 if effort.quick else 40
    points, cloud = [], []
    for n, graph in enumerate(graphs):
        p, wrong = 0.1 + 0.05 * n, 0
        for run in range(runs):
            # A run's draws depend on its number alone; a run of its own tells who was reached.
            seed = effort.seed + 1000 * run
            _, reached = independent_cascade(graph, [0, 1], p, runs=1, seed=seed)
            there = set(np.flatnonzero(reached).tolist())
            twin = plain_cascade(graph, [0, 1], p, seed, 0)
            wrong += len(twin ^ there)
            cloud.append((len(twin), len(there)))
        label = f"{_described(graph)}, p = {p:.2f}: people reached by one of the two only"
        points.append(Point(label, 0, wrong))
    return twin_found(points, cloud, "people reached")


def _described(graph: Graph) -> str:
    return f"{len(graph.indptr) - 1} people, {len(graph.indices) // 2} ties"


def threshold_sizes(effort: Effort) -> Found:
    """Measure mean sizes of the linear threshold model on known graphs."""
    points: list[Point] = []
    for graph, who in THRESHOLDS:
        for strength in (1.0, 0.3):
            points += _threshold(effort, graph, who, strength, 200_000).points
    return Found(tuple(points), SIZE)


def own_threshold(
    effort: Effort, *, graph: str = "florentine", seed_node: str = "Medici", runs: int = 100_000
) -> Found:
    """Measure one linear threshold model of the user's."""
    _refuse(runs)
    return _threshold(effort, graph, seed_node, 1.0, runs)


def _threshold(effort: Effort, graph: str, who: str, strength: float, runs: int) -> Found:
    ties = named(graph)
    rows, start = graph_of(ties, strength), person(ties, who)
    exact = exact_threshold(rows, [start])
    sizes, _ = linear_threshold(rows, [start], runs=effort.runs(runs), seed=effort.seed)
    label = f"{graph} from {who}, ties of strength {strength:g}"
    return Found((mean_point(label, exact, sizes),), SIZE)


def threshold_twin(effort: Effort) -> Found:
    """Count the people whom kernel and twin disagree about, for thresholds drawn alike."""
    graphs, runs = _random_graphs(effort, 12), 8 if effort.quick else 40
    points, cloud = [], []
    for graph in graphs:
        people, wrong = len(graph.indptr) - 1, 0
        friends = [friends_of(graph, i) for i in range(people)]
        for run in range(runs):
            seed = effort.seed + 1000 * run
            limits = [drawn_threshold(seed, 0, i) for i in range(people)]
            rounds = plain_threshold(friends, lambda i, j: 1.0, limits, [0, 1])
            _, reached = linear_threshold(graph, [0, 1], runs=1, seed=seed)
            twin = np.array(rounds) >= 0
            wrong += int((twin != (reached > 0)).sum())
            cloud.append((float(twin.sum()), float(reached.sum())))
        label = f"{_described(graph)}: people who adopt in one of the two only"
        points.append(Point(label, 0, wrong))
    return twin_found(points, cloud, "people who adopt")


KEMPE = "Kempe, Kleinberg & Tardos 2003"
CHECKS = (
    Check(
        "ic",
        FAMILY,
        "Independent cascades reach as many people as they must.",
        "exact sum over the coins of all ties (sim/check/exact_cascades.py)",
        cascade_sizes,
        own_cascade,
        "micro-face",
    ),
    Check(
        "ic-deviation",
        FAMILY,
        "Sizes of cascades are as spread out as they must be.",
        "exact second moment (sim/check/exact_cascades.py)",
        cascade_deviation,
    ),
    Check(
        "ic-twin",
        FAMILY,
        "The kernel reaches the very people whom the rule in plain Python reaches.",
        f"plain twin under the same draws; rule of {KEMPE}",
        cascade_twin,
    ),
    Check(
        "lt",
        FAMILY,
        "Linear thresholds are reached by as many people as must be, whatever ties weigh alike.",
        f"exact sum over paths; {KEMPE}, claim 2.6",
        threshold_sizes,
        own_threshold,
        "micro-face",
    ),
    Check(
        "lt-twin",
        FAMILY,
        "The kernel lets the very people adopt who adopt by the rule in plain Python.",
        f"plain twin under the same thresholds; rule of {KEMPE}",
        threshold_twin,
    ),
)
