"""Audiences that merchants own: channels of followers and groups of members, in pages.

A page is a row of ``member``: a *channel* page lists followers who are in no group, a *group* page
is one group. Both hold at most ``cap`` people. Whoever joins goes to the owner's last open page.
Where the cap is lowered, larger groups stay as they are and take nobody new.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import kernel

CHANNEL, GROUP = 0, 1
NO_LIMIT = 1 << 60  # [money]
UNFOLLOW = -0.3  # trust below which a follower leaves (assumption)


class Groups(NamedTuple):
    """Structure of arrays over ``G`` pages (``used[0]`` of them in use).

    owner int16[G]; number int32[G]: first, second, ... page of its owner; kind int8[G];
    size int32[G]; muted int32[G]; activity float32[G] in [0, 1];
    member int32[G, cap]; open_page int32[M, 2]: the page of each kind that takes newcomers (-1);
    pages int32[M]: pages ever opened; moved int64[M]: people who joined a group today and stand on
    a channel page until tomorrow as well; used int64[1]; cap int64[1]: people who may be on a page.
    """

    owner: np.ndarray
    number: np.ndarray
    kind: np.ndarray
    size: np.ndarray
    muted: np.ndarray
    activity: np.ndarray
    member: np.ndarray
    open_page: np.ndarray
    pages: np.ndarray
    moved: np.ndarray
    used: np.ndarray
    cap: np.ndarray


class Care(NamedTuple):
    """How each merchant runs its audience, as it has decided.

    staff float64[M] [people]; levers float64[M, 4]: shares of hours for participation, sharing,
    interaction, honour; sales_posts, content_posts, service_posts float64[M] [posts a group and
    day]; integration float64[M] in [0, 1]; conversion float64[M] in [0, 1]; wage,
    integration_spend, conversion_cost int64[M]; listen_hours float64[M] [hours a day], reposition
    float64[M] [share a day]; leader_budget int64[M] [money a day]; messages float64[M] [a customer
    and day], message_cost int64[M]; stage int8[M]: rung of the ladder, 0 for who does not climb;
    daily_limit int64[M]: money a day for ads, staff, integration and gifts together.
    """

    staff: np.ndarray
    levers: np.ndarray
    sales_posts: np.ndarray
    content_posts: np.ndarray
    service_posts: np.ndarray
    integration: np.ndarray
    conversion: np.ndarray
    wage: np.ndarray
    integration_spend: np.ndarray
    conversion_cost: np.ndarray
    listen_hours: np.ndarray
    reposition: np.ndarray
    leader_budget: np.ndarray
    messages: np.ndarray
    message_cost: np.ndarray
    stage: np.ndarray
    daily_limit: np.ndarray


def build_care(merchants: int) -> Care:
    """Return merchants who do nothing for their audience."""
    return Care(
        staff=np.zeros(merchants),
        levers=np.full((merchants, 4), 0.25),
        sales_posts=np.zeros(merchants),
        content_posts=np.zeros(merchants),
        service_posts=np.zeros(merchants),
        integration=np.zeros(merchants),
        conversion=np.zeros(merchants),
        wage=np.zeros(merchants, np.int64),
        integration_spend=np.zeros(merchants, np.int64),
        conversion_cost=np.zeros(merchants, np.int64),
        listen_hours=np.zeros(merchants),
        reposition=np.zeros(merchants),
        leader_budget=np.zeros(merchants, np.int64),
        messages=np.zeros(merchants),
        message_cost=np.zeros(merchants, np.int64),
        stage=np.zeros(merchants, np.int8),
        daily_limit=np.full(merchants, NO_LIMIT),
    )


def build_groups(merchants: int, cap: int) -> Groups:
    """Return a world without followers."""
    return grown(
        Groups(
            owner=np.zeros(0, np.int16),
            number=np.zeros(0, np.int32),
            kind=np.zeros(0, np.int8),
            size=np.zeros(0, np.int32),
            muted=np.zeros(0, np.int32),
            activity=np.zeros(0, np.float32),
            member=np.zeros((0, cap), np.int32),
            open_page=np.full((merchants, 2), -1, np.int32),
            pages=np.zeros(merchants, np.int32),
            moved=np.zeros(merchants, np.int64),
            used=np.zeros(1, np.int64),
            cap=np.full(1, cap, np.int64),
        ),
        64,
    )


def grown(groups: Groups, room: int) -> Groups:
    """Return the same groups with room for at least ``room`` further pages."""
    used = int(groups.used[0])
    if len(groups.owner) - used >= room:
        return groups
    size = max(used + room, len(groups.owner) * 3 // 2)

    def longer(array: np.ndarray) -> np.ndarray:
        new = np.zeros((size, *array.shape[1:]), array.dtype)
        new[:used] = array[:used]
        return new

    return groups._replace(
        owner=longer(groups.owner),
        number=longer(groups.number),
        kind=longer(groups.kind),
        size=longer(groups.size),
        muted=longer(groups.muted),
        activity=longer(groups.activity),
        member=longer(groups.member),
    )


def capped(groups: Groups, cap: int) -> Groups:
    """Return the same groups under another cap, with wider pages where it is higher."""
    groups.cap[0] = cap
    if cap <= groups.member.shape[1]:
        return groups
    wider = np.zeros((len(groups.owner), cap), np.int32)
    wider[:, : groups.member.shape[1]] = groups.member
    return groups._replace(member=wider)


def followers(groups: Groups) -> np.ndarray:
    """Return int64[M]: people who follow each merchant, members included, everybody once."""
    used = int(groups.used[0])
    on_pages = np.bincount(groups.owner[:used], groups.size[:used], len(groups.moved))
    return np.asarray(on_pages.astype(np.int64) - groups.moved)


def audiences(groups: Groups) -> dict[str, np.ndarray]:
    """Return by merchant: followers, members, muted, groups int64[M], mean activity of members
    float64[M]."""
    used, merchants = int(groups.used[0]), len(groups.moved)
    owner = groups.owner[:used]
    size = groups.size[:used].astype(np.float64)
    is_group = groups.kind[:used] == GROUP

    def by_owner(weight: np.ndarray) -> np.ndarray:
        return np.bincount(owner, weight, merchants)

    members = by_owner(size * is_group)
    active = by_owner(size * is_group * groups.activity[:used])
    return {
        "followers": followers(groups),
        "members": members.astype(np.int64),
        "muted": by_owner(groups.muted[:used] * is_group).astype(np.int64),
        "groups": by_owner((size > 0) & is_group).astype(np.int64),
        "activity": np.divide(active, members, out=np.zeros(merchants), where=members > 0),
    }


@kernel
def add(groups: Groups, merchant: int, kind: int, consumer: int) -> None:
    """Put ``consumer`` on the merchant's open page of ``kind``, opening a page where needed.

    The caller keeps at least one unused page (``grown``).
    """
    page = groups.open_page[merchant, kind]
    if page < 0 or groups.size[page] >= groups.cap[0]:
        page = _roomy(groups, merchant, kind)
        if page < 0:
            page = groups.used[0]
            groups.used[0] += 1
            groups.owner[page] = merchant
            groups.number[page] = groups.pages[merchant]
            groups.pages[merchant] += 1
            groups.kind[page] = kind
            groups.size[page] = 0
            groups.muted[page] = 0
            groups.activity[page] = 0.5 if kind == GROUP else 0.0
        groups.open_page[merchant, kind] = page
    groups.member[page, groups.size[page]] = consumer
    groups.size[page] += 1


@kernel
def _roomy(groups: Groups, merchant: int, kind: int) -> int:
    """Return a page of the merchant that people have left, or -1; seldom called."""
    limit = groups.cap[0] * 3 // 4
    for page in range(groups.used[0]):
        if (
            groups.owner[page] == merchant
            and groups.kind[page] == kind
            and groups.size[page] < limit
        ):
            return page
    return -1


@kernel
def drop(groups: Groups, page: int, position: int) -> None:
    """Take out the member at ``position``; the last of the page takes the place."""
    groups.size[page] -= 1
    groups.member[page, position] = groups.member[page, groups.size[page]]
