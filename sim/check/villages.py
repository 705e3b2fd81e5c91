"""Family: adoption along real ties, predicted for places that the model has not seen.

Who adopted when, and who names whom as a friend, are known for doctors in four cities, farmers in
eleven Brazilian villages and women in 25 Korean ones. In a period a person adopts with probability
p + q x (share of friends who have adopted); p and q are those most likely to give the adoptions of
all places but one (a concave problem, by Newton's method), and the curve of the place left out is
simulated on its own ties by the kernel. Two baselines know no ties: the same with the share of the
whole place, and a constant chance.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np

from sim.check.known_graphs import graph_of
from sim.check.measured import Check, Curve, Effort, Found, Point, curve
from sim.errors import ScenarioError, Where
from sim.steps.diffusion import bass
from sim.world.graph.csr import Graph, mean_field

FAMILY = "real ties"
DATA = Path(__file__).parents[3] / "shared" / "data" / "adoption_networks"
STUDIES = {
    "doctors": ("medInnovations", "city"),
    "farmers": ("brfarmers", "village"),
    "Korean women": ("kfamily", "village"),
}


@dataclass(frozen=True)
class Place:
    """A place: when each person adopted int64[n], from 1; ``last`` + 1 for who did not; the ties
    between them; ``last`` period that was looked at."""

    name: str
    when: np.ndarray
    ties: nx.Graph
    last: int

    @property
    def curve(self) -> np.ndarray:
        """Share of adopters after each period, float64[last]."""
        return np.array([(self.when <= t).mean() for t in range(1, self.last + 1)])


def read_places(edges: Path, times: Path, place: str) -> list[Place]:
    """Read places from two CSV files: ties (``place``, ego, alter) and times (``place``, id, toa).

    The largest time of all is that of those who never adopted. Ties to people without a time, and
    of a person to itself, are left out.
    """
    people = list(csv.DictReader(times.open(encoding="utf-8")))
    named = list(csv.DictReader(edges.open(encoding="utf-8")))
    for path, rows, columns in ((times, people, ("id", "toa")), (edges, named, ("ego", "alter"))):
        lacking = [name for name in (place, *columns) if not rows or name not in rows[0]]
        if lacking:
            raise ScenarioError(Where(str(path)), f"no column {lacking[0]!r}", "see --help")
    never = max(int(row["toa"]) for row in people)
    found = []
    for name in sorted({row[place] for row in people}, key=lambda text: (len(text), text)):
        mine = {row["id"]: int(row["toa"]) for row in people if row[place] == name}
        ties = nx.Graph()
        ties.add_nodes_from(mine)
        pairs = ((row["ego"], row["alter"]) for row in named if row[place] == name)
        ties.add_edges_from((a, b) for a, b in pairs if a in mine and b in mine and a != b)
        found.append(Place(name, np.array(list(mine.values())), ties, never - 1))
    return found


def person_periods(place: Place, by_ties: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return, for everybody in every period before adopting and that of adopting: the share of
    friends (or, without ties, of the place) who had adopted before, and whether it adopted."""
    friends = graph_of(place.ties)
    shares, adopted = [], []
    for t in range(1, place.last + 1):
        had = place.when < t
        at_risk = np.flatnonzero(~had)
        share = _share(friends, had)[at_risk] if by_ties else np.full(len(at_risk), had.mean())
        shares.append(share)
        adopted.append(place.when[at_risk] == t)
    return np.concatenate(shares), np.concatenate(adopted)


def _share(friends: Graph, had: np.ndarray) -> np.ndarray:
    """Return the share of each person's friends who had adopted, float64[n]; 0 without friends."""
    degree = np.diff(friends.indptr)
    owner = np.repeat(np.arange(len(degree)), degree)
    count = np.bincount(owner, had[friends.indices].astype(float), len(degree))
    return np.asarray(count / np.maximum(degree, 1))


def most_likely(
    share: np.ndarray, adopted: np.ndarray, *, imitates: bool = True
) -> tuple[float, float]:
    """Return p and q at which these adoptions were most likely (q = 0 unless ``imitates``).

    The logarithm of the likelihood is concave in both; Newton's method with halved steps, within
    p > 0, q >= 0 and p + q < 1.
    """
    best = np.array([float(adopted.mean()), 0.01 if imitates else 0.0])

    def likelihood(at: np.ndarray) -> float:
        chance = at[0] + at[1] * share
        if at[0] <= 0 or at[1] < 0 or at.sum() >= 1:
            return -math.inf
        return float(np.where(adopted, np.log(chance), np.log1p(-chance)).sum())

    for _ in range(100):
        chance = best[0] + best[1] * share
        slope = np.where(adopted, 1 / chance, -1 / (1 - chance))
        bend = np.where(adopted, 1 / chance**2, 1 / (1 - chance) ** 2)
        gradient = np.array([slope.sum(), (slope * share).sum()])
        if imitates:
            hessian = np.array(
                [
                    [bend.sum(), (bend * share).sum()],
                    [(bend * share).sum(), (bend * share**2).sum()],
                ]
            )
            step = np.linalg.solve(hessian, gradient)
        else:
            step = np.array([gradient[0] / bend.sum(), 0.0])
        now = likelihood(best)
        while likelihood(best + step) < now and np.abs(step).max() > 1e-12:
            step /= 2
        best = best + step
        if np.abs(step).max() < 1e-10:
            break
    return float(best[0]), float(best[1])


