"""Pages of audiences: nobody is lost or listed twice, no page is too full, against plain sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.world.groups import CHANNEL, GROUP, Groups, add, build_care, build_groups, drop, grown

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "drop"]),
        st.integers(0, 2),
        st.sampled_from([CHANNEL, GROUP]),
        st.integers(0, 10**6),
    ),
    max_size=120,
)


def listed(groups: Groups) -> dict[tuple[int, int], list[int]]:
    """Everybody by (owner, kind)."""
    found: dict[tuple[int, int], list[int]] = {}
    for page in range(int(groups.used[0])):
        key = int(groups.owner[page]), int(groups.kind[page])
        found.setdefault(key, []).extend(groups.member[page, : groups.size[page]].tolist())
    return found


@given(steps=STEPS, cap=st.integers(2, 9))
def test_pages_are_their_plain_twin(steps: list, cap: int) -> None:
    groups = build_groups(3, cap)
    twin: dict[tuple[int, int], list[int]] = {}
    person = 0
    for what, merchant, kind, choice in steps:
        groups = grown(groups, 1)
        if what == "add":
            add(groups, merchant, kind, person)
            twin.setdefault((merchant, kind), []).append(person)
            person += 1
        else:
            pages = np.flatnonzero(groups.size[: groups.used[0]])
            if len(pages):
                page = pages[choice % len(pages)]
                position = choice % groups.size[page]
                who = int(groups.member[page, position])
                drop(groups, int(page), int(position))
                twin[int(groups.owner[page]), int(groups.kind[page])].remove(who)
        assert groups.size.max() <= cap
    got = listed(groups)
    assert {k: sorted(v) for k, v in got.items() if v} == {k: v for k, v in twin.items() if v}
    used = int(groups.used[0])
    for merchant in range(3):
        mine = groups.owner[:used] == merchant
        # Pages of one owner are numbered 0, 1, 2, ... in the order in which they were opened.
        assert groups.number[:used][mine].tolist() == list(range(mine.sum()))
        assert groups.pages[merchant] == mine.sum()


def test_newcomers_fill_the_last_page_first() -> None:
    groups = build_groups(1, 10)
    for i in range(35):
        add(groups, 0, GROUP, i)
    assert groups.size[:4].tolist() == [10, 10, 10, 5]
    assert (groups.activity[:4] == 0.5).all()


def test_thinned_pages_are_filled_again() -> None:
    """When the last page is full, newcomers go where people have left, not to ever new pages."""
    groups = build_groups(1, 10)
    for i in range(20):
        add(groups, 0, GROUP, i)
    for _ in range(6):
        drop(groups, 0, 0)
    for i in range(20, 26):
        add(groups, 0, GROUP, i)
    assert groups.used[0] == 2
    assert groups.size[:2].tolist() == [10, 10]


def test_owners_and_kinds_are_kept_apart() -> None:
    groups = build_groups(2, 5)
    for i in range(4):
        for owner in range(2):
            for kind in (CHANNEL, GROUP):
                add(groups, owner, kind, 100 * owner + 10 * kind + i)
    assert listed(groups) == {
        (owner, kind): [100 * owner + 10 * kind + i for i in range(4)]
        for owner in range(2)
        for kind in (CHANNEL, GROUP)
    }


@given(room=st.integers(1, 500))
def test_growing_keeps_everything(room: int) -> None:
    groups = build_groups(2, 4)
    for i in range(50):
        add(groups, i % 2, i % 3 % 2, i)
    larger = grown(groups, room)
    assert len(larger.owner) - larger.used[0] >= room
    assert listed(larger) == listed(groups)
    used = int(groups.used[0])
    for name, array in groups._asdict().items():
        same = larger._asdict()[name]
        assert same.dtype == array.dtype
        if name not in ("open_page", "pages", "used"):
            assert np.array_equal(same[:used], array[:used])


def test_at_first_nobody_cares() -> None:
    care = build_care(3)
    assert care.staff.tolist() == [0, 0, 0]
    assert (care.levers.sum(axis=1) == 1).all()
