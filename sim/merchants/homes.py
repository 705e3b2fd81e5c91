"""On which platforms a merchant sells, and when it moves.

A merchant sells wherever its ``platforms`` allow, or, where it can serve only ``listing.at_most``,
on so many of them, drawn by visits. With ``listing.review`` it looks at what it earned: margin less
fees, ads and rent a day, of which a share ``LEARN`` a day is remembered. Of a platform it is not on
it hears what merchants earn there, and counts on what they would if it joined them: the sum over
one more than they are. It leaves those that lost money, joins those that promise no loss, and where
it cannot serve all, trades the worst for a clearly better one: one move a review. A merchant
without an own shop keeps the best it has.
"""

from __future__ import annotations

import numpy as np

from sim.rng import Stream, generator
from sim.scenario.homes import Listing
from sim.world.market import may_sell
from sim.world.world import World

LEARN = 1 - 2 ** (-1 / 14)  # half-life of two weeks (assumption), as platforms' sales velocity
HESITATION = 0.1  # what another platform must promise more, over one's own (assumption)


def move(
    on: np.ndarray, may: np.ndarray, worth: np.ndarray, at_most: int, keeps_one: bool
) -> np.ndarray:
    """Return bool[P]: where a merchant sells after a review.

    ``on`` bool[P]: where it sells; ``may`` bool[P]: where it could; ``worth`` float64[P] [money a
    day] is earned or promised there.
    """
    new = on & (worth >= 0.0)
    if keeps_one and not new.any() and on.any():
        new[int(np.flatnonzero(on)[np.argmax(worth[on])])] = True
    others = np.flatnonzero(may & ~on)
    if not len(others):
        return new
    best = int(others[np.argmax(worth[others])])
    if worth[best] < 0.0:
        return new
    if new.sum() < at_most:
        new[best] = True
        return new
    worst = int(np.flatnonzero(new)[np.argmin(worth[new])])
    if worth[best] - worth[worst] > HESITATION * abs(worth[worst]):
        new[worst], new[best] = False, True
    return new


class Homes:
    """Keeps who sells on which platform (``offers.listed``), and what it earned there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.earned = np.zeros((len(world.platforms), len(world.firms)))
        self._may = np.array([may_sell(world.firms, name) for name in world.platforms], np.bool_)
        self._may = self._may.reshape(self.earned.shape)
        self._opened = world.opened.copy()
        self.adopt()

    def adopt(self) -> None:
        """Take note of changed settings: does anybody move?"""
        self.moving = any(firm.spec.listing.review > 0 for firm in self.world.firms)

    def add(self, orders: np.ndarray, spend: np.ndarray) -> None:
        """Learn from a day: ``orders`` and money spent on ads, int64[P, M]."""
        if not self.moving:
            return
        offers, specs = self.world.offers, self.world.scenario.platforms
        fee = np.array([specs[name].fee for name in self.world.platforms])[:, None]
        rent = np.array([specs[name].rent for name in self.world.platforms])[:, None]
        margin = offers.price * (1.0 - fee) - offers.unit_cost
        today = orders * margin - spend - rent * offers.listed
        self.earned += LEARN * (today - self.earned)

    def open_platforms(self) -> None:
        """Let merchants who stay where they are and have room go to platforms that have opened."""
        world = self.world
        for p in np.flatnonzero(world.opened & ~self._opened):
            for firm in world.firms:
                full = world.offers.listed[:, firm.number].sum() >= _room(firm.spec.listing)
                if self._may[p, firm.number] and not full and firm.spec.listing.review == 0:
                    world.offers.listed[p, firm.number] = True
        self._opened = world.opened.copy()

    def settle(self, m: int) -> None:
        """Choose where a merchant sells on its first day: all that it may and can serve."""
        world = self.world
        may = self._may[:, m] & world.opened
        room = _room(world.firms[m].spec.listing)
        if may.sum() > room:
            visits = np.maximum(world.visit_scale * world.drawn_visits, 1e-9) * may
            rng = generator(int(world.seed), Stream.LISTING, int(world.offers.luck[m]))
            chosen = rng.choice(len(may), room, replace=False, p=visits / visits.sum())
            may = np.isin(np.arange(len(may)), chosen)
        world.offers.listed[:, m] = may

    def review(self, m: int) -> bool:
        """Let a merchant look at which platforms pay; tell whether it moved."""
        world, listed = self.world, self.world.offers.listed
        spec = world.firms[m].spec
        on, may = listed[:, m].copy(), self._may[:, m] & world.opened
        sellers = listed & world.in_business
        promised = np.where(sellers, self.earned, 0.0).sum(axis=1) / (sellers.sum(axis=1) + 1)
        worth = np.where(on, self.earned[:, m], promised)
        new = move(on, may, worth, _room(spec.listing), keeps_one=not spec.own_shop)
        left = on & ~new
        world.offers.budget[left, m] = 0
        world.offers.bid[left, m] = 0
        listed[:, m] = new
        return bool((new != on).any())

    def due(self, m: int, day: int) -> bool:
        """Tell whether a merchant reviews today: every ``review`` days, at a phase of its own."""
        firm = self.world.firms[m]
        every = firm.spec.listing.review
        if every == 0 or day - firm.entry_day < every:
            return False
        return (day + int(self.world.offers.luck[m])) % every == 0


def _room(listing: Listing) -> int:
    return 10**6 if listing.at_most is None else listing.at_most
