"""Bugs planted into production kernels: the kernel's own source with one thing wrong.

The wrong source runs as plain Python (or compiled, where a check is too long for that), and so do
the kernels on the way to it, so that they find it: machine code has its helpers built in.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import numba
import pytest


class Bug(NamedTuple):
    """``right`` becomes ``wrong`` in ``kernel`` of ``module``; ``way``: kernels that call it, the
    nearest first (``module:kernel`` in other modules); ``compiled``: as machine code; ``share``:
    of the suite's luck."""

    module: str
    kernel: str
    right: str
    wrong: str
    way: tuple[str, ...] = ()
    compiled: bool = False
    share: float = 0.02


def plant(patch: pytest.MonkeyPatch, bug: Bug) -> None:
    """Make ``bug`` what the module does."""
    module = import_module(bug.module)
    source = textwrap.dedent(inspect.getsource(_plain(getattr(module, bug.kernel))))
    source = source[source.index("def ") :]
    assert bug.right in source, f"{bug.kernel} no longer says {bug.right!r}"
    made: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\n" + source.replace(bug.right, bug.wrong),
        vars(module),
        made,
    )
    _replace(patch, module, bug.kernel, made[bug.kernel], bug.compiled)
    for caller in bug.way:
        home, _, name = caller.rpartition(":")
        there = import_module(home) if home else module
        _replace(patch, there, name, _plain(getattr(there, name)), bug.compiled)


def _plain(function: Any) -> Callable[..., Any]:
    return getattr(function, "py_func", function)


def _replace(
    patch: pytest.MonkeyPatch, module: ModuleType, name: str, new: Any, compiled: bool
) -> None:
    """Give a name to something else, wherever it has been imported to."""
    old, new = getattr(module, name), numba.njit(new) if compiled else new
    for other in [one for key, one in sys.modules.items() if key.startswith("sim.")]:
        if getattr(other, name, None) is old:
            patch.setattr(other, name, new)
