"""What the settings of all built-in strategies have in common."""

from __future__ import annotations

from sim.scenario.units import Record, WholeDays, setting


class Reviewed(Record):
    """Settings of a strategy that decides now and then."""

    review: WholeDays = setting(
        7, "days", "Time between two decisions, in whole days.", ge=1, le=365
    )
