"""What trials found, on disk: one part file per worker, one line per trial, every line checked.

A line is the first 16 hex digits of the SHA-256 of a JSON text, a space, that text. A worker writes
a line the moment a trial is finished and never touches it again, so whatever is killed, whenever,
loses only what it was working on; a line that was cut off or altered does not fit its digest,
counts as absent, and its trial is run again. A key that stands twice was run twice, with equal
numbers.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PARTS = "parts"
DONE, FAILED = "done", "failed"
_DIGITS = 16


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: its metrics by name (NaN where undefined), or why and where it failed."""

    key: str
    values: dict[str, float] = field(default_factory=dict)
    status: str = DONE
    reason: str = ""
    stage: str = ""

    def line(self) -> bytes:
        """Return the line of a part file."""
        content: dict[str, Any] = {"key": self.key, "status": self.status}
        if self.status == DONE:
            content["values"] = {k: v if math.isfinite(v) else None for k, v in self.values.items()}
        else:
            content.update(reason=self.reason, stage=self.stage)
        text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
        return b"%s %s\n" % (_digest(text), text)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:_DIGITS].encode()


def understood(line: bytes) -> Outcome | None:
    """Return what a line says, None if it is cut off or altered."""
    digest, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or digest != _digest(text):
        return None
    content = json.loads(text)
    values = {k: float("nan") if v is None else v for k, v in content.pop("values", {}).items()}
    return Outcome(values=values, **content)


class Part:
    """The part file of one writer; created with its first line, under a name nobody else has."""

    def __init__(self, folder: Path) -> None:
        host = "".join(c if c.isalnum() or c in "-_" else "-" for c in socket.gethostname())
        name = f"{host[:40]}-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"
        self.path = folder / PARTS / name
        self._file: int | None = None

    def write(self, outcome: Outcome) -> None:
        """Append a line in one write; it survives the death of this process.

        Raises:
            OSError: the disk is full or cannot be written; the next line starts in a new file.
        """
        if self._file is None:
            self.path.parent.mkdir(exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        line = outcome.line()
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            os.close(self._file)
            self._file = None
            self.path = self.path.with_name(f"{self.path.stem}x.jsonl")
            raise

    def close(self) -> None:
        """Bring everything to the disk itself."""
        if self._file is not None:
            try:
                os.fsync(self._file)
            finally:
                os.close(self._file)
                self._file = None


def part_files(folder: Path) -> list[Path]:
    """Return the part files of a sweep folder, sorted."""
    return sorted((folder / PARTS).glob("*.jsonl"))


def read_parts(folder: Path) -> tuple[dict[str, Outcome], int]:
    """Return the outcome of every finished trial by key, and how many lines were not whole.

    A trial that was done in one part and failed in another (a repeated try) counts as done.
    """
    found: dict[str, Outcome] = {}
    broken = 0
    for path in part_files(folder):
        for outcome in _lines(path):
            if outcome is None:
                broken += 1
            elif outcome.key not in found or found[outcome.key].status == FAILED:
                found[outcome.key] = outcome
    return found, broken


def _lines(path: Path) -> Iterator[Outcome | None]:
    with path.open("rb") as file:
        for line in file:
            yield understood(line)
