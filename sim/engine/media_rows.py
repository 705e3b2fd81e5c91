"""What media, content and stores come to on a day: the table ``media``, columns of merchants."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.steps.day import Day
from sim.world.relations import CONTENT, MEDIA, STORE


def media_rows(day: Day) -> dict[str, Any]:
    """Return the day's rows by column: one for every medium in which anybody booked."""
    names = np.array(list(day.world.scenario.media), object)
    rows = np.array(day.counts.media_rows, np.int64).reshape(-1, 6)
    medium, audience, contacts, reached, spend, merchants = rows.T
    mille = np.rint(1000 * spend / np.maximum(contacts, 1)).astype(np.int64)
    return {
        "day": np.full(len(rows), day.number),
        "medium": names[medium],
        "audience": audience,
        "contacts": contacts,
        "reached": reached,
        "grp": 100 * contacts / day.world.count,
        "spend": spend,
        "cost_per_mille": mille,
        "merchants": merchants,
    }


def outreach_columns(day: Day) -> dict[str, np.ndarray]:
    """Return columns of the table ``merchants``, by merchant [M]."""
    c = day.counts
    return {
        "orders_media": c.by_touch[:, MEDIA],
        "orders_content": c.by_touch[:, CONTENT],
        "orders_store": c.by_touch[:, STORE],
        "first_media": c.by_first[:, MEDIA],
        "first_content": c.by_first[:, CONTENT],
        "first_store": c.by_first[:, STORE],
        "spend_media": c.spend_media,
        "spend_content": c.spend_content,
        "media_contacts": c.media_contacts,
        "pieces": c.pieces,
        "readers": c.readers,
        "content_shares": c.content_shares,
        "presence": day.world.shelves.presence,
    }


def outreach_totals(day: Day) -> dict[str, int]:
    """Return columns of the table ``market``."""
    return {
        "opt_outs": day.counts.opt_outs,
        "opted_out": day.counts.opted_out,
        "to_stores": int(day.world.shelves.kept[0]),
    }
