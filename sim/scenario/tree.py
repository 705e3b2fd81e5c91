"""A scenario between text and record: plain values that remember where they were written.

Everything that happens before validation (``extends``, ``--set``, events) happens on this tree,
so that every value keeps its file, line and column whichever way it came.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from sim.errors import ScenarioError, Where, did_you_mean
from sim.scenario.distribution import Distribution
from sim.scenario.markets import Event
from sim.scenario.resolved import resolved
from sim.scenario.shape import ROOT, Shape, listed, suggest

Path = tuple[str | int, ...]
MAX_DEPTH = 32


@dataclass(frozen=True)
class Node:
    """One value: ``value`` is a scalar, a dict of nodes or a list of nodes.

    ``where`` is the place of the value, ``key`` the place of the key that names it (None in
    lists and at the top), ``text`` a scalar as it was written.
    """

    value: Any
    where: Where
    key: Where | None = None
    text: str = ""

    def get(self, key: str | int) -> Node | None:
        """Return the node one step down, or None."""
        if isinstance(self.value, dict):
            return self.value.get(key)
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            found: Node = self.value[key]
            return found
        return None


def plain(node: Node) -> Any:
    """Return the value without places: dicts, lists, str, int, float, bool, None."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def from_python(value: Any, where: Where, currency: str = "CNY", depth: int = 0) -> Node:
    """Turn Python values (also records and NumPy scalars) into a tree; all of it is at ``where``.

    Amounts of money inside records are whole smallest units of ``currency``.

    Raises:
        ScenarioError: for NaN, infinities, values of other types, keys that are not text, and
            nesting deeper than ``MAX_DEPTH`` (a dict that contains itself).
    """
    if depth > MAX_DEPTH:
        raise ScenarioError(where, "nested too deeply", f"at most {MAX_DEPTH} levels")
    if isinstance(value, BaseModel):
        value = resolved(value, currency)
    if isinstance(value, dict):
        wrong = next((key for key in value if not isinstance(key, str)), "")
        if wrong != "":
            raise ScenarioError(where, f"key {wrong!r} is not text", "keys are names")
        items = {
            key: from_python(child, _below(where, key), currency, depth + 1)
            for key, child in value.items()
        }
        return Node(items, where)
    if isinstance(value, (list, tuple)):
        return Node([from_python(child, where, currency, depth + 1) for child in value], where)
    if value is not None and not isinstance(value, (str, bool, int, float)):
        value = _number(value, where)
    if isinstance(value, float) and not math.isfinite(value):
        raise ScenarioError(where, f"{value} is not a finite number")
    return Node(value, where, text=str(value))


def _number(value: Any, where: Where) -> int | float:
    """Return a NumPy scalar, fraction or the like as int or float."""
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise ScenarioError(where, f"a {type(value).__name__} is not a value of a scenario")


def _below(where: Where, key: str) -> Where:
    return replace(where, path=f"{where.path}.{key}" if where.path else key)


