"""Text -> checked record. The only file that knows YAML, and of YAML only what is safe.

Accepted is YAML 1.2 without surprises: ``true`` and ``false`` are the only booleans, numbers are
decimal (``1e-3`` and ``100_000`` are numbers, ``010`` is refused), keys are text, everything else
is text. Tags, duplicate keys, merge keys, several documents and bombs of aliases are refused with
the place. Reading goes: text -> tree of places (here) -> ``extends`` -> ``--set`` -> ``checked``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import yaml

from sim.errors import ScenarioError, Where
from sim.scenario.checked import Loaded, check
from sim.scenario.events import apply_event
from sim.scenario.reference import json_schema
from sim.scenario.resolved import digest, dump
from sim.scenario.sources import extend, read_tree
from sim.scenario.tree import MAX_DEPTH, Node, assign, from_python

__all__ = [
    "Loaded",
    "apply_event",
    "digest",
    "dump",
    "from_dict",
    "json_schema",
    "load",
    "loads",
]

MAX_NODES = 50_000
MAX_ALIASES = 100
MAX_NUMBER = 40  # characters; a longer one is a mistake, and slow to read

_INT = re.compile(r"[-+]?(0|[1-9]\d*(_\d+)*)", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[\d_]+", re.ASCII)
_OTHER_BASE = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(_\d+)*(\.\d*)?)([eE][-+]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BOOL = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_NULL = ("", "~", "null", "Null", "NULL")


# --- what people call it -----------------------------------------------------------------------


def load(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Loaded:
    """Read, extend, override and check the scenario in a file.

    Args:
        path: the YAML file.
        overrides: ``dotted.path=value`` each; the value is YAML on one line, and replaces.

    Raises:
        ScenarioError: for anything that is wrong, ``ScenarioErrors`` if it is more than one thing.
    """
    file = os.fspath(path)
    return finish(read_tree(file, parse), file, Path(file).parent, overrides)


def loads(
    text: str,
    name: str = "<text>",
    folder: str | os.PathLike[str] = ".",
    overrides: Sequence[str] = (),
) -> Loaded:
    """Read a scenario from text; ``name`` stands for the file in errors. See ``load``."""
    tree = extend(parse(text, name), Path(folder), parse)
    return finish(tree, name, Path(folder), overrides)


def from_dict(
    values: Mapping[str, Any],
    folder: str | os.PathLike[str] = ".",
    overrides: Sequence[str] = (),
) -> Loaded:
    """Check a scenario given as Python values, written as in YAML (``{"price": "129 CNY"}``).

    Records (``Platform(...)``) may stand for mappings. See ``load``.
    """
    where = Where("<dict>")
    tree = from_python(dict(values), where, str(values.get("currency", "CNY")))
    return finish(extend(tree, Path(folder), parse), where.file, Path(folder), overrides)


def finish(tree: Node, file: str, folder: Path, overrides: Sequence[str]) -> Loaded:
    """Override and check a tree that was read and extended. See ``load``."""
    for text in overrides:
        path, equals, value = text.partition("=")
        path = path.strip()
        place = Where(f"--set {path}")
        if not equals or not path:
            allowed = "write path=value, for example platforms.mall.fee=8%"
            raise ScenarioError(Where("--set"), f"{text!r} has no path and value", allowed)
        if not value.strip():
            raise ScenarioError(place, "nothing after '='", "write null to take a setting back")
        new = _on_command_line(parse(value, place.file), place)
        tree = assign(tree, path, replace(new, key=place), place)
    return check(tree, file, folder)


def _on_command_line(node: Node, place: Where) -> Node:
    """Return the tree with all places named by the option; a command line has no lines."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _on_command_line(child, place) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_on_command_line(child, place) for child in value]
    return Node(value, place, place, node.text)


# --- YAML ---------------------------------------------------------------------------------------


