"""From a run's tables to the numbers that were asked for (``metric.py`` says how to ask)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.scenario.schema import Scenario
from sim.study.metrics import summarise
from sim.study.sweep.metric import Metric
from sim.study.tables import Array, Table, Tables


def measured(tables: Tables, scenario: Scenario, metrics: Sequence[Metric]) -> dict[str, float]:
    """Return the value of every metric by name; NaN for what does not exist in this run."""
    summaries: dict[tuple[int, int] | None, dict[str, Any]] = {}
    projected = {metric.days for metric in metrics if metric.path.endswith(".projected_value")}
    values: dict[str, float] = {}
    for metric in metrics:
        if metric.days is not None and metric.days[1] > scenario.days:
            values[metric.name] = float("nan")  # this run ended before the window did
        elif metric.path:
            if metric.days not in summaries:
                window = _window(tables, metric.days)
                found = summarise(window, scenario, project=metric.days in projected)
                camps = {camp["name"]: camp for camp in found["camps"]}
                summaries[metric.days] = {**found, "camps": camps}
            values[metric.name] = _at(summaries[metric.days], metric.path)
        else:
            values[metric.name] = _series(_window(tables, metric.days), metric)
    return values


def _window(tables: Tables, days: tuple[int, int] | None) -> Tables:
    """Return the tables as if the run had been these days; the first of them becomes day 0."""
    if days is None:
        return tables
    first, end = days
    cut: dict[str, Table] = {}
    for name, table in tables.items():
        keep = (table["day"] >= first) & (table["day"] < end)
        cut[name] = {column: values[keep] for column, values in table.items()}
        cut[name] = {**cut[name], "day": cut[name]["day"] - first}
    return cut


def _at(summary: Mapping[str, Any], path: str) -> float:
    """Return the number at a dotted path, NaN if it is undefined or not there."""
    value: Any = summary
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return float("nan") if value is None else float(value)


def _series(tables: Tables, metric: Metric) -> float:
    table = tables[metric.table]
    keep = np.ones(len(table["day"]), np.bool_)
    for column, wanted in metric.where:
        keep &= table[column] == wanted
    values, days = table[metric.column][keep].astype(np.float64), table["day"][keep]
    known = np.isfinite(values)
    values, days = values[known], days[known]
    if not len(values):
        return float("nan")
    which, place = np.unique(days, return_inverse=True)
    daily: Array = np.bincount(place, values, len(which))
    if metric.across == "mean":
        daily = daily / np.bincount(place, minlength=len(which))
    if metric.reduce in ("first", "last"):
        return float(daily[0 if metric.reduce == "first" else -1])
    return float(getattr(np, metric.reduce)(daily))
