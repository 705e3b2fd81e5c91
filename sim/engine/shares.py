"""How a day's total is shared: concentration, the long tail, parts of a whole, quantiles."""

from __future__ import annotations

import math

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


def concentration(orders: np.ndarray, active: np.ndarray) -> tuple[float, float]:
    """Return the Herfindahl index of all merchants' orders and Gini among the ``active``.

    HHI = sum of squared shares; Gini = 1 - 2 x area under the Lorenz curve. 0 without orders.
    """
    total = float(orders.sum())
    if total <= 0:
        return 0.0, 0.0
    # fsum rounds once, so merchants without orders do not move the last bit.
    hhi = math.fsum(((orders / total) ** 2).tolist())
    sold = np.sort(orders[active].astype(np.float64))
    if sold.sum() <= 0:
        return hhi, 0.0
    rank = np.arange(1, len(sold) + 1)
    gini = float((2 * rank - len(sold) - 1) @ sold / (len(sold) * sold.sum()))
    return hhi, gini


def price_quantiles(prices: list[np.ndarray], shares: tuple[float, ...]) -> list[int]:
    """Return quantiles over billed clicks of rows (price, clicks), 0 without clicks."""
    rows = np.concatenate(prices) if prices else np.zeros((0, 2), np.int64)
    if not len(rows):
        return [0] * len(shares)
    price = rows[:, 0]
    if price.max() < 1 << 16:  # to count prices is quicker than to sort them
        number = np.bincount(price, rows[:, 1])
        rows = np.stack([np.arange(len(number)), number.astype(np.int64)], axis=1)
    else:
        rows = rows[np.argsort(price, kind="stable")]
    upto = np.cumsum(rows[:, 1])
    places = [np.searchsorted(upto, share * upto[-1]) for share in shares]
    return [int(rows[min(place, len(rows) - 1), 0]) for place in places]
