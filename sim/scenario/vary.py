"""A scenario with other values at some dotted paths: the step from one run to many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.errors import ScenarioError, Where
from sim.scenario.checked import Loaded, check
from sim.scenario.shape import ROOT, Shape
from sim.scenario.tree import Node, assign, from_python, plain
from sim.scenario.units import MINOR_DIGITS, parse_days, parse_money, parse_rate

_MONEY = re.compile(r".*\s[A-Z]{3}", re.DOTALL)


def vary(
    base: Loaded, changes: Mapping[str, Any], places: Mapping[str, Where] | None = None
) -> Loaded:
    """Return ``base`` with other values, checked like a scenario that was written that way.

    Args:
        base: the scenario to start from; it stays as it is.
        changes: dotted path to new value, written as in YAML (``"8%"``, ``"129 CNY"``), applied in
            order; a ``Node`` brings its own place. What lies below a path and is not written
            becomes its default.
        places: where each path was written, for errors.

    Raises:
        ScenarioError: a path does not exist or a value is not allowed.
    """
    tree = base.tree
    for path, value in changes.items():
        place = replace((places or {}).get(path) or Where("<changes>"), path=path)
        currency = base.scenario.currency
        new = value if isinstance(value, Node) else from_python(value, place, currency)
        tree = assign(tree, path, replace(new, key=place), place)
    return check(tree, base.file, base.folder)


def number_at(base: Loaded, path: str, written: Any, where: Where) -> float:
    """Return a bound that was written for the value at ``path`` as a plain number.

    ``5%`` is 0.05, ``129 CNY`` is 129 (main units), ``2w`` is 14 (days).

    Raises:
        ScenarioError: it is no number.
    """
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        return float(written)
    text, currency = str(written).strip(), base.scenario.currency
    try:
        if text.endswith("%"):
            return parse_rate(text)
        if _MONEY.fullmatch(text):
            return float(parse_money(text, currency) / 10 ** MINOR_DIGITS.get(currency, 2))
        return parse_days(text)
    except ValueError:
        problem = f"got {written!r}"
        raise ScenarioError(replace(where, path=path), problem, "needs a number") from None


def fitted(base: Loaded, path: str, value: float) -> int | float:
    """Return the nearest value that may stand at ``path``: whole numbers, whole fen."""
    shape = shape_at(base.tree, path)
    if shape is None or shape.annotation is not int:
        return float(value)
    if not shape.unit.startswith("money"):
        return round(value)
    return round(value, MINOR_DIGITS.get(base.scenario.currency, 2))


def shape_at(tree: Node, path: str) -> Shape | None:
    """Return what the schema says about a path of the tree, None if it knows no such place."""
    node: Node | None = tree
    shape: Shape | None = ROOT
    for part in path.split("."):
        if shape is None:
            return None
        shape = shape.chosen(plain(node) if node is not None else None)
        is_index = node is not None and isinstance(node.value, list) and part.isdecimal()
        key: str | int = int(part) if is_index else part
        shape = shape.child(key)
        node = node.get(key) if node is not None else None
    return shape


def wants_number(base: Loaded, path: str) -> bool:
    """Tell whether the scenario has a plain number at ``path``."""
    shape = shape_at(base.tree, path)
    return shape is not None and shape.annotation in (int, float)
