"""Family: tribes: friends who adopt alike without having told each other anything.

Aral, Muchnik & Sundararajan (2009) found that more than half of what looked like contagion among
users of a messenger was homophily, and that estimates that do not match people by what they are
like overstated it by 300 to 700 %. Here the truth is known: a market is played with word of mouth
off, and played again with other ties between the same people.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.check.measured import Check, Effort, Found, Point, mean_point
from sim.engine.model import Market
from sim.world.graph.classic import random_rows
from sim.world.graph.csr import Graph
from sim.world.relations import BOUGHT

FAMILY = "tribes"
PEOPLE, DEGREE, TRIBES = 6000, 10, 6
HALF, DAYS = 50, 100
"""Days on which adopters are looked at."""

SURE = 4.0
"""Standard errors at which something is not luck."""

SHUFFLES = 200


def _scenario(friends: float) -> dict[str, Any]:
    """Return a market whose first merchant is for one tribe, and in which no message passes;
    ``friends`` is the weight of friends who bought."""
    plenty = {"stock": 10**6}
    ads = {"kind": "buy_traffic", "daily_budget": 300, "target_cac": 400}
    loved = {"price": 129, "breadth": "narrow", "spirit": 2.0}
    return {
        "name": "homophily",
        "days": DAYS,
        "consumers": {
            "count": PEOPLE,
            "tribes": {"count": TRIBES, "spread": 0.5, "size_exponent": 0},
            "need_rate": 0.06,
        },
        "graph": {"kind": "tribal", "mean_degree": DEGREE, "mixing": 0.2},
        "platforms": {"mall": {"visits_per_day": 0.5}},
        "merchants": {
            "loved": {"count": 1, "product": loved, "operations": plenty, "strategy": ads},
            "any": {
                "count": 3,
                "product": {"price": 129},
                "operations": plenty,
                "strategy": ads,
            },
        },
        "choice": {"friends": friends, "outside": 5},
        "sharing": {"tie_probability": 0},
        "memory": {"drift_rate": 0},
    }


class _Played:
    """A market that was played: who had adopted by ``HALF`` and by ``DAYS``, bool[N] each; tribes
    int[N]; ends of ties int[E] each."""

    def __init__(self, seed: int, friends: float = 0.0, cut: bool = False) -> None:
        market = Market(_scenario(friends), seed=seed, collect=False)
        world = market.world
        if cut:
            rows = random_rows(PEOPLE, DEGREE, seed)
            world.graph = Graph(*rows, np.ones(len(rows[1]), np.float32), 0.0)
        self.when = []
        while market.running:
            market.step()
            if market.steps in (HALF, DAYS):
                ours = (world.relations.merchant == 0) & (world.relations.flags & BOUGHT > 0)
                self.when.append(ours.any(axis=1))
        self.tribe = world.consumers.tribe.astype(np.int64)
        self.ego = np.repeat(np.arange(PEOPLE), np.diff(world.graph.indptr))
        self.friend = world.graph.indices.astype(np.int64)


def likeness(played: _Played, adopted: np.ndarray) -> float:
    """Return how alike friends are in what they adopted: Moran's (1950) I over ties."""
    off = adopted - adopted.mean()
    return float((off[played.ego] * off[played.friend]).mean() / (off**2).mean())


def by_tribes(played: _Played, adopted: np.ndarray) -> float:
    """Return the mean of ``likeness`` over all ways to shuffle adoption inside every tribe: for two
    of a tribe E[x y] = (S^2 - Q) / n (n - 1), S and Q the sums of x and x^2; else the product of
    the means."""
    off = adopted - adopted.mean()
    n = np.bincount(played.tribe, minlength=TRIBES)
    total = np.bincount(played.tribe, off, TRIBES)
    squares = np.bincount(played.tribe, off**2, TRIBES)
    products = np.outer(total / n, total / n)
    np.fill_diagonal(products, (total**2 - squares) / (n * (n - 1)))
    pairs = products[played.tribe[played.ego], played.tribe[played.friend]]
    return float(pairs.mean() / (off**2).mean())


