"""Teams that buy together: what merchants offer to them, and those that wait to be filled.

Whoever takes a seat pays the price of the smallest team at once. The money is held (``HELD`` in
``sim.world.market``) and an item put aside until the team is complete or everybody is paid back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sim.scenario.social import MOST_TIERS, Team
from sim.world.pairs import Pairs, empty_pairs, enter

# Columns of a team, and of a seat in one.
OF, OPENED, SIZE, NEEDED, DUE = range(5)
TEAM, WHO, TOUCH, PLATFORM, JOINED, HELD_PRICE = range(6)

TEAM_COUNTS = (
    "opened",
    "invited",
    "joined",
    "strangers",
    "completed",
    "failed",
    "orders",
    "refunds",
    "discount",
)


class TeamOffers(NamedTuple):
    """What ``M`` merchants offer: size int64[M, R] (people; 0: no such tier) and price int64[M, R]
    (money) of each tier, the smallest team first; days int64[M]: time to fill a team; strangers
    float64[M]: chance of joining a stranger's team before opening one."""

    size: np.ndarray
    price: np.ndarray
    days: np.ndarray
    strangers: np.ndarray


@dataclass
class TeamMarket:
    """All offers, open teams and taken seats; ``team`` and ``seat`` are replaced as they change.

    team int64[t, 5]: merchant, day of opening, people, people needed, last day; in order of
    opening. seat int64[s, 6]: number of the team, person, touch and platform that brought the
    person, day of joining, money held.
    """

    offers: TeamOffers
    team: np.ndarray = field(default_factory=lambda: np.zeros((0, 5), np.int64))
    seat: np.ndarray = field(default_factory=lambda: np.zeros((0, 6), np.int64))

    def seated(self, more: int) -> Pairs:
        """Return the team of every pair of person and merchant with a seat; room for ``more``."""
        pairs = empty_pairs(1, len(self.seat) + more)
        who, team = self.seat[:, WHO].copy(), self.seat[:, TEAM]
        enter(pairs, who, self.team[team, OF], team[:, None].copy())
        return pairs

    @property
    def idle(self) -> bool:
        """Whether nobody offers anything to teams and no team is open."""
        return not len(self.team) and not self.offers.size[:, 0].any()


def build_teams(merchants: int) -> TeamMarket:
    """Return a market in which nobody offers anything to teams."""
    return TeamMarket(
        TeamOffers(
            size=np.zeros((merchants, MOST_TIERS), np.int64),
            price=np.zeros((merchants, MOST_TIERS), np.int64),
            days=np.zeros(merchants, np.int64),
            strangers=np.zeros(merchants),
        )
    )


def post_team(offers: TeamOffers, m: int, team: Team | None) -> None:
    """Write what merchant ``m`` offers to teams from now on (None: nothing)."""
    offers.size[m] = 0
    offers.price[m] = 0
    if team is None:
        return
    for rank, (size, price) in enumerate(team.steps):
        offers.size[m, rank], offers.price[m, rank] = size, price
    offers.days[m] = team.days
    offers.strangers[m] = team.strangers
