"""``sim threshold`` and ``sim sensitivity``: where a metric tips, and what it hangs on."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.failures import plainly
from sim.cli.looks import Looks
from sim.cli.sweeping import resumable
from sim.cli.verbs import AsJson, Debug, QuietPage, Sets, _cores, _warn, app

if TYPE_CHECKING:
    from sim.study.sensitivity.page import Finding
    from sim.study.sensitivity.sampled import Sampled
    from sim.study.threshold.question import Question

Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1024,
        help="Processes; the results are the same for any number.",
        show_default="all cores",
    ),
]


@app.command()
def threshold(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="YAML file.")],
    vary: Annotated[
        str, typer.Option(metavar="PATH", help="Parameter to vary, as in platforms.mall.fee.")
    ],
    metric: Annotated[
        str, typer.Option(metavar="M", help="A number of the summary, as in camps.grower.profit.")
    ],
    level: Annotated[
        str,
        typer.Option(
            metavar="L",
            help="What it is to cross: a number in its own unit (money: fen), '500 CNY', '5%', or"
            " another metric of the same run.",
        ),
    ] = "0",
    low: Annotated[
        str | None,
        typer.Option(
            metavar="A",
            help="Left end of the range.",
            show_default="least value allowed, or half of the present one",
        ),
    ] = None,
    high: Annotated[
        str | None,
        typer.Option(
            metavar="B",
            help="Right end of the range.",
            show_default="greatest value allowed, or twice the present one",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(metavar="N", help="Runs at every value, the same seeds for all.")
    ] = 10,
    tolerance: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="How closely to locate it, in the parameter's unit.",
            show_default="a hundredth of the range",
        ),
    ] = None,
    sets: Sets = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder.", show_default="runs/NAME/threshold-DIGEST")
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
    quiet: QuietPage = False,
    debug: Debug = False,
) -> None:
    """Find where a metric crosses a level, and how sure that is.

    \b
    sim threshold scenarios/quickstart.yaml --vary platforms.mall.fee --metric camps.buyer.profit \\
        --low 0% --high 30% --seeds 8
    sim threshold scenarios/traffic_vs_community.yaml --vary platforms.mall.auction.reserve \\
        --metric camps.grower.return_on_capital --level camps.buyer.return_on_capital
    """
    with plainly(debug):
        from sim.scenario.load import load
        from sim.study.threshold.question import understand

        sys.path.append(os.getcwd())  # where people keep strategies of their own
        loaded = load(scenario, sets or [])
        _warn(loaded)
        asked = understand(
            loaded,
            vary=vary,
            metric=metric,
            level=level,
            low=low,
            high=high,
            seeds=seeds,
            tolerance=tolerance,
        )
        from sim.study.sweep.local import LocalBackend
        from sim.study.threshold.answer import answer, default_folder
        from sim.study.threshold.page import write_page
        from sim.study.threshold.told import as_json as found_as_json
        from sim.study.threshold.told import doubts, sureness, verdict

        folder = out or default_folder(asked)
        if not quiet:
            _announce(asked)
        processes = LocalBackend(workers or _cores())
        with resumable(folder), processes as backend, Looks(show=not quiet) as looks:
            found = answer(asked, folder, backend=backend, progress=looks)
        written = write_page(folder, asked, found)
        if as_json:
            typer.echo(json.dumps(found_as_json(asked, found), allow_nan=False))
        elif quiet:
            typer.echo(str(written))
        else:
            typer.echo(f"{verdict(asked, found)}.\n{sureness(asked, found)}")
            for doubt in doubts(asked, found):
                typer.echo(doubt)
            typer.echo(f"page: {written}")


def _announce(asked: Question) -> None:
    from sim.study.threshold.search import SCAN, most_looks

    most = most_looks(asked.low, asked.high, asked.tolerance)
    seeds = len(asked.seeds)
    typer.echo(
        f"{SCAN} to {most} values of {asked.path} from {asked.low:g} to {asked.high:g} × {seeds}"
        f" {'seed' if seeds == 1 else 'seeds'}: {SCAN * seeds:,} to {most * seeds:,} runs",
        err=True,
    )


@app.command()
def sensitivity(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished sweep.")],
    metric: Annotated[
        str, typer.Option(metavar="M", help="One of the sweep's metrics.", show_default="all")
    ] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say what metrics of a sweep hang on (Morris, Sobol).

    \b
    sim sweep screening.yaml           # method: morris or method: sobol, repetitions: 2 or more
    sim sensitivity runs/screening/sweep-1a2b3c4d
    """
    with plainly(debug):
        from sim.study.sensitivity.page import analyse, write_page
        from sim.study.sensitivity.page import as_json as found_as_json
        from sim.study.sensitivity.sampled import read_sampled

        sampled = read_sampled(folder, metric)
        found = analyse(sampled)
        written = write_page(folder, sampled, found)
        if as_json:
            typer.echo(json.dumps(found_as_json(sampled, found), allow_nan=False))
            return
        _print_effects(sampled, found)
        typer.echo(f"page: {written}")


def _print_effects(sampled: Sampled, found: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    from sim.study import words
    from sim.study.sensitivity.page import said_of_noise, verdict

    sobol = sampled.method == "sobol"
    for one in found:
        heads = ["", f"{'total' if sobol else 'change'}, {one.unit}".rstrip(", "), "from", "to"]
        table = Table(*heads, "alone" if sobol else "with sign", box=None, pad_edge=False)
        for column in table.columns:
            column.no_wrap = True
            column.justify = "left" if column.header == "" else "right"
        for effect in one.effects:
            second = effect.alone.value if effect.alone else effect.slope
            values = [one.factor * value for value in (*effect.strength, second or 0.0)]
            shown = [words.number(v, 0 if abs(v) >= 1000 else 2) for v in values]
            table.add_row(effect.parameter, *shown)
        typer.echo(f"{verdict(one)}.\n{said_of_noise(one, sampled.repetitions)}")
        console = Console(highlight=False, markup=False)
        width = None if console.is_terminal else 200
        Console(width=width, highlight=False, markup=False).print(table)
        typer.echo("")
