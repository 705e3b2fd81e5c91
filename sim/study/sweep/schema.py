"""The schema of a sweep file for editors (JSON Schema), from the records that read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.scenario.reference import wider
from sim.study.sweep.spec import SweepSpec

COMMITTED = Path(__file__).with_name("sweep.schema.json")


def json_schema() -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) that accepts whatever ``read_sweep`` accepts.

    It is wider where JSON Schema cannot follow: what may stand at a path is the scenario's to say.
    """
    schema = SweepSpec.model_json_schema()
    definitions = {name: wider(part) for name, part in schema.pop("$defs").items()}
    for name, short in (("Parameter", {"type": "array"}), ("MetricSpec", {"type": "string"})):
        definitions[name] = {"anyOf": [short, definitions[name]]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Flowtribe sweep",
        **wider(schema),
        "required": ["name", "base", "parameters", "metrics"],
        "$defs": definitions,
    }


def json_schema_text() -> str:
    """Return the JSON Schema as it is committed."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":  # python -m sim.study.sweep.schema, after a change of the records
    COMMITTED.write_text(json_schema_text(), encoding="utf-8")
