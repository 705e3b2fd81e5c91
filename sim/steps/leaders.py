"""Opinion leaders sell access: a merchant pays a fee per post, the leader's followers see it.

A merchant puts its leader budget aside day by day and buys posts whenever it can pay for the best
leader who is free: most followers who will see it, times how well its product fits their mean
taste, per fee. Who sees the post gains goodwill and trust (``trust`` x credit x what is missing to
1) and may be tempted. Every paid post costs the leader credit, which comes back by and by: whoever
sells too much is believed less. Fees go to the media account; the touch counts as bought media.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.world.laws import MemoryLaw
from sim.world.leaders import Leaders
from sim.world.market import MEDIA_TOTAL, fit
from sim.world.relations import MEDIA, Relations, mark, warm

LEADER, FOLLOWER = int(Stream.LEADER), int(Stream.LEADER_POST)
RECOVERY = 1 - 2 ** (-1 / 30)  # share of lost credit that comes back in a day (assumption)


@kernel
def announce(
    seed: np.uint64,
    day: int,
    leader: int,
    m: int,
    luck: int,
    leaders: Leaders,
    relations: Relations,
    memory: MemoryLaw,
    tempted: np.ndarray,
) -> tuple[int, int]:
    """Show a post about merchant ``m`` to a leader's followers; return how many saw it and how many
    are tempted (``tempted`` int32[F])."""
    seen = count = 0
    credit = leaders.credit[leader]
    for n in range(leaders.start[leader], leaders.start[leader + 1]):
        i = leaders.follower[n]
        sees, considers, _, _ = block(seed, FOLLOWER, i, day, luck ^ leaders.luck[leader])
        if uniform(sees) >= leaders.reach[leader] * credit:
            continue
        seen += 1
        k = warm(relations, i, m, memory.post, memory.fade)
        if k >= 0:
            mark(relations, i, k, MEDIA, day)
            trust = relations.trust[i, k]
            relations.trust[i, k] = trust + leaders.trust[leader] * credit * (1.0 - trust)
        if uniform(considers) < leaders.tempt[leader]:
            tempted[count] = i
            count += 1
    return seen, count


def best_leader(day: Day, m: int) -> int:
    """Return whose post is worth most per fee to merchant ``m``, -1 if nobody is free."""
    leaders, offers = day.world.leaders, day.world.offers
    worth = leaders.reach * leaders.credit * np.diff(leaders.start)
    worth *= [fit(offers, taste, m) for taste in leaders.taste]
    worth /= np.maximum(leaders.fee, 1)
    worth[leaders.free_on > day.number] = -1.0
    best = int(np.argmax(worth))
    return best if worth[best] >= 0.0 else -1


def post_by_leaders(day: Day) -> None:
    """Let merchants buy posts, in an order that starts anew every day; bill and count them."""
    world, leaders = day.world, day.world.leaders
    if len(leaders.who) == 0:
        return
    leaders.credit[:] += RECOVERY * (1.0 - leaders.credit)
    leaders.purse[:] = np.where(world.in_business, leaders.purse + world.care.leader_budget, 0)
    asking = np.flatnonzero((world.care.leader_budget > 0) & world.offers.is_open)
    place = [block(world.seed, LEADER, int(world.offers.luck[m]), day.number, 0)[0] for m in asking]
    tempted = np.empty(int(np.diff(leaders.start).max()), np.int32)
    for m in asking[np.argsort(place, kind="stable")]:
        leader = best_leader(day, int(m))
        while leader >= 0 and leaders.fee[leader] <= leaders.purse[m]:
            seen, count = announce(
                world.seed,
                day.number,
                leader,
                int(m),
                int(world.offers.luck[m]),
                leaders,
                world.relations,
                world.laws.memory,
                tempted,
            )
            day.occasions.add(tempted[:count].copy(), np.full(count, m), MEDIA, -1)
            _bill(day, int(m), leader, seen)
            leader = best_leader(day, int(m))


def _bill(day: Day, m: int, leader: int, seen: int) -> None:
    world, leaders = day.world, day.world.leaders
    fee = int(leaders.fee[leader])
    leaders.purse[m] -= fee
    leaders.credit[leader] *= 1.0 - leaders.wear[leader]
    leaders.free_on[leader] = day.number + leaders.rest[leader]
    world.accounts.cash[m] -= fee
    world.accounts.totals[MEDIA_TOTAL] += fee
    day.counts.spend_media[m] += fee
    day.counts.leader_posts[m] += 1
    day.counts.leader_seen[m] += seen
