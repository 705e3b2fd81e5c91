"""The table of pairs against a plain dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.world.pairs import claim, empty_pairs, enter, look, read, roomy


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.integers(0, 10**15)), max_size=300)
)
def test_a_table_is_a_dictionary(writes: list[tuple[int, int, int]]) -> None:
    pairs, plain = empty_pairs(2, 1), {}
    for who, merchant, value in writes:
        pairs = roomy(pairs, 1)
        place = claim(pairs, who, merchant)
        pairs.value[place] = value, who
        plain[who, merchant] = value
    assert pairs.used[0] == len(plain)
    for who in range(41):
        for merchant in range(6):
            place = look(pairs, who, merchant)
            found = pairs.value[place].tolist() if place >= 0 else None
            known = (who, merchant) in plain
            assert found == ([plain[who, merchant], who] if known else None)


def test_growing_drops_what_need_not_be_kept() -> None:
    pairs = empty_pairs(1, 4)
    who = np.arange(4)
    enter(pairs, who, who % 2, 10 * who[:, None])
    pairs = roomy(pairs, 1000, pairs.value[:, 0] >= 20)
    out = np.empty(4, np.int64)
    read(pairs, who, who % 2, 0, -1, out)
    assert out.tolist() == [-1, -1, 20, 30]
    assert pairs.used[0] == 2
