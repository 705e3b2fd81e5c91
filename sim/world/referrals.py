"""Who invited whom, who came by an invitation, and who holds a coupon, by merchant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sim.world.market import Firm
from sim.world.pairs import Pairs, empty_pairs

# Numbers kept of a customer, of an invitation, and of a coupon.
SINCE, GENERATION, BROUGHT = range(3)
BY, ON = range(2)
WORTH, UNTIL = range(2)


class Programmes(NamedTuple):
    """What ``M`` merchants pay. reward, friend_reward, incentive int64[M] [money]: to who brings a
    customer, off the friend's first order, for a message received; in_coupons bool[M]; most
    int64[M] friends rewarded a person; days int64[M] for which an invitation or coupon counts (0:
    no programme)."""

    reward: np.ndarray
    friend_reward: np.ndarray
    incentive: np.ndarray
    in_coupons: np.ndarray
    most: np.ndarray
    days: np.ndarray


def build_programmes(firms: list[Firm]) -> Programmes:
    """Read the programmes of all merchants who will ever come."""
    terms = [firm.spec.referral for firm in firms]

    def read(name: str) -> np.ndarray:
        return np.array([getattr(t, name) if t else 0 for t in terms], np.int64)

    return Programmes(
        reward=read("reward"),
        friend_reward=read("friend_reward"),
        incentive=np.array([firm.spec.sharing_incentive for firm in firms], np.int64),
        in_coupons=np.array([t is not None and t.paid_as == "coupon" for t in terms], np.bool_),
        most=read("most"),
        days=read("days"),
    )


@dataclass
class Referrals:
    """The programmes and what came of them; the tables are replaced as they grow.

    customers: (day since, generation, friends brought) of customers of merchants with a programme,
    generation 0 for who came without an invitation; invited: (by whom, day); coupons: (money,
    last day). inviters, granted: who may invite tomorrow, and who got a coupon: int64[n, 2] of
    person and merchant. listed bool[M]: merchants whose customers are listed.
    """

    programmes: Programmes
    listed: np.ndarray
    customers: Pairs = field(default_factory=lambda: empty_pairs(3))
    invited: Pairs = field(default_factory=lambda: empty_pairs(2))
    coupons: Pairs = field(default_factory=lambda: empty_pairs(2))
    inviters: list[np.ndarray] = field(default_factory=list)
    granted: list[np.ndarray] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Whether no merchant rewards anybody for bringing customers."""
        return not self.programmes.days.any()


def build_referrals(firms: list[Firm]) -> Referrals:
    """Return the programmes before anybody has bought."""
    return Referrals(build_programmes(firms), np.zeros(len(firms), np.bool_))
