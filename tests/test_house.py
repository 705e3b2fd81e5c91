"""The rules of the house that a reader cannot see in one file: who may import whom, how long a
file may get, and what must not be shipped.

Imports run one way: cli → check → study → engine → {steps, merchants} → world → scenario →
{rng, kernel, errors}. Arrows may skip floors downwards, never turn.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sim"

FLOOR = {
    "cli": 7,
    "check": 6,
    "study": 5,
    "engine": 4,
    "steps": 3,
    "merchants": 3,
    "world": 2,
    "scenario": 1,
    "rng": 0,
    "kernel": 0,
    "lanes": 0,
    "errors": 0,
}
"""The floor of every part of the package; a part may import from lower floors and from itself."""

GROUND = {part for part, floor in FLOOR.items() if floor == 0}
"""The ground floor is one room: its modules may import each other."""

FRONT_DOOR = {"__init__.py", "__main__.py"}
"""Files directly under sim/ that may import anything, lazily."""

ONLY_IN = {
    "mesa": {"merchants/merchant.py", "engine/model.py"},
    "yaml": {"scenario/load.py"},
}
"""Third-party packages with one place each, so that they can be replaced, or not imported."""

NO_NAME = {"utils", "base", "common"}
"""Names that say nothing: a helper lives with its caller, or is a concept and gets its name."""

MAX_LINES = 350
WRITTEN_BY_HAND = {".py", ".html", ".css", ".js", ".jinja", ".j2"}

BY_NAME = re.compile(r"--(?:index-url|extra-index-url|find-links|trusted-host)\b|https?:| @ \w+:")
"""What a set-up would name a host or a local path with, from which packages come. Which registry to
use is the reader's setting, never the project's."""

SET_UP = ("requirements.lock", "pyproject.toml", "Makefile", ".ci/run")


# --- the checker -----------------------------------------------------------------------------


def imported(tree: ast.AST, path: PurePosixPath) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, anywhere in a file (`path` is below sim/).

    `from sim import world` and `from . import world` both give `sim.world`.
    """
    folder = ["sim", *path.parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            if module == "sim":
                yield from ((node.lineno, f"sim.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


def part_of(path: PurePosixPath) -> str:
    """Return the part of the package a file belongs to: `world` for world/graph.py."""
    return path.parts[0].removesuffix(".py")


def complaint(path: PurePosixPath, name: str) -> str | None:
    """Say what is wrong with `name` being imported by the file `path`, or None."""
    top, _, rest = name.partition(".")
    if top != "sim":
        allowed = ONLY_IN.get(top)
        if allowed is not None and str(path) not in allowed:
            return f"{top} may be imported only in {' and '.join(sorted(allowed))}"
        return None
    if str(path) in FRONT_DOOR or rest == "__version__":
        return None
    here, there = part_of(path), rest.split(".")[0]
    if there not in FLOOR:
        return f"{name} is the front door, or on no floor: import from the module that owns it"
    if here == there or {here, there} <= GROUND:
        return None
    if FLOOR[there] == FLOOR[here]:
        return f"{here} and {there} never import each other"
    if FLOOR[there] > FLOOR[here]:
        return f"{here} may not import {there}: arrows run down, never up"
    return None


def violations(source: str, path: str) -> list[str]:
    """Return every breach of the house rules in one source; `path` is relative to sim/."""
    where = PurePosixPath(path)
    found = []
    if str(where) not in FRONT_DOOR and part_of(where) not in FLOOR:
        found.append(f"sim/{where}: on no floor; give it a place in FLOOR and say so in the docs")
    named = {where.stem, *where.parts[:-1]} & NO_NAME
    if named:
        found.append(f"sim/{where}: {min(named)!r} is no name: call it by what it is about")
    if found:
        return found
    for line, name in imported(ast.parse(source, filename=path), where):
        problem = complaint(where, name)
        if problem:
            found.append(f"sim/{where}:{line}: {problem}")
    return found


# --- the house as it stands ------------------------------------------------------------------


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_imports_run_one_way() -> None:
    found = [
        problem
        for path in sources()
        for problem in violations(
            path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix()
        )
    ]
    assert not found, "\n".join(["", *found])


def test_no_file_is_too_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines, at most {MAX_LINES}"
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in WRITTEN_BY_HAND and not path.name.endswith(".min.js")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    ]
    assert not long, "\n".join(["", *long])


@pytest.mark.parametrize("name", SET_UP)
def test_set_up_names_no_host(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [f"{name}:{n}: {line}" for n, line in enumerate(lines, 1) if BY_NAME.search(line)]
    assert not found, "\n".join(["", *found])


def test_lock_has_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9].*(?:\n .*)*", lock, re.M | re.I)
    assert pins, "the lock is empty"
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_lock_covers_what_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["dev"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.M)}
    missing = {plain(re.split(r"[<>=!~;\[ ]", name)[0]) for name in declared} - pinned
    assert not missing, f"run 'make lock': {sorted(missing)} not in requirements.lock"


def plain(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


# --- the checker catches what it is for ------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "source", "says"),
    [
        ("world/graph.py", "from sim.engine.model import Market", "arrows run down"),
        ("world/graph.py", "from sim import engine", "arrows run down"),
        ("world/graph.py", "import sim.engine.model as m", "arrows run down"),
        ("world/graph.py", "from ..engine import model", "arrows run down"),
        ("world/graph.py", "from .. import engine", "arrows run down"),
        ("world/graph.py", "def f():\n    from sim.study import sweep", ":2: world may not"),
        ("scenario/schema.py", "if TYPE_CHECKING:\n    import sim.world", "arrows run down"),
        ("rng.py", "from sim.scenario.load import load", "arrows run down"),
        ("study/sweep.py", "from sim.cli import main", "arrows run down"),
        ("steps/diffusion.py", "from sim.check.twins import plain_cascade", "arrows run down"),
        ("steps/traffic.py", "from sim.merchants.strategy import Strategy", "each other"),
        ("merchants/strategy.py", "from sim.steps import traffic", "each other"),
        ("study/report.py", "import mesa", "mesa may be imported only in"),
        ("engine/recorder.py", "from mesa.agent import Agent", "mesa may be imported only in"),
        ("scenario/schema.py", "import yaml", "yaml may be imported only in"),
        ("cli.py", "from yaml import safe_load", "yaml may be imported only in"),
        ("study/report.py", "from sim import Market", "front door"),
        ("study/report.py", "import sim", "front door"),
        ("study/utils.py", "", "is no name"),
        ("world/common/graph.py", "", "is no name"),
        ("helpers.py", "", "on no floor"),
    ],
)
def test_checker_catches(path: str, source: str, says: str) -> None:
    found = violations(source, path)
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cli.py", "from sim.study.sweep import sweep\nfrom sim.errors import SimError"),
        ("study/sweep.py", "from sim.scenario.load import load\nimport numpy as np"),
        ("engine/model.py", "import mesa\nfrom sim.steps import pipeline\nimport sim.merchants"),
        ("engine/folder.py", "from sim import __version__\nfrom .recorder import Recorder"),
        ("merchants/merchant.py", "from mesa import Agent\nfrom ..world.market import Market"),
        ("scenario/load.py", "import yaml\nfrom sim.errors import ScenarioError"),
        ("rng.py", "from sim.kernel import kernel"),
        ("world/graph.py", "from . import consumers\nfrom .. import rng"),
        ("__init__.py", "from sim.engine.model import Market\nimport sim.cli"),
        ("__main__.py", "from sim.cli import main"),
        ("steps/traffic.py", "import simpy, mesa_like"),
    ],
)
def test_checker_lets_pass(path: str, source: str) -> None:
    assert violations(source, path) == []
