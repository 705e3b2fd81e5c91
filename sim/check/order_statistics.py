"""What auctions earn on average when values are drawn: means of ordered values, in closed form.

Values are those of n independent bidders from one of three laws: ``uniform`` on (0, 1),
``exponential`` of mean 1, and ``power`` on (0, 1) with F(v) = v^3. The mean of the r-th smallest is
r / (n + 1); 1/n + 1/(n - 1) + ... (r terms); and for F = v^a (David & Nagaraja 2003)
Γ(n + 1) Γ(r + 1/a) / (Γ(r) Γ(n + 1 + 1/a)).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

POWER = 3.0

Values = npt.NDArray[np.float64]

LAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], Values]] = {
    "uniform": lambda luck, shape: luck.random(shape),
    "exponential": lambda luck, shape: luck.exponential(size=shape),
    "power": lambda luck, shape: luck.random(shape) ** (1 / POWER),
}
"""How values of shape [auctions, bidders] are drawn."""


def mean_of_rank(law: str, bidders: int, rank: int) -> float:
    """Return the mean of the ``rank``-th largest of ``bidders`` values (1: the largest)."""
    smallest = bidders + 1 - rank
    if law == "exponential":
        return sum(1 / (bidders - n) for n in range(smallest))
    a = POWER if law == "power" else 1.0
    return math.exp(
        math.lgamma(bidders + 1)
        + math.lgamma(smallest + 1 / a)
        - math.lgamma(smallest)
        - math.lgamma(bidders + 1 + 1 / a)
    )


def first_price_bids(law: str, values: Values) -> Values:
    """Return the bids of an equilibrium in a first-price auction (Vickrey 1961), for laws F = v^a:
    everybody shades to (n - 1) a / ((n - 1) a + 1) of the value."""
    a = {"power": POWER, "uniform": 1.0}[law]
    rivals = (values.shape[1] - 1) * a
    return np.asarray(values * (rivals / (rivals + 1)))


def revenue_with_reserve(bidders: int, reserve: float) -> float:
    """Return the mean revenue of one slot at a second price with reserve, for values U(0, 1):
    the mean of the winner's virtual value 2 v - 1 above the reserve (Myerson 1981)."""
    n = bidders
    return 2 * n / (n + 1) * (1 - reserve ** (n + 1)) - (1 - reserve**n)
