"""Family: durables: Bass' model fitted to sales, and to what the kernel makes of known p and q."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.check.measured import Check, Effort, Found, Point, curve, share_point
from sim.errors import ScenarioError, Where
from sim.steps.diffusion import bass
from sim.study.bass_fit import BassFit, adopted_by, fit_bass
from sim.world.graph.csr import mean_field

FAMILY = "durables"
RECORDERS = (840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890)
"""Video recorders sold in the United States in 1980 to 1989, thousands."""

PUBLISHED = (0.0066, 0.638, 67_981)
"""p, q and m (thousands) that are published for them; fitted to the rate m f at the end of a year,
not to the adopters of a year."""

DURABLES = {
    "refrigerators": (0.0026167, 0.21566),
    "home freezers": (0.018119, 0.1711),
    "black-and-white television": (0.027877, 0.25105),
    "water softeners": (0.017703, 0.29695),
    "room air conditioners": (0.010399, 0.41861),
    "clothes dryers": (0.0172206, 0.35688),
    "power lawnmowers": (0.0091837, 0.3379),
    "electric bed coverings": (0.005876, 0.24387),
    "automatic coffee makers": (0.017135, 0.30145),
    "steam irons": (0.028632, 0.32791),
    "record players": (0.024796, 0.6541),
}
"""p and q of Bass' (1969) eleven durables, by year."""


def _simulated(p: float, q: float, people: int, years: int, dt: float, seed: int) -> np.ndarray:
    """Return new adopters of each year, as the kernel has them in steps of ``dt``."""
    a_year = round(1 / dt)
    curve_ = bass(mean_field(people, 1.0), p, q, steps=years * a_year, dt=dt, seed=seed)
    return np.diff(curve_[a_year - 1 :: a_year], prepend=0).astype(np.float64)


def recorders(effort: Effort) -> Found:
    """Fit video recorders as published, and simulate them with what was fitted."""
    as_published = fit_bass(RECORDERS, instant=True)
    points = [
        Point(f"video recorders: {name}, to the digits published", wanted, round(got, digits))
        for name, wanted, got, digits in zip(
            ("p", "q", "m"),
            PUBLISHED,
            (as_published.p, as_published.q, as_published.m),
            (4, 3, 0),
            strict=True,
        )
    ]
    found = simulated_series(effort, "video recorders", range(1980, 1990), RECORDERS, 0.9)
    note = (
        f"{found.note} The published p, {PUBLISHED[0]}, takes a year's sales for the rate at its"
        " end."
    )
    return Found(
        (*points, *found.points), found.x_title, found.y_title, found.curves, found.cloud, note
    )


def simulated_series(
    effort: Effort, name: str, years: Sequence[int], seen: Sequence[float], level: float
) -> Found:
    """Fit a series and hold it against the kernel's adopters for the p, q and m that were fitted.

    The error is the spread of years about the fitted curve, with the luck of the simulation.
    """
    fit = fit_bass(seen, level=level)
    people, runs = 20_000, effort.runs(20, least=5)
    first = 1 + 1000 * effort.seed
    drawn = np.stack(
        [_simulated(fit.p, fit.q, people, len(seen), 0.01, first + n) for n in range(runs)]
    )
    scale = fit.m / people
    got, luck = scale * drawn.mean(axis=0), scale * drawn.std(axis=0, ddof=1) / math.sqrt(runs)
    points = tuple(
        Point(
            f"{name}, {year}",
            float(real),
            float(made),
            math.hypot(fit.spread, float(chance)),
            float(year),
            name,
        )
        for year, real, made, chance in zip(years, seen, got, luck, strict=True)
    )
    line = curve("fitted", [float(year) for year in years], fit.expected.tolist())
    cloud = tuple((float(year), float(real)) for year, real in zip(years, seen, strict=True))
    note = f"Dots: simulated; small dots: seen. {told(fit, level)}"
    return Found(points, "year", "new adopters, unit of the series", (line,), cloud, note)


def told(fit: BassFit, level: float) -> str:
    """Return p, q and m with their intervals, in words."""
    parts = [
        f"{name} {value:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"
        for name, value, (low, high), digits in zip(
            ("p", "q", "m"), (fit.p, fit.q, fit.m), fit.intervals.tolist(), (4, 3, 0), strict=True
        )
    ]
    return f"Fitted, with {level:.0%} intervals: {', '.join(parts)}."


