"""What friends did for a camp: referrals and teams, measured from the series."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.study import formulas as f
from sim.study.tables import Array, Panel, Table, Tables


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
        "referred_loyalty": f.referred_loyalty(
            again.sum(), had, (all_again - again).sum(), np.cumsum(new).sum() - had
        ),
        "teams": {name: teams[name] for name in ("opened", "completed", "failed", "orders")},
        "team_discount": teams["discount"],
        "team_completion": f.team_completion(teams["completed"], teams["failed"]),
        "joiners_per_team": f.joiners_per_team(teams["joined"], teams["opened"]),
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
    return f.referral_coefficient(np.sum(joined < half), new[:half].sum())