def _shuffled(played: _Played, adopted: np.ndarray, inside: bool, seed: int) -> np.ndarray:
    """Return ``likeness`` for adoption shuffled among all, or ``inside`` tribes, float64[R]."""
    luck, out = np.random.default_rng(seed), []
    for _ in range(SHUFFLES):
        key = luck.random(PEOPLE)
        order = np.lexsort((key, played.tribe)) if inside else np.argsort(key)
        place = np.lexsort((np.arange(PEOPLE), played.tribe)) if inside else np.arange(PEOPLE)
        mixed = np.empty_like(adopted)
        mixed[place] = adopted[order]
        out.append(likeness(played, mixed))
    return np.array(out)


def contagion(played: _Played, matched: bool) -> tuple[float, float]:
    """Return the logarithm of the odds ratio of adopting in the second half with and without a
    friend who adopted in the first, among those who had not, and its standard error.

    ``matched`` compares people of a tribe with each other (Mantel & Haenszel 1959; error after
    Robins, Breslow & Greenland 1986); else all with all.
    """
    before, after = played.when
    met = np.zeros(PEOPLE, bool)
    met[played.ego[before[played.friend]]] = True
    kind = played.tribe if matched else np.zeros(PEOPLE, np.int64)
    cells = np.zeros((2, 2, TRIBES))
    np.add.at(cells, (met[~before].astype(int), after[~before].astype(int), kind[~before]), 1.0)
    (d, c), (b, a) = cells  # a: met and adopts, b: met, c: adopts, d: neither
    n = np.maximum(cells.sum(axis=(0, 1)), 1)
    r, s = a * d / n, b * c / n
    p, q = (a + d) / n, (b + c) / n
    top, bottom = r.sum(), s.sum()
    variance = (p * r).sum() / top**2 + (q * s).sum() / bottom**2
    variance += (p * s + q * r).sum() / (top * bottom)
    return math.log(top / bottom), math.sqrt(variance / 2)


def homophily(effort: Effort) -> Found:
    """Hold clusters and estimates of contagion in markets without any against the truth."""
    points: list[Point] = []
    markets, said = 1 if effort.quick else 6, []
    for seed in range(effort.seed, effort.seed + markets):
        played, cut = _Played(seed), _Played(seed, cut=True)
        points += _clusters(played, seed)
        naive, matched = contagion(played, False), contagion(played, True)
        label = f"market {seed}"
        other = int((played.when[1] != cut.when[1]).sum())
        points.append(Point(f"{label}: people who adopt otherwise among other friends", 0, other))
        sure = float(naive[0] > SURE * naive[1])
        points.append(Point(f"{label}: the naive estimate is sure of contagion", 1, sure))
        points.append(
            Point(f"{label}: matched estimate, log odds ratio", 0.0, matched[0], matched[1])
        )
        said.append(math.exp(naive[0]))
    points.append(_followed(effort.seed))
    odds = ", ".join(f"{value:.1f}" for value in said)
    note = (
        f"Odds of adopting with an adopting friend over those without, unmatched: {odds}; the truth"
        " is 1. Published: homophily is more than half of perceived contagion, and unmatched"
        " estimates overstate it by 300 to 700 %."
    )
    return Found(tuple(points), y_title="as labelled", note=note)


def _clusters(played: _Played, seed: int) -> Iterator[Point]:
    """Yield how alike friends are: beyond luck, as tribes make them, and not when shuffled."""
    adopted = played.when[1].astype(np.float64)
    got, inside = likeness(played, adopted), _shuffled(played, adopted, True, seed)
    alike = _shuffled(played, adopted, False, seed)
    label = f"market {seed}: likeness of friends"
    yield Point(f"{label} is not luck", 1, float(got > SURE * alike.std(ddof=1)))
    wanted = by_tribes(played, adopted)
    yield Point(f"{label}, as tribes make it", wanted, got, float(inside.std(ddof=1)))
    yield mean_point(f"{label}, tastes shuffled", -1 / (PEOPLE - 1), alike)


def _followed(seed: int) -> Point:
    """Return whether the matched estimate sees contagion where there is some: each friend who
    bought is a reason to buy."""
    matched = contagion(_Played(seed, friends=6.0), True)
    label = "where friends count: the matched estimate is sure of contagion"
    return Point(label, 1, float(matched[0] > SURE * matched[1]))


CHECKS = (
    Check(
        "homophily",
        FAMILY,
        "Without word of mouth friends of a tribe still adopt alike: a naive estimate calls it"
        " contagion, one that matches people by tribe does not.",
        "the same market with other ties; permutations (Moran 1950); Aral, Muchnik & Sundararajan"
        " 2009",
        homophily,
        None,
        "macro-face",
    ),
)
