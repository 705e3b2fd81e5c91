"""A finished run, opened for telling: its tables, its summary, and a style for every camp."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.errors import RunError
from sim.study import metrics, palette, words
from sim.study.tables import Array, Panel, read_tables


class Story:
    """Everything that the pictures of one run are drawn from. Money is in main units (yuan)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = read_tables(folder)
        self.summary: dict[str, Any] = _json(folder / "summary.json")
        self.currency = str(self.summary["run"]["currency"])
        self.coin = words.spoken(self.currency)
        self.days = len(self.tables["market"]["day"])
        self.panel = Panel(self.tables["merchants"], self.days)
        self.camps: list[dict[str, Any]] = self.summary["camps"]
        self.styles = palette.styles([(c["name"], c["strategy"]) for c in self.camps])

    @cached_property
    def profit(self) -> Array:
        """Profit so far by day and merchant, NaN before the merchant came."""
        return metrics.profits(self.panel) / words.scale(self.currency)

    @cached_property
    def events(self) -> list[tuple[int, str]]:
        """Day and text of every change that the scenario makes, and of festivals."""
        run = self.summary["run"]
        found = [(e["day"], e["set"]) for e in run["events"]]
        found += [(f["day"], f["name"].replace("_", " ")) for f in run.get("festivals", ())]
        return sorted(change for change in found if change[0] < self.days)

    @cached_property
    def start(self) -> datetime.date | None:
        """Date of day 0, if the scenario has one."""
        written = self.summary["run"].get("start")
        return datetime.date.fromisoformat(written) if written else None

    def mine(self, camp: str) -> Array:
        """Which merchants belong to the camp."""
        result: Array = self.panel.camp == camp
        return result

    def standing(self, camp: str) -> Array:
        """Which merchants stand for the camp where camps are compared."""
        return metrics.compared(self.panel, camp)

    def main(self, values: Array) -> Array:
        """Turn smallest units into main units."""
        return np.asarray(values, np.float64) / words.scale(self.currency)

    def money_unit(self, biggest: float) -> tuple[float, str]:
        """Return the divisor and the name of the unit in which an axis is easy to read."""
        if biggest >= 1e6:
            return 1e6, f"million {self.coin}"
        return (1e3, f"thousand {self.coin}") if biggest >= 1e4 else (1.0, self.coin)

    @cached_property
    def run(self) -> dict[str, Any]:
        """What was run: the summary's account, and seed and people as the manifest has them."""
        known = {key: self.manifest.get(key) for key in ("seed", "consumers")}
        return {
            **self.summary["run"],
            "seed": None,
            **{key: value for key, value in known.items() if value is not None},
        }

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest; empty if the run was not finished."""
        path = self.folder / "manifest.json"
        return _json(path) if path.is_file() else {}


class Spread(NamedTuple):
    """Merchants of a camp over the days: the middle one, the middle half, nearly all or all."""

    low: Array
    lower: Array
    middle: Array
    upper: Array
    high: Array
    outer: str
    """What ``low`` to ``high`` covers, in words."""

    def over(self, divisor: float) -> Spread:
        """Return the spread in a larger unit."""
        return Spread(
            self.low / divisor,
            self.lower / divisor,
            self.middle / divisor,
            self.upper / divisor,
            self.high / divisor,
            self.outer,
        )

    def halved(self) -> Spread:
        """Return the spread with nothing outside the middle half."""
        return self._replace(low=self.lower, high=self.upper)


def spread(values: Array) -> Spread:
    """Return the spread of each row of days × merchants.

    Few merchants are shown from worst to best, more than ten without the outer tenths. Fewer than
    four have no middle half: there it is the whole.
    """
    few = values.shape[1] <= 10
    ends = (0.0, 1.0) if few else (0.1, 0.9)
    half = (0.25, 0.75) if values.shape[1] >= 4 else ends
    known = np.isfinite(values).any(axis=1)
    out = np.full((5, len(values)), np.nan)
    if known.any():
        out[:, known] = np.nanquantile(
            values[known], (ends[0], half[0], 0.5, half[1], ends[1]), axis=1
        )
    named = "from the worst to the best merchant" if few else "the middle 80 % of merchants"
    return Spread(out[0], out[1], out[2], out[3], out[4], named)


def frame(spreads: Sequence[Spread]) -> tuple[float, float, bool]:
    """Return the lowest and highest value to show, and whether something lies outside.

    One ruined merchant must not press all others into one line: where the whole spread is more than
    three times the middle halves, the frame ends two thirds of their height beyond them.
    """

    def span(low: int, high: int) -> tuple[float, float]:
        ends = [
            float(f(np.asarray(s[i], np.float64)))
            for s in spreads
            for f, i in ((np.nanmin, low), (np.nanmax, high))
        ]
        return min([0.0, *ends]), max([0.0, *ends])

    (low, high), (lower, upper) = span(0, 4), span(1, 3)
    tall = upper - lower
    if high - low <= 3 * tall or tall == 0:
        return low, high, False
    return max(low, lower - tall / 1.5), min(high, upper + tall / 1.5), True


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            f"{path.parent} is not a finished run folder: {path.name} is missing"
        ) from None
    except ValueError as error:
        raise RunError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise RunError(f"{path} does not hold an object")
    return found
