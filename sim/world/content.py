"""What merchants publish: pieces with a place in taste space and a day on which they are stale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Plans(NamedTuple):
    """What each merchant means to publish, as it has decided.

    rate float64[M] [pieces a day]; cost int64[M] [money a piece]; life int64[M] [days];
    virality float64[M] [ratio]; style int64[M]: tribe that is written for (-1: the product's
    place); begun float64[M]: part of the next piece that is made.
    """

    rate: np.ndarray
    cost: np.ndarray
    life: np.ndarray
    virality: np.ndarray
    style: np.ndarray
    begun: np.ndarray


class Content(NamedTuple):
    """Structure of arrays over the pieces in circulation, oldest first.

    owner int64[n]; place float32[n, D] [taste units]; stale int64[n]: day on which nobody finds it
    any more; centre float32[T, D]: where tribes are at home in taste space; plans.
    """

    owner: np.ndarray
    place: np.ndarray
    stale: np.ndarray
    centre: np.ndarray
    plans: Plans


def build_content(merchants: int, centre: np.ndarray) -> Content:
    """Return a world in which nobody has published anything."""
    return Content(
        owner=np.zeros(0, np.int64),
        place=np.zeros((0, centre.shape[1]), np.float32),
        stale=np.zeros(0, np.int64),
        centre=centre,
        plans=Plans(
            rate=np.zeros(merchants),
            cost=np.zeros(merchants, np.int64),
            life=np.zeros(merchants, np.int64),
            virality=np.ones(merchants),
            style=np.full(merchants, -1),
            begun=np.zeros(merchants),
        ),
    )


def kept(content: Content, keep: np.ndarray) -> Content:
    """Return only the pieces of which ``keep`` bool[n] is true."""
    return content._replace(
        owner=content.owner[keep], place=content.place[keep], stale=content.stale[keep]
    )


def with_piece(content: Content, owner: int, place: np.ndarray, stale: int) -> Content:
    """Return the pieces and a new one."""
    return content._replace(
        owner=np.append(content.owner, owner),
        place=np.vstack([content.place, place]).astype(np.float32),
        stale=np.append(content.stale, stale),
    )
