"""Eight or sixteen at once, against the same asked one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel import Threads, kernel, take_turn
from sim.lanes import (
    LANES,
    NO_LANE,
    WIDE,
    equal_lanes,
    lanes_from,
    lanes_of,
    lanes_with,
    least_lane,
    list_below,
    lowest,
)


@kernel
def equal(row: np.ndarray, first: int, value: int) -> int:
    return equal_lanes(row, first, value)


@kernel
def flagged(row: np.ndarray, first: int, flags: int) -> int:
    return lanes_with(row, first, flags)


@kernel
def reaching(row: np.ndarray, first: int, factor: float, least: float) -> int:
    return lanes_from(row, first, factor, least)


@kernel
def least(row: np.ndarray, first: int, among: int, wanted: int) -> int:
    return least_lane(row, first, among, wanted)


@kernel
def low(bits: int) -> int:
    return lowest(bits)


@kernel
def below(words: np.ndarray, limits: np.ndarray, out: np.ndarray, n: int) -> int:
    for first in range(0, len(words), WIDE):
        n = list_below(words, limits, first, 100 + first, out, n)
    return n


def bits(truths: list[bool]) -> int:
    return sum(int(truth) << lane for lane, truth in enumerate(truths))


ROWS = st.lists(st.integers(-3, 3), min_size=2 * LANES, max_size=2 * LANES)
FIRST = st.integers(0, LANES)


@given(row=ROWS, first=FIRST, value=st.integers(-3, 3))
def test_equals_are_found(row: list[int], first: int, value: int) -> None:
    here = row[first : first + LANES]
    assert equal(np.array(row, np.int16), first, value) == bits([v == value for v in here])


@given(row=st.lists(st.integers(0, 255), min_size=16, max_size=16), first=FIRST, flags=...)
def test_flags_are_found(row: list[int], first: int, flags: int) -> None:
    flags &= 255
    here = row[first : first + LANES]
    assert flagged(np.array(row, np.uint8), first, flags) == bits([v & flags != 0 for v in here])


FLOATS = st.lists(st.sampled_from([0.0, 1e-40, 0.25, 0.3, 1.0, 3e9]), min_size=16, max_size=16)


@given(row=FLOATS, first=FIRST, factor=st.sampled_from([2.0**-32, 0.3, 1.0]), bound=...)
def test_who_reaches_a_bound_is_found(
    row: list[float], first: int, factor: float, bound: float
) -> None:
    values = np.array(row, np.float32)
    exact = values[first : first + LANES].astype(np.float64) * factor >= bound
    assert reaching(values, first, factor, bound) == bits(exact.tolist())


@given(row=FLOATS, first=FIRST, among=st.integers(0, 255), wanted=st.integers(0, 255))
def test_the_least_is_found_and_of_equals_the_last(
    row: list[float], first: int, among: int, wanted: int
) -> None:
    values = np.array(row, np.float32)
    found = least(values, first, among, wanted)
    if wanted:
        assert found < 0
        assert wanted >> (255 - (found & 255) - first) & 1
        return
    lanes = [(values[first + lane], -lane) for lane in range(LANES) if among >> lane & 1]
    if not lanes:
        assert found == NO_LANE
        return
    value, lane = min(lanes)
    assert found >= 0
    assert 255 - (found & 255) == first - lane
    other = least(np.full(16, value * 2 + 1, np.float32), first, 255, 0)
    assert found < other  # numbers of several groups can be compared


@given(value=st.integers(1, 2**62))
def test_the_lowest_bit_is_counted(value: int) -> None:
    assert low(value) == (value & -value).bit_length() - 1


def test_a_row_has_no_places_beyond_its_end() -> None:
    assert [lanes_of(items, 8) for items in (9, 12, 16, 40)] == [1, 15, 255, 255]


@given(
    words=st.lists(st.integers(0, 2**32 - 1), min_size=48, max_size=48),
    limits=st.lists(st.sampled_from([0, 1, 2**31, 2**32 - 1]), min_size=48, max_size=48),
)
def test_who_is_below_a_limit_is_listed_in_order(words: list[int], limits: list[int]) -> None:
    out = np.full(5 + 48 + WIDE, -1, np.int32)
    count = below(np.array(words, np.uint32), np.array(limits, np.uint32), out, 5)
    expected = [100 + k for k in range(48) if words[k] < limits[k]]
    assert out[5:count].tolist() == expected
    assert (out[:5] == -1).all()


@kernel
def tick_off(first: int, last: int, turn: np.ndarray, done: np.ndarray) -> None:
    for _ in range(first, last):
        c = take_turn(turn)
        while c < len(done):
            done[c] += 1
            c = take_turn(turn)


def test_workers_take_every_turn_once() -> None:
    for count in (1, 2, 5):
        threads, done = Threads(count), np.zeros(200_000, np.int64)
        threads.run(tick_off, count, np.zeros(1, np.int64), done)
        threads.close()
        assert (done == 1).all()
