"""Referral: a branching process as the theory has it, and rewards to the fen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from sim.rng import Stream, block, uniform
from sim.steps.day import Counts, Day
from sim.steps.incentive import talk_for_pay
from sim.steps.invite import raised
from sim.steps.referral import credit_referrals, note
from sim.study.friends import referral_coefficient
from sim.world.market import CONSUMERS
from sim.world.pairs import claim, look, roomy
from sim.world.referrals import BROUGHT, GENERATION, SINCE
from tests.engine.tiny import build, digest, play, tables, total

PRICE = 12_900
# Everybody is satisfied, nobody needs anything, and who is asked says yes with a known chance.
PLAIN: dict[str, Any] = {
    "name": "referral",
    "days": 60,
    "check": "daily",
    "consumers": {"count": 300_000, "sociability": 1.0, "price_sensitivity": 0, "need_rate": 0},
    "graph": {"kind": "complete", "contacts": 10},
    "merchants": {
        "shop": {
            "product": {"price": 129, "spirit": 0.0, "quality": 1.0},
            "operations": {"stock": 100_000, "delivery": 0},
            "referral": {"reward": 10, "friend_reward": 5},
        }
    },
    "choice": {"quality": 0, "goodwill": 0, "trust": 0, "friends": 0, "impulse": 0},
    "memory": {"satisfaction_noise": 0, "return_rate": 0},
    "sharing": {"buyer_rate": 0},
    "inviting": {"rate": 0.1, "persuasion": 20},
}


def seeded(people: int, changes: dict[str, Any] | None = None, *, seed: int = 1) -> Market:
    """A market in which so many customers invite on day 0."""
    market = build(changes, PLAIN, seed=seed)
    ours = market.world.referrals
    ours.customers = roomy(ours.customers, people)
    for i in range(people):
        ours.customers.value[claim(ours.customers, i, 0), SINCE] = 0
    ours.listed[:] = True
    who = np.arange(people)
    ours.inviters.append(np.stack([who, np.zeros_like(who)], axis=1))
    return market


def run(market: Market) -> Market:
    while market.running:
        market.step()
    return market


@pytest.mark.parametrize(
    ("k", "rate", "says_yes"), [(0.3, 0.03, 1.0), (0.6, 0.06, 1.0), (0.5, 0.1, 0.5)]
)
def test_customers_multiply_by_one_over_one_minus_k(k: float, rate: float, says_yes: float) -> None:
    """Each customer asks a Poisson number of strangers: all in all S / (1 - k) customers (Borel,
    variance S k / (1 - k)^3), and S k^g in generation g. Reported k is the k that was put in."""
    seeds = 2000
    persuasion = 20 if says_yes == 1 else math.log(says_yes / (1 - says_yes))
    market = run(seeded(seeds, {"inviting": {"rate": rate, "persuasion": persuasion}}))
    came = total(market, "referred")
    sd = math.sqrt(seeds * k / (1 - k) ** 3)
    # Of those who are asked, some are customers already: with 300,000 people, less than 1 in 50.
    assert abs(came - seeds * k / (1 - k)) < 4 * sd + 0.02 * came
    generation = np.bincount(tables(market)["referrals"]["generation"])
    for g in (1, 2):
        sd = math.sqrt(seeds * k**g * (1 - k**g) / (1 - k))  # Var Z_g of a Poisson process
        assert abs(generation[g] - seeds * k**g) < 4 * sd + 0.02 * generation[g]
    found = float(referral_coefficient(came, seeds + came))
    assert found == pytest.approx(k, abs=0.04)
    assert (seeds + came) / seeds == pytest.approx(1 / (1 - found))


def test_a_branching_that_is_not_subcritical_takes_the_people() -> None:
    """With k = 2 most people are reached, as many as the giant component has: 1 - S = exp(-2 S)."""
    market = run(seeded(50, {"inviting.rate": 0.2, "consumers.count": 20_000, "days": 40}))
    share = total(market, "referred") / 20_000
    assert share == pytest.approx(0.796812, abs=0.015)


def test_rewards_are_paid_to_the_fen() -> None:
    """In money at once: 10 to who invited, 5 off the friend's order; and nothing else moves."""
    market = run(seeded(500))
    came, totals = total(market, "referred"), market.world.accounts.totals
    assert came > 100
    assert total(market, "spend_rewards") == 1500 * came
    assert total(market, "orders") == total(market, "new_customers") == came
    assert totals[CONSUMERS] == came * (PRICE - 1500)
    assert total(market, "first_word_of_mouth") == came


