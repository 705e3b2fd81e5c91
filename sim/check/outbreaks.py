"""Family: outbreaks: how large they grow, where they begin to, and what stays small."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from sim.check import branching
from sim.check.measured import Check, Effort, Found, Point, curve, mean_point, share_point
from sim.errors import ScenarioError, Where
from sim.steps.diffusion import independent_cascade
from sim.steps.thresholds import threshold
from sim.world.graph.classic import random_rows
from sim.world.graph.csr import Graph, mean_field, rows_from_edges

FAMILY = "outbreaks"
PEOPLE = 20_000
DEGREES: dict[str, dict[int, float]] = {
    "everybody has 3 friends": {3: 1.0},
    "Poisson, 3 on average": branching.poisson_shares(3.0),
    "most have 2, some 12": {2: 0.8, 12: 0.2},
}
"""Shares of people by number of friends, of three random graphs."""

SEEN = 50
"""Cases that a share needs at least, so that its error is as good as normal."""

PHI = 0.18
"""Share of friends that must follow, of Watts' (2002) example."""


def drawn_graph(degrees: Mapping[int, float], people: int, seed: int) -> Graph:
    """Return a random graph with these shares of degrees (configuration model): stubs of all
    people are tied at random; the few loops and doubles fall away."""
    luck = np.random.default_rng(seed)
    kinds = np.array(sorted(degrees))
    weights = np.array([degrees[int(k)] for k in kinds])
    count = np.floor(weights / weights.sum() * people + luck.random()).astype(np.int64)
    friends = np.repeat(kinds, count)
    friends = np.concatenate([friends, np.full(max(0, people - len(friends)), kinds[0])])[:people]
    stubs = luck.permutation(np.repeat(np.arange(people, dtype=np.int32), friends))
    half = len(stubs) // 2
    return _tied(rows_from_edges(stubs[:half].copy(), stubs[half : 2 * half].copy(), people))


def _tied(rows: tuple[np.ndarray, np.ndarray]) -> Graph:
    return Graph(*rows, np.ones(len(rows[1]), np.float32), 0.0)


def _poisson(mean: float, people: int, seed: int) -> Graph:
    """Return a graph of the engine's own kind ``random``."""
    return _tied(random_rows(people, mean, seed))


def _graph(name: str, seed: int) -> Graph:
    if name.startswith("Poisson"):
        return _poisson(3.0, PEOPLE, seed)
    return drawn_graph(DEGREES[name], PEOPLE, seed)


def final_size(effort: Effort) -> Found:
    """Measure what share large cascades reach, on three kinds of random graph."""
    points, curves = [], []
    for name, degrees in DEGREES.items():
        least = branching.threshold_of(degrees)
        chances = [round(least + part * (1 - least), 2) for part in (0.25, 0.5, 0.8)]
        reached: dict[float, list[float]] = {p: [] for p in chances}
        for n in range(effort.runs(200, least=50)):
            graph = _graph(name, effort.seed * 10_000 + n)
            hub = int(np.diff(graph.indptr).argmax())
            for p in chances:
                sizes, _ = independent_cascade(graph, [hub], p, runs=3, seed=effort.seed + n)
                large = sizes[sizes > PEOPLE / 20]
                if len(large):
                    reached[p].append(float(large.mean()) / PEOPLE)
        for p in chances:
            want = branching.giant_share(degrees, p)
            points.append(mean_point(f"{name}, T = {p:g}", want, reached[p], p, name))
        xs = np.linspace(0, 1, 81)
        curves.append(curve(name, xs.tolist(), [branching.giant_share(degrees, x) for x in xs]))
    note = f"{PEOPLE:,} people; a cascade counts as large above a twentieth of them."
    x_title = "probability T that a tie passes"
    return Found(tuple(points), x_title, "share reached", tuple(curves), note=note)


def growth_threshold(effort: Effort) -> Found:
    """Measure outbreaks from random seeds below the threshold, where their mean is to diverge."""
    points, curves = [], []
    for name, degrees in DEGREES.items():
        least = branching.threshold_of(degrees)
        chances = [part * least for part in (0.3, 0.5, 0.7)]
        means: dict[float, list[float]] = {p: [] for p in chances}
        for n in range(effort.runs(200, least=50)):
            graph = _graph(name, effort.seed * 20_000 + n)
            luck = np.random.default_rng([effort.seed, n])
            for p in chances:
                sizes = [
                    independent_cascade(graph, [int(i)], p, seed=effort.seed + int(i))[0][0]
                    for i in luck.integers(0, PEOPLE, 40)
                ]
                means[p].append(float(np.mean(sizes)))
        for p in chances:
            want = branching.mean_outbreak(degrees, p)
            label = f"{name}, T = {p / least:.1f} of the threshold {least:.3f}"
            points.append(mean_point(label, want, means[p], p / least, name))
        xs = np.linspace(0, 0.85, 60)
        ys = [branching.mean_outbreak(degrees, x * least) for x in xs]
        curves.append(curve(name, xs.tolist(), ys))
    x_title = "T over the threshold ⟨k⟩ / (⟨k²⟩ − ⟨k⟩)"
    return Found(tuple(points), x_title, "mean size of an outbreak, people", tuple(curves))


