"""A comparison as one JSON document: what the page shows, for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sim.study.compare.conduct import Comparison
from sim.study.metrics import tidy


def as_json(found: Comparison) -> dict[str, Any]:
    """Return plain values: the outcome of every arm, and of every pair the difference.

    Money is in smallest units; what is not defined is None. ``ahead`` is 1, -1 or 0 (cannot tell),
    see ``Paired``.
    """
    spec, outcomes = found.asked.spec, found.outcomes
    arms = [
        {
            "metric": metric,
            "variant": variant,
            "arm": arm,
            "mean": outcomes.mean(metric, variant, arm),
            "interval": list(outcomes.interval(metric, variant, arm)),
            "by_seed": outcomes.of(metric, variant, arm).tolist(),
        }
        for metric in _metrics(found)
        for variant in outcomes.variants
        for arm in outcomes.arms
    ]
    pairs = [
        {"metric": metric, **pair._asdict(), **asdict(one), "ahead": one.ahead}
        for metric in _metrics(found)
        for pair, one in outcomes.pairs(metric).items()
    ]
    document: dict[str, Any] = tidy(
        {
            "name": spec.name,
            "focus": spec.focus,
            "decided_by": spec.metric,
            "seeds": list(outcomes.seeds),
            "failed": dict(found.failed),
            "short_of_precision": [pair._asdict() for pair in found.short],
            "arms": arms,
            "pairs": pairs,
        }
    )
    return document


def _metrics(found: Comparison) -> list[str]:
    spec = found.asked.spec
    return [spec.metric, *(name for name in spec.metrics if name != spec.metric)]
