"""Every setting says what it is, every default is allowed, and what is generated is fresh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario import reference
from sim.scenario.distribution import Distribution
from sim.scenario.load import from_dict, json_schema, loads
from sim.scenario.population import EdgeList
from sim.scenario.resolved import resolved
from sim.scenario.schema import Scenario
from sim.scenario.shape import ROOT, Shape, in_words, kinds

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "scenario.md"
CORPUS = PROJECT / "tests" / "scenarios"
FRESHEN = "the schema has changed: run python -m sim.scenario.reference"


def records(shape: Shape = ROOT, seen: set[type] | None = None) -> Iterator[type[BaseModel]]:
    seen = set() if seen is None else seen
    for _, record in shape.choices:
        yield from records(Shape(record=record), seen)
    below = shape.child("x") if shape.item is not None else shape.child(0)
    if below is not None and not shape.open:
        yield from records(below, seen)
    if shape.record is not None and shape.record not in seen:
        seen.add(shape.record)
        yield shape.record
        for name in shape.names:
            child = shape.child(name)
            assert child is not None
            yield from records(child, seen)


RECORDS = list(records())
FIELDS = [(r, name, info) for r in RECORDS for name, info in r.model_fields.items()]
IDS = [f"{record.__name__}.{name}" for record, name, _ in FIELDS]


def test_the_walk_finds_everything() -> None:
    assert len(RECORDS) >= 30
    assert {"Uniform", "Community", "EdgeList", "Event", "UserStrategy"} <= {
        record.__name__ for record in RECORDS
    }


@pytest.mark.parametrize(("record", "name", "info"), FIELDS, ids=IDS)
def test_every_field_says_what_it_is(record: type[BaseModel], name: str, info: FieldInfo) -> None:
    shape = Shape(record=record).child(name)
    assert shape is not None
    assert shape.unit, "no unit"
    assert shape.source, "no source (or the word 'assumption')"
    assert len(shape.meaning) > 3, "no meaning"
    assert shape.meaning.endswith(".")
    assert "[" not in shape.meaning
    assert in_words(shape) != "anything" or shape.open


@pytest.mark.parametrize(("record", "name", "info"), FIELDS, ids=IDS)
def test_every_default_has_the_type_of_a_value(
    record: type[BaseModel], name: str, info: FieldInfo
) -> None:
    if info.is_required():
        return
    default = info.get_default()
    parts = {EdgeList: {"path": "x"}}.get(record, {})
    required = {key for key, field in record.model_fields.items() if field.is_required()}
    if not required - set(parts) and record is not Distribution:  # which has no default
        made = record.model_validate(parts)
        again = record.model_validate({**parts, **resolved(made, "CNY")})
        assert getattr(again, name) == default
        assert type(getattr(again, name)) is type(default)  # an int for a float compiles twice
    if type(None) in get_args(info.annotation):
        assert default is None, "null in a file must mean the default"


def test_every_record_has_a_docstring_of_its_own() -> None:
    for record in RECORDS:
        assert record.__doc__, record.__name__


@pytest.mark.parametrize("path", ["graph", "merchants.*.strategy"])
def test_every_kind_can_be_chosen(path: str) -> None:
    shape = ROOT
    for step in path.split("."):
        below = shape.child(step)
        assert below is not None
        shape = below
    for kind, (_, record) in zip(kinds(shape), shape.choices, strict=True):
        if "<" in kind or record is EdgeList:
            continue
        kind = kind.replace("package.module", "my.shop")
        given = {"kind": kind}
        other = {"count": 1}  # whom one may imitate
        firms = {"merchants": {"b": {"strategy": given}, "other": other}}
        values = {"graph": given} if path == "graph" else firms
        scenario = from_dict({"name": "a", **values}).scenario
        chosen = scenario.graph if path == "graph" else scenario.merchants["b"].strategy
        assert isinstance(chosen, record)


def test_number_of_consumers() -> None:
    assert from_dict({"name": "a"}).scenario.consumers.count == 10_000
    graph = {"kind": "networkx:karate_club_graph"}
    assert from_dict({"name": "a", "graph": graph}).scenario.consumers.count is None
    ties = EdgeList(path="x")
    assert Scenario(name="a", graph=ties).consumers.count is None
    assert Scenario(name="a").consumers.count == 10_000
    assert Scenario(name="a", consumers=Scenario(name="b", graph=ties).consumers).consumers.count


def test_records_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Scenario(name="a").days = 3


# --- what is generated ---------------------------------------------------------------------------


def test_committed_json_schema_is_fresh() -> None:
    assert reference.COMMITTED.read_text(encoding="utf-8") == reference.json_schema_text(), FRESHEN


def test_reference_page_is_fresh() -> None:
    guide, mark, tables = PAGE.read_text(encoding="utf-8").partition(reference.MARK)
    assert guide
    assert mark
    assert tables == reference.markdown(), FRESHEN


def test_reference_names_every_setting() -> None:
    text = reference.markdown()
    for record, name, _ in FIELDS:
        assert f"| `{name}` |" in text, f"{record.__name__}.{name}"


def test_examples_of_the_guide_are_valid() -> None:
    guide = PAGE.read_text(encoding="utf-8").partition("## Reference")[0]
    examples = re.findall(r"```yaml\n(.*?)```", guide, re.S)
    assert len(examples) >= 4
    for text in examples:
        if "extends:" in text or "edge_list" in text:
            continue  # need another file
        loads(text if "name:" in text else f"name: example\n{text}")


# --- JSON Schema accepts what the loader accepts -------------------------------------------------


def fits(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Whether a value fits a schema: the part of JSON Schema that ours uses."""
    if "$ref" in schema:
        return fits(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if "anyOf" in schema and not any(fits(value, part, whole) for part in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, name) for name in types):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            value >= schema.get("minimum", value)
            and value <= schema.get("maximum", value)
            and not value <= schema.get("exclusiveMinimum", value - 1)
            and not value >= schema.get("exclusiveMaximum", value + 1)
        )
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {}), whole) for item in value)
    if isinstance(value, dict):
        return all(name in value for name in schema.get("required", ())) and all(
            fits_key(key, item, schema, whole) for key, item in value.items()
        )
    return True


