"""The points of a design: which values are run together.

A sampling method lays points into the unit cube (``unit_points``); each coordinate is then mapped
onto its parameter's values by their quantile function, so one design serves ranges, lists and
distributions alike.

Sources: McKay, Beckman & Conover 1979 (Latin hypercube); Saltelli et al. 2010 and Sobol' 2001
(``sobol``); Morris 1991, Campolongo et al. 2007 (``morris``).
"""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import NotInstalled
from sim.rng import Stream, generator
from sim.scenario.distribution import Distribution

Cube = npt.NDArray[np.float64]
Quantile = Callable[[float], Any]
"""From a number in [0, 1) to a value: the share of all values that lie below it."""


def unit_points(method: str, parameters: int, samples: int, draw: int, levels: int = 4) -> Cube:
    """Return the points of a sampling design in the unit cube, float64[points, parameters].

    Args:
        method: ``random``, ``lhs``, ``sobol`` or ``morris``.
        parameters: how many.
        samples: points; trajectories of ``morris``; base points of ``sobol`` (a power of two).
        draw: seed of the design.
        levels: of ``morris``.

    Raises:
        NotInstalled: the method needs a package that is not there.
    """
    problem = {"num_vars": parameters, "names": [str(k) for k in range(parameters)]}
    problem["bounds"] = [[0.0, 1.0]] * parameters
    if method == "random":
        return generator(draw, Stream.DESIGN).random((samples, parameters))
    if method == "lhs":
        cube = optional("scipy.stats.qmc").LatinHypercube(parameters, rng=draw)
        return np.asarray(cube.random(samples))
    if method == "sobol":
        sobol = optional("SALib.sample.sobol")
        return np.asarray(sobol.sample(problem, samples, calc_second_order=False, seed=draw))
    morris = optional("SALib.sample.morris")
    return np.asarray(morris.sample(problem, samples, num_levels=levels, seed=draw))


def optional(module: str) -> Any:
    """Import a module of the extra ``[opt]``.

    Raises:
        NotInstalled: it is not there; says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        raise NotInstalled(
            f"this needs {package}, which is not installed: pip install 'flowtribe[opt]'"
        ) from error


# --- quantile functions --------------------------------------------------------------------------


def among(values: Sequence[Any]) -> Quantile:
    """Return the quantile function of equally likely values."""
    return lambda u: values[min(int(u * len(values)), len(values) - 1)]


def between(low: float, high: float, scale: str) -> Quantile:
    """Return the quantile function of a range, uniform in the value or (``log``) its logarithm."""
    if scale == "log":
        return lambda u: low * (high / low) ** u
    return lambda u: low + (high - low) * u


def drawn(shape: Distribution) -> Quantile:
    """Return the quantile function of a distribution of the scenario's kinds.

    Raises:
        NotInstalled: scipy is not there.
    """
    alike = (shape.normal is not None and shape.normal.sd == 0) or (
        shape.lognormal is not None and shape.lognormal.cv == 0
    )
    if shape.constant is not None or alike:
        return lambda u: shape.mean
    if shape.uniform is not None:
        return between(shape.uniform.min, shape.uniform.max, "linear")
    stats = optional("scipy.stats")
    if shape.normal is not None:
        law = stats.norm(shape.normal.mean, shape.normal.sd)
    elif shape.lognormal is not None:
        variance = math.log1p(shape.lognormal.cv**2)
        scale = shape.lognormal.mean * math.exp(-variance / 2)
        law = stats.lognorm(math.sqrt(variance), scale=scale)
    elif shape.gamma is not None:
        law = stats.gamma(shape.gamma.shape, scale=shape.gamma.mean / shape.gamma.shape)
    else:
        assert shape.beta is not None
        a = shape.beta.mean * shape.beta.concentration
        law = stats.beta(a, shape.beta.concentration - a)
    # The ends of an unbounded law are infinite; designs may lie on the edge of the cube.
    return lambda u: float(law.ppf(min(max(u, 1e-6), 1 - 1e-6)))


# --- what is written out -------------------------------------------------------------------------


def row(first: float, step: float, last: float) -> list[float]:
    """Return first, first + step, … up to ``last`` (a rounding error beyond it is forgiven)."""
    count = math.floor((last - first) / step + 1e-9) + 1
    return [_short(first + step * i) for i in range(count)]


def spread(low: float, high: float, steps: int, scale: str) -> list[float]:
    """Return ``steps`` values from low to high, both included."""
    at = between(low, high, scale)
    return [_short(at(i / (steps - 1))) for i in range(steps)]


def _short(value: float) -> float:
    """Return 0.06 for 0.06000000000000001."""
    return float(f"{value:.12g}")


def combined(method: str, columns: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return the points of a ``grid`` (every combination) or a ``list`` (side by side)."""
    if method == "grid":
        return list(itertools.product(*columns))
    return list(zip(*columns, strict=True))