class _Composer(yaml.SafeLoader):
    """PyYAML's parser without its opinions: no tags, every scalar keeps its text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML reads it from the class

    def __init__(self, text: str, file: str) -> None:
        self.file, self.depth, self.count, self.aliases = file, 0, 0, 0
        super().__init__(text)

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node; stop at what is refused and before it grows too large."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            self.aliases += 1
        if self.aliases > MAX_ALIASES:
            _refuse(self.file, event.start_mark, f"more than {MAX_ALIASES} aliases (*name)")
        if self.count > MAX_NODES:
            _refuse(self.file, event.start_mark, f"more than {MAX_NODES:,} values")
        if self.depth > MAX_DEPTH:
            _refuse(self.file, event.start_mark, f"nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "tag", None) is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            _refuse(self.file, event.start_mark, f"the tag {tag} is not used here", "leave it out")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refuse(file: str, mark: Any, problem: str, allowed: str = "") -> NoReturn:
    raise ScenarioError(Where(file, mark.line + 1, mark.column + 1), problem, allowed)


def parse(text: str, file: str) -> Node:
    """Turn YAML text into a tree of places; ``file`` names it in errors.

    Raises:
        ScenarioError: at the first thing that is not YAML, or more than a scenario needs.
    """
    try:
        composer = _Composer(text, file)
        root: Any = composer.get_single_node()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        where = Where(file, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
        code = f"U+{ord(text[error.position]):04X}"
        raise ScenarioError(where, f"the character {code} is not allowed in YAML") from None
    except yaml.MarkedYAMLError as error:
        problem, allowed = _syntax_in_words(error.problem or error.context or "")
        at_start = "is not closed" in problem
        mark: Any = (error.context_mark if at_start else None) or error.problem_mark
        _refuse(file, mark, problem, allowed)
    if root is None:
        raise ScenarioError(Where(file, 1, 1), "empty", "a scenario needs at least a name")
    return _Converter(file).convert(root, ())


_SYNTAX = (
    ("found another document", "a second document ('---')", "one file is one scenario"),
    ("'\\t' that cannot start", "a tab", "indent with spaces"),
    ("cannot start any token", "text cannot start with this character", "put it in quotes"),
    (
        "mapping values are not allowed",
        "a ':' too many, or wrong indentation",
        "put text with ': ' in quotes",
    ),
    ("could not find expected ':'", "no ':' after the name", "write 'name: value'"),
    (
        "undefined alias",
        "*name without an &name before it",
        "put text that starts with * in quotes",
    ),
    ("duplicate anchor", "the same &name twice", ""),
    ("expected <block end>", "wrong indentation", "settings of one mapping start in one column"),
    ("expected ',' or '}'", "',' or '}' is missing", ""),
    ("expected ',' or ']'", "',' or ']' is missing", ""),
    ("unexpected end of stream", "a quote is not closed", ""),
    ("unknown escape character", "unknown escape after '\\'", "use single quotes for plain text"),
    ("expected the node content", "a value is missing or misplaced", ""),
)


def _syntax_in_words(said: str) -> tuple[str, str]:
    """Return (problem, what is allowed) for a message of PyYAML's parser."""
    for part, problem, allowed in _SYNTAX:
        if part in said:
            return problem, allowed
    return f"not YAML: {said}", ""


class _Converter:
    """Turns PyYAML's nodes into ours, at most ``MAX_NODES`` once aliases are written out."""

    def __init__(self, file: str) -> None:
        self.file, self.count = file, 0

    def convert(self, node: Any, above: tuple[int, ...]) -> Node:
        """Convert a node; ``above`` are the identities of those around it."""
        self.count += 1
        mark = node.start_mark
        if self.count > MAX_NODES:
            _refuse(self.file, mark, f"aliases expand to more than {MAX_NODES:,} values")
        if id(node) in above:
            _refuse(self.file, mark, "an anchor that contains itself")
        if len(above) > MAX_DEPTH:
            _refuse(self.file, mark, f"aliases nest more than {MAX_DEPTH} levels deep")
        where = Where(self.file, mark.line + 1, mark.column + 1)
        inside = (*above, id(node))
        if isinstance(node, yaml.MappingNode):
            return Node(self._mapping(node, inside), where)
        if isinstance(node, yaml.SequenceNode):
            return Node([self.convert(child, inside) for child in node.value], where)
        value = node.value if node.style is not None else _scalar(node.value, where)
        return Node(value, where, text=node.value)

    def _mapping(self, node: Any, inside: tuple[int, ...]) -> dict[str, Node]:
        items: dict[str, Node] = {}
        for key, child in node.value:
            mark = key.start_mark
            if not isinstance(key, yaml.ScalarNode):
                _refuse(self.file, mark, "a name must be plain text")
            if key.style is None and key.value == "<<":
                _refuse(self.file, mark, "merge keys (<<) are not used here", "see extends")
            if not key.value:
                _refuse(self.file, mark, "a name is missing before ':'")
            where = Where(self.file, mark.line + 1, mark.column + 1)
            if key.value in items:
                first = items[key.value].key
                line = first.line if first else 0
                _refuse(self.file, mark, f"{key.value!r} is written twice", f"first in line {line}")
            items[key.value] = replace(self.convert(child, inside), key=where)
        return items


def _scalar(text: str, where: Where) -> str | int | float | bool | None:
    """Read a plain scalar: null, a boolean, a number, or else text.

    Raises:
        ScenarioError: for numbers that mean different things to different readers.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _NOT_FINITE.fullmatch(text):
        raise ScenarioError(where, f"{text} is not a number", "write a finite one")
    number = _LEADING_ZERO.fullmatch(text) or _OTHER_BASE.fullmatch(text) or _FLOAT.fullmatch(text)
    if number is None:
        return text
    if len(text) > MAX_NUMBER:
        raise ScenarioError(where, "a number with too many digits", f"at most {MAX_NUMBER}")
    if _LEADING_ZERO.fullmatch(text):
        allowed = "write it without the 0, or in quotes if it is text"
        raise ScenarioError(where, f"{text} may mean {int(text)} or an octal number", allowed)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    digits = text.replace("_", "")
    if _INT.fullmatch(text):
        return int(digits)
    if not math.isfinite(float(digits)):
        raise ScenarioError(where, f"{text} is too large for a number")
    return float(digits)
