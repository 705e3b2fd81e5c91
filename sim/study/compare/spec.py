"""What a BENCHMARK.yaml asks: one market, arms that differ in one camp's strategy, variants, seeds.

Read by the scenario loader's YAML machinery, so whatever is wrong is told with line and column.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, model_validator

from sim.errors import ScenarioError, ScenarioErrors, Where, did_you_mean
from sim.scenario.checked import Loaded
from sim.scenario.load import finish, load, parse
from sim.scenario.problems import found, place_of
from sim.scenario.schema import Name
from sim.scenario.shape import listed, shape_of
from sim.scenario.sources import extend, read_text
from sim.scenario.tree import Node, plain
from sim.scenario.units import (
    Record,
    Whole,
    WholeDays,
    Written,
    WrongPart,
    parse_days,
    parse_rate,
    setting,
)
from sim.study.compare.precision import Precision

AS_IT_IS = "as it is"
"""Name of the variant that changes nothing."""

MAIN = "return_on_capital"


def _arms(value: Any) -> Any:
    """Turn a list of kinds into a mapping, and a kind alone into an arm of that kind."""
    if isinstance(value, list) and all(isinstance(kind, str) for kind in value):
        value = {kind: kind for kind in value}
    if isinstance(value, dict):
        value = {name: {"strategy": v} if isinstance(v, str) else v for name, v in value.items()}
    return value


def _seeds(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 2:
            raise ValueError(f"{value} seeds cannot be compared, at least 2 are needed")
        return list(range(1, value + 1))
    if isinstance(value, list) and len(set(map(str, value))) < len(value):
        raise ValueError("a seed is written twice")
    return value


def precision_of(value: Any) -> Precision | None:
    """Turn ``5%`` (of the larger arm's mean) or ``0.02`` (in the metric's unit) into a precision.

    Raises:
        ValueError: it is neither, or not above 0.
    """
    if value is None or isinstance(value, Precision):
        return value
    text = str(value).strip()
    relative = text.endswith("%")
    try:
        number = float(text.removesuffix("%")) / (100 if relative else 1)
    except ValueError:
        number = 0.0
    if isinstance(value, bool) or not 0 < number < float("inf"):
        raise ValueError(f"{text!r} is no precision, write for example 5% or 0.02")
    return Precision(number, relative)


class Axis(Record):
    """One side of a break-even map."""

    path: str = setting(..., "path", "Dotted path into the scenario.", "the author")
    values: list[Any] = setting(
        ..., "list", "Values, rising; the first is the lowest.", "the author", min_length=2
    )
    title: str = setting("", "text", "What it is, with its unit, for the picture.", "the author")

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values as numbers: ``30%`` is 0.3, ``0.30 CNY`` 0.3 (main units), ``7d`` 7."""
        return tuple(_number(value) for value in self.values)

    @model_validator(mode="after")
    def _rises(self) -> Axis:
        numbers = self.numbers
        if any(b <= a for a, b in pairwise(numbers)):
            raise WrongPart("values", "must rise from the first to the last")
        return self


def _number(value: Any) -> float:
    text = str(value).strip()
    number, _, _ = text.partition(" ")
    for parse_as, given in ((parse_rate, text), (parse_days, text), (parse_rate, number)):
        try:
            return parse_as(given)
        except ValueError:
            continue
    raise WrongPart("values", f"{text!r} is not a number")


class BreakEven(Record):
    """Where one arm overtakes another, over two settings of the market."""

    price: Axis = setting(..., "record", "What makes traffic dear.", "the author")
    capability: Axis = setting(..., "record", "What makes the first arm better.", "the author")
    arms: list[str] = setting(
        ..., "list", "Two arms: the first less the second is mapped.", "the author",
        min_length=2, max_length=2,
    )  # fmt: skip


class Contest(Record):
    """A tournament: every division of so many merchants among the arms."""

    # Of two merchants there are no more mixes than a payoff matrix has numbers: any would fit.
    merchants: Whole = setting(4, "merchants", "How many fill the market.", ge=3, le=24)
    arms: list[str] = setting(
        [], "list", "Which of the arms; left out: all. Mixes are many where arms are.", "the author"
    )


Arms = Annotated[
    dict[Name, dict[str, Any]],
    BeforeValidator(_arms),
    Written("names of strategies, or a mapping of arms"),
]
Seeds = Annotated[
    list[Whole],
    BeforeValidator(_seeds),
    Written("a number of seeds, at least 2, or a list of them"),
]


Base = Annotated[Any, Written("the name of a scenario's file, or a scenario")]
Wanted = Annotated[Any, Written("a share of the mean such as 5%, or a number")]


