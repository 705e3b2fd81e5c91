"""What people told each other, and what came of it: cascades, teams, referrals."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.steps.day import Day
from sim.world.teams import OF, TEAM


def cascade_rows(day: Day, names: np.ndarray) -> dict[str, Any]:
    """Return a row for each message of the day that was kept."""
    rows = np.array(day.counts.cascade_rows, np.float64).reshape(-1, 8)
    number, merchant, sender, good, size, depth, width, virality = rows.T
    return {
        "day": np.full(len(rows), day.number),
        "cascade": number,
        "merchant": names[merchant.astype(np.int64)],
        "sender": sender,
        "good": good,
        "size": size,
        "depth": depth,
        "width": width,
        "structural_virality": virality,
    }


def telling_rows(day: Day) -> dict[str, Any]:
    """Return a row for each person whom a kept message reached."""
    number, sender, receiver = day.counts.tellings.T
    return {
        "day": np.full(len(number), day.number),
        "cascade": number,
        "place": 1 + np.arange(len(number)) - np.searchsorted(number, number),
        "sender": sender,
        "receiver": receiver,
    }


def team_rows(day: Day, names: np.ndarray, here: np.ndarray) -> dict[str, Any]:
    """Return a row for each merchant with an offer to teams, or whose teams ended today."""
    pool, counts = day.world.teams, day.counts.teams
    keep = here & ((pool.offers.size[:, 0] > 0) | (counts["failed"] > 0))
    sitting = pool.team[pool.seat[:, TEAM], OF]
    columns = {
        "day": np.full(len(keep), day.number),
        "merchant": names,
        **counts,
        "waiting": np.bincount(sitting, minlength=len(keep)),
    }
    return {name: values[keep].copy() for name, values in columns.items()}


def referral_rows(day: Day, names: np.ndarray) -> dict[str, Any]:
    """Return a row for each new customer who had been asked by a friend."""
    came = np.concatenate([np.zeros((0, 3), np.int64), *day.counts.referral_rows])
    return {
        "day": np.full(len(came), day.number),
        "merchant": names[came[:, 0]],
        "since": came[:, 1],
        "generation": came[:, 2],
    }
