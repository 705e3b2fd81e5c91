"""The files a scenario is made of: reading them, and laying one over another (``extends``)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sim.errors import ScenarioError, Where, did_you_mean
from sim.scenario.tree import Node, merge

MAX_BYTES = 1 << 20
MAX_EXTENDS = 8

Parse = Callable[[str, str], Node]


def read_tree(file: str, parse: Parse, behind: tuple[str, ...] = ()) -> Node:
    """Read a file and everything it extends; ``behind`` are the files that led here.

    Raises:
        ScenarioError: if a file cannot be read or parsed, or files extend each other in a circle.
    """
    tree = parse(read_text(file), file)
    here = (*behind, os.path.realpath(file))
    return extend(tree, Path(file).parent, parse, here)


def extend(tree: Node, folder: Path, parse: Parse, behind: tuple[str, ...] = ()) -> Node:
    """Lay a tree over the file it extends, if any, whose name starts at ``folder``."""
    if not isinstance(tree.value, dict):
        got = "a list" if isinstance(tree.value, list) else "a single value"
        raise ScenarioError(tree.where, f"got {got}", "a scenario is lines of 'name: value'")
    named = tree.value.get("extends")
    if named is None:
        return tree
    where = replace(named.where, path="extends")
    if not isinstance(named.value, str) or not named.value or "\0" in named.value:
        raise ScenarioError(where, "needs the name of a file")
    parent = os.path.normpath(folder / named.value)
    if os.path.realpath(parent) in behind:
        raise ScenarioError(where, f"{named.value!r} extends itself, directly or through others")
    if len(behind) > MAX_EXTENDS:
        raise ScenarioError(where, "too many files extend each other", f"at most {MAX_EXTENDS}")
    if not os.path.isfile(parent):
        raise ScenarioError(where, f"there is no file {named.value!r}", "", _near(parent))
    base = _moved(read_tree(parent, parse, behind), Path(named.value).parent)
    own = {key: child for key, child in tree.value.items() if key != "extends"}
    return merge(base, replace(tree, value=own))


def _moved(tree: Node, step: Path) -> Node:
    """Return a base's tree with its graph files named from the folder of who extends it."""
    graph = tree.get("graph")
    if graph is None or not isinstance(graph.value, dict):
        return tree
    moved = dict(graph.value)
    for name in ("path", "labels"):
        node = moved.get(name)
        if node is not None and isinstance(node.value, str) and node.value:
            moved[name] = replace(node, value=os.path.normpath(step / node.value))
    return replace(tree, value={**tree.value, "graph": replace(graph, value=moved)})


def _near(path: str) -> str:
    """Return a YAML file with a similar name, in the same folder or in scenarios/ below it."""
    folder, name = os.path.split(path)
    for place in (folder, os.path.join(folder, "scenarios")):
        try:
            names = [n for n in os.listdir(place or ".") if n.endswith((".yaml", ".yml"))]
        except (OSError, ValueError):
            continue
        near = did_you_mean(name, names) or did_you_mean(f"{name}.yaml", names)
        if near:
            return os.path.join(place, near)
    return ""


def read_text(file: str) -> str:
    """Return a file's text.

    Raises:
        ScenarioError: if it is missing, unreadable, too large, or not UTF-8.
    """
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ScenarioError(Where(file), "there is no such file", "", _near(file)) from None
    except IsADirectoryError:
        raise ScenarioError(Where(file), "this is a folder", "name a YAML file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ScenarioError(Where(file), f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise ScenarioError(Where(file), "larger than 1 MiB", "a scenario is a page of text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        where = Where(file, before.count(b"\n") + 1, column)
        raise ScenarioError(where, "not UTF-8 text", "save the file as UTF-8") from None
