"""How a day's total is shared: the long tail, and parts of a whole."""

from __future__ import annotations

import numpy as np


def tail_share(orders: np.ndarray, active: np.ndarray) -> float:
    """Return the share of the ``active`` merchants' orders that the smaller half of them has; of an
    odd number the one in the middle counts half. 0 without orders."""
    sold = np.sort(orders[active].astype(np.float64))
    if sold.sum() <= 0.0:
        return 0.0
    half = len(sold) // 2
    middle = sold[half] / 2 if len(sold) % 2 else 0.0
    return float((sold[:half].sum() + middle) / sold.sum())


def shares(parts: np.ndarray) -> np.ndarray:
    """Return each part over the sum; 0 where there is nothing."""
    return parts / max(1, int(parts.sum()))
