"""Who comes to need something, who visits which platform, and in which tick: the gates of a day.

Gates are drawn for a whole batch of consumers without a branch; only the few that pass are looked
at. Everything is written by chunk, and ``size`` counts even what found no room, so that the caller
can make room and simply repeat: draws do not depend on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import inlined, kernel, whole
from sim.rng import Stream, block, fill, uniform

VISIT, NEED, SEARCH = int(Stream.VISIT), int(Stream.NEED), int(Stream.SEARCH)
BATCH = 1024
MAX_VISITS = 8
# An entry packs who and which visit of the day: consumer in 28 bits, number of the visit in 3. A
# search has the top bit set, and the category that is searched in place of the number.
WHO = 0x0FFFFFFF
SEARCHING = np.int32(-2147483648)


class Plan(NamedTuple):
    """Who visits a platform in which tick.

    entry int32[C, R]: packed visits (see ``WHO``), sorted by tick within the chunk;
    tick uint8[C, R] and raw int32[C, R]: the same unsorted; start int32[C, ticks + 1].
    """

    entry: np.ndarray
    raw: np.ndarray
    tick: np.ndarray
    start: np.ndarray


class Needs(NamedTuple):
    """Needs of the day by chunk: who int32[C, R], platform searched int8[C, R] (-1), category
    int8[C, R], size [C]."""

    who: np.ndarray
    platform: np.ndarray
    category: np.ndarray
    size: np.ndarray


class Gate(NamedTuple):
    """Scratch for a batch of consumers, by chunk: words uint32[C, B + 4] and the places of those
    who pass int32[C, B]; hour int64[C, B / 64]: in which tick neighbours come."""

    words: np.ndarray
    passing: np.ndarray
    hour: np.ndarray


def new_gate(chunks: int) -> Gate:
    """Return scratch for a batch of each chunk."""
    return Gate(
        words=np.empty((chunks, BATCH + 4), np.uint32),
        passing=np.empty((chunks, BATCH), np.int32),
        hour=np.empty((chunks, BATCH >> 6), np.int64),
    )


def limits(rate: np.ndarray, scale: float) -> np.ndarray:
    """Return uint32[N]: a word below its limit has probability 1 - exp(-rate x scale), so that the
    gate of a day is a comparison of integers."""
    out = np.empty(len(rate), np.uint32)
    for first in range(0, len(rate), 1 << 18):  # slices, to keep memory low
        chance = -np.expm1(-rate[first : first + (1 << 18)].astype(np.float64) * scale)
        out[first : first + (1 << 18)] = np.ceil(np.clip(chance * 2.0**32 - 0.5, 0, 2**32 - 1))
    return out


@kernel
def _pass(c: int, base: int, end: int, limit: np.ndarray, gate: Gate) -> int:
    """List who draws below their limit, without a branch; return how many."""
    words, passing, limits = gate.words[c], gate.passing[c], limit[base:end]
    hits = 0
    for j in range(len(limits)):
        passing[hits] = j
        hits += words[j] < limits[j]
    return hits


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
                fill(seed, NEED, day, g, base, end, gate.words[c])
                for h in range(_pass(c, base, end, limit[g], gate)):
                    i = base + gate.passing[c, h]
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
    for c in range(first, last):
        n = 0
        raw, tick, hour = plan.raw[c], plan.tick[c], gate.hour[c]
        room = len(raw)
        for base in range(edges[c], edges[c + 1], BATCH):
            end = min(base + BATCH, edges[c + 1])
            fill(seed, VISIT, day, p, base, end, gate.words[c])
            for b in range((end - base + 63) >> 6):
                # People who are neighbours in memory come in the same tick, so that a tick reads
                # whole cache lines; ticks matter for budgets only.
                word, _, _, _ = block(seed, VISIT, (base >> 6) + b, day, 0x8000 + p)
                hour[b] = int(uniform(word) * ticks)
            for h in range(_pass(c, base, end, limit, gate)):
                j = gate.passing[c, h]
                raw[min(n, room - 1)] = base + j
                tick[min(n, room - 1)] = hour[j >> 6]
                n += 1
                mean = rate[base + j] * scale
                u = uniform(gate.words[c, j])
                if u < 0.5 * mean * mean:  # P(two or more) is less
                    n = _come_again(plan, c, n, base + j, u, mean, hour[j >> 6], ticks)
        for k in range(min(needs.size[c], needs.who.shape[1])):
            if needs.platform[c, k] == p:
                if n < room:
                    i = needs.who[c, k]
                    _, _, w2, _ = block(seed, SEARCH, i, day, whole(needs.category[c, k]))
                    plan.raw[c, n] = i | SEARCHING | (whole(needs.category[c, k]) << 28)
                    plan.tick[c, n] = int(uniform(w2) * ticks)
                n += 1
        size[c] = n
        if n <= room:
            _sort_by_tick(plan, c, n, ticks)


@inlined
def _come_again(
    plan: Plan,
    c: int,
    n: int,
    i: int,
    u: float,
    mean: float,
    start: int,
    ticks: int,
) -> int:
    """Note the second and further visits of a person; return the new number of visits."""
    room = plan.raw.shape[1]
    visits = 1
    term = np.exp(-mean) * mean
    tail = 1.0 - np.exp(-mean) - term
    while u < tail and visits < MAX_VISITS:
        visits += 1
        term *= mean / visits
        tail -= term
    for k in range(1, visits):
        if n < room:
            plan.raw[c, n] = i | (k << 28)
            plan.tick[c, n] = (start + k * ticks // visits) % ticks
        n += 1
    return n


@kernel
def _sort_by_tick(plan: Plan, c: int, n: int, ticks: int) -> None:
    """Counting sort of a chunk's visits by tick; stable, so searches come last within a tick."""
    raw, tick, entry, start = plan.raw[c], plan.tick[c], plan.entry[c], plan.start[c]
    start[:] = 0
    for k in range(n):
        start[tick[k] + 1] += 1
    for t in range(ticks):
        start[t + 1] += start[t]
    for k in range(n):
        t = tick[k]
        entry[start[t]] = raw[k]
        start[t] += 1
    for t in range(ticks, 0, -1):  # each start has moved to its tick's end
        start[t] = start[t - 1]
    start[0] = 0


def searches(needs: Needs, p: int) -> int:
    """Count the searches on platform ``p``."""
    return int(
        sum(
            np.count_nonzero(needs.platform[c, : needs.size[c]] == p)
            for c in range(len(needs.size))
        )
    )
