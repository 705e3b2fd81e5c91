"""The verbs of ``sim``: parse, call one function, print.

Every verb imports what it needs inside, so that ``sim --help`` and ``sim validate`` stay quick.
Results go to stdout; progress, warnings and errors to stderr. Exit codes: 0 done, 1 the engine
failed or was stopped, 2 the person can fix it (scenario, option, folder that exists).
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import sweeping
from sim.cli.failures import fail, plainly
from sim.cli.terminal import Progress, in_brief, print_summary, shipped

if TYPE_CHECKING:
    from sim.scenario.load import Loaded

app = typer.Typer(
    name="sim",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: quicker, and the same in a pipe
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(sweeping.app, name="sweep")

FEW_SEARCHES = 100_000
"""New objects after which Python looks for garbage; 700 is usual."""


class What(StrEnum):
    """What can be listed."""

    strategies = "strategies"
    graphs = "graphs"
    scenarios = "scenarios"


Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one setting, e.g. merchants.buyer.count=4. May be repeated.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
QuietPage = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress; print only the page's path.")
]
Debug = Annotated[
    bool, typer.Option("--debug", envvar="FLOWTRIBE_DEBUG", help="Show where an error came from.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"flowtribe {version('flowtribe')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Simulate merchants who win customers through traffic or through community.

    \b
    sim validate scenarios/quickstart.yaml
    sim run scenarios/quickstart.yaml --seed 7
    sim list strategies
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="YAML file.")],
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Seed instead of the scenario's.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=32_000, help="Days instead of the scenario's.")
    ] = None,
    sets: Sets = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run.", show_default="runs/NAME/DIGEST-sSEED"),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            help="Threads; the results are the same for any number.",
            show_default="all cores",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a run that exists.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document: folder, manifest, summary.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress; print only the run's folder.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Run a scenario: tables, summary and report in a folder.

    \b
    sim run scenarios/quickstart.yaml
    sim run scenarios/quickstart.yaml --days 90 --seed 3 --out runs/trial --force
    sim run scenarios/quickstart.yaml --set platforms.mall.fee=8% --set merchants.buyer.count=4
    """
    with plainly(debug):
        from sim.scenario.load import load

        sys.path.append(os.getcwd())  # where people keep strategies of their own
        # After --set, so that the plain options win; their ranges are checked above.
        given = [("days", days), ("seed", seed)]
        overrides = [*(sets or []), *(f"{k}={v}" for k, v in given if v is not None)]
        loaded = load(scenario, overrides)
        _warn(loaded)
        from sim.study.run import run as simulate

        with Progress(show=not quiet) as progress:
            result = simulate(
                loaded,
                seed=loaded.scenario.seed,
                days=loaded.scenario.days,
                out=out,
                threads=threads or _cores(),
                force=force,
                progress=progress,
            )
        if as_json:
            import json

            whole = {"manifest": result.manifest, "summary": result.summary}
            typer.echo(json.dumps({"folder": str(result.folder), **whole}, allow_nan=False))
        elif quiet:
            typer.echo(str(result.folder))
        else:
            print_summary(result.summary, loaded.scenario.currency)
            typer.echo(f"report: {result.folder / 'report.html'}")


@app.command()
def validate(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="YAML files.")],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print what was understood, defaults filled in.")
    ] = False,
    sets: Sets = None,
    debug: Debug = False,
) -> None:
    """Check scenarios and say what is wrong, with line and column.

    \b
    sim validate scenarios/*.yaml
    sim validate scenarios/quickstart.yaml --resolved > understood.yaml
    """
    with plainly(debug):
        from sim.errors import ScenarioError
        from sim.scenario.load import dump, load

        wrong = 0
        for name in scenarios:
            try:
                loaded = load(name, sets or [])
                _check_question(loaded)
            except ScenarioError as error:
                typer.echo(str(error), err=True)
                wrong += len(error.errors)
                continue
            _warn(loaded)
            typer.echo(
                dump(loaded.scenario) if resolved else in_brief(name, loaded), nl=not resolved
            )
        if wrong:
            fail(2, f"{wrong} {'problem' if wrong == 1 else 'problems'}")


@app.command("list")
def list_(
    what: Annotated[What, typer.Argument(help="What to list.")],
    name: Annotated[
        str | None, typer.Argument(help="A strategy or graph whose settings to show.")
    ] = None,
    debug: Debug = False,
) -> None:
    """List strategies, graphs or the scenarios that are here.

    \b
    sim list strategies
    sim list strategies hybrid
    sim list scenarios
    """
    with plainly(debug):
        if what is What.scenarios and name is not None:
            fail(2, "of a scenario, sim validate FILE --resolved shows all settings")
        if what is What.scenarios:
            found = list(shipped())
            if not found:
                fail(2, "there is no folder 'scenarios' with YAML files here")
            for path, said in found:
                typer.echo(f"{path:<44} {said}")
            return
        _list_kinds(what, name)


def _list_kinds(what: What, name: str | None) -> None:
    """Print every kind in a line, or the settings of one."""
    from sim.errors import did_you_mean
    from sim.scenario.reference import settings_of_kinds

    place = {What.strategies: ("merchants", "*", "strategy"), What.graphs: ("graph",)}[what]
    kinds = {kind: (meaning, rows) for kind, meaning, rows in settings_of_kinds(place)}
    if name is None:
        width = max(len(kind) for kind in kinds)
        for kind, (meaning, _) in kinds.items():
            typer.echo(f"{kind:<{width}}  {meaning}")
        typer.echo(f"\nsim list {what} NAME shows the settings of one.")
        return
    if name not in kinds:
        near = did_you_mean(name, kinds)
        mean = f"; did you mean {near!r}?" if near else ""
        fail(2, f"{what} has no {name!r}, there are {', '.join(kinds)}{mean}")
    meaning, rows = kinds[name]
    typer.echo(f"{name}\n  {meaning}")
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    for *cells, said in rows:
        row = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        typer.echo(f"    {'  '.join(row)}  {said}")


@app.command()
def schema(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Tables of all settings instead of JSON Schema.")
    ] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="The JSON Schema of sweep files instead.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema (for editors) or all settings."""
    with plainly(debug):
        if sweep:
            from sim.study.sweep.schema import json_schema_text

            typer.echo(json_schema_text(), nl=False)
            return
        from sim.scenario import reference

        text = reference.markdown() if markdown else reference.json_schema_text()
        typer.echo(text, nl=False)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    debug: Debug = False,
) -> None:
    """Write a run's report.html anew and print its path.

    \b
    sim report runs/quickstart/1a2b3c4d-s1
    """
    with plainly(debug):
        if not (folder / "manifest.json").is_file():
            fail(2, f"{folder}: not the folder of a run (no manifest.json)")
        from sim.study.report import write_report

        typer.echo(str(write_report(folder)))


def _check_question(loaded: Loaded) -> None:
    """Check what the scenario asks, if it asks."""
    if loaded.scenario.question is not None:
        from sim.study.question import understand

        understand(loaded)


def _warn(loaded: Loaded) -> None:
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)


def _cores() -> int:
    """Return the number of cores this process may use."""
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main() -> None:
    """Run the command; a reader who has gone (``sim list … | head``) is no error."""
    # Reading the schema makes records that stay; to look through them for garbage again and again
    # takes a tenth of the time of ``sim validate``.
    gc.set_threshold(FEW_SEARCHES)
    try:
        app()
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
