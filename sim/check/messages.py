"""Family: cascades in the market: messages of buyers, members and readers against those of real
platforms, all facts in one market.

Of Twitter's messages and those of six other platforms most reach nobody else, few go beyond one
step, about one in 4,000 reaches a hundred people, and even these are broad rather than long: their
structural virality (mean number of ties between two people of a message's tree) is low and hardly
grows with size (Goel, Watts & Goldstein 2012; Goel, Anderson, Hofman & Watts 2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from sim.check.flagship import AWAY, FLAGSHIP, PEOPLE, flagship
from sim.check.measured import Check, Curve, Effort, Found, Point, curve
from sim.engine.model import Market
from sim.errors import ScenarioError, Where
from sim.scenario.load import load

FAMILY = "cascades in the market"
NOBODY, BEYOND = (0.70, 0.95), (0.01, 0.04)
"""Shares that reach nobody else, and that go beyond one step (Goel, Watts & Goldstein 2012)."""

LARGE, TAIL = 100, (1 / 8_000, 1 / 2_000)
"""One in 4,000 reaches a hundred people (Goel et al. 2016); read as within a factor of two."""

LOW, GROWS = 3.0, (0.0, 1.02)
"""Structural virality at a hundred people, median; by how much it grows when size doubles, at most:
of news from about 3 at 100 people to less than 8 at 3,000, of pictures not at all (the same)."""

HIGHEST = 8.0
CLASSES = (2, 3, 4, 6, 10, 20, 40, LARGE, 10**9)
"""Sizes from which a class of messages begins."""

SEEN = 20
"""Messages of which a mean is told at least."""

KEEP_ALL = "sharing.samples=100000"
MONTH = 30
UNEQUAL = 2.276
"""Exponent of the degrees on Twitter (Kwak, Lee, Park & Moon 2010)."""

SMALL_HUBS = (
    "what a message reaches at most is what the best connected tell in one go, and with ties as the"
    " flagship has them (exponent 3, at most √(mean × people) friends) that is some forty people"
)


def messages(effort: Effort) -> Found:
    """Measure all facts in the flagship and, in the full suite, where ties are more unequal."""
    if not FLAGSHIP.exists():
        return Found((), skipped=AWAY)
    people, days, seeds = (PEOPLE // 5, 180, 1) if effort.quick else (PEOPLE, 365, 4)
    first = effort.seed
    found = _played(flagship(people, days, seed, KEEP_ALL) for seed in range(first, first + seeds))
    points, curves = facts(found, "", SMALL_HUBS), _trees()
    x_title, y_title = "people reached, log10 (2 is a hundred)", "structural virality"
    if effort.quick:
        return Found(tuple(points), x_title, y_title, curves, note=_said(found))
    ties = f"graph.degree_exponent={UNEQUAL}"
    unequal = _played(
        flagship(4 * PEOPLE, 60, seed, KEEP_ALL, ties) for seed in range(first, first + 2)
    )
    theirs = facts(unequal, "unequal ties: ", "")
    cloud = tuple((p.x, p.got) for p in theirs if math.isfinite(p.x))
    points += [Point(p.label, p.expected, p.got, p.error, upto=p.upto) for p in theirs]
    note = (
        f"{_said(found)} Where ties are as unequal as on Twitter (exponent {UNEQUAL}) and people"
        f" four times as many (small dots): {_said(unequal)}"
    )
    return Found(tuple(points), x_title, y_title, curves, cloud, note)


class Kept(dict[str, np.ndarray]):
    """Messages of a market: size, depth, structural_virality, and block (month of a run)."""


def _played(markets: Iterable[Market]) -> Kept:
    """Run markets to their end and return all their messages."""
    columns: dict[str, list[np.ndarray]] = {}
    for run, market in enumerate(markets):
        while market.running:
            market.step()
        table = market.recorder.tables()["cascades"]
        market.close()
        for name in ("size", "depth", "structural_virality"):
            columns.setdefault(name, []).append(np.asarray(table[name], np.float64))
        columns.setdefault("block", []).append(1000 * run + table["day"] // MONTH)
    return Kept({name: np.concatenate(parts) for name, parts in columns.items()})


def _said(found: Kept) -> str:
    size = found["size"]
    beyond = (found["depth"] > 1).mean()
    return (
        f"{len(size):,} messages, {(size == 1).mean():.1%} reach nobody, {beyond:.1%} go beyond one"
        f" step, {int((size >= LARGE).sum())} reach {LARGE} people, the largest {int(size.max())}."
    )


def facts(found: Kept, before: str = "", miss: str = "") -> list[Point]:
    """Hold messages against all facts; ``miss`` says why there may be no large ones."""
    size, virality = found["size"], found["structural_virality"]
    points = [
        _share(f"{before}reach nobody else", NOBODY, size == 1, found["block"]),
        _share(f"{before}go beyond one step", BEYOND, found["depth"] > 1, found["block"]),
        _share(f"{before}reach {LARGE} people", TAIL, size >= LARGE, found["block"], miss),
    ]
    points += [
        _mean_virality(before, size[here], virality[here])
        for low, high in pairwise(CLASSES)
        if (here := (size >= low) & (size < high)).sum() >= SEEN
    ]
    return [*points, *_growth(before, size, virality)]


def _share(
    label: str, known: tuple[float, float], is_so: np.ndarray, block: np.ndarray, miss: str = ""
) -> Point:
    """Return a share of messages held against a range. Those of a month have senders, fashions and
    merchants in common, so the error is that of the ratio of months' sums, and at least what
    theory gives the nearer end."""
    _, month = np.unique(block, return_inverse=True)
    hits, all_of = np.bincount(month, is_so), np.bincount(month)
    got, many = float(is_so.mean()), len(all_of)
    spread = ((hits - got * all_of) ** 2).sum() * many / max(1, many - 1)
    near = min(max(got, known[0]), known[1])
    error = max(math.sqrt(spread) / len(is_so), math.sqrt(near * (1 - near) / len(is_so)))
    return Point(label, known[0], got, error, upto=known[1], miss=miss)


def _mean_virality(before: str, size: np.ndarray, virality: np.ndarray) -> Point:
    """Return the mean structural virality of messages of like size: never below that of stars, 2 -
    2 / n, which is all there is for two and three people."""
    low, high = int(size.min()), int(size.max())
    star, mean = float((2 - 2 / size).mean()), float(virality.mean())
    people = f"{low}" if low == high else f"{low} to {high}"
    label, x = f"{before}virality of {people} people", math.log10(float(size.mean()))
    if high <= 3:
        return Point(label, star, mean, x=x)
    error = float(virality.std(ddof=1) / math.sqrt(len(size)))
    return Point(label, star, mean, error, x, upto=HIGHEST if low >= LARGE else LOW)


def _growth(before: str, size: np.ndarray, virality: np.ndarray) -> Iterator[Point]:
    """Yield by how much structural virality grows when size doubles, from ten people on."""
    large = size >= 10
    if large.sum() < 2 * SEEN:
        return
    x, y = np.log2(size[large]), virality[large]
    off = x - x.mean()
    slope = float((off * y).sum() / (off**2).sum())
    rest = y - y.mean() - slope * off
    error = float(np.sqrt(((off * rest) ** 2).sum()) / (off**2).sum())
    label = f"{before}virality, more for twice the size"
    yield Point(label, GROWS[0], slope, error, upto=GROWS[1])


def _trees() -> tuple[Curve, ...]:
    """Return structural virality of the broadest and of the longest tree by size."""
    n = 10 ** np.linspace(math.log10(2), 2.6, 80)
    chain = n[n <= 26]
    return (
        curve("a broadcast (star): 2 − 2/n", np.log10(n).tolist(), (2 - 2 / n).tolist()),
        curve("a chain: (n + 1)/3", np.log10(chain).tolist(), ((chain + 1) / 3).tolist()),
    )


def own_messages(
    effort: Effort, *, scenario: str = "", people: int = 0, days: int = 0, seeds: int = 1
) -> Found:
    """Measure all facts in a scenario of the user's; people and days as it has them if 0."""
    if not scenario or not Path(scenario).is_file():
        raise ScenarioError(Where("--scenario"), f"no file {scenario!r}", "a scenario")
    if not 1 <= seeds <= 1000 or people < 0 or days < 0:
        raise ScenarioError(Where("--seeds"), f"{seeds}", "1 to 1,000")
    given = [KEEP_ALL, *([f"consumers.count={people}"] if people else [])]
    loaded = load(Path(scenario), given)
    found = _played(
        Market(loaded, seed=seed, days=days or None, collect=False)
        for seed in range(effort.seed, effort.seed + seeds)
    )
    if len(found["size"]) < SEEN:
        raise ScenarioError(Where(scenario), f"{len(found['size'])} messages", f"at least {SEEN}")
    x_title = "people reached, log10 (2 is a hundred)"
    return Found(tuple(facts(found)), x_title, "structural virality", _trees(), note=_said(found))


CHECKS = (
    Check(
        "messages",
        FAMILY,
        "Most messages reach nobody, few go beyond one step, some go far, and all are broad rather"
        " than long.",
        "Goel, Watts & Goldstein 2012; Goel, Anderson, Hofman & Watts 2016",
        messages,
        own_messages,
        "empirical output",
    ),
)
