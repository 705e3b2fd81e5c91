"""Memory of merchants: exact half-lives, and eviction against a plain twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.relations import (
    BOUGHT,
    DEEP,
    FOLLOWS,
    KEPT,
    MEMBER,
    NO_TOUCH,
    PAID,
    Clock,
    Relations,
    empty_relations,
    find,
    forget_merchant,
    goodwill_now,
    large_pages,
    mark,
    warm,
)


@pytest.mark.parametrize("size", [1, 64, 1 << 21, (1 << 22) + 64])
def test_large_pages_are_zeros_that_begin_with_a_line(size: int) -> None:
    rows = large_pages(size)
    assert rows.shape == (size,)
    assert not rows.any()
    assert rows.ctypes.data % 64 == 0
    rows[:] = 1  # all of it may be written to


@given(
    half_life=st.floats(0.05, 400),
    days=st.lists(st.integers(0, 90), min_size=1, max_size=40),
    later=st.floats(0.05, 400),
)
def test_a_clock_fades_by_half_lives(half_life: float, days: list[int], later: float) -> None:
    """What is stored times ``fade`` halves every half-life, whenever one looks and however often
    the reference day moves; a new half-life counts from the day it comes."""
    clock, stored, day = Clock(half_life), 1.0, 0
    for step in days:
        day += step
        stored *= clock.turn(day, half_life)
        assert 2.0**-33 <= clock.fade <= 1.0 or step > 32 * half_life
        assert stored * clock.fade == pytest.approx(0.5 ** (day / half_life), rel=1e-9, abs=1e-300)
    stored *= clock.turn(day, later)
    stored *= clock.turn(day + 30, later)
    now = 0.5 ** (day / half_life + 30 / later)
    assert stored * clock.fade == pytest.approx(now, rel=1e-9, abs=1e-300)


@given(gain=st.floats(0.01, 1.0), half_life=st.floats(1, 100), days=st.integers(0, 200))
def test_lazy_decay_is_daily_decay(gain: float, half_life: float, days: int) -> None:
    clock, relations = Clock(half_life), empty_relations(1, 2)
    clock.turn(3, half_life)
    warm(relations, 0, 5, gain, clock.fade)
    daily = gain
    for _ in range(days):
        daily *= 0.5 ** (1 / half_life)
    relations.goodwill[:] *= np.float32(clock.turn(3 + days, half_life))
    k = find(relations, 0, 5)
    now = goodwill_now(relations, 0, k, clock.fade)
    assert now == pytest.approx(daily, rel=1e-6, abs=1e-12)
    # A touch of strength 0 changes nothing.
    warm(relations, 0, 5, 0.0, clock.fade)
    assert goodwill_now(relations, 0, k, clock.fade) == now


@given(first=st.floats(0, 1), second=st.floats(0, 1), fade=st.floats(2.0**-32, 1))
def test_goodwill_gains_part_of_what_is_missing(first: float, second: float, fade: float) -> None:
    relations = empty_relations(1, 2)
    warm(relations, 0, 5, first, fade)
    k = warm(relations, 0, 5, second, fade)
    expected = first + second * (1 - first)
    assert goodwill_now(relations, 0, k, fade) == pytest.approx(expected, abs=1e-6)
    assert 0 <= goodwill_now(relations, 0, k, fade) <= 1 + 1e-6


class Twin:
    """One person's memory as a list of dictionaries."""

    def __init__(self, slots: int, half_life: float) -> None:
        self.slots: list[dict[str, Any] | None] = [None] * slots
        self.half_life = half_life

    def now(self, slot: dict[str, Any], day: int) -> float:
        return float(slot["goodwill"] * 0.5 ** ((day - slot["day"]) / self.half_life))

    def warm(self, merchant: int, day: int, gain: float) -> bool:
        for slot in self.slots:
            if slot and slot["merchant"] == merchant:
                have = self.now(slot, day)
                slot.update(goodwill=have + gain * (1 - have), day=day)
                return True
        fresh = {"merchant": merchant, "goodwill": gain, "day": day, "flags": 0, "touch": None}
        if None in self.slots:
            self.slots[self.slots.index(None)] = fresh
            return True
        weakest = min(
            (s for s in self.slots if s and not s["flags"] & KEPT),
            key=lambda s: self.now(s, day),
            default=None,
        )
        if weakest is None or self.now(weakest, day) > gain:
            return False
        self.slots[self.slots.index(weakest)] = fresh
        return True

    def row(self, day: int) -> dict[int, tuple[float, int]]:
        return {s["merchant"]: (self.now(s, day), s["flags"]) for s in self.slots if s}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["warm", "warm", "warm", "follow", "join", "buy", "close"]),
        st.integers(0, 15),  # merchant
        st.integers(0, 30),  # days later
        st.integers(1, 10**6),  # gain
    ),
    max_size=90,
)


