"""Cohorts as rows of a table: at the end of every month, what each month's customers did in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.steps.day import Day
from sim.world.clients import MONTH, PEOPLE


class Cohorts:
    """Remembers how many people each cohort has; ``names`` and ``camps`` text[M]."""

    def __init__(self, names: np.ndarray, camps: np.ndarray, days: int) -> None:
        self._names, self._camps = names, camps
        self._size = np.zeros((len(names), -(-days // MONTH)), np.int64)

    def rows(self, day: Day) -> dict[str, Any]:
        """Return the rows of the month that ends today; no row on other days.

        A cohort has a row for every month from its own on, the silent ones too.
        """
        month, last = divmod(day.number, MONTH)
        ends = last == MONTH - 1 or day.number == day.world.days - 1
        did = day.world.clients.month if ends else day.world.clients.month[:0]
        if ends:
            self._size[:, month] = did[:, month, PEOPLE]
        who, cohort = np.nonzero(self._size[: len(did)])
        people, orders, margin = did[who, cohort].T
        return {
            "day": np.full(len(who), day.number),
            "merchant": self._names[who],
            "camp": self._camps[who],
            "cohort": cohort,
            "month": np.full(len(who), month),
            "days": np.full(len(who), last + 1),
            "customers": self._size[who, cohort],
            "active": people,
            "orders": orders,
            "margin": margin,
        }
