"""What a comparison found: one number per metric, variant, arm and seed, and every pair of arms.

Letters: V variants, A arms, S seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from sim.study.compare.paired import Paired, adjusted, interval, paired
from sim.study.tables import Array


class Pair(NamedTuple):
    """Which arms of which variant are compared: ``a`` less ``b``."""

    variant: str
    a: str
    b: str


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of a benchmark.

    arms, variants: names in the order of the file. seeds: in order. values: metric → (V, A, S),
    NaN where a trial failed or the metric does not exist.
    """

    arms: tuple[str, ...]
    variants: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Mapping[str, Array]

    def of(self, metric: str, variant: str, arm: str) -> Array:
        """Return the outcomes of an arm by seed."""
        found: Array = self.values[metric][self.variants.index(variant), self.arms.index(arm)]
        return found

    def mean(self, metric: str, variant: str, arm: str) -> float:
        """Return the mean over the seeds that have an outcome; NaN if none has."""
        known = self.of(metric, variant, arm)
        known = known[np.isfinite(known)]
        return float(known.mean()) if len(known) else float("nan")

    def interval(self, metric: str, variant: str, arm: str) -> tuple[float, float]:
        """Return the BCa interval of that mean."""
        return interval(self.of(metric, variant, arm))

    @cached_property
    def _pairs(self) -> dict[str, dict[Pair, Paired]]:
        return {}

    def pairs(self, metric: str) -> Mapping[Pair, Paired]:
        """Return every pair of arms in every variant; Holm's correction runs over all of them."""
        if metric not in self._pairs:
            keys = [
                Pair(variant, a, b)
                for variant in self.variants
                for a, b in combinations(self.arms, 2)
            ]
            found = adjusted(
                [paired(self.of(metric, v, a), self.of(metric, v, b)) for v, a, b in keys]
            )
            self._pairs[metric] = dict(zip(keys, found, strict=True))
        return self._pairs[metric]

    def between(self, metric: str, variant: str, a: str, b: str) -> Paired:
        """Return ``a`` less ``b``, whichever way round the pair is kept."""
        known = self.pairs(metric)
        pair = Pair(variant, a, b)
        return known[pair] if pair in known else known[Pair(variant, b, a)].turned()

    def ranked(self, metric: str, variant: str) -> list[str]:
        """Return the arms, the highest mean first; those without any outcome last."""
        return sorted(
            self.arms,
            key=lambda arm: -np.nan_to_num(self.mean(metric, variant, arm), nan=-np.inf),
        )

    def alone(self, variant: str) -> Outcomes:
        """Return the outcomes of one variant; corrections then run over it alone."""
        row = self.variants.index(variant)
        values = {name: found[row : row + 1] for name, found in self.values.items()}
        return Outcomes(self.arms, (variant,), self.seeds, values)
