"""Opting out: who is tired beyond the bound sees no ads, for as long as was said."""

from __future__ import annotations

import numpy as np
import pytest

from sim.steps.opt_out import FOR_GOOD, opt_out
from sim.world.world import World
from tests.engine.tiny import ONE, digest, morning, play, tables, total
from tests.steps.street import days_of, world_of


def tired(world: World, fatigue: float) -> None:
    world.consumers.fatigue[:] = fatigue
    world.consumers.tolerance[::2] = 2.0
    world.consumers.tolerance[1::2] = 0.5


@pytest.mark.parametrize(("period", "until"), [(None, FOR_GOOD), (3, 4)])
def test_who_is_tired_beyond_tolerance_opts_out(period: int | None, until: int) -> None:
    world = world_of({"memory.opt_out": 1.5, "memory.opt_out_period": period})
    tired(world, 1.0)  # 0.5 and 2 times the tolerance
    today = morning(world)
    opt_out(today, ONE)
    assert (world.listens[::2] == 0).all()
    assert (world.listens[1::2] == until).all()
    assert today.counts.opt_outs == today.counts.opted_out == world.count // 2
    again = morning(world, 1)
    opt_out(again, ONE)
    assert again.counts.opt_outs == 0  # nobody opts out twice


def test_who_has_opted_out_sees_no_ad_until_the_day() -> None:
    world = world_of({"memory.fatigue": 0.01})
    world.listens = np.zeros(world.count, np.int16)
    world.listens[: world.count // 2] = 2
    for today, _ in days_of(world, 3):
        counts, day = today.counts, today.number
        seen = world.consumers.fatigue > 0
        world.consumers.fatigue[:] = 0
        assert seen[: world.count // 2].any() == (day >= 2)
        assert seen[world.count // 2 :].any()
        # All slots of all visits that see ads are sold, as three bid without limit.
        assert counts.p_impressions[0] == counts.p_offered[0]
        assert (counts.p_offered[0] < 3 * counts.p_visits[0]) == (day < 2)


def test_a_market_in_which_nobody_can_be_tired_enough_is_the_same() -> None:
    plain, patient = play({"days": 15}), play({"days": 15, "memory.opt_out": 1e9})
    assert digest(plain) == digest(patient)


def test_more_ads_drive_more_people_away_and_less_is_seen() -> None:
    """Over several seeds: the lower the bound, the more opt out and the fewer ads are shown."""
    for seed in (1, 2, 3):
        shown, out = [], []
        for bound in (0.05, 0.15, 1e9):
            market = play({"days": 25, "memory.opt_out": bound}, seed=seed)
            shown.append(total(market, "impressions"))
            out.append(int(tables(market)["market"]["opted_out"][-1]))
        assert shown[0] < shown[1] < shown[2]
        assert out[0] > out[1] > out[2] == 0


def test_people_come_back() -> None:
    changes = {"days": 25, "memory.opt_out": 0.05}
    good = tables(play(changes))["market"]["opted_out"]
    while_ = tables(play({**changes, "memory.opt_out_period": 4}))["market"]["opted_out"]
    assert (np.diff(good) >= 0).all()
    assert (np.diff(while_) < 0).any()
    assert while_[-1] < good[-1]
