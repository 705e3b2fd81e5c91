"""Checks that measure nothing, for tests of the suite around them."""

from __future__ import annotations

from collections.abc import Callable

from sim.check.measured import Check, Effort, Found


def pretend(name: str, run: Callable[[Effort], Found], family: str = "pretended") -> Check:
    return Check(name, family, f"{name} holds.", "nobody & nothing", run)
