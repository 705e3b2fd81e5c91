"""Choice: what enters utility, and a plain twin under the same draws.

Shares and irrelevant alternatives: ``sim check logit iia``, which tests/check runs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from sim.rng import Stream, block, uniform
from sim.steps.choice import MAX_FRIENDS, MOST_NOISE, Chosen, choose, noise
from sim.steps.purchase import purchase, rank_organic
from sim.world.relations import (
    BOUGHT,
    COMMUNITY,
    DEEP,
    MEDIA,
    NO_TOUCH,
    ORGANIC,
    PAID,
    WORD_OF_MOUTH,
    mark,
    warm,
)
from sim.world.world import World
from tests.engine.tiny import ONE, build, morning, play

PEOPLE = 20_000
PLAIN: dict[str, Any] = {
    "name": "choice",
    "days": 400,
    "consumers": {"count": PEOPLE, "price_sensitivity": 1.0},
    "graph": {"kind": "complete"},
    "platforms": {"mall": {"visits_per_day": 0.0, "organic": {"slots": 0}}},
    "merchants": {"shop": {"count": 4, "product": {"spirit": 0.0}, "operations": {"stock": 10**9}}},
    "choice": {
        "quality": 0,
        "goodwill": 0,
        "trust": 0,
        "friends": 0,
        "outside": -50,
        "impulse": 0,
        "attribution_window": 7,
        "reference_price": 129,
    },
}
UTILITIES = np.array([1.0, 0.5, 0.0, -0.5])
SHARES = np.array([0.455054, 0.276004, 0.167405, 0.101536])  # exact


def world_of(changes: dict[str, Any] | None = None, base: Any = PLAIN, *, seed: int = 1) -> World:
    """A world in which everybody remembers everybody well."""
    world = build(changes, base, seed=seed).world
    open_all(world)
    for m in range(len(world.firms)):
        remember(world, m)
    return world


def open_all(world: World) -> None:
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.stock[:] = 10**9


def remember(world: World, m: int, goodwill: float = 1.0) -> None:
    world.relations.merchant[:, m] = m
    world.relations.goodwill[:, m] = goodwill


def trust(world: World, m: int, value: float) -> None:
    world.relations.trust[:, m] = value
    world.relations.flags[:, m] |= DEEP


def give_utilities(world: World, utilities: np.ndarray) -> None:
    """With price sensitivity 1 and no other weight, utility is minus the log price."""
    world.offers.log_price[:] = -utilities


def all_need(world: World, day: int = 0, place: int = -1) -> np.ndarray:
    """Let everybody need something; return int[N], whom each chose (-1 elsewhere)."""
    today = morning(world, day)
    today.occasions.add_needs(np.arange(world.count), np.full(world.count, place))
    purchase(today, ONE)
    got = np.full(world.count, -1)
    got[today.orders[:, 0]] = today.orders[:, 1]
    assert len(today.orders) == (got >= 0).sum()
    return got


def within_four_errors(seen: np.ndarray, share: np.ndarray, n: int) -> bool:
    return bool((np.abs(seen / n - share) <= 4 * np.sqrt(share * (1 - share) / n)).all())


def gumbel(seed: np.uint64, i: int, day: int, option: int) -> float:
    """The noise of a consumer's option in plain words."""
    word = block(seed, int(Stream.CHOICE), i, day, option)[0]
    return float(-math.log(-math.log(uniform(word))))


# --- logit --------------------------------------------------------------------------------------


def test_noise_is_gumbel() -> None:
    drawn = [gumbel(np.uint64(1), i, 3, 77) for i in range(20_000)]
    assert stats.kstest(drawn, "gumbel_r").pvalue > 6e-5


@given(word=st.integers(0, 2**32 - 1))
@example(word=0)
@example(word=2**32 - 1)
def test_noise_is_below_its_bound(word: int) -> None:
    for edge in (word, word | (1 << 23) - 1):
        assert noise(np.uint32(edge)) <= MOST_NOISE[edge >> 23]


