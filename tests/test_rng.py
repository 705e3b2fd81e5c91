"""Philox4x32-10 against its published vectors and a plain twin; independence of draws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.rng import Stream, block, fill, generator, uniform

WORD = st.integers(0, 2**32 - 1)

# Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
KNOWN = [
    ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),  # the digits of pi
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def philox(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Salmon et al. 2011, section 4.3, in Python's own integers."""
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c[2], 2**32)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return tuple(c)


def drawn(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """The project's block, with its arguments put where counter and key are."""
    entity, day, draw, high = counter
    low, stream = key
    words = block(np.uint64(high << 32 | low), stream, entity, day, draw)
    return tuple(int(w) for w in words)


def words(seed: int, stream: int, day: int, draw: int, first: int, last: int) -> np.ndarray:
    out = np.zeros(last - first + 4, np.uint32)
    fill(np.uint64(seed), stream, day, draw, first, last, out)
    return out[: last - first]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_known_answers(
    counter: tuple[int, ...], key: tuple[int, ...], result: tuple[int, ...]
) -> None:
    assert philox(counter, key) == result
    assert drawn(counter, key) == result


@given(counter=st.tuples(WORD, WORD, WORD, WORD), key=st.tuples(WORD, WORD))
def test_block_is_philox(counter: tuple[int, ...], key: tuple[int, ...]) -> None:
    assert drawn(counter, key) == philox(counter, key)


@given(
    seed=st.integers(0, 2**63 - 1),
    stream=st.integers(0, 100),
    day=st.integers(0, 32_000),
    draw=st.integers(0, 2**31),
    group=st.integers(0, 50_000_000),
    count=st.integers(1, 70),
)
def test_fill_is_block_word_by_word(
    seed: int, stream: int, day: int, draw: int, group: int, count: int
) -> None:
    first = 4 * group
    expected = [
        block(np.uint64(seed), stream, i >> 2, day, draw)[i & 3]
        for i in range(first, first + count)
    ]
    assert words(seed, stream, day, draw, first, first + count).tolist() == expected


@given(cuts=st.lists(st.integers(0, 250), max_size=6))
def test_fill_does_not_depend_on_chunks(cuts: list[int]) -> None:
    edges = sorted({0, 1000, *(4 * c for c in cuts)})
    parts = [words(7, 3, 5, 0, a, b) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts), words(7, 3, 5, 0, 0, 1000))


def test_draws_do_not_depend_on_order() -> None:
    places = [(i, d, n) for i in range(5) for d in range(5) for n in range(5)]
    ahead = {p: block(np.uint64(9), 4, *p) for p in places}
    back = {p: block(np.uint64(9), 4, *p) for p in reversed(places)}
    assert ahead == back
    assert len(set(ahead.values())) == len(places)


def test_uniform_stays_inside() -> None:
    low, high = uniform(np.uint32(0)), uniform(np.uint32(2**32 - 1))
    assert 0 < low == 2.0**-33
    assert low + high == 1.0
    assert uniform(np.uint32(2**31)) == 0.5 + 2.0**-33


@pytest.mark.parametrize("stream", [Stream.VISIT, Stream.NEED, Stream.CHOICE])
def test_uniform_is_uniform(stream: Stream) -> None:
    u = words(1, stream, 3, 0, 0, 200_000) * 2.0**-32
    assert stats.kstest(u, "uniform").pvalue > 6e-5  # 4 standard errors
    cells = np.bincount((u * 1000).astype(int), minlength=1000)
    assert stats.chisquare(cells).pvalue > 6e-5


@pytest.mark.parametrize(
    "other",
    [
        {"stream": 12},
        {"day": 4},
        {"draw": 1},
        {"seed": 2},
        {"seed": 1 + 2**32},
        {"first": 4},
        {"first": 400_000},
    ],
)
def test_neighbouring_draws_are_unrelated(other: dict[str, int]) -> None:
    def numbers(
        seed: int = 1, stream: int = 11, day: int = 3, draw: int = 0, first: int = 0
    ) -> np.ndarray:
        return words(seed, stream, day, draw, first, first + 100_000).astype(float)

    r = np.corrcoef(numbers(), numbers(**other))[0, 1]
    assert abs(r) < 4 / np.sqrt(100_000)


def test_words_of_a_block_are_unrelated() -> None:
    u = words(5, 10, 0, 0, 0, 400_000).reshape(-1, 4).astype(float)
    r = np.corrcoef(u.T)[np.triu_indices(4, 1)]
    assert np.abs(r).max() < 4 / np.sqrt(100_000)


@settings(max_examples=20)
@given(bit=st.integers(0, 31), where=st.sampled_from(range(6)))
def test_one_bit_changes_half_of_the_bits(bit: int, where: int) -> None:
    start = [12345, 17, 3, 0, 99, 10]
    moved = start.copy()
    moved[where] ^= 1 << bit
    changed = 0
    for i in range(64):
        a = philox((start[0] + 1000 * i, *start[1:4]), tuple(start[4:]))
        b = drawn((moved[0] + 1000 * i, *moved[1:4]), tuple(moved[4:]))
        changed += sum((x ^ y).bit_count() for x, y in zip(a, b, strict=True))
    bits = 64 * 128
    assert abs(changed / bits - 0.5) < 4 * 0.5 / np.sqrt(bits)


def test_stream_numbers_are_unique() -> None:
    numbers = [member.value for member in Stream.__members__.values()]
    assert len(set(numbers)) == len(numbers)
    assert list(Stream.__members__) == [s.name for s in Stream]  # no alias


def test_generators_differ_by_seed_stream_and_entity() -> None:
    seen = {
        tuple(generator(seed, stream, entity).integers(0, 2**63, 3))
        for seed in (0, 1, 2**40)
        for stream in Stream
        for entity in (0, 1, 2**32 - 1)
    }
    assert len(seen) == 3 * len(Stream) * 3
    again = [generator(3, Stream.GRAPH, 2).random(5) for _ in range(2)]
    assert np.array_equal(*again)
