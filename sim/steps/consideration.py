"""What is considered: the options of each occasion, and the luck of each option.

A need considers the merchants that are remembered well enough and, where it is searched for, the
unpaid results; a temptation considers the tempting merchant alone. Every occasion has one more
option, "none". Options of many occasions are listed one after another, so that their luck is drawn
in one loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import allocating, inlined, kernel, whole
from sim.lanes import LANES, equal_lanes, lanes_from, lanes_of, lowest
from sim.rng import Stream, block
from sim.world.laws import ChoiceLaw
from sim.world.market import ORGANIC_CELLS, Offers
from sim.world.relations import STORE, Relations, find

CHOICE, IMPULSE, ORGANIC_DRAW = int(Stream.CHOICE), int(Stream.IMPULSE), int(Stream.ORGANIC)
MAX_OPTIONS = 48


class Options(NamedTuple):
    """The options of a piece of occasions, one after another; each occasion's first is "none".

    start int32[n + 1]; by option: merchant int16[R] (-1 none), slot int8[R] (-1 not remembered),
    person int32[R], stream and draw int64[R] (what names its luck), word uint32[R], plain and most
    float64[R] (utility without fit and noise, and the most it can be with them). In reach of
    being chosen, by occasion: merchant and slot int64[50], value and share float64[50].
    """

    start: np.ndarray
    merchant: np.ndarray
    slot: np.ndarray
    person: np.ndarray
    stream: np.ndarray
    draw: np.ndarray
    word: np.ndarray
    plain: np.ndarray
    most: np.ndarray
    rival: np.ndarray
    rival_slot: np.ndarray
    value: np.ndarray
    share: np.ndarray


@allocating
def new_options(occasions: int) -> Options:
    """Return room for the options of ``occasions``."""
    room = occasions * (MAX_OPTIONS + 1)
    return Options(
        np.zeros(occasions + 1, np.int32),
        np.empty(room, np.int16),
        np.empty(room, np.int8),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.uint32),
        np.empty(room, np.float64),
        np.empty(room, np.float64),
        np.empty(MAX_OPTIONS + 2, np.int64),
        np.empty(MAX_OPTIONS + 2, np.int64),
        np.empty(MAX_OPTIONS + 2, np.float64),
        np.empty(MAX_OPTIONS + 2, np.float64),
    )


@inlined
def _add(
    count: int, person: int, merchant: int, slot: int, stream: int, draw: int, options: Options
) -> int:
    """List an option; return the new number of options."""
    options.person[count], options.merchant[count] = person, merchant
    options.slot[count] = slot
    options.stream[count], options.draw[count] = stream, draw
    return count + 1


@inlined
def consider(
    count: int,
    seed: np.uint64,
    day: int,
    i: int,
    tempting: int,
    touch: int,
    platform: int,
    relations: Relations,
    offers: Offers,
    organic: np.ndarray,
    results: np.ndarray,
    law: ChoiceLaw,
    fade: float,
    options: Options,
) -> int:
    """List the options of an occasion behind the first ``count``; return the new number."""
    if tempting >= 0:
        shift = whole(touch) << 28
        count = _add(count, i, -1, -1, IMPULSE, shift, options)
        if offers.is_open[tempting]:
            k = find(relations, i, tempting)
            draw = whole(offers.luck[tempting]) ^ shift
            count = _add(count, i, tempting, k, IMPULSE, draw, options)
        return count
    first = count
    count = _add(count, i, -1, -1, CHOICE, 0, options)
    shelf = -1 - whole(tempting)  # the category that is needed
    known, goodwill = relations.merchant[i], relations.goodwill[i]
    # In a store there is nothing but what stands on the shelf.
    for begin in range(0, len(known) if touch != STORE else 0, LANES):
        bits = lanes_from(goodwill, begin, fade, law.consider) & lanes_of(len(known), begin)
        bits &= ~equal_lanes(known, begin, -1)
        while bits:
            k = begin + lowest(bits)
            bits &= bits - 1
            m = known[k]
            if offers.shelf[m] == shelf:
                count = _add(count, i, m, k, CHOICE, whole(offers.luck[m]), options)
    if platform >= 0:
        count = _add_results(
            first,
            count,
            seed,
            day,
            i,
            platform,
            results[platform],
            shelf,
            organic,
            relations,
            offers,
            options,
        )
    return count


@inlined
def _add_results(
    first: int,
    count: int,
    seed: np.uint64,
    day: int,
    i: int,
    p: int,
    results: int,
    shelf: int,
    organic: np.ndarray,
    relations: Relations,
    offers: Offers,
    options: Options,
) -> int:
    """List the unpaid results that a searcher sees; return the new number of options.

    A result whose merchant is remembered too faintly joins with its slot.
    """
    w0 = w1 = w2 = w3 = np.uint32(0)
    for r in range(results):
        if r & 3 == 0:
            w0, w1, w2, w3 = block(seed, ORGANIC_DRAW, i, day, p * 16 + (r >> 2))
        lane = r & 3
        word = w0 if lane == 0 else w1 if lane == 1 else w2 if lane == 2 else w3
        m = organic[p, shelf, word >> np.uint32(20)]
        if m < 0 or not offers.is_open[m] or count - first > MAX_OPTIONS:
            continue
        known = False
        for o in range(first, count):
            known = known or options.merchant[o] == m
        if not known:
            draw = whole(offers.luck[m])
            count = _add(count, i, m, find(relations, i, m), CHOICE, draw, options)
    return count


@kernel
def draw_luck(seed: np.uint64, day: int, count: int, options: Options) -> None:
    """Draw the luck of all options: a loop without a branch, which LLVM vectorises."""
    for o in range(count):
        word, _, _, _ = block(seed, options.stream[o], options.person[o], day, options.draw[o])
        options.word[o] = word


assert ORGANIC_CELLS == 1 << 12, "an organic result is drawn with the top 12 bits of a word"
