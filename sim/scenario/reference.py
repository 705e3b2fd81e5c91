"""The schema for editors (JSON Schema) and for readers (Markdown tables), from the same records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.scenario.distribution import Distribution
from sim.scenario.markets import Event
from sim.scenario.resolved import resolved
from sim.scenario.schema import Scenario
from sim.scenario.shape import OPEN_KINDS, ROOT, Shape, in_words, limits, shape_of
from sim.scenario.units import format_money

COMMITTED = Path(__file__).with_name("flowtribe.schema.json")
DISTRIBUTION = "<distribution>"
_CURRENCY = "CNY"  # in which defaults are told

# 100_000 is a number here, but text to the YAML 1.2 readers inside editors.
_UNDERSCORED = r"^[-+]?\d+(_\d+)+(\.\d*)?$"
# Optional numbers keep pydantic's own names for limits; a file may match several alternatives
# while its kind is still to come from what it extends.
_RENAMED = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "oneOf": "anyOf",
}
_EXTENDS = {
    "type": "string",
    "description": "Scenario file that this one is laid over, relative to this file. Mappings are"
    " merged, lists and values replaced, null takes a setting back. [path] Source: the author.",
}


# --- for editors -------------------------------------------------------------------------------


def json_schema() -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) that accepts whatever the loader accepts.

    It is wider than the loader where JSON Schema cannot follow: ``extends`` may supply what is
    missing, so nothing but the name is required; ``null`` takes inherited settings back.
    """
    schema = Scenario.model_json_schema()
    definitions = {name: wider(part) for name, part in schema.pop("$defs").items()}
    definitions["Event"]["required"] = [*Event.model_fields]  # a list is never merged
    definitions["Answer"]["required"] = ["name"]
    top = wider(schema)
    for _, shape in _sections(ROOT, "", set()):
        assert shape.record is not None
        _limit(top if shape.record is Scenario else definitions[shape.record.__name__], shape)
    top["properties"] = {"extends": _EXTENDS, **top["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Flowtribe scenario",
        **top,
        "anyOf": [{"required": ["name"]}, {"required": ["extends"]}],
        "$defs": definitions,
    }


def json_schema_text() -> str:
    """Return the JSON Schema as it is committed."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def wider(schema: Any) -> Any:
    """Return a part of pydantic's schema, widened to what the loader accepts."""
    if isinstance(schema, list):
        return [wider(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        _RENAMED.get(key, key): wider(part)
        for key, part in schema.items()
        if key not in ("title", "unit", "source", "required", "default", "properties")
    }
    for key in ("properties", "patternProperties"):
        if key in schema:
            out[key] = {name: _or_null(wider(part)) for name, part in schema[key].items()}
    if "patternProperties" in out:
        out["additionalProperties"] = False
    if isinstance(out.get("additionalProperties"), dict):
        out["additionalProperties"] = _or_null(out["additionalProperties"])
    if "default" in schema and not isinstance(schema["default"], (dict, list, type(None))):
        money = str(schema.get("unit", "")).startswith("money")
        default = schema["default"]
        out["default"] = format_money(default, _CURRENCY) if money else default
    if out.get("type") in ("integer", "number"):
        out["type"] = [out["type"], "string"]
        out["pattern"] = _UNDERSCORED
    return out


def _limit(schema: dict[str, Any], shape: Shape) -> None:
    """Add limits to shares and durations, whose own JSON Schema replaced pydantic's; in place."""
    for part in schema.get("anyOf", [schema]):  # a distribution is a number or a mapping
        for name, field in part.get("properties", {}).items():
            below = shape.child(name)
            kinds = [kind for kind in field["anyOf"] if "string" in kind.get("type", ())]
            if below is None or below.info is None or not kinds or "number" not in kinds[0]["type"]:
                continue
            money = below.unit.startswith("money")  # limits in smallest units: only 0 is the same
            for limit, value in limits(below).items():
                if limit in _RENAMED and not (money and value):
                    kinds[0][_RENAMED[limit]] = value


def _or_null(schema: Any) -> Any:
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    said = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: part for key, part in schema.items() if key not in said}
    return {"anyOf": [rest, {"type": "null"}], **said}


# --- for readers -------------------------------------------------------------------------------


_PARTS = ("record", "mapping", "list")  # "units" of what only holds other settings


def markdown() -> str:
    """Return the reference of every setting: one table per record, in the order of a scenario."""
    return "\n".join(_page(title, shape) for title, shape in _sections(ROOT, "", set()))


def _sections(shape: Shape, path: str, seen: set[type[BaseModel]]) -> Iterator[tuple[str, Shape]]:
    """Yield (title, record shape), each record once, at the first path where it may stand."""
    if shape.choices:
        for tag, record in shape.choices:
            title = f"{path}` with `kind: {OPEN_KINDS.get(tag, tag)}"
            yield from _sections(shape_of(record), title, seen)
        return
    if shape.item is not None or shape.element is not None:
        below = shape.child("*" if shape.item is not None else 0)
        if below is not None and (below.record or below.choices):
            step = "<name>" if shape.item is not None else "<number>"
            yield from _sections(below, f"{path}.{step}", seen)
        return
    if shape.record is None or shape.record in seen:
        return
    if shape.record is Distribution:
        path = DISTRIBUTION  # may stand in many places
    seen.add(shape.record)
    yield path, shape
    base = path.partition("`")[0]
    for name in shape.names:
        below = shape.child(name)
        if below is not None:
            yield from _sections(below, f"{base}.{name}" if base else name, seen)


def _page(path: str, shape: Shape) -> str:
    record = shape.record
    assert record is not None
    lines = [f"### `{path}`" if path else "### The scenario", "", _opening(record), ""]
    lines += [
        "| setting | default | unit | allowed | meaning | source |",
        "|---|---|---|---|---|---|",
    ]
    for name in shape.names:
        below = shape.child(name)
        assert below is not None
        cells = (
            f"`{name}`",
            _default(below),
            "" if below.unit in _PARTS else below.unit,
            _allowed(below),
            below.meaning,
            "" if below.unit in _PARTS else below.source,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if shape.extra:
        lines.append("| anything else | | | anything | An option of your class. | the author |")
    return "\n".join([*lines, ""])


def settings_of_kinds(
    place: tuple[str, ...],
) -> Iterator[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """Yield (kind, meaning, settings) of the kinds that may be chosen at a place of the schema.

    A setting is (name, default, unit, meaning); settings of records below it are dotted.
    """
    shape: Shape | None = ROOT
    for step in place:
        shape = shape.child(step) if shape else None
    for tag, record in shape.choices if shape else ():
        rows = list(_rows(shape_of(record), ""))
        yield OPEN_KINDS.get(tag, tag), _opening(record), rows


def _rows(shape: Shape, base: str) -> Iterator[tuple[str, str, str, str]]:
    for name in shape.names:
        below = shape.child(name)
        if below is None or name == "kind":
            continue
        if below.record is not None and below.record is not Distribution:
            yield from _rows(below, f"{base}{name}.")
        else:
            unit = "" if below.unit in _PARTS else below.unit
            yield f"{base}{name}", _default(below).strip("`"), unit, below.meaning


def _opening(record: type[BaseModel]) -> str:
    """Return the first paragraph of a record's docstring."""
    paragraph = (record.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split()).replace("``", "`")


def _allowed(shape: Shape) -> str:
    if shape.record is not None and shape.record is not Distribution:
        return "see below"
    words = in_words(shape, _CURRENCY)
    words = words.removeprefix("a mapping with a ") if shape.choices else words
    return words.replace("<", "&lt;")  # Markdown would take it for a tag


def _default(shape: Shape) -> str:
    if shape.info is None or shape.required:
        return "required"
    value = shape.info.get_default()
    if isinstance(value, Distribution):
        return f"`{_compact(resolved(value, _CURRENCY))}`"
    if isinstance(value, BaseModel):
        return f"`kind: {value.kind}`" if hasattr(value, "kind") else ""
    if value is None:
        return "left out"
    if shape.unit.startswith("money"):
        return f"`{format_money(value, _CURRENCY)}`"
    return f"`{_compact(value)}`"


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_compact(part)}" for key, part in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    return str(value) or '""'


MARK = "Printed by `sim schema --markdown`.\n\n"
"""The line of docs/scenario.md after which everything is generated."""


def refresh(page: Path) -> None:
    """Write the committed JSON Schema and the generated part of ``page`` anew."""
    COMMITTED.write_text(json_schema_text(), encoding="utf-8")
    guide = page.read_text(encoding="utf-8").partition(MARK)[0]
    page.write_text(guide + MARK + markdown(), encoding="utf-8")


if __name__ == "__main__":  # python -m sim.scenario.reference, after a change of the schema
    refresh(Path(__file__).resolve().parents[2] / "docs" / "scenario.md")
