"""Ties that come with their own people: from a file or from networkx, before strengths are known.

These graphs decide how many consumers there are, so they are read before the consumers are made,
once, and handed to ``build_graph`` afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.world.graph.draws import Ints


class Ties(NamedTuple):
    """Who is tied to whom.

    Attributes:
        people: N.
        u, v: int32[ties], both ends of each undirected tie; repeats and self loops allowed.
        tribe: int32[N] if the source says who is of which tribe, else None.
        tribe_names: one per tribe, or None.
    """

    people: int
    u: Ints
    v: Ints
    tribe: Ints | None
    tribe_names: list[str] | None
