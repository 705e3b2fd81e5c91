"""Pull content: searchers find it, read what fits them, follow and share; nobody gets tired.

Searchers are people with a need who search on a platform, and people who only want to know: each
with the chance ``curiosity`` x need rate a day.

A piece j is shown in one of a searcher's places for content with the chance

    w_j / (others + sum of w),   w_j = exp(-|place of j - centre of the tribe|^2 / 2 width^2)

(search engines know kinds of people, not minds) and is then read with

    P(read) = read_rate x exp(-|place of j - own taste|^2 / 2 width^2) x closeness of the region

Reading raises goodwill and trust before the need is met, so the author is considered at once.
Readers who share send a message of their own, which travels like any other, passed on ``virality``
times as readily.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block, fill, uniform
from sim.steps.day import Day
from sim.steps.sharing import READ_OF
from sim.world.consumers import Consumers
from sim.world.content import Content, kept, with_piece
from sim.world.groups import CHANNEL, Groups, add, grown
from sim.world.laws import ReadingLaw
from sim.world.market import MEDIA_TOTAL, Offers, closeness
from sim.world.relations import CONTENT, FOLLOWS, MEMBER, Relations, mark, warm

FOUND, CURIOUS = int(Stream.FOUND), int(Stream.CURIOUS)
BATCH = 1024


@kernel
def find_curious(
    seed: np.uint64,
    day: int,
    curiosity: float,
    need_rate: np.ndarray,
    words: np.ndarray,
    who: np.ndarray,
) -> int:
    """List in ``who`` int32[N + 1] who searches without a need; return how many.

    ``need_rate`` float32[G, N]: of all categories together.
    ``words`` uint32[B + 4] is scratch.
    """
    count, people = 0, need_rate.shape[1]
    for base in range(0, people, BATCH):
        end = min(base + BATCH, people)
        fill(seed, CURIOUS, day, 0, base, end, words)
        for j in range(end - base):
            who[count] = base + j
            rate = 0.0
            for g in range(len(need_rate)):
                rate += need_rate[g, base + j]
            count += uniform(words[j]) < curiosity * rate
    return count


@kernel
def read(
    seed: np.uint64,
    day: int,
    who: np.ndarray,
    upto: np.ndarray,
    content: Content,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    groups: Groups,
    law: ReadingLaw,
    fade: float,
    shown: np.ndarray,
    readers: np.ndarray,
    messages: np.ndarray,
) -> int:
    """Let searchers ``who`` int32[n] find and read; return how many ``messages`` int64[R, 3].

    ``upto`` float64[T, pieces]: by tribe, weights of the pieces added up; ``shown`` int64[slots] is
    scratch; ``readers`` int64[M] counts pieces read. One by one, as followers join pages; searchers
    are few.
    """
    sent, pieces = 0, len(content.owner)
    for n in range(len(who)):
        i = whole(who[n])
        weight = upto[consumers.tribe[i]]
        for place in range(law.slots):
            w0, w1, w2, w3 = block(seed, FOUND, i, day, place)
            j = _first_above(weight, uniform(w0) * (law.others + weight[pieces - 1]))
            shown[place] = j
            again = j >= pieces
            for before in range(place):
                again = again or shown[before] == j
            if again:
                continue
            far = 0.0
            for axis in range(content.place.shape[1]):
                gap = consumers.taste[i, axis] - content.place[j, axis]
                far += gap * gap
            appeal = np.exp(-far / (2.0 * law.width * law.width))
            m = content.owner[j]
            appeal *= closeness(offers, consumers, i, m)
            if uniform(w1) >= law.read_rate * appeal or not offers.is_open[m]:
                continue
            readers[m] += 1
            k = warm(relations, i, m, law.goodwill, fade)
            if k >= 0:
                mark(relations, i, k, CONTENT, day)
                relations.trust[i, k] += law.trust * (1.0 - relations.trust[i, k])
                if (
                    relations.flags[i, k] & (FOLLOWS | MEMBER) == 0
                    and uniform(w2) < law.follow_rate
                ):
                    relations.flags[i, k] |= FOLLOWS
                    add(groups, m, CHANNEL, i)
            eager = law.share_rate * content.plans.virality[m] * consumers.sociability[i]
            if uniform(w3) < eager:
                messages[sent, 0], messages[sent, 1], messages[sent, 2] = i, m, READ_OF
                sent += 1
    return sent


@kernel
def _first_above(edges: np.ndarray, mark: float) -> int:
    """Return the first place of rising ``edges`` float64[n] that is above ``mark``, or n."""
    low, high = 0, len(edges)
    while low < high:
        middle = (low + high) >> 1
        if edges[middle] > mark:
            high = middle
        else:
            low = middle + 1
    return low


def weights(content: Content, width: float) -> np.ndarray:
    """Return float64[T, pieces]: appeal of every piece to the middle of every tribe, added up."""
    gap = content.centre[:, None, :].astype(np.float64) - content.place[None, :, :]
    return np.asarray(np.cumsum(np.exp(-(gap**2).sum(axis=2) / (2 * width**2)), axis=1))


def publish(day: Day) -> None:
    """Make and pay the pieces that merchants planned; take away what is stale."""
    world, plans = day.world, day.world.content.plans
    stays = (world.content.stale > day.number) & world.in_business[world.content.owner]
    if not stays.all():
        world.content = kept(world.content, stays)
    plans.begun[:] += np.where(world.offers.is_open, plans.rate, 0.0)
    for m in np.flatnonzero(plans.begun >= 1.0 - 1e-9):
        purse = max(0, int(world.accounts.cash[m] + world.accounts.credit[m]))
        cost = int(plans.cost[m])
        made = min(int(plans.begun[m] + 1e-9), purse // cost)
        plans.begun[m] = max(0.0, plans.begun[m] - int(plans.begun[m] + 1e-9))
        style = plans.style[m]
        place = world.offers.taste[m] if style < 0 else world.content.centre[style]
        for _ in range(made):
            world.content = with_piece(
                world.content, int(m), place, day.number + int(plans.life[m])
            )
        world.accounts.cash[m] -= made * cost
        world.accounts.totals[MEDIA_TOTAL] += made * cost
        day.counts.spend_content[m] += made * cost


def _curious(day: Day) -> np.ndarray:
    world = day.world
    who, words = np.empty(world.count + 1, np.int32), np.empty(BATCH + 4, np.uint32)
    count = find_curious(
        world.seed,
        day.number,
        world.laws.reading.curiosity,
        world.consumers.need_rate,
        words,
        who,
    )
    return who[:count]


def content(day: Day) -> None:
    """Publish, then let the day's searchers find, read, follow and share."""
    world, counts = day.world, day.counts
    if not world.content.plans.rate.any() and not len(world.content.owner):
        return
    publish(day)
    counts.pieces = np.bincount(world.content.owner, minlength=len(world.firms))
    who = np.concatenate([day.occasions.searchers(), _curious(day)])
    law = world.laws.reading
    if not len(world.content.owner) or not len(who) or law.slots == 0:
        return
    most = law.slots * len(who)
    # Every merchant may open a page of its own, and readers fill pages.
    world.groups = grown(world.groups, min(len(world.firms), most) + most // 2 + 2)
    messages = np.empty((most, 3), np.int64)
    sent = read(
        world.seed,
        day.number,
        who,
        weights(world.content, law.width),
        world.content,
        world.consumers,
        world.relations,
        world.offers,
        world.groups,
        law,
        world.laws.memory.fade,
        np.empty(law.slots, np.int64),
        counts.readers,
        messages,
    )
    if sent:
        about = messages[:sent, 1]
        counts.content_shares += np.bincount(about, minlength=len(world.firms))
        world.messages.append(messages[:sent].copy())