def read_series(path: Path) -> tuple[list[int], list[float]]:
    """Read years and new adopters from a CSV file, year and value in each line; a first line of
    names may stand above.

    Raises:
        ScenarioError: ``file:line`` of what is no year, no number, or out of order.
    """
    if not path.is_file():
        raise ScenarioError(Where("--series"), f"no file '{path}'", "CSV: year,value in each line")
    years: list[int] = []
    values: list[float] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            where = Where(str(path), number, 1)
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                continue
            if len(row) < 2:
                raise ScenarioError(where, f"{','.join(row)!r} has one column", "year,value")
            try:
                year, value = int(row[0]), float(row[1])
            except ValueError:
                if number == 1:
                    continue
                problem = f"{row[0]!r}, {row[1]!r}"
                raise ScenarioError(where, problem, "a whole year and a number") from None
            if years and year != years[-1] + 1:
                raise ScenarioError(where, f"{year} after {years[-1]}", "one line for every year")
            if not math.isfinite(value) or value < 0:
                raise ScenarioError(where, f"{row[1]!r} new adopters", "a number from 0 up")
            years.append(year)
            values.append(value)
    return years, values


def own_series(effort: Effort, *, series: str = "", level: float = 0.9) -> Found:
    """Fit a series of the user's, a CSV file of year and new adopters, and simulate it."""
    years, values = read_series(Path(series))
    return simulated_series(effort, Path(series).stem, years, values, level)


def eleven(effort: Effort) -> Found:
    """Fit what the kernel makes of the p and q of Bass' durables, until well past their peaks.

    What is fitted is lognormal by luck rather than normal, so logarithms are judged; their errors
    are those that theory has for the true p and q.
    """
    points, people = [], 20_000
    for n, (name, (p, q)) in enumerate(DURABLES.items()):
        years = math.ceil(1.6 * math.log(q / p) / (p + q)) + 2
        theory = people * np.diff(adopted_by(p, q, np.arange(years + 1)))
        errors = fit_bass(theory, luck="people").errors
        fit = fit_bass(_simulated(p, q, people, years, 0.01, 100 * effort.seed + n), luck="people")
        for letter, wanted, got, error in zip(
            "pq", (p, q), (fit.p, fit.q), errors[:2].tolist(), strict=True
        ):
            label = f"{name}: logarithm of {letter}"
            points.append(Point(label, math.log(wanted), math.log(got), error))
    return Found(tuple(points), y_title="logarithms of p and q, by year")


def coverage(effort: Effort) -> Found:
    """Count how often 90 % intervals hold the p, q and m that the kernel was given."""
    truth, years, dt = (0.03, 0.38, 2000), 15, 0.01
    runs = effort.runs(400, least=80)
    luck = np.random.default_rng(effort.seed)
    smooth = _simulated(*truth[:2], 100_000, years, dt, effort.seed) * truth[2] / 100_000
    hits = {"people": np.zeros(3, int), "years": np.zeros(3, int)}
    for n in range(runs):
        drawn = _simulated(*truth, years, dt, 1000 * effort.seed + n)
        noisy = np.maximum(smooth + 0.05 * smooth.max() * luck.standard_normal(years), 0)
        for kind, seen in (("people", drawn), ("years", noisy)):
            ends = fit_bass(seen, level=0.9, luck=kind).intervals  # type: ignore[arg-type]
            hits[kind] += (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    said = {"people": "who adopts is luck", "years": "years are good or bad by 5 % of the best"}
    points = tuple(
        share_point(f"{said[kind]}: intervals that hold {name}", 0.9, int(count), runs)
        for kind, counts in hits.items()
        for name, count in zip("pqm", counts, strict=True)
    )
    return Found(points, y_title=f"share of {runs} runs")


SRINIVASAN = "least squares of Srinivasan & Mason 1986"
CHECKS = (
    Check(
        "bass-fit",
        FAMILY,
        "Fitted to sales of video recorders p, q and m are those published, and the kernel makes"
        " the sales of them.",
        f"sales of 1980 to 1989 and their published fit; {SRINIVASAN}",
        recorders,
        own_series,
        "empirical output",
    ),
    Check(
        "bass-durables",
        FAMILY,
        "From what the kernel makes of the p and q of Bass' eleven durables they can be told.",
        f"p and q of Bass 1969; {SRINIVASAN}, errors after Kurtz 1971",
        eleven,
        None,
        "macro-face",
    ),
    Check(
        "bass-intervals",
        FAMILY,
        "Nine in ten 90 % intervals hold the p, q and m that the kernel was given.",
        f"{SRINIVASAN}; luck of people after Kurtz 1971",
        coverage,
    ),
)
