"""Outbreaks in closed form: branching processes, giant components, cascade windows.

G0(x) is the generating function of degrees; excess degrees (of a friend, the tie we came by not
counted) have G1(x) = G0'(x) / G0'(1) (Newman, Strogatz & Watts 2001).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence


def borel(k: float, size: int) -> float:
    """Return P(total size) of a cascade with Poisson offspring of mean k < 1 (Borel 1942):
    e^-kn (kn)^(n-1) / n!."""
    return math.exp(-k * size + (size - 1) * math.log(k * size) - math.lgamma(size + 1))


def giant_poisson(c: float) -> float:
    """Return the share S = 1 - e^-cS of the giant component; 0 where there is none (c <= 1)."""
    return _fixed(lambda s: 1 - math.exp(-c * s))


def giant_share(degrees: Mapping[int, float], passing: float) -> float:
    """Return the share that a large outbreak reaches on a random graph with these degree shares,
    where ties pass with a probability: u = 1 - T + T G1(u), S = 1 - G0(1 - T + T u)."""
    mean = sum(k * share for k, share in degrees.items())

    def excess(x: float) -> float:
        return sum(k * share * x ** (k - 1) for k, share in degrees.items() if k) / mean

    # v: chance that a friend is in the giant component.
    v = _fixed(lambda v: 1 - excess(1 - passing * v))
    return 1 - sum(share * (1 - passing * v) ** k for k, share in degrees.items())


def _fixed(step: Callable[[float], float]) -> float:
    """Return the largest fixed point of an increasing concave function of [0, 1] with step(0) = 0:
    it lies above the diagonal up to there, and below from there on."""
    low, high = 1e-9, 1.0
    if step(low) <= low:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if step(middle) > middle else (low, middle)
    return high


def threshold_of(degrees: Mapping[int, float]) -> float:
    """Return the passing probability above which outbreaks grow large: <k> / (<k²> - <k>)."""
    mean = sum(k * share for k, share in degrees.items())
    square = sum(k * k * share for k, share in degrees.items())
    return mean / (square - mean)


def mean_outbreak(degrees: Mapping[int, float], passing: float) -> float:
    """Return the mean size of outbreaks from a random seed below the threshold:
    1 + T <k> / (1 - T / threshold)."""
    mean = sum(k * share for k, share in degrees.items())
    return 1 + passing * mean / (1 - passing / threshold_of(degrees))


def poisson_shares(mean: float, most: int = 60) -> dict[int, float]:
    """Return P(degree) of Poisson degrees."""
    return {
        k: math.exp(-mean + (k * math.log(mean) if k else 0.0) - math.lgamma(k + 1))
        for k in range(most)
    }


def followers(share: float, mean: float, seeds: float) -> float:
    """Return the final share of Watts' threshold model on Poisson degrees (Gleeson & Cahalane
    2007): whoever has k friends, m of whom follow, follows if m >= share x k."""
    most = 60
    enough = [math.ceil(share * k - 1e-9) for k in range(most)]
    degrees = poisson_shares(mean, most)

    def response(q: float, lost: int) -> float:
        """Share of people of whose friends (``lost`` of them not counted) enough follow."""
        total = 0.0
        for k, chance in degrees.items():
            weight = chance * (k / mean if lost else 1.0)
            n = k - lost
            if n >= 0 and weight > 1e-14:
                total += weight * _at_least(n, q, max(1, enough[k]))
        return total

    q = seeds
    for _ in range(10_000):
        following = seeds + (1 - seeds) * response(q, 1)
        if abs(following - q) < 1e-11:
            break
        q = following
    return seeds + (1 - seeds) * response(q, 0)


def _at_least(n: int, q: float, least: int) -> float:
    """Return P(at least ``least`` of n), by those who are fewer."""
    return 1 - sum(math.comb(n, m) * q**m * (1 - q) ** (n - m) for m in range(min(least, n + 1)))


def window(share: float) -> tuple[float, float]:
    """Return between which mean degrees (Poisson) a single follower moves many (Watts 2002): where
    the vulnerable, whom one friend is enough for, have more than one vulnerable friend each."""
    vulnerable = math.floor(1 / share + 1e-9)

    def spread(z: float) -> float:
        return sum(k * (k - 1) / z * p for k, p in poisson_shares(z).items() if k <= vulnerable)

    top = max((0.5 + 0.01 * n for n in range(1, 1500)), key=spread)
    return _root(spread, 1e-6, top), _root(spread, 20.0, top)


def _root(spread: Callable[[float], float], outside: float, inside: float) -> float:
    for _ in range(80):
        middle = (outside + inside) / 2
        grows = spread(middle) > 1
        outside, inside = (outside, middle) if grows else (middle, inside)
    return inside


def shares(degrees: Sequence[int]) -> dict[int, float]:
    """Return which share of people has which degree."""
    return {k: sum(d == k for d in degrees) / len(degrees) for k in sorted(set(degrees))}
