"""Cohorts of customers by month of their first order: retention, value by age, and a projection.

Rows are pooled over a camp's merchants. A month counts when all of its 30 days were simulated, so
nobody is called lost for want of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.study import formulas as f
from sim.study import lifetime
from sim.study.lifetime import fitted, survival
from sim.study.tables import Array, Table

MONTH = 30
HORIZON = 36
"""Months over which a customer's value is projected (assumption: common in planning)."""

LEAST = 3
"""Months after the first that must have been watched before anything is extrapolated."""

WATCHED = 3
"""Months whose margin is the observed lifetime value: 90 days."""


@dataclass(frozen=True)
class Cohorts:
    """A camp's cohorts as matrices [cohort, age in months]; NaN where the run had ended, or the
    month was cut short.

    size: customers [cohort]; active: people who bought; margin: smallest units.
    """

    size: Array
    active: Array
    margin: Array

    @property
    def months(self) -> int:
        """Months that were watched in full."""
        return len(self.size)

    def retention(self, age: int) -> Array:
        """Return the share of customers who bought ``age`` months after their first."""
        return lifetime.retention(*self._pooled(self.active, age))

    def margin_by_month(self) -> Array:
        """Return the mean margin of a customer by age, over those who could be watched."""
        return np.array([f.over(*self._pooled(self.margin, k)) for k in range(self.months)])

    def watched(self) -> Array:
        """Return by age how many customers could be watched for so long."""
        return np.array([self.size[: self.months - k].sum() for k in range(self.months)])

    def _pooled(self, values: Array, age: int) -> tuple[float, float]:
        if age >= self.months:
            return 0.0, 0.0
        return float(np.nansum(values[: self.months - age, age])), float(
            self.size[: self.months - age].sum()
        )


def cohorts_of(table: Table, camp: str) -> Cohorts:
    """Return the cohorts of a camp."""
    mine = (table["camp"] == camp) & (table["days"] == MONTH)
    whole = table["month"][table["days"] == MONTH]
    months = int(whole.max(initial=-1)) + 1
    cohort, age = table["cohort"][mine], table["month"][mine] - table["cohort"][mine]
    seen = np.arange(months)[:, None] + np.arange(months)[None, :] < months

    def matrix(column: str) -> Array:
        out = np.zeros((months, months))
        np.add.at(out, (cohort, age), table[column][mine])
        return np.where(seen, out, np.nan)

    size = np.nan_to_num(matrix("customers")[:, :1]).sum(axis=1)
    return Cohorts(size, matrix("active"), matrix("margin"))


def projection(cohorts: Cohorts) -> Array:
    """Return the margin of a customer in the months to come, up to ``HORIZON``, as the curve
    fitted to the months after the first goes on; empty where too little was watched."""
    seen = cohorts.margin_by_month()
    known = np.flatnonzero(np.isfinite(seen))
    if len(known) != len(seen) or len(seen) <= LEAST or seen[1:].sum() <= 0:
        return np.zeros(0)
    level, alpha, beta = fitted(seen[1:], cohorts.watched()[1:])
    curve: Array = level * survival(alpha, beta, HORIZON - 1)
    return curve[len(seen) - 1 :]


def summary_of(cohorts: Cohorts, gross_cac: float, project: bool = True) -> dict[str, Any]:
    """Return what ``summary.json`` says about a camp's cohorts; with ``project`` also of months to
    come."""
    by_month = cohorts.margin_by_month()
    later = projection(cohorts) if project else np.zeros(0)
    told = len(by_month) >= WATCHED and np.isfinite(by_month[:WATCHED]).all()
    observed = lifetime.lifetime_value(by_month[:WATCHED])
    extrapolated = lifetime.projected_value(by_month, later)
    return {
        **{f"retention_month_{age}": cohorts.retention(age) for age in (1, 3, 6)},
        "lifetime_value": observed if told else float("nan"),
        "projected_value": extrapolated if len(later) else float("nan"),
        "customer_payback": lifetime.customer_payback(np.nan_to_num(by_month), gross_cac),
    }
