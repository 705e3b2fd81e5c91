"""What lies below a folder: finished runs and sweeps; everything else is passed over with a word.

A run is a folder with a complete ``manifest.json``, ``summary.json`` and every table; a sweep is a
folder with a ``manifest.json`` of kind ``sweep`` (or a design) beside ``results.parquet``. Nothing
is opened here but JSON and the last four bytes of each Parquet file, so thousands of folders take
a second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.engine.columns import SCHEMA_VERSION, TABLES
from sim.errors import ScenarioError, Where

DATA = {*(f"{table}.parquet" for table in TABLES), "results.parquet"}
"""Files beside which no further runs are looked for."""

MAGIC = b"PAR1"
"""How every whole Parquet file ends."""


@dataclass(frozen=True)
class RunFolder:
    """A finished run: its name below the folder that was searched, its absolute path, its JSON."""

    run: str
    path: Path
    manifest: dict[str, Any]
    summary: dict[str, Any]


@dataclass(frozen=True)
class SweepFolder:
    """A sweep with results: its name below the folder that was searched, absolute path, JSON."""

    sweep: str
    path: Path
    manifest: dict[str, Any]

    @property
    def results(self) -> Path:
        """The table with one row per trial."""
        return self.path / "results.parquet"


@dataclass
class Found:
    """Runs and sweeps below a folder in order of name; ``skipped`` says what was not, and why."""

    root: Path
    runs: list[RunFolder] = field(default_factory=list)
    sweeps: list[SweepFolder] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def find(root: Path) -> Found:
    """Return the runs and sweeps in ``root`` and below; ``root`` may be one itself.

    Raises:
        ScenarioError: there is no such folder, or it holds neither a run nor a sweep.
    """
    if not root.is_dir():
        said = "is a file" if root.exists() else "there is no such folder"
        raise ScenarioError(Where(str(root)), said, "name a folder with runs or sweeps in it")
    found = Found(root)
    for folder in _candidates(root):
        name = folder.relative_to(root).as_posix()
        name = root.resolve().name if name == "." else name
        try:
            opened = _open(folder, name)
        except _Unfit as unfit:
            found.skipped.append(f"{folder}: passed over, {unfit}")
        else:
            if isinstance(opened, RunFolder):
                found.runs.append(opened)
            else:
                found.sweeps.append(opened)
    if not found.runs and not found.sweeps:
        why = f" ({found.skipped[0]})" if found.skipped else ""
        raise ScenarioError(
            Where(str(root)), f"holds no finished run and no sweep{why}", "make one with sim run"
        )
    return found


class _Unfit(Exception):
    """Why a folder is passed over."""


def _candidates(root: Path) -> Iterator[Path]:
    """Yield folders that look like a run or a sweep, finished or not, in order of name."""
    for path, folders, files in os.walk(root):
        folders.sort()
        here = Path(path)
        partial = here != root and here.name.startswith(".") and here.name.endswith(".partial")
        data = not DATA.isdisjoint(files)
        if partial or data or "manifest.json" in files:
            yield here
        if partial or data:
            folders.clear()
        folders[:] = [f for f in folders if not f.startswith(".") or f.endswith(".partial")]


def _open(folder: Path, name: str) -> RunFolder | SweepFolder:
    if folder.name.endswith(".partial"):
        raise _Unfit("a run that has not finished, or was stopped")
    manifest = _json(folder / "manifest.json")
    if manifest.get("kind") == "sweep" or any(folder.glob("design.*")):
        if not (folder / "results.parquet").exists():
            raise _Unfit("a sweep without results yet")
        _whole(folder / "results.parquet")
        return SweepFolder(name, folder.absolute(), manifest)
    if "schema_version" not in manifest or "scenario_sha256" not in manifest:
        raise _Unfit("manifest.json is not a run's")
    if manifest["schema_version"] != SCHEMA_VERSION:
        raise _Unfit(
            f"written as schema {manifest['schema_version']}, this version reads {SCHEMA_VERSION}"
        )
    if manifest.get("status") != "complete":
        raise _Unfit(f"its status is {manifest.get('status')!r}, not 'complete'")
    for table in TABLES:
        _whole(folder / f"{table}.parquet")
    return RunFolder(name, folder.absolute(), manifest, _json(folder / "summary.json"))


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _Unfit(f"{path.name} is missing") from None
    except (OSError, ValueError) as error:
        raise _Unfit(f"{path.name} cannot be read ({error})") from None
    if not isinstance(value, dict):
        raise _Unfit(f"{path.name} is not a JSON object")
    return value


def _whole(path: Path) -> None:
    """Refuse a Parquet file that is missing or was cut off."""
    try:
        with path.open("rb") as file:
            file.seek(-len(MAGIC), os.SEEK_END)
            end = file.read()
    except FileNotFoundError:
        raise _Unfit(f"{path.name} is missing") from None
    except OSError:  # shorter than four bytes, or not readable
        end = b""
    if end != MAGIC:
        raise _Unfit(f"{path.name} is cut off or no Parquet file")
