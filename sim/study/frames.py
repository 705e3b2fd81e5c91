"""Results as pandas frames: ``sim.load(folder)`` for people who think in data frames.

    frames = sim.load("runs")
    frames.runs.groupby("name").hhi.describe()
    frames.market.pivot(index="day", columns="run", values="orders")

Every frame is tidy (one row per run; per run and camp; per run, day and merchant; …) and is read
when it is first looked at. The columns are those of ``sim query --views``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.load import Loaded
    from sim.study.folders import Found

StrPath = str | os.PathLike[str]


class Frames:
    """The tables of all runs and sweeps in a folder and below it.

    Args:
        folder: of one run, of one sweep, or of many (``runs``).

    Raises:
        ScenarioError: there is no such folder, or it holds neither a run nor a sweep.
    """

    def __init__(self, folder: StrPath) -> None:
        from sim.study.folders import find

        self.found: Found = find(Path(folder))

    @property
    def skipped(self) -> list[str]:
        """Folders that were passed over, each with the reason."""
        return self.found.skipped

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: what was asked, and its summary."""
        return self.query("select * from runs")

    @cached_property
    def camps(self) -> pd.DataFrame:
        """One row per run and camp: every measure of the summary."""
        return self.query("select * from camps")

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per trial of every sweep: what was changed, the seed, the metrics."""
        return self.query("select * from trials")

    @cached_property
    def market(self) -> pd.DataFrame:
        """One row per run and day."""
        return self.query("select * from market order by run, day")

    @cached_property
    def merchants(self) -> pd.DataFrame:
        """One row per run, day and merchant."""
        return self.query("select * from merchants order by run, day, merchant")

    @cached_property
    def platforms(self) -> pd.DataFrame:
        """One row per run, day and platform."""
        return self.query("select * from platforms order by run, day, platform")

    @cached_property
    def media(self) -> pd.DataFrame:
        """One row per run, day and medium in which anybody booked."""
        return self.query("select * from media order by run, day, medium")

    @cached_property
    def communities(self) -> pd.DataFrame:
        """One row per run, day and merchant with a community."""
        return self.query("select * from communities order by run, day, merchant")

    @cached_property
    def cascades(self) -> pd.DataFrame:
        """One row per run and message that was started."""
        return self.query("select * from cascades order by all")

    @cached_property
    def tellings(self) -> pd.DataFrame:
        """One row per run and person whom a kept message reached: who told whom."""
        return self.query("select * from tellings order by run, day, cascade, place")

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """One row per run, merchant, month of the first order and month after it."""
        return self.query("select * from cohorts order by run, merchant, cohort, month")

    @cached_property
    def teams(self) -> pd.DataFrame:
        """One row per run, day and merchant who sells to teams."""
        return self.query("select * from teams order by run, day, merchant")

    @cached_property
    def referrals(self) -> pd.DataFrame:
        """One row per run and new customer whom a friend had asked."""
        return self.query("select * from referrals order by all")

    def query(self, sql: str) -> pd.DataFrame:
        """Return the answer to a question in SQL over the views of ``sim query``.

        Raises:
            ScenarioError: the statement is wrong or does more than read.
        """
        from sim.study.ask import Views

        with Views(self.found) as views:
            return views.frame(sql)

    def __repr__(self) -> str:
        found = self.found
        return f"Frames({str(found.root)!r}: {len(found.runs)} runs, {len(found.sweeps)} sweeps)"


@overload
def load(path: StrPath, overrides: Sequence[str]) -> Loaded: ...


@overload
def load(path: StrPath) -> Any: ...


def load(path: StrPath, overrides: Sequence[str] = ()) -> Loaded | Frames:
    """Load what a path holds: a scenario from a file, results from a folder.

    What comes back depends on the disk, which no type can say: where the type matters, call
    ``Frames(folder)``, or give ``overrides`` (there may be none: ``()``).

    Args:
        path: a YAML file, or the folder of a run, of a sweep, or of many.
        overrides: for a scenario: ``dotted.path=value`` each; the value is YAML, and replaces.

    Returns:
        For a folder ``Frames``, for a file the ``Loaded`` scenario.

    Raises:
        ScenarioError: for anything that is wrong with the scenario, or a folder without results.
    """
    if Path(path).is_dir():
        return Frames(path)
    from sim.scenario.load import load as load_scenario

    return load_scenario(path, overrides)
