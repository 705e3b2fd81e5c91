"""A scenario's question: checked before the run, answered from the run's tables, put into words.

Answers are found the way a sweep finds its metrics (``sweep/metric.py``, ``sweep/measured.py``);
one run answers with one luck, so whoever shows them says so (``CAVEAT``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError, ScenarioErrors, Where
from sim.scenario.checked import Loaded
from sim.scenario.question import Answer
from sim.scenario.schema import Scenario
from sim.study import words
from sim.study.numbers import unit_of
from sim.study.sweep.metric import Metric, parse_metric

if TYPE_CHECKING:
    from sim.study.tables import Tables

CAVEAT = (
    "One run with one seed is an anecdote: with other luck the answer may be another. A sweep takes"
    " the same metrics over many seeds (sim sweep, repetitions)."
)
UNSAID = ("-1..1", "day", "seed", "ratio")
"""Units of columns that say nothing behind a number."""


def understand(loaded: Loaded) -> tuple[Metric, ...]:
    """Return the numbers that a scenario's question asks for; none if it asks nothing.

    A window may end after the run, because ``--days`` cuts runs short: there is no answer then.

    Raises:
        ScenarioError: a run of it will have no such number, ``ScenarioErrors`` if several.
    """
    asked, found, problems = loaded.scenario.question, [], []
    for number, answer in enumerate(asked.answers if asked else ()):
        try:
            found.append(_metric(answer, loaded.scenario, _places(loaded, number)))
        except ScenarioError as error:
            problems += error.errors
    if problems:
        raise problems[0] if len(problems) == 1 else ScenarioErrors(problems)
    return tuple(found)


def answered(tables: Tables, scenario: Scenario) -> dict[str, Any] | None:
    """Return question and answers for ``summary.json``; None if nothing is asked.

    Money is in smallest units; what is undefined in this run is None.
    """
    from sim.study.metrics import tidy  # here, because a question is checked without numpy
    from sim.study.sweep.measured import measured

    asked = scenario.question
    if asked is None:
        return None
    metrics = [_metric(answer, scenario) for answer in asked.answers]
    values = measured(tables, scenario, metrics)
    answers = [
        {
            "name": metric.name,
            "value": values[metric.name],
            "unit": unit_of(metric),
            "said": answer.unit,
            "metric": metric.path or f"{metric.table}.{metric.column}",
            "where": dict(metric.where),
            "days": metric.days,
        }
        for answer, metric in zip(asked.answers, metrics, strict=True)
    ]
    found: dict[str, Any] = tidy({"ask": asked.ask, "answers": answers})
    return found


def number_and_unit(answer: Mapping[str, Any], currency: str) -> tuple[str, str]:
    """Return an answer as a reader wants it: ``("0.93", "yuan")``, ``("12", "%")``."""
    value, unit, said = answer["value"], str(answer["unit"]), str(answer["said"])
    factor, word = words.in_unit(unit, words.spoken(currency))
    if words.absent(value):
        return words.NONE, ""
    if unit.startswith("money"):
        text, word = words.amount(value, currency), unit.replace("money", words.spoken(currency))
    elif factor != 1:
        text = words.share(value).removesuffix(" %")
    else:
        text = words.number(value, _digits(float(value)))
    return text, said or ("" if word in UNSAID else word)


def days_in_words(answer: Mapping[str, Any]) -> str:
    """Return the window of an answer, as in ``days 0 to 29``; empty if it is the whole run."""
    if answer["days"] is None:
        return ""
    first, end = answer["days"]
    return f"day {first}" if end == first + 1 else f"days {first} to {end - 1}"


def _digits(value: float) -> int:
    if value == int(value) or abs(value) >= 100:
        return 0
    return 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4


def _places(loaded: Loaded, number: int) -> Callable[[str], Where]:
    base = f"question.answers.{number}"
    return lambda key: loaded.place(f"{base}.{key}" if key else base)


def _metric(answer: Answer, scenario: Scenario, at: Callable[[str], Where] | None = None) -> Metric:
    longer = max(scenario.days, answer.days[1] if answer.days else 0)
    written = answer.model_dump(exclude={"unit"}, exclude_none=True)
    return parse_metric(written, scenario.model_copy(update={"days": longer}), at)
