"""Pacing: budgets that last the day.

``throttle`` (Karande, Mehta & Srikant 2013): a bidder takes part in a share of the auctions, at
its full bid. ``multiplicative`` (Balseiro & Gur 2019, adaptive pacing): it takes part in all, at
its bid times a multiplier that falls after a tick that cost more than an even day allows and rises
after one that cost less. Steps are taken on log scale, so that units do not matter (a dual mirror
descent: Balseiro, Lu & Mirrokni 2023):

    multiplier <- min(1, multiplier x exp(STEP x clip(1 - spent / even, -1, 1)))

Either way budgets are hard caps.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel

LEARN = 0.1  # weight of the last tick in what a platform thinks a bidder would spend (assumption)
LEAST = 0.002  # least share of auctions, so that a platform never stops learning (assumption)
STEP = 0.1  # most that a bid moves after a tick, on log scale (assumption)
LEAST_BID = 0.001  # least multiplier (assumption)


@kernel
def pace(
    throttle: np.ndarray,
    rate: np.ndarray,
    budget: np.ndarray,
    left: np.ndarray,
    took_part: np.ndarray,
    worth: np.ndarray,
    parts: int,
    ticks: int,
) -> None:
    """Set the share of auctions each bidder takes part in, after a tick.

    A platform learns what full participation would spend in a tick (``rate`` float64[M]) and
    throttles to ``money wanted / rate``. ``left`` int64[M]: budget left; ``took_part`` bool[M]: who
    could pay a click; ``worth`` int64[M]: of all clicks of the tick, also those beyond a budget;
    ``parts``: ticks to come (0: plan for the first tick of tomorrow).
    """
    for m in range(len(throttle)):
        if budget[m] <= 0:
            continue
        if took_part[m]:
            full = worth[m] / throttle[m]
            rate[m] = full if rate[m] < 0.0 else (1.0 - LEARN) * rate[m] + LEARN * full
        wanted = left[m] / parts if parts > 0 else budget[m] / ticks
        share = wanted / rate[m] if rate[m] > 0.0 else 2.0 * throttle[m]
        throttle[m] = min(1.0, max(LEAST, share))


@kernel
def pace_bids(
    multiplier: np.ndarray,
    budget: np.ndarray,
    took_part: np.ndarray,
    worth: np.ndarray,
    ticks: int,
) -> None:
    """Move the multipliers float64[M] of bids after a tick; the others as in ``pace``.

    Who could not pay a click learns nothing from having paid none.
    """
    for m in range(len(multiplier)):
        if budget[m] <= 0 or not took_part[m]:
            continue
        gap = 1.0 - worth[m] * ticks / budget[m]
        moved = multiplier[m] * np.exp(STEP * min(1.0, max(-1.0, gap)))
        multiplier[m] = min(1.0, max(LEAST_BID, moved))