class Benchmark(Record):
    """A comparison: arms × variants × seeds of one scenario."""

    name: Name = setting(..., "name", "Name of the benchmark.", "the author")
    question: str = setting("", "text", "What it is about, for the page.", "the author")
    base: Base = setting(
        ..., "path or mapping", "The scenario: a file, or a scenario written here.", "the author"
    )
    focus: Name = setting(..., "name", "The camp whose strategy is exchanged.", "the author")
    arms: Arms = setting(
        ...,
        "mapping",
        "Name to a kind of strategy, or to changes: `strategy: KIND` and dotted paths. Settings"
        " that two kinds share are taken over from the scenario.",
        "the author",
    )
    variants: dict[str, dict[str, Any]] = setting(
        {AS_IT_IS: {}}, "mapping", "Name to changes of the market.", "the author"
    )
    seeds: Seeds = setting(list(range(1, 21)), "seeds", "How many, or which.")
    metric: str = setting(MAIN, "name", "What decides: a number of the focus camp, or of the run.")
    metrics: list[str] = setting(
        [MAIN, "gross_cac", "customer_value", "new_customers", "repurchase", "owned_share"],
        "list",
        "What else is told.",
    )
    precision: Wanted = setting(
        None, "share or number", "Seeds are added until intervals are so narrow.", "the author"
    )
    most_seeds: Whole = setting(200, "seeds", "Where adding seeds ends.", ge=2, le=100_000)
    curve: WholeDays = setting(
        30, "days", "Distance of the days at which profit so far is taken; 0 takes none.", ge=0
    )
    map: BreakEven | None = setting(None, "record", "A break-even map.", "the author")
    tournament: Contest | None = setting(None, "record", "A tournament.", "the author")

    @property
    def contestants(self) -> list[str]:
        """The arms of the tournament, if there is one."""
        return (self.tournament.arms if self.tournament else []) or list(self.arms)


@dataclass(frozen=True)
class Asked:
    """A benchmark that was understood, its scenario, and where everything was written."""

    spec: Benchmark
    base: Loaded
    file: str
    tree: Node = field(repr=False)

    @property
    def precision(self) -> Precision | None:
        """The half-width asked for, if any."""
        return precision_of(self.spec.precision)

    def place(self, *path: str | int, at_key: bool = False) -> Where:
        """Return where a setting of the benchmark was written."""
        return place_of(self.tree, path, at_key)


def read_benchmark(path: str | os.PathLike[str]) -> Asked:
    """Read and check a benchmark.

    Raises:
        ScenarioError: for anything that is wrong, ``ScenarioErrors`` if it is more than one thing.
    """
    file = os.fspath(path)
    return benchmark_of(parse(read_text(file), file), file, Path(file).parent)


def benchmark_of(tree: Node, file: str, folder: Path, sets: Sequence[str] = ()) -> Asked:
    """Check a benchmark that was read, or put together from options. See ``read_benchmark``.

    ``sets`` are ``dotted.path=value`` each, and change its scenario.
    """
    try:
        spec = Benchmark.model_validate(plain(tree))
    except ValidationError as error:
        raise ScenarioErrors(
            [
                item.at(place_of(tree, item.path, item.at_key))
                for item in found(error, tree, "", shape_of(Benchmark))
            ]
        ) from None
    asked = Asked(spec, _base(tree, folder, sets), file, tree)
    problems = list(_across(asked))
    if problems:
        raise ScenarioErrors(problems)
    return asked


def _base(tree: Node, folder: Path, sets: Sequence[str]) -> Loaded:
    node = tree.get("base")
    assert node is not None, "checked: the record requires it"
    if isinstance(node.value, str):
        file = folder / node.value
        if not file.is_file():
            where = place_of(tree, ("base",))
            allowed = "paths start at the benchmark's folder"
            raise ScenarioError(where, f"there is no file {node.value!r}", allowed)
        return load(file, sets)
    if not isinstance(node.value, dict):
        raise ScenarioError(place_of(tree, ("base",)), "needs a file's name or a scenario")
    return finish(extend(node, folder, parse), node.where.file, folder, sets)


def _across(asked: Asked) -> Iterator[ScenarioError]:
    """Yield breaches of the rules that span several parts."""
    spec, camps = asked.spec, list(asked.base.scenario.merchants)
    if spec.focus not in camps:
        yield ScenarioError(
            asked.place("focus"),
            f"there is no camp {spec.focus!r}",
            f"the scenario's merchants are {listed(camps)}" if camps else "it has no merchants",
            did_you_mean(spec.focus, camps),
        )
    if len(spec.arms) < 2:
        yield ScenarioError(asked.place("arms"), "nothing to compare", "at least two arms")
    if not spec.variants:
        yield ScenarioError(asked.place("variants"), "empty", "leave it out for one variant")
    try:
        precision_of(spec.precision)
    except ValueError as error:
        yield ScenarioError(asked.place("precision"), str(error))
    if spec.most_seeds < len(spec.seeds):
        yield ScenarioError(
            asked.place("most_seeds"), f"{spec.most_seeds} is fewer than {len(spec.seeds)} seeds"
        )
    named = {"map": spec.map.arms if spec.map else ()}
    named["tournament"] = spec.tournament.arms if spec.tournament else ()
    for part, number, arm in ((p, n, arm) for p in named for n, arm in enumerate(named[p])):
        if arm not in spec.arms:
            place = asked.place(part, "arms", number)
            allowed = f"arms are {listed(list(spec.arms))}"
            yield ScenarioError(
                place, f"no such arm: {arm!r}", allowed, did_you_mean(arm, spec.arms)
            )
