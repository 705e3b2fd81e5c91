"""The tables of a comparison's page: what is shown, and the exact number behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.study import words
from sim.study.compare.claims import standing
from sim.study.compare.conduct import Comparison, needed
from sim.study.compare.crossing import Crossing, crossing_of_mean
from sim.study.compare.paired import Paired, interval, paired
from sim.study.compare.precision import MOST, Precision
from sim.study.compare.scales import Scale, scale_of
from sim.study.rows import Cell, Sheet
from sim.study.tables import Array

HALF = 0.5
"""The half-width that the pairs' table plans for, as a share of the present one."""

Row = tuple[str, Comparison, str]
"""Heading, comparison, variant."""


def everywhere(markets: Sequence[Row]) -> list[str]:
    """Return the arms that ran in every market."""
    arms = [it.outcomes.arms for _, it, _ in markets]
    return [arm for arm in arms[0] if all(arm in others for others in arms[1:])]


def leaderboard(markets: Sequence[Row], scale: Scale) -> Sheet:
    """One row per arm that ran everywhere, the best first: mean over markets, and in how many of
    them it leads.

    Every market counts alike; per seed the mean over markets is taken, so that arms stay paired.
    """
    arms = everywhere(markets)
    means = {arm: over_markets(markets, arm) for arm in arms}
    order = sorted(arms, key=lambda arm: -_mean(means[arm]))
    found = {name: standing(it.outcomes, it.asked.spec.metric, v) for name, it, v in markets}
    rows: list[list[Cell]] = []
    for arm in order:
        gap = paired(means[arm], means[order[0]])
        sole = sum(s.best == (arm,) for s in found.values())
        level = sum(arm in s.best and not s.sole for s in found.values())
        less = len(found) - sole - level
        rows.append(
            [
                (arm, None),
                _number(scale, _mean(means[arm])),
                _ends(scale, *interval(means[arm])),
                (words.NONE, None) if arm == order[0] else _number(scale, gap.mean),
                (words.NONE, None) if arm == order[0] else _ends(scale, gap.low, gap.high),
                _whole(sole),
                _whole(level),
                _whole(less),
            ]
        )
    heads = [
        "Strategy",
        f"{scale.title}, {scale.unit}",
        "95 % interval",
        f"Less {order[0]}, {scale.gap}",
        "95 % interval",
        "Markets won",
        "Cannot tell from the best",
        "Markets behind",
    ]
    return Sheet("leaderboard", "Leaderboard over all markets, of who ran in all", heads, rows)


def over_markets(markets: Sequence[Row], arm: str) -> Array:
    """Return the mean over markets by seed, over the seeds that all markets have."""
    common = set.intersection(*(set(it.outcomes.seeds) for _, it, _ in markets))
    rows = []
    for _, it, variant in markets:
        keep = [place for place, seed in enumerate(it.outcomes.seeds) if seed in common]
        rows.append(it.outcomes.of(it.asked.spec.metric, variant, arm)[keep])
    return np.asarray(np.mean(rows, axis=0))


def pairs_sheet(found: Sequence[Comparison]) -> Sheet:
    """Every pair of arms in every variant, and how many more seeds half the width would take."""
    rows: list[list[Cell]] = []
    for it in found:
        metric = it.asked.spec.metric
        scale = scale_of(metric, it.asked.base.scenario.currency)
        for pair, one in it.outcomes.pairs(metric).items():
            wanted = Precision(HALF * one.half_width, relative=False)
            all_ = needed(it.outcomes, metric, pair, wanted) if one.half_width > 0 else one.seeds
            more = max(0, all_ - one.seeds)
            rows.append(
                [
                    (it.asked.spec.name, None),
                    (pair.variant, None),
                    (f"{pair.a} less {pair.b}", None),
                    (verdict(one, pair.a, pair.b), None),
                    _number(scale, one.mean),
                    _ends(scale, one.low, one.high),
                    (words.share(one.win_rate), 100 * one.win_rate),
                    _p(one.p),
                    _p(one.adjusted),
                    _ratio(one.reduction),
                    _whole(one.seeds),
                    _whole(more) if all_ < MOST else (words.NONE, None),
                ]
            )
    heads = [
        "Market",
        "Variant",
        "Pair",
        "Verdict",
        "Mean difference",
        "95 % interval",
        "Win rate",
        "p",
        "p after Holm",
        "Variance reduction",
        "Seeds",
        "More seeds for half the width",
    ]
    return Sheet("pairs", "Every pair of strategies", heads, rows)


def verdict(one: Paired, a: str, b: str) -> str:
    """Say a pair's outcome in a word or two."""
    if one.same:
        return "exactly alike"
    return f"{a} ahead" if one.ahead > 0 else f"{b} ahead" if one.ahead < 0 else "cannot tell"


