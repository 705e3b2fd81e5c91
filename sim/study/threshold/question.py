"""What is asked of a tipping point, understood and checked before anything is run."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import ScenarioError, Where
from sim.scenario.checked import Loaded
from sim.scenario.resolved import resolved
from sim.scenario.shape import limits
from sim.scenario.units import parse_money, parse_rate
from sim.scenario.vary import fitted, number_at, shape_at
from sim.study.numbers import unit_of
from sim.study.sweep.metric import Metric, parse_metric
from sim.study.sweep.trial import make_trial

HUNDREDTH = 0.01
"""Tolerance as a share of the range, if none is given."""

_NUMBER = re.compile(r"[-+]?(\d[\d_,]*)?(\.\d+)?([eE][-+]?\d+)?\s*(%|[A-Z]{3})?")


@dataclass(frozen=True)
class Question:
    """At which value of ``path`` does ``metric`` cross ``level``?

    level: a number in the metric's unit, or another metric that it is held against. low, high: the
    range, in main units for money. tolerance: how closely the crossing is located, likewise.
    seeds: the same for every value.
    """

    base: Loaded
    path: str
    metric: Metric
    level: float | Metric
    low: float
    high: float
    tolerance: float
    seeds: tuple[int, ...]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What every trial reports."""
        rival = [self.level] if isinstance(self.level, Metric) else []
        return (self.metric, *rival)

    @property
    def shown(self) -> tuple[float, str]:
        """What to multiply the parameter by for a reader, and its unit then: shares in percent."""
        shape = shape_at(self.base.tree, self.path)
        unit = shape.unit if shape else ""
        if unit.startswith("share") or unit == "0..1":
            return 100.0, "%" + unit.removeprefix("share").removeprefix("0..1")
        return 1.0, re.sub(r"^money", self.base.scenario.currency, unit)

    @property
    def whole(self) -> bool:
        """Whether the parameter is a whole number."""
        return isinstance(self.fitted(self.low), int)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that decides which runs are made, but for the tolerance."""
        asked = [self.base.digest, self.path, self.low, self.high, self.seeds]
        metrics = [metric.as_dict() for metric in self.metrics]
        return hashlib.sha256(json.dumps([asked, metrics]).encode()).hexdigest()

    def fitted(self, value: float) -> float:
        """Return the nearest value that the parameter may take, of ten digits at most."""
        nearest = fitted(self.base, self.path, value)
        return nearest if isinstance(nearest, int) else float(f"{nearest:.10g}")


def understand(
    base: Loaded,
    *,
    vary: str,
    metric: str,
    level: str,
    low: str | None = None,
    high: str | None = None,
    seeds: int = 10,
    tolerance: str | None = None,
) -> Question:
    """Check a question as it was asked on the command line.

    Args:
        base: the scenario.
        vary: dotted path of the parameter.
        metric: name of a number in a run's summary.
        level: a number in the metric's unit, an amount (``500 CNY``), a share (``5%``), or the name
            of another metric.
        low: left end of the range; left out with ``high``: the least and the greatest value that is
            allowed, or else half of the present value to twice of it.
        high: right end.
        seeds: how many runs at every value, with the scenario's seed and those that follow.
        tolerance: how closely the crossing is located; left out: a hundredth of the range.

    Raises:
        ScenarioError: something does not exist or is not allowed; says what there is instead.
    """
    if seeds < 1:
        raise ScenarioError(Where("--seeds"), f"got {seeds}", "needs at least 1")
    found = parse_metric(metric, base.scenario, Where("--metric"))
    against = _level(base, found, level)
    if (low is None) != (high is None):
        lacking = "--high" if high is None else "--low"
        raise ScenarioError(Where(lacking), "missing", "give --low and --high, or neither")
    first = base.scenario.seed
    question = Question(
        base, vary, found, against, 0.0, 0.0, 0.0, tuple(range(first, first + seeds))
    )
    if low is None or high is None:
        ends = _default_range(base, vary)
    else:
        ends = (
            number_at(base, vary, _plain(low), Where("--low")),
            number_at(base, vary, _plain(high), Where("--high")),
        )
    for name, end in zip(("--low", "--high"), ends, strict=True):
        make_trial(base, {vary: question.fitted(end)}, first, places={vary: Where(name)})
    question = replace(question, low=question.fitted(ends[0]), high=question.fitted(ends[1]))
    if not question.low < question.high:
        problem = f"{question.high:g} is not above {question.low:g}"
        raise ScenarioError(Where("--high"), problem, "give a range with --low and --high")
    wide = question.high - question.low
    asked = HUNDREDTH * wide
    if tolerance is not None:
        asked = number_at(base, vary, _plain(tolerance), Where("--tolerance"))
        if not 0 < asked <= wide:
            raise ScenarioError(Where("--tolerance"), f"got {tolerance}", f"at most {wide:g}")
    return replace(question, tolerance=asked)


def _plain(text: str) -> Any:
    """Return a number where the text is one, so that it is in the parameter's main unit."""
    try:
        return float(text)
    except ValueError:
        return text


def _level(base: Loaded, metric: Metric, text: str) -> float | Metric:
    """Return a level as a number in the metric's unit, or the metric that it names."""
    text = text.strip()
    if not text or not _NUMBER.fullmatch(text) or text == metric.name:
        rival = parse_metric(text, base.scenario, Where("--level"))
        if rival == metric:
            raise ScenarioError(Where("--level"), f"{text!r} is the metric itself")
        if unit_of(rival) != unit_of(metric):
            problem = f"{rival.name} is in {unit_of(rival) or 'no unit'}"
            allowed = f"{metric.name} is in {unit_of(metric) or 'no unit'}"
            raise ScenarioError(Where("--level"), problem, allowed)
        return rival
    try:
        if text.endswith("%"):
            return parse_rate(text)
        if text[-3:].isalpha():
            if not unit_of(metric).startswith("money"):
                raise ValueError(f"{metric.name} is not an amount of money")
            return float(parse_money(text, base.scenario.currency))
        return float(text.replace(",", "").replace("_", ""))
    except ValueError as error:
        raise ScenarioError(Where("--level"), str(error)) from None


def _default_range(base: Loaded, path: str) -> tuple[float, float]:
    """Return the allowed range if it has two ends, else half to twice the present value."""
    first = base.scenario.seed
    shape = shape_at(base.tree, path)
    known = limits(shape) if shape is not None else {}
    money = shape is not None and shape.unit.startswith("money")
    if "ge" in known and "le" in known and not money:
        return float(known["ge"]), float(known["le"])
    value: Any = resolved(base.scenario, base.scenario.currency)
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    if value is None or isinstance(value, (dict, list, bool)):
        make_trial(base, {path: 1}, first, places={path: Where("--vary")})  # a typo is told here
        raise ScenarioError(Where("--low"), "missing", "give the range with --low and --high")
    now = number_at(base, path, value, Where("--vary"))
    if now <= 0:
        problem = f"missing, and {path} is {value} now"
        raise ScenarioError(Where("--low"), problem, "give the range with --low and --high")
    return now / 2, 2 * now
