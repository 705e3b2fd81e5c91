"""Owned channels from before communities: what messages and codes on parcels cost and need."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.merchants.strategy import Observation
from sim.scenario.community import LegacyChannels


class OldChannels(NamedTuple):
    """Expected ``cost`` [money a day], and the part of a ``Decision`` that runs the channels."""

    cost: int
    decision: dict[str, Any]


def old_channels(legacy: LegacyChannels, seen: Observation, purse: int) -> OldChannels:
    """Return what to decide; a ``purse`` too small for all messages cuts them.

    The code on a parcel is a weak effort to convert: so it is decided, and paid, as one.
    """
    cards = legacy.card_cost * seen.orders / max(1, seen.period) if legacy.scans > 0 else 0.0
    letters = legacy.messages * seen.active_customers * legacy.message_cost
    part = min(1.0, max(0.0, purse - cards) / letters) if letters > 0 else 1.0
    if legacy.messages == 0 and legacy.scans == 0:
        return OldChannels(0, {})
    return OldChannels(
        min(purse, round(cards + letters * part)),
        {
            "messages": legacy.messages * part,
            "message_cost": legacy.message_cost,
            "sales_posts": legacy.messages,
            "conversion": legacy.scans,
            "conversion_cost": round(legacy.card_cost / legacy.scans) if legacy.scans > 0 else 0,
        },
    )
