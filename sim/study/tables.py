"""The tables of a run folder as arrays, and the merchants' table as matrices of day × merchant.

``read_tables`` gives what the engine held in memory when it wrote the folder: for every table a
dict of column name to array, text as object arrays. A ``Panel`` turns the long table (one row per
day and merchant) into matrices, which is what every sum and quantile of this floor runs over.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from sim.engine.columns import TABLES
from sim.errors import RunError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Array: TypeAlias = npt.NDArray[Any]
Table: TypeAlias = Mapping[str, Array]
Tables: TypeAlias = Mapping[str, Table]


def read_tables(folder: Path) -> dict[str, dict[str, Array]]:
    """Read every table of a run folder.

    Raises:
        RunError: a table is missing, is no Parquet file, or lacks a declared column.
    """
    import duckdb  # here, as it takes longer to load than to check a scenario's question

    connection = duckdb.connect(":memory:")
    try:
        # A report must never reach for the network, whatever the file says it needs.
        connection.execute("SET autoinstall_known_extensions = false")
        return {name: _read(connection, folder / f"{name}.parquet") for name in TABLES}
    finally:
        connection.close()


def _read(connection: DuckDBPyConnection, path: Path) -> dict[str, Array]:
    from duckdb import Error

    if not path.is_file():
        raise RunError(f"{path.parent} is not a finished run folder: {path.name} is missing")
    try:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchnumpy()
    except Error as error:
        raise RunError(f"{path} cannot be read as Parquet: {error}") from error
    lacking = [column.name for column in TABLES[path.stem] if column.name not in found]
    if lacking:
        raise RunError(
            f"{path} lacks the columns {', '.join(lacking)}; it was written by another"
            " version of the engine, run the scenario again"
        )
    return {name: _plain(values) for name, values in found.items()}


def _plain(values: Array) -> Array:
    """Turn duckdb's masked arrays (a column with nulls) into plain ones, NaN or '' for null."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if values.dtype == object:
        return np.asarray(values.filled(""))
    return np.where(values.mask, np.nan, values.data.astype(np.float64))


def trailing(values: Array, window: int) -> Array:
    """Sum over the last ``window`` days, today included, along the first axis; fewer at first."""
    total = np.cumsum(values, axis=0)
    out = total.copy()
    out[window:] -= total[:-window]
    return out


class Panel:
    """A table with one row per day and merchant, as matrices of days × merchants.

    Merchants are in order of first appearance; ``days`` is the length of the run.
    """

    def __init__(self, table: Table, days: int) -> None:
        self._table, self.days = table, days
        seen: dict[str, int] = {}
        keys = (seen.setdefault(str(name), len(seen)) for name in table["merchant"])
        self._column = np.fromiter(keys, np.int64, len(table["merchant"]))
        self._row = np.asarray(table["day"], np.int64)
        self.names = list(seen)
        self.first_row = np.zeros(len(seen), np.int64)
        # Written backwards, so that the first row of every merchant is the one that stays.
        self.first_row[self._column[::-1]] = np.arange(len(self._column))[::-1]

    @cached_property
    def camp(self) -> Array:
        """Camp of every merchant (text)."""
        return np.asarray(self._table["camp"], object)[self.first_row]

    @cached_property
    def strategy(self) -> Array:
        """Strategy kind of every merchant (text)."""
        return np.asarray(self._table["strategy"], object)[self.first_row]

    @cached_property
    def first_day(self) -> Array:
        """Day on which every merchant came."""
        return self._row[self.first_row]

    @cached_property
    def present(self) -> Array:
        """Whether the merchant had come by that day (it may have gone since)."""
        return np.arange(self.days)[:, None] >= self.first_day[None, :]

    def flow(self, column: str) -> Array:
        """Return what happened on each day; 0 where the merchant has no row."""
        source = self._table[column]
        out = np.zeros((self.days, len(self.names)), source.dtype)
        out[self._row, self._column] = source
        return out

    def level(self, column: str) -> Array:
        """Return how much there was at the end of each day; the last known after the last row."""
        last = np.full((self.days, len(self.names)), -1, np.int64)
        last[self._row, self._column] = np.arange(len(self._row))
        # A row's number grows with its day, so the running maximum is the latest row so far.
        np.maximum.accumulate(last, axis=0, out=last)
        values = np.concatenate([self._table[column], np.zeros(1, self._table[column].dtype)])
        out: Array = values[last]
        return out
