"""Which runs a comparison takes, and how their numbers come back as outcomes.

One plan is one list of trials of one scenario: arms × variants × seeds, or the cells of a
break-even map, or the mixes of a tournament. Trials that are the same run (an arm that a cell does
not change) have the same key, so they are run once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from sim.scenario.checked import Loaded
from sim.scenario.vary import vary
from sim.study.compare.arms import arm_of, check_money, mix_of
from sim.study.compare.outcomes import Outcomes
from sim.study.compare.spec import Asked
from sim.study.compare.tournament import mixes
from sim.study.sweep.metric import Metric, parse_metric
from sim.study.sweep.trial import Trial, make_trial
from sim.study.tables import Array, Table

PROFIT = "profit_per_merchant.mean"


@dataclass(frozen=True)
class Plan:
    """Trials and what they report; ``shape`` is what the rows of their table fold into."""

    trials: tuple[Trial, ...]
    metrics: tuple[Metric, ...]
    shape: tuple[int, ...]

    def folded(self, table: Table, metric: str) -> Array:
        """Return a metric in the plan's shape; NaN for trials that failed or are not there."""
        values = np.full(len(self.trials), np.nan)
        values[np.asarray(table["trial"], np.int64)] = table[metric]
        return values.reshape(self.shape)


def arms_plan(asked: Asked, seeds: Sequence[int]) -> Plan:
    """Return arms × variants × seeds; seeds vary slowest, so that more seeds are more rows.

    Raises:
        ScenarioError: an arm, a variant or a metric is not allowed, or the money is not the same.
    """
    spec = asked.spec
    cases = []
    for variant in spec.variants:
        arms = {arm: arm_of(asked, variant, arm) for arm in spec.arms}
        check_money(asked, {arm: loaded for arm, (_, loaded) in arms.items()}, variant)
        cases += list(arms.values())
    metrics = [_metric(asked, name, "metric") for name in (spec.metric,)]
    metrics += [
        _metric(asked, name, "metrics", place)
        for place, name in enumerate(spec.metrics)
        if name != spec.metric
    ]
    metrics += [
        parse_metric(
            {
                "metric": f"camps.{spec.focus}.{PROFIT}",
                "name": f"profit_to_{day}",
                "days": [0, day],
            },
            asked.base.scenario,
            asked.place("curve"),
        )
        for day in curve_days(asked)
    ]
    trials = _trials(asked, [changes for changes, _ in cases], seeds)
    return Plan(trials, tuple(metrics), (len(seeds), len(spec.variants), len(spec.arms)))


def map_plan(asked: Asked, seeds: Sequence[int]) -> Plan:
    """Return price × capability × two arms × seeds, in the market as it is without variants.

    Raises:
        ScenarioError: a path or a value of the map is not allowed.
    """
    spec = asked.spec
    assert spec.map is not None, "asked only where there is a map"
    price, capability = spec.map.price, spec.map.capability
    first = next(iter(spec.variants))
    cases = []
    for (i, x), (j, y), arm in product(
        enumerate(price.values), enumerate(capability.values), spec.map.arms
    ):
        changes, loaded = arm_of(asked, first, arm)
        cell = {price.path: x}
        places = {price.path: asked.place("map", "price", "values", i)}
        # What makes one strategy better may not exist in the other, which it then leaves as it is.
        if _exists(loaded, capability.path, y) or arm == spec.map.arms[0]:
            cell[capability.path] = y
            places[capability.path] = asked.place("map", "capability", "values", j)
        vary(loaded, cell, places)
        cases.append({**changes, **cell})
    metric = _metric(asked, spec.metric, "metric")
    shape = (len(seeds), len(price.values), len(capability.values), 2)
    return Plan(_trials(asked, cases, seeds), (metric,), shape)


def tournament_plans(asked: Asked, seeds: Sequence[int]) -> tuple[Plan, Array]:
    """Return all mixes of the contestants × seeds, and the mixes, int[M, K].

    Every mix has the same camps (some with no merchant), so one list of metrics does for all.

    Raises:
        ScenarioError: the scenario cannot be filled with the mix.
    """
    spec = asked.spec
    assert spec.tournament is not None, "asked only where there is a tournament"
    arms, variant = spec.contestants, next(iter(spec.variants))
    counts = mixes(len(arms), spec.tournament.merchants)
    cases = [mix_of(asked, variant, arms, row) for row in counts.tolist()]
    everyone = vary(asked.base, cases[0]).scenario
    metrics = [
        parse_metric(
            {"metric": f"camps.{arm}.{spec.metric}", "name": f"payoff.{arm}"},
            everyone,
            asked.place("metric"),
        )
        for arm in arms
    ]
    return Plan(_trials(asked, cases, seeds), tuple(metrics), (len(seeds), len(counts))), counts


def outcomes_of(asked: Asked, plan: Plan, table: Table, seeds: Sequence[int]) -> Outcomes:
    """Return the outcomes of ``arms_plan``."""
    spec = asked.spec
    names = dict.fromkeys([spec.metric, *spec.metrics])
    values = {name: plan.folded(table, name).transpose(1, 2, 0) for name in names}
    return Outcomes(tuple(spec.arms), tuple(spec.variants), tuple(seeds), values)


def curve_of(asked: Asked, plan: Plan, table: Table) -> tuple[Array, Array]:
    """Return days (D,) and profit so far per merchant of the focus camp, (D, V, A, S)."""
    days = curve_days(asked)
    values = [plan.folded(table, f"profit_to_{day}").transpose(1, 2, 0) for day in days]
    empty = np.zeros((0, len(asked.spec.variants), len(asked.spec.arms), plan.shape[0]))
    return np.array(days, np.float64), np.array(values) if values else empty


def curve_days(asked: Asked) -> list[int]:
    """Return the ends of the windows over which profit so far is taken; the last is the run's."""
    step, last = asked.spec.curve, asked.base.scenario.days
    return [*range(step, last, step), last] if step else []


def _metric(asked: Asked, name: str, *place: str | int) -> Metric:
    """Return a metric of the focus camp, or of the run if it is written in full."""
    whole = name.partition(".")[0] in ("camps", "market", "cascades", "comparison")
    path = name if whole else f"camps.{asked.spec.focus}.{name}"
    return parse_metric({"metric": path, "name": name}, asked.base.scenario, asked.place(*place))


def _trials(
    asked: Asked, cases: Iterable[dict[str, Any]], seeds: Sequence[int]
) -> tuple[Trial, ...]:
    rows = list(cases)
    return tuple(
        make_trial(asked.base, changes, seed, number=number)
        for number, (seed, changes) in enumerate(product(seeds, rows))
    )


def _exists(loaded: Loaded, path: str, value: Any) -> bool:
    from sim.errors import ScenarioError

    try:
        vary(loaded, {path: value})
    except ScenarioError:
        return False
    return True
