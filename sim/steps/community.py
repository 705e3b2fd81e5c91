"""Stage 3, community: groups live or fall silent; members look in, trust, talk, mute, leave.

Staff hours ``H`` are felt by each group as ``H / groups^(1 - integration)`` (fragmentation), split
among four levers, each with the response ``x / (x + half)`` and an effect of its own:

* participation -> activity, hence attendance
* sharing       -> members who tell their friends
* interaction   -> trust
* honour        -> retention

Activity closes part of the gap each day to ``alive x (0.2 + 0.8 x participation) - selling``, where
``alive = n^2 / (n^2 + critical mass^2)``: a group below its critical mass falls silent. A selling
post tempts everybody who sees it, and costs activity and muted members. Followers who are in no
group see a post with the small reach of a channel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.world.consumers import Consumers
from sim.world.groups import CHANNEL, GROUP, UNFOLLOW, Care, Groups, drop
from sim.world.laws import GroupLaw, MemoryLaw
from sim.world.market import STAFF, Offers
from sim.world.relations import COMMUNITY, FOLLOWS, MEMBER, MUTED, Relations, find, mark

ATTEND, POST = int(Stream.ATTEND), int(Stream.POST)
PIECE = 8  # pages handled together
HOURS = 8.0  # hours of a working day
SILENT = 0.2  # part of full activity that a living group has without any effort (assumption)


class Life(NamedTuple):
    """What happened, by page int64[G]: attendance, posts, members who left; by piece: tempted and
    talkers int32[Q, R] with their page int32[Q, R], and how many int64[Q]."""

    attendance: np.ndarray
    posts: np.ndarray
    leaves: np.ndarray
    tempted: np.ndarray
    tempted_by: np.ndarray
    n_tempted: np.ndarray
    talker: np.ndarray
    talks_of: np.ndarray
    n_talkers: np.ndarray


@kernel
def felt_effort(hours: float, groups: int, integration: float) -> float:
    """Return the hours a day that each of ``groups`` groups feels."""
    if groups <= 0:
        return 0.0
    return float(hours / groups ** (1.0 - integration))


@kernel
def lever(hours: float, half: float) -> float:
    """Return the response in [0, 1) to hours spent on a lever."""
    return hours / (hours + half)


@kernel
def next_activity(
    activity: float, size: int, muted: int, participation: float, posts: int, law: GroupLaw
) -> float:
    """Return tomorrow's activity of a group of ``size`` members of whom ``muted`` do not listen."""
    alive = size * size / (size * size + law.critical_mass * law.critical_mass)
    listening = 1.0 - muted / size
    target = alive * listening * (SILENT + (1.0 - SILENT) * participation)
    target = min(1.0, max(0.0, target - law.sales_fatigue * posts))
    return activity + law.pace * (target - activity)


@kernel
def live(
    first: int,
    last: int,
    seed: np.uint64,
    day: int,
    groups: Groups,
    effort: np.ndarray,
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
        tempted = talkers = 0
        for page in range(piece * PIECE, min((piece + 1) * PIECE, groups.used[0])):
            m = groups.owner[page]
            luck = offers.luck[m]
            is_group = groups.kind[page] == GROUP
            word, _, _, _ = block(seed, POST, luck, day, groups.number[page])
            posts = int(care.sales_posts[m])
            posts += 1 if uniform(word) < care.sales_posts[m] - posts else 0
            if not offers.is_open[m] or groups.size[page] == 0:
                posts = 0
            life.posts[page] = posts
            hours = effort[m]
            sharing = lever(hours * care.levers[m, 1], law.effort_half)
            interaction = lever(hours * care.levers[m, 2], law.effort_half)
            honour = lever(hours * care.levers[m, 3], law.effort_half)
            looks_in = law.attendance * groups.activity[page] if is_group else law.channel_reach
            if not is_group and posts == 0:
                looks_in = 0.0
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
                leaves = law.leave_rate * (1.0 - 0.8 * honour) * (5.0 if quiet else 1.0)
                if uniform(w1) < leaves or relations.trust[i, k] < UNFOLLOW:
                    relations.flags[i, k] &= 255 - (MEMBER | FOLLOWS | MUTED)
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
                        trust = relations.trust[i, k]
                        relations.trust[i, k] = trust + law.trust_gain * interaction * (1 - trust)
                        if uniform(w3) < law.talk_rate * sharing * consumers.sociability[i]:
                            life.talker[piece, talkers] = i
                            life.talks_of[piece, talkers] = page
                            talkers += 1
                    if posts > 0:
                        life.tempted[piece, tempted] = i
                        life.tempted_by[piece, tempted] = page
                        tempted += 1
                        if is_group and uniform(w2) < law.mute_rate * posts:
                            relations.flags[i, k] |= MUTED
                            muted += 1
                at += 1
            groups.muted[page] = muted
            if is_group and groups.size[page] > 0:
                participation = lever(hours * care.levers[m, 0], law.effort_half)
                groups.activity[page] = next_activity(
                    groups.activity[page], groups.size[page], muted, participation, posts, law
                )
        life.n_tempted[piece] = tempted
        life.n_talkers[piece] = talkers


def community(day: Day, threads: Threads) -> None:
    """Run all groups and channels for a day; pay the staff."""
    world, counts = day.world, day.counts
    _pay(day)
    used = int(world.groups.used[0])
    groups = world.groups
    living = (groups.size[:used] > 0) & (groups.kind[:used] == GROUP)
    number = np.bincount(groups.owner[:used][living], minlength=len(world.firms))
    for firm in world.firms:
        m = firm.number
        counts.effort[m] = felt_effort(
            HOURS * world.care.staff[m], int(number[m]), float(world.care.integration[m])
        )
    if used == 0:
        return
    pieces = -(-used // PIECE)
    room = PIECE * groups.member.shape[1]
    life = Life(
        attendance=np.zeros(used, np.int64),
        posts=np.zeros(used, np.int64),
        leaves=np.zeros(used, np.int64),
        tempted=np.empty((pieces, room), np.int32),
        tempted_by=np.empty((pieces, room), np.int32),
        n_tempted=np.zeros(pieces, np.int64),
        talker=np.empty((pieces, room), np.int32),
        talks_of=np.empty((pieces, room), np.int32),
        n_talkers=np.zeros(pieces, np.int64),
    )
    threads.run(
        live,
        pieces,
        world.seed,
        day.number,
        groups,
        counts.effort,
        world.care,
        world.offers,
        world.consumers,
        world.relations,
        world.laws.groups,
        world.laws.memory,
        life,
    )
    groups.moved[:] = 0
    owner = groups.owner[:used].astype(np.int64)
    for target, values in (
        (counts.attendance, life.attendance),
        (counts.posts, life.posts),
        (counts.leaves, life.leaves),
    ):
        np.add.at(target, owner, values)
    for q in range(pieces):
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


def _pay(day: Day) -> None:
    """Pay wages and integration; capability grows towards 1 with what was spent."""
    world, care = day.world, day.world.care
    wages = np.rint(care.staff * care.wage).astype(np.int64)
    cost = np.where(world.in_business, wages + care.integration_spend, 0)
    scale = world.scenario.groups.integration_cost
    gained = 1.0 - np.exp(-care.integration_spend / scale)
    care.integration[:] += np.where(world.in_business, (1.0 - care.integration) * gained, 0.0)
    world.accounts.cash[:] -= cost
    world.accounts.totals[STAFF] += int(cost.sum())
    day.counts.spend_community += cost


assert CHANNEL == 0 and GROUP == 1, "pages of both kinds are told apart by these numbers"