def nearest(tree: Node, path: Sequence[str | int]) -> tuple[Node, bool]:
    """Return the node at ``path`` or its nearest ancestor that was written, and whether exact."""
    node = tree
    for part in path:
        below = node.get(part)
        if below is None:
            return node, False
        node = below
    return node, True


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every (path, node), parents first."""
    yield path, node
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from walk(child, (*path, key))
    elif isinstance(node.value, list):
        for index, child in enumerate(node.value):
            yield from walk(child, (*path, index))


# --- extends ---------------------------------------------------------------------------------


def merge(old: Node, new: Node, shape: Shape | None = ROOT) -> Node:
    """Lay ``new`` over ``old``: mappings are merged, anything else is replaced.

    ``null`` in ``new`` removes what ``old`` has. Alternatives exclude each other: a mapping with
    another ``kind``, and another shape of a distribution, replace the old one altogether.
    """
    if not isinstance(old.value, dict) or not isinstance(new.value, dict):
        return new
    if shape is not None and _excludes(old, new, shape):
        return new
    inner = shape.chosen(plain(new) if "kind" in new.value else plain(old)) if shape else None
    items = dict(old.value)
    for key, child in new.value.items():
        before = items.get(key)
        if before is None:
            items[key] = child
        elif child.value is None:
            del items[key]
        else:
            items[key] = merge(before, child, inner.child(key) if inner else None)
    return replace(new, value=items)


def _excludes(old: Node, new: Node, shape: Shape) -> bool:
    if shape.choices and shape.kind_of is not None and "kind" in new.value:
        return shape.kind_of(plain(old)) != shape.kind_of(plain(new)) or (
            "kind" in old.value and old.value["kind"].value != new.value["kind"].value
        )
    if shape.record is Distribution:
        return not set(new.value) <= set(old.value)
    return False


# --- overrides and events --------------------------------------------------------------------


def assign(tree: Node, dotted: str, new: Node, place: Where) -> Node:
    """Return the tree with ``new`` at a dotted path; ``null`` takes back what was written there.

    What lies between and was left out starts from its default, so ``need_rate.gamma.mean`` can be
    set although the file does not mention ``need_rate``.

    Raises:
        ScenarioError: at ``place``, if the schema has no such path.
    """
    parts = dotted.split(".")
    if not all(parts):
        raise ScenarioError(place, f"{dotted!r} is not a path", "write names with dots between")
    return _assign(tree, ROOT, parts, new, place, ())


def _assign(
    node: Node, shape: Shape, parts: list[str], new: Node, place: Where, done: Path
) -> Node:
    shape = shape.chosen(plain(node))
    if shape.record is Event and parts[0] == "set" and len(parts) > 2:
        parts = ["set", ".".join(parts[1:])]  # the keys of an event are dotted paths themselves
    key = _segment(node, shape, parts, place, done)
    below = shape.child(key)
    assert below is not None, "_segment lets only known places pass"
    if len(parts) == 1:
        return _put(node, key, new)
    child = node.get(key)
    if child is None or child.value is None:
        child = _default(below, place)
    if below.record is Distribution and not (
        isinstance(child.value, dict) and parts[1] in child.value
    ):
        child = replace(child, value={})  # another shape replaces the old one
    return _put(node, key, _assign(child, below, parts[1:], new, place, (*done, key)))


def _put(node: Node, key: str | int, new: Node) -> Node:
    before = node.get(key)
    if isinstance(key, int):
        items = list(node.value)
        if new.value is None:
            del items[key]
        else:
            items[key] = new
        return replace(node, value=items)
    entries = dict(node.value) if isinstance(node.value, dict) else {}
    if new.value is None and before is not None and before.value is not None:
        del entries[key]
    else:
        entries[key] = replace(new, key=new.key or (before.key if before else None))
    return replace(node, value=entries)


def _default(shape: Shape, place: Where) -> Node:
    """Return the tree of a field's default; an empty mapping if it has none."""
    default = shape.info.get_default() if shape.info is not None else None
    if isinstance(default, BaseModel):
        default = default.model_dump(mode="json", exclude_none=True)
        if shape.record is not Distribution and not shape.choices:
            default = {}  # all defaults, and amounts of money in the scenario's own currency
        elif shape.choices:
            default = {"kind": default["kind"]}
    return from_python(default if isinstance(default, dict) else {}, place)


def _segment(node: Node, shape: Shape, parts: list[str], place: Where, done: Path) -> str | int:
    """Return the key or index that ``parts[0]`` names; complain if there is no such place."""
    part, last = parts[0], len(parts) == 1
    at = ".".join(map(str, done)) or "the scenario"
    if isinstance(node.value, list):
        if part.isdecimal() and int(part) < len(node.value):
            return int(part)
        count = len(node.value)
        allowed = f"{at} has {count}: 0 to {count - 1}" if count else f"{at} is an empty list"
        raise ScenarioError(place, f"there is no number {part!r} in {at}", allowed)
    if shape.open or shape.extra or part in shape.names:
        return part
    if shape.record is not None:
        known = shape.names
        raise ScenarioError(
            place,
            f"{at} has no setting {part!r}",
            f"allowed are {', '.join(known)}",
            suggest(shape, part),
        )
    if shape.item is not None:
        named = list(node.value) if isinstance(node.value, dict) else []
        if part in named or last:
            return part
        allowed = f"defined are {listed(named)}" if named else f"{at} defines none"
        raise ScenarioError(place, f"{at} has no {part!r}", allowed, did_you_mean(part, named))
    if shape.element is not None:
        raise ScenarioError(place, f"there is no number {part!r} in {at}", f"{at} is an empty list")
    raise ScenarioError(place, f"{at} is a single value", "it has no settings below it")
