"""Mass media: money buys contacts with whoever uses a medium today, whatever they like.

A merchant books as many contacts as its day's budget pays at the list price; less than the
medium's minimum buys nothing. Bookings beyond ``ad_slots`` contacts a user are all cut alike.
Contacts are spread evenly over the day's audience, from a place drawn for each merchant and day,
so exactly what was booked is delivered and the work is that of the contacts, whoever else lives.
A share of contacts is noticed; those raise goodwill and leave a touch. Nobody can click.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, kernel, whole
from sim.rng import Stream, block, fill, uniform
from sim.steps.day import Day, chunk_edges
from sim.world.consumers import Consumers
from sim.world.laws import MemoryLaw
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import MEDIA, Relations, mark, warm

AUDIENCE, CONTACT, NOTICE = int(Stream.AUDIENCE), int(Stream.CONTACT), int(Stream.NOTICE)
BATCH = 1024


class Users(NamedTuple):
    """Who uses a medium today, by chunk: who int32[C, R + 1], size int64[C], and met uint8[C, R]:
    whether they met an ad; words uint32[C, B + 4] is scratch."""

    who: np.ndarray
    size: np.ndarray
    met: np.ndarray
    words: np.ndarray


class MediaLaw(NamedTuple):
    """Response to a contact: share noticed, gain of goodwill, fatigue (as of the reference day)."""

    notice: float
    impact: float
    tiring: float


def new_users(edges: np.ndarray) -> Users:
    """Return room for everybody."""
    chunks, widest = len(edges) - 1, int(np.diff(edges).max(initial=0))
    return Users(
        who=np.empty((chunks, widest + 1), np.int32),
        size=np.zeros(chunks, np.int64),
        met=np.zeros((chunks, widest), np.uint8),
        words=np.empty((chunks, BATCH + 4), np.uint32),
    )


@kernel
def find_users(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    luck: int,
    limit: np.ndarray,
    users: Users,
) -> None:
    """List who uses a medium today; ``limit`` uint32[N] is that of ``sim.world.media.Media``."""
    for c in range(first, last):
        n = 0
        for base in range(edges[c], edges[c + 1], BATCH):
            end = min(base + BATCH, edges[c + 1])
            fill(seed, AUDIENCE, day, luck, base, end, users.words[c])
            for j in range(end - base):
                users.who[c, n] = base + j
                n += users.words[c, j] < limit[base + j]
        users.size[c] = n
        users.met[c, :n] = 0


@kernel
def show(
    first: int,
    last: int,
    start: np.ndarray,
    seed: np.uint64,
    day: int,
    m: int,
    luck: int,
    booked: int,
    users: Users,
    consumers: Consumers,
    relations: Relations,
    law: MediaLaw,
    memory: MemoryLaw,
) -> None:
    """Deliver ``booked`` contacts of merchant ``m`` to chunks ``first .. last-1`` of the audience.

    Contact k goes to user floor((k + u) x users / booked) of the day's ``start[-1]`` users, u being
    the merchant's luck; ``start`` int64[C + 1] numbers the users by chunk. So everybody gets the
    same number of contacts or one more.
    """
    word, _, _, _ = block(seed, CONTACT, luck, day, 0)
    u = uniform(word)
    step = start[-1] / booked
    for c in range(first, last):
        k = max(0, int(start[c] / step - u) - 1)
        before, turn = -1, 0
        while k < booked:
            place = min(int((k + u) * step), start[-1] - 1)
            k += 1
            if place < start[c]:
                continue
            if place >= start[c + 1]:
                break
            i = whole(users.who[c, place - start[c]])
            users.met[c, place - start[c]] = 1
            consumers.fatigue[i] += law.tiring
            turn = turn + 1 if place == before else 0
            before = place
            heed, _, _, _ = block(seed, NOTICE, i, day, luck ^ turn)
            if uniform(heed) < law.notice:
                slot = warm(relations, i, m, law.impact, memory.fade)
                if slot >= 0:
                    mark(relations, i, slot, MEDIA, day)


def bookings(wanted: np.ndarray, price: int, least: int, room: int) -> np.ndarray:
    """Return int64[M]: contacts that ``wanted`` int64[M] [money] buys at ``price`` per 1,000.

    Less than ``least`` buys nothing; more than ``room`` contacts in all are cut alike.
    """
    able = np.where(wanted >= max(least, 1), wanted, 0)
    contacts = able * 1000 // price
    total = int(contacts.sum())
    if total > room:
        contacts = np.array([int(n) * room // total for n in contacts], np.int64)
    return np.asarray(contacts)


def media(day: Day, threads: Threads) -> None:
    """Deliver what merchants booked in the media today, and charge it."""
    world = day.world
    if not world.media.budget.any():
        return
    edges = chunk_edges(world.count)
    users = new_users(edges)
    for q, name in enumerate(world.scenario.media):
        if world.media.budget[q].any():
            _medium(day, threads, q, name, edges, users)


def _medium(day: Day, threads: Threads, q: int, name: str, edges: np.ndarray, users: Users) -> None:
    world, counts, chunks = day.world, day.counts, len(edges) - 1
    spec, luck = world.scenario.media[name], int(world.media.luck[q])
    threads.run(
        find_users, chunks, edges, world.seed, day.number, luck, world.media.limit[q], users
    )
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(users.size)])
    funds = np.maximum(world.accounts.cash + world.accounts.credit, 0)
    wanted = np.where(world.offers.is_open, np.minimum(world.media.budget[q], funds), 0)
    booked = bookings(
        wanted, spec.cost_per_mille, spec.minimum_spend, spec.ad_slots * int(start[-1])
    )
    tiring = spec.annoyance * world.laws.memory.fatigue / world.laws.memory.calm
    law = MediaLaw(float(spec.notice), float(spec.impact), float(tiring))
    for m in np.flatnonzero(booked):
        threads.run(
            show,
            chunks,
            start,
            world.seed,
            day.number,
            int(m),
            int(world.offers.luck[m]) ^ luck,
            int(booked[m]),
            users,
            world.consumers,
            world.relations,
            law,
            world.laws.memory,
        )
    # Rounded up: a part of a fen is never given away, and n x price <= 1,000 x wanted.
    cost = -(-booked * spec.cost_per_mille // 1000)
    world.accounts.cash[:] -= cost
    world.accounts.totals[MEDIA_TOTAL] += int(cost.sum())
    counts.spend_media += cost
    counts.media_contacts += booked
    met = sum(int(users.met[c, : users.size[c]].sum()) for c in range(chunks))
    counts.media_rows.append(
        (q, int(start[-1]), int(booked.sum()), met, int(cost.sum()), int((booked > 0).sum()))
    )
