"""Modes of sharing in the market: the library's models under the same draws, and Bass' law."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.rng import Stream, block, uniform
from sim.scenario.load import from_dict
from sim.steps.diffusion import bass
from sim.steps.sharing import sharing
from sim.steps.thresholds import adoption_rounds, threshold
from sim.world.relations import BOUGHT
from sim.world.world import World
from tests.engine.tiny import ONE, morning
from tests.steps.test_sharing import PEOPLE, knows, send, world_of

EQUAL = {"inside": 1, "across": 1, "common_friends": 0}


def persuaded(world: World, senders: np.ndarray, day: int = 0) -> np.ndarray:
    """Who knows the shop once ``senders`` have spoken, they included."""
    send(world, senders, day=day)
    heard = knows(world)
    heard[senders] = True
    return heard


def own_thresholds(world: World) -> np.ndarray:
    luck = int(world.offers.luck[0])
    draws = [block(world.seed, int(Stream.PERSUADE), i, 0, luck)[0] for i in range(PEOPLE)]
    return np.array([uniform(np.uint32(word)) for word in draws])


@pytest.mark.parametrize("share", [0.05, 0.12, 0.2, 0.35])
def test_threshold_is_the_library_s(share: float) -> None:
    """One message of one person, when all pass on: Watts' model from that seed."""
    for start in (3, 1500, 2999):
        world = world_of({"sharing.mode": "threshold", "sharing.threshold": share})
        expected = threshold(world.graph, [start], share) >= 0
        assert np.array_equal(persuaded(world, np.array([start])), expected)
    assert (expected.sum() > 100) == (share < 0.15)


def test_linear_threshold_is_the_library_s() -> None:
    """With ties of different strength, and the thresholds that the market draws."""
    reached = []
    for start in range(0, PEOPLE, 300):
        world = world_of({"sharing.mode": "linear_threshold", "graph": {"kind": "tribal"}})
        rounds = np.empty(PEOPLE, np.int64)
        limits = own_thresholds(world)
        count = adoption_rounds(
            world.graph,
            world.graph.strength,
            limits,
            np.array([start]),
            np.empty(PEOPLE),
            np.empty(PEOPLE, np.int64),
            rounds,
        )
        assert np.array_equal(persuaded(world, np.array([start])), rounds >= 0)
        reached.append(count)
    assert max(reached) > 3


def test_friends_who_have_it_count_although_they_are_silent() -> None:
    """Whoever has three friends of four who bought follows the fourth; other friends do not."""
    world = world_of(
        {
            "graph": {"kind": "ring", "mean_degree": 4, "strength": EQUAL},
            "sharing.mode": "threshold",
            "sharing.threshold": 0.75,
        }
    )
    for i in (8, 9, 11):
        world.relations.merchant[i, 0] = 0
        world.relations.flags[i, 0] = BOUGHT
    before = knows(world)
    send(world, np.array([12]))
    assert np.flatnonzero(knows(world) & ~before).tolist() == [10]


def test_a_poor_fit_needs_more_friends() -> None:
    reach = []
    for scale in (1.0, 0.6, 0.3):
        world = world_of({"sharing.mode": "threshold", "sharing.threshold": 0.12}, fits=False)
        world.offers.fit_scale[:] = scale
        world.offers.breadth[:] = 1e6
        reach.append(persuaded(world, np.arange(40)).sum())
    assert reach[0] > reach[1] > reach[2]


@pytest.mark.parametrize("mode", ["linear_threshold", "threshold", "bass"])
def test_bad_news_travels_by_ties_in_every_mode(mode: str) -> None:
    counts = []
    for chosen in (mode, "independent_cascade"):
        world = world_of({"sharing.mode": chosen, "sharing.innovation": 0})
        counts.append(send(world, np.arange(50), mood=-1).counts)
    assert counts[0].messages == counts[1].messages > 50
    assert counts[0].generations.tolist() == counts[1].generations.tolist()


