"""What a trial reports: numbers of a run's summary, or of its series, over a window of days.

``camps.grower.profit`` is what ``summary.json`` holds under ``camps``, the camp's name, ``profit``;
``market.price_per_click.mall.last`` likewise. A window ``days: [a, b]`` cuts the run to the days
a, a + 1, … b − 1 before anything is computed: flows are summed over the window, levels are those of
its last day. Series give what a summary has no name for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sim.engine.columns import TABLES
from sim.errors import ScenarioError, Where, did_you_mean
from sim.scenario.schema import Scenario
from sim.study.numbers import names_of

REDUCE = ("mean", "sum", "first", "last", "max", "min")
ACROSS = ("sum", "mean")
CHOOSE = ("merchant", "camp", "strategy", "platform")
FROM_THE_FIRST_DAY = (
    "net_cac",
    "payback_days",
    "gross_cac_first_quarter",
    "retention_month_1",
    "retention_month_3",
    "retention_month_6",
    "lifetime_value",
    "projected_value",
    "customer_payback",
)
"""Measures that know what came before a day; a window that starts later would falsify them."""

_SHOWN = 8

At = Callable[[str], Where]
"""From a key of a metric as it was written (``column``) to the place of its value."""


@dataclass(frozen=True)
class Metric:
    """One number of a run.

    Either ``path`` (dotted, into the summary) or ``table`` and ``column`` (of the series): rows
    that fit ``where`` are brought together day by day (``across``) and then over days (``reduce``).
    ``days`` is the window: first day, and the day after the last; None is the whole run.
    """

    name: str
    path: str = ""
    table: str = ""
    column: str = ""
    where: tuple[tuple[str, str], ...] = ()
    across: str = "sum"
    reduce: str = "mean"
    days: tuple[int, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def parse_metric(
    written: str | Mapping[str, Any], scenario: Scenario, where: Where | At | None = None
) -> Metric:
    """Return the metric that was asked for, checked against a scenario.

    Args:
        written: a name of the summary (``"camps.grower.profit"``), or a mapping with ``metric``
            (such a name) or ``table`` and ``column`` (``where``, ``across``, ``reduce``), and with
            ``name`` (of the column in the results) and ``days``.
        scenario: whose camps, platforms and length count.
        where: the place of it, for errors; or of each of its keys.

    Raises:
        ScenarioError: there is no such number; says which there are.
    """
    at: At = where if callable(where) else lambda key: where or Where("<metric>")
    given: dict[str, Any] = {"metric": written} if isinstance(written, str) else dict(written)
    days = given.get("days")
    metric = Metric(
        name=str(given.get("name") or given.get("metric") or ""),
        path=str(given.get("metric") or ""),
        table=str(given.get("table") or ""),
        column=str(given.get("column") or ""),
        where=tuple(sorted((given.get("where") or {}).items())),
        across=str(given.get("across") or "sum"),
        reduce=str(given.get("reduce") or "mean"),
        days=None if days is None else (int(days[0]), int(days[1])),
    )
    if bool(metric.path) == bool(metric.table):
        raise ScenarioError(at(""), "needs either metric or table and column")
    if not metric.path and not metric.name:
        raise ScenarioError(at(""), "needs a name for its column in the results")
    if metric.path:
        _check_path(metric, scenario, at("metric"))
    else:
        _check_series(metric, scenario, at)
    _check_days(metric, scenario, at("days"))
    return metric


def _check_path(metric: Metric, scenario: Scenario, place: Where) -> None:
    known = names_of(scenario)
    if metric.path not in known:
        near = did_you_mean(metric.path, known)
        parts, beside = metric.path.split("."), list[str]()
        while not beside:  # what stands beside it, or else a level higher
            parts = parts[:-1]
            beside = [name for name in known if name.split(".")[: len(parts)] == parts]
        shown = ", ".join(beside[:_SHOWN]) + (", …" if len(beside) > _SHOWN else "")
        raise ScenarioError(
            place, f"a run's summary has no number {metric.path!r}", f"it has {shown}", near
        )


def _check_series(metric: Metric, scenario: Scenario, at: At) -> None:
    _one_of(metric.table, list(TABLES), "table", at("table"))
    columns = {column.name: column for column in TABLES[metric.table]}
    numbers = [c.name for c in columns.values() if c.kind != "text" and c.name != "day"]
    _one_of(metric.column, numbers, f"column of {metric.table}", at("column"))
    _one_of(metric.across, ACROSS, "across", at("across"))
    _one_of(metric.reduce, REDUCE, "reduce", at("reduce"))
    choose = [name for name in CHOOSE if name in columns]
    camps = {"camp": list(scenario.merchants), "platform": list(scenario.platforms)}
    for name, value in metric.where:
        _one_of(name, choose, f"column to choose rows of {metric.table} by", at("where"))
        if name in camps:
            _one_of(value, camps[name], name, at(f"where.{name}"))


def _one_of(got: str, allowed: Sequence[str], what: str, place: Where) -> None:
    if got not in allowed:
        listed = f"there are {', '.join(allowed)}" if allowed else "there is none"
        raise ScenarioError(
            place, f"there is no {what} {got!r}", listed, did_you_mean(got, allowed)
        )


def _check_days(metric: Metric, scenario: Scenario, place: Where) -> None:
    if metric.days is None:
        return
    first, end = metric.days
    if not 0 <= first < end <= scenario.days:
        raise ScenarioError(
            place,
            f"days [{first}, {end}] is no window of this run",
            f"write the first day and the day after the last, from 0 to {scenario.days}",
        )
    if first and metric.path.rpartition(".")[2] in FROM_THE_FIRST_DAY:
        raise ScenarioError(
            place,
            f"{metric.path!r} is defined from the first day on",
            f"its window must start at 0: days [0, {end}]",
        )
