"""What pydantic found wrong, in plain words and with the place in the file.

Pydantic names a place by ``loc``, in which the tags of unions appear between the keys; here they
are taken out, the rest is looked up in the tree, and the message says what may be written instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from pydantic import ValidationError

from sim.errors import ScenarioError, Where, did_you_mean
from sim.scenario.shape import ROOT, Shape, in_words, kinds, suggest
from sim.scenario.tree import Node, Path, nearest
from sim.scenario.units import WrongPart

_YES_NO = {"no": "false", "off": "false", "n": "false", "yes": "true", "on": "true", "y": "true"}
_SHOWN = 60


class Found(NamedTuple):
    """One thing that is wrong: its path, pydantic's error type, and how to say it."""

    path: Path
    type: str
    problem: str
    allowed: str = ""
    hint: str = ""
    at_key: bool = False

    def at(self, where: Where) -> ScenarioError:
        """Return the error as told about a place."""
        return ScenarioError(where, self.problem, self.allowed, self.hint)


def found(error: ValidationError, tree: Node, currency: str, root: Shape = ROOT) -> list[Found]:
    """List what pydantic complained about, in words.

    ``tree`` is what was validated, ``root`` the shape of the record that it was to become.
    """
    return [
        _found(item, tree, currency, root)
        for item in error.errors(include_url=False, include_input=False)
    ]


def dotted(path: Path) -> str:
    """Return ``merchants.buyer.count`` for ("merchants", "buyer", "count")."""
    return ".".join(map(str, path))


def place_of(tree: Node, path: Path, at_key: bool = False) -> Where:
    """Return where a path was written, or the nearest mapping around it that was.

    A place on the command line (``--set a.b``) that already names the path does not repeat it.
    """
    node, exact = nearest(tree, path)
    where = node.key if at_key and exact and node.key is not None else node.where
    name = dotted(path)
    said = where.file.partition(" ")[2] if where.file.startswith("--") else ""
    return replace(where, path="" if said and said == name else name)


def _found(item: Any, tree: Node, currency: str, root: Shape) -> Found:
    kind = str(item["type"])
    loc = tuple(item["loc"])
    if loc and loc[-1] == "[key]":
        return _wrong_name(loc[:-1], kind)
    path, shape, parent = _walk(loc, root)
    node, exact = nearest(tree, path)
    if kind == "missing":
        needs = f"needs {in_words(shape, currency)}: {shape.meaning}".removesuffix(".")
        return Found(path, kind, "missing", needs)
    if kind == "extra_forbidden":
        return _unknown(path, kind, parent)
    if kind == "union_tag_invalid":
        return _wrong_kind(path, kind, shape, node)
    reason = item.get("ctx", {}).get("error")
    if kind == "value_error" and node.value is not None:
        part = (reason.part,) if isinstance(reason, WrongPart) else ()
        return Found((*path, *part), kind, str(reason))
    needs = f"needs {in_words(shape, currency)}"
    if node.value is None and exact:
        otherwise = "or leave the line out" if shape.info is not None else "{} takes all defaults"
        return Found(path, kind, "nothing is written here", f"{needs}, {otherwise}")
    return Found(path, kind, f"got {_show(node)}", needs, _hint(node, shape))


def _walk(loc: tuple[Any, ...], root: Shape) -> tuple[Path, Shape, Shape]:
    """Return (path without union tags, shape there, shape of the mapping around it)."""
    path: Path = ()
    shape = parent = root
    for part in loc:
        records = dict(shape.choices)
        if part in records:
            shape = Shape(info=shape.info, record=records[part])
            continue
        parent, path = shape, (*path, part)
        shape = shape.child(part) or Shape()
    return path, shape, parent


def _show(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if not isinstance(node.value, str):
        return node.text
    text = node.value if len(node.value) <= _SHOWN else node.value[:_SHOWN] + "…"
    numeric = node.value.replace("_", "").replace(".", "").isdecimal()
    return f"the text {text!r}" if numeric else repr(text)


def _hint(node: Node, shape: Shape) -> str:
    words = in_words(shape)
    if isinstance(node.value, str):
        if shape.annotation is bool:
            return _YES_NO.get(node.value.lower(), "")
        if words.startswith("one of "):
            return did_you_mean(node.value, words.removeprefix("one of ").split(", "))
    is_number = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    if "such as 5%" in words and is_number and 1 < node.value <= 100:
        return f"{node.text}%"
    if shape.annotation is str and is_number:
        return f'"{node.text}"'
    return ""


def _wrong_name(path: Path, kind: str) -> Found:
    needs = "names have at most 64 letters, digits, - and _, and start with a letter or digit"
    return Found(path, kind, f"{path[-1]!r} cannot be a name", needs, at_key=True)


def _unknown(path: Path, kind: str, parent: Shape) -> Found:
    allowed = f"allowed are {', '.join(parent.names)}"
    hint = suggest(parent, str(path[-1]))
    return Found(path, kind, "unknown setting", allowed, hint, at_key=True)


def _wrong_kind(path: Path, kind: str, shape: Shape, node: Node) -> Found:
    names = kinds(shape)
    needs = f"needs one of {', '.join(names[:-1])} or {names[-1]}"
    if not isinstance(node.value, dict):
        hint = f"{{kind: {node.value}}}" if node.value in names else ""
        return Found(path, kind, f"got {_show(node)}", f"needs {in_words(shape)}", hint)
    chosen = node.get("kind")
    if chosen is None:
        return Found((*path, "kind"), kind, "missing", needs)
    hint = did_you_mean(chosen.value, names) if isinstance(chosen.value, str) else ""
    return Found((*path, "kind"), kind, f"got {_show(chosen)}", needs, hint)
