"""What the search for a tipping point tells: a bar for every look, or lines in a pipe."""

from __future__ import annotations

import sys
import time
from typing import Any

import typer


class Looks:
    """Takes the events of ``sim.study.sweep.runner.Progress``; a look is one call of it."""

    def __init__(self, *, show: bool) -> None:
        self.show = show
        self.look = self.total = self.tenth = 0
        self.start = 0.0
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Looks:
        if self.show and sys.stderr.isatty():
            from rich import progress as rich
            from rich.console import Console

            self.bar = rich.Progress(
                rich.TextColumn("{task.description}"),
                rich.BarColumn(),
                rich.MofNCompleteColumn(),
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
        """Take note of ``plan`` and ``trial``; see ``run_trials``."""
        if event == "plan":
            self._begin(info["todo"])
        elif event == "trial" and self.show:
            self._trial(self.total - info["todo"])

    def _begin(self, todo: int) -> None:
        self.look, self.total, self.tenth, self.start = self.look + 1, todo, 0, time.monotonic()
        if not self.show or not todo:
            return
        said = f"look {self.look}: {todo} runs"
        if self.bar is None:
            typer.echo(said, err=True)
            return
        if self.task is not None:
            self.bar.remove_task(self.task)
        self.task = self.bar.add_task(said, total=todo)

    def _trial(self, done: int) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=done)
        elif self.total >= 20 and done * 10 // self.total > self.tenth and done < self.total:
            self.tenth = done * 10 // self.total
            left = (time.monotonic() - self.start) / done * (self.total - done)
            typer.echo(f"  {done} of {self.total} done, {left:.0f} s left in this look", err=True)
