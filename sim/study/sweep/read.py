"""SWEEP.yaml → every trial that it asks for, all of them checked.

Read with the scenario's YAML machinery, so that whatever is wrong, in the sweep's own words or in a
value that the scenario does not allow, is told with line and column of the sweep file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import ScenarioError, Where
from sim.scenario.checked import Loaded
from sim.scenario.load import load, parse
from sim.scenario.problems import found, place_of
from sim.scenario.shape import shape_of
from sim.scenario.sources import read_text
from sim.scenario.tree import Node, plain
from sim.scenario.vary import number_at, vary
from sim.study.sweep.metric import Metric, parse_metric
from sim.study.sweep.points import MAX_TRIALS, Point, all_of, points_of, refuse_more, value_of
from sim.study.sweep.results import FIXED
from sim.study.sweep.spec import Parameter, SweepSpec
from sim.study.sweep.trial import Trial, trials_of

_ENOUGH = 200  # problems, after which no further trial is looked at


@dataclass(frozen=True)
class Sweep:
    """A sweep that was understood: ``base`` (with the changes for all), trials, metrics, and what
    the manifest tells about the design."""

    spec: SweepSpec
    base: Loaded
    trials: tuple[Trial, ...]
    metrics: tuple[Metric, ...]
    about: Mapping[str, Any]


def read_sweep(path: Path | str) -> Sweep:
    """Read a sweep file and check every trial in it.

    Raises:
        ScenarioError: for anything that is wrong, ``ScenarioErrors`` if it is more than one thing.
        NotInstalled: the method needs the extra ``[opt]``.
    """
    file = str(path)
    text = read_text(file)
    if not text.strip():
        raise ScenarioError(Where(file, 1, 1), "empty", "a sweep needs name, base, parameters")
    tree = parse(text, file)
    spec = _spec(tree, file)
    base = _base(spec, tree, Path(file).parent)
    points = points_of(spec, tree, base)
    seeds = spec.seeds or [base.scenario.seed + i for i in range(spec.repetitions or 1)]
    if len(points) * len(seeds) > MAX_TRIALS:
        refuse_more(tree, len(points) * len(seeds))
    trials = _trials(base, points, seeds, tree)
    first = vary(base, trials[0].changes)
    metrics = _metrics(spec, first, tree)
    return Sweep(spec, base, trials, metrics, _about(spec, base, seeds, len(points)))


def _spec(tree: Node, file: str) -> SweepSpec:
    if not isinstance(tree.value, dict):
        raise ScenarioError(tree.where, "a sweep is lines of 'name: value'")
    try:
        return SweepSpec.model_validate(plain(tree))
    except ValidationError as error:
        root = shape_of(SweepSpec)
        problems = [
            item.at(place_of(tree, item.path, item.at_key)) for item in found(error, tree, "", root)
        ]
        raise all_of(problems) from None


def _base(spec: SweepSpec, tree: Node, folder: Path) -> Loaded:
    path = folder / spec.base
    if not path.is_file():
        try:
            read_text(str(path))
        except ScenarioError as error:
            where = place_of(tree, ("base",))
            raise ScenarioError(where, f"{spec.base}: {error.problem}", "", error.hint) from None
    base = load(path)
    if not spec.set:
        return base
    changes, places = {}, {}
    for name in spec.set:
        node = tree.get("set")
        value = node.get(name) if node is not None else None
        assert value is not None
        changes[name], places[name] = value, place_of(tree, ("set", name), at_key=True)
    return vary(base, changes, places)


# --- trials and metrics --------------------------------------------------------------------------


def _trials(
    base: Loaded, points: Sequence[Point], seeds: Sequence[int], tree: Node
) -> tuple[Trial, ...]:
    """Return points × seeds, seeds innermost; every one is what the scenario allows."""
    places = {path: place_of(tree, ("parameters", path), at_key=True) for path in points[0]}
    trials: list[Trial] = []
    problems: list[ScenarioError] = []
    for point in points:
        try:
            loaded = vary(base, point, places)
        except ScenarioError as error:
            problems += error.errors
            if len(problems) > _ENOUGH:
                break
            continue
        changes = {path: value_of(node, path, base) for path, node in point.items()}
        trials += trials_of(loaded, changes, seeds, len(trials))
    if problems:
        raise all_of(problems)
    return tuple(trials)


def _metrics(spec: SweepSpec, first: Loaded, tree: Node) -> tuple[Metric, ...]:
    return tuple(_each_metric(spec, first, tree))


def _each_metric(spec: SweepSpec, first: Loaded, tree: Node) -> Iterator[Metric]:
    taken = {*FIXED, *spec.parameters}
    problems = []
    for number, asked in enumerate(spec.metrics):
        where = place_of(tree, ("metrics", number))
        try:
            metric = parse_metric(asked.model_dump(exclude_none=True), first.scenario, where)
        except ScenarioError as error:
            problems.append(error)
            continue
        if metric.name in taken:
            problems.append(
                ScenarioError(where, f"there is a column {metric.name!r} already", "give it a name")
            )
        taken.add(metric.name)
        yield metric
    if problems:
        raise all_of(problems)


def _about(spec: SweepSpec, base: Loaded, seeds: Sequence[int], points: int) -> dict[str, Any]:
    """Return what the manifest tells, enough to lay the design again (``unit_points``)."""
    return {
        "name": spec.name,
        "description": spec.description,
        "base": base.scenario.name,
        "base_sha256": base.digest,
        "currency": base.scenario.currency,
        "method": spec.method,
        "points": points,
        "seeds": list(seeds),
        "samples": spec.samples,
        "levels": spec.levels,
        "draw": spec.draw,
        "parameters": {
            path: _in_numbers(parameter, path, base) for path, parameter in spec.parameters.items()
        },
    }


def _in_numbers(parameter: Parameter, path: str, base: Loaded) -> dict[str, Any]:
    """Return what was written of a parameter, its bounds as plain numbers."""
    said: dict[str, Any] = parameter.model_dump(mode="json", exclude_none=True)
    for name in ("min", "max", "first", "step", "last"):
        if name in said:
            said[name] = number_at(base, path, said[name], Where(path))
    return said
