"""Content as a merchant plans it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_MONEY = 10**15  # most that any amount may be [smallest unit]


@dataclass(frozen=True)
class Pieces:
    """Content to publish: ``rate`` [pieces a day] at ``cost`` [money a piece], found for
    ``shelf_life`` [days]; ``virality``: readiness to share over that of an ordinary piece;
    ``style``: segment whose taste it is written for (None: the product's own place)."""

    rate: float = 0.0
    cost: int = 1
    shelf_life: int = 60
    virality: float = 1.0
    style: int | None = None


NO_PIECES = Pieces()
"""What most merchants plan."""


def problems_of_pieces(pieces: Pieces, segments: int) -> list[str]:
    """Return what is not allowed in them, in words."""
    found: list[str] = []
    if pieces is NO_PIECES:
        return found
    for what, most in (("rate", 1e4), ("virality", 100.0)):
        number = getattr(pieces, what)
        if not is_number(number) or not 0 <= number <= most:
            found.append(f"content.{what} is {number!r}, allowed are numbers from 0 to {most:g}")
    for what, least, most in (("cost", 1, MOST_MONEY), ("shelf_life", 1, 32_000)):
        number = getattr(pieces, what)
        if not is_whole(number) or not least <= number <= most:
            found.append(
                f"content.{what} is {number!r}, allowed are whole numbers from {least} to {most}"
            )
    style = pieces.style
    if style is not None and (not is_whole(style) or not 0 <= style < segments):
        found.append(f"content.style is {style!r}, allowed are segments 0 to {segments - 1}")
    return found


def is_whole(value: Any) -> bool:
    """Tell whether a value is a whole number (true and false are none)."""
    return type(value) is int or (
        isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    )


def is_number(value: Any) -> bool:
    """Tell whether a value is a number."""
    return type(value) is float or isinstance(value, (int, float, np.number))
