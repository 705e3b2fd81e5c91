"""The first two columns of a text file: SNAP (white space, # comments) or CSV, plain or gzip.

The separator is the first of tab, semicolon and comma that occurs in the first line that is not a
comment, and else any run of blanks. Lines that are empty or begin with ``#`` or ``%`` are skipped.
Fields may stand in double quotes; further columns are ignored.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.kernel import kernel
from sim.world.graph.draws import Ints

Bytes = npt.NDArray[np.uint8]

BLANKS = 0
"""Separator that stands for any run of blanks and tabs; no byte of a text is 0."""
TOO_FEW, EMPTY, UNCLOSED = 1, 2, 3
PROBLEMS = {
    TOO_FEW: "needs two fields",
    EMPTY: "has an empty field",
    UNCLOSED: 'has a quote (") that is not closed',
}


class FileProblem(ValueError):
    """Something is wrong with a file that a scenario names.

    Attributes:
        file: as the scenario names it.
        line: 1-based, 0 if the problem is not in one line.
        problem: in words.
    """

    def __init__(self, file: str, line: int, problem: str) -> None:
        self.file, self.line, self.problem = file, line, problem
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")


class Columns(NamedTuple):
    """Two columns of text, as places in the file's bytes.

    Attributes:
        raw: what the file says.
        start: int64[lines, 2], where each field begins in ``raw``.
        length: int32[lines, 2], its bytes.
        line: int32[lines], 1-based line number in the file.
    """

    raw: bytes
    start: npt.NDArray[np.int64]
    length: npt.NDArray[np.int32]
    line: Ints

    @property
    def places(self) -> tuple[Bytes, npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """What the kernels take: bytes, starts and lengths."""
        return np.frombuffer(self.raw, np.uint8), self.start, self.length

    def text(self, row: int, column: int) -> str:
        """Return one field."""
        first = int(self.start[row, column])
        return self.raw[first : first + int(self.length[row, column])].decode("utf-8", "replace")

    def without_first(self) -> Columns:
        """Return the columns without their first line."""
        return Columns(self.raw, self.start[1:], self.length[1:], self.line[1:])


def read_columns(folder: Path, file: str, rest: bool = False) -> Columns:
    """Read the first two columns of a file.

    Args:
        folder: where relative paths begin.
        file: path, absolute or relative to ``folder``.
        rest: where blanks separate, the second field is all the rest of the line.

    Raises:
        FileProblem: for a file that cannot be read or a line without two fields.
    """
    raw = _contents(folder, file)
    lines = raw.count(b"\n") + 1
    start, length = np.empty((lines, 2), np.int64), np.empty((lines, 2), np.int32)
    line = np.empty(lines, np.int32)
    rows, problem = _split(np.frombuffer(raw, np.uint8), _separator(raw), rest, start, length, line)
    if problem:
        at = int(line[rows])
        text = raw.split(b"\n", at)[at - 1].decode("utf-8", "replace").strip()
        raise FileProblem(file, at, f"{PROBLEMS[problem]}: {text[:60]!r}")
    return Columns(raw, start[:rows], length[:rows], line[:rows])


def _contents(folder: Path, file: str) -> bytes:
    try:
        raw = (folder / file).read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except FileNotFoundError:
        raise FileProblem(file, 0, f"no such file in {folder}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileProblem(file, 0, f"damaged gzip file ({error})") from error
    except OSError as error:
        raise FileProblem(file, 0, f"cannot be read ({error.strerror or error})") from error
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in raw[: 1 << 16]:
        raise FileProblem(file, 0, "is not a text file in UTF-8")
    return raw


def _separator(raw: bytes) -> int:
    """Return the byte that separates fields, told by the first line that says something."""
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        end = len(raw) if end < 0 else end
        text = raw[at:end].strip()
        at = end + 1
        if text and text[:1] not in b"#%":
            for separator in b"\t;,":
                if separator in text:
                    return separator
            break
    return BLANKS


@kernel
def _split(
    data: Bytes,
    separator: int,
    rest: bool,
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int32],
    line: Ints,
) -> tuple[int, int]:
    """Find both fields of every line; return the lines found and a problem (0: none).

    If there is a problem, ``line[lines found]`` is where.
    """
    rows = 0
    number = 0
    at = 0
    size = data.size
    while at < size:
        number += 1
        end = at
        while end < size and data[end] != 10:
            end += 1
        after = end + 1
        # Blanks around the line, among them the carriage return of Windows.
        while at < end and data[at] <= 32 and data[at] != separator:
            at += 1
        while end > at and data[end - 1] <= 32 and data[end - 1] != separator:
            end -= 1
        if at >= end or data[at] == 35 or data[at] == 37:
            at = after
            continue
        line[rows] = number
        for column in range(2):
            if at > end or (at == end and column > 0 and separator == BLANKS):
                return rows, TOO_FEW
            first, last, at = _field(data, at, end, separator, rest and column == 1)
            if last < first:
                return rows, UNCLOSED
            if last == first:
                return rows, EMPTY
            start[rows, column] = first
            length[rows, column] = last - first
        rows += 1
        at = after
    return rows, 0


@kernel
def _field(data: Bytes, at: int, end: int, separator: int, rest: bool) -> tuple[int, int, int]:
    """Find the field that begins at ``at``: its first byte, its end, where the next one begins.

    The end lies before the first byte if a quote is not closed; the next one begins beyond ``end``
    if there is none.
    """
    while at < end and data[at] <= 32 and data[at] != separator:
        at += 1
    if at < end and data[at] == 34:
        close = at + 1
        while close < end and data[close] != 34:
            close += 1
        if close == end:
            return at, at - 1, end + 1
        first, last, at = at + 1, close, close + 1
        while at < end and (data[at] != separator if separator != BLANKS else data[at] > 32):
            at += 1
    else:
        first = at
        if separator != BLANKS:
            while at < end and data[at] != separator:
                at += 1
        elif rest:
            at = end
        else:
            while at < end and data[at] > 32:
                at += 1
        last = at
        while last > first and data[last - 1] <= 32:
            last -= 1
    at += 1
    if separator == BLANKS:
        while at < end and data[at] <= 32:
            at += 1
    return first, last, at
