"""Who comes to need something, who visits which platform, and in which tick: the gates of a day.

Gates are drawn for a whole batch of consumers without a branch; only the few that pass are looked
at. Everything is written by chunk, and ``size`` counts even what found no room, so that the caller
can make room and simply repeat: draws do not depend on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import inlined, kernel, whole
from sim.lanes import WIDE, list_below
from sim.rng import Stream, block, fill, uniform

VISIT, NEED, SEARCH = int(Stream.VISIT), int(Stream.NEED), int(Stream.SEARCH)
BATCH = 1024
MAX_VISITS = 8
BLOCK = 64  # neighbours who come in the same tick
CLOSE = 1e-9  # more than a limit's rounding
# An entry packs who and which visit of the day: consumer in 28 bits, number of the visit in 3. A
# search has the top bit set, and the category that is searched in place of the number.
WHO = 0x0FFFFFFF
SEARCHING = np.int32(-2147483648)


class Plan(NamedTuple):
    """Who visits a platform in which tick.

    entry int32[C, R]: packed visits (see ``WHO``), by tick; start int32[C, ticks + 1]. Scratch:
    first int32[C, R], who comes at all, in order of people, run int32[C, blocks + 1], where each
    block of neighbours begins among them, and hour uint8[C, blocks], when it comes; more int32[C,
    R] and when uint8[C, R], further visits and searches, and their ticks.
    """

    entry: np.ndarray
    start: np.ndarray
    first: np.ndarray
    run: np.ndarray
    hour: np.ndarray
    more: np.ndarray
    when: np.ndarray


def new_plan(chunks: int, width: int, room: int, ticks: int) -> Plan:
    """Return room for ``room`` visits of each chunk of at most ``width`` people."""
    blocks = (width // BATCH + 1) * (BATCH // BLOCK)
    return Plan(
        entry=np.empty((chunks, room), np.int32),
        start=np.zeros((chunks, ticks + 1), np.int32),
        first=np.empty((chunks, room), np.int32),
        run=np.empty((chunks, blocks + 1), np.int32),
        hour=np.empty((chunks, blocks), np.uint8),
        more=np.empty((chunks, room), np.int32),
        when=np.empty((chunks, room), np.uint8),
    )


class Needs(NamedTuple):
    """Needs of the day by chunk: who int32[C, R], platform searched int8[C, R] (-1), category
    int8[C, R], size [C]."""

    who: np.ndarray
    platform: np.ndarray
    category: np.ndarray
    size: np.ndarray


class Gate(NamedTuple):
    """Scratch for a batch of consumers, by chunk: words uint32[C, B + 4] and the places of those
    who pass int32[C, B + 16]."""

    words: np.ndarray
    passing: np.ndarray


def new_gate(chunks: int) -> Gate:
    """Return scratch for a batch of each chunk."""
    return Gate(
        words=np.empty((chunks, BATCH + 4), np.uint32),
        passing=np.empty((chunks, BATCH + WIDE), np.int32),
    )


def limits(rate: np.ndarray, scale: float) -> np.ndarray:
    """Return uint32[N]: a word below its limit has probability 1 - exp(-rate x scale), so that the
    gate of a day is a comparison of integers."""
    out = np.empty(len(rate), np.uint32)
    for first in range(0, len(rate), 1 << 18):  # slices, to keep memory low
        chance = -np.expm1(-rate[first : first + (1 << 18)].astype(np.float64) * scale)
        out[first : first + (1 << 18)] = np.ceil(np.clip(chance * 2.0**32 - 0.5, 0, 2**32 - 1))
    return out


@inlined
def list_passing(
    words: np.ndarray, limits: np.ndarray, first: int, last: int, out: np.ndarray, n: int
) -> int:
    """List who of places ``first .. last-1`` draws below the limit, without a branch, behind the
    ``n`` in ``out``; return how many there are now. It takes room for 16 more than there are."""
    whole_groups = first + ((last - first) & -WIDE)
    for j in range(first, whole_groups, WIDE):
        n = list_below(words, limits, j, j, out, n)
    for j in range(whole_groups, last):
        out[n] = j
        n += words[j] < limits[j]
    return n


@kernel
def draw_needs(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    limit: np.ndarray,
    visit_rate: np.ndarray,
    visit_scale: np.ndarray,
    search: np.ndarray,
    needs: Needs,
    gate: Gate,
) -> None:
    """Draw who comes to need something today, and where they search.

    ``limit`` uint32[G, N] is P(need) = 1 - exp(-rate) by category; a searcher picks one platform in
    proportion to visits there and uses it with that platform's ``search`` rate. ``size`` counts
    even what found no room.
    """
    platforms = visit_rate.shape[0]
    for c in range(first, last):
        n = 0
        for g in range(len(limit)):
            for base in range(edges[c], edges[c + 1], BATCH):
                end = min(base + BATCH, edges[c + 1])
                words, passing = gate.words[first], gate.passing[first]
                fill(seed, NEED, day, g, base, end, words)
                for h in range(list_passing(words, limit[g, base:end], 0, end - base, passing, 0)):
                    i = base + passing[h]
                    place = -1
                    w0, w1, _, _ = block(seed, SEARCH, i, day, g)
                    total = 0.0
                    for p in range(platforms):
                        total += visit_rate[p, i] * visit_scale[p]
                    if total > 0.0:
                        pick = uniform(w0) * total
                        for p in range(platforms):
                            pick -= visit_rate[p, i] * visit_scale[p]
                            if pick < 0.0 or p == platforms - 1:
                                place = p
                                break
                        if uniform(w1) >= search[place]:
                            place = -1
                    if n < needs.who.shape[1]:
                        needs.who[c, n] = i
                        needs.platform[c, n] = place
                        needs.category[c, n] = g
                    n += 1
        needs.size[c] = n


@kernel
def plan_visits(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    p: int,
    ticks: int,
    scale: float,
    rate: np.ndarray,
    limit: np.ndarray,
    needs: Needs,
    plan: Plan,
    size: np.ndarray,
    gate: Gate,
) -> None:
    """Draw who visits platform ``p`` today and when: Poisson visits, spread over the ticks.

    ``limit`` uint32[N] is that of one visit or more, with mean ``rate x scale``.
    ``size`` int64[C] counts even what found no room, so the caller can make room and repeat.
    """
    words, passing = gate.words[first], gate.passing[first]
    for c in range(first, last):
        room = plan.entry.shape[1]
        n = more = blocks = 0
        for base in range(edges[c], edges[c + 1], BATCH):
            end = min(base + BATCH, edges[c + 1])
            fill(seed, VISIT, day, p, base, end, words)
            limits = limit[base:end]
            come = 0
            for b in range((end - base + BLOCK - 1) // BLOCK):
                # People who are neighbours in memory come in the same tick, so that a tick reads
                # whole cache lines; ticks matter for budgets only.
                word, _, _, _ = block(seed, VISIT, (base >> 6) + b, day, 0x8000 + p)
                plan.run[c, blocks + b] = n + come
                plan.hour[c, blocks + b] = int(uniform(word) * ticks)
                come = list_passing(
                    words, limits, b * BLOCK, min((b + 1) * BLOCK, end - base), passing, come
                )
            if n + come <= room:
                for h in range(come):
                    plan.first[c, n + h] = base + passing[h]
            # P(two or more), to some 2^-32: nearly all others are passed over here.
            again = 0
            for h in range(come):
                j = passing[h]
                passing[again] = j
                one = 2.3283064365386963e-10 * limits[j]
                most = one - rate[base + j] * scale * (1.0 - one)
                again += uniform(words[j]) < most + CLOSE
            for h in range(again):
                j = passing[h]
                mean, u = rate[base + j] * scale, uniform(words[j])
                visits = _visits(u, mean, 2.3283064365386963e-10 * limits[j])
                for k in range(1, visits):
                    if more < room:
                        plan.more[c, more] = (base + j) | (k << 28)
                        start = whole(plan.hour[c, blocks + j // BLOCK])
                        plan.when[c, more] = (start + k * ticks // visits) % ticks
                    more += 1
            n += come
            blocks += (end - base + BLOCK - 1) // BLOCK
        plan.run[c, blocks] = n
        for k in range(min(needs.size[c], needs.who.shape[1])):
            if needs.platform[c, k] == p:
                if more < room:
                    i = needs.who[c, k]
                    _, _, w2, _ = block(seed, SEARCH, i, day, whole(needs.category[c, k]))
                    plan.more[c, more] = i | SEARCHING | (whole(needs.category[c, k]) << 28)
                    plan.when[c, more] = int(uniform(w2) * ticks)
                more += 1
        size[c] = n + more
        if n + more <= room:
            _sort_by_tick(plan, c, blocks, more, ticks)


@inlined
def _visits(u: float, mean: float, one: float) -> int:
    """Return how many visits, of those who come, ``u`` stands for; ``one`` is P(one or more)."""
    least = one - mean * (1.0 - one)
    third = least - 0.5 * mean * mean * (1.0 - one)
    if third + CLOSE <= u < least - CLOSE:
        return 2
    visits = 1
    term = np.exp(-mean) * mean
    tail = 1.0 - np.exp(-mean) - term
    while u < tail and visits < MAX_VISITS:
        visits += 1
        term *= mean / visits
        tail -= term
    return visits


@inlined
def _sort_by_tick(plan: Plan, c: int, blocks: int, more: int, ticks: int) -> None:
    """Counting sort of a chunk's visits by tick; searches come last within a tick."""
    entry, start, first = plan.entry[c], plan.start[c], plan.first[c]
    start[:] = 0
    for b in range(blocks):
        start[plan.hour[c, b] + 1] += plan.run[c, b + 1] - plan.run[c, b]
    for k in range(more):
        start[plan.when[c, k] + 1] += 1
    for t in range(ticks):
        start[t + 1] += start[t]
    for b in range(blocks):
        t = plan.hour[c, b]
        at = whole(start[t])
        begin, end = whole(plan.run[c, b]), whole(plan.run[c, b + 1])
        for k in range(end - begin):
            entry[at + k] = first[begin + k]
        start[t] += end - begin
    for k in range(more):
        t = plan.when[c, k]
        entry[start[t]] = plan.more[c, k]
        start[t] += 1
    for t in range(ticks, 0, -1):  # each start has moved to its tick's end
        start[t] = start[t - 1]
    start[0] = 0
