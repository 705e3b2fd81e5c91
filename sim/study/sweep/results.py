"""The table of a sweep: one row per trial, in memory and as ``results.parquet``.

Columns: ``trial``, ``seed``, ``key``, every changed path, every metric, ``status`` (``done``,
``failed``), ``reason`` and ``stage`` of a failure. Nothing in it depends on who ran what and when,
and it is written by one thread in fixed groups of rows, so it is the same bytes every time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sim.study.sweep.metric import Metric
from sim.study.sweep.parts import DONE, Outcome
from sim.study.sweep.store import SCHEMA_VERSION, Design
from sim.study.sweep.trial import Trial
from sim.study.tables import Array, Table

RESULTS = "results.parquet"
FIXED = ("trial", "seed", "key", "status", "reason", "stage")
"""Names that no parameter and no metric may have."""

_ROW_GROUP = 65_536


def table_of(design: Design, outcomes: Mapping[str, Outcome]) -> dict[str, Array]:
    """Return the rows of all trials that are finished, in order of their numbers."""
    rows = [(trial, outcomes[trial.key]) for trial in design.trials if trial.key in outcomes]
    trials = [trial for trial, _ in rows]
    ended = [outcome for _, outcome in rows]
    table: dict[str, Array] = {
        "trial": np.array([trial.number for trial in trials], np.int64),
        "seed": np.array([trial.seed for trial in trials], np.int64),
        "key": _text([trial.key for trial in trials]),
    }
    for path in paths_of(design.trials):
        table[path] = _column([trial.changes.get(path) for trial in trials])
    for metric in design.metrics:
        table[metric.name] = _numbers(metric, ended)
    table["status"] = _text([outcome.status for outcome in ended])
    table["reason"] = _text([outcome.reason for outcome in ended])
    table["stage"] = _text([outcome.stage for outcome in ended])
    return table


def paths_of(trials: Sequence[Trial]) -> list[str]:
    """Return every path that any trial changes, in order of first appearance."""
    return list(dict.fromkeys(path for trial in trials for path in trial.changes))


def _numbers(metric: Metric, ended: Sequence[Outcome]) -> Array:
    values = [outcome.values.get(metric.name, float("nan")) for outcome in ended]
    return np.array(values, np.float64)


def _text(values: Sequence[str]) -> Array:
    out = np.empty(len(values), object)
    out[:] = values
    return out


def _column(values: Sequence[Any]) -> Array:
    """Return a parameter's values as whole numbers, numbers (NaN where unchanged) or text."""
    kinds = {type(value) for value in values}
    if kinds == {int}:
        return np.array(values, np.int64)
    if kinds and kinds <= {int, float, type(None)}:
        return np.array([np.nan if v is None else v for v in values], np.float64)
    texts = [v if isinstance(v, str) else "" if v is None else json.dumps(v) for v in values]
    return _text(texts)


def write_results(folder: Path, table: Table, design: Design) -> Path:
    """Write ``results.parquet`` in one step; NaN and empty text become null.

    Raises:
        OSError: the disk is full or not writable.
    """
    temporary, path = folder / f".{RESULTS}.{os.getpid()}", folder / RESULTS
    typed = ", ".join(_typed(name, values) for name, values in table.items())
    target = str(temporary).replace("'", "''")
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            connection.execute("SET threads = 1")
            connection.execute("SET preserve_insertion_order = true")
            connection.register("data", dict(table))
            try:
                connection.execute(
                    f"COPY (SELECT {typed} FROM data) TO '{target}' (FORMAT parquet,"
                    f" COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}, KV_METADATA"
                    f" {{schema_version: '{SCHEMA_VERSION}', design_sha256: '{design.digest}'}})"
                )
            except duckdb.IOException as error:
                raise OSError(f"cannot write {path}: {error}") from error
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def _typed(name: str, values: Array) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if values.dtype == np.float64:
        return f"CASE WHEN isnan({quoted}) THEN NULL ELSE {quoted}::DOUBLE END AS {quoted}"
    if values.dtype == np.int64:
        return f"{quoted}::BIGINT AS {quoted}"
    return f"nullif({quoted}::VARCHAR, '') AS {quoted}"


def count(outcomes: Mapping[str, Outcome], design: Design) -> tuple[int, int]:
    """Return how many trials of a design are done and how many failed."""
    mine = [outcomes[trial.key] for trial in design.trials if trial.key in outcomes]
    done = sum(outcome.status == DONE for outcome in mine)
    return done, len(mine) - done
