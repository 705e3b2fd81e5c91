"""What merchants are to people of other regions: how foreign, whether seen, at what cost.

    closeness = 1 - distance x (1 - localised)

``localised`` grows with what was spent as 1 - exp(-spent / cost), as integration capability does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.world.market import Firm, Offers
from sim.world.regions import Regions


class Abroad(NamedTuple):
    """By merchant: region int64[M]; distance float64[M, S] from its region to each segment's;
    seen bool[M, S]: segments that its ads may be shown to; localised float64[M] in [0, 1]."""

    region: np.ndarray
    distance: np.ndarray
    seen: np.ndarray
    localised: np.ndarray


def build_abroad(firms: list[Firm], regions: Regions, tribes: int) -> Abroad:
    """Return merchants who have localised nothing yet."""
    of_segment = np.repeat(np.arange(len(regions.distance)), tribes)
    region = np.array([firm.spec.region for firm in firms], np.int64)
    at_home = region[:, None] == of_segment[None, :]
    shown = np.array([firm.spec.abroad.advertise for firm in firms], np.bool_)
    return Abroad(
        region=region,
        distance=regions.distance[region][:, of_segment],
        seen=at_home | shown[:, None],
        localised=np.zeros(len(firms)),
    )


def post_closeness(offers: Offers, abroad: Abroad) -> None:
    """Refresh how near merchants are to people, after localisation has grown."""
    if offers.closeness.shape[1] > 1:
        offers.closeness[:] = 1.0 - abroad.distance * (1.0 - abroad.localised[:, None])
