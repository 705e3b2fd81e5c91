"""The run folder: written whole under a temporary name, or not at all.

Tables go to zstd Parquet with ``schema_version`` in the file's metadata. The folder appears under
its name only after every file is on disk (fsync) and ``manifest.json`` says ``complete``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sim.engine.columns import SCHEMA_VERSION, TABLES
from sim.errors import ScenarioError, Where

TYPES = {"i8": "BIGINT", "f8": "DOUBLE", "text": "VARCHAR"}


def refuse_existing(folder: Path, force: bool) -> None:
    """Refuse to overwrite a folder unless told to.

    Raises:
        ScenarioError: the folder is there already, or its name is taken by a file.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ScenarioError(Where(str(folder)), "is not a folder", "choose another with --out")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "manifest.json").exists():
            raise ScenarioError(
                Where(str(folder)),
                "holds something that is not a run",
                "choose another folder with --out",
            )
        if not force:
            raise ScenarioError(
                Where(str(folder)),
                "exists already",
                "use --force to replace it or --out for another place",
            )


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``target``; on success it takes the target's place.

    On any failure, an interrupt included, the temporary folder is removed and a former target
    stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".{target.name}.{os.getpid()}.partial"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        for path in sorted(temporary.iterdir()):
            _sync(path)
        _sync(temporary)
        _swap(temporary, target)
        _sync(target.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _swap(temporary: Path, target: Path) -> None:
    """Put ``temporary`` in the place of ``target``, which may exist."""
    if not target.exists():
        temporary.rename(target)
        return
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_tables(folder: Path, tables: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Write every table as ``<name>.parquet``.

    Raises:
        OSError: the disk is full or not writable.
    """
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        for name, columns in TABLES.items():
            data = {c.name: tables[name][c.name] for c in columns}
            typed = ", ".join(f'"{c.name}"::{TYPES[c.kind]} AS "{c.name}"' for c in columns)
            connection.register("data", data)
            path = str(folder / f"{name}.parquet").replace("'", "''")
            try:
                connection.execute(
                    f"COPY (SELECT {typed} FROM data) TO '{path}' (FORMAT parquet, COMPRESSION"
                    f" zstd, KV_METADATA {{schema_version: '{SCHEMA_VERSION}'}})"
                )
            except duckdb.IOException as error:
                raise OSError(f"cannot write {name}.parquet: {error}") from error
            connection.unregister("data")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with two spaces of indent; NaN is a defect and raises ``ValueError``."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
