"""Family: choice: logit shares, irrelevant alternatives, counts of needs, double jeopardy."""

from __future__ import annotations

import math

import numpy as np

from sim.check import purchasing
from sim.check.bare_market import ONE, buy, morning, set_tastes, set_utilities, shops
from sim.check.measured import Check, Effort, Found, Point, curve, mean_point, share_point
from sim.engine.model import Market
from sim.errors import ScenarioError, Where
from sim.steps.traffic import Traffic

FAMILY = "choice"
PEOPLE = 20_000
UTILITIES = (1.0, 0.5, 0.0, -0.5)
TOOTHPASTE = (1.456, 0.77882, 1.3)
"""Purchases a person, shape of the Gamma, whole of the Dirichlet: UK toothpaste 1973, as fitted by
the R package NBDdirichlet."""

BRANDS = (0.26, 0.21, 0.15, 0.12, 0.1, 0.07, 0.05, 0.04)
CDNOW = (0.00455, 0.385)
"""Needs a day and shape of the Gamma that were fitted to CDNOW (docs/calibration.md)."""


def _shares(odds: np.ndarray) -> np.ndarray:
    return np.asarray(odds / odds.sum())


def _bought(
    effort: Effort, utilities: np.ndarray, outside: float, days: int
) -> tuple[np.ndarray, int]:
    """Return how often each shop was chosen, and out of how many occasions."""
    people = effort.runs(PEOPLE * 5, least=PEOPLE)
    world = shops(len(utilities), people, effort.seed, {"outside": outside})
    set_utilities(world, utilities)
    seen = np.zeros(len(utilities) + 1, np.int64)
    for day in range(days):
        seen += np.bincount(buy(world, day) + 1, minlength=len(utilities) + 1)
    return seen[1:], people * days


def logit(effort: Effort) -> Found:
    """Measure shares of four shops, and of one whose utility rises against them and elsewhere."""
    seen, occasions = _bought(effort, np.array(UTILITIES), -50.0, 1)
    points = [
        share_point(f"utility {u:g}", float(share), int(hits), occasions)
        for u, share, hits in zip(
            UTILITIES, _shares(np.exp(np.array(UTILITIES))), seen, strict=True
        )
    ]
    others, outside, name = np.array([0.5, 0.0, -0.5]), 0.7, "one shop"
    rest = float(np.exp(others).sum() + math.exp(outside))
    for u in (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0):
        seen, occasions = _bought(effort, np.array([u, *others]), outside, 1)
        want = math.exp(u) / (math.exp(u) + rest)
        label = f"utility {u:g} against three and elsewhere"
        points.append(share_point(label, want, int(seen[0]), occasions, u, name))
    xs = np.linspace(-2.5, 3.5, 61)
    line = curve(name, xs.tolist(), (np.exp(xs) / (np.exp(xs) + rest)).tolist())
    return Found(tuple(points), "utility of the shop", "share of purchases", (line,))


def own_logit(
    effort: Effort, *, utilities: str = "1,0.5,0,-0.5", outside: float = -50.0, days: int = 5
) -> Found:
    """Measure shares for utilities of the user's (up to eight, separated by commas)."""
    try:
        given = np.array([float(part) for part in utilities.split(",")])
    except ValueError:
        raise ScenarioError(Where("--utilities"), repr(utilities), "numbers with commas") from None
    if not 1 <= len(given) <= 8 or not 1 <= days <= 300 or np.abs(given).max() > 30:
        allowed = "up to eight within 30, up to 300 days"
        raise ScenarioError(Where("--utilities, --days"), f"{utilities!r}, {days}", allowed)
    seen, occasions = _bought(effort, given, outside, days)
    want = _shares(np.exp(np.array([*given, outside]) - given.max()))
    points = [
        share_point(f"utility {u:g}", float(share), int(hits), occasions)
        for u, share, hits in zip(given, want, seen, strict=False)
    ]
    return Found(tuple(points), "share of purchases")


def irrelevant(effort: Effort) -> Found:
    """Measure what a shop's closing does to the others: odds stay, and so do their customers."""
    worlds = [shops(4, effort.runs(PEOPLE * 5, least=PEOPLE), effort.seed) for _ in range(2)]
    for world in worlds:
        set_utilities(world, np.array(UTILITIES))
    worlds[1].offers.is_open[3] = False
    before, after = (buy(world, 0) for world in worlds)
    want, people = _shares(np.exp(np.array(UTILITIES[:3]))), len(before)
    points = [
        share_point(
            f"utility {u:g}: share without the fourth",
            float(want[m]),
            int((after == m).sum()),
            people,
        )
        for m, u in enumerate(UTILITIES[:3])
    ]
    moved = (before != after) & (before != 3)
    points.append(Point("customers of others who changed", 0, float(moved.sum())))
    points.append(Point("orders of the closed shop", 0, float((after == 3).sum())))
    return Found(tuple(points), "share of purchases, or people")


