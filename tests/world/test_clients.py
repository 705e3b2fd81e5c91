"""Yearly buyers, against a plain dictionary of last orders."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.world.clients import build_clients, count_order, count_passed, with_room


@given(
    orders=st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 40), st.integers(0, 3)), max_size=120
    )
)
@settings(max_examples=60)
def test_yearly_buyers_are_those_of_a_plain_dictionary(orders: list[tuple[int, int, int]]) -> None:
    """Orders some days apart, by few people, so that they come back before and after a year."""
    clients, last, today = build_clients(4, 120 * 200 + 1), {}, 0
    for later, who, m in orders:
        for day in range(today + 1, today + later + 1):
            count_passed(clients, day)
        today += later
        clients = with_room(clients, 1, today)
        count_order(clients, who, m, today, 0)
        last[who, m] = today
        active = [sum(today - d < 365 for (_, of), d in last.items() if of == n) for n in range(4)]
        assert clients.active.tolist() == active
        assert clients.last.sum(axis=1).tolist() == active


def test_the_table_grows_and_drops_what_no_longer_counts() -> None:
    clients = build_clients(2, 2000)
    luck = np.random.default_rng(1)
    sizes = []
    seen: dict[tuple[int, int], int] = {}
    for day in range(0, 2000, 10):
        for passed in range(day - 9, day + 1):
            count_passed(clients, passed)
        clients = with_room(clients, 300, day)
        assert int(clients.used[0]) + 300 <= len(clients.who) * 2 / 3
        for who in luck.integers(0, 10**6, 300):
            count_order(clients, int(who), int(who) % 2, day, 0)
            seen[int(who), int(who) % 2] = day
        sizes.append(len(clients.who))
    expected = [sum(m == n and day - d < 365 for (_, m), d in seen.items()) for n in (0, 1)]
    assert clients.active.tolist() == expected
    assert max(sizes) <= 1 << 16  # 11,000 pairs count at any time, 60,000 there have been
    assert sizes[0] < sizes[-1]