def small_cascades(effort: Effort) -> Found:
    """Measure sizes of cascades that die out, in a crowd where everybody tells k others."""
    found = [own_cascades(effort, k=k, runs=60_000) for k in (0.2, 0.3, 0.5)]
    return Found(
        tuple(point for one in found for point in one.points),
        found[0].x_title,
        found[0].y_title,
        tuple(line for one in found for line in one.curves),
    )


def own_cascades(effort: Effort, *, k: float = 0.3, runs: int = 100_000) -> Found:
    """Measure cascades with a mean of ``k`` people told by each, against Borel's law."""
    if not 0 < k < 1:
        raise ScenarioError(Where("--k"), f"{k:g}", "above 0 and below 1: else they never end")
    count = effort.runs(runs)
    crowd = mean_field(200_000, 10.0)
    sizes, _ = independent_cascade(crowd, [7], k / 10, runs=count, seed=effort.seed)
    name = f"k = {k:g}"
    points = [
        share_point(
            f"{name}: {n} reached", branching.borel(k, n), int((sizes == n).sum()), count, n, name
        )
        for n in range(1, 9)
        if branching.borel(k, n) * count >= SEEN
    ]
    deviation = math.sqrt(k / (1 - k) ** 3)
    points.append(
        Point(
            f"{name}: mean size 1 / (1 - k)",
            1 / (1 - k),
            float(sizes.mean()),
            deviation / math.sqrt(count),
        )
    )
    exact = curve(name, range(1, 8), [branching.borel(k, n) for n in range(1, 8)])
    return Found(tuple(points), "people reached, seed included", "share of cascades", (exact,))


def follow_the_many(effort: Effort) -> Found:
    """Measure the final share of Watts' model from a thousandth of the people."""
    people, seeds, points = PEOPLE if effort.quick else 50_000, 0.001, []
    for mean in (0.8, 1.5, 2.0, 3.0, 4.0, 7.0):
        want = branching.followers(PHI, mean, seeds)
        shares = []
        for n in range(effort.runs(120, least=50)):
            graph = _poisson(mean, people, effort.seed * 30_000 + n)
            luck = np.random.default_rng([effort.seed, n])
            start = luck.choice(people, round(people * seeds), replace=False)
            shares.append(float((threshold(graph, start, PHI) >= 0).mean()))
        points.append(mean_point(f"mean degree {mean:g}", want, shares, mean, "from 0.1 %"))
    xs = np.linspace(0.4, 8, 39)
    line = curve("from 0.1 %", xs.tolist(), [branching.followers(PHI, x, seeds) for x in xs])
    return Found(tuple(points), "mean number of friends", "share that follows", (line,))


def cascade_window(effort: Effort) -> Found:
    """Ask whether one follower can move many, inside the window and outside."""
    people, points = 20_000, []
    low, high = branching.window(PHI)
    for mean in (0.85, 1.5, 3.0, 4.5, 6.5, 8.0):
        graph = _poisson(mean, people, effort.seed)
        luck = np.random.default_rng(effort.seed)
        starts = luck.integers(0, people, 60)
        most = max(float((threshold(graph, [i], PHI) >= 0).mean()) for i in starts)
        label = f"{mean:g} friends on average, {'inside' if low < mean < high else 'outside'}"
        points.append(Point(label, float(low < mean < high), float(most > 0.2)))
    return Found(
        tuple(points),
        y_title="1: one of 60 followers moves over a fifth",
        note=f"The window is from {low:.4f} to {high:.4f} friends on average.",
    )


CHECKS = (
    Check(
        "final-size",
        FAMILY,
        "Large cascades reach the giant component of the ties that pass.",
        "Newman 2002, S = 1 − G0(u); S = 1 − e^−cS where degrees are Poisson",
        final_size,
        None,
        "macro-face",
    ),
    Check(
        "growth-threshold",
        FAMILY,
        "Outbreaks grow with degrees as unequal as they are, and diverge where theory says.",
        "Molloy & Reed 1995, Newman 2002: threshold ⟨k⟩ / (⟨k²⟩ − ⟨k⟩)",
        growth_threshold,
    ),
    Check(
        "small-cascades",
        FAMILY,
        "Cascades that die out have the sizes of Borel's law.",
        "Borel 1942, Otter 1949",
        small_cascades,
        own_cascades,
    ),
    Check(
        "followers",
        FAMILY,
        "Where people follow a share of their friends, as many do as theory says.",
        "Gleeson & Cahalane 2007",
        follow_the_many,
        None,
        "macro-face",
    ),
    Check(
        "follower-window",
        FAMILY,
        "One follower moves many only where people have neither too few friends nor too many.",
        "Watts 2002, equation 5",
        cascade_window,
    ),
)