def needs(effort: Effort) -> Found:
    """Measure on how many days of 39 weeks people need something, with CDNOW's needs."""
    days, (mean, shape) = 273, CDNOW
    people = effort.runs(100_000, least=PEOPLE)
    rate = {"gamma": {"mean": mean, "shape": shape}}
    market = Market(
        {
            "name": "needs",
            "days": days,
            "graph": {"kind": "complete"},
            "consumers": {"count": people, "need_rate": rate},
        },
        seed=effort.seed,
        collect=False,
    )
    count, stage = np.zeros(people, np.int64), Traffic(morning(market.world, 0), ONE)
    for number in range(days):
        today = morning(market.world, number)
        stage.draw_needs(today)
        count += np.bincount(today.occasions.joined()[0], minlength=people)
    points = [
        share_point(
            f"{n} days with a need",
            purchasing.days_with_needs(n, days, mean, shape),
            int((count == n).sum()),
            people,
            n,
            "a need a day at most",
        )
        for n in range(9)
    ]
    chance = days * (1 - (1 + mean / shape) ** -shape)
    points.append(mean_point("mean", chance, count))
    exact = [purchasing.days_with_needs(n, days, mean, shape) for n in range(9)]
    plain = [purchasing.nbd(n, mean * days, shape) for n in range(9)]
    curves = (
        curve("a need a day at most", range(9), exact),
        curve("NBD, any number a day", range(9), plain),
    )
    return Found(tuple(points), "days with a need in 39 weeks", "share of people", curves)


def double_jeopardy(effort: Effort) -> Found:
    """Measure how many buy eight brands and how often, where preferences are Dirichlet.

    Everybody's utility of a brand is the log of a Gamma number, given to the engine as trust; how
    often each buys the category is drawn NBD; the choices are the engine's.
    """
    (mean, shape, whole), weight = TOOTHPASTE, 50.0
    people, luck = effort.runs(100_000, least=PEOPLE), np.random.default_rng(effort.seed)
    alpha = whole * np.array(BRANDS)
    world = shops(len(BRANDS), people, effort.seed, {"trust": weight, "outside": -50.0})
    gamma = np.log(luck.gamma(alpha, size=(people, len(alpha))) + 1e-300)
    set_tastes(world, gamma - gamma.max(axis=1, keepdims=True) + weight / 2, weight)
    often = luck.negative_binomial(shape, shape / (shape + mean), people)
    bought = np.zeros((people, len(alpha)), np.int64)
    for day in range(int(often.max())):
        who = np.flatnonzero(often > day)
        bought[who, buy(world, day, who)[who]] += 1
    points, line, name = [], [], "Dirichlet"
    for m, a in enumerate(alpha):
        buyers = purchasing.dirichlet_buyers(float(a), whole, mean, shape)
        own, brand = bought[:, m], f"brand of {BRANDS[m]:.0%}"
        points.append(share_point(f"{brand}: buyers", buyers, int((own > 0).sum()), people))
        times = mean * BRANDS[m] / buyers
        line.append((buyers, times))
        points.append(mean_point(f"{brand}: purchases a buyer", times, own[own > 0], buyers, name))
    xs, ys = zip(*sorted(line), strict=True)
    theory = curve(name, xs, ys)
    return Found(tuple(points), "share of people who buy the brand", "purchases a buyer", (theory,))


CHECKS = (
    Check(
        "logit",
        FAMILY,
        "Shops win the shares of a multinomial logit.",
        "McFadden 1974, closed form",
        logit,
        own_logit,
        "micro-face",
    ),
    Check(
        "iia",
        FAMILY,
        "When a shop closes the others keep their odds, and every one of their customers.",
        "Luce 1959, McFadden 1974: independence of irrelevant alternatives",
        irrelevant,
    ),
    Check(
        "needs",
        FAMILY,
        "Needs come as unequally as Gamma rates make them.",
        "binomial over Gamma; NBD of Ehrenberg 1959",
        needs,
        None,
        "empirical input",
    ),
    Check(
        "double-jeopardy",
        FAMILY,
        "Small brands have fewer buyers, who also buy less often.",
        "Goodhardt, Ehrenberg & Chatfield 1984; fit of UK toothpaste 1973 (NBDdirichlet)",
        double_jeopardy,
        None,
        "macro-face",
    ),
)
