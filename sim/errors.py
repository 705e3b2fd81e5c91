"""The three ways in which a person can be told that something is wrong.

``ScenarioError`` is the person's to fix (exit code 2, nothing written); ``StrategyError`` and
``RunError`` are failures inside a run (exit code 1) and name the merchant, the day and the stage.
All of them survive pickling, so a worker process can hand them back.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Where:
    """A place in a text a person wrote: file (or ``--set``), 1-based line and column, dotted path.

    Line and column are 0 where they mean nothing (a command line has no lines).
    """

    file: str
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.path}" if self.path else place


class SimError(Exception):
    """Anything the engine says on purpose; ``exit_code`` is what the command line returns."""

    exit_code = 1


class ScenarioError(SimError):
    """What a person wrote cannot be understood or is not allowed.

    Args:
        where: the place.
        problem: what is wrong.
        allowed: what would be right, in words; empty if the problem says it.
        hint: a "did you mean" suggestion; empty if none is near.
    """

    exit_code = 2

    def __init__(self, where: Where, problem: str, allowed: str = "", hint: str = "") -> None:
        self.where, self.problem, self.allowed, self.hint = where, problem, allowed, hint
        text = f"{where}: {problem}"
        if allowed:
            text += f", {allowed}"
        if hint:
            text += f", did you mean {hint!r}?"
        super().__init__(text)

    @property
    def errors(self) -> list[ScenarioError]:
        """Every single error that was found; here only this one."""
        return [self]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.where, self.problem, self.allowed, self.hint)


class ScenarioErrors(ScenarioError):
    """Several ``ScenarioError`` found in one reading; printed one per line."""

    def __init__(self, errors: list[ScenarioError]) -> None:
        first = errors[0]
        super().__init__(first.where, first.problem, first.allowed, first.hint)
        self._errors = list(errors)
        self.args = ("\n".join(str(e) for e in errors),)

    @property
    def errors(self) -> list[ScenarioError]:
        """Every single error that was found, in reading order."""
        return list(self._errors)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._errors,)


class StrategyError(SimError):
    """A strategy failed or decided something that is not allowed."""

    def __init__(self, merchant: str, day: int, problem: str) -> None:
        self.merchant, self.day, self.problem = merchant, day, problem
        super().__init__(f"merchant {merchant!r}, day {day}, stage decide: {problem}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.merchant, self.day, self.problem)


class RunError(SimError):
    """The engine itself failed in a stage of a day, or cannot write what it found."""

    def __init__(self, problem: str, *, stage: str = "", day: int | None = None) -> None:
        self.problem, self.stage, self.day = problem, stage, day
        parts = [f"day {day}"] if day is not None else []
        parts += [f"stage {stage}"] if stage else []
        super().__init__(f"{', '.join(parts)}: {problem}" if parts else problem)

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments: the state restores what the bare call leaves out.
        return (
            type(self),
            (self.problem,),
            {"stage": self.stage, "day": self.day, "args": self.args},
        )

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        for name, value in (state or {}).items():
            setattr(self, name, value)


class NotInstalled(SimError):
    """An optional package is missing; the person can install it."""

    exit_code = 2


def did_you_mean(got: str, allowed: Iterable[str]) -> str:
    """Return the allowed word nearest to ``got``, or an empty string if none is near."""
    near = difflib.get_close_matches(got, list(allowed), n=1, cutoff=0.6)
    return near[0] if near else ""
