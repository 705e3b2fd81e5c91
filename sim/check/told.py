"""What a run of checks found, in words and as one document."""

from __future__ import annotations

import math
from typing import Any

from sim.check.measured import Point
from sim.check.suite import Report, Result
from sim.check.verdict import limit, z_score
from sim.study import words

HEADS = (
    "check",
    "farthest number",
    "numbers",
    "expected",
    "got",
    "s.e.",
    "z",
    "verdict",
    "seconds",
)
"""Columns of the table that is printed."""


def verdict(report: Report) -> str:
    """Return the answer in one sentence."""
    failing = [result.check.name for result in report.results if not result.passed]
    left_out = sum(bool(result.found.skipped) for result in report.results)
    missing = [result.check.name for result in report.results if result.misses]
    total = len(report.results) - left_out
    if not total:
        return "Nothing could be checked here"
    if not failing:
        count = sum(len(result.misses) for result in report.results)
        some = words.listed(missing) if len(report.results) > 1 else ""
        missed = f"{count} known {'miss' if count == 1 else 'misses'}"
        but = f", but for {missed}{f' ({some})' if some else ''}" if count else ""
        if len(report.results) == 1:
            return f"{report.results[0].check.name} agrees with what is known{but}"
        besides = f"; {left_out} could not be made here" if left_out else ""
        return f"All {total} checks agree with what is known{but}{besides}"
    if len(report.results) == 1:
        return f"{failing[0]} does not agree with what is known"
    some = words.listed(failing[:6] + ([f"{len(failing) - 6} more"] if len(failing) > 6 else []))
    return f"{len(failing)} of {words.count(total, 'check')} fail: {some}"


def sureness(report: Report) -> str:
    """Return how much was compared and how it was judged."""
    points = [point for result in report.results for point in result.found.points]
    exact = sum(point.error == 0 for point in points)
    parts = []
    if report.numbers:
        most = max(abs(z_score(point)) for point in report.judged)
        parts.append(
            f"{words.count(report.numbers, 'number')} with luck in them, the farthest"
            f" {number(most, 2)} standard errors off; judged together (Holm), up to"
            f" {limit(report.numbers, report.level):.1f} may be luck in a correct engine, which"
            f" fails in {words.share(report.level)} of runs at most."
        )
    if exact:
        wrong = sum(
            not ok
            for result in report.results
            for point, ok in zip(result.found.points, result.agree, strict=True)
            if point.error == 0
        )
        said = "all are" if not wrong else f"{exact - wrong:,} are"
        parts.append(f"{words.count(exact, 'number')} that must be exact: {said}.")
    return " ".join(parts)


def failures(report: Report) -> list[str]:
    """Return a sentence for every check that fails."""
    out = []
    for result in report.results:
        if result.broken:
            out.append(f"{result.check.name} broke off: {result.broken}")
        elif not result.passed:
            first = max(result.wrong, key=lambda point: abs(z_score(point)))
            more = f", and {len(result.wrong) - 1} more" if len(result.wrong) > 1 else ""
            out.append(f"{result.check.name}: {_off(first)}{more}")
    return out


def misses(report: Report) -> list[str]:
    """Return a sentence for every reason for which the model is known not to give some numbers."""
    out = []
    for result in report.results:
        for why in dict.fromkeys(point.miss for point in result.misses):
            off = "; ".join(_off(point) for point in result.misses if point.miss == why)
            out.append(f"{result.check.name}, known miss: {off}. Why: {why}.")
    return out


def _off(point: Point) -> str:
    return f"{point.label}: expected {wanted(point)}, got {number(point.got)}"


def beside(report: Report) -> list[str]:
    """Return a sentence for every number that is set beside another and not judged."""
    return [
        f"{result.check.name}: {point.label}: {compared(point)}"
        for result in report.results
        for point in result.found.beside
    ]


def compared(point: Point) -> str:
    """Return what was found, how surely, and what it is set beside."""
    sure = f" ± {number(point.error, 2)}" if point.error > 0 else ""
    other = f", beside {number(point.expected)}" if math.isfinite(point.expected) else ""
    return f"{number(point.got, 3)}{sure}{other}"


def row(result: Result) -> list[str]:
    """Return a check's line of the table: its farthest number stands for all."""
    said = "misses" if result.misses else "ok"
    said = "skipped" if result.found.skipped else said if result.passed else "FAILS"
    seconds = f"{result.seconds:.1f}"
    point = result.worst
    if point is None:
        return [
            result.check.name,
            result.broken or result.found.skipped,
            "0",
            "",
            "",
            "",
            "",
            said,
            seconds,
        ]
    count = str(len(result.found.points))
    return [result.check.name, point.label, count, *cells(point), said, seconds]


def cells(point: Point) -> list[str]:
    """Return expected, got, standard error and z of a number as text."""
    expected, got = wanted(point), number(point.got)
    if point.error == 0:
        return [expected, got, "exact", words.NONE]
    return [expected, got, number(point.error, 2), f"{z_score(point):+.2f}".replace("-", "−")]


def wanted(point: Point) -> str:
    """Return what is expected as text, a range with both ends."""
    low = number(point.expected)
    if math.isnan(point.upto):
        return low
    return f"{low} to {number(point.upto)}" if math.isfinite(point.upto) else f"{low} or more"


def spoken(point: Point, ok: bool) -> str:
    """Return the verdict on a number in a word."""
    return "ok" if ok else "known miss" if point.miss else "FAILS"


def number(value: float, digits: int = 6) -> str:
    """Return a number with so many digits that count."""
    if not math.isfinite(value):
        return "∞" if value > 0 else words.NONE
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 9)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def as_json(report: Report) -> dict[str, Any]:
    """Return everything that was found."""
    return {
        "answer": verdict(report),
        "passed": report.passed,
        "seed": report.effort.seed,
        "share_of_the_full_suite": report.effort.share,
        "level": report.level,
        "checks": [
            {
                "name": result.check.name,
                "family": result.check.family,
                "claim": result.check.claim,
                "source": result.check.source,
                "passed": result.passed,
                "broken": result.broken,
                "skipped": result.found.skipped,
                "note": result.found.note,
                "seconds": round(result.seconds, 3),
                "numbers": [
                    _document(point, ok)
                    for point, ok in zip(result.found.points, result.agree, strict=True)
                ],
                "beside": [
                    {
                        "instance": point.label,
                        "other": _finite(point.expected),
                        "got": _finite(point.got),
                        "standard_error": _finite(point.error),
                    }
                    for point in result.found.beside
                ],
            }
            for result in report.results
        ],
    }


def _document(point: Point, ok: bool) -> dict[str, Any]:
    z = z_score(point)
    return {
        "instance": point.label,
        "expected": _finite(point.expected),
        "expected_up_to": _finite(point.upto if point.upto == point.upto else point.expected),
        "got": _finite(point.got),
        "standard_error": _finite(point.error),
        "z": _finite(z),
        "agrees": ok,
        "known_miss": point.miss,
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
