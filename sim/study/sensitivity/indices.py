"""Sensitivity indices of Morris and Sobol, with intervals, and how much of the variance is noise.

Indices are SALib's, over the unit cube in which the design was laid: a parameter's range is 0 to 1
whatever its unit. They are taken of the mean over repetitions; what repetitions of one point differ
by is noise, and its share says how far the indices can be trusted.

Sources: Morris 1991 and Campolongo et al. 2007 (mean absolute elementary effect); Sobol' 2001,
Saltelli et al. 2010 (first order), Jansen 1999 (total); Searle, Casella & McCulloch 1992, section
3.6 (exact interval of the share of variance between groups).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.study.sweep.methods import optional
from sim.study.tables import Array

CONFIDENCE = 0.95
RESAMPLES = 1_000


class Index(NamedTuple):
    """An estimate and its interval; NaN where there is none."""

    value: float
    low: float
    high: float


class Effect(NamedTuple):
    """What one parameter does.

    strength: what parameters are ranked by: of ``sobol`` the total index (share of variance that
    would remain if everything else were known), of ``morris`` the mean absolute change of the
    metric over the parameter's range. alone: of ``sobol`` the first-order index. slope: of
    ``morris`` the mean change with its sign. bend: of ``morris`` the spread of the changes, large
    if the effect hangs on the other parameters or is not straight.
    """

    parameter: str
    strength: Index
    alone: Index | None = None
    slope: float | None = None
    bend: float | None = None


def effects(
    method: str,
    parameters: Sequence[str],
    cube: Array,
    values: Array,
    *,
    levels: int = 4,
    draw: int = 1,
) -> list[Effect]:
    """Return the effect of every parameter, in their order.

    Args:
        method: ``sobol`` (Saltelli's design without second order) or ``morris``.
        parameters: names.
        cube: points × parameters in [0, 1], as the design was laid.
        values: the metric at every point.
        levels: of a Morris design.
        draw: seed of the bootstrap.

    Raises:
        NotInstalled: SALib is not there.
    """
    problem: dict[str, Any] = {"num_vars": len(parameters), "names": list(parameters)}
    problem["bounds"] = [[0.0, 1.0]] * len(parameters)
    settings = {"num_resamples": RESAMPLES, "conf_level": CONFIDENCE, "seed": draw}
    if method == "morris":
        analyze = optional("SALib.analyze.morris").analyze
        found = analyze(problem, cube, values, num_levels=levels, **settings)
        return [
            Effect(
                name,
                _index(found["mu_star"][i], found["mu_star_conf"][i]),
                slope=float(found["mu"][i]),
                bend=float(found["sigma"][i]),
            )
            for i, name in enumerate(parameters)
        ]
    if np.ptp(values) == 0:  # no variance to share out
        nothing = Index(0.0, 0.0, 0.0)
        return [Effect(name, nothing, alone=nothing) for name in parameters]
    analyze = optional("SALib.analyze.sobol").analyze
    found = analyze(problem, values, calc_second_order=False, **settings)
    return [
        Effect(
            name,
            _index(found["ST"][i], found["ST_conf"][i]),
            alone=_index(found["S1"][i], found["S1_conf"][i]),
        )
        for i, name in enumerate(parameters)
    ]


def _index(value: Any, half_width: Any) -> Index:
    middle, half = float(value), float(half_width)
    return Index(middle, middle - half, middle + half)


def noise(values: Array) -> Index:
    """Return the share of noise in the variance of a single run, with its exact interval.

    Points differ by sigma_p^2, repetitions of one point by sigma_e^2; the share is
    sigma_e^2 / (sigma_p^2 + sigma_e^2) (one-way layout with random points). The interval is exact
    for normal values. NaN for a single repetition, which tells nothing about it.

    Args:
        values: points × repetitions.
    """
    points, repetitions = values.shape
    if repetitions < 2 or points < 2:
        return Index(float("nan"), float("nan"), float("nan"))
    means = values.mean(axis=1)
    between = repetitions * means.var(ddof=1)
    within = float(values.var(axis=1, ddof=1).mean())
    if within == 0:
        return Index(0.0, 0.0, 0.0)
    ratio = float(between / within)
    quantile = optional("scipy.special").fdtri  # of the F distribution
    free = points - 1, points * (repetitions - 1)
    tail = (1 - CONFIDENCE) / 2
    ends = ratio / quantile(*free, tail), ratio, ratio / quantile(*free, 1 - tail)
    low, middle, high = (_share(float(end), repetitions) for end in ends)
    return Index(middle, low, high)


def _share(ratio: float, repetitions: int) -> float:
    """Return the share of noise that a ratio of mean squares stands for."""
    between = max(0.0, (ratio - 1) / repetitions)  # over the variance within
    return 1 / (1 + between)


def noise_floor(method: str, values: Array, levels: int = 4) -> float:
    """Return the strength that a parameter shows, on average, which only changes the luck.

    Seeds are the same at all points, so what a seed does everywhere cancels, and a parameter that
    changes nothing at all has strength 0. One that reshuffles luck moves a mean of r repetitions by
    the variance v of points × seeds over r. That adds v over the variance between points to a total
    index, and the mean size of a difference of two such means, over the step, to an elementary
    effect. 0 for one repetition, which tells nothing about it.
    """
    if values.shape[1] < 2 or len(values) < 2:
        return 0.0
    left = _apart(values)[1] / values.shape[1]
    if method == "sobol":
        total = float(values.mean(axis=1).var())
        return left / total if total > 0 else 0.0
    step = levels / (2 * (levels - 1))
    return math.sqrt(2 * left) * math.sqrt(2 / math.pi) / step


def points_differ(values: Array) -> bool:
    """Tell whether points differ by more than luck does: F test of the two-way layout, at 5 %.

    True for one repetition, which cannot tell them apart.
    """
    points, repetitions = values.shape
    if repetitions < 2 or points < 2:
        return bool(np.ptp(values) > 0)
    between, left = _apart(values)
    if left == 0:
        return between > 0
    tail = optional("scipy.special").fdtrc
    free = points - 1, (points - 1) * (repetitions - 1)
    return float(tail(*free, between / left)) < 1 - CONFIDENCE


def _apart(values: Array) -> tuple[float, float]:
    """Return the mean squares of points, and of what neither point nor seed explains."""
    points, repetitions = values.shape
    means = values.mean(axis=1, keepdims=True)
    rest = values - means - values.mean(axis=0, keepdims=True) + values.mean()
    # What is left after rounding is nothing.
    nothing = (1e-12 * float(np.abs(values).max())) ** 2
    left = float((rest**2).sum()) / ((points - 1) * (repetitions - 1))
    return float(repetitions * means.var(ddof=1)), left if left > nothing else 0.0


def ranked(found: Sequence[Effect]) -> list[Effect]:
    """Return effects, the strongest first."""
    return sorted(found, key=lambda effect: -effect.strength.value)