def test_a_person_is_rewarded_for_so_many_friends_at_most() -> None:
    market = run(seeded(300, {"inviting.rate": 0.9, "days": 3, "merchants.shop.referral.most": 2}))
    ours = market.world.referrals
    brought = ours.customers.value[ours.customers.who >= 0, BROUGHT]
    assert brought.max() > 4
    rewarded = np.minimum(brought, 2).sum()
    came = total(market, "referred")
    assert brought.sum() == came
    assert total(market, "spend_rewards") == 1000 * rewarded + 500 * came


def test_a_coupon_is_paid_when_it_is_used_and_only_in_time() -> None:
    """Friends pay 5 less; who invited pays 10 less on the next order, if there is one in time."""
    coupon = {"reward": 10, "friend_reward": 5, "paid_as": "coupon", "days": 3}
    changes = {"merchants.shop.referral": coupon, "inviting.rate": 0.2, "days": 8}
    tempted = run(seeded(300, {**changes, "choice.impulse": 2}))
    again = total(tempted, "repeat_orders")
    came = total(tempted, "referred")
    unpaid = total(tempted, "spend_rewards") - 500 * came
    assert unpaid > 0
    assert unpaid % 1000 == 0
    # Nobody else has a reason to buy again here, and nobody holds two coupons' worth for nothing.
    assert again <= unpaid // 1000 <= came
    assert total(tempted, "spend_rewards") == came * 500 + unpaid
    cold = run(seeded(300, {**changes, "choice.impulse": 15}))
    assert total(cold, "repeat_orders") == 0
    assert total(cold, "spend_rewards") == 500 * total(cold, "referred")


def test_an_invitation_stands_for_so_many_days_and_the_first_counts() -> None:
    """Asked by two on different days, a friend who buys late came by the first, or by the one whose
    invitation still stands, or by nobody."""
    for bought_on, by in ((3, 0), (6, 1), (12, None)):
        market = seeded(2, {"consumers.count": 100, "merchants.shop.referral.days": 4})
        world, ours = market.world, market.world.referrals
        ours.inviters.clear()
        world.graph = world.graph._replace(contacts=1e-9)
        days = ours.programmes.days
        one = np.array([50])
        for day, sender in ((0, 0), (3, 1), (5, 1)):
            if day <= bought_on:
                note(day, one, one * 0, one * 0 + sender, days, ours.invited)
        today = Day(world, bought_on, Counts(1, 0))
        today.orders = np.array([[50, 0, PRICE, 0, -1]])
        credit_referrals(today)
        brought = [int(ours.customers.value[look(ours.customers, i, 0), BROUGHT]) for i in (0, 1)]
        assert brought == [int(by == 0), int(by == 1)]
        generation = ours.customers.value[look(ours.customers, 50, 0), GENERATION]
        assert generation == (0 if by is None else 1)


def test_who_is_dissatisfied_invites_nobody() -> None:
    assert total(run(seeded(300, {"days": 2})), "invitations") > 0
    bad = run(seeded(300, {"days": 6, "merchants.shop.product.quality": 0.2}))
    assert total(bad, "referred") > 0
    assert tables(bad)["referrals"]["generation"].max() == 1


def test_only_new_customers_can_be_brought_when_a_programme_starts_later() -> None:
    """Those who bought before an event started the programme are customers already."""
    late = {"day": 20, "set": {"merchants.buyer.referral.reward": "10 CNY"}}
    market = play({"events": [late], "inviting": {"rate": 0.6, "persuasion": 6}})
    rows = tables(market)["merchants"]
    assert rows["invitations"][rows["day"] <= 20].sum() == 0
    assert total(market, "referred") > 0
    assert total(market, "referred") <= rows["new_customers"][rows["day"] > 20].sum()


