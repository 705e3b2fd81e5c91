"""What a scenario asks, and the numbers of its run that answer; read here, computed by the study.

question:
  ask: Does the price of traffic only ever rise?
  answers:
    - {name: before entry, metric: market.price_per_click.mall.mean, days: [0, 30]}
    - {name: crowded, metric: market.price_per_click.mall.mean, days: [200, 240]}
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from sim.scenario.units import Record, Whole, WrongPart, setting


class MetricSpec(Record):
    """A number that every trial reports. A bare name stands for ``metric``."""

    name: str | None = setting(
        None, "name", "Column in the results; left out: `metric`.", "the author"
    )
    metric: str | None = setting(None, "name", "Dotted name in a run's summary.", "the author")
    table: str | None = setting(
        None, "name", "Table of the series, instead of `metric`.", "the author"
    )
    column: str | None = setting(None, "name", "Column of the table.", "the author")
    where: dict[str, str] = setting(
        {}, "mapping", "Rows to take, e.g. {platform: mall}.", "the author"
    )
    across: Literal["sum", "mean"] = setting(
        "sum", "name", "How the rows of one day become one number.", "the author"
    )
    reduce: Literal["mean", "sum", "first", "last", "max", "min"] = setting(
        "mean", "name", "How the days become one number.", "the author"
    )
    days: list[Whole] | None = setting(
        None,
        "days",
        "The first day and the day after the last; left out: the whole run.",
        "the author",
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"metric": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_way(self) -> MetricSpec:
        if (self.metric is None) == (self.table is None):
            raise ValueError("needs either metric, or table and column")
        if (self.table is None) != (self.column is None):
            raise ValueError("needs table and column together")
        if self.table is not None and self.name is None:
            raise ValueError("needs a name for its column in the results")
        if self.days is not None and len(self.days) != 2:
            raise WrongPart("days", "needs two numbers, the first day and the day after the last")
        return self


class Answer(MetricSpec):
    """A number of the run, labelled; the keys are those of a sweep's metric."""

    name: str = setting(..., "text", "Label in the report.", "the author", min_length=1)
    unit: str = setting(
        "", "text", "What follows the number; left out: what its measure has.", "the author"
    )

    @model_validator(mode="after")
    def _window(self) -> Answer:
        if self.days is not None and not 0 <= self.days[0] < self.days[1]:
            raise WrongPart("days", "needs the first day, from 0 on, and a later one that ends it")
        return self


class Question(Record):
    """What the scenario is there to answer, and the numbers that answer it."""

    ask: str = setting(..., "text", "The question, in one sentence.", "the author", min_length=1)
    answers: list[Answer] = setting(
        ..., "list", "Numbers of the run that answer it, in order.", "the author"
    )

    @model_validator(mode="after")
    def _can_be_answered(self) -> Question:
        if not self.answers:
            raise WrongPart("answers", "is empty, nothing would be answered")
        names = [answer.name for answer in self.answers]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise WrongPart("answers", f"has the name {twice!r} twice")
        return self