def test_outside_option_is_an_option() -> None:
    world = world_of({"choice.outside": 0.7})
    give_utilities(world, UTILITIES)
    got = all_need(world)
    odds = np.exp([*UTILITIES, 0.7])
    seen = np.bincount(np.where(got < 0, 4, got), minlength=5)
    assert within_four_errors(seen, odds / odds.sum(), PEOPLE)


def test_a_better_option_only_gains() -> None:
    plain, better = world_of({"choice.outside": 0.0}), world_of({"choice.outside": 0.0})
    give_utilities(plain, UTILITIES)
    give_utilities(better, UTILITIES + np.array([0, 0, 0.8, 0]))
    before, after = all_need(plain), all_need(better)
    moved = before != after
    assert moved.any()
    assert (after[moved] == 2).all()


def test_temptation_is_a_binary_logit() -> None:
    world = world_of({"choice.impulse": 1.5})
    give_utilities(world, UTILITIES)
    day = morning(world)
    for m, touch in enumerate((PAID, COMMUNITY, WORD_OF_MOUTH, PAID)):
        day.occasions.add(np.arange(PEOPLE), np.full(PEOPLE, m), touch, -1)
    purchase(day, ONE)
    bought = day.counts.by_touch.sum(axis=1)
    assert within_four_errors(bought, 1 / (1 + np.exp(1.5 - UTILITIES)), PEOPLE)
    touches = day.counts.by_touch
    assert (touches[[0, 1, 2, 3], [PAID, COMMUNITY, WORD_OF_MOUTH, PAID]] == bought).all()
    # Different merchants tempt independently of each other.
    both = np.zeros((2, PEOPLE), np.bool_)
    for m in range(2):
        both[m, day.orders[day.orders[:, 1] == m, 0]] = True
    assert abs(np.corrcoef(both)[0, 1]) < 4 / math.sqrt(PEOPLE)


def test_being_told_five_times_is_one_temptation() -> None:
    world = world_of({"choice.impulse": 0.0})
    give_utilities(world, UTILITIES)
    day = morning(world)
    for _ in range(5):
        day.occasions.add(np.arange(PEOPLE), np.zeros(PEOPLE), WORD_OF_MOUTH, -1)
    purchase(day, ONE)
    assert 0 < len(day.orders) == len(np.unique(day.orders[:, 0]))


@pytest.mark.parametrize(
    ("law", "change", "gain"),
    [
        ("choice.quality", lambda w: w.offers.quality.__setitem__(0, 0.9), 2.0 * 0.5 * 0.3),
        ("choice.goodwill", lambda w: remember(w, 0, 1.0), 2.0 * 0.5),
        ("choice.trust", lambda w: trust(w, 0, 0.6), 2.0 * 0.6),
    ],
    ids=["quality", "goodwill", "trust"],
)
def test_every_weight_enters_utility(law: str, change: Any, gain: float) -> None:
    """A weight of 2 on a difference d shifts the odds by exp(2 d); half of quality is believed."""
    world = world_of({law: 2.0})
    world.offers.quality[:] = 0.6
    for m in range(4):
        remember(world, m, 0.5)
    give_utilities(world, np.zeros(4))
    change(world)
    odds = np.exp([gain, 0, 0, 0])
    assert within_four_errors(np.bincount(all_need(world), minlength=4), odds / odds.sum(), PEOPLE)


def test_experience_reveals_quality() -> None:
    """Who has bought knows the true quality; others believe half of it."""
    world = world_of({"choice.quality": 3.0})
    world.offers.quality[:] = [1.0, 0.5, 0.5, 0.5]
    give_utilities(world, np.zeros(4))
    knows = np.arange(PEOPLE) % 2 == 0
    world.relations.flags[knows, 0] |= BOUGHT
    got = all_need(world)
    for who, gain in ((knows, 3 * 0.5), (~knows, 3 * 0.25)):
        odds = np.exp([gain, 0, 0, 0])
        seen = np.bincount(got[who], minlength=4)
        assert within_four_errors(seen, odds / odds.sum(), int(who.sum()))