# --- felt in a market ---------------------------------------------------------------------------

PATH = "merchants.buyer.referral"


def with_rewards(reward: float, friend_reward: float, seed: int, **more: Any) -> Market:
    terms = {"reward": reward, "friend_reward": friend_reward}
    return play({PATH: terms, "inviting": {"rate": 0.1, "persuasion": 4}, **more}, seed=seed)


def test_rewards_on_either_side_bring_customers() -> None:
    """Under the same luck: a reward for asking moves invitations, the friend's moves answers."""
    for seed in (1, 2, 3):
        none, asker, friend = (with_rewards(*terms, seed) for terms in ((0, 0), (60, 0), (0, 60)))
        assert total(asker, "invitations") > 1.1 * total(none, "invitations")
        answers = [total(m, "referred") / total(m, "invitations") for m in (none, friend)]
        assert answers[1] > answers[0]


def test_an_incentive_adds_talkers_and_pays_every_message() -> None:
    """The reward for messages raises odds, silences nobody, and pays those who talk anyway."""
    assert raised(0.3, 0.0) == pytest.approx(0.3)
    assert raised(0.2, math.log(3)) == pytest.approx(0.6 / 1.4)
    assert raised(0.0, 9.0) == 0.0
    assert 0.999 < raised(0.5, 1e9) <= 1.0
    pleased = {"merchants.buyer.product.quality": 1.0, "memory.satisfaction_noise": 0.05}
    alone = {**pleased, "merchants.grower.count": 0}
    for seed in (1, 2, 3):
        plain = play(alone, seed=seed)
        paid = play({**alone, "merchants.buyer.sharing_incentive": 20}, seed=seed)
        started = [total(m, "cascades", table="market") for m in (plain, paid)]
        assert started[1] > started[0]
        # Everybody is satisfied, so every message is good and is paid for.
        received = total(paid, "messages", table="market")
        assert total(paid, "spend_rewards") == 2000 * received


def test_paid_talk_uses_the_luck_of_unpaid_talk() -> None:
    """On one day of deliveries: who talks unpaid talks paid, and who is added lies between."""
    market = build({"merchants.buyer.sharing_incentive": 20, "merchants.buyer.product.quality": 1})
    world = market.world
    n = world.count
    parcels = np.zeros((n, 6), np.int64)
    parcels[:, 0], parcels[:, 2] = np.arange(n), PRICE
    gain = np.log1p(world.referrals.programmes.incentive / world.offers.price)
    messages = np.empty((n, 3), np.int64)
    law = world.laws.sharing
    count = talk_for_pay(
        world.seed, 0, parcels, gain, 1.0, world.terms.felt, world.consumers, world.offers,
        world.laws.memory._replace(satisfaction_noise=0.0), law, messages,
    )  # fmt: skip
    words = [
        block(world.seed, int(Stream.TALK), i, 0, int(world.offers.luck[0]))[0] for i in range(n)
    ]
    luck = np.array([uniform(np.uint32(word)) for word in words])
    plain = law.buyer_rate * world.consumers.sociability
    odds = plain / (1 - plain) * np.exp(world.consumers.price_sensitivity * gain[0])
    added = (luck >= plain) & (luck < odds / (1 + odds))
    assert messages[:count, 0].tolist() == np.flatnonzero(added).tolist()
    assert count > 20


def test_another_merchants_programme_leaves_ones_luck_alone() -> None:
    """A programme of a merchant without customers changes nothing at all."""
    idle = {"count": 1, "operations": {"stock": 0, "cover": 0}, "strategy": {"kind": "buy_traffic"}}
    plain = play({"days": 15, "merchants.zero": idle})
    rewarded = play({"days": 15, "merchants.zero": {**idle, "referral": {}}})
    assert digest(plain) == digest(rewarded)


def test_the_same_bits_for_any_number_of_threads() -> None:
    values = {PATH: {"paid_as": "coupon"}, "merchants.grower.sharing_incentive": 1, "days": 15}
    assert digest(play(values)) == digest(play(values, threads=3))
