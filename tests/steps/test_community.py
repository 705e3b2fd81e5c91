"""Community: closed forms of effort and activity, each lever by itself, and members who add up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel import Threads
from sim.steps.community import SALE, community
from sim.steps.day import Day
from sim.steps.work import HOURS, SILENT, felt_effort, lever, next_activity
from sim.world.groups import CHANNEL, GROUP, UNFOLLOW, add, followers, grown
from sim.world.laws import GroupLaw
from sim.world.relations import COMMUNITY, FOLLOWS, MEMBER, MUTED
from sim.world.world import World
from tests.engine.tiny import COMMUNITY as TEAM
from tests.engine.tiny import ONE, PRODUCT, build, by_day, morning, play, tables

PEOPLE = 8000
PLAIN: dict[str, Any] = {
    "name": "community",
    "days": 400,
    "consumers": {"count": PEOPLE, "sociability": 0.8},
    "graph": {"kind": "complete"},
    "merchants": {"club": {}},
    "groups": {
        "cap": 40,
        "critical_mass": 10,
        "activity_half_life": 4,
        "attendance": 0.5,
        "channel_reach": 0.2,
        "mute_rate": 0.1,
        "leave_rate": 0.01,
        "talk_rate": 0.3,
        "effort_half": 1,
        "sales_fatigue": 0.3,
        "trust_gain": 0.05,
        "integration_cost": 2000,
    },
}
LEVERS = ("participation", "sharing", "interaction", "honour")


def world_of(
    changes: dict[str, Any] | None = None,
    *,
    sizes: list[int] | None = None,
    channel: int = 0,
    activity: float = 0.6,
) -> World:
    """A club with groups of given sizes (200 full ones if left out) and a channel."""
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.cash[:] = 10**9
    world.care.levers[:] = 0.0
    sizes = [40] * 200 if sizes is None else sizes
    world.groups = grown(world.groups, len(sizes) + 300)
    world.relations.merchant[:, 0] = 0
    world.relations.goodwill[:, 0] = 0.2
    groups, who = world.groups, 0
    for page, size in enumerate(sizes):
        groups.kind[page], groups.number[page], groups.size[page] = GROUP, page, size
        groups.member[page, :size] = np.arange(who, who + size)
        world.relations.flags[who : who + size, 0] = FOLLOWS | MEMBER
        who += size
    groups.used[0] = groups.pages[0] = len(sizes)
    groups.activity[: len(sizes)] = activity
    for i in range(who, who + channel):
        add(groups, 0, CHANNEL, i)
        world.relations.flags[i, 0] = FOLLOWS
    return world


def live(world: World, number: int = 0, threads: Threads = ONE) -> Day:
    day = morning(world, number)
    community(day, threads)
    return day


def put_hours(world: World, which: str | None, hours: float = 8.0) -> None:
    """Give every group ``hours`` a day, all on one lever (None: on none)."""
    world.care.staff[0] = hours / HOURS
    world.care.integration[0] = 1.0
    world.care.levers[0] = [float(name == which) for name in LEVERS]


# --- closed forms -------------------------------------------------------------------------------


@given(hours=st.floats(0.1, 1e4), groups=st.integers(1, 10**5), integration=st.floats(0, 1))
def test_fragmentation(hours: float, groups: int, integration: float) -> None:
    """Effort per group falls as groups^(integration - 1): integration is what makes up for it."""
    felt = felt_effort(hours, groups, integration)
    assert felt == pytest.approx(hours * groups ** (integration - 1))
    assert felt_effort(hours, groups, 1.0) == hours
    assert felt_effort(hours, groups, 0.0) == pytest.approx(hours / groups)
    assert felt_effort(hours, groups, min(1.0, integration + 0.1)) >= felt
    assert felt_effort(hours, groups + 1, integration) <= felt
    assert felt_effort(hours, 0, integration) == 0.0


@given(hours=st.floats(0, 1e4), half=st.floats(0.01, 100))
def test_a_lever_saturates(hours: float, half: float) -> None:
    assert lever(half, half) == pytest.approx(0.5)
    assert 0 <= lever(hours, half) <= lever(hours + 1, half) < 1


def law_of(**changes: float) -> GroupLaw:
    return world_of({f"groups.{k}": v for k, v in changes.items()}, sizes=[]).laws.groups


@given(
    activity=st.floats(0, 1),
    size=st.integers(1, 500),
    muted=st.integers(0, 500),
    participation=st.floats(0, 1),
    posts=st.integers(0, 5),
)
def test_activity_follows_its_causes(
    activity: float, size: int, muted: int, participation: float, posts: int
) -> None:
    law = law_of()
    muted = min(muted, size)
    alive = size**2 / (size**2 + 10**2)
    aim = alive * (1 - muted / size) * (SILENT + (1 - SILENT) * participation) - 0.3 * posts
    aim = min(1.0, max(0.0, aim))
    got = next_activity(activity, size, muted, participation, 0, posts, law)
    assert got == pytest.approx(activity + (1 - 0.5**0.25) * (aim - activity))
    assert 0 <= got <= 1


def test_activity_half_life() -> None:
    """After one half-life half of the gap to a constant target is closed."""
    law, activity = law_of(), 1.0
    aim = 0.8 * SILENT  # twenty members: 400 / (400 + 100)
    for _ in range(4):
        activity = next_activity(activity, 20, 0, 0.0, 0, 0, law)
    assert activity - aim == pytest.approx((1.0 - aim) / 2)


# --- a day in the groups ------------------------------------------------------------------------


def test_members_look_in_by_activity() -> None:
    for activity in (0.0, 0.3, 1.0):
        day = live(world_of({"groups.leave_rate": 0}, activity=activity))
        p = 0.5 * activity
        assert abs(day.counts.attendance[0] - PEOPLE * p) <= 4 * math.sqrt(PEOPLE * p * (1 - p))


def test_who_looks_in_is_reminded() -> None:
    world = world_of({"groups.leave_rate": 0})
    day = live(world)
    reminded = world.relations.touch[:, 0] & 15 == COMMUNITY
    assert reminded.sum() == day.counts.attendance[0]
    post = world.laws.memory.post
    np.testing.assert_allclose(
        world.relations.goodwill[:, 0], np.where(reminded, 0.2 + post * 0.8, 0.2), rtol=1e-6
    )


def test_channels_reach_few_and_only_with_a_post() -> None:
    world = world_of({"groups.leave_rate": 0}, sizes=[], channel=PEOPLE)
    assert live(world).counts.attendance[0] == 0
    world.care.sales_posts[0] = 1.0
    day = live(world, 1)
    assert abs(day.counts.attendance[0] - 0.2 * PEOPLE) < 4 * math.sqrt(PEOPLE * 0.16)
    who, merchant, touch, _ = day.occasions.joined()
    assert len(who) == day.counts.attendance[0]  # whoever sees the post is tempted
    assert (merchant == 0).all()
    assert (touch == COMMUNITY).all()


def test_posts_come_at_their_rate() -> None:
    """2.3 posts a group and day: two always, a third in three of ten."""
    world = world_of()
    world.care.sales_posts[0] = 2.3
    posts = np.array([live(world, number).counts.posts[0, SALE] for number in range(20)])
    extra = posts.sum() - 2 * 20 * 200
    assert abs(extra - 0.3 * 4000) < 4 * math.sqrt(4000 * 0.21)


def test_only_who_sees_a_post_is_tempted() -> None:
    world = world_of()
    assert len(live(world).occasions.joined()[0]) == 0
    world.care.sales_posts[0] = 1.0
    day = live(world, 1)
    assert len(day.occasions.joined()[0]) == day.counts.attendance[0] > 0


def outcome(world: World, day: Day) -> dict[str, float]:
    """What the four levers are for, each by one number."""
    used = int(world.groups.used[0])
    return {
        "participation": float(world.groups.activity[:used].mean()),
        "sharing": int(day.counts.talk[0]),
        "interaction": float(world.relations.trust[:, 0].sum()),
        "honour": -int(day.counts.leaves[0]),
    }


@pytest.mark.parametrize("which", LEVERS)
def test_each_lever_moves_its_own_thing_and_no_other(which: str) -> None:
    """On one day, under the same luck, hours on a lever change one outcome of four."""
    changes = {"groups.leave_rate": 0.05}
    if which == "honour":
        changes["groups.attendance"] = 0.0  # who stays may look in, which is not the lever's doing
    idle, busy = world_of(changes), world_of(changes)
    put_hours(idle, None)
    put_hours(busy, which)
    before, after = outcome(idle, live(idle)), outcome(busy, live(busy))
    assert after[which] > before[which]
    same = [
        name
        for name in LEVERS
        if name != which and not (which == "honour" and name == "participation")
    ]  # fewer leave: groups are larger
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_sharing_lever_makes_members_talk_at_its_rate() -> None:
    world = world_of({"groups.leave_rate": 0})
    put_hours(world, "sharing", 3.0)
    day = live(world)
    p = 0.5 * 0.6 * 0.3 * (3 / 4) * 0.8  # attendance, talk rate, lever, sociability
    assert abs(day.counts.talk[0] - PEOPLE * p) < 4 * math.sqrt(PEOPLE * p)
    messages = np.concatenate(world.messages)
    assert len(messages) == day.counts.talk[0]
    assert (messages[:, 1] == 0).all()
    assert (messages[:, 2] == 1).all()


def test_interaction_lever_builds_trust_by_its_law() -> None:
    world = world_of({"groups.leave_rate": 0})
    world.relations.trust[:, 0] = 0.2
    put_hours(world, "interaction", 3.0)
    live(world)
    reminded = world.relations.touch[:, 0] & 15 == COMMUNITY
    expected = np.where(reminded, 0.2 + 0.05 * 0.75 * 0.8, 0.2)
    np.testing.assert_allclose(world.relations.trust[:, 0], expected, rtol=1e-5)


def test_honour_lever_keeps_members_and_the_muted_leave_five_times_as_often() -> None:
    for hours, honour in ((0.0, 0.0), (3.0, 0.75)):
        world = world_of({"groups.attendance": 0})
        quiet = np.arange(PEOPLE) % 2 == 0
        world.relations.flags[quiet, 0] |= MUTED
        put_hours(world, "honour", hours)
        day = live(world)
        left = world.relations.flags[:, 0] == 0
        assert left.sum() == day.counts.leaves[0]
        for who, rate in ((quiet, 0.05), (~quiet, 0.01)):
            p = rate * (1 - 0.8 * honour)
            n = who.sum()
            assert abs(left[who].sum() - n * p) < 4 * math.sqrt(n * p * (1 - p))


def test_below_the_critical_mass_a_group_falls_silent() -> None:
    """The same effort a group: groups of 3 go silent, groups of 40 stay lively."""
    world = world_of({"groups.leave_rate": 0}, sizes=[3] * 50 + [40] * 50)
    put_hours(world, "participation", 20.0)
    for number in range(30):
        live(world, number)
    activity = world.groups.activity[:100]
    assert activity[:50].max() < 0.1
    assert activity[50:].min() > 0.8
    p = HOURS * 2.5 / (HOURS * 2.5 + 1)
    assert activity[60] == pytest.approx(1600 / 1700 * (SILENT + 0.8 * p), abs=0.01)


def test_selling_costs_activity_and_mutes() -> None:
    calm, loud = world_of(), world_of()
    loud.care.sales_posts[0] = 1.0
    for number in range(10):
        for world in (calm, loud):
            put_hours(world, "participation")
            day = live(world, number)
        assert day.counts.posts[0, SALE] == 200
    assert loud.groups.activity[:200].mean() < calm.groups.activity[:200].mean() - 0.2
    assert not (calm.relations.flags & MUTED).any()
    muted = (loud.relations.flags[:, 0] & MUTED > 0).sum()
    assert muted == loud.groups.muted[:200].sum() > 100


def test_muted_members_hear_nothing() -> None:
    world = world_of()
    world.relations.flags[:, 0] |= MUTED
    world.care.sales_posts[0] = 2.0
    day = live(world)
    assert day.counts.attendance[0] == 0
    assert len(day.occasions.joined()[0]) == 0


def test_who_unfollowed_is_dropped_and_counted() -> None:
    world = world_of({"groups.leave_rate": 0}, channel=0)
    gone = np.arange(0, PEOPLE, 10)
    world.relations.flags[gone, 0] = 0
    day = live(world)
    used = int(world.groups.used[0])
    assert day.counts.leaves[0] == len(gone)
    assert world.groups.size[:used].sum() == PEOPLE - len(gone)
    staying = np.concatenate(
        [world.groups.member[page, : world.groups.size[page]] for page in range(used)]
    )
    assert sorted(staying.tolist()) == sorted(set(range(PEOPLE)) - set(gone.tolist()))


def test_who_loses_trust_leaves_the_next_morning() -> None:
    """Members and followers alike, for whatever reason; never those who still trust enough."""
    world = world_of({"groups.leave_rate": 0}, sizes=[40] * 100, channel=4000)
    trust = np.linspace(-1, 1, PEOPLE).astype(np.float32)
    world.relations.trust[:, 0] = np.random.default_rng(1).permutation(trust)
    day = live(world)
    kept = world.relations.trust[:, 0] >= UNFOLLOW
    assert ((world.relations.flags[:, 0] & FOLLOWS > 0) == kept).all()
    assert followers(world.groups)[0] == kept.sum()
    assert day.counts.leaves[0] == (~kept[:4000]).sum()


def test_the_closed_do_not_post() -> None:
    world = world_of()
    world.care.sales_posts[0] = 3.0
    world.offers.is_open[0] = False
    assert live(world).counts.posts[0, SALE] == 0


def test_staff_and_integration_are_paid_and_pay_off() -> None:
    world = world_of()
    world.care.staff[0], world.care.wage[0] = 2.5, 20_001
    world.care.integration_spend[0], world.care.integration[0] = 50_000, 0.3
    before = world.accounts.cash[0]
    day = live(world)
    cost = round(2.5 * 20_001) + 50_000
    assert before - world.accounts.cash[0] == cost == day.counts.spend_community[0]
    # Spending ``integration_cost`` closes 63 % of the gap.
    assert world.care.integration[0] == pytest.approx(1 - 0.7 * math.exp(-50_000 / 200_000))
    assert day.counts.effort[0] == pytest.approx(20 / 200 ** (1 - world.care.integration[0]))


def test_a_day_does_not_depend_on_threads() -> None:
    pool = Threads(3)
    worlds = [world_of(sizes=[23] * 100, channel=900) for _ in range(2)]
    days = []
    for world, threads in zip(worlds, (ONE, pool), strict=True):
        world.care.sales_posts[0] = 0.7
        put_hours(world, "sharing")
        days = [*days, *(live(world, number, threads) for number in range(4))]
    pool.close()
    for a, b in zip(days[:4], days[4:], strict=True):
        assert a.counts.attendance.tolist() == b.counts.attendance.tolist()
        for x, y in zip(a.occasions.joined(), b.occasions.joined(), strict=True):
            assert np.array_equal(x, y)
    for x, y in zip(worlds[0].relations, worlds[1].relations, strict=True):
        assert np.array_equal(x, y)
    used = int(worlds[0].groups.used[0])
    for x, y in zip(worlds[0].groups, worlds[1].groups, strict=True):
        assert np.array_equal(x[:used], y[:used])


# --- whole markets ------------------------------------------------------------------------------


def members_of(world: World, m: int, kind: int) -> list[int]:
    groups, used = world.groups, int(world.groups.used[0])
    pages = np.flatnonzero((groups.owner[:used] == m) & (groups.kind[:used] == kind))
    return [int(i) for page in pages for i in groups.member[page, : groups.size[page]]]


@pytest.mark.parametrize(("seed", "need"), [(1, 0.1), (2, 0.1), (3, 0.7)])
def test_members_add_up(seed: int, need: float) -> None:
    """Today's members are yesterday's and who joined less who left; memory, pages and the series
    agree on who follows, everybody counted once, also on the day somebody joins."""
    law = {"memory.trust_step": 0.8, "memory.satisfaction_noise": 0.6}
    market = build({**law, "consumers.need_rate": need}, seed=seed)
    world = market.world
    moved = 0
    while market.running:
        market.step()
        moved += world.groups.moved.sum()
        counted = tables(market)["merchants"]
        for m in (3, 4):
            inside, outside = members_of(world, m, GROUP), members_of(world, m, CHANNEL)
            assert len(set(inside)) == len(inside)
            assert len(set(outside)) == len(outside)
            here = world.relations.merchant == m
            for flag, listed in ((MEMBER, set(inside)), (FOLLOWS, set(inside + outside))):
                flagged = (here & (world.relations.flags & flag > 0)).any(axis=1)
                assert set(np.flatnonzero(flagged).tolist()) == listed
                name = "members" if flag == MEMBER else "followers"
                today = (counted["merchant"] == world.firms[m].name) & (
                    counted["day"] == market.day - 1
                )
                assert counted[name][today] == len(listed)
    assert moved > 20
    rows = tables(market)["communities"]
    assert rows["leaves"].sum() > 30
    for name in ("grower.1", "grower.2"):
        mine = rows["merchant"] == name
        members, joins, leaves = (rows[c][mine] for c in ("members", "joins", "leaves"))
        assert (np.diff(members) == (joins - leaves)[1:]).all()
        assert members[-1] > 50
        assert (rows["muted"][mine] <= members).all()
    assert (by_day(market, "followers") >= by_day(market, "members")).all()
    assert world.groups.size.max() <= 40


def club(posts: float, days: int, seed: int) -> np.ndarray:
    """Orders by community of clubs that sell with ``posts`` a day, by day."""
    market = play(
        {
            "days": days,
            "choice.impulse": 5,
            "sharing.buyer_rate": 0,
            "groups.talk_rate": 0,
            "merchants": {
                "club": {
                    "count": 2,
                    "product": PRODUCT,
                    "operations": {"stock": 10**6, "cover": 0, "cash": 10**6},
                    "strategy": {
                        "kind": "hybrid",
                        "bid": 2,
                        "daily_budget": 500,
                        "review": 1,
                        "community": {**TEAM, "sales_posts": posts},
                    },
                }
            },
        },
        seed=seed,
    )
    return by_day(market, "orders_community").sum(axis=1)


def test_best_selling_intensity_lies_inside() -> None:
    """Selling in every second group a day beats never selling and selling five times a day."""
    for seed in (1, 2):
        never, some, always = (club(posts, 100, seed).sum() for posts in (0.0, 0.4, 5.0))
        assert some > 1.1 * never
        assert some > 1.1 * always
