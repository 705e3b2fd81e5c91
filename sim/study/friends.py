"""What friends did for a camp: referrals and teams, measured from the series."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.study.formulas import measure, over
from sim.study.tables import Array, Panel, Table, Tables


@measure("Referral coefficient", "customers per customer")
def referral_coefficient(brought: npt.ArrayLike, customers: npt.ArrayLike) -> Array:
    """New customers whom a customer's invitation brought, per customer: what each of the customers
    won in the first half of the run, who had time to invite, has brought by its end. Below 1, every
    customer won otherwise comes to 1/(1-k) in all; from 1 on customers multiply by themselves."""
    return over(brought, customers)


@measure("Loyalty of referred customers", "ratio")
def referred_loyalty(
    repeat_referred: npt.ArrayLike,
    days_referred: npt.ArrayLike,
    repeat_others: npt.ArrayLike,
    days_others: npt.ArrayLike,
) -> Array:
    """Repeat orders per customer and day of customers who came by an invitation, over those of the
    others: above 1 they are worth more. Real ones: 1.16 and more, of margin (Schmitt et al.)."""
    return over(over(repeat_referred, days_referred), over(repeat_others, days_others))


@measure("Teams that completed", "share")
def team_completion(completed: npt.ArrayLike, failed: npt.ArrayLike) -> Array:
    """Teams that had enough people in time, over all that did or did not."""
    return over(completed, np.asarray(completed) + np.asarray(failed))


@measure("Joiners per team", "people per team")
def joiners_per_team(joined: npt.ArrayLike, opened: npt.ArrayLike) -> Array:
    """People who joined the team of a friend, over teams opened: what invitations bring."""
    return over(joined, opened)


def measures(tables: Tables, panel: Panel, camp: str) -> dict[str, Any]:
    """Return a camp's part of the summary about referrals and teams; 0 and None without any."""
    mine = panel.camp == camp
    new, referred, again, all_again = (
        panel.flow(column)[:, mine].sum(axis=1)
        for column in ("new_customers", "referred", "repeat_referred", "repeat_orders")
    )
    had = np.cumsum(referred).sum()
    teams = {name: int(values.sum()) for name, values in team_days(tables, panel, camp).items()}
    return {
        "invitations": int(panel.flow("invitations")[:, mine].sum()),
        "referred": int(referred.sum()),
        "referral_coefficient": _coefficient(tables["referrals"], panel, camp, new),
        "referred_loyalty": referred_loyalty(
            again.sum(), had, (all_again - again).sum(), np.cumsum(new).sum() - had
        ),
        "teams": {name: teams[name] for name in ("opened", "completed", "failed", "orders")},
        "team_discount": teams["discount"],
        "team_completion": team_completion(teams["completed"], teams["failed"]),
        "joiners_per_team": joiners_per_team(teams["joined"], teams["opened"]),
    }


def team_days(tables: Tables, panel: Panel, camp: str) -> dict[str, Array]:
    """Return every count of the teams of a camp by day, int64[days]."""
    table = tables["teams"]
    mine = _of(table, panel, camp)
    day = np.asarray(table["day"], np.int64)[mine]
    return {
        name: np.bincount(day, np.asarray(values)[mine], panel.days).astype(np.int64)
        for name, values in table.items()
        if name not in ("day", "merchant")
    }


def _of(table: Table, panel: Panel, camp: str) -> Array:
    """Return which rows of a table belong to merchants of a camp, bool[n]."""
    camps = dict(zip(panel.names, panel.camp, strict=True))
    found: Array = np.array([camps.get(str(name)) == camp for name in table["merchant"]], np.bool_)
    return found


def _coefficient(table: Table, panel: Panel, camp: str, new: Array) -> Array | None:
    """Customers of the first half, and whom they had brought by the end; None without referral."""
    mine = _of(table, panel, camp)
    if not mine.any():
        return None
    half = (panel.days + 1) // 2
    joined = np.asarray(table["day"])[mine] - np.asarray(table["since"])[mine]
    return referral_coefficient(np.sum(joined < half), new[:half].sum())
