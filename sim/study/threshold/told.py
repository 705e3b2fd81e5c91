"""A tipping point in words: the answer, how sure, and what to doubt; nothing that was not found."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.study import words
from sim.study.numbers import unit_of
from sim.study.sweep.metric import Metric
from sim.study.threshold.question import Question
from sim.study.threshold.search import Tipping, seeds_needed

FEW = 5
"""Below so many seeds the interval leans on their being normal."""

WIDE = 0.25
"""An interval wider than this share of the range says little."""


def level_in_words(asked: Question) -> str:
    """Return the level with its unit, or the name of the metric that it is."""
    if isinstance(asked.level, Metric):
        return asked.level.name
    factor, unit = words.in_unit(unit_of(asked.metric), asked.base.scenario.currency)
    value = asked.level * factor
    return f"{words.number(value, 0 if value == int(value) else 2)} {unit}".strip()


def at(asked: Question, value: float) -> str:
    """Return a value of the parameter as closely as it was located, with its unit."""
    return f"{plainly(asked, value)} {asked.shown[1]}".strip()


def verdict(asked: Question, found: Tipping) -> str:
    """Return the answer in one sentence."""
    level, name = level_in_words(asked), asked.metric.name
    if found.crossing is None or found.bracket is None:
        side = "above" if found.curve.mean[0] >= 0 else "below"
        ends = f"from {plainly(asked, asked.low)} to {at(asked, asked.high)}"
        return f"{name} stays {side} {level} for {asked.path} {ends}"
    turns = "rises above" if found.rises else "falls below"
    if nowhere(asked, found):
        return f"Where {name} {turns} {level} cannot be told"
    if asked.whole:
        left, right = (plainly(asked, end) for end in found.bracket)
        return f"{name} {turns} {level} between {asked.path} {left} and {right}"
    return f"{name} {turns} {level} at {asked.path} {at(asked, found.crossing)}"


def nowhere(asked: Question, found: Tipping) -> bool:
    """Whether the interval is the whole range and more, so that nothing was located."""
    return len(asked.seeds) > 1 and found.low is None and found.high is None


def sureness(asked: Question, found: Tipping) -> str:
    """Return the interval in words, and in how many seeds the metric crosses by itself."""
    seeds = words.count(len(asked.seeds), "seed")
    if found.crossing is None:
        looked = f"at none of the {len(found.curve.points)} values that were looked at"
        return f"The mean of {seeds} is on the other side {looked}, so there is no tipping point."
    if len(asked.seeds) < 2:
        return "One seed is an anecdote, so there is no interval."
    own = found.per_seed[np.isfinite(found.per_seed)]
    alone = f"By itself the metric crosses in {len(own)} of {seeds}"
    if len(own) > 1:
        a, b = (float(q) for q in np.quantile(own, (0.25, 0.75)))
        alone += f", in the middle half of them between {plainly(asked, a)} and {at(asked, b)}"
    lower, upper = found.low, found.high
    if lower is not None and upper is not None:
        said = f"between {plainly(asked, lower)} and {at(asked, upper)}"
    elif upper is not None:
        said = f"below {at(asked, upper)}; how far below cannot be told"
    elif lower is not None:
        said = f"above {at(asked, lower)}; how far above cannot be told"
    else:
        mean = f"The mean of {seeds} {'rises' if found.rises else 'falls'} through the level at"
        return (
            f"{mean} {at(asked, found.crossing)}, but it could be anywhere in the range. {alone}."
        )
    return f"With 95 % confidence the tipping point lies {said}. {alone}."


def doubts(asked: Question, found: Tipping) -> list[str]:
    """Return what a reader must know before believing the answer."""
    out = []
    count, reach = len(asked.seeds), asked.high - asked.low
    if found.crossing is None:
        if count > 1 and (found.curve.decided == 0).any():
            unsure = found.curve.points[found.curve.decided == 0]
            places = words.listed([plainly(asked, float(point)) for point in unsure])
            out.append(
                f"At {places} the mean of {count} seeds cannot be told from the level: too few"
                " seeds to rule a crossing out."
            )
        if count == 1:
            out.append("One seed is an anecdote: another may cross.")
        return out
    if count < FEW:
        out.append(f"Too few seeds: an interval from {count} is little more than a guess.")
    open_end = count > 1 and (found.low is None or found.high is None)
    if nowhere(asked, found):
        out.append("Too few seeds: the interval is the whole range.")
    elif open_end:
        out.append("Too few seeds, or too small a range: the interval goes on beyond its end.")
    elif found.low is not None and found.high is not None and found.high - found.low > WIDE * reach:
        half = WIDE * reach / 4
        needed = seeds_needed(found, half)
        out.append(
            f"Too few seeds: the interval is {words.share((found.high - found.low) / reach)} of the"
            f" range. About {words.number(needed)} would bring it to ± {plainly(asked, half)}."
        )
    if found.more:
        again = [f"between {plainly(asked, a)} and {plainly(asked, b)}" for a, b in found.more]
        out.append(f"It crosses again {words.listed(again)}; only the first crossing is located.")
    return out


def plainly(asked: Question, value: float) -> str:
    """Return a value of the parameter without its unit."""
    factor, _ = asked.shown
    if asked.whole and float(value).is_integer():
        return words.number(value)
    return words.rounded(factor * value, factor * asked.tolerance)


def as_json(asked: Question, found: Tipping) -> dict[str, Any]:
    """Return everything that was found, for ``threshold.json``; money in smallest units."""
    curve = found.curve
    level = asked.level
    return {
        "scenario": asked.base.scenario.name,
        "vary": asked.path,
        "metric": asked.metric.name,
        "level": level.name if isinstance(level, Metric) else level,
        "range": [asked.low, asked.high],
        "tolerance": asked.tolerance,
        "seeds": list(asked.seeds),
        "crossing": found.crossing,
        "bracket": found.bracket,
        "rises": found.rises if found.crossing is not None else None,
        "interval": [found.low, found.high],
        "confidence": 0.95,
        "per_seed": [float(x) if np.isfinite(x) else None for x in found.per_seed],
        "more": found.more,
        "points": [
            {"value": float(x), "above_level": float(mean), "half_width": half, "by_seed": row}
            for x, mean, half, row in zip(
                curve.points,
                curve.mean,
                [float(h) if np.isfinite(h) else None for h in curve.half_width],
                curve.values.tolist(),
                strict=True,
            )
        ],
        "answer": verdict(asked, found),
        "sureness": sureness(asked, found),
        "doubts": doubts(asked, found),
    }
