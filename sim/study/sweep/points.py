"""The points of a sweep: all parameters' values as the scenario wants them, with their places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from sim.errors import ScenarioError, ScenarioErrors, Where
from sim.scenario.checked import Loaded
from sim.scenario.problems import place_of
from sim.scenario.tree import Node, plain
from sim.scenario.vary import fitted, number_at, wants_number
from sim.study.sweep.methods import among, between, combined, drawn, row, spread, unit_points
from sim.study.sweep.results import FIXED
from sim.study.sweep.spec import SAMPLED, Parameter, SweepSpec

MAX_TRIALS = 1_000_000
_TOLD = 20

Point = dict[str, Node]
"""One setting of all parameters, each value with its place."""


def all_of(problems: Sequence[ScenarioError]) -> ScenarioError:
    """Return problems as one error, each told once, in the order of the file."""
    unique = list({str(problem): problem for problem in problems}.values())
    unique.sort(key=lambda p: (p.where.line == 0, p.where.line, p.where.column))
    return unique[0] if len(unique) == 1 else ScenarioErrors(unique[:_TOLD])


def points_of(spec: SweepSpec, tree: Node, base: Loaded) -> list[Point]:
    """Return the points of a design; ``tree`` is the sweep file.

    Raises:
        ScenarioError: a parameter's values make no design, told at its place.
        NotInstalled: the method needs the extra ``[opt]``.
    """
    problems = []
    for path in spec.parameters:
        at = place_of(tree, ("parameters", path), at_key=True)
        if path in ("seed", "name", "description", *FIXED):
            allowed = "vary the luck with repetitions or seeds" if path == "seed" else ""
            problems.append(ScenarioError(at, "cannot be a parameter", allowed))
    if problems:
        raise all_of(problems)
    if spec.method in SAMPLED:
        return _sampled(spec, tree, base)
    columns = {}
    for path, parameter in spec.parameters.items():
        columns[path] = _written_out(parameter, path, tree, base)
    lengths = {path: len(column) for path, column in columns.items()}
    if spec.method == "grid" and math.prod(lengths.values()) > MAX_TRIALS:
        refuse_more(tree, math.prod(lengths.values()))
    if spec.method == "list" and len(set(lengths.values())) > 1:
        said = ", ".join(f"{path} has {length}" for path, length in lengths.items())
        where = place_of(tree, ("parameters",))
        raise ScenarioError(where, f"lists differ in length: {said}", "list takes them together")
    return [
        dict(zip(columns, values, strict=True))
        for values in combined(spec.method, list(columns.values()))
    ]


def refuse_more(tree: Node, count: int) -> NoReturn:
    """Refuse a design that is too large.

    Raises:
        ScenarioError: always.
    """
    where = place_of(tree, ("parameters",))
    raise ScenarioError(where, f"{count:,} trials are too many", f"at most {MAX_TRIALS:,}")


def _node(tree: Node, path: str, *below: str) -> Node:
    """Return the node of a parameter, or of what is written below it."""
    node = tree.get("parameters")
    for part in (path, *below):
        after = node.get(part) if node is not None else None
        node = after if after is not None else node
    assert node is not None
    return node


def _number(tree: Node, base: Loaded, path: str, name: str, written: Any) -> float:
    return number_at(base, path, written, _node(tree, path, name).where)


def _value(value: float, base: Loaded, path: str, place: Where) -> Node:
    number = fitted(base, path, value)
    return Node(number, place, text=f"{number:g}")


def _written_out(parameter: Parameter, path: str, tree: Node, base: Loaded) -> list[Node]:
    """Return the values of a parameter of a grid or list."""
    place = _node(tree, path).where
    if parameter.values is not None:
        listed = _node(tree, path, "values")
        return list(listed.value)
    if parameter.distribution is not None or (parameter.max is not None and not parameter.steps):
        missing = "steps" if parameter.distribution is None else "a sampling method"
        raise ScenarioError(
            replace(place, path=path), f"needs {missing}", "a grid or list knows every value"
        )
    if parameter.first is not None:
        first, step, last = (
            _number(tree, base, path, name, getattr(parameter, name))
            for name in ("first", "step", "last")
        )
        if step == 0 or (last - first) / step < 0:
            raise ScenarioError(replace(place, path=path), "the row from first to last is empty")
        if (last - first) / step > MAX_TRIALS:
            refuse_more(tree, int((last - first) / step))
        numbers = row(first, step, last)
    else:
        low, high = _bounds(parameter, path, tree, base)
        numbers = spread(low, high, parameter.steps or 2, parameter.scale)
    return [_value(number, base, path, place) for number in numbers]


def value_of(node: Node, path: str, base: Loaded) -> Any:
    """Return a value as trials and results hold it: ``5%`` is 0.05 where a number is wanted."""
    if not isinstance(node.value, str) or not wants_number(base, path):
        return plain(node)
    return fitted(base, path, number_at(base, path, node.value, node.where))


def _bounds(parameter: Parameter, path: str, tree: Node, base: Loaded) -> tuple[float, float]:
    low = _number(tree, base, path, "min", parameter.min)
    high = _number(tree, base, path, "max", parameter.max)
    place = replace(_node(tree, path, "max").where, path=path)
    if not low < high:
        raise ScenarioError(place, f"max {high:g} is not above min {low:g}")
    if parameter.scale == "log" and low <= 0:
        place = replace(_node(tree, path, "min").where, path=path)
        raise ScenarioError(place, f"min {low:g} has no logarithm", "scale: log needs min above 0")
    return low, high


def _sampled(spec: SweepSpec, tree: Node, base: Loaded) -> list[Point]:
    """Return the points of a sampling design."""
    samples = spec.samples or 1
    if spec.method == "sobol" and samples & (samples - 1):
        where = place_of(tree, ("samples",))
        near = 1 << samples.bit_length()
        raise ScenarioError(where, "sobol needs a power of two", f"such as {near // 2} or {near}")
    if samples * (len(spec.parameters) + 2) > MAX_TRIALS:
        refuse_more(tree, samples * (len(spec.parameters) + 2))
    laws = {}
    for path, parameter in spec.parameters.items():
        if parameter.values is not None or parameter.first is not None:
            laws[path] = among(_written_out(parameter, path, tree, base))
        elif parameter.distribution is not None:
            laws[path] = drawn(parameter.distribution)
        else:
            laws[path] = between(*_bounds(parameter, path, tree, base), parameter.scale)
    cube = unit_points(spec.method, len(laws), samples, spec.draw, spec.levels)
    places = {path: _node(tree, path).where for path in laws}

    def at(path: str, u: float) -> Node:
        value = laws[path](float(u))
        return value if isinstance(value, Node) else _value(value, base, path, places[path])

    return [{path: at(path, u) for path, u in zip(laws, us, strict=True)} for us in cube]
