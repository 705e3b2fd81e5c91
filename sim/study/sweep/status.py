"""How far a sweep has come, from its folder alone."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.study.sweep.parts import FAILED, part_files, read_parts
from sim.study.sweep.results import RESULTS, count
from sim.study.sweep.store import LOCK, read_design, read_manifest


@dataclass(frozen=True)
class Status:
    """State of a sweep folder.

    ``broken``: lines of part files that were cut off or altered; their trials count as unfinished.
    ``failures``: reason to number of trials. ``working``: who holds the folder.
    """

    folder: Path
    name: str
    engine: str
    trials: int
    done: int
    failed: int
    parts: int
    broken: int
    failures: dict[str, int]
    working: list[str]
    table: bool

    @property
    def left(self) -> int:
        """Trials that are not finished."""
        return self.trials - self.done - self.failed

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**vars(self), "folder": str(self.folder), "left": self.left}


def status_of(folder: Path) -> Status:
    """Return how far a sweep has come; disturbs nobody who works in it.

    Raises:
        ScenarioError: it is no sweep's folder.
    """
    manifest, design = read_manifest(folder), read_design(folder)
    outcomes, broken = read_parts(folder)
    done, failed = count(outcomes, design)
    reasons = Counter(
        outcomes[trial.key].reason
        for trial in design.trials
        if trial.key in outcomes and outcomes[trial.key].status == FAILED
    )
    return Status(
        folder=folder,
        name=str(design.about.get("name", "")),
        engine=str(manifest["engine"]),
        trials=len(design.trials),
        done=done,
        failed=failed,
        parts=len(part_files(folder)),
        broken=broken,
        failures=dict(reasons.most_common()),
        working=_working(folder),
        table=(folder / RESULTS).is_file(),
    )


def _working(folder: Path) -> list[str]:
    """Return who holds the folder, or a shard of it."""
    found = []
    for path in sorted(folder.glob(f"{LOCK}*")):
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            continue  # not ours to try
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            said = os.pread(handle, 200, 0).decode(errors="replace").strip()
            if said and (path.name == LOCK or "-of-" in path.name):
                found.append(said)
        finally:
            os.close(handle)
    return list(dict.fromkeys(found))
