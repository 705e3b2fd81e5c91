"""The numbers that a run's summary holds, by dotted name, and their units: known without a run.

``camps.grower.profit`` is what ``summary.json`` holds under ``camps``, the camp's name, ``profit``.
What they mean stands with the columns of ``overview.py``, which say the same without dots. Needs
no numpy, so that a question can be checked before anything is loaded that computes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.engine.columns import TABLES
from sim.study.overview import CAMPS, RUNS

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.study.sweep.metric import Metric

NESTED = {"profit_": "profit_per_merchant.", "spend_": "spend.", "teams_": "teams."}
"""Columns of camps that are parts of one entry in a summary: how they begin here and there."""

OF_MARKET = (
    *("gmv", "orders", "needs", "visits", "exits", "entries", "quits", "search_share"),
    *("platform_hhi", "shop_share", "hhi", "gini", "tail_share", "opted_out", "ledger_gap"),
)
WEEKLY = ("tribe_assortativity", "brand_assortativity", "fatigue")
OF_CASCADES = {
    "count": "cascades",
    "mean_size": "cascade_mean",
    "max_size": "cascade_max",
    **{f"reproduction.{name}": f"reproduction_{name}" for name in ("first", "second", "third")},
    **{c: c for c in ("singletons", "viral_coefficient", "beyond_one_step", "structural_virality")},
}
"""Numbers of cascades in a summary, and their columns of runs."""

_UNITS_OF = {
    name: {column.name: column.unit for column in columns}
    for name, columns in {**TABLES, "runs": RUNS, "camps": CAMPS}.items()
}


def _in_summary(column: str) -> str:
    """Return the name in a summary of what is this column of camps."""
    start = next((start for start in NESTED if column.startswith(start)), "")
    return NESTED.get(start, "") + column.removeprefix(start)


_RUNS, _MARKET, _MEDIA = _UNITS_OF["runs"], _UNITS_OF["market"], _UNITS_OF["media"]
UNITS = {
    **{
        f"camps.*.{_in_summary(column.name)}": column.unit
        for column in CAMPS
        if column.kind != "text" and column.name != "seed"
    },
    **{f"market.{name}": _RUNS[name] for name in OF_MARKET},
    **{f"market.{name}.{end}": _MARKET[name] for name in WEEKLY for end in ("first", "last")},
    **{f"market.price_per_click.*.{name}": "money" for name in ("mean", "first", "last")},
    "market.price_window_days": "days",
    **{f"market.media.*.{name}": _MEDIA[name] for name in ("spend", "contacts", "grp")},
    "market.media.*.cost_per_mille": "money",
    "market.media.*.frequency": "contacts",
    **{f"cascades.{name}": _RUNS[column] for name, column in OF_CASCADES.items()},
}
"""Every number → its unit; ``*`` stands for the names of camps, platforms and media."""


def names_of(scenario: Scenario) -> list[str]:
    """List every number that the summary of a scenario's run holds, as dotted names."""
    stands_for: dict[str, Iterable[str]] = {
        "camps": scenario.merchants,
        "market.price_per_click": scenario.platforms,
        "market.media": scenario.media,
    }
    found = []
    for pattern in UNITS:
        before, star, after = pattern.partition(".*")
        found += [f"{before}.{name}{after}" for name in stands_for[before]] if star else [pattern]
    return found


def unit_of(metric: Metric) -> str:
    """Return the unit of a metric as the tables of columns have it; empty if they do not know."""
    if metric.table:
        return _UNITS_OF[metric.table].get(metric.column, "")
    parts = metric.path.split(".")
    named = 1 if parts[0] == "camps" else 2
    pattern = ".".join([*parts[:named], "*", *parts[named + 1 :]])
    return UNITS.get(metric.path) or UNITS.get(pattern, "")
