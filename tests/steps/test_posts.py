"""Posts of three kinds and advocates: each moves its own thing, and hours are spent once."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.steps.community import ADVOCATES, CONTENT, SALE, SERVICE, STAYING, TRUST
from sim.steps.work import HOURS, SILENT, next_activity, share_out
from sim.world.relations import ADVOCATE, FOLLOWS, MEMBER
from sim.world.world import World
from tests.engine.tiny import morning, play, tables
from tests.steps.test_community import PEOPLE, live, outcome, put_hours, world_of

CALM = {"groups.leave_rate": 0}


def posting(kind: str, rate: float, changes: dict | None = None, hours: float = 8.0) -> World:
    """A club whose groups get ``rate`` posts of a kind a day, and hours that no lever takes."""
    world = world_of(changes)
    put_hours(world, None, hours)
    getattr(world.care, f"{kind}_posts")[0] = rate
    return world


def test_each_kind_of_post_moves_its_own_thing() -> None:
    """On one day, under the same luck: content moves activity and talk, service moves trust and
    keeps members, selling costs activity and tempts."""
    changes = {
        "groups.leave_rate": 0.05,
        "groups.attendance": 0.5,
        "groups.posts": {"content_talk": 0.2},
    }
    none = posting("content", 0.0, changes)
    quiet = live(none)
    before = outcome(none, quiet)
    after, tempted = {}, {}
    for kind in ("content", "service", "sales"):
        world = posting(kind, 1.0, changes)
        day = live(world)
        after[kind], tempted[kind] = outcome(world, day), len(day.occasions.joined()[0])
    assert after["content"]["participation"] > before["participation"]
    assert after["content"]["sharing"] > before["sharing"] == 0
    assert after["content"]["interaction"] == before["interaction"]
    assert after["content"]["honour"] == before["honour"]
    assert after["service"]["interaction"] > before["interaction"]
    assert after["service"]["honour"] > before["honour"]
    assert after["service"]["sharing"] == before["sharing"]
    assert after["sales"]["participation"] < before["participation"]
    assert after["sales"]["interaction"] == before["interaction"]
    assert after["sales"]["honour"] == before["honour"]
    assert tempted["sales"] == quiet.counts.attendance[0]
    assert tempted["content"] == tempted["service"] == 0


def test_content_lifts_what_activity_settles_at() -> None:
    law = world_of({"groups.posts": {"content_lift": 0.25}}, sizes=[]).laws.groups
    alive = 40**2 / (40**2 + 10**2)
    for content in (0, 1, 2, 9):
        aim = alive * min(1.0, SILENT + 0.25 * content)
        got = next_activity(0.5, 40, 0, 0.0, content, 0, law)
        assert got == pytest.approx(0.5 + (1 - 0.5**0.25) * (aim - 0.5))


def test_content_is_shared_at_its_rate() -> None:
    world = posting("content", 2.0, {**CALM, "groups.posts": {"content_talk": 0.1}})
    day = live(world)
    p = 0.5 * 0.6 * (2 * 0.1) * 0.8  # attendance, two posts, sociability
    assert abs(day.counts.talk[0] - PEOPLE * p) < 4 * math.sqrt(PEOPLE * p)
    assert day.counts.posts[0].tolist() == [0, 400, 0]


def test_service_builds_trust_by_its_law_and_keeps_members() -> None:
    world = posting("service", 1.0, {**CALM, "groups.posts": {"service_trust": 0.1}})
    world.relations.trust[:, 0] = 0.2
    live(world)
    seen = world.relations.touched[:, 0] == 0
    assert 0 < seen.sum() < PEOPLE
    np.testing.assert_allclose(
        world.relations.trust[:, 0], np.where(seen, 0.2 + 0.1 * 0.8, 0.2), rtol=1e-5
    )
    changes = {"groups.leave_rate": 0.2, "groups.posts": {"service_keep": 0.75}}
    left = live(posting("service", 1.0, changes)).counts.leaves[0]
    assert abs(left - 0.05 * PEOPLE) < 4 * math.sqrt(PEOPLE * 0.05 * 0.95)


def test_hours_are_spent_once() -> None:
    """Posts take theirs first, as far as they go; the levers get what is left."""
    for content, service, hours in ((1.0, 0.5, 8.0), (3.0, 3.0, 2.0), (0.0, 0.0, 4.0)):
        world = posting("content", content, {"groups.posts": {"hours": 1.5}}, hours)
        world.care.service_posts[0] = service
        day = morning(world)
        work = share_out(day)
        spent = 1.5 * (work.content[0] + work.service[0])
        assert spent + work.hours[0] == pytest.approx(hours)
        assert day.counts.effort[0] == pytest.approx(hours)
        assert work.hours[0] == pytest.approx(max(0.0, hours - 1.5 * (content + service)))
        assert work.content[0] * service == pytest.approx(work.service[0] * content)
    idle = posting("content", 2.0, {"groups.posts": {"hours": 1.5}}, 0.0)
    assert share_out(morning(idle)).content[0] == 0.0
    assert world.care.staff[0] == 4.0 / HOURS


def test_channels_get_selling_posts_only() -> None:
    world = world_of(CALM, sizes=[], channel=PEOPLE)
    put_hours(world, None)
    world.care.content_posts[0] = world.care.service_posts[0] = 2.0
    day = live(world)
    assert day.counts.posts[0].tolist() == [0, 0, 0]
    assert day.counts.attendance[0] == 0


def test_honour_makes_advocates_who_speak_unasked() -> None:
    changes = {**CALM, "groups.advocates": {"rate": 0.4, "talk": 0.5}}
    world = world_of(changes)
    put_hours(world, "honour", 3.0)
    first = live(world)
    made = world.relations.flags[:, 0] & ADVOCATE > 0
    p = 0.5 * 0.6 * 0.4 * 0.75  # attendance, rate, lever
    assert abs(made.sum() - PEOPLE * p) < 4 * math.sqrt(PEOPLE * p * (1 - p))
    assert first.counts.inside[0, ADVOCATES] == made.sum()
    speaking = np.concatenate(world.messages)[:, 0]
    assert made[speaking].all()
    talk = made.sum() * 0.5 * 0.8
    assert abs(len(speaking) - talk) < 4 * math.sqrt(talk)
    for which in ("participation", "sharing", "interaction"):
        other = world_of(changes)
        put_hours(other, which, 3.0)
        assert live(other).counts.inside[0, ADVOCATES] == 0


def test_who_leaves_is_no_advocate_any_more() -> None:
    world = world_of({"groups.leave_rate": 1.0})
    world.relations.flags[:, 0] |= ADVOCATE
    live(world)
    assert (world.relations.flags[:, 0] & (ADVOCATE | MEMBER | FOLLOWS) == 0).all()


def test_inside_is_the_sum_over_members() -> None:
    """Of members alone, in groups that stay; the channel does not count."""
    world = world_of({"groups.leave_rate": 0.1}, sizes=[40] * 100, channel=4000)
    world.relations.trust[:, 0] = np.linspace(-0.2, 0.9, PEOPLE)
    day = live(world)
    members = world.relations.flags[:, 0] & MEMBER > 0
    assert day.counts.inside[0, STAYING] == members.sum()
    assert day.counts.inside[0, TRUST] == pytest.approx(
        world.relations.trust[members, 0].sum(dtype=np.float64), rel=1e-6
    )


def test_posts_and_trust_are_in_the_series() -> None:
    rows = tables(
        play(
            {
                "days": 25,
                "merchants.grower.strategy.community.content_posts": 0.6,
                "merchants.grower.strategy.community.service_posts": 0.3,
                "groups.advocates": {"rate": 0.2},
            }
        )
    )["communities"]
    assert rows["content_posts"].sum() > rows["service_posts"].sum() > 0
    assert rows["advocates"].max() > 0
    assert 0 < rows["trust"][-1] <= 1
    assert SALE < CONTENT < SERVICE
