"""Listening: the square-root law, exactly; what it costs; where the product goes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.steps.listen import listen
from sim.steps.work import HOURS, share_out
from sim.world.heard import as_good_as
from sim.world.world import World
from tests.engine.tiny import morning, play, tables
from tests.steps.test_community import PEOPLE, put_hours, world_of


def listener(
    hours: float, per_hour: float = 10, half_life: float = 60, reposition: float = 0
) -> World:
    """A club that listens, with groups of 40 and a channel: fans are the first 6,000 people."""
    law = {"groups.listening": {"fans_per_hour": per_hour, "half_life": half_life}}
    world = world_of(law, sizes=[40] * 100, channel=2000)
    put_hours(world, None, 80.0)
    world.care.listen_hours[0] = hours
    world.care.reposition[0] = reposition
    return world


def fans_mean(world: World) -> np.ndarray:
    return np.asarray(world.consumers.taste[:6000].astype(np.float64).mean(axis=0))


@pytest.mark.parametrize("heard", [4, 16, 64, 256])
def test_the_error_falls_with_the_square_root_of_the_fans(heard: int) -> None:
    """Mean squared error = D x variance / n, over 300 independent days."""
    world = listener(hours=heard / 10)
    truth = fans_mean(world)
    variance = float(world.consumers.taste[:6000].astype(np.float64).var(axis=0).sum())
    squares = []
    for number in range(300):
        world.heard.told[:] = world.heard.weight[:] = world.heard.squares[:] = 0.0
        listen(morning(world, number))
        assert world.heard.weight[0] == heard
        estimate = world.heard.told[0] / world.heard.weight[0]
        squares.append(float(((estimate - truth) ** 2).sum()))
    wanted = variance / heard
    error = float(np.std(squares)) / math.sqrt(len(squares))
    assert abs(np.mean(squares) - wanted) < 4 * error


def test_every_fan_is_heard_alike() -> None:
    """Members and followers of the channel, and nobody else."""
    world = listener(hours=600.0)
    world.care.staff[0] = 1000
    world.consumers.taste[:] = 0.0
    world.consumers.taste[:4000, 0] = 1.0  # members
    world.consumers.taste[4000:6000, 1] = 1.0  # the channel
    world.consumers.taste[6000:, 2] = 1.0  # strangers
    listen(morning(world))
    told = world.heard.told[0]
    assert told[0] + told[1] == pytest.approx(6000)
    assert abs(told[0] - 4000) < 4 * math.sqrt(6000 * 2 / 9)
    assert told[2] == told[3] == 0
    assert PEOPLE > 6000


def test_old_words_fade_and_the_number_heard_saturates() -> None:
    """10 a day with a half-life of 5 days: as good as n (1 + r) / (1 - r) at once, r = 2^(-1/5)."""
    world = listener(hours=1.0, half_life=5)
    left = 2 ** (-1 / 5)
    for number in range(120):
        listen(morning(world, number))
    assert world.heard.weight[0] == pytest.approx(10 / (1 - left), rel=1e-4)
    assert as_good_as(world.heard)[0] == pytest.approx(10 * (1 + left) / (1 - left), rel=1e-4)


def test_the_product_moves_its_share_of_the_way() -> None:
    world = listener(hours=2.0, reposition=0.1)
    before = world.offers.taste[0].astype(np.float64)
    listen(morning(world))
    estimate = world.heard.told[0] / world.heard.weight[0]
    np.testing.assert_allclose(world.offers.taste[0], before + 0.1 * (estimate - before), rtol=1e-5)
    assert world.heard.moved[0] == pytest.approx(0.1 * np.linalg.norm(estimate - before))
    still = listener(hours=2.0)
    listen(morning(still))
    assert np.array_equal(still.offers.taste[0], before.astype(np.float32))


def test_listening_takes_its_hours_from_the_groups() -> None:
    for hours, felt in ((0.0, 80.0), (30.0, 50.0), (500.0, 0.0)):
        world = listener(hours)
        day = morning(world)
        share_out(day)
        assert day.counts.effort[0] == pytest.approx(felt)
        listen(day)
        assert world.heard.weight[0] == min(hours, HOURS * 10) * 10


def test_without_fans_or_staff_nothing_is_heard() -> None:
    world = listener(2.0)
    world.groups.size[:] = 0
    listen(morning(world))
    assert world.heard.weight[0] == 0
    idle = listener(2.0)
    idle.care.staff[0] = 0
    listen(morning(idle))
    assert idle.heard.weight[0] == 0


def test_listening_brings_a_product_to_its_fans() -> None:
    """A product that begins beside its people comes closer to them, over three seeds; who does not
    move it stays where it was."""
    team = "merchants.grower.strategy.community"
    changes = {
        "days": 60,
        "merchants.grower.product.off_target": 2.0,
        "merchants.grower.product.breadth": 1.5,
        f"{team}.listen_hours": 2.0,
    }
    for seed in (1, 2, 3):
        moving = play({**changes, f"{team}.reposition": 0.05}, seed=seed)
        still = play(changes, seed=seed)
        rows = tables(moving)["communities"]
        last = rows["day"] == 59
        assert (rows["fans_heard"][last] > 50).all()
        assert (rows["product_moved"][last] > 0.3).all()
        assert not tables(still)["communities"]["product_moved"].any()
        home = moving.world.consumers.taste.mean(axis=0)
        gaps = [
            np.linalg.norm(m.world.offers.taste[3:] - home, axis=1).mean() for m in (still, moving)
        ]
        assert gaps[1] < gaps[0]
