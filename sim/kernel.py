"""The one decorator that compiles, and the one way to run a kernel on several threads.

Options, and why:

* ``nopython``, ``nogil``: a kernel never touches Python objects, so threads run it at the same
  time. Threads are ours (``Threads``), not numba's ``parallel=True``: chunks are then fixed by
  the data, never by the number of threads, and compiling is several times faster.
* ``cache``: compiled once per machine. Numba's file cache does not notice when a helper in
  *another* file changes, so every source has a cache folder named by a hash of itself and of all
  that it imports of this package (``cache_folder``), below one named by numba, numpy, Python and
  the CPU. Nobody else imports numba but ``sim.lanes``.
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
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types.misc import unliteral
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])


KEEP = 4  # states of a source whose machine code is kept


def _cpu() -> str:
    """Return a text that differs between CPUs that need different machine code."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine()
    keep = [s for s in text.split("\n\n")[0].splitlines() if s.startswith(("model name", "flags"))]
    return "\n".join(keep) or platform.machine()


def machine_folder() -> Path:
    """Return the folder where machine code is kept: one per numba, numpy, Python and CPU."""
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    parts = "\n".join((version("numba"), version("numpy"), sys.version, _cpu()))
    name = hashlib.sha256(parts.encode()).hexdigest()[:16]
    return Path(base).expanduser() / "flowtribe" / "kernels" / name


def _writable(folder: Path) -> Path:
    """Return ``folder``, or a temporary one where it cannot be written (numba would refuse)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="flowtribe-kernels-"))


CACHE = _writable(machine_folder())
PACKAGE = Path(__file__).parent
NO_KERNELS = "scenario"  # folder of records that kernels never see: they are not compiled anew


_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\w[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|.*)|import[ \t]+(.*))", re.M
)


@cache
def imported(source: Path) -> frozenset[Path]:
    """Return the sources of this package that ``source`` imports by name, not what these import.

    Read from the text, which takes a tenth of the time of parsing it; every run does so.
    """
    found = set()
    for module, members, modules in _IMPORT.findall(source.read_bytes()):
        listed = re.sub(rb"#.*", b"", members or modules).strip(b"() \t").decode().split(",")
        names = [line.split()[0] for line in listed if line.strip()]
        if module:
            names = [module.decode(), *(f"{module.decode()}.{name}" for name in names)]
        for name in names:
            package, *path = name.split(".")
            file = PACKAGE.joinpath(*path).with_suffix(".py")
            if package == PACKAGE.name and path[:1] != [NO_KERNELS] and file.is_file():
                found.add(file)
    return frozenset(found)


@cache
def _fingerprint(source: Path) -> bytes:
    return hashlib.sha256(source.read_bytes()).digest()


@cache
def cache_folder(source: Path) -> Path:
    """Return the folder for the machine code of a source: one per state of it and its imports."""
    reached, fresh = {source}, {source}
    while fresh:
        fresh = set().union(*map(imported, fresh)) - reached
        reached |= fresh
    digest = hashlib.sha256()
    for file in sorted(reached):
        digest.update(file.name.encode() + b"\0" + _fingerprint(file))
    return CACHE / f"{source.parent.name}.{source.stem}-{digest.hexdigest()[:16]}"


def _mark() -> Path:
    """Return the file that says: all kernels are compiled for the present sources."""
    digest = hashlib.sha256()
    for source in sorted(PACKAGE.rglob("*.py")):
        text = source.read_bytes()
        if b"sim.kernel" in text or source == Path(__file__):
            digest.update(str(source.relative_to(PACKAGE)).encode() + b"\0" + text)
    return CACHE / f"warm-{digest.hexdigest()[:16]}"


def is_warm() -> bool:
    """Tell whether a whole run has been compiled for the present sources on this machine."""
    return _mark().exists()


def mark_warm() -> None:
    """Note that a whole run has been compiled, and drop what was compiled for older sources."""
    try:
        _mark().touch()
        states: dict[str, int] = {}
        for old in sorted(CACHE.glob("*.*-*"), key=lambda f: f.stat().st_mtime, reverse=True):
            source = old.name.rpartition("-")[0]
            states[source] = states.get(source, 0) + 1
            if states[source] > KEEP:
                shutil.rmtree(old, ignore_errors=True)
    except OSError:
        pass  # a full or read-only cache costs compiling again, nothing else


OPTIONS = {"cache": True, "nogil": True, "fastmath": False, "error_model": "numpy"}


def _compile(function: F, **more: Any) -> F:
    # Numba asks for the folder once, when it decorates.
    numba.config.CACHE_DIR = str(cache_folder(Path(function.__code__.co_filename)))
    compiled: Any = numba.njit(**OPTIONS, **more)(function)
    compiled.get_call_template = _widening(compiled.get_call_template)
    return cast(F, compiled)


def _widening(compile_call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return numba's compiling of a call in a kernel, for one signature whatever whole number is
    handed in.

    Numba compiles anew for every constant (``Literal[int](0)``) and every width of an integer.
    """

    def widest(given: Any) -> Any:
        given = unliteral(given)
        return types.int64 if given in types.signed_domain else given

    def compile_widest(args: Any, kws: Any) -> Any:
        wide = {name: widest(given) for name, given in dict(kws).items()}
        return compile_call(tuple(map(widest, args)), wide)

    return compile_widest


