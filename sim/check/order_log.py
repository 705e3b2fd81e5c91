"""Order logs: who bought on which day, and how often customers came back.

A customer is observed from the day of the first purchase until a fixed last day; ``x`` is the
number of later days with a purchase (several purchases on one day count as one, as in the
simulation, where a day brings a need or none). Time is in days here, ages in weeks, as in Fader,
Hardie & Lee 2005, "Counting your customers the easy way".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.errors import ScenarioError, Where

CDNOW = Path(__file__).resolve().parents[2] / "data" / "cdnow" / "CDNOW_sample.txt"
"""Every purchase of 2,357 customers of a music shop; see the README beside it."""

COHORT = 84
"""Days in which a customer may join: CDNOW's cohort first bought in twelve weeks."""

LAST = 272
"""Last day of the first 39 weeks (1997-09-30 in CDNOW's log)."""

HORIZON = 546
"""Days of CDNOW's log, 78 weeks."""

BINS = 8
"""Bars of the histogram: 0, 1, ... 6, and 7 or more repeats."""

COLUMNS = ("customer", "date")
"""Columns that a CSV file must have; others are left alone."""


class Log(NamedTuple):
    """Days on which people bought, each (who, day) once, sorted: who int64[n], day int64[n] since
    the first purchase of all."""

    who: np.ndarray
    day: np.ndarray


class Repeats(NamedTuple):
    """One row a customer: x int64[n] repeats, recency float64[n] age at the last of them [weeks],
    age float64[n] at the end of observation [weeks], entry int64[n] day of joining."""

    x: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    entry: np.ndarray


def read_log(path: Path = CDNOW) -> Log:
    """Read an order log, one line a purchase: a CSV file with the columns ``customer`` and ``date``
    in its header, or CDNOW's layout (number in the full cohort, in the sample, yyyymmdd, units,
    dollars; with spaces between). Dates are yyyy-mm-dd or yyyymmdd.

    Raises:
        ScenarioError: no such file, or a line that cannot be read.
    """
    if not path.is_file():
        raise ScenarioError(Where(str(path)), "no such file", "an order log")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ScenarioError(Where(str(path)), "is no text", "an order log in UTF-8") from None
    spaced = not lines or "," not in lines[0]
    rows = list(_spaced(path, lines) if spaced else _separated(path, lines))
    if not rows:
        raise ScenarioError(Where(str(path)), "no purchase in it", "a line for every purchase")
    _, who = np.unique([customer for customer, _ in rows], return_inverse=True)
    days = np.array([day for _, day in rows])
    return make_log(who, days - days.min())


def _spaced(path: Path, lines: list[str]) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words and len(words) < 3:
            raise ScenarioError(
                Where(str(path), number, 1),
                f"{line.strip()!r}",
                "a CSV file with the header customer,date, or CDNOW's five columns",
            )
        if words:
            yield words[1], _day(path, number, words[2])


def _separated(path: Path, lines: list[str]) -> Iterator[tuple[str, int]]:
    rows = csv.DictReader(lines, skipinitialspace=True)
    for name in COLUMNS:
        if name not in (rows.fieldnames or ()):
            there = ", ".join(rows.fieldnames or ["nothing"])
            raise ScenarioError(Where(str(path), 1, 1), f"no column {name!r}", f"there is {there}")
    for row in rows:
        customer, text = (row[name] or "" for name in COLUMNS)
        if not customer.strip():
            raise ScenarioError(Where(str(path), rows.line_num, 1), "no customer")
        yield customer.strip(), _day(path, rows.line_num, text.strip())


def _day(path: Path, line: int, text: str) -> int:
    """Return the number of a day since the year 1."""
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        problem = f"{text!r} is no date"
        raise ScenarioError(Where(str(path), line, 1), problem, "yyyy-mm-dd or yyyymmdd") from None


def make_log(who: np.ndarray, day: np.ndarray) -> Log:
    """Sort by person and day; several purchases of a person on one day count as one."""
    pairs = np.unique(np.column_stack([who, day]).astype(np.int64), axis=0)
    return Log(pairs[:, 0], pairs[:, 1])


def first_days(log: Log, people: int) -> np.ndarray:
    """Return int64[people]: the first day of each in the log, ``HORIZON`` for who has none."""
    first = np.full(people, HORIZON, np.int64)
    np.minimum.at(first, log.who, log.day)
    return first


def joined_within(log: Log, days: int) -> Log:
    """Return the purchases of those whose first falls into the first ``days``, numbered anew."""
    first = np.full(int(log.who.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, log.who, log.day)
    members = first < days
    kept = members[log.who]
    return Log((np.cumsum(members) - 1)[log.who[kept]], log.day[kept])


def count_repeats(log: Log, entry: np.ndarray, last: np.ndarray | int = LAST) -> Repeats:
    """Count days after ``entry`` int64[people] up to ``last``: one day, or one per person."""
    last = np.broadcast_to(np.asarray(last, np.int64), entry.shape)
    after = (log.day > entry[log.who]) & (log.day <= last[log.who])
    who, day = log.who[after], log.day[after]
    latest = entry.copy()
    np.maximum.at(latest, who, day)
    return Repeats(
        np.bincount(who, minlength=len(entry)),
        (latest - entry) / 7,
        (last - entry) / 7,
        entry,
    )


def take(repeats: Repeats, members: np.ndarray) -> Repeats:
    """Return the rows of ``members`` bool[n]."""
    return Repeats(*(column[members] for column in repeats))


def shares(x: np.ndarray) -> np.ndarray:
    """Return float64[BINS]: shares of customers with 0, 1, ... 6, 7 or more repeats."""
    return np.bincount(np.minimum(x, BINS - 1), minlength=BINS) / len(x)


def share_errors(share: np.ndarray, people: int) -> np.ndarray:
    """Return binomial standard errors of shares."""
    return np.asarray(np.sqrt(share * (1 - share) / people))