def measures_sheet(found: Sequence[Comparison]) -> Sheet:
    """Mean and interval of every metric by market, variant and arm."""
    rows: list[list[Cell]] = []
    for it in found:
        currency = it.asked.base.scenario.currency
        for metric in it.outcomes.values:
            scale = scale_of(metric, currency)
            for variant in it.outcomes.variants:
                for arm in it.outcomes.arms:
                    rows.append(
                        [
                            (it.asked.spec.name, None),
                            (variant, None),
                            (arm, None),
                            (scale.axis, None),
                            _number(scale, it.outcomes.mean(metric, variant, arm)),
                            _ends(scale, *it.outcomes.interval(metric, variant, arm)),
                        ]
                    )
    heads = ["Market", "Variant", "Strategy", "Measure", "Mean", "95 % interval"]
    return Sheet("measures", "All measures by market and strategy", heads, rows)


def runs_sheet(found: Sequence[Comparison]) -> Sheet:
    """Every run of every arm: what all of the above is computed from."""
    metrics = list(dict.fromkeys(name for it in found for name in it.outcomes.values))
    currency = found[0].asked.base.scenario.currency
    scales = {name: scale_of(name, currency) for name in metrics}
    rows: list[list[Cell]] = []
    for it in found:
        for variant in it.outcomes.variants:
            for arm in it.outcomes.arms:
                for place, seed in enumerate(it.outcomes.seeds):
                    cells: list[Cell] = [
                        _number(scales[name], float(it.outcomes.of(name, variant, arm)[place]))
                        if name in it.outcomes.values
                        else (words.NONE, None)
                        for name in metrics
                    ]
                    head: list[Cell] = [(it.asked.spec.name, None), (variant, None), (arm, None)]
                    rows.append([*head, (str(seed), seed), *cells])
    heads = ["Market", "Variant", "Strategy", "Seed", *(scale.axis for scale in scales.values())]
    return Sheet("runs", "Every run", heads, rows)


def overtaking_sheet(found: Sequence[Row]) -> Sheet:
    """From which day on one arm's profit so far stays above another's."""
    rows: list[list[Cell]] = []
    for heading, it, variant in found:
        if not len(it.days):
            continue
        v = it.outcomes.variants.index(variant)
        last = it.curve[-1, v]
        order = sorted(range(len(it.outcomes.arms)), key=lambda i: -_mean(last[i]))
        for place, a in enumerate(order):
            for b in order[place + 1 :]:
                d = (it.curve[:, v, a] - it.curve[:, v, b]).T
                d = d[np.isfinite(d).all(axis=1)]
                if len(d) < 2:
                    continue
                day = crossing_of_mean(it.days, d)
                names = it.outcomes.arms[a], it.outcomes.arms[b]
                rows.append([(heading, None), (f"{names[0]} over {names[1]}", None), *_days(day)])
    heads = [
        "Market",
        "Who over whom",
        "From day",
        "95 % interval",
        "Ahead at the end in resamples",
    ]
    return Sheet("overtaking", "Day of overtaking, by profit so far", heads, rows)


def _days(day: Crossing) -> list[Cell]:
    def told(level: float) -> str:
        if math.isinf(level):
            return "the start" if level < 0 else "never"
        return words.number(level)

    exact = 0.0 if day.level == -math.inf else None if math.isinf(day.level) else day.level
    span = told(day.level) if day.low == day.high else f"{told(day.low)} to {told(day.high)}"
    span = span.replace(" ", words.HELD)
    return [(told(day.level), exact), (span, None), (words.share(day.ahead), 100 * day.ahead)]


def payoff_sheet(it: Comparison, scale: Scale) -> Sheet | None:
    """The payoff matrix of a tournament: row earns, in a market full of the column."""
    game = it.tournament
    if game is None:
        return None
    rows: list[list[Cell]] = []
    for i, arm in enumerate(game.strategies):
        cells: list[Cell] = []
        for j in range(len(game.strategies)):
            low, high = scale.number(game.low[i, j]), scale.number(game.high[i, j])
            shown = f"{scale.number(game.matrix[i, j])} ({low} to {high})"
            cells.append((shown, round(scale.factor * float(game.matrix[i, j]), 4)))
        share = float(game.survival[i])
        rows.append([(arm, None), *cells, (words.share(share), 100 * share)])
    heads = [
        f"{scale.title}, {scale.unit}, of",
        *(f"among {arm}" for arm in game.strategies),
        "Survives in resamples",
    ]
    return Sheet("payoffs", "Payoff matrix of the tournament", heads, rows)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else -math.inf


def _number(scale: Scale, value: float) -> Cell:
    exact = round(scale.factor * value, 6) if math.isfinite(value) else None
    return scale.number(value), exact


def _ends(scale: Scale, low: float, high: float) -> Cell:
    if not low <= high:
        return words.NONE, None
    return f"{scale.number(low)} to {scale.number(high)}".replace(" ", words.HELD), None


def _whole(value: int) -> Cell:
    return words.number(value), value


def _p(value: float) -> Cell:
    if math.isnan(value):
        return words.NONE, None
    return "< 0.001" if value < 0.001 else words.number(value, 3), value


def _ratio(value: float) -> Cell:
    if not math.isfinite(value):
        return ("∞" if value > 0 else words.NONE), None
    return f"{words.number(value, 1)} ×", round(value, 3)
