"""The picture of a question's answers: one bar per answer, from zero, one scale per unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.study import words
from sim.study.palette import Style
from sim.study.question import days_in_words, number_and_unit


class Bar(NamedTuple):
    """One answer: its label and window, its number, and its bar (percent of the frame's width).

    ``color`` is a token: the camp's if the number is a camp's, else grey.
    """

    name: str
    days: str
    number: str
    unit: str
    left: float
    width: float
    color: str


class Frame(NamedTuple):
    """Answers of one unit; ``zero`` is where zero lies (percent of the width)."""

    zero: float
    bars: list[Bar]


def frames(found: Mapping[str, Any], currency: str, styles: Mapping[str, Style]) -> list[Frame]:
    """Return the answers of ``summary.json`` as bars, those that can be compared in one frame."""
    together: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for answer in found["answers"]:
        together.setdefault((answer["unit"], answer["said"]), []).append(answer)
    return [_frame(answers, currency, styles) for answers in together.values()]


def _frame(answers: list[Mapping[str, Any]], currency: str, styles: Mapping[str, Style]) -> Frame:
    values = [0.0 if words.absent(answer["value"]) else answer["value"] for answer in answers]
    low, high = min(0.0, *values), max(0.0, *values)
    whole = (high - low) or 1.0

    def share(value: float) -> float:
        return round(100 * value / whole, 3)

    bars = [
        Bar(
            str(answer["name"]),
            days_in_words(answer),
            *number_and_unit(answer, currency),
            share(min(value, 0.0) - low),
            share(abs(value)),
            _color(answer, styles),
        )
        for answer, value in zip(answers, values, strict=True)
    ]
    return Frame(share(-low), bars)


def _color(answer: Mapping[str, Any], styles: Mapping[str, Style]) -> str:
    part, *rest = str(answer["metric"]).split(".")
    camp = rest[0] if part == "camps" else answer["where"].get("camp", "")
    return styles[camp].line if camp in styles else "@grey1"
