"""The page of a run of checks: the answer, a picture for every check, all numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from sim.check import told
from sim.check.measured import Point
from sim.check.picture import curve_styles, drawn
from sim.check.suite import Report, Result
from sim.check.verdict import z_score
from sim.engine.folder import write_json
from sim.study import words
from sim.study.findings import Page, Picture
from sim.study.rows import Cell, Sheet
from sim.study.sweep.store import write_whole

READ = (
    "Lines are theory; dots are what the engine gave, with 95 % intervals where luck is in them."
    " In lists the upright bar is theory. A cross marks what does not agree."
)


def write_page(folder: Path, report: Report) -> Path:
    """Write ``check.json`` and ``check.html`` into the folder; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".check.json.part"
    write_json(temporary, told.as_json(report))
    temporary.replace(folder / "check.json")
    target = folder / "check.html"
    write_whole(target, page(report).html().encode())
    return target


def page(report: Report) -> Page:
    """Return the page of a run."""
    pictures = []
    for n, result in enumerate(report.results):
        said = "Known misses. " if result.misses else ""
        said = said if result.passed else "FAILS. "
        check, found = result.check, result.found
        note = f"sim check {check.name}; held against: {check.source}. {found.note}"
        if n == 0:
            note = f"{READ} {note}"
        pictures.append(Picture(f"{said}{check.claim}", drawn(result), note.strip()))
    effort = f"{words.share(report.effort.share)} of the full suite's luck"
    return Page(
        name="check",
        kicker=[
            "sim check",
            words.count(len(report.results), "check"),
            f"seed {report.effort.seed}",
            *([effort] if report.effort.quick else []),
        ],
        title=told.verdict(report),
        stand=told.sureness(report),
        pictures=pictures,
        doubts=[*told.failures(report), *told.misses(report)],
        sheets=[_summary(report.results), *_families(report.results)],
        styles=curve_styles(),
        footer="Made by Flowtribe; check.json in this folder has every number.",
    )


def _summary(results: Sequence[Result]) -> Sheet:
    """One row for every check: its farthest number."""
    heads = ["Check", "Farthest number", "Numbers", "Expected", "Got", "Standard error", "z"]
    rows: list[list[Cell]] = []
    for result in results:
        point = result.worst
        middle = [("", None)] * 4 if point is None else _cells(point)
        rows.append(
            [
                (result.check.name, None),
                (point.label if point else result.broken or result.found.skipped, None),
                (str(len(result.found.points)), len(result.found.points)),
                *middle,
                (told.row(result)[-2], None),
                (f"{result.seconds:.1f}", round(result.seconds, 2)),
            ]
        )
    return Sheet(
        "checks", "Every check, by its farthest number", [*heads, "Verdict", "Seconds"], rows
    )


def _families(results: Sequence[Result]) -> list[Sheet]:
    """All numbers, a table for every family."""
    heads = ["Check", "Instance", "Expected", "Got", "Standard error", "z", "Verdict"]
    out = []
    for family in dict.fromkeys(result.check.family for result in results):
        rows: list[list[Cell]] = [
            [
                (result.check.name, None),
                (point.label, None),
                *_cells(point),
                (told.spoken(point, ok), None),
            ]
            for result in results
            if result.check.family == family
            for point, ok in zip(result.found.points, result.agree, strict=True)
        ] + [
            [
                (result.check.name, None),
                (point.label, None),
                *_cells(point),
                ("not judged", None),
            ]
            for result in results
            if result.check.family == family
            for point in result.found.beside
        ]
        out.append(Sheet(family.replace(" ", "-"), f"All numbers: {family}", heads, rows))
    return out


def _cells(point: Point) -> list[Cell]:
    shown = told.cells(point)
    exact = [point.expected, point.got, point.error, z_score(point)]
    return [
        (text, float(f"{value:.9g}") if math.isfinite(value) else None)
        for text, value in zip(shown, exact, strict=True)
    ]
