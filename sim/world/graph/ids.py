"""From the ids in a file, whole numbers or texts of any kind, to people 0, 1, 2, ..."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sim.kernel import allocating, kernel
from sim.world.graph.columns import Bytes, Columns
from sim.world.graph.draws import Ints, Longs

HEADERS = {
    f"{first}{tail} {second}{tail}"
    for first, second in (("source", "target"), ("src", "dst"), ("from", "to"))
    for tail in ("", "_id", "id", "_node", "node", "nodeid")
} | {f"{word}{gap}1 {word}{gap}2" for word in ("id", "node", "user", "person") for gap in ("", "_")}
"""First lines, in lower case, that are a header although all ids are texts."""

Id = int | str


def numbered(columns: Columns) -> tuple[npt.NDArray[np.int32], list[Id]]:
    """Return int32[lines, 2] numbers of people, and the ids in the order of numbers.

    A first line that is no pair of numbers where all others are, or that holds the usual names of
    columns, is a header.
    """
    numbers = _as_numbers(columns)
    if numbers is not None:
        return _by_rank(numbers)
    if f"{columns.text(0, 0)} {columns.text(0, 1)}".lower() in HEADERS:
        columns = columns.without_first()
    fields = columns.start.size
    out, ends = np.empty(columns.start.shape, np.int32), np.empty(fields + 1, np.int64)
    texts = np.empty(len(columns.raw), np.uint8)
    found = _number_texts(*columns.places, out, texts, ends)
    text, edges = texts[: ends[found]].tobytes(), ends[: found + 1].tolist()
    return out, [text[a:b].decode("utf-8", "replace") for a, b in pairwise(edges)]


def _by_rank(numbers: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32], list[Id]]:
    """Replace numbers by their rank among the different ones, which are returned as well."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 4 * numbers.size + 1024:
        values, inverse = np.unique(numbers, return_inverse=True)
        return inverse.reshape(-1, 2).astype(np.int32), values.tolist()
    # Numbers without large gaps, the usual case, need no sorting.
    numbers = numbers - low
    known = np.zeros(high - low + 1, np.bool_)
    known[numbers] = True
    rank = (np.cumsum(known) - 1).astype(np.int32)
    return rank[numbers], [low + offset for offset in np.flatnonzero(known).tolist()]


def _as_numbers(columns: Columns) -> npt.NDArray[np.int64] | None:
    """Return int64[lines, 2], without a header, if all ids are whole numbers."""
    for part in (columns, columns.without_first()):
        out = np.empty(part.start.shape, np.int64)
        if len(part.line) and _whole_numbers(*part.places, out):
            return out
    return None


@kernel
def _whole_numbers(
    data: Bytes,
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int32],
    out: npt.NDArray[np.int64],
) -> bool:
    """Read all fields as whole numbers of up to 18 digits; False if one is something else."""
    for row in range(start.shape[0]):
        for column in range(start.shape[1]):
            at = start[row, column]
            end = at + length[row, column]
            minus = data[at] == 45
            at += minus
            if at == end or end - at > 18:
                return False
            value = np.int64(0)
            while at < end:
                digit = np.int64(data[at]) - 48
                if digit < 0 or digit > 9:
                    return False
                value = value * 10 + digit
                at += 1
            out[row, column] = -value if minus else value
    return True


@allocating
def _number_texts(
    data: Bytes,
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int32],
    out: npt.NDArray[np.int32],
    texts: Bytes,
    ends: Longs,
) -> int:
    """Number the different texts in their order of appearance; return how many there are.

    Args:
        data, start, length: as in ``Columns``.
        out: int32[lines, 2], number of each field's text.
        texts: uint8[at most bytes], each text once, in order: compact, so that looking one up
            does not wait for the far memory where the file lies.
        ends: int64[fields + 1], text ``n`` is ``texts[ends[n]:ends[n+1]]``.
    """
    table = np.full(1 << 12, -1, np.int32)
    hashes = np.empty(ends.size, np.uint32)
    found = 0
    ends[0] = 0
    for row in range(start.shape[0]):
        for column in range(2):
            # The table grows with the texts, not with the lines, for the same reason.
            if 2 * found > table.size:
                table = _rehash(hashes[:found], 4 * table.size)
            first, size = start[row, column], length[row, column]
            hashed = _hash(data, first, size)
            place = np.int64(hashed) & (table.size - 1)
            number = table[place]
            while number >= 0 and not (
                hashes[number] == hashed
                and _same(data, first, size, texts, ends[number], ends[number + 1])
            ):
                place = (place + 1) & (table.size - 1)
                number = table[place]
            if number < 0:
                number = np.int32(found)
                table[place] = number
                hashes[found] = hashed
                for k in range(size):
                    texts[ends[found] + k] = data[first + k]
                ends[found + 1] = ends[found] + size
                found += 1
            out[row, column] = number
    return found


@kernel
def _hash(data: Bytes, first: int, size: int) -> np.uint32:
    """Return 32 bits of FNV-1a, the high half folded in."""
    value = np.uint64(14695981039346656037)
    for k in range(first, first + size):
        value = (value ^ np.uint64(data[k])) * np.uint64(1099511628211)
    return np.uint32((value ^ (value >> np.uint64(32))) & np.uint64(0xFFFFFFFF))


@allocating
def _rehash(hashes: npt.NDArray[np.uint32], size: int) -> Ints:
    """Return a hash table of ``size`` places that holds the numbers of these hashes."""
    table = np.full(size, -1, np.int32)
    for number in range(hashes.size):
        place = np.int64(hashes[number]) & (size - 1)
        while table[place] >= 0:
            place = (place + 1) & (size - 1)
        table[place] = number
    return table


@kernel
def _same(data: Bytes, first: int, size: int, texts: Bytes, begin: int, end: int) -> bool:
    """Tell whether ``data[first:first+size]`` is ``texts[begin:end]``."""
    if end - begin != size:
        return False
    for k in range(size):
        if data[first + k] != texts[begin + k]:
            return False
    return True
