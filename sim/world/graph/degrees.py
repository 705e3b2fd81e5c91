"""How many ties everybody is to have: a power law with a given exponent and mean.

    P(degree > x) ~ x^(1 - exponent),  least <= x <= most

drawn by inverting the distribution function of the Pareto law between ``least`` and ``most`` and
rounding up or down by chance, so that whole numbers keep the mean. ``most`` is the structural
cutoff sqrt(mean * N) (Boguna, Pastor-Satorras & Vespignani 2004), beyond which hubs would need
more than one tie to each other; ``least`` follows from the mean.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import block, uniform
from sim.world.graph.draws import GRAPH, Ints, Purpose


def power_law(count: int, mean: float, exponent: float, seed: np.uint64) -> Ints:
    """Return int32[N]: the ties wished for each of ``count`` people.

    Args:
        count: N.
        mean: mean degree, above 0 and below ``count - 1``.
        exponent: of the density, above 2.
        seed: of the draws.
    """
    most = max(min(float(np.sqrt(mean * count)), count - 1.0), mean)
    least = _least(mean, exponent, most)
    degree = np.empty(count, np.int32)
    _draw(degree, least, most, float(exponent), seed)
    return degree


def _mean(least: float, exponent: float, most: float) -> float:
    """Mean of the Pareto law between ``least`` and ``most``."""
    if most - least < 1e-9 * most:
        return least
    a = exponent - 1.0
    ratio = least / most
    return float(least * a / (a - 1.0) * (1.0 - ratio ** (a - 1.0)) / (1.0 - ratio**a))


def _least(mean: float, exponent: float, most: float) -> float:
    """Find by bisection the lower end that gives the mean, which grows with it."""
    low, high = mean * 1e-9, mean
    for _ in range(100):
        middle = (low + high) / 2
        if _mean(middle, exponent, most) < mean:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@kernel
def _draw(degree: Ints, least: float, most: float, exponent: float, seed: np.uint64) -> None:
    power = -1.0 / (exponent - 1.0)
    left_out = (least / most) ** (exponent - 1.0)
    for i in range(degree.size):
        w0, w1, _, _ = block(seed, GRAPH, i, Purpose.DEGREE.value, 0)
        x = least * (1.0 - uniform(w0) * (1.0 - left_out)) ** power
        degree[i] = min(int(x + uniform(w1)), degree.size - 1)