def told_apart(step: int, gain: int) -> float:
    """A gain that no other step has, so that no two slots are ever equally weak."""
    return (gain + step / 100) / (10**6 + 1)


@given(steps=STEPS, slots=st.sampled_from([2, 3, 5, 8, 9, 12]), half_life=st.floats(1, 60))
def test_memory_is_its_plain_twin(
    steps: list[tuple[str, int, int, int]], slots: int, half_life: float
) -> None:
    clock, twin, day = Clock(half_life), Twin(slots, half_life), 0
    relations = empty_relations(3, slots)
    for number, (what, merchant, later, gain) in enumerate(steps):
        k = find(relations, 1, merchant)
        slot = next((s for s in twin.slots if s and s["merchant"] == merchant), None)
        assert (k >= 0) == (slot is not None)
        if what == "warm":
            day += later
            relations.goodwill[:] *= np.float32(clock.turn(day, half_life))
            strength = told_apart(number, gain)
            known = warm(relations, 1, merchant, strength, clock.fade)
            assert twin.warm(merchant, day, strength) == (known >= 0)
            if known >= 0:
                assert relations.merchant[1, known] == merchant
        elif what == "close":
            forget_merchant(relations, merchant)
            if slot:
                twin.slots[twin.slots.index(slot)] = None
        elif slot:
            flag = {"follow": FOLLOWS, "join": MEMBER, "buy": BOUGHT}[what]
            relations.flags[1, k] |= flag
            slot["flags"] |= flag
        row = {
            int(m): (goodwill_now(relations, 1, n, clock.fade), int(relations.flags[1, n]))
            for n, m in enumerate(relations.merchant[1])
            if m >= 0
        }
        assert sum(relations.merchant[1] >= 0) == len(row)  # nobody twice
        expected = twin.row(day)
        assert row.keys() == expected.keys()
        for m, (goodwill, flags) in expected.items():
            assert row[m] == (pytest.approx(goodwill, rel=1e-3, abs=1e-7), flags)
    # The neighbours' rows were never touched.
    assert (relations.merchant[[0, 2]] == -1).all()


def test_followers_and_members_are_never_forgotten() -> None:
    relations, clock = empty_relations(1, 3), Clock(5)
    for m, flag in enumerate((FOLLOWS, MEMBER, BOUGHT)):
        warm(relations, 0, m, 0.01, clock.fade)
        relations.flags[0, find(relations, 0, m)] |= flag
    relations.goodwill[:] *= np.float32(clock.turn(300, 5))
    for m in range(10, 30):
        warm(relations, 0, m, 0.9, clock.fade)
    known = set(relations.merchant[0].tolist())
    assert {0, 1} < known  # years of silence do not matter
    assert 2 not in known  # a mere buyer is forgotten


def test_a_newcomer_starts_afresh_in_a_taken_slot() -> None:
    relations = empty_relations(1, 2)
    for m in (1, 2):
        k = warm(relations, 0, m, 0.5, 1.0)
        relations.trust[0, k] = 0.9
        relations.flags[0, k] = BOUGHT
        relations.bought[0, k] = 0
        mark(relations, 0, k, PAID, 0)
        assert relations.flags[0, k] == BOUGHT | DEEP
    k = warm(relations, 0, 3, 0.2, 2.0**-10)
    assert k >= 0
    assert relations.trust[0, k] == 0
    assert relations.flags[0, k] == 0
    assert relations.bought[0, k] == -1
    assert relations.touched[0, k] == -1
    assert relations.touch[0, k] == NO_TOUCH << 4 | NO_TOUCH


@given(touches=st.lists(st.tuples(st.integers(0, NO_TOUCH - 1), st.integers(0, 5)), min_size=1))
def test_first_touch_stays_and_last_touch_follows(touches: list[tuple[int, int]]) -> None:
    relations = empty_relations(1, 2)
    k = warm(relations, 0, 4, 0.5, 1.0)
    day = 0
    for touch, later in touches:
        day += later
        mark(relations, 0, k, touch, day)
        assert relations.touch[0, k] >> 4 == touches[0][0]
        assert relations.touch[0, k] & 15 == touch
        assert relations.touched[0, k] == day


def test_a_slot_takes_sixteen_bytes() -> None:
    relations = empty_relations(10, 8)
    assert sum(array.nbytes for array in relations) == 10 * 8 * 16
    assert isinstance(relations, Relations)
