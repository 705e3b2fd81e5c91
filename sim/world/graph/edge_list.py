"""``edge_list``: real people and their ties from a file, with tribes from labels or found.

The people are those who have a tie to somebody else. Where all ids are whole numbers people are
numbered in the order of ids, else in order of appearance. Direction and repetition are forgotten.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.world.graph.columns import FileProblem, read_columns
from sim.world.graph.communities import find_communities
from sim.world.graph.csr import rows_from_edges
from sim.world.graph.draws import Ints
from sim.world.graph.ids import Id, numbered
from sim.world.graph.ties import Ties

SHOWN = 3
"""Ids that a message gives as examples."""


def edge_list_ties(folder: Path, file: str, labels: str | None, seed: int) -> Ties:
    """Read the ties of a file, and who is of which tribe.

    Args:
        folder: where relative paths begin (that of the scenario).
        file: of ties, two ids per line.
        labels: file of ``id label`` lines; None finds communities in the graph.
        seed: of the run, for finding communities.

    Raises:
        FileProblem: with the file and, where there is one, the line.
    """
    u, v, ids = _read_ties(folder, file)
    if labels is None:
        tribe, names = find_communities(*rows_from_edges(u, v, len(ids)), seed)
    else:
        tribe, names = _read_labels(folder, labels, ids)
    return Ties(len(ids), u, v, tribe, names)


def _read_ties(folder: Path, file: str) -> tuple[Ints, Ints, list[Id]]:
    """Return both ends of every tie between two people, and everybody's id."""
    columns = read_columns(folder, file)
    if len(columns.line) == 0:
        raise FileProblem(file, 0, "is empty")
    ends, ids = numbered(columns)
    ends = ends[ends[:, 0] != ends[:, 1]]
    if ends.size == 0:
        raise FileProblem(file, 0, "has no tie between two people")
    known = np.zeros(len(ids), np.bool_)
    known[ends] = True
    renumber = (np.cumsum(known) - 1).astype(np.int32)
    people = [one for one, keep in zip(ids, known.tolist(), strict=True) if keep]
    return renumber[ends[:, 0]], renumber[ends[:, 1]], people


def _read_labels(folder: Path, file: str, ids: list[Id]) -> tuple[Ints, list[str]]:
    """Return int32[N], everybody's tribe, and the tribes' names in order."""
    columns = read_columns(folder, file, rest=True)
    number = {one: i for i, one in enumerate(ids)}
    whole = isinstance(ids[0], int)
    label: list[str | None] = [None] * len(ids)
    for row in range(len(columns.line)):
        one: Id = columns.text(row, 0)
        if whole:
            one = _whole(str(one))
        person = number.get(one)
        if person is None:
            continue
        text = columns.text(row, 1)
        if label[person] not in (None, text):
            raise FileProblem(
                file, int(columns.line[row]), f"{one!r} already has the label {label[person]!r}"
            )
        label[person] = text
    missing = [str(one) for one, text in zip(ids, label, strict=True) if text is None]
    if missing:
        shown = ", ".join(missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
        raise FileProblem(
            file, 0, f"{len(missing):,} of {len(ids):,} people have no label: {shown}"
        )
    names = sorted({str(text) for text in label}, key=_in_order)
    place = {name: t for t, name in enumerate(names)}
    return np.array([place[str(text)] for text in label], np.int32), names


def _whole(text: str) -> Id:
    try:
        return int(text)
    except ValueError:
        return text


def _in_order(name: str) -> tuple[int, int, str]:
    """Sort whole numbers by value, before texts."""
    value = _whole(name)
    return (0, value, name) if isinstance(value, int) else (1, 0, name)
