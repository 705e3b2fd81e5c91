"""How ``sim`` fails: a plain sentence on stderr and an exit code, never a traceback."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


@contextmanager
def plainly(debug: bool) -> Iterator[None]:
    """Turn every failure into a plain sentence and an exit code; with ``debug`` let it through."""
    from sim.errors import SimError

    try:
        yield
    except KeyboardInterrupt:
        fail(1, "stopped; nothing was written")
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:
        if debug:
            raise
        if isinstance(error, SimError):
            fail(error.exit_code, str(error))
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            fail(1, "the disk is full; nothing was written")
        if isinstance(error, OSError) and error.filename:
            theirs = isinstance(error, (PermissionError, NotADirectoryError, FileNotFoundError))
            fail(2 if theirs else 1, f"{error.filename}: {error.strerror}")
        if isinstance(error, MemoryError):
            fail(1, "not enough memory; fewer consumers (consumers.count) need less")
        fail(1, f"internal failure, {type(error).__name__}: {error} (--debug shows where)")


def fail(code: int, text: str) -> NoReturn:
    """Say what is wrong on stderr and leave with an exit code."""
    typer.echo(text, err=True)
    raise typer.Exit(code)
