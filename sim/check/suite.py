"""All checks by name, and running them: one after another, judged together."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sim.check import (
    accounts,
    adoption,
    auctions,
    cascades,
    choices,
    durables,
    elasticities,
    friends,
    homophily,
    messages,
    opinions,
    outbreaks,
    peers,
    reinforcement,
    repeats,
    retention,
    sizes,
    villages,
)
from sim.check.measured import Check, Effort, Found, Point
from sim.check.verdict import LEVEL, agree, z_score
from sim.errors import ScenarioError, Where, did_you_mean

CHECKS: dict[str, Check] = {
    check.name: check
    for family in (
        cascades,
        auctions,
        adoption,
        outbreaks,
        choices,
        friends,
        opinions,
        homophily,
        reinforcement,
        durables,
        accounts,
        repeats,
        retention,
        messages,
        sizes,
        elasticities,
        villages,
        peers,
    )
    for check in family.CHECKS
}
"""Every check by its name, in the order in which they run."""

_WORDS = {str: "text", int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Result:
    """What came of a check: its numbers, which of them agree, how long it took [s], and why it
    broke off (empty if it did not)."""

    check: Check
    found: Found
    agree: tuple[bool, ...]
    seconds: float
    broken: str = ""

    @property
    def passed(self) -> bool:
        """Whether all numbers agree but for known misses, and there are some, or good reason for
        none."""
        some = bool(self.agree) or bool(self.found.skipped)
        return not self.broken and some and not self.wrong

    @property
    def wrong(self) -> list[Point]:
        """The numbers that must agree and do not."""
        return [point for point in self._off if not point.miss]

    @property
    def misses(self) -> list[Point]:
        """The numbers that the model is known not to give, and does not."""
        return [point for point in self._off if point.miss]

    @property
    def _off(self) -> list[Point]:
        judged = zip(self.found.points, self.agree, strict=True)
        return [point for point, ok in judged if not ok]

    @property
    def worst(self) -> Point | None:
        """The number that is farthest off, in standard errors."""
        points = self.found.points
        return max(points, key=lambda point: abs(z_score(point))) if points else None


@dataclass(frozen=True)
class Report:
    """Results of a run, how much luck was drawn, and the level of the whole family."""

    results: tuple[Result, ...]
    effort: Effort
    level: float = LEVEL

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(result.passed for result in self.results)

    @property
    def numbers(self) -> int:
        """How many numbers with luck in them were judged together."""
        return len(self.judged)

    @property
    def judged(self) -> list[Point]:
        """The numbers with luck in them that were judged together."""
        points = [point for result in self.results for point in result.found.points]
        return [point for point in points if point.error > 0 and not point.miss]


def chosen(names: Sequence[str]) -> list[Check]:
    """Return the checks of these names or families, all if there are none.

    Raises:
        ScenarioError: no check or family is called so.
    """
    families = {check.family for check in CHECKS.values()}
    picked: dict[str, Check] = {}
    for name in names:
        if name in CHECKS:
            picked[name] = CHECKS[name]
        elif name in families:
            picked |= {key: check for key, check in CHECKS.items() if check.family == name}
        else:
            near = did_you_mean(name, [*CHECKS, *families])
            known = "see sim check --list"
            raise ScenarioError(Where("sim check"), f"no check is called {name!r}", known, near)
    return list(picked.values()) if names else list(CHECKS.values())


def own_instance(check: Check, given: Mapping[str, str]) -> Check:
    """Return the check with an instance of the user's, options by name as they were typed.

    Raises:
        ScenarioError: the check has no such option, or the value is not one.
    """
    where = Where(f"sim check {check.name}")
    if check.own is None:
        able = ", ".join(name for name, one in CHECKS.items() if one.own is not None)
        raise ScenarioError(where, "this check has no options", f"these have: {able}")
    takes = options(check)
    values: dict[str, Any] = {}
    for name, text in given.items():
        key = name.replace("-", "_")
        if key not in takes:
            shown = ", ".join(f"--{option.replace('_', '-')}" for option in takes)
            near = did_you_mean(key, takes)
            raise ScenarioError(
                where, f"no option --{name}", f"there are {shown}", near and f"--{near}"
            )
        kind = type(takes[key])
        try:
            values[key] = kind(text.replace("_", "") if kind is int else text)
        except ValueError:
            raise ScenarioError(where, f"--{name} {text!r}", f"must be {_WORDS[kind]}") from None
    asked: Callable[[Effort], Found] = partial(check.own, **values)
    return Check(check.name, check.family, check.claim, check.source, asked, None, check.face)


def options(check: Check) -> dict[str, Any]:
    """Return the options of a check that takes an instance of the user's, with their defaults."""
    if check.own is None:
        return {}
    given = inspect.signature(check.own).parameters.values()
    return {option.name: option.default for option in given if option.kind == option.KEYWORD_ONLY}


def run_checks(
    checks: Iterable[Check],
    effort: Effort,
    progress: Callable[[Check], None] = lambda check: None,
) -> Report:
    """Run checks one after another and judge all their numbers together.

    A check that breaks off fails; what a person can mend (``ScenarioError``) is raised.
    """
    ran: list[tuple[Check, Found, float, str]] = []
    for check in checks:
        progress(check)
        start = time.perf_counter()
        found, broken = Found(()), ""
        try:
            found = check.run(effort)
        except ScenarioError:
            raise
        except Exception as error:  # whatever it is, this check does not hold
            broken = f"{type(error).__name__}: {error}"
        ran.append((check, found, time.perf_counter() - start, broken))
    verdicts = iter(agree([point for _, found, _, _ in ran for point in found.points]))
    results = tuple(
        Result(check, found, tuple(next(verdicts) for _ in found.points), seconds, broken)
        for check, found, seconds, broken in ran
    )
    return Report(results, effort)
