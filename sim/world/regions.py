"""Where people live, and how foreign the regions are to each other.

People are numbered region by region and tribe by tribe, so a *segment* (what a platform can tell of
a person) is ``region x tribes + tribe``. Distance 0 is no distance; at 1 nothing gets across.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.scenario.regions import Regions as RegionsSpec


class Regions(NamedTuple):
    """Who lives where.

    Attributes:
        home: int16[N], each person's region; empty where there is only one.
        distance: float64[R, R], cultural distance in [0, 1], symmetric, 0 on the diagonal.
    """

    home: np.ndarray
    distance: np.ndarray


def one_region() -> Regions:
    """Return the world of a single region, in which nothing is far."""
    return Regions(np.zeros(0, np.int16), np.zeros((1, 1)))


def region_shares(spec: RegionsSpec) -> np.ndarray:
    """Return float64[R] of shares of people that sum to 1."""
    sizes = np.ones(spec.count) if spec.sizes is None else np.array(spec.sizes, np.float64)
    return np.asarray(sizes / sizes.sum())


def distances(spec: RegionsSpec) -> np.ndarray:
    """Return float64[R, R]."""
    if spec.distances is not None:
        return np.array(spec.distances, np.float64)
    return np.full((spec.count, spec.count), float(spec.distance)) * (1.0 - np.eye(spec.count))


def settle(spec: RegionsSpec, segment: np.ndarray, tribes: int) -> Regions:
    """Return the regions of people whose ``segment`` int[N] is region x ``tribes`` + tribe."""
    if spec.count == 1:
        return one_region()
    return Regions((segment // tribes).astype(np.int16), distances(spec))
