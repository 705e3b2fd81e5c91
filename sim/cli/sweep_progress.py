"""What a sweep tells while it works: a bar on a terminal, lines in a pipe, nothing if hidden."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

import typer

EVERY = 30.0
"""Seconds between two lines in a pipe, at least."""


class SweepProgress:
    """Takes the events of ``sim.study.sweep.runner.Progress``; a context manager."""

    def __init__(self, *, show: bool) -> None:
        self.show = show
        self.bar: Any = None
        self.task: Any = None
        self.total = self.done = self.failed = 0  # of this call
        self.start = self.told = time.monotonic()

    def __enter__(self) -> SweepProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def dashboard(self, address: str) -> None:
        """Name the page where a cluster can be watched."""
        if self.show and address:
            typer.echo(f"dashboard: {address}", err=True)

    def __call__(self, event: str, **info: Any) -> None:
        """Take note of an event."""
        if not self.show:
            return
        if event == "plan":
            self.total = info["todo"]
            if info["done"]:
                typer.echo(f"{info['done']:,} done before, {info['todo']:,} to run", err=True)
        elif event == "estimate":
            seconds = info["seconds"]
            if math.isfinite(seconds):
                typer.echo(f"will take about {duration(seconds)}", err=True)
            self.start = self.told = time.monotonic()
            if sys.stderr.isatty():
                self._open_bar()
        elif event == "trial":
            self._trial(**info)

    def _trial(self, *, running: int, todo: int, receipt: Any, **_: Any) -> None:
        now = time.monotonic()
        failed = receipt.status == "failed"
        self.failed, self.done = self.failed + failed, self.done + (not failed)
        rate = (self.done + self.failed) / max(now - self.start, 1e-9)
        said = f"{self.done:,} done, {self.failed:,} failed, {running:,} running"
        said += f", {60 * rate:,.0f} a minute"
        said += f", {duration(todo / rate)} left" if todo else ""
        if sys.stderr.isatty():
            if self.bar is None:
                self._open_bar()
            self.bar.update(self.task, completed=self.done + self.failed, said=said)
        elif now - self.told >= EVERY or not todo:
            self.told = now
            typer.echo(said, err=True)

    def _open_bar(self) -> None:
        from rich import progress as rich
        from rich.console import Console

        self.bar = rich.Progress(
            rich.BarColumn(bar_width=30),
            rich.TextColumn("{task.fields[said]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self.bar.start()
        self.task = self.bar.add_task("", total=self.total, said="the first trials are running")


def duration(seconds: float) -> str:
    """Return a time in words: ``8 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def counted(number: int, what: str) -> str:
    """Return ``1 trial``, ``2,000 trials``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
