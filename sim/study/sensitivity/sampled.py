"""A sweep folder of method morris or sobol, read for analysis: every point, every repetition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from sim.errors import ScenarioError, Where, did_you_mean
from sim.study.numbers import unit_of
from sim.study.sweep.methods import unit_points
from sim.study.sweep.parts import DONE
from sim.study.sweep.store import Design, read_design
from sim.study.tables import Array

METHODS = ("morris", "sobol")


@dataclass(frozen=True)
class Sampled:
    """What was run.

    name: of the sweep. parameters: dotted paths. cube: points × parameters in [0, 1]. values: of
    each metric points × repetitions. units: of each metric. currency: of the scenario.
    """

    name: str
    method: str
    parameters: list[str]
    cube: Array
    values: Mapping[str, Array]
    units: Mapping[str, str]
    currency: str
    levels: int
    draw: int

    @property
    def repetitions(self) -> int:
        """Runs of every point."""
        return int(next(iter(self.values.values())).shape[1])


def read_sampled(folder: Path, metric: str = "") -> Sampled:
    """Read a finished sweep; with ``metric`` only that one.

    Raises:
        ScenarioError: the folder is no sweep of these methods or not finished, a trial failed, or
            a metric does not exist or has no value somewhere.
    """
    design = read_design(folder)
    about, here = design.about, Where(str(folder))
    method = about.get("method")
    if method not in METHODS:
        raise ScenarioError(
            here, f"its design is {method}", "sensitivity needs method: morris or method: sobol"
        )
    names = [found.name for found in design.metrics]
    if metric and metric not in names:
        allowed = f"the sweep has {', '.join(names)}"
        near = did_you_mean(metric, names)
        raise ScenarioError(Where("--metric"), f"there is no {metric!r}", allowed, near)
    names = [metric] if metric else names
    table = _table(folder, design, names)
    repetitions = len(about["seeds"])
    shape = (len(design.trials) // repetitions, repetitions)
    parameters = list(about["parameters"])
    levels, draw = int(about["levels"]), int(about["draw"])
    return Sampled(
        str(about["name"]),
        str(method),
        parameters,
        unit_points(str(method), len(parameters), int(about["samples"]), draw, levels),
        {name: table[name].reshape(shape) for name in names},
        {found.name: unit_of(found) for found in design.metrics},
        str(about["currency"]),
        levels,
        draw,
    )


def _table(folder: Path, design: Design, names: list[str]) -> dict[str, Array]:
    """Return the metrics of all trials in order; every one must be there."""
    path, here = folder / "results.parquet", Where(str(folder))
    go_on = "sim sweep goes on with it"
    if not path.is_file():
        raise ScenarioError(here, "has no results yet", go_on)
    with duckdb.connect(":memory:") as connection:
        columns = ", ".join(f'"{name}"' for name in names)
        asked = f"SELECT status, reason, {columns} FROM read_parquet(?) ORDER BY trial"
        try:
            found = connection.execute(asked, [str(path)]).fetchnumpy()
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise ScenarioError(here, f"results.parquet cannot be read: {first}") from None
    missing = len(design.trials) - len(found["status"])
    if missing:
        said = f"{missing:,} of {len(design.trials):,} trials are not finished"
        raise ScenarioError(here, said, go_on)
    failed = np.flatnonzero(found["status"] != DONE)
    if len(failed):
        why = found["reason"][failed[0]]
        said = f"{len(failed):,} trials failed, the first with: {why}"
        raise ScenarioError(here, said, "a design with holes gives no indices")
    for name in names:
        gaps = np.ma.getmaskarray(found[name])
        if gaps.any():
            said = f"{name} has no value in {int(gaps.sum()):,} trials"
            raise ScenarioError(here, said, "name one that always exists with --metric")
    return {name: np.asarray(found[name], np.float64) for name in names}
