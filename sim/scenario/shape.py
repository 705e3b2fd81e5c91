"""What may stand at a dotted path: the schema as a tree that can be walked, and said in words.

Overrides, events, merging, error messages and the reference table all ask the same question:
"which record, which choices, which unit, which range is allowed here?". This file reads the
answer from the pydantic models, so it is written once, in the schema.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, Tag
from pydantic.fields import FieldInfo

from sim.errors import did_you_mean
from sim.scenario.schema import Scenario
from sim.scenario.units import Written, format_money

# Tags that stand for an open family of kinds, and how a member is written.
OPEN_KINDS = {"networkx": "networkx:<generator>", "user": "package.module:Class"}


@dataclass(frozen=True)
class Shape:
    """What is allowed at one place.

    At most one of ``record`` (a mapping with known keys), ``choices`` (records by ``kind``),
    ``item`` (annotation of the values of a mapping of named things) and ``element`` (annotation
    of a list's elements) is given; none of them is a single value. ``open`` marks a place where
    anything may stand. ``metadata`` holds pydantic's limits, ``info`` the field.
    """

    annotation: Any = None
    metadata: tuple[Any, ...] = ()
    info: FieldInfo | None = None
    record: type[BaseModel] | None = None
    choices: tuple[tuple[str, type[BaseModel]], ...] = ()
    kind_of: Callable[[Any], Hashable] | None = None
    item: Any = None
    element: Any = None

    @property
    def open(self) -> bool:
        """Whether anything at all may stand here (options of a user's class)."""
        return self.annotation is Any

    @property
    def extra(self) -> bool:
        """Whether the record takes further keys that the schema does not know."""
        return self.record is not None and self.record.model_config.get("extra") == "allow"

    @property
    def required(self) -> bool:
        """Whether the field has no default."""
        return self.info is not None and self.info.is_required()

    @property
    def unit(self) -> str:
        """The field's unit; empty for a thing without one of its own."""
        extra = self.info.json_schema_extra if self.info else None
        return str(extra.get("unit", "")) if isinstance(extra, dict) else ""

    @property
    def source(self) -> str:
        """Where the field's default comes from."""
        extra = self.info.json_schema_extra if self.info else None
        return str(extra.get("source", "")) if isinstance(extra, dict) else ""

    @property
    def meaning(self) -> str:
        """The field's meaning, without unit and source."""
        text = (self.info.description or "") if self.info else ""
        return text.removesuffix(f" [{self.unit}] Source: {self.source}.")

    def chosen(self, value: Any) -> Shape:
        """Return the shape of the record that ``value`` (a mapping or None) chooses by kind."""
        if not self.choices or self.kind_of is None:
            return self
        tag = self.kind_of(value if isinstance(value, dict) else {})
        return Shape(info=self.info, record=dict(self.choices).get(str(tag)))

    @property
    def names(self) -> list[str]:
        """The settings of a record, in order; empty for anything else."""
        names = list(self.record.model_fields) if self.record else []
        return sorted(names, key=lambda name: name != "kind")  # who chooses comes first

    def child(self, key: str | int) -> Shape | None:
        """Return the shape one step down, or None if the schema has no such place."""
        if self.open:
            return self
        if self.record is not None:
            info = self.record.model_fields.get(str(key))
            if info is not None:
                return shape_of(info.annotation, tuple(info.metadata), info)
            return ANYTHING if self.extra else None
        if self.item is not None:
            return shape_of(self.item)
        if self.element is not None:
            return shape_of(self.element)
        return None


def shape_of(
    annotation: Any, metadata: tuple[Any, ...] = (), info: FieldInfo | None = None
) -> Shape:
    """Read the shape of an annotation; ``metadata`` and ``info`` come from its field, if any."""
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = (*metadata, *more)
    if get_origin(annotation) in (Union, types.UnionType):
        given = [part for part in get_args(annotation) if part is not type(None)]
        if len(given) == 1:
            return shape_of(given[0], metadata, info)
        return Shape(annotation, metadata, info, choices=_tagged(given), kind_of=_kind(metadata))
    if get_origin(annotation) is dict:
        return Shape(annotation, metadata, info, item=get_args(annotation)[1])
    if get_origin(annotation) is list:
        return Shape(annotation, metadata, info, element=get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(annotation, metadata, info, record=annotation)
    return Shape(annotation, metadata, info)


def _tagged(parts: list[Any]) -> tuple[tuple[str, type[BaseModel]], ...]:
    pairs = []
    for part in parts:
        record, *marks = get_args(part)
        pairs.append((next(m.tag for m in marks if isinstance(m, Tag)), record))
    return tuple(pairs)


def _kind(metadata: tuple[Any, ...]) -> Callable[[Any], Hashable]:
    mark = next(m for m in metadata if isinstance(m, Discriminator))
    assert callable(mark.discriminator)
    return mark.discriminator


ROOT = shape_of(Scenario)
ANYTHING = shape_of(Any)


def kinds(shape: Shape) -> list[str]:
    """Return the kinds that may be chosen, as they are written."""
    return [OPEN_KINDS.get(tag, tag) for tag, _ in shape.choices]


def suggest(shape: Shape, key: str) -> str:
    """Return the setting of a record that ``key`` may have meant, or one a level further down."""
    near = did_you_mean(key, shape.names)
    if near:
        return near
    below: dict[str, str] = {}
    for name in shape.names:
        child = shape.child(name) or Shape()
        leaves = [leaf for _, record in child.choices for leaf in record.model_fields]
        below.update((leaf, f"{name}.{leaf}") for leaf in leaves or child.names)
    return below.get(did_you_mean(key, below), "")


def listed(names: Sequence[str], most: int = 12) -> str:
    """Return names with commas; of many only the first, and how many there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])}, … ({len(names):,} in all)"


# --- in words --------------------------------------------------------------------------------


def limits(shape: Shape) -> dict[str, Any]:
    """Return pydantic's limits (ge, gt, le, lt, multiple_of, min_length) by name."""
    found: dict[str, Any] = {}
    for mark in shape.metadata:
        for name in ("ge", "gt", "le", "lt", "multiple_of", "min_length"):
            value = getattr(mark, name, None)
            if value is not None:
                found[name] = value
    return found


def range_in_words(shape: Shape, currency: str) -> str:
    """Say the range: ``from 0 to 1``, ``above 0``, ``at least 0.01 CNY``; empty if any will do."""
    found = limits(shape)

    def show(value: float) -> str:
        if shape.unit.startswith("money"):
            return format_money(int(value), currency)
        if isinstance(value, int) or value.is_integer():
            return f"{int(value):,}"
        return f"{value:g}"

    low = "ge" if "ge" in found else "gt" if "gt" in found else ""
    high = "le" if "le" in found else "lt" if "lt" in found else ""
    if low == "ge" and high == "le":
        return f"from {show(found[low])} to {show(found[high])}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return " and ".join(f"{words[end]} {show(found[end])}" for end in (low, high) if end)


def in_words(shape: Shape, currency: str = "CNY") -> str:
    """Say what may be written here: ``a whole number from 1 to 48``, ``one of gsp, vcg``."""
    written = next((m.words for m in shape.metadata if isinstance(m, Written)), "")
    words = written or _type_in_words(shape)
    words = words.replace("129 CNY", f"129 {currency or 'CNY'}")
    if "multiple_of" in limits(shape):
        words = words.replace("a whole", "an even whole")  # the schema knows no other multiple
    span = range_in_words(shape, currency or "CNY")
    if not span:
        return words
    clause = "such as" in words or "one of" in words or span.startswith("at ")
    return f"{words}, {span}" if clause else f"{words} {span}"


def _type_in_words(shape: Shape) -> str:
    if shape.choices:
        return f"a mapping with a kind ({', '.join(kinds(shape))})"
    if shape.record is not None:
        return "a mapping"
    if shape.item is not None:
        return "a mapping of names"
    if shape.element is not None:
        element = shape.child(0)
        if element and element.record:
            return "a list of mappings"
        return "a list of names" if element and element.annotation is str else "a list of numbers"
    if get_origin(shape.annotation) is Literal:
        values = [str(value) for value in get_args(shape.annotation)]
        return f"one of {', '.join(values)}" if len(values) > 1 else values[0]
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return names.get(shape.annotation, "anything")
