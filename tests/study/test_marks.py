"""Axes of days and dates."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.marks import days_axis


def test_days_are_numbered_without_a_date() -> None:
    axis = days_axis(365)
    assert axis["title"] == {"text": "day of the run"}
    assert "ticktext" not in axis


@given(
    days=st.integers(1, 4_000), start=st.dates(datetime.date(1990, 1, 1), datetime.date(2050, 1, 1))
)
def test_ticks_stand_on_their_dates(days: int, start: datetime.date) -> None:
    axis = days_axis(days, start)
    assert 1 <= len(axis["tickvals"]) <= 8
    year = None
    for day, text in zip(axis["tickvals"], axis["ticktext"], strict=True):
        date = start + datetime.timedelta(day)
        assert 0 <= day < days
        assert text.split("<br>")[0] == f"{date.day} {date:%b}"
        assert text.endswith(f"<br>{date.year}") == (date.year != year)
        year = date.year
        assert days <= 62 or date.day == 1


@pytest.mark.parametrize(("days", "first"), [(365, "1 Jan<br>2026"), (30, "1 Jan<br>2026")])
def test_the_first_tick_names_the_year(days: int, first: str) -> None:
    assert days_axis(days, datetime.date(2026, 1, 1))["ticktext"][0] == first