def fits_key(key: str, value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    if key in schema.get("properties", {}):
        return fits(value, schema["properties"][key], whole)
    for pattern, part in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return fits(value, part, whole)
    other = schema.get("additionalProperties", True)
    return other if isinstance(other, bool) else fits(value, other, whole)


def is_type(value: Any, name: str) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {
        "null": value is None,
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "integer": number and float(value).is_integer(),
        "number": number,
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
    }[name]


class Editor(yaml.SafeLoader):
    """Reads YAML as the readers inside editors do: 1.2, so 100_000 is text and 1e-3 a number."""


Editor.yaml_implicit_resolvers = {}
for tag, pattern in (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), None)
Editor.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node))
)
Editor.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node))
)


def as_editor_reads(text: str) -> Any:
    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {"null" if k is None else str(k): named(v) for k, v in value.items()}
        return [named(part) for part in value] if isinstance(value, list) else value

    return named(yaml.load(text, Loader=Editor))


@pytest.mark.parametrize(
    "path",
    [
        *sorted((CORPUS / "valid").rglob("*.yaml")),
        *sorted((PROJECT / "scenarios").glob("*.yaml")),
    ],
    ids=lambda path: path.stem,
)
def test_json_schema_accepts_what_the_loader_accepts(path: Path) -> None:
    schema = json_schema()
    assert fits(as_editor_reads(path.read_text(encoding="utf-8-sig")), schema, schema)


@pytest.mark.parametrize(
    "name",
    [
        "unknown_setting",
        "choice_misspelt",
        "days_zero",
        "quality",
        "strategy_kind",
        "graph_kind",
        "name_missing",
        "money_words",
        "rate_as_percent",
        "distribution_misspelt",
        "boolean_is_no",
        "merchant_name",
        "event_day_missing",
        "setting_of_another_level",
        "number_in_quotes",
    ],
)
def test_json_schema_refuses_common_mistakes(name: str) -> None:
    schema = json_schema()
    text = "name: a\nmerchants: {b: {product: {quality: 2}}}\n"
    if name != "quality":
        text = (CORPUS / "invalid" / f"{name}.yaml").read_text(encoding="utf-8")
    assert not fits(as_editor_reads(text), schema, schema)
