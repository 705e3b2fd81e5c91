"""Questions in SQL over run and sweep folders: DuckDB views on the files as they lie.

    found = find(Path("runs"))
    with Views(found) as views:
        answer = views.ask("select name, seed, hhi from runs order by hhi desc")

The database lives in memory, holds no copy of the series and cannot fetch extensions. Only one
statement that reads is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import numpy as np

from sim.engine.columns import TABLES, Column, declared
from sim.engine.folder import TYPES
from sim.errors import ScenarioError, Where, did_you_mean
from sim.study.folders import Found, SweepFolder
from sim.study.numbers import unit_of
from sim.study.overview import CAMPS, RUNS, camp_rows, fitting, run_row

if TYPE_CHECKING:
    import pandas as pd

WHICH = declared("""
run                  | text | name   | folder of the run
name                 | text | name   | name in the scenario
seed                 | i8 | seed     | seed of the run
""")
"""What every series has before its own columns, so that it joins with ``runs``."""

TRIALS = declared("""
sweep                | text | name   | folder of the sweep
trial                | i8 | trial    | number of the trial
seed                 | i8 | seed     | seed of the trial
key                  | text | hex    | digest of scenario and seed
status               | text | word   | done or failed
reason               | text | sentence | why it failed
stage                | text | name   | where it failed
""")
"""What ``trials`` has when there is no sweep; otherwise its columns are the sweeps' own."""

VIEWS: dict[str, tuple[Column, ...]] = {
    "runs": RUNS,
    "camps": CAMPS,
    "trials": TRIALS,
    **{name: (*WHICH, *columns) for name, columns in TABLES.items()},
}

CONFIG: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_BATCH = 10_000
_NO_COLUMN = re.compile(r"(?:column|column named|table) \"([^\"]+)\"(?: not found|$)")


class Answer(NamedTuple):
    """Names of the columns, and the rows as they come."""

    names: list[str]
    rows: Iterator[tuple[Any, ...]]


