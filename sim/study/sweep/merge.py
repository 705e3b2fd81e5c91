"""Bring together what shards of a sweep have found, in one folder or in several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.errors import ScenarioError, Where
from sim.study.sweep.parts import PARTS, part_files
from sim.study.sweep.runner import collect
from sim.study.sweep.store import prepare, read_design, read_manifest, write_whole
from sim.study.tables import Array


def merge_into(folder: Path, others: Sequence[Path] = ()) -> dict[str, Array]:
    """Write the table of a sweep from all parts in ``folder`` and in ``others``.

    The parts of others are copied, so merging twice, or again after more shards, is no harm. A
    folder that is not there yet starts as the first of the others.

    Raises:
        ScenarioError: a folder is no sweep's, is of another design, or somebody works in it.
    """
    if others and not folder.exists():
        design = read_design(others[0])
        folder.mkdir(parents=True)
        prepare(folder, design, (others[0] / "base.yaml").read_text(encoding="utf-8"))
    design = read_design(folder)
    for other in others:
        _check(folder, other)
    for other in others:
        for part in part_files(other):
            write_whole(folder / PARTS / part.name, part.read_bytes())
    return collect(folder, design)


def _check(folder: Path, other: Path) -> None:
    theirs, ours = read_manifest(other), read_manifest(folder)
    for name, what in (("design_sha256", "design"), ("engine", "version of flowtribe")):
        if theirs[name] != ours[name]:
            problem = f"is of another {what} than {folder}"
            raise ScenarioError(Where(str(other)), problem, f"{theirs[name]} there, {ours[name]}")