def test_spirit_weighs_fit() -> None:
    """Shares by tribe follow exp(spirit x fit) person by person."""
    world = world_of(
        {
            "merchants.shop": {
                "count": 2,
                "product": {"spirit": 1.5, "breadth": 1.5},
                "operations": {"stock": 10**9},
            }
        }
    )
    give_utilities(world, np.zeros(2))
    taste = world.consumers.taste.astype(float)
    value = np.stack(
        [
            1.5
            * world.offers.fit_scale[m]
            * np.exp(-((taste - world.offers.taste[m]) ** 2).sum(axis=1) / (2 * 1.5**2))
            for m in range(2)
        ],
        axis=1,
    )
    first = 1 / (1 + np.exp(value[:, 1] - value[:, 0]))
    got = all_need(world) == 0
    for part in np.array_split(np.argsort(first), 5):
        error = math.sqrt((first[part] * (1 - first[part])).sum())
        assert abs(got[part].sum() - first[part].sum()) < 4 * error


def test_price_sensitivity_is_everybodys_own() -> None:
    world = world_of({"consumers.price_sensitivity": {"uniform": {"min": 0.5, "max": 4}}})
    world.offers.log_price[:] = np.log([1.0, 1.3, 1.3, 1.3])
    cheap = 1 / (1 + 3 * np.exp(-world.consumers.price_sensitivity.astype(float) * np.log(1.3)))
    got = all_need(world) == 0
    for part in np.array_split(np.argsort(cheap), 4):
        error = math.sqrt((cheap[part] * (1 - cheap[part])).sum())
        assert abs(got[part].sum() - cheap[part].sum()) < 4 * error


# --- who is considered --------------------------------------------------------------------------


def test_forgotten_merchants_are_not_considered() -> None:
    """Goodwill below ``consider`` on the day counts as forgotten; decay is applied first."""
    world = world_of({"choice.consider": 0.1, "memory.goodwill_half_life": 10})
    give_utilities(world, np.zeros(4))
    for m, goodwill in enumerate((0.21, 0.19, 0.5, 0.09)):
        remember(world, m, goodwill)
    assert sorted(set(all_need(world, 10).tolist())) == [0, 2]


@pytest.mark.parametrize("day", [0, 1, 5, 13, 100])
def test_just_the_threshold_is_not_enough(day: int) -> None:
    """However the stored number is rounded on the day."""
    world = world_of({"choice.consider": 0.02, "memory.goodwill_half_life": 10})
    today = morning(world, day)
    fade = world.laws.memory.fade
    remember(world, 0, 0.5 / fade)
    for m in range(1, 4):
        world.relations.merchant[:, m] = -1
        world.relations.goodwill[:, m] = 0
        for i in range(50):
            warm(world.relations, i, m, 0.02, fade)
    today.occasions.add_needs(np.arange(50), np.full(50, -1))
    purchase(today, ONE)
    assert set(today.orders[:, 1].tolist()) == {0}


def test_closed_merchants_are_not_considered() -> None:
    world = world_of()
    give_utilities(world, np.zeros(4))
    world.offers.is_open[[0, 2]] = False
    assert sorted(set(all_need(world).tolist())) == [1, 3]


def test_without_options_nobody_buys() -> None:
    world = world_of()
    world.relations.merchant[:] = -1
    assert (all_need(world, place=0) == -1).all()


def test_searchers_see_results_by_weight() -> None:
    """One result each, among merchants nobody remembers: proportional to price^-weight."""
    world = world_of({"platforms.mall.organic": {"slots": 1, "price_weight": 2.0}})
    world.relations.merchant[:] = -1
    world.offers.log_price[:] = np.log([1.0, 1.2, 1.5, 2.0])
    got = all_need(world, place=0)
    weight = np.array([1.0, 1.2, 1.5, 2.0]) ** -2.0
    assert within_four_errors(np.bincount(got, minlength=4), weight / weight.sum(), PEOPLE)


