"""``sim query``: questions in SQL over runs and sweeps."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.failures import fail, plainly
from sim.cli.verbs import Debug, app

if TYPE_CHECKING:
    from sim.study.ask import Answer
    from sim.study.folders import Found

NAMES = ("seed", "day", "trial")
"""Numbers that are names: shown without thousands separators."""

WARNED = 5
"""Up to so many folders that were passed over are named."""


@app.command()
def query(
    sql: Annotated[
        str, typer.Argument(metavar="[SQL]", help="One statement that reads; left out: --views.")
    ] = "",
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Folder of runs and sweeps, or of one.")
    ] = Path("runs"),
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV: all rows, exact.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: a list of objects, all rows, exact.")
    ] = False,
    views: Annotated[
        bool, typer.Option("--views", help="List the views, their columns, units and meanings.")
    ] = False,
    rows: Annotated[
        int, typer.Option(min=1, max=10_000, help="Rows that a table shows at most.")
    ] = 100,
    debug: Debug = False,
) -> None:
    """Ask in SQL about all runs and sweeps of a folder.

    Views: runs, camps, trials, market, merchants, platforms, media,
    communities, cascades, tellings, cohorts, teams, referrals.

    \b
    sim query "select name, seed, headline from runs"
    sim query "select run, camp, profit/100 as yuan from camps order by yuan desc" runs
    sim query "select day, avg(price_per_click) from platforms group by day order by day" --csv
    sim query --views runs
    """
    with plainly(debug):
        if as_csv and as_json:
            fail(2, "--csv and --json exclude each other")
        if views or not sql.strip() or os.path.isdir(sql):
            _list_views(Path(sql) if sql.strip() else folder)
            return
        from sim.study.ask import Views
        from sim.study.folders import find

        found = find(folder)
        _warn(found)
        with Views(found) as opened:
            answer = opened.ask(sql)
            if as_csv:
                _csv(answer)
            elif as_json:
                _json(answer)
            else:
                _table(answer, rows)


def _warn(found: Found) -> None:
    for said in found.skipped[:WARNED]:
        typer.echo(f"warning: {said}", err=True)
    if len(found.skipped) > WARNED:
        more = len(found.skipped) - WARNED
        typer.echo(f"warning: {more:,} more were passed over", err=True)


def _list_views(folder: Path) -> None:
    """Print every view; ``trials`` as the sweeps in ``folder`` have it, if it is there."""
    from sim.errors import ScenarioError
    from sim.study.ask import VIEWS, Views
    from sim.study.folders import find

    try:
        found = find(folder)
    except ScenarioError:  # nothing there yet: the views are known all the same
        listed = {name: list(columns) for name, columns in VIEWS.items()}
    else:
        with Views(found) as opened:
            listed = opened.columns()
    for name, columns in listed.items():
        typer.echo(name)
        wide = max(len(column.name) for column in columns)
        unit = max(len(column.unit) for column in columns)
        for column in columns:
            typer.echo(f"  {column.name:<{wide}}  {column.unit:<{unit}}  {column.meaning}".rstrip())
        typer.echo("")
    typer.echo("money is in smallest units (fen, cent); run, name and seed join the views")


def _csv(answer: Answer) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.names)
    for row in answer.rows:
        writer.writerow(["" if _absent(value) else value for value in row])


def _json(answer: Answer) -> None:
    import json

    between = "["
    for row in answer.rows:
        values = (None if _absent(value) else value for value in row)
        whole = dict(zip(answer.names, values, strict=True))
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False, default=_plain)
        typer.echo(f"{between}\n{text}", nl=False)
        between = ","
    typer.echo("[]" if between == "[" else "\n]")


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: decimals as numbers, dates and the like as text."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not abs(value) < float("inf"))


def _table(answer: Answer, most: int) -> None:
    """Print the first rows: a table, or one block per row where a terminal is too narrow for it."""
    from itertools import islice

    from rich.console import Console
    from rich.table import Table

    from sim.study import words

    given = list(islice(answer.rows, most))
    more = sum(1 for _ in answer.rows)
    cells = [[_shown(n, v) for n, v in zip(answer.names, row, strict=True)] for row in given]
    texts = [answer.names, *cells]
    widths = [max(len(row[i]) for row in texts) for i in range(len(answer.names))]
    console = Console(highlight=False, markup=False)
    needed = sum(widths) + 2 * len(widths)
    if console.is_terminal and needed > console.width:
        for line in _blocks(answer.names, cells):
            typer.echo(line)
    else:
        table = Table(*answer.names, box=None, pad_edge=False)
        for i, column in enumerate(table.columns):
            column.no_wrap = True
            numeric = (isinstance(row[i], Number) or row[i] is None for row in given)
            column.justify = "right" if given and all(numeric) else "left"
        for row in cells:
            table.add_row(*row)
        # A pipe's reader has a width of its own.
        Console(width=max(needed, 20), highlight=False, markup=False).print(table)
    total = words.count(len(given) + more, "row")
    shown = f", {len(given):,} shown (--rows, --csv and --json give more)" if more else ""
    typer.echo(f"{total}{shown}", err=True)


def _blocks(names: list[str], cells: list[list[str]]) -> Iterator[str]:
    wide = max(len(name) for name in names)
    for row in cells:
        yield from (f"{name:<{wide}}  {text}" for name, text in zip(names, row, strict=True))
        yield ""


def _shown(name: str, value: Any) -> str:
    from sim.study.words import NONE

    if _absent(value):
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if name in NAMES else f"{value:,}"
    return f"{value:,.6g}" if isinstance(value, Number) else str(value)
