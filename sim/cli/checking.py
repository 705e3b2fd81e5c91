"""The verb ``sim check``: is the engine right?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.failures import plainly
from sim.cli.verbs import AsJson, Debug, QuietPage, app

if TYPE_CHECKING:
    from sim.check.measured import Check
    from sim.check.suite import Report

OPTIONS = ("--quick", "--out", "--list", "--seed", "--json", "--quiet", "--debug")
"""Options of the verb itself; a check may have more."""


@app.command(context_settings={"ignore_unknown_options": True})
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Checks or families, and options of one check.",
            show_default="all",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A fifth of the luck: under a minute on two cores.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Seed of the luck.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder of the page.")] = Path("runs/check"),
    listed: Annotated[
        bool, typer.Option("--list", help="List checks, their sources and options.")
    ] = False,
    as_json: AsJson = False,
    quiet: QuietPage = False,
    debug: Debug = False,
) -> None:
    """Hold the engine against what theory and plain twins say.

    Exit code 1 if a check fails.

    \b
    sim check
    sim check ic auctions --quick
    sim check ic --graph karate --seed-node 0 --p 0.1
    """
    with plainly(debug):
        from sim.check.measured import QUICK, Effort
        from sim.check.page import write_page
        from sim.check.suite import run_checks
        from sim.check.told import as_json as found_as_json

        asked = _asked(names or [])
        if listed:
            _list(asked)
            return
        show = not quiet and not as_json
        report = run_checks(asked, Effort(seed, QUICK if quick else 1.0), _Told(show, len(asked)))
        written = write_page(out, report)
        if as_json:
            typer.echo(json.dumps(found_as_json(report), allow_nan=False))
        elif quiet:
            typer.echo(str(written))
        else:
            _print(report)
            typer.echo(f"page: {written}")
        if not report.passed:
            raise typer.Exit(1)


def _asked(words: list[str]) -> list[Check]:
    """Return the checks that were named; with options, an instance of the user's of the one."""
    from sim.check.suite import chosen, own_instance
    from sim.errors import ScenarioError, Where, did_you_mean

    names: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            names.append(word)
            continue
        option, equals, value = word[2:].partition("=")
        if not equals:
            value = next(rest, "")
        given[option] = value
    checks = chosen(names)
    if not given:
        return checks
    if len(checks) != 1:
        first = f"--{next(iter(given))}"
        near = did_you_mean(first, OPTIONS)
        raise ScenarioError(Where("sim check"), f"{first} goes with one check", hint=near)
    return [own_instance(checks[0], given)]


class _Told:
    """Says on a terminal which check is running."""

    def __init__(self, show: bool, total: int) -> None:
        self.show, self.total, self.number = show and sys.stderr.isatty(), total, 0

    def __call__(self, check: Check) -> None:
        self.number += 1
        if self.show:
            typer.echo(f"{self.number} of {self.total}: {check.name}", err=True)


def _list(checks: list[Check]) -> None:
    from sim.check.suite import options

    family = ""
    for one in checks:
        if one.family != family:
            family = one.family
            typer.echo(family)
        typer.echo(f"  {one.name:<16} {one.claim}")
        typer.echo(f"  {'':<16} held against: {one.source}")
        takes = " ".join(
            f"--{name.replace('_', '-')} {value:g}" if isinstance(value, float) else
            f"--{name.replace('_', '-')} {'FILE' if value == '' else value}"
            for name, value in options(one).items()
        )  # fmt: skip
        if takes:
            typer.echo(f"  {'':<16} your own: {takes}")


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    from sim.check import told

    console = Console(highlight=False, markup=False)
    table = Table(*told.HEADS, box=None, pad_edge=False)
    for column in table.columns[2:7]:
        column.justify = "right"
    table.columns[-1].justify = "right"
    for column in table.columns:
        column.no_wrap = column.header != "farthest number"
    for result in report.results:
        style = "" if result.passed else "bold red"
        table.add_row(*told.row(result), style=style)
    width = None if console.is_terminal else 200  # a pipe's reader has a width of its own
    Console(width=width, highlight=False, markup=False).print(table)
    aside = told.beside(report)
    for text in ["", *aside] if aside else []:
        console.print(text, soft_wrap=not console.is_terminal)
    alone = [report.results[0].found.note] if len(report.results) == 1 else []
    found = [*told.failures(report), *told.misses(report)]
    said = [*found, f"{told.verdict(report)}.", told.sureness(report), *alone]
    for text in ["", *filter(None, said)]:
        console.print(text, soft_wrap=not console.is_terminal)