@dataclass(frozen=True)
class Prediction:
    """Curves of all places, each when left out: seen, and predicted with ties, from the share of
    the place, and with a constant chance; float64[places, periods]."""

    seen: np.ndarray
    ties: np.ndarray
    place: np.ndarray
    constant: np.ndarray

    def miss(self, predicted: np.ndarray) -> float:
        """Return the root of the mean squared error of a prediction, over places and periods."""
        return float(np.sqrt(((predicted - self.seen) ** 2).mean()))


def leave_one_out(places: list[Place], runs: int, seed: int) -> Prediction:
    """Predict every place by what the others were like."""
    with_ties = [person_periods(place, True) for place in places]
    without = [person_periods(place, False) for place in places]
    rows: list[tuple[np.ndarray, ...]] = []
    for k, place in enumerate(places):
        others = [n for n in range(len(places)) if n != k]
        near = most_likely(*_together([with_ties[n] for n in others]))
        all_others = _together([without[n] for n in others])
        all_alike = most_likely(*all_others)
        chance, _ = most_likely(*all_others, imitates=False)
        people = len(place.when)
        periods = np.arange(1, place.last + 1)
        rows.append(
            (
                place.curve,
                _mean_curve(graph_of(place.ties), *near, place.last, runs, seed + k),
                _mean_curve(mean_field(people, 1.0), *all_alike, place.last, runs, seed + k),
                1 - (1 - chance) ** periods,
            )
        )
    return Prediction(*(np.stack(column) for column in zip(*rows, strict=True)))


def _together(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return person-periods of several places as one."""
    shares, adopted = zip(*parts, strict=True)
    return np.concatenate(shares), np.concatenate(adopted)


def _mean_curve(graph: Graph, p: float, q: float, periods: int, runs: int, seed: int) -> np.ndarray:
    people = len(graph.indptr) - 1
    curves = [bass(graph, p, q, steps=periods, seed=1_000 * seed + n) for n in range(runs)]
    return np.asarray(np.mean(curves, axis=0) / people)


def study(effort: Effort, name: str, places: list[Place]) -> tuple[Point, Curve, str]:
    """Hold the predictions of a study against what was seen."""
    found = leave_one_out(places, effort.runs(400, least=50), effort.seed)
    off = found.ties[:, -1] - found.seen[:, -1]
    point = Point(
        f"{name}: share who adopted in the end, mean of {len(places)} places left out",
        float(found.seen[:, -1].mean()),
        float(found.ties[:, -1].mean()),
        float(off.std(ddof=1) / math.sqrt(len(places))),
        float(found.seen.shape[1]),
        name,
    )
    periods = range(1, found.seen.shape[1] + 1)
    said = (
        f"{name} {100 * found.miss(found.ties):.1f} with ties, {100 * found.miss(found.place):.1f}"
        f" from the share of the place, {100 * found.miss(found.constant):.1f} at a constant chance"
    )
    return point, curve(f"{name}, predicted", list(periods), found.ties.mean(axis=0).tolist()), said


def villages(effort: Effort) -> Found:
    """Predict doctors, farmers and Korean women."""
    if not DATA.is_dir():
        return Found((), skipped="needs the adoption data of netdiffuseR, which is not here")
    points, curves, said, cloud = [], [], [], []
    for name, (file, place) in STUDIES.items():
        places = read_places(DATA / f"{file}_edges.csv", DATA / f"{file}_toa.csv", place)
        point, line, words = study(effort, name, places)
        points.append(point)
        curves.append(line)
        said.append(words)
        mean = np.mean([one.curve for one in places], axis=0)
        cloud += [(float(t + 1), float(share)) for t, share in enumerate(mean)]
    return Found(
        tuple(points),
        "periods (months for doctors, years for others)",
        "share of adopters, mean of places",
        tuple(curves),
        tuple(cloud),
        f"Mean error of a predicted curve, percentage points: {'; '.join(said)}. Small dots: seen.",
    )


def own_places(
    effort: Effort, *, edges: str = "", times: str = "", place: str = "village"
) -> Found:
    """Predict the places of two CSV files of the user's."""
    for option, path in (("--edges", edges), ("--times", times)):
        if not Path(path).is_file():
            raise ScenarioError(Where(option), f"no file {path!r}", "a CSV file with a header")
    places = read_places(Path(edges), Path(times), place)
    if len(places) < 3:
        raise ScenarioError(
            Where("--times"), f"{len(places)} places", "at least 3, to leave one out"
        )
    point, line, words = study(effort, "places", places)
    mean = np.mean([one.curve for one in places], axis=0)
    cloud = tuple((float(t + 1), float(share)) for t, share in enumerate(mean))
    note = f"Mean error of a predicted curve, percentage points: {words}."
    return Found((point,), "periods", "share of adopters, mean of places", (line,), cloud, note)


CHECKS = (
    Check(
        "villages",
        FAMILY,
        "Adoption that follows friends predicts, without bias, how far it goes in places that were"
        " not used to fit it.",
        "netdiffuseR: Coleman, Katz & Menzel 1966; Rogers, Ascroft & Röling 1970; Rogers & Kincaid"
        " 1981",
        villages,
        own_places,
        "empirical output",
    ),
)
