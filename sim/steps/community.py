"""Stage 3, community: groups live or fall silent; members look in, trust, talk, mute, leave.

What staff does (``sim.steps.work``) has four levers, each with an effect of its own:

* participation -> activity, hence attendance
* sharing       -> members who tell their friends
* interaction   -> trust
* honour        -> retention, and members who become advocates

Activity closes part of the gap each day to ``alive x listening x (0.2 + 0.8 x participation) -
selling``, where ``alive = n^2 / (n^2 + critical mass^2)``: a group below its critical mass falls
silent. Posts are of three kinds: *content* raises activity and is shared, *service* raises trust
and keeps members, and *selling* tempts everybody who sees it, and costs activity and muted members.
Followers who are in no group see a selling post with the small reach of a channel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, kernel
from sim.rng import Stream, block, uniform
from sim.steps.acquaint import acquaint
from sim.steps.day import Day
from sim.steps.leaders import post_by_leaders
from sim.steps.listen import listen
from sim.steps.remind import remind
from sim.steps.work import Work, lever, next_activity, pay, share_out, written
from sim.world.consumers import Consumers
from sim.world.groups import CHANNEL, GROUP, UNFOLLOW, Care, Groups, drop
from sim.world.laws import GroupLaw, MemoryLaw
from sim.world.market import Offers
from sim.world.relations import (
    ADVOCATE,
    COMMUNITY,
    FOLLOWS,
    MEMBER,
    MUTED,
    Relations,
    find,
    mark,
)

ATTEND, POST, HONOUR = int(Stream.ATTEND), int(Stream.POST), int(Stream.HONOUR)
PIECE = 8  # pages handled together
SALE, CONTENT, SERVICE = range(3)  # kinds of posts
TRUST, ADVOCATES, STAYING = range(3)  # columns of what members of a page add up to


class Life(NamedTuple):
    """What happened, by page int64[G]: attendance, members who left, posts int64[G, 3] by kind,
    inside float64[G, 3]: trust of all members, advocates, members who stay; by piece: tempted,
    talkers and present int32[Q, R] with their page int32[Q, R], and how many int64[Q]."""

    attendance: np.ndarray
    leaves: np.ndarray
    posts: np.ndarray
    inside: np.ndarray
    tempted: np.ndarray
    tempted_by: np.ndarray
    n_tempted: np.ndarray
    talker: np.ndarray
    talks_of: np.ndarray
    n_talkers: np.ndarray
    present: np.ndarray
    present_on: np.ndarray
    n_present: np.ndarray


class Levers(NamedTuple):
    """Responses to the hours that a group gets, each in [0, 1)."""

    participation: float
    sharing: float
    interaction: float
    honour: float


@kernel
def _pulled(hours: float, shares: np.ndarray, half: float) -> Levers:
    return Levers(
        lever(hours * shares[0], half),
        lever(hours * shares[1], half),
        lever(hours * shares[2], half),
        lever(hours * shares[3], half),
    )


@kernel
def live(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    groups: Groups,
    work: Work,
    care: Care,
    offers: Offers,
    consumers: Consumers,
    relations: Relations,
    law: GroupLaw,
    memory: MemoryLaw,
    life: Life,
) -> None:
    """Live one day on the pages of pieces ``first .. last-1``.

    Two pages may share a person, never a slot of the person: kernels write only to the slot of
    the page's owner, and no slot changes hands in this stage.
    """
    for piece in range(first, last):
        for page in range(piece * PIECE, min((piece + 1) * PIECE, groups.used[0])):
            m = groups.owner[page]
            luck = offers.luck[m]
            is_group = groups.kind[page] == GROUP
            _write_posts(seed, day, page, groups, work, care, offers, life)
            levers = _pulled(work.hours[m], care.levers[m], law.effort_half)
            looks_in = law.attendance * groups.activity[page] if is_group else law.channel_reach
            if not is_group and life.posts[page, SALE] == 0:
                looks_in = 0.0
            leaves = law.leave_rate * (1.0 - 0.8 * levers.honour)
            leaves *= (1.0 - law.service_keep) ** life.posts[page, SERVICE]
            at = muted = 0
            while at < groups.size[page]:
                i = groups.member[page, at]
                k = find(relations, i, m)
                wanted = (MEMBER | FOLLOWS) if is_group else FOLLOWS
                if k < 0 or relations.flags[i, k] & (MEMBER | FOLLOWS) != wanted:
                    life.leaves[page] += is_group
                    drop(groups, page, at)  # has moved from the channel to a group
                    continue
                w0, w1, w2, w3 = block(seed, ATTEND, i, day, luck)
                quiet = relations.flags[i, k] & MUTED != 0
                if (
                    uniform(w1) < leaves * (5.0 if quiet else 1.0)
                    or relations.trust[i, k] < UNFOLLOW
                ):
                    relations.flags[i, k] &= 255 - (MEMBER | FOLLOWS | MUTED | ADVOCATE)
                    life.leaves[page] += is_group
                    drop(groups, page, at)
                    continue
                muted += quiet
                if not quiet and uniform(w0) < looks_in:
                    life.attendance[page] += 1
                    stored = relations.goodwill[i, k]
                    relations.goodwill[i, k] = stored + memory.post * (1.0 / memory.fade - stored)
                    mark(relations, i, k, COMMUNITY, day)
                    if is_group:
                        _take_part(
                            seed, day, i, k, piece, page, luck, w3, levers, consumers, relations,
                            law, life,
                        )  # fmt: skip
                    if life.posts[page, SALE] > 0:
                        life.tempted[piece, life.n_tempted[piece]] = i
                        life.tempted_by[piece, life.n_tempted[piece]] = page
                        life.n_tempted[piece] += 1
                        if is_group and uniform(w2) < law.mute_rate * life.posts[page, SALE]:
                            relations.flags[i, k] |= MUTED
                            muted += 1
                life.inside[page, TRUST] += relations.trust[i, k]
                life.inside[page, ADVOCATES] += relations.flags[i, k] & ADVOCATE != 0
                life.inside[page, STAYING] += 1
                at += 1
            groups.muted[page] = muted
            if is_group and groups.size[page] > 0:
                groups.activity[page] = next_activity(
                    groups.activity[page], groups.size[page], muted, levers.participation,
                    life.posts[page, CONTENT], life.posts[page, SALE], law,
                )  # fmt: skip


@kernel
def _write_posts(
    seed: np.uint64,
    day: int,
    page: int,
    groups: Groups,
    work: Work,
    care: Care,
    offers: Offers,
    life: Life,
) -> None:
    """Write today's posts of a page; a channel gets selling posts alone, and only who can sell
    posts at all."""
    m = groups.owner[page]
    if not offers.is_open[m] or groups.size[page] == 0:
        return
    sale, content, service, _ = block(seed, POST, offers.luck[m], day, groups.number[page])
    life.posts[page, SALE] = written(sale, care.sales_posts[m])
    if groups.kind[page] == GROUP:
        life.posts[page, CONTENT] = written(content, work.content[m])
        life.posts[page, SERVICE] = written(service, work.service[m])


@kernel
def _take_part(
    seed: np.uint64,
    day: int,
    i: int,
    k: int,
    piece: int,
    page: int,
    luck: int,
    word: np.uint32,
    levers: Levers,
    consumers: Consumers,
    relations: Relations,
    law: GroupLaw,
    life: Life,
) -> None:
    """Let a member who looks in gain trust, perhaps become an advocate, and perhaps talk."""
    trust = relations.trust[i, k]
    gain = law.trust_gain * levers.interaction + law.service_trust * life.posts[page, SERVICE]
    relations.trust[i, k] = trust + min(1.0, gain) * (1 - trust)
    talks = law.talk_rate * levers.sharing + law.content_talk * life.posts[page, CONTENT]
    if law.advocate_rate > 0.0:
        honoured, _, _, _ = block(seed, HONOUR, i, day, luck)
        if uniform(honoured) < law.advocate_rate * levers.honour:
            relations.flags[i, k] |= ADVOCATE
        if relations.flags[i, k] & ADVOCATE:
            talks += law.advocate_talk
    if uniform(word) < talks * consumers.sociability[i]:
        life.talker[piece, life.n_talkers[piece]] = i
        life.talks_of[piece, life.n_talkers[piece]] = page
        life.n_talkers[piece] += 1
    if life.n_present[piece] < life.present.shape[1]:
        life.present[piece, life.n_present[piece]] = i
        life.present_on[piece, life.n_present[piece]] = page
        life.n_present[piece] += 1


def _room(used: int, cap: int, meet: bool) -> Life:
    """Return room for what happens on ``used`` pages; who is present is kept only if they may
    ``meet``."""
    pieces, room = -(-used // PIECE), PIECE * cap

    def listed(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        places = (pieces, size)
        return np.empty(places, np.int32), np.empty(places, np.int32), np.zeros(pieces, np.int64)

    return Life(
        np.zeros(used, np.int64),
        np.zeros(used, np.int64),
        np.zeros((used, 3), np.int64),
        np.zeros((used, 3)),
        *listed(room),
        *listed(room),
        *listed(room if meet else 0),
    )


def community(day: Day, threads: Threads) -> None:
    """Run all groups and channels for a day; pay the staff."""
    world = day.world
    post_by_leaders(day)
    remind(day)
    pay(day)
    listen(day)
    work = share_out(day)
    used = int(world.groups.used[0])
    if used == 0:
        return
    groups = world.groups
    life = _room(used, groups.member.shape[1], world.acquaintances.friend.shape[1] > 0)
    threads.run(
        live,
        len(life.n_tempted),
        world.seed,
        day.number,
        groups,
        work,
        world.care,
        world.offers,
        world.consumers,
        world.relations,
        world.laws.groups,
        world.laws.memory,
        life,
    )
    groups.moved[:] = 0
    _tell(day, life, groups.owner[:used].astype(np.int64))


def _tell(day: Day, life: Life, owner: np.ndarray) -> None:
    """Count the day, and hand on who is tempted, who talks, and who has met; ``owner`` int64[G]."""
    world, counts = day.world, day.counts
    for target, values in (
        (counts.attendance, life.attendance),
        (counts.posts, life.posts),
        (counts.leaves, life.leaves),
    ):
        np.add.at(target, owner, values)
    is_group = world.groups.kind[: len(owner)] == GROUP
    np.add.at(counts.inside, owner[is_group], life.inside[is_group])
    for q in range(len(life.n_tempted)):
        n = life.n_tempted[q]
        if n:
            day.occasions.add(life.tempted[q, :n], owner[life.tempted_by[q, :n]], COMMUNITY, -1)
        n = life.n_talkers[q]
        if n:
            about = owner[life.talks_of[q, :n]]
            counts.talk += np.bincount(about, minlength=len(world.firms))
            world.messages.append(
                np.stack([life.talker[q, :n].astype(np.int64), about, np.ones(n, np.int64)], 1)
            )
        n = life.n_present[q]
        if n:
            page = life.present_on[q, :n]
            luck = world.offers.luck[owner[page]]
            growth = world.scenario.groups.acquaintances.growth
            acquaint(
                world.seed, day.number, life.present[q, :n], page, luck, growth, world.acquaintances
            )


assert CHANNEL == 0 and GROUP == 1, "pages of both kinds are told apart by these numbers"
