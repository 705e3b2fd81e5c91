"""Leaders: who follows them, what a post does, and that every fen of the fee arrives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.steps.leaders import RECOVERY, announce, best_leader, post_by_leaders
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import MEDIA
from tests.engine.tiny import build, by_day, digest, morning, play, tables, total

STAR: dict[str, Any] = {"following": 800, "fee": 50, "reach": 0.4, "trust": 0.3, "rest": 1}
PAYS = {"merchants.buyer.strategy.leader_budget": 50}


def star(**changes: Any) -> dict[str, Any]:
    return {"leaders": {"star": {**STAR, **changes}}}


def market(changes: dict[str, Any] | None = None, **of_star: Any) -> Any:
    built = build({**star(**of_star), **PAYS, **(changes or {})})
    built.world.in_business[:] = built.world.offers.is_open[:] = True
    built.world.care.leader_budget[:3] = 5000
    return built


# --- who follows --------------------------------------------------------------------------------


def test_leaders_are_the_best_connected_of_their_tribe() -> None:
    world = build({"leaders": {"star": {**STAR, "count": 3, "tribe": 2}}}).world
    ties = np.diff(world.graph.indptr)
    tribe = np.flatnonzero(world.consumers.tribe == 2)
    best = np.sort(ties[tribe])[::-1][:3]
    assert sorted(ties[world.leaders.who].tolist(), reverse=True) == best.tolist()
    assert len(set(world.leaders.who.tolist())) == 3
    assert (world.consumers.tribe[world.leaders.who] == 2).all()


@pytest.mark.parametrize("own", [0.0, 0.4, 1.0])
def test_followers_are_friends_first_then_the_tribe_by_its_share(own: float) -> None:
    world = build(
        {"leaders": {"star": {**STAR, "following": 300, "own_tribe": own, "tribe": 0}}}
    ).world
    leaders, graph = world.leaders, world.graph
    leader = leaders.who[0]
    people = leaders.follower[leaders.start[0] : leaders.start[1]]
    friends = graph.indices[graph.indptr[leader] : graph.indptr[leader + 1]]
    assert len(people) == len(set(people.tolist())) == 300
    assert leader not in people
    assert people[: len(friends)].tolist() == friends.tolist()
    rest = people[len(friends) :]
    inside = (world.consumers.tribe[rest] == 0).sum()
    assert abs(inside - own * len(rest)) <= 4 * math.sqrt(len(rest) * own * (1 - own))
    np.testing.assert_allclose(
        leaders.taste[0], world.consumers.taste[people].mean(axis=0), rtol=1e-4, atol=1e-5
    )


def test_a_leader_of_all_has_all() -> None:
    world = build({"leaders": {"star": {**STAR, "following": 1999}}}).world
    assert sorted([*world.leaders.follower, *world.leaders.who]) == list(range(2000))


def test_another_leader_changes_nobody_elses_followers() -> None:
    one = build(star()).world.leaders
    two = build({"leaders": {"star": STAR, "zoe": {**STAR, "tribe": 1}}}).world.leaders
    assert np.array_equal(one.follower, two.follower[: two.start[1]])


# --- a post -------------------------------------------------------------------------------------


@pytest.mark.parametrize("credit", [1.0, 0.5])
def test_who_sees_a_post_gains_goodwill_and_lent_trust(credit: float) -> None:
    world = market(tempt=0.25).world
    world.leaders.credit[:] = credit
    tempted = np.empty(800, np.int32)
    seen, count = announce(
        world.seed, 0, 0, 1, int(world.offers.luck[1]), world.leaders, world.relations,
        world.laws.memory, tempted,
    )  # fmt: skip
    p = 0.4 * credit
    assert abs(seen - 800 * p) < 4 * math.sqrt(800 * p * (1 - p))
    assert abs(count - seen * 0.25) < 4 * math.sqrt(seen * 0.25 * 0.75)
    here = world.relations.merchant == 1
    who = np.flatnonzero(here.any(axis=1))
    assert len(who) == seen
    assert set(who.tolist()) <= set(world.leaders.follower.tolist())
    assert set(tempted[:count].tolist()) <= set(who.tolist())
    np.testing.assert_allclose(world.relations.trust[here], 0.3 * credit, rtol=1e-6)
    np.testing.assert_allclose(world.relations.goodwill[here], world.laws.memory.post, rtol=1e-6)
    assert (world.relations.touch[here] >> 4 == MEDIA).all()


def test_a_post_is_bought_when_the_purse_covers_it() -> None:
    """50 yuan a day against a fee of 150: every third day, whoever asks first."""
    world = market(fee=150, wear=0).world
    world.care.leader_budget[1:3] = 0
    posts = []
    for number in range(12):
        day = morning(world, number)
        post_by_leaders(day)
        posts.append(int(day.counts.leader_posts.sum()))
    assert posts == [0, 0, 1] * 4


def test_a_leader_rests_and_serves_one_at_a_time() -> None:
    world = market(fee=1, rest=3).world
    days = []
    for number in range(30):
        day = morning(world, number)
        post_by_leaders(day)
        days.append(day.counts.leader_posts[:3].copy())
    assert np.sum(days, axis=1).tolist() == [1, 0, 0] * 10
    assert (np.sum(days, axis=0) > 0).all()  # nobody is always first


def test_credit_wears_with_posts_and_comes_back() -> None:
    world = market(fee=1, wear=0.2).world
    credit = 1.0
    for number in range(40):
        if number == 20:
            world.care.leader_budget[:] = 0
        post_by_leaders(morning(world, number))
        credit += RECOVERY * (1 - credit)
        credit *= 0.8 if number < 20 else 1.0
        assert world.leaders.credit[0] == pytest.approx(credit)
    assert math.isclose((1 - RECOVERY) ** 30, 0.5)


def test_the_best_leader_is_worth_most_per_fee() -> None:
    built = build(
        {
            "leaders": {
                "dear": {**STAR, "fee": 900},
                "cheap": {**STAR, "fee": 300},
                "small": {**STAR, "following": 100, "fee": 300},
            }
        }
    )
    leaders = built.world.leaders
    leaders.taste[:] = leaders.taste[0]
    assert best_leader(morning(built.world), 0) == 1
    leaders.free_on[1] = 5
    assert best_leader(morning(built.world), 0) == 0
    leaders.taste[0] += 50.0  # people who would never like it
    assert best_leader(morning(built.world), 0) == 2
    leaders.free_on[:] = 5
    assert best_leader(morning(built.world), 0) == -1


# --- whole markets ------------------------------------------------------------------------------


def test_fees_go_to_the_media_account_to_the_fen() -> None:
    played = play({**star(fee=33.33), **PAYS})
    rows = tables(played)["merchants"]
    posts = rows["leader_posts"].sum()
    assert posts > 20
    assert rows["spend_media"].sum() == 3333 * posts == played.world.accounts.totals[MEDIA_TOTAL]
    assert total(played, "orders_media") > 0
    assert (by_day(played, "leader_seen")[by_day(played, "leader_posts") == 0] == 0).all()


def test_leaders_are_paid_out_of_the_daily_budget() -> None:
    played = play({**star(fee=40), "merchants.buyer.strategy.leader_budget": 80})
    spent = by_day(played, "spend_ads") + by_day(played, "spend_media")
    assert spent[:, :3].sum() <= 200_00 * 3 * played.day
    assert by_day(played, "spend_ads")[:, :3].max() <= 120_00


def test_leaders_whom_nobody_pays_change_nothing() -> None:
    assert digest(play({"days": 20})) == digest(play({**star(), "days": 20}))
