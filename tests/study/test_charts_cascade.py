"""The picture of one message: everybody once, below who told them, and no two in one place."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.study.charts_cascade import places, tree


@given(st.lists(st.floats(0, 0.999), max_size=60))
def test_people_stand_below_who_told_them(draws: list[float]) -> None:
    parent = np.array([-1, *(int(u * (n + 1)) for n, u in enumerate(draws))], np.int64)
    across, generation = places(parent)
    assert generation[0] == 0
    assert (generation[1:] == generation[parent[1:]] + 1).all()
    told = np.bincount(parent[1:], minlength=len(parent))
    leaves = across[told == 0]
    assert sorted(leaves.tolist()) == list(range(len(leaves)))
    for n in np.flatnonzero(told):
        below = across[np.flatnonzero(parent == n)]
        assert below.min() <= across[n] <= below.max()
    spots = list(zip(across.tolist(), generation.tolist(), strict=True))
    assert len(set(spots)) == len(spots)


def test_a_tree_is_put_together_from_its_rows() -> None:
    cascades = {
        name: np.array([value]) for name, value in (("day", 3), ("cascade", 1), ("sender", 9))
    }
    rows = [(3, 1, 2, 7, 5), (3, 1, 1, 9, 7), (3, 0, 1, 9, 4), (2, 1, 1, 9, 8), (3, 1, 3, 9, 6)]
    names = ("day", "cascade", "place", "sender", "receiver")
    tellings = dict(zip(names, np.array(rows).T, strict=True))
    people, parent = tree(tellings, cascades, 0)
    assert people.tolist() == [9, 7, 5, 6]
    assert parent.tolist() == [-1, 0, 1, 0]
