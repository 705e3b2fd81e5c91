"""What the measures of media and content mean: formulas as those of ``formulas.py``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.study.formulas import measure, over
from sim.study.tables import Array


@measure("Cost per mille (CPM)", "money per 1,000 contacts")
def cost_per_mille(spend: npt.ArrayLike, contacts: npt.ArrayLike) -> Array:
    """What a thousand contacts in a medium cost. A contact is one person meeting one ad once,
    noticed or not."""
    return over(1000 * np.asarray(spend, np.float64), contacts)


@measure("Gross rating points (GRP)", "contacts per 100 people")
def gross_rating_points(daily_points: npt.ArrayLike) -> Array:
    """Contacts in a medium per 100 people of the whole population, added up: reach in per cent
    times frequency."""
    return np.asarray(np.sum(np.asarray(daily_points, np.float64)))[()]


@measure("Frequency", "contacts per person reached")
def frequency(contacts: npt.ArrayLike, reached: npt.ArrayLike) -> Array:
    """Contacts in a medium over people who met at least one ad there on that day, over all days on
    which anybody booked."""
    return over(contacts, reached)


@measure("Cost per reader", "money per piece read")
def cost_per_reader(spend: npt.ArrayLike, readers: npt.ArrayLike) -> Array:
    """Spending on content over pieces that searchers read; what friends pass on costs nothing."""
    return over(spend, readers)
