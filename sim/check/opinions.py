"""Family: opinions that drift towards company within a bound of confidence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from sim.check.exact_opinions import company_clusters, mixed
from sim.check.known_graphs import graph_of, named
from sim.check.measured import Check, Effort, Found, Point, curve, mean_point, twin_found
from sim.check.twins import friends_of, plain_drift
from sim.errors import ScenarioError, Where
from sim.steps.drift import bounded_confidence
from sim.world.graph.csr import Graph, mean_field
from sim.world.laws import DRIFTS

FAMILY = "opinions"
NO_BOUND = 1e6
APART = 0.02
"""Share of the range of opinions that parts two clusters."""

LARGE = 0.05
"""Share of all people whom a large cluster has at least."""


def moments(effort: Effort) -> Found:
    """Measure mean and variance of opinions that drift without a bound, on two graphs."""
    found = [
        own_moments(effort, graph=graph, mode=mode)
        for graph in ("karate", "florentine")
        for mode in ("friend", "pair")
    ]
    return Found(
        tuple(point for one in found for point in one.points),
        found[0].x_title,
        found[0].y_title,
        tuple(line for one in found for line in one.curves),
        note="Of the means, which hardly move, the table has the numbers.",
    )


def own_moments(
    effort: Effort,
    *,
    graph: str = "karate",
    mode: str = "pair",
    step: float = 0.3,
    rate: float = 0.4,
    rounds: int = 20,
    runs: int = 2000,
) -> Found:
    """Measure mean and variance of opinions on a graph of the user's."""
    rows = graph_of(named(graph))
    friends = [friends_of(rows, i) for i in range(len(rows.indptr) - 1)]
    if mode not in DRIFTS[:2] or not 2 <= len(friends) <= 200 or not all(friends):
        raise ScenarioError(
            Where("--graph, --mode"),
            f"{graph}, {mode}",
            "2 to 200 people who all have friends; friend or pair",
        )
    start = np.linspace(-1, 1, len(friends))
    means, variances = mixed(friends, start, mode, step, rate, rounds)
    count, name, points = effort.runs(runs, least=400), f"{graph}, {mode}", []
    for turn in sorted({max(1, rounds // 5), max(1, rounds // 2), rounds}):
        law, first = (mode, step, rate, turn), 1 + 1_000_000 * effort.seed + 100_000 * turn
        after = np.stack([_drifted(rows, start, *law, first + n) for n in range(count)])
        label, x = f"{name}, after {turn} rounds", float(turn)
        wanted, met = float(variances[turn - 1]), float(means[turn - 1])
        points.append(mean_point(f"{label}: variance", wanted, after.var(axis=1), x, name))
        if mode == "friend":
            points.append(mean_point(f"{label}: mean", met, after.mean(axis=1)))
        else:
            moved = float(np.abs(after.mean(axis=1) - met).max())
            points.append(Point(f"{label}: mean moved, to five digits", 0.0, round(moved, 5)))
    ys = [float(start.var()), *variances.tolist()]
    lines = (curve(name, range(rounds + 1), ys),)
    return Found(tuple(points), "rounds", "variance of opinions", lines)


def _drifted(
    rows: Graph, start: np.ndarray, mode: str, step: float, rate: float, rounds: int, seed: int
) -> np.ndarray:
    """Return where opinions are after so many rounds without a bound."""
    end = bounded_confidence(
        rows, start, NO_BOUND, mode=mode, step=step, rate=rate, rounds=rounds, seed=seed
    )
    return end.astype(np.float64)


def company(effort: Effort) -> Found:
    """Count what opinions are left of 101 equidistant ones, for many bounds."""
    bounds = (0.03, 0.05, 0.08, 0.1, 0.12, 0.15, 0.18, 0.19, 0.2, 0.22, 0.25, 0.3, 0.5)
    points = [own_company(effort, bound=bound).points[0] for bound in bounds]
    stairs = curve("exact", bounds, [point.expected for point in points])
    return Found(tuple(points), "bound of confidence", "opinions left", (stairs,))


def own_company(effort: Effort, *, people: int = 101, bound: float = 0.25) -> Found:
    """Count what is left of so many equidistant opinions in [0, 1].

    Opinions are whole numbers for the kernel, so that who is exactly at the bound is.
    """
    if not 2 <= people <= 500 or bound <= 0:
        raise ScenarioError(
            Where("--people, --bound"), f"{people}, {bound:g}", "2 to 500 people, a bound above 0"
        )
    reach = Fraction(str(bound)) * (people - 1)
    exact = company_clusters([Fraction(n) for n in range(people)], reach)
    end = bounded_confidence(
        mean_field(people, 1.0),
        np.arange(people),
        float(reach),
        mode="company",
        step=1.0,
        rounds=2 * people,
    )
    left = 1 + int((np.diff(np.sort(end)) > 1e-3).sum())
    label = f"{people} equidistant opinions, bound {bound:g}"
    return Found((Point(label, exact, left, 0.0, bound, "exact"),), y_title="opinions left")


def pairs(effort: Effort) -> Found:
    """Count the large clusters that pairs end in, for bounds inside the steps of int(1 / 2d)."""
    points = [own_pairs(effort, bound=d).points[0] for d in (0.15, 0.2, 0.22, 0.3, 0.4, 0.5)]
    xs = np.linspace(0.13, 0.5, 371)
    stairs = curve("int(1 / 2d)", xs.tolist(), [int(1 / (2 * x)) for x in xs])
    note = (
        "Half the runs have at least, half at most so many. Near the ends of a step, such as .17"
        " or .27, luck decides between two numbers."
    )
    return Found(tuple(points), "bound of confidence d", "large clusters", (stairs,), note=note)


def own_pairs(
    effort: Effort, *, people: int = 2000, bound: float = 0.3, step: float = 0.5, runs: int = 51
) -> Found:
    """Count the large clusters that pairs of so many people end in."""
    if not 200 <= people <= 1_000_000 or not 0.02 <= bound <= 1 or not 0 < step <= 0.5:
        raise ScenarioError(
            Where("--people, --bound, --step"),
            f"{people:,}, {bound:g}, {step:g}",
            "200 to 1,000,000 people, a bound of 0.02 to 1, a step of up to 0.5",
        )
    clusters = []
    for n in range(effort.runs(runs, least=11) | 1):
        luck = np.random.default_rng([effort.seed, n])
        seed = 1 + 1000 * effort.seed + n
        end = bounded_confidence(
            mean_field(people, 1.0), luck.random(people), bound, step=step, rounds=100, seed=seed
        )
        clusters.append(_large(end))
    label = f"bound {bound:g}: median number of clusters above {LARGE:.0%} of people"
    wanted = int(1 / (2 * bound))
    point = Point(label, wanted, float(np.median(clusters)), 0.0, bound, "int(1 / 2d)")
    return Found((point,), y_title="large clusters")


def _large(opinions: np.ndarray) -> int:
    """Return how many clusters have a share ``LARGE`` of people."""
    edges = np.flatnonzero(np.diff(np.sort(opinions)) > APART) + 1
    sizes = np.diff([0, *edges, len(opinions)])
    return int((sizes > LARGE * len(opinions)).sum())


def drift_twin(effort: Effort) -> Found:
    """Count the people whose opinions differ between kernel and twin, under the same draws."""
    points, cloud = [], []
    luck = np.random.default_rng(effort.seed)
    crowd = mean_field(30, 1.0)
    for mode in DRIFTS:
        for name in ("karate", "path:12", "crowd of 30"):
            graph = crowd if name.startswith("crowd") else graph_of(named(name))
            wrong, runs = 0, 4 if effort.quick else 20
            for run in range(runs):
                start = luck.random((len(graph.indptr) - 1, 2)).astype(np.float32)
                given = {"mode": mode, "step": 0.4, "rate": 0.6, "rounds": 12}
                seed = effort.seed + run
                got = bounded_confidence(graph, start, 0.35, seed=seed, **given)  # type: ignore[arg-type]
                twin = plain_drift(graph, start, 0.35, mode, 0.4, 0.6, 12, seed)
                wrong += int((got != twin).any(axis=1).sum())
                cloud += list(zip(twin[:, 0].tolist(), got[:, 0].tolist(), strict=True))
            points.append(Point(f"{mode}, {name}: people who think otherwise", 0, wrong))
    return twin_found(points, cloud, "opinion")


CHECKS = (
    Check(
        "drift-moments",
        FAMILY,
        "Opinions that mix without a bound agree as fast as they must, about what they must.",
        "exact recursion of second moments; DeGroot 1974",
        moments,
        own_moments,
    ),
    Check(
        "hegselmann-krause",
        FAMILY,
        "Of equidistant opinions those are left that the model leaves: one at a bound of .25.",
        "exact fractions; Hegselmann & Krause 2002",
        company,
        own_company,
        "macro-face",
    ),
    Check(
        "deffuant",
        FAMILY,
        "Opinions of pairs who meet end in about int(1 / 2d) large clusters.",
        "Deffuant, Neau, Amblard & Weisbuch 2000",
        pairs,
        own_pairs,
        "macro-face",
    ),
    Check(
        "drift-twin",
        FAMILY,
        "The kernel moves everybody to where the rule in plain Python does.",
        "plain twin under the same draws; rules of the two papers above",
        drift_twin,
    ),
)
