"""The verb ``sim compare``: strategies on the same seeds, and what may be said about them."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.failures import fail, plainly
from sim.cli.sweep_progress import SweepProgress
from sim.cli.sweeping import resumable
from sim.cli.verbs import AsJson, Debug, QuietPage, Sets, _cores, app

if TYPE_CHECKING:
    from sim.study.compare.conduct import Comparison

RUNS = Path("runs") / "compare"


@app.command()
def compare(
    files: Annotated[
        list[str],
        typer.Argument(metavar="BENCHMARK...", help="Benchmarks, or one scenario with --arms."),
    ],
    arms: Annotated[
        str | None,
        typer.Option(
            help="Strategies to exchange, e.g. buy_traffic,hybrid; BENCHMARK is then a scenario."
        ),
    ] = None,
    focus: Annotated[
        str | None,
        typer.Option(help="The camp whose strategy is exchanged.", show_default="the only camp"),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=0, help="How many seeds, from 1 on.", show_default="as written, or 20"),
    ] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            min=1, help="Only the first so many of a benchmark's variants.", show_default="all"
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="What decides, e.g. gross_cac.", show_default="as written, or return_on_capital"
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="Add seeds until every interval's half-width is at most this: 5% of the larger"
            " arm's mean, or 0.02 in the metric's unit."
        ),
    ] = None,
    most_seeds: Annotated[
        int | None,
        typer.Option(min=2, help="Where adding seeds ends.", show_default="as written, or 200"),
    ] = None,
    tournament: Annotated[
        int | None,
        typer.Option(
            min=3,
            max=24,
            metavar="MERCHANTS",
            help="Also fill the market with so many merchants, in every mix of the strategies.",
        ),
    ] = None,
    sets: Sets = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder.", show_default="runs/compare/NAME")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes.", show_default="all cores")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a comparison of another design.")
    ] = False,
    as_json: AsJson = False,
    quiet: QuietPage = False,
    debug: Debug = False,
) -> None:
    """Compare strategies on the same seeds, and say how sure.

    \b
    sim compare benchmarks/strategies/thin_cash.yaml --seeds 10
    sim compare scenarios/quickstart.yaml --arms buy_traffic,hybrid --focus grower --seeds 20
    sim compare benchmarks/strategies/*.yaml --precision 5%
    """
    with plainly(debug):
        from sim.study.compare.asking import asked_of, check_together, scenario_of
        from sim.study.compare.conduct import check
        from sim.study.compare.conduct import compare as conduct
        from sim.study.compare.document import as_json as found_as_json
        from sim.study.compare.page import write_page
        from sim.study.sweep.local import LocalBackend

        sys.path.append(os.getcwd())  # where people keep strategies of their own
        options = {
            "seeds": seeds, "metric": metric, "precision": precision, "most_seeds": most_seeds,
            "tournament": None if tournament is None else {"merchants": tournament},
        }  # fmt: skip
        if arms is not None:
            if len(files) != 1:
                fail(2, "--arms takes one scenario")
            asked = [scenario_of(files[0], arms, focus, options, sets or ())]
        else:
            if focus is not None:
                fail(2, "--focus goes with --arms; a benchmark names its camp itself")
            asked = [asked_of(file, options, sets or (), variants) for file in files]
        check_together(asked)
        name = asked[0].spec.name if len(asked) == 1 else "benchmark"
        folder = out or RUNS / name
        for it in asked:
            check(it)  # all that can be wrong is told before the first run of any
        with (
            resumable(folder),
            LocalBackend(workers or _cores()) as backend,
            _Told(show=not quiet and not as_json) as progress,
        ):
            found = [
                conduct(
                    it,
                    folder if len(asked) == 1 else folder / it.spec.name,
                    backend=backend,
                    progress=progress,
                    force=force,
                )
                for it in asked
            ]
        page = write_page(found, folder / "report.html", name)
        if as_json:
            typer.echo(json.dumps([found_as_json(it) for it in found], allow_nan=False))
            return
        if quiet:
            typer.echo(str(page))
            return
        _print(found)
        typer.echo(f"report: {page}")


class _Told(SweepProgress):
    """Progress of several designs one after another: every part begins anew, with its name."""

    def __call__(self, event: str, **info: Any) -> None:
        if event != "part":
            super().__call__(event, **info)
        elif self.show:
            if self.bar is not None:
                self.bar.stop()
            self.bar = None
            self.done = self.failed = 0
            self.start = self.told = time.monotonic()
            typer.echo(info["what"], err=True)


def _print(found: Sequence[Comparison]) -> None:
    """Print a line per strategy and market, then what may be said."""
    from rich.console import Console
    from rich.table import Table

    from sim.study.compare import claims
    from sim.study.compare.page import sureness
    from sim.study.compare.scales import scale_of

    console = Console()
    told = []
    for it in found:
        metric, spec = it.asked.spec.metric, it.asked.spec
        scale = scale_of(metric, it.asked.base.scenario.currency)
        table = Table(spec.name, "variant", scale.axis, "95 % interval", box=None, pad_edge=False)
        for variant in it.outcomes.variants:
            for arm in it.outcomes.ranked(metric, variant):
                low, high = it.outcomes.interval(metric, variant, arm)
                mean = scale.number(it.outcomes.mean(metric, variant, arm))
                span = f"{scale.number(low)} to {scale.number(high)}"
                table.add_row(arm, variant, mean, span)
        console.print(table)
        variant = it.outcomes.variants[0]
        told.append(claims.who_wins(it.outcomes, metric, variant, scale.show_gap))
    for text in ["", *told, *sureness(found)]:
        console.print(text, markup=False, highlight=False, soft_wrap=not console.is_terminal)
