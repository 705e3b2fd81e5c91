"""The calendar multiplies needs and visits on its days, and on no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.scenario.calendar import Calendar
from tests.steps.street import days_of, world_of

FEAST = {"singles_day": {"day": 2, "days": 1, "needs": 4, "visits": 2.5}}


def counts(calendar: dict[str, Any], days: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Needs and visits by day."""
    changes = {"consumers.need_rate": 0.05, "platforms.mall.search_rate": 0.0}
    world = world_of({**changes, "calendar": calendar})
    found = [(day.counts.needs, int(day.counts.p_visits[0])) for day, _ in days_of(world, days)]
    needs, visits = zip(*found, strict=True)
    return np.array(needs), np.array(visits)


def test_a_festival_multiplies_its_day_and_no_other() -> None:
    plain, feast = counts({}), counts({"festivals": FEAST})
    for before, after in zip(plain, feast, strict=True):
        assert np.array_equal(np.delete(before, 2), np.delete(after, 2))  # the same luck
    world = world_of({"consumers.need_rate": 0.05})
    # P(need) = 1 - exp(-rate x times); visits are Poisson with mean rate x times.
    wanted = -np.expm1(-0.05 * 4) * world.count
    assert abs(feast[0][2] - wanted) < 4 * np.sqrt(wanted)
    wanted = 2.5 * float(world.consumers.visit_rate[0].sum())
    assert abs(feast[1][2] - wanted) < 4 * np.sqrt(wanted)


def test_days_of_the_week_repeat_and_start_where_the_date_says() -> None:
    week = [1, 1, 1, 1, 1, 0, 3]
    found = Calendar(week_needs=week, start="2026-11-11")  # a Wednesday
    assert [found.needs(day) for day in range(9)] == [1, 1, 1, 0, 3, 1, 1, 1, 1]
    assert [Calendar(week_visits=week).visits(day) for day in (5, 6, 12, 13)] == [0, 3, 0, 3]
    needs, _ = counts({"week_needs": week, "start": "2026-11-13"})
    assert needs[1] == 0 < needs[0] < needs[2] / 2


def test_festivals_multiply_the_day_of_the_week() -> None:
    calendar = Calendar.model_validate(
        {"week_needs": [0.5] * 7, "festivals": {"a": {"day": 1, "days": 2, "needs": 6}}}
    )
    assert [calendar.needs(day) for day in range(4)] == pytest.approx([0.5, 3, 3, 0.5])