def kernel(function: F) -> F:
    """Compile ``function``, which allocates no array, with numba (options: module docstring)."""
    return _compile(function, _nrt=False)


def inlined(function: F) -> F:
    """Compile a ``kernel`` that is folded into its callers, so that their loops vectorise."""
    return _compile(function, _nrt=False, forceinline=True)


def allocating(function: F) -> F:
    """Compile ``function``, which allocates arrays.

    It counts references. Where much is done with what it allocates, it hands that to a ``kernel``.
    """
    return _compile(function)


@kernel
def whole(value: Any) -> int:
    """Return a narrow or unsigned integer as an ordinary int64.

    numba mixes uint64 and int64 into float64, so whatever comes out of a small array is passed
    through this before it is counted with.
    """
    return np.int64(value)  # type: ignore[return-value]


def _fetching(level: int) -> Callable[[np.ndarray, int], None]:
    """Return an intrinsic that fetches the cache line in which a row of an array begins, to the
    cache of a level."""

    def fetch_line(typing: Any, table: Any, row: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array = context.make_array(table)(context, builder, values[0])
            stride = cgutils.unpack_tuple(builder, array.strides, table.ndim)[0]
            start = builder.ptrtoint(array.data, values[1].type)
            start = builder.add(start, builder.mul(stride, values[1]))
            line = builder.inttoptr(start, ir.IntType(8).as_pointer())
            flag = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [line.type, flag, flag, flag])
            fetch = builder.module.declare_intrinsic("llvm.prefetch", [line.type], kind)
            builder.call(fetch, [line, flag(0), flag(4 - level), flag(1)])  # to read, data
            return context.get_dummy_value()

        return types.void(table, types.intp), generate

    made: Callable[[np.ndarray, int], None] = intrinsic(fetch_line)
    return made


fetch_line, fetch_near = _fetching(2), _fetching(1)


@inlined
def prefetch(table: np.ndarray, row: int) -> None:
    """Have the cache line fetched in which row ``row`` of an array begins, and go on.

    What is asked for some hundred instructions before it is needed is there when it is; a read
    would wait for it. A loop in which each turn looks at another person spends most of its time so.
    """
    fetch_line(table, row)


@inlined
def bring_near(table: np.ndarray, row: int) -> None:
    """Have what was fetched before brought to where it is read without delay, some turns ahead."""
    fetch_near(table, row)


def _take_turn(typing: Any, turn: Any) -> Any:
    """Write the instruction that reads and raises a number that all threads share."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array = context.make_array(turn)(context, builder, values[0])
        return builder.atomic_rmw("add", array.data, ir.IntType(64)(1), "monotonic")

    return types.int64(turn), generate


take_turn: Callable[[np.ndarray], int] = intrinsic(_take_turn)
"""In a kernel: return the number in ``turn`` (int64[1]) and raise it by one, no two threads the
same. Workers that take the next chunk so are handed their arguments once, and none waits long."""

ROUNDS = (0.5, 0.25, 0.25)
"""Of all chunks, the part that is handed out in each round, evenly to the threads."""

WORTH = 400e-6
"""Seconds of work that are worth a further thread: to wake one and to wait for it takes 50 to 150
microseconds."""


class Threads:
    """A fixed set of worker threads that run kernels over chunks.

    ``run(kernel, chunks, *args)`` calls ``kernel(first, last, *args)`` for pieces of the chunks and
    returns when all are done. A kernel may write only to what belongs to its chunks, so the result
    is the same for any number of threads. How many take part follows from how long the same kernel
    took the last time: in a small world most is done sooner than a thread is woken.
    """

    def __init__(self, count: int) -> None:
        self.count = max(1, count)
        self._pool = ThreadPoolExecutor(self.count - 1) if self.count > 1 else None
        self._took: dict[Callable[..., Any], float] = {}  # seconds a chunk, of one thread

    def run(self, function: Callable[..., Any], chunks: int, *args: Any) -> None:
        """Run ``function(first, last, *args)`` so that every chunk in ``range(chunks)`` is done."""
        if self._pool is None or chunks <= 1:
            function(0, chunks, *args)
            return
        work = self._took.get(function, 1.0) * chunks
        helpers = min(self.count - 1, int(work / WORTH))
        # First a large piece for each thread, then smaller ones, so that a thread that was held up,
        # or has the harder part, does not hold up the rest. Whoever is free takes the next one,
        # this thread too, which costs less than handing out each; which thread takes which does
        # not matter for the result. To hand a kernel its arguments takes some 10 microseconds, so
        # pieces are few.
        parts, done = [0.0], 0.0
        for part in ROUNDS if helpers else (1.0,):
            parts += [done + part * (n + 1) / (helpers + 1) for n in range(helpers + 1)]
            done += part
        edges = sorted({round(chunks * part) for part in parts})
        next_piece = iter(range(len(edges) - 1))

        def take_pieces() -> float:
            start = perf_counter()
            for piece in next_piece:
                function(edges[piece], edges[piece + 1], *args)
            return perf_counter() - start

        others = [self._pool.submit(take_pieces) for _ in range(helpers)]
        took = 0.0
        try:
            took = take_pieces()
        finally:
            took += sum(other.result() for other in others)
        self._took[function] = took / chunks

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
