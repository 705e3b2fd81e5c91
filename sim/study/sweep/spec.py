"""What a sweep file may say: one frozen record, named as people know it from W&B and BehaviorSpace.

name: fees
base: ../../scenarios/quickstart.yaml
method: grid
parameters:
  platforms.mall.fee: {values: [2%, 5%, 10%]}
  merchants.grower.count: {first: 1, step: 1, last: 3}
repetitions: 5
metrics:
  - camps.grower.profit
  - {name: late_price, metric: market.price_per_click.mall.last, days: [60, 120]}
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import model_validator

from sim.scenario.distribution import Distribution
from sim.scenario.question import MetricSpec
from sim.scenario.schema import Name
from sim.scenario.units import Record, Whole, Written, WrongPart, setting

METHODS = ("grid", "list", "random", "lhs", "sobol", "morris")
SAMPLED = ("random", "lhs", "sobol", "morris")
"""Methods that take ``samples`` points between bounds; the others take what is written."""

Bound = Annotated[Any, Written("a number, written as in the scenario")]
Seeds = Annotated[
    list[Whole], Written("a list of numbers such as [1, 2, 3], or repetitions: 3 in its place")
]
_OWN = "unit of the setting"


class Parameter(Record):
    """The values of one setting: ``values``, ``first, step, last``, ``min, max`` or a distribution.

    A bare list stands for ``values``.
    """

    values: list[Any] | None = setting(None, _OWN, "The values, as in the scenario.", "the author")
    first: Bound = setting(None, _OWN, "First value of a row of numbers.", "the author")
    step: Bound = setting(None, _OWN, "From one number of the row to the next.", "the author")
    last: Bound = setting(None, _OWN, "Last value that the row may reach.", "the author")
    min: Bound = setting(None, _OWN, "Smallest value.", "the author")
    max: Bound = setting(None, _OWN, "Largest value.", "the author")
    steps: Whole | None = setting(
        None, "values", "With `min` and `max` in a grid or list: how many values.", "the author",
        ge=2, le=10_000,
    )  # fmt: skip
    scale: Literal["linear", "log"] = setting(
        "linear", "name", "With `min` and `max`: equal steps, or equal ratios.", "the author"
    )
    distribution: Distribution | None = setting(
        None, "record", "Values drawn from a distribution.", "the author"
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_list(cls, value: Any) -> Any:
        return {"values": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _one_way(self) -> Parameter:
        row = [part is not None for part in (self.first, self.step, self.last)]
        span = [part is not None for part in (self.min, self.max)]
        ways = (self.values is not None, any(row), any(span), self.distribution is not None)
        if sum(ways) != 1:
            raise ValueError("needs one of values; first, step, last; min, max; distribution")
        if any(row) and not all(row):
            raise ValueError("a row of numbers needs first, step and last")
        if any(span) and not all(span):
            raise ValueError("a range needs min and max")
        if self.values == []:
            raise WrongPart("values", "is empty, nothing would be run")
        if self.steps is not None and not all(span):
            raise WrongPart("steps", "goes with min and max")
        if self.scale == "log" and not all(span):
            raise WrongPart("scale", "goes with min and max")
        return self


class SweepSpec(Record):
    """A scenario, what to vary in it and how, how often, and what to note down."""

    name: Name = setting(..., "name", "Name of the sweep; names its folder.", "the author")
    description: str = setting("", "text", "What is asked.", "the author")
    base: str = setting(..., "path", "Scenario file, relative to this file.", "the author")
    set: dict[str, Any] = setting(
        {}, "mapping", "Dotted path to value: changes for all trials.", "the author"
    )
    method: Literal["grid", "list", "random", "lhs", "sobol", "morris"] = setting(
        "grid",
        "name",
        "`grid`: every combination; `list`: the first values together, the second together, …;"
        " `random`, `lhs` (Latin hypercube): `samples` points; `sobol` (Saltelli's design):"
        " `samples` × (parameters + 2) points; `morris`: `samples` × (parameters + 1) points.",
        "the author",
    )
    parameters: dict[str, Parameter] = setting(
        ..., "mapping", "Dotted path in the scenario to its values.", "the author"
    )
    samples: Whole | None = setting(
        None, "points", "Points or trajectories of a sampling method.", "the author",
        ge=1, le=1_000_000,
    )  # fmt: skip
    levels: Whole = setting(
        4, "levels", "Grid levels of `morris`.", "Morris 1991", ge=2, le=100, multiple_of=2
    )
    draw: Whole = setting(
        1, "number", "Seed of the design of a sampling method.", "the author", ge=0, le=2**32 - 1
    )
    repetitions: Whole | None = setting(
        None, "runs", "Runs of every point, with the scenario's seed and those that follow it.",
        "the author", ge=1, le=1_000_000,
    )  # fmt: skip
    seeds: Seeds | None = setting(
        None, "numbers", "Seeds of every point, instead of `repetitions`.", "the author"
    )
    metrics: list[MetricSpec] = setting(
        ..., "list", "Numbers to note down of every trial.", "the author"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> SweepSpec:
        if not self.parameters:
            raise WrongPart("parameters", "is empty, nothing would be varied")
        if not self.metrics:
            raise WrongPart("metrics", "is empty, nothing would be noted down")
        if self.seeds is not None and self.repetitions is not None:
            raise WrongPart("seeds", "goes instead of repetitions, not with it")
        if self.seeds is not None and (not self.seeds or min(self.seeds) < 0):
            raise WrongPart("seeds", "needs at least one number, none of them negative")
        if self.seeds is not None and len(set(self.seeds)) < len(self.seeds):
            raise WrongPart("seeds", "has a number twice")
        if self.method in SAMPLED and self.samples is None:
            raise WrongPart("method", f"{self.method} needs samples")
        if self.method not in SAMPLED and self.samples is not None:
            raise WrongPart("samples", f"goes with {', '.join(SAMPLED)}, not with {self.method}")
        return self
