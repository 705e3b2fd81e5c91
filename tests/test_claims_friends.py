"""What the scenarios on friends show, in small worlds, seed by seed under the same luck."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.claims import summary

SMALL = ("days=90", "consumers.count=6000")
SEEDS = (1, 2, 3)


def camps(name: str, seed: int, *changes: str) -> dict[str, dict[str, Any]]:
    """Each camp's part of the summary of a small run."""
    found: dict[str, dict[str, Any]] = summary(name, seed, *SMALL, *changes)["camps"]
    return found


def test_rewards_bring_customers_that_ads_alone_do_not() -> None:
    gained = [
        camps("referral", seed)["two_sided"]["new_customers"]
        - camps("referral", seed)["none"]["new_customers"]
        for seed in SEEDS
    ]
    assert np.mean(gained) > 0
    for seed in SEEDS:
        found = camps("referral", seed)
        assert 0 < found["two_sided"]["referral_coefficient"] < 1
        assert found["none"]["referral_coefficient"] is None
        assert found["paid_talk"]["spend"]["rewards"] > 0


def test_teams_live_by_people_who_ask() -> None:
    """The more readily people ask their friends, the more teams fill; without strangers, fewer."""
    for seed in SEEDS:
        shy, plain, apart = (
            camps("pinduoduo_teams", seed, *changes)["teams"]
            for changes in (
                ("inviting.rate=0",),
                (),
                ("inviting.rate=0", "merchants.teams.strategy.team.strangers=0"),
            )
        )
        assert shy["joiners_per_team"] < plain["joiners_per_team"]
        assert apart["team_completion"] < shy["team_completion"] < plain["team_completion"]