@pytest.mark.parametrize("kind", ["complete", "ring"])
def test_bass_in_the_market_is_bass(kind: str) -> None:
    """The same mean curve as the library's, whose law is tested; everybody is a run on its own."""
    p, q, days, people = 0.02, 0.4, 12, 400
    graph = {"kind": kind, **({"mean_degree": 2, "strength": EQUAL} if kind == "ring" else {})}
    changes = {
        "graph": graph,
        "consumers.count": people,
        "sharing.mode": "bass",
        "sharing.innovation": p,
        "sharing.imitation": q,
        "sharing.tempt": 0,
        "memory": {"goodwill_half_life": 3650},
    }
    runs, market, library = 40, np.zeros((40, days)), np.zeros((40, days))
    for seed in range(runs):
        world = world_of(changes, seed=seed)
        for day in range(days):
            sharing(morning(world, day), ONE)
            market[seed, day] = knows(world).sum()
        library[seed] = bass(world.graph, p, q, steps=days, seed=seed + 1)
    gap = market.mean(axis=0) - library.mean(axis=0)
    error = np.sqrt((market.var(axis=0, ddof=1) + library.var(axis=0, ddof=1)) / runs)
    assert (np.abs(gap) < 4 * error).all()
    assert market[:, -1].mean() > 0.5 * people


def test_bass_does_not_depend_on_threads_or_room() -> None:
    from sim.kernel import Threads

    changes = {"sharing.mode": "bass", "sharing.innovation": 0.2, "sharing.imitation": 0.5}
    pool = Threads(3)
    worlds = [world_of(changes), world_of(changes)]
    for world, threads in zip(worlds, (ONE, pool), strict=True):
        for day in range(3):
            sharing(morning(world, day), threads)
    pool.close()
    assert knows(worlds[0]).sum() > 1000
    for a, b in zip(worlds[0].relations, worlds[1].relations, strict=True):
        assert np.array_equal(a, b)


def test_more_imitation_and_innovation_reach_more() -> None:
    def reach(**laws: float) -> int:
        world = world_of(
            {"sharing.mode": "bass"} | {f"sharing.{name}": value for name, value in laws.items()}
        )
        for day in range(6):
            sharing(morning(world, day), ONE)
        return int(knows(world).sum())

    few = reach(innovation=0.01, imitation=0.1)
    assert few < reach(innovation=0.02, imitation=0.1)
    assert few < reach(innovation=0.01, imitation=0.8)
    assert reach(innovation=0, imitation=1) == 0  # nobody begins


@pytest.mark.parametrize("mode", ["linear_threshold", "threshold"])
def test_thresholds_need_stored_ties(mode: str) -> None:
    written: dict[str, Any] = {
        "name": "a",
        "graph": {"kind": "complete"},
        "sharing": {"mode": mode},
    }
    with pytest.raises(ScenarioError, match="stores no ties"):
        from_dict(written)


# --- how contagious what is said is --------------------------------------------------------------


def test_virality_multiplies_passing_on() -> None:
    """Twice the virality is twice pass_on: the same people hear, whichever of them is doubled."""
    heard = []
    for pass_on, virality in ((0.2, 1.0), (0.1, 2.0), (0.1, 1.0)):
        world = world_of({"sharing.pass_on": pass_on})
        world.offers.virality[:] = virality
        send(world, np.arange(100))
        heard.append(knows(world))
    assert np.array_equal(heard[0], heard[1])
    assert heard[2].sum() < heard[0].sum()
    assert not (heard[2] & ~heard[0]).any()


def test_generations_add_up_and_shrink_with_what_is_passed_on() -> None:
    """First generation: ties that pass; each next one: these times pass_on, as in a branching
    process while few have heard."""
    world = world_of(
        {"sharing.pass_on": 0.5, "sharing.max_depth": 3, "sharing.tie_probability": 0.25,
         "graph.strength": EQUAL}
    )  # fmt: skip
    first = second = messages = 0
    for day in range(40):
        world.relations.merchant[:] = -1
        counts = send(world, np.arange(day, PEOPLE, 60), day=day).counts
        assert counts.generations.sum() == counts.messages
        first, second = first + counts.generations[0], second + counts.generations[1]
        messages += counts.cascades
    degree = len(world.graph.indices) / PEOPLE
    assert abs(first / messages - 0.25 * degree) < 4 * math.sqrt(0.25 * degree / messages) + 0.05
    # Whoever is reached by a tie has one more friend than the mean (Poisson degrees), of whom the
    # teller has heard already.
    assert second / first == pytest.approx(0.5 * 0.25 * degree, rel=0.08)
