"""What ``sim`` shows: a run's progress, its summary, one line about a scenario."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from sim.scenario.load import Loaded

MEASURES = (
    ("strategy", ""),
    ("merchants", "count"),
    ("alive", "count"),
    ("orders", "count"),
    ("revenue", "money"),
    ("profit", "money"),
    ("gross_cac", "money"),
    ("net_cac", "money"),
    ("followers", "count"),
    ("members", "count"),
    ("owned_share", "share"),
    ("cash", "money"),
)
CAMPS_ABREAST = 5
SAID = {
    "compile": "compiling (once on this machine)",
    "build": "building",
    "write": "writing",
}


def print_summary(summary: dict[str, Any], currency: str) -> None:
    """Print one column per camp, then the headline; money in main units."""
    from rich.console import Console
    from rich.table import Table

    from sim.study import words

    console = Console()
    if summary.get("question"):
        _print_question(console, summary["question"], currency)
    camps: Sequence[dict[str, Any]] = summary["camps"]
    show: dict[str, Callable[[Any], str]] = {
        "": str,
        "count": words.number,
        "share": words.share,
        "money": lambda value: words.amount(value, currency),
    }
    for first in range(0, len(camps), CAMPS_ABREAST):
        some = camps[first : first + CAMPS_ABREAST]
        table = Table("", *(camp["name"] for camp in some), box=None, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for name, kind in MEASURES:
            label = name.replace("_", " ").replace("cac", "CAC")
            unit = f", {currency}" if kind == "money" else ""
            table.add_row(label + unit, *(show[kind](camp.get(name)) for camp in some))
        console.print(table)
    console.print(
        f"\n{summary['headline']}",
        markup=False,
        highlight=False,
        soft_wrap=not console.is_terminal,  # a pipe's reader has a width of its own
    )


def _print_question(console: Console, asked: dict[str, Any], currency: str) -> None:
    """Print what the scenario asks and what this run answers."""
    from rich.table import Table

    from sim.study.question import CAVEAT, days_in_words, number_and_unit

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for answer in asked["answers"]:
        days = days_in_words(answer)
        label = f"  {answer['name']}" + (f" ({days})" if days else "")
        table.add_row(label, *number_and_unit(answer, currency))
    plain = not console.is_terminal  # a pipe's reader has a width of its own
    console.print(asked["ask"], markup=False, highlight=False, soft_wrap=plain)
    console.print(table, markup=False, highlight=False)
    console.print(f"{CAVEAT}\n", markup=False, highlight=False, soft_wrap=plain)


class Progress:
    """What a run tells while it works: a bar on a terminal, lines in a pipe, nothing if hidden."""

    def __init__(self, *, show: bool) -> None:
        self.show, self.tenth = show, 0
        self.first: tuple[float, int] | None = None
        self.bar: Any = None
        self.task: TaskID | None = None

    def __enter__(self) -> Progress:
        if self.show and sys.stderr.isatty():
            from rich import progress as rich
            from rich.console import Console

            self.bar = rich.Progress(
                rich.TextColumn("{task.description}"),
                rich.BarColumn(),
                rich.TextColumn("{task.fields[said]}"),
                rich.TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, event: str, **info: Any) -> None:
        """Take note of ``compile``, ``build``, ``day`` (day=, days=, consumers=) or ``write``."""
        if not self.show:
            return
        if event == "day":
            self._day(info["day"], info["days"], info["consumers"])
            return
        said = SAID.get(event, event)
        if self.bar is None:
            typer.echo(said, err=True)
            return
        if self.task is not None:
            self.bar.remove_task(self.task)
        self.task = self.bar.add_task(said, total=None, said="")

    def _day(self, day: int, days: int, consumers: int) -> None:
        now = time.perf_counter()
        if self.first is None:
            self.first = (now, day)  # speed counts from here, so that building does not
        since, first = self.first
        a_day = (now - since) / max(day - first, 1)
        said = f"day {day} of {days}"
        if a_day > 0:
            said += f", {_rounded(consumers / a_day)} consumer-days/s"
        if self.bar is not None and self.task is not None:
            done = {"total": days, "completed": day, "said": said}
            self.bar.update(self.task, description="simulating", **done)
        elif self.bar is None and day * 10 // days > self.tenth:
            self.tenth = day * 10 // days
            typer.echo(f"{said}, {a_day * (days - day):.0f} s left", err=True)


def _rounded(rate: float) -> str:
    return f"{rate / 1e6:.1f} million" if rate >= 1e6 else f"{rate:,.0f}"


def in_brief(name: str, loaded: Loaded) -> str:
    """Return one line about a valid scenario."""
    record = loaded.scenario
    people = f"{record.consumers.count:,}" if record.consumers.count else "all people of its graph"
    merchants = sum(group.count for group in record.merchants.values())
    parts = (("consumer", people), ("platform", len(record.platforms)), ("merchant", merchants))
    counts = ", ".join(f"{n} {what}{'' if n in (1, '1') else 's'}" for what, n in parts)
    return f"{name}: valid ({counts}, {record.days} days)"


def shipped() -> Iterator[tuple[str, str]]:
    """Yield (path, question) of the scenarios in ``scenarios/`` here, or beside the package.

    Scenarios that ask nothing have their description there.
    """
    from sim.errors import ScenarioError
    from sim.scenario.load import load

    here = [Path("scenarios"), Path(__file__).resolve().parents[2] / "scenarios"]
    folder = next((path for path in here if any(path.glob("*.yaml"))), None)
    for path in sorted(folder.glob("*.yaml")) if folder else ():
        try:
            record = load(path).scenario
            said = record.question.ask if record.question else record.description
        except ScenarioError as error:
            said = f"(not valid: {error.errors[0]})"
        yield os.path.relpath(path), said