class Views:
    """A database in memory whose views are the tables of everything that was found.

    A view is opened when a question names it: thousands of files are not touched for nothing.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self._open: set[str] = set()
        self._connection = duckdb.connect(":memory:", config=CONFIG)

    def __enter__(self) -> Views:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, sql: str) -> Answer:
        """Answer one statement that reads; the rows are fetched as they are asked for.

        Raises:
            ScenarioError: the statement is wrong, does more than read, or a file is damaged; with
                line and column in the statement where there is one.
        """
        cursor = self.execute(sql)
        names = [str(entry[0]) for entry in cursor.description or ()]
        return Answer(_distinct(names), self._rows(cursor, sql))

    def frame(self, sql: str) -> pd.DataFrame:
        """Return the answer as a pandas frame. See ``ask``."""
        try:
            return self.execute(sql).df()
        except duckdb.Error as error:
            raise self._plainly(error, sql) from None

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement and return DuckDB's cursor. See ``ask``."""
        try:
            statements = self._connection.extract_statements(sql)
            self._refuse_all_but_reading(statements)
            words = _words(sql)
            self._prepare([name for name in VIEWS if name in words] or list(VIEWS))
            return self._connection.execute(sql)
        except duckdb.Error as error:
            raise self._plainly(error, sql) from None

    def columns(self) -> dict[str, list[Column]]:
        """Return the columns of every view; those of ``trials`` as the sweeps have them."""
        out = {name: list(columns) for name, columns in VIEWS.items()}
        if self.found.sweeps:
            described = self.execute("describe select * from trials").fetchall()
            known = {column.name: column for column in (*TRIALS, *_noted(self.found.sweeps))}
            out["trials"] = [
                known.get(name, Column(name, str(kind).lower(), "", ""))
                for name, kind, *_ in described
            ]
        return out

    def _rows(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
        try:
            while batch := cursor.fetchmany(_BATCH):
                yield from batch
        except duckdb.Error as error:
            raise self._plainly(error, sql) from None

    def _refuse_all_but_reading(self, statements: Sequence[duckdb.Statement]) -> None:
        reading = [s for s in statements if s.type == duckdb.StatementType.SELECT]
        if len(statements) != 1 or len(reading) != 1:
            said = f"{len(statements)} statements" if len(statements) != 1 else "does not only read"
            allowed = "write one that begins with select, from, with, describe or summarize"
            raise ScenarioError(Where("query"), said, allowed)

    def _prepare(self, names: Sequence[str]) -> None:
        """Create the views that are not there yet; series need ``runs``."""
        for name in dict.fromkeys(["runs", *names]):
            if name not in self._open:
                self._create(name)
                self._open.add(name)

    def _create(self, name: str) -> None:
        runs = self.found.runs
        if name == "runs":
            self._table(name, [run_row(found) for found in runs])
        elif name == "camps":
            self._table(name, [row for found in runs for row in camp_rows(found)])
        elif name == "trials" and self.found.sweeps:
            self._trials()
        elif name in TABLES and runs:
            files = _read([str(found.path / f"{name}.parquet") for found in runs])
            self._connection.execute(
                f"CREATE VIEW {name} AS SELECT r.run, r.name, r.seed, t.* EXCLUDE (filename)"
                f" FROM {files} t JOIN runs r ON t.filename = r.folder || '/{name}.parquet'"
            )
        else:
            self._table(name, [])

    def _trials(self) -> None:
        sweeps = self.found.sweeps
        named = ", ".join(f"({_text(str(s.results))}, {_text(s.sweep)})" for s in sweeps)
        files = _read([str(sweep.results) for sweep in sweeps])
        self._connection.execute(
            f"CREATE VIEW trials AS SELECT s.sweep, t.* EXCLUDE (filename) FROM {files} t"
            f" JOIN (VALUES {named}) s(file, sweep) ON t.filename = s.file"
        )

    def _table(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Create a table of declared columns from rows; a value that is not there is NULL."""
        columns = VIEWS[name]
        data = {c.name: _array(c, [fitting(c, row.get(c.name)) for row in rows]) for c in columns}
        typed = ", ".join(f'"{c.name}"::{TYPES[c.kind]} AS "{c.name}"' for c in columns)
        self._connection.register("given", data)
        self._connection.execute(f"CREATE TABLE {name} AS SELECT {typed} FROM given")
        self._connection.unregister("given")

    def _plainly(self, error: duckdb.Error, sql: str) -> ScenarioError:
        """Say what DuckDB said in one line, with our own names beside it."""
        said, where = str(error), _place(str(error), sql)
        first = said.splitlines()[0].strip()
        if found := re.search(r"Table with name \"?(\w+)\"? does not exist", first):
            allowed, hint = f"views are {', '.join(VIEWS)}", did_you_mean(found[1], VIEWS)
            return ScenarioError(where, f"there is no view {found[1]!r}", allowed, hint)
        if found := _NO_COLUMN.search(first):
            words = _words(sql)
            views = {name: c for name, c in self.columns().items() if name in words}
            names = {name: [column.name for column in c] for name, c in views.items()}
            allowed = "; ".join(f"{name} has {', '.join(known)}" for name, known in names.items())
            hint = did_you_mean(found[1], [name for known in names.values() for name in known])
            return ScenarioError(where, f"there is no {found[1]!r} here", allowed, hint)
        near = re.search(r'Did you mean "([^"]+)"', said)
        problem = (first.partition(" Error: ")[2] or first).rstrip("!.")
        return ScenarioError(where, problem, "", near[1] if near else "")


def _noted(sweeps: Sequence[SweepFolder]) -> Iterator[Column]:
    """Yield the columns of metrics, as far as the sweeps' manifests tell their units."""
    from sim.study.sweep.metric import Metric

    for sweep in sweeps:
        for metric in sweep.manifest.get("metrics", ()):
            name, path, table, column = (
                str(metric.get(key) or "") for key in ("name", "path", "table", "column")
            )
            yield Column(name, "f8", unit_of(Metric(name, path, table, column)), "metric")


def _words(sql: str) -> set[str]:
    """Return the words of a statement, among which are the views that it names."""
    return set(re.findall(r"\w+", sql.lower()))


def _place(said: str, sql: str) -> Where:
    """Return the line and column that DuckDB drew a caret under, if it showed the whole line."""
    found = re.search(r"LINE (\d+): (.*)\n( *)\^", said)
    lines = sql.splitlines()
    if found is None or int(found[1]) > len(lines) or lines[int(found[1]) - 1] != found[2]:
        return Where("query")
    return Where("query", int(found[1]), len(found[3]) - len(f"LINE {found[1]}: ") + 1)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names of which none comes twice: a join's second ``run`` becomes ``run_2``."""
    out: list[str] = []
    for name in names:
        numbered = (f"{name}_{n}" for n in count(2))
        out.append(name if name not in out else next(n for n in numbered if n not in out))
    return out


def _array(column: Column, values: list[Any]) -> np.ndarray:
    """Return values as an array that DuckDB reads with NULL where they are None."""
    if column.kind == "text":
        return np.array([*values, None], object)[:-1]
    dtype = np.int64 if column.kind == "i8" else np.float64
    gaps = [value is None for value in values]
    filled = [0 if value is None else value for value in values]
    return np.ma.masked_array(np.array(filled, dtype), np.array(gaps, bool))


def _read(paths: Sequence[str]) -> str:
    """Return SQL that reads files by exactly these names, columns matched by name."""
    # In a list of files, too, [ * ? are patterns unless they stand in brackets.
    exact = (_text(re.sub(r"[\[*?]", lambda found: f"[{found[0]}]", path)) for path in paths)
    return (
        f"read_parquet([{', '.join(exact)}], filename = true, union_by_name = true,"
        " hive_partitioning = false)"
    )


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
