"""The adaptive merchant: money goes where it brought more, as far ahead as the merchant looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.adaptive import Adaptive
from sim.merchants.strategy import Observation
from sim.merchants.trial import sample_observations
from sim.scenario.learning import Adaptive as Settings
from tests.engine.tiny import COMMUNITY, play, total

QUIET = replace(
    sample_observations()[1],
    platforms=sample_observations()[1].platforms[:1],
    orders=0,
    orders_paid=0,
    orders_owned=0,
    orders_community=0,
    new_customers=0,
    new_paid=0,
    members=0,
    active_customers=0,
    spend_ads=0,
    spend_community=0,
    price=12_000,
    unit_cost=5_400,  # at a fee of 5 % a margin of 60 yuan
)
TEAM = {"staff": 1000, "members_per_staff": 1, "wage": 100, "conversion": 0}


def merchant(**settings: Any) -> Adaptive:
    return Adaptive(Settings.model_validate({"community": TEAM, **settings}))


def review(one: Adaptive, **happened: Any) -> Any:
    return one.decide(replace(QUIET, **happened), np.random.default_rng(0))


def target(discount: float, **happened: Any) -> int:
    one = merchant(discount=discount)
    review(one, **happened)
    return one.bidder.target


# --- where money goes ---------------------------------------------------------------------------


@pytest.mark.parametrize(("ads", "posts"), [(3.0, 1.0), (2.0, 2.0), (1.0, 3.0)])
@pytest.mark.parametrize("start", [0.1, 0.8])
def test_money_is_split_where_the_next_yuan_brings_the_same(
    ads: float, posts: float, start: float
) -> None:
    """Orders are ads x root of money on ads + posts x root of money on the community: the best
    split is as the squares, and is found from both sides."""
    one = merchant(discount=0, community_share=start, explore=0, daily_budget=1000)
    spent = {"ads": 0.0, "posts": 0.0}
    for _ in range(120):
        decision = review(
            one,
            period=7,
            members=10_000,
            spend_ads=round(7 * spent["ads"]),
            spend_community=round(7 * spent["posts"]),
            orders_paid=round(7 * ads * spent["ads"] ** 0.5),
            orders_owned=round(7 * posts * spent["posts"] ** 0.5),
            orders_community=round(7 * posts * spent["posts"] ** 0.5),
        )
        spent = {
            "ads": float(sum(decision.budgets.values())),
            "posts": decision.staff * decision.wage,
        }
    best = posts**2 / (ads**2 + posts**2)
    assert spent["posts"] / (spent["ads"] + spent["posts"]) == pytest.approx(best, abs=0.03)


def test_nothing_is_given_up_or_believed_for_good() -> None:
    """However bad its return, each keeps ``explore``; a share moves by ``step`` at most."""
    one = merchant(community_share=0.5, explore=0.1, step=0.4, daily_budget=1000)
    review(one, period=7, spend_community=10**6, spend_ads=10**6, orders_paid=10**6)
    assert np.log(one.share / (1 - one.share)) == pytest.approx(-0.4)
    for _ in range(30):
        review(one, period=7, spend_community=10**6, spend_ads=10**6, orders_paid=10**6)
    assert one.share == pytest.approx(0.1)
    for _ in range(60):
        review(one, period=7, spend_community=10**5, spend_ads=10**6, orders_community=10**6)
    assert one.share == pytest.approx(0.9)


def test_who_takes_no_step_learns_nothing() -> None:
    one = merchant(community_share=0.5, step=0)
    review(one, period=7, spend_community=10**6, orders_paid=10**6)
    assert one.share == 0.5


# --- short and long sight -----------------------------------------------------------------------

GROWING = {
    "period": 7,
    "spend_ads": 100_000,
    "spend_community": 100_000,
    "orders_paid": 30,
    "orders_owned": 4,
    "orders_community": 4,
    "new_customers": 30,
    "new_paid": 30,
    "members": 200,
    "active_customers": 100,
}


def test_the_short_sighted_see_the_orders_and_the_far_sighted_the_members() -> None:
    """The same ledger, of a community that grows and sells little as yet."""
    shares = {}
    for discount in (0.0, 0.9, 0.99, 0.999):
        one = merchant(discount=discount, community_share=0.5)
        review(one, **GROWING)
        shares[discount] = one.share
    assert shares[0.0] < 0.5 < shares[0.999]
    assert list(shares.values()) == sorted(shares.values())


def test_a_blind_merchant_pays_for_the_first_order_alone() -> None:
    """Half of its margin of 60 yuan, whatever may come back; the far-sighted pay for that too."""
    returning = {**GROWING, "orders_owned": 11, "orders_community": 4}
    assert target(0.0, **returning) == 3000
    # A customer orders 7 / 700 times a day of their own accord; 200 / 30 members a new customer
    # order 4 / 1400 times a day by posts.
    a_day = 7 / 700 + (200 / 30) * 4 / 1400
    assert target(0.99, **returning) == pytest.approx(3000 * (1 + 99 * a_day), rel=1e-3)
    targets = [target(d, **returning) for d in (0.0, 0.5, 0.9, 0.99, 0.999)]
    assert targets == sorted(targets)


def test_members_lost_count_against_the_community() -> None:
    one = merchant(discount=0.99, community_share=0.5)
    review(one, **GROWING)
    before = one.share
    review(one, **{**GROWING, "members": 20})
    assert one.share < before


# --- what it may do -----------------------------------------------------------------------------


@given(
    budget=st.integers(0, 10**6),
    share=st.floats(0, 1),
    members=st.integers(0, 5000),
    orders=st.integers(0, 500),
    spend=st.integers(0, 10**7),
    cost=st.integers(0, 2000),
)
def test_all_together_stays_within_the_budget(
    budget: int, share: float, members: int, orders: int, spend: int, cost: int
) -> None:
    settings = {
        "daily_budget": budget / 100,
        "community_share": share,
        "community": {"conversion_cost": cost / 100, "integration_spend": 30},
    }
    one = Adaptive(Settings.model_validate(settings))
    seen: Observation = replace(
        QUIET, period=7, members=members, orders=orders, spend_ads=spend, orders_paid=orders
    )
    decision = one.decide(seen, np.random.default_rng(0))
    wages = decision.staff * decision.wage + decision.integration_spend
    assert sum(decision.budgets.values()) + wages <= budget + 1
    assert decision.daily_limit == budget


def test_changed_settings_keep_what_was_learned() -> None:
    one = merchant(discount=0.9)
    review(one, **GROWING)
    share, paid = one.share, one.returns.paid
    one.adopt(merchant(discount=0.99, bid=3))
    assert (one.share, one.returns.paid, one.bidder.bid) == (share, paid, 300.0)
    one.adopt(merchant(discount=0.99, bid=3, community_share=0.7))
    assert one.share == 0.7


# --- in the market ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_far_sighted_invest_in_people(seed: int) -> None:
    """More members and more spent on them, under the same luck."""
    told = {}
    for discount in (0.0, 0.99):
        strategy = {
            "kind": "adaptive",
            "discount": discount,
            "daily_budget": 500,
            "bid": 2,
            "community": {**COMMUNITY},
        }
        market = play({"days": 80, "merchants.grower.strategy": strategy}, seed=seed)
        told[discount] = [
            int(total(market, name, camp="grower")) for name in ("spend_community", "members")
        ]
    assert told[0.99][0] > told[0.0][0]
    assert told[0.99][1] > told[0.0][1]
