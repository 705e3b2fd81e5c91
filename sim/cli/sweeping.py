"""``sim sweep``: run a design, look at how far it has come, bring shards together."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sim.cli.failures import fail, plainly
from sim.cli.sweep_progress import SweepProgress, counted

if TYPE_CHECKING:
    from sim.study.sweep.read import Sweep
    from sim.study.sweep.runner import Backend
    from sim.study.sweep.store import Shard


class Backends(StrEnum):
    """Who runs the trials."""

    local = "local"
    dask = "dask"


class WithDefault(TyperGroup):
    """A group whose first word may be left out: ``sim sweep FILE`` is ``sim sweep run FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``run`` before whatever is no verb and no call for help."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=WithDefault,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Debug = Annotated[
    bool, typer.Option("--debug", envvar="FLOWTRIBE_DEBUG", help="Show where an error came from.")
]
_SIZES = {"K": 10, "M": 20, "G": 30, "T": 40}


@app.callback()
def _sweep() -> None:
    """Run many trials of a scenario: a design, a folder, one table.

    \b
    sim sweep benchmarks/sweeps/integration.yaml     (the same as sim sweep run …)
    sim sweep status runs/integration/sweep-1a2b3c4d
    sim sweep run --help
    """


@app.command()
def run(
    sweep: Annotated[str, typer.Argument(metavar="SWEEP", help="YAML file of the design.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the sweep.", show_default="runs/NAME/sweep-DESIGN"),
    ] = None,
    backend: Annotated[Backends, typer.Option(help="Who runs the trials.")] = Backends.local,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=4096, help="Processes here.", show_default="all cores"),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Most memory of each worker, e.g. 4G or 800M."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask scheduler to attach to, e.g. tcp://host:8786."),
    ] = None,
    scheduler_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that the Dask scheduler wrote.")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Run only the I-th of N parts (1/N to N/N); then merge."),
    ] = None,
    max_trials: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Run at most K trials now.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run failed trials again.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and count the trials, run none.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress; print only the sweep's folder.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Run a sweep, or go on with it: what is finished is not run again.

    \b
    sim sweep benchmarks/sweeps/integration.yaml
    sim sweep big.yaml --workers 8 --memory 4G
    sim sweep big.yaml --out /shared/big --scheduler-file /shared/scheduler.json
    sim sweep big.yaml --out /shared/big --shard 3/16
    """
    with plainly(debug):
        sys.path.append(os.getcwd())  # where people keep strategies of their own
        dask = backend is Backends.dask or scheduler is not None or scheduler_file is not None
        part, limit = _shard(shard), _bytes(memory)
        from sim.study.sweep.read import read_sweep

        read = read_sweep(sweep)
        folder = out or _folder(read)
        if dry_run:
            typer.echo(f"{_brief(read)}; would go to {folder}")
            return
        if not quiet:
            typer.echo(_brief(read), err=True)
        with resumable(folder), SweepProgress(show=not quiet) as progress:
            if dask:
                from sim.study.sweep.cluster import DaskBackend

                count = workers or _cores()
                who: Backend = DaskBackend(scheduler, scheduler_file, count, limit)
            else:
                from sim.study.sweep.local import LocalBackend

                who = LocalBackend(workers or _cores(), limit)
            progress.dashboard(who.dashboard)
            try:
                from sim.study.sweep.runner import run_trials

                run_trials(
                    read.trials,
                    read.metrics,
                    folder,
                    base=read.base,
                    backend=who,
                    progress=progress,
                    about=read.about,
                    shard=part,
                    most=max_trials,
                    retry=retry_failed,
                    estimate=not quiet,
                )
            finally:
                who.close()
        _said(folder, part, quiet)


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a sweep.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Say how far a sweep has come and what failed.

    \b
    sim sweep status runs/integration/sweep-1a2b3c4d
    """
    with plainly(debug):
        from sim.study.sweep.status import status_of

        found = status_of(folder)
        if as_json:
            import json

            typer.echo(json.dumps(found.as_dict()))
            return
        typer.echo(f"{found.name or folder.name}: {counted(found.trials, 'trial')}")
        typer.echo(f"done {found.done:,}, failed {found.failed:,}, left {found.left:,}")
        for reason, times in found.failures.items():
            typer.echo(f"  {times:,} × {reason}")
        if found.broken:
            lines = counted(found.broken, "line")
            typer.echo(f"{lines} of part files cut off or altered; those trials will be run again")
        for who in found.working:
            typer.echo(f"at work: {who}")
        typer.echo(f"flowtribe {found.engine}")


@app.command()
def merge(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a sweep.")],
    others: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FROM]...", help="Folders of the same sweep, e.g. of its shards."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Bring what shards have found together in one table.

    \b
    sim sweep merge /shared/big
    sim sweep merge runs/big runs/big-1 runs/big-2
    """
    with plainly(debug):
        from sim.study.sweep.merge import merge_into

        with resumable(folder):
            merge_into(folder, others or [])
        _said(folder, None, quiet=False)


def _said(folder: Path, shard: Shard | None, quiet: bool) -> None:
    """Print the result: the folder, and what is done, failed and left in words."""
    from sim.study.sweep.results import RESULTS
    from sim.study.sweep.status import status_of

    found = status_of(folder)
    if quiet:
        typer.echo(str(folder))
    else:
        parts = [f"{found.done:,} of {counted(found.trials, 'trial')} done"]
        parts += [f"{found.failed:,} failed"] if found.failed else []
        parts += [f"{found.left:,} left"] if found.left else []
        typer.echo(", ".join(parts))
        for reason, times in list(found.failures.items())[:5]:
            typer.echo(f"  {times:,} × {reason}", err=True)
        if shard is not None:
            typer.echo(f"when all shards have ended: sim sweep merge {folder}")
        else:
            typer.echo(f"results: {folder / RESULTS}")
    if found.failed and not found.done and not found.left:
        raise typer.Exit(1)


@contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """Say of an interrupt or a full disk that what is finished is kept."""
    try:
        yield
    except KeyboardInterrupt:
        fail(1, f"stopped; what is finished is kept in {folder}, the same command goes on")
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
        if not full:
            raise
        fail(
            1,
            f"the disk of {folder} is full; what is finished is kept, make room and the same"
            " command goes on",
        )


def _folder(read: Sweep) -> Path:
    from sim.study.sweep.store import Design

    digest = Design(read.trials, read.metrics).digest
    return Path("runs") / read.spec.name / f"sweep-{digest[:8]}"


def _brief(read: Sweep) -> str:
    trials = read.trials
    points, seeds = read.about["points"], read.about["seeds"]
    distinct = len({trial.key for trial in trials})
    societies = len({trial.society for trial in trials})
    said = f"{read.spec.name}: {counted(len(trials), 'trial')}"
    said += f" ({counted(points, 'point')} × {counted(len(seeds), 'seed')})"
    said += f", {distinct:,} of them distinct" if distinct < len(trials) else ""
    return f"{said}, {counted(societies, 'population')} to build"


def _shard(text: str | None) -> Shard | None:
    if text is None:
        return None
    from sim.study.sweep.store import Shard

    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        fail(2, f"--shard: got {text!r}, needs I/N with I from 1 to N, such as 3/16")
    return Shard(int(match[1]), int(match[2]))


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT])(?:i?B)?", text, re.IGNORECASE)
    size = int(float(match[1]) * 2 ** _SIZES[match[2].upper()]) if match else 0
    if size < 256 << 20:
        fail(2, f"--memory: got {text!r}, needs a size such as 4G or 800M, at least 256M")
    return size


def _cores() -> int:
    """Return the number of cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
