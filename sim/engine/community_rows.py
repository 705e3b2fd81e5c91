"""What a merchant's community comes to on a day: the columns of the table ``communities``."""

from __future__ import annotations

import numpy as np

from sim.steps.community import ADVOCATES, CONTENT, SALE, SERVICE, STAYING, TRUST
from sim.steps.day import Day
from sim.world.heard import as_good_as


def community_columns(day: Day, audience: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return every column but the merchant's name, by merchant [M]; ``audience`` from
    ``sim.world.groups.audiences``."""
    world, c = day.world, day.counts
    return {
        "day": np.full(len(world.firms), day.number),
        "groups": audience["groups"],
        "members": audience["members"],
        "muted": audience["muted"],
        "activity": audience["activity"],
        "effort": c.effort,
        "integration": world.care.integration,
        "attendance": c.attendance,
        "posts": c.posts[:, SALE],
        "content_posts": c.posts[:, CONTENT],
        "service_posts": c.posts[:, SERVICE],
        "joins": c.joins,
        "leaves": c.leaves,
        "talk": c.talk,
        "trust": c.inside[:, TRUST] / np.maximum(c.inside[:, STAYING], 1),
        "advocates": c.inside[:, ADVOCATES].astype(np.int64),
        "fans_heard": as_good_as(world.heard),
        "taste_error": world.heard.error,
        "product_moved": world.heard.moved,
    }
