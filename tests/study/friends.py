"""Plausible teams and referrals for the run folders of ``fabricate``."""

from __future__ import annotations

from typing import Any


def social(merchants: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A table each of teams and of referrals, in which every merchant of the growers has some."""
    teams: list[dict[str, Any]] = []
    came: list[dict[str, Any]] = []
    for day, name, camp in zip(
        merchants["day"], merchants["merchant"], merchants["camp"], strict=True
    ):
        if camp != "grower":
            continue
        teams.append(
            {
                "day": day,
                "merchant": name,
                "opened": 4,
                "invited": 20,
                "joined": 5,
                "strangers": 2,
                "completed": 3,
                "failed": 1,
                "orders": 9,
                "refunds": 2,
                "discount": 27_000,
                "waiting": 6,
            }
        )
        came.append({"day": day, "merchant": name, "since": day // 3, "generation": 1 + day % 2})
    return {"teams": _columns(teams), "referrals": _columns(came)}


def _columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}
