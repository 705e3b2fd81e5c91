"""What was understood: a scenario with every default filled in, as text and as a digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.scenario.distribution import OWN_UNIT, Distribution
from sim.scenario.population import EdgeList
from sim.scenario.schema import Scenario
from sim.scenario.shape import ROOT, Shape

# What two scenarios may differ in and still give the same results. ``seed`` does change results,
# but a run is named by digest and seed.
NOT_IN_DIGEST = ("name", "description", "question", "seed", "check")

# Plain YAML text that no reader takes for something else; anything else is quoted.
_WORD = r"(?!(?:true|false|null|yes|no|on|off|y|n|nan|inf)$)"
_PLAIN = re.compile(
    _WORD + r"(?:[A-Za-z_][\w./-]*(?::[A-Za-z_]\w*)?|-?\d+(?:\.\d+)? ?(?:%|[A-Z]{3}))",
    re.ASCII | re.IGNORECASE,
)
_PLAIN_KEY = re.compile(_WORD + r"[A-Za-z_][\w.-]*", re.ASCII | re.IGNORECASE)
_NOT_PRINTABLE = re.compile(
    "[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\ufeff]"
)
# A unit is not worth a comment where it says nothing about a number.
_UNSAID = ("", "name", "text", "path", "record", "mapping", "list", "number", OWN_UNIT)


def resolved(record: BaseModel, currency: str) -> dict[str, Any]:
    """Return a record as plain values: money as ``129.00 CNY``, distributions by their one shape.

    Nothing is left out, so the result does not depend on later changes of defaults.
    """
    dumped: dict[str, Any] = record.model_dump(mode="json", context={"currency": currency})
    if isinstance(record, Distribution):
        return {key: part for key, part in dumped.items() if part is not None}
    _tidy(record, dumped)
    return dumped


def _tidy(record: BaseModel, dumped: dict[str, Any]) -> None:
    """Keep of every distribution the shape that is given, and put ``kind`` first; in place."""
    if "kind" in dumped:
        rest = dict(dumped)
        dumped.clear()
        dumped.update(kind=rest.pop("kind"), **rest)
    for name, value in record:
        if isinstance(value, Distribution):
            given = {key: part for key, part in dumped[name].items() if part is not None}
            dumped[name] = given.get("constant", given)
        elif isinstance(value, BaseModel):
            _tidy(value, dumped[name])
        elif isinstance(value, dict):
            for key, part in value.items():
                if isinstance(part, BaseModel):
                    _tidy(part, dumped[name][key])


def digest(scenario: Scenario, folder: Path | str = ".") -> str:
    """Return the SHA-256 (hex) of everything in a scenario that its results depend on.

    That is the canonical JSON of the resolved scenario without ``NOT_IN_DIGEST``; the order of
    merchants and platforms counts, the way they were written does not (``5%`` is 0.05, a default
    written out is the default), except that the values of events enter as they were written. Of
    an ``edge_list`` graph the contents of the files enter in place of their paths, which start at
    ``folder``.

    Raises:
        OSError: if a graph file cannot be read.
    """
    content = resolved(scenario, scenario.currency)
    for name in NOT_IN_DIGEST:
        content.pop(name)
    content["graph"] = _graph(scenario, Path(folder))
    return _sha256(content)


def society_digest(scenario: Scenario, seed: int, folder: Path | str = ".") -> str:
    """Return the SHA-256 (hex) of everything that people and ties depend on.

    Scenarios that differ in merchants, fees or laws, not in people, ties and how often people visit
    which platform, have the same society under the same seed.

    Raises:
        OSError: if a graph file cannot be read.
    """
    currency = scenario.currency
    return _sha256(
        {
            "seed": seed,
            "consumers": resolved(scenario.consumers, currency),
            "graph": _graph(scenario, Path(folder)),
            "categories": [
                [name, resolved(category, currency)["need_rate"]]
                for name, category in scenario.categories.items()
            ],
            "visits": [
                [name, resolved(platform.visits_per_day, currency)]
                for name, platform in scenario.platforms.items()
            ],
        }
    )


def _sha256(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _graph(scenario: Scenario, folder: Path) -> dict[str, Any]:
    """Return the resolved graph, with the contents of its files in place of their paths."""
    content = resolved(scenario.graph, scenario.currency)
    if isinstance(scenario.graph, EdgeList):
        for name in ("path", "labels"):
            path = getattr(scenario.graph, name)
            content[name] = None if path is None else _file_digest(Path(folder, path))
    return content


def _file_digest(path: Path) -> str:
    stamp = path.stat()  # thousands of trials may share one large file
    return _digest_of_version(str(path), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=64)
def _digest_of_version(path: str, mtime_ns: int, size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dump(scenario: Scenario) -> str:
    """Return the resolved scenario as YAML with units; reading it gives an equal record."""
    return "\n".join(_lines(resolved(scenario, scenario.currency), ROOT, "")) + "\n"


def _lines(items: dict[str, Any], shape: Shape | None, indent: str) -> Iterator[str]:
    inner = shape.chosen(items) if shape else None
    for key, value in items.items():
        below = inner.child(key) if inner else None
        head = f"{indent}{_key(key)}:"
        if isinstance(value, dict) and value:
            yield head + _comment(below)
            yield from _lines(value, below, indent + "  ")
        elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
            yield head
            element = below.child(0) if below else None
            for part in value:
                yield from _item(part, element, indent + "  ")
        else:
            yield f"{head} {_flow(value)}{_comment(below)}"


def _comment(shape: Shape | None) -> str:
    return f"  # {shape.unit}" if shape is not None and shape.unit not in _UNSAID else ""


def _item(value: Any, shape: Shape | None, indent: str) -> Iterator[str]:
    if not isinstance(value, dict) or not value:
        yield f"{indent}- {_flow(value)}"
        return
    first, *rest = _lines(value, shape, indent + "  ")
    yield f"{indent}- {first.removeprefix(indent + '  ')}"
    yield from rest


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _quoted(key)


def _flow(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return repr(value)
    return value if _PLAIN.fullmatch(value) else _quoted(value)


def _quoted(text: str) -> str:
    """Write text in double quotes; what YAML calls unprintable is escaped."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _NOT_PRINTABLE.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    return {"\n": "\\n", "\t": "\\t"}.get(match[0]) or f"\\U{ord(match[0]):08x}"
