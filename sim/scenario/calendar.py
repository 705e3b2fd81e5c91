"""When people need and visit more, or less: days of the week, festivals."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema, model_validator

from sim.scenario.units import Record, Whole, WholeDays, Written, WrongPart, setting

WEEK = 7


def _date(value: object) -> object:
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise ValueError(f"{value!r} is no date") from error
    return value


Date = Annotated[
    str,
    BeforeValidator(_date),
    Written("a date such as 2026-01-01"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
FestivalName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"),
    Written("a name of at most 64 letters, digits, - and _"),
]


class Festival(Record):
    """A festival such as Singles' Day."""

    day: Whole = setting(..., "day", "First day; 0 is the first of the run.", "the author", ge=0)
    days: WholeDays = setting(1, "days", "Length.", ge=1)
    needs: float = setting(1.0, "ratio", "Needs on these days, over an ordinary day's.", ge=0)
    visits: float = setting(1.0, "ratio", "Visits on these days, likewise.", ge=0)


class Calendar(Record):
    """Multiplies needs and visits by day; festivals multiply what the day of the week gives."""

    start: Date | None = setting(
        None,
        "date",
        "Date of day 0, which says what day of the week it is and dates the report's pictures; left"
        " out: a Monday.",
        "the author",
    )
    week_needs: list[float] = setting(
        [1.0] * WEEK, "ratios", "Needs from Monday to Sunday, over the mean.", "the author"
    )
    week_visits: list[float] = setting(
        [1.0] * WEEK, "ratios", "Visits from Monday to Sunday, over the mean.", "the author"
    )
    festivals: dict[FestivalName, Festival] = setting(
        {}, "mapping", "Festivals by name.", "the author"
    )

    @model_validator(mode="after")
    def _weeks_fit(self) -> Calendar:
        for name in ("week_needs", "week_visits"):
            week: list[float] = getattr(self, name)
            if len(week) != WEEK:
                raise WrongPart(name, f"has {len(week)} entries, a week has {WEEK} days")
            if min(week) < 0:
                raise WrongPart(name, "must not be negative")
        return self

    def _times(self, day: int, week: list[float], of: str) -> float:
        first = datetime.date.fromisoformat(self.start).weekday() if self.start else 0
        scale = week[(first + day) % WEEK]
        for festival in self.festivals.values():
            if festival.day <= day < festival.day + festival.days:
                scale *= getattr(festival, of)
        return scale

    def needs(self, day: int) -> float:
        """Return by what needs are multiplied on a day."""
        return self._times(day, self.week_needs, "needs")

    def visits(self, day: int) -> float:
        """Return by what visits are multiplied on a day."""
        return self._times(day, self.week_visits, "visits")