@pytest.mark.parametrize("slots", [0, 1, 4, 16])
def test_results_are_drawn_independently(slots: int) -> None:
    """An irresistible one among eight equals is bought by whom it is shown to: 1 - (7/8)^slots."""
    world = world_of(
        {"platforms.mall.organic": {"slots": slots, "price_weight": 0}, "merchants.shop.count": 8}
    )
    world.relations.merchant[:] = -1
    give_utilities(world, np.array([40.0, 0, 0, 0, 0, 0, 0, 0]))
    found = np.array([(all_need(world, place=0) == 0).sum()])
    assert within_four_errors(found, np.array([1 - 0.875**slots]), PEOPLE)


# --- friends, against a plain twin --------------------------------------------------------------


def twin(world: World, i: int, day: int, place: int) -> int:
    """What ``choose`` says in prose, for one need: the merchant chosen, or -1."""
    law, seed = world.laws.choice, world.seed
    r, offers, people = world.relations, world.offers, world.consumers
    fade = world.laws.memory.fade
    slots = {int(m): k for k, m in enumerate(r.merchant[i]) if m >= 0}
    options = []
    for m, k in slots.items():
        present = float(r.goodwill[i, k]) * fade
        if offers.is_open[m] and present >= law.consider:
            options.append(m)
    if place >= 0:
        spec = world.scenario.platforms[world.platforms[place]].organic
        for result in range(spec.slots):
            word = block(seed, int(Stream.ORGANIC), i, day, place * 16 + result // 4)[result % 4]
            m = int(world.boards.organic[place, 0, int(word) >> 20])
            if m >= 0 and offers.is_open[m] and m not in options:
                options.append(m)
    friends = world.graph.indices[world.graph.indptr[i] : world.graph.indptr[i + 1]][:MAX_FRIENDS]
    best, winner = law.outside + gumbel(seed, i, day, 0), -1
    for m in options:
        k = slots.get(m, -1)
        bought = k >= 0 and r.flags[i, k] & BOUGHT
        quality = float(offers.quality[m])
        value = law.quality * (quality if bought else 0.5 * quality + 0.25)
        gap = ((people.taste[i].astype(float) - offers.taste[m]) ** 2).sum()
        value += (
            offers.spirit[m]
            * offers.fit_scale[m]
            * math.exp(-gap / (2 * float(offers.breadth[m]) ** 2))
        )
        value -= people.price_sensitivity[i] * offers.log_price[m]
        if k >= 0:
            value += law.goodwill * r.goodwill[i, k] * fade
            value += law.trust * r.trust[i, k]
        if len(friends):
            buyers = sum(
                any(
                    r.merchant[f, s] == m and r.flags[f, s] & BOUGHT
                    for s in range(len(slots) + 8)
                    if s < r.merchant.shape[1]
                )
                for f in friends
            )
            value += law.friends * buyers / len(friends)
        value += gumbel(seed, i, day, int(offers.luck[m]))
        if value > best:
            best, winner = value, m
    return winner


def decided(world: World, day: int, place: int) -> np.ndarray:
    """The production kernel's choices if everybody had a need."""
    n = world.count
    chosen = Chosen(np.full(n, -1, np.int16), np.zeros(n, np.int8))
    specs = [world.scenario.platforms[name] for name in world.platforms]
    choose(
        0,
        1,
        np.array([0, n]),
        world.seed,
        day,
        np.arange(n, dtype=np.int32),
        np.full(n, -1, np.int16),
        np.full(n, -1, np.int8),
        np.full(n, place, np.int8),
        world.consumers,
        world.relations,
        world.offers,
        world.graph,
        world.boards.organic,
        np.array([s.organic.slots for s in specs], np.int64),
        np.zeros(len(specs)),
        world.laws.choice,
        world.laws.memory.fade,
        chosen,
    )
    return chosen.merchant.astype(int)


@pytest.mark.parametrize("friends", [0.0, 1.0, 6.0])
@pytest.mark.parametrize("place", [-1, 0])
def test_choice_is_its_plain_twin(friends: float, place: int) -> None:
    """On the state that a busy market has reached after three weeks; hubs ask 64 friends."""
    market = play(
        {
            "days": 21,
            "consumers.count": 600,
            "choice.friends": friends,
            "merchants.buyer.count": 6,
            "graph.mean_degree": 30,
        }
    )
    world = market.world
    assert (world.relations.flags & BOUGHT > 0).sum() > 300
    assert np.diff(world.graph.indptr).max() > MAX_FRIENDS
    rank_organic(morning(world, 20))
    got = decided(world, 20, place)
    expected = [twin(world, i, 20, place) for i in range(world.count)]
    assert got.tolist() == expected
    assert len(set(expected)) > 5


def test_friends_who_bought_are_followed() -> None:
    """With a strong weight, the odds of a merchant grow as exp(weight x share of friends)."""
    changes = {"graph": {"kind": "ring", "mean_degree": 4}, "choice.friends": 2.0}
    plain, social = world_of(changes), world_of(changes)
    for world in (plain, social):
        give_utilities(world, np.zeros(4))
    social.relations.flags[np.arange(0, PEOPLE, 2), 0] |= BOUGHT  # every second person
    assert social.laws.choice.quality == 0
    got = all_need(social)
    # On a ring with four neighbours everybody has two friends of their own parity and two not.
    odds = np.exp([2.0 * 0.5, 0, 0, 0])
    assert within_four_errors(np.bincount(got, minlength=4), odds / odds.sum(), PEOPLE)
    assert within_four_errors(np.bincount(all_need(plain), minlength=4), np.full(4, 0.25), PEOPLE)


# --- which touch an order counts for ------------------------------------------------------------


@pytest.mark.parametrize(
    ("touch", "age", "place", "bought", "counts_for"),
    [
        (PAID, 0, 0, False, PAID),  # today's touch comes before the search
        (PAID, 3, 0, False, ORGANIC),  # a newcomer who searched
        (PAID, 3, -1, False, PAID),  # within the window
        (MEDIA, 7, -1, False, MEDIA),
        (PAID, 8, -1, False, NO_TOUCH),  # after the window
        (COMMUNITY, 3, 0, True, COMMUNITY),  # a customer who searched knew where to go
        (COMMUNITY, 9, 0, True, NO_TOUCH),
        (None, 0, 0, False, ORGANIC),
        (None, 0, 0, True, NO_TOUCH),
        (None, 0, -1, False, NO_TOUCH),
    ],
)
def test_last_touch(touch: int | None, age: int, place: int, bought: bool, counts_for: int) -> None:
    today = 20
    world = world_of({"consumers.count": 40, "merchants.shop.count": 1})
    give_utilities(world, np.zeros(1))
    for i in range(40):
        if touch is not None:
            mark(world.relations, i, 0, touch, today - age)
        if bought:
            world.relations.flags[i, 0] |= BOUGHT
            world.relations.bought[i, 0] = 1
    day = morning(world, today)
    world.relations.goodwill[:] = 1 / world.laws.memory.fade
    day.occasions.add_needs(np.arange(40), np.full(40, place))
    purchase(day, ONE)
    assert day.counts.by_touch[0, counts_for] == 40
    # The first touch is never overwritten by a later one.
    if not bought:
        first = counts_for if touch is None else touch
        assert day.counts.by_first[0, first] == 40


def test_a_stranger_found_by_searching_is_organic() -> None:
    world = world_of({"platforms.mall.organic.slots": 4})
    world.relations.merchant[:] = -1
    give_utilities(world, np.zeros(4))
    day = morning(world)
    day.occasions.add_needs(np.arange(PEOPLE), np.zeros(PEOPLE))
    purchase(day, ONE)
    assert day.counts.by_touch.sum() == day.counts.by_touch[:, ORGANIC].sum() == PEOPLE
    assert day.counts.by_first[:, ORGANIC].sum() == PEOPLE


def test_uniform_of_streams_are_not_shared() -> None:
    """Needs and temptations draw from streams of their own."""
    a = [uniform(block(np.uint64(1), int(Stream.CHOICE), i, 0, 0)[0]) for i in range(5000)]
    b = [uniform(block(np.uint64(1), int(Stream.IMPULSE), i, 0, 0)[0]) for i in range(5000)]
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / math.sqrt(5000)
