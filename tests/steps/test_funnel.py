"""From bought to owned: the funnel's columns against a plain account of everybody's flags."""

from __future__ import annotations

import numpy as np
import pytest

from sim.world.relations import BOUGHT, FOLLOWS, MEMBER, PAID, RETURNED, WON
from tests.engine.tiny import play, tables, total


@pytest.mark.parametrize("seed", [1, 2])
def test_the_funnel_counts_everybody_won_by_ads(seed: int) -> None:
    """Nobody leaves or is forgotten: who followed, joined and returned is who is flagged now."""
    calm = {
        "groups.leave_rate": 0,
        "memory.satisfaction_noise": 0.1,
        "sharing.bad_news": 0,
        "consumers.slots": 16,
        "days": 60,
    }
    market = play(calm, seed=seed)
    world = market.world
    r = world.relations
    paid = r.flags & WON > 0
    assert ((r.touch >> 4 == PAID) & (r.flags & BOUGHT > 0))[paid].all()
    for m in range(len(world.firms)):
        rows = tables(market)["merchants"]
        mine = rows["merchant"] == world.firms[m].name
        here = paid & (r.merchant == m)
        for column, flag in (
            ("paid_followers", FOLLOWS),
            ("paid_members", MEMBER),
            ("paid_returned", RETURNED),
        ):
            assert rows[column][mine].sum() == (here & (r.flags & flag > 0)).sum()
        assert rows["first_paid"][mine].sum() == here.sum()
    assert total(market, "paid_members", camp="grower") > 20
    assert total(market, "paid_returned", camp="grower") > 5
    assert total(market, "paid_members", camp="buyer") == 0


def test_the_funnel_narrows() -> None:
    for seed in (1, 2, 3):
        market = play({"days": 60}, seed=seed)
        for camp in ("buyer", "grower"):
            bought, followed, joined = (
                total(market, column, camp=camp)
                for column in ("first_paid", "paid_followers", "paid_members")
            )
            assert bought >= followed >= joined
            assert bought >= total(market, "paid_returned", camp=camp) > 0


def test_conversion_widens_the_funnel() -> None:
    """Same luck, more effort to convert: more of the bought become owned."""
    path = "merchants.grower.strategy.community.conversion"
    for seed in (1, 2, 3):
        low, high = (play({path: share, "days": 60}, seed=seed) for share in (0.05, 0.9))
        for column in ("paid_followers", "paid_members"):
            rates = [
                total(m, column, camp="grower") / total(m, "first_paid", camp="grower")
                for m in (low, high)
            ]
            assert rates[1] > 1.5 * rates[0]


def test_without_ads_there_is_no_funnel() -> None:
    still = {f"merchants.{camp}.strategy.daily_budget": 0 for camp in ("buyer", "grower")}
    market = play(still)
    rows = tables(market)["merchants"]
    assert rows["orders"].sum() > 0
    assert np.sum([rows[c] for c in ("paid_followers", "paid_members", "paid_returned")]) == 0
