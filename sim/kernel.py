"""The one decorator that compiles, and the one way to run a kernel on several threads.

Options, and why:

* ``nopython``, ``nogil``: a kernel never touches Python objects, so threads run it at the same
  time. Threads are ours (``Threads``), not numba's ``parallel=True``: chunks are then fixed by
  the data, never by the number of threads, and compiling is several times faster.
* ``cache``: compiled once per machine. Numba's file cache does not notice when a helper in
  *another* file changes, so the cache folder is named by a hash of every kernel source, numba,
  numpy, Python and the CPU (``cache_folder``). This must be set before anything is decorated,
  hence nobody else imports numba.
* ``_nrt=False`` for all that allocate nothing (``kernel``, as against ``allocating``): else every
  array that is taken out of a record, or sliced, is counted with a locked instruction, which made
  the ads three times slower, and two threads slower than one. Allocating in a ``kernel`` fails to
  compile ("NRT required").
* ``fastmath=False``: it breaks ``isnan`` and reorders sums.
* ``error_model="numpy"``: no hidden branch for a division by zero.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])


WARM = "warm"  # file in the cache folder
KEEP = 4  # states of the sources whose machine code is kept


def _cpu() -> str:
    """Return a text that differs between CPUs that need different machine code."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine()
    keep = [s for s in text.split("\n\n")[0].splitlines() if s.startswith(("model name", "flags"))]
    return "\n".join(keep) or platform.machine()


def _source_digest() -> str:
    """Hash every Python source of the package, numba, numpy, Python and the CPU."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        text = source.read_bytes()
        if b"@kernel" in text or b"sim.kernel" in text:
            digest.update(str(source.relative_to(Path(__file__).parent)).encode())
            digest.update(text)
    for part in (version("numba"), version("numpy"), sys.version, _cpu()):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder where machine code is kept: one per state of the kernel sources."""
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "flowtribe" / "kernels" / _source_digest()


def _writable(folder: Path) -> Path:
    """Return ``folder``, or a temporary one where it cannot be written (numba would refuse)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="flowtribe-kernels-"))


CACHE = _writable(cache_folder())
numba.config.CACHE_DIR = str(CACHE)


def is_warm() -> bool:
    """Tell whether a whole run has been compiled for the present sources on this machine."""
    return (CACHE / WARM).exists()


def mark_warm() -> None:
    """Note that a whole run has been compiled, and drop what was compiled for older sources."""
    try:
        (CACHE / WARM).touch()
        if cache_folder() == CACHE:
            others = sorted(CACHE.parent.iterdir(), key=lambda f: f.stat().st_mtime)
            for old in others[:-KEEP]:
                shutil.rmtree(old, ignore_errors=True)
    except OSError:
        pass  # a full or read-only cache costs compiling again, nothing else


OPTIONS = {"cache": True, "nogil": True, "fastmath": False, "error_model": "numpy"}


def kernel(function: F) -> F:
    """Compile ``function``, which allocates no array, with numba (options: module docstring)."""
    compiled: F = numba.njit(_nrt=False, **OPTIONS)(function)
    return compiled


def inlined(function: F) -> F:
    """Compile a ``kernel`` that is folded into its callers, so that their loops vectorise."""
    compiled: F = numba.njit(_nrt=False, forceinline=True, **OPTIONS)(function)
    return compiled


def allocating(function: F) -> F:
    """Compile ``function``, which allocates arrays.

    It counts references. Where much is done with what it allocates, it hands that to a ``kernel``.
    """
    compiled: F = numba.njit(**OPTIONS)(function)
    return compiled


@kernel
def whole(value: Any) -> int:
    """Return a narrow or unsigned integer as an ordinary int64.

    numba mixes uint64 and int64 into float64, so whatever comes out of a small array is passed
    through this before it is counted with.
    """
    return np.int64(value)  # type: ignore[return-value]


def _side_by_side(typing: Any, row: Any) -> Any:
    """Give an array another type, and nothing else."""
    return row.copy(layout="C")(row), lambda context, builder, signature, values: values[0]


side_by_side: Callable[[np.ndarray], np.ndarray] = intrinsic(_side_by_side)
"""In a kernel: the same row, known to the compiler as one whose items lie side by side.

numba knows of a whole table only whether all of it is contiguous; a row of a table that is part of
wider rows is, and LLVM then looks at several items at once."""


PIECES = 4  # a thread


class Threads:
    """A fixed set of worker threads that run kernels over chunks.

    ``run(kernel, chunks, *args)`` calls ``kernel(chunk, *args)`` for every chunk number and
    returns when all are done. A kernel may write only to what belongs to its chunk, so the result
    is the same for any number of threads.
    """

    def __init__(self, count: int) -> None:
        self.count = max(1, count)
        self._pool = ThreadPoolExecutor(self.count - 1) if self.count > 1 else None

    def run(self, function: Callable[..., Any], chunks: int, *args: Any) -> None:
        """Run ``function(first, last, *args)`` so that every chunk in ``range(chunks)`` is done."""
        if self._pool is None or chunks < 2:
            function(0, chunks, *args)
            return
        # More pieces than threads, so that a thread that was held up does not hold up the rest;
        # which thread takes which piece does not matter for the result. Whoever is free takes the
        # next one, this thread too: that costs less than handing out each.
        pieces = min(chunks, self.count * PIECES)
        next_piece = iter(range(pieces))

        def work() -> None:
            for piece in next_piece:
                function(chunks * piece // pieces, chunks * (piece + 1) // pieces, *args)

        helpers = [self._pool.submit(work) for _ in range(self.count - 1)]
        try:
            work()
        finally:
            for helper in helpers:
                helper.result()

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
