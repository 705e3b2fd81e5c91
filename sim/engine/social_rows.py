"""The rows of teams and of referrals, which only merchants have who sell to teams or reward."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.steps.day import Day
from sim.world.teams import OF, TEAM


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
