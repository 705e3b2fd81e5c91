"""Teams: seats as their plain twin takes them, and not a fen or an item lost.

How often teams complete: ``sim check teams``, which tests/check runs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from sim.rng import Stream, block, uniform
from sim.scenario.social import Team
from sim.steps.answers import ALONE, prefer_teams
from sim.steps.choice import Chosen
from sim.steps.day import Day
from sim.steps.teams import ask_for_teams, settle_teams
from sim.world.graph.csr import Graph, rows_from_edges
from sim.world.market import CONSUMERS, HELD, PLATFORMS
from sim.world.relations import GROUP_BUY, PAID
from sim.world.teams import DUE, SIZE, TEAM, WHO, post_team
from sim.world.world import World
from tests.engine.tiny import build, digest, morning, play, tables, total

PRICE, TEAM_PRICE = 12_900, 9_900
# Everybody is alike and whatever is bought depends on `persuasion` and `impulse` alone.
PLAIN: dict[str, Any] = {
    "name": "teams",
    "days": 60,
    "consumers": {"count": 100, "sociability": 1.0, "price_sensitivity": 0.0, "need_rate": 0.0},
    "graph": {"kind": "ring", "mean_degree": 2},
    "platforms": {"mall": {"visits_per_day": 0.0, "fee": 0.05}},
    "merchants": {"shop": {"count": 2, "product": {"price": 129, "spirit": 0.0}}},
    "choice": {"quality": 0, "goodwill": 0, "trust": 0, "friends": 0, "impulse": 0},
    "inviting": {"rate": 1.0, "waiting": 0.0, "persuasion": 20.0},
}


def team(**terms: Any) -> Team:
    given = {"size": 3, "price": 99, "days": 1, "strangers": 0.0, **terms}
    return Team.model_validate(given)


def world_of(changes: dict[str, Any] | None = None, offer: Team | None = None) -> World:
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.stock[:] = 10**6
    post_team(world.teams.offers, 0, offer or team())
    return world


def with_graph(world: World, u: np.ndarray, v: np.ndarray) -> None:
    """Give the world's people other ties, all of strength 1."""
    indptr, indices = rows_from_edges(u.astype(np.int32), v.astype(np.int32), world.count)
    world.graph = Graph(indptr, indices, np.ones(len(indices), np.float32), 0.0)


def wish(world: World, who: Any, number: int = 0, m: int = 0, touch: int = PAID) -> Day:
    """A day on which so many people wish for a team."""
    day = morning(world, number)
    who = np.asarray(who, np.int64)
    rest = np.tile(np.array([m, touch, -1, ALONE]), (len(who), 1))
    day.wishes.append(np.concatenate([who[:, None], rest], axis=1))
    settle_teams(day)
    return day


def wishes_of(
    world: World, chosen: Chosen, tempting: int, waiting: float, platform: Any = 0
) -> np.ndarray:
    """Wishes for a team of everybody, who has ``chosen`` something on a platform."""
    n = world.count
    wishes = np.empty((n, 5), np.int64)
    platforms = np.broadcast_to(platform, n).astype(np.int8)
    count = prefer_teams(
        world.seed, 0, np.arange(n, dtype=np.int32), np.full(n, tempting, np.int16), platforms,
        chosen, len(world.platforms), waiting, world.teams.offers, world.teams.seated(0),
        world.consumers, world.relations, world.offers, world.graph, world.laws.choice, 1.0,
        np.zeros(1, np.int64), np.zeros(1), wishes,
    )  # fmt: skip
    return wishes[:count]


def next_day(world: World, number: int) -> Day:
    day = morning(world, number)
    ask_for_teams(day)
    settle_teams(day)
    return day


# --- exact laws ---------------------------------------------------------------------------------


def test_team_alone_or_not_at_all_is_a_logit_of_three() -> None:
    """A temptation: whatever was chosen before the team came into view, shares are softmax."""
    n, sensitivity = 60_000, 1.5
    world = world_of(
        {
            "consumers.count": n,
            "consumers.price_sensitivity": sensitivity,
            "choice.quality": 1.2,
            "choice.impulse": 0.3,
            "choice.reference_price": 100,
        }
    )
    u = 1.2 * 0.5 * (0.6 + 0.5) - sensitivity * math.log(1.29)
    better = sensitivity * math.log(PRICE / TEAM_PRICE) - 0.4
    weights = np.exp([u + better, u, 0.3])
    before = np.random.default_rng(1).random(n) < weights[1] / weights[1:].sum()
    chosen = Chosen(np.where(before, 0, -1).astype(np.int16), np.zeros(n, np.int8))
    wishes = wishes_of(world, chosen, tempting=0, waiting=0.4)
    share = weights / weights.sum()
    for found, p in zip((len(wishes), (chosen.merchant == 0).sum()), share, strict=False):
        assert abs(found - n * p) < 4 * math.sqrt(n * p * (1 - p))
    assert (chosen.merchant[wishes[:, 0]] == -1).all()


def test_a_need_weighs_the_team_against_buying_alone() -> None:
    n, sensitivity = 40_000, 2.0
    world = world_of({"consumers.count": n, "consumers.price_sensitivity": sensitivity})
    chosen = Chosen(np.zeros(n, np.int16), np.zeros(n, np.int8))
    chosen.merchant[::2] = 1  # who sells to nobody in teams
    wishes = wishes_of(world, chosen, tempting=-1, waiting=0.5)
    p = 1 / (1 + math.exp(0.5 - sensitivity * math.log(PRICE / TEAM_PRICE)))
    assert abs(len(wishes) - n / 2 * p) < 4 * math.sqrt(n / 2 * p * (1 - p))
    assert (wishes[:, 0] % 2 == 1).all()


def test_in_stores_nobody_sells_to_teams() -> None:
    n = 1000
    world = world_of({"consumers.count": n, "consumers.price_sensitivity": 50.0})
    stores = len(world.platforms)
    bought = Chosen(np.zeros(n, np.int16), np.zeros(n, np.int8))
    platform = np.where(np.arange(n) % 2, stores, 0)
    wishes = wishes_of(world, bought, tempting=-1, waiting=0.0, platform=platform)
    assert np.array_equal(wishes[:, 0], np.arange(0, n, 2))  # whoever is not in a store
    assert (bought.merchant[1::2] == 0).all()


# --- seats: a plain twin --------------------------------------------------------------------------


def plain_seats(
    world: World, number: int, wishes: list[tuple[int, int]], teams: list[list[int]]
) -> None:
    """Seat wishes (person, team asked for) of merchant 0 one by one in ``teams``."""
    offers, luck = world.teams.offers, int(world.offers.luck[0])
    most = int(offers.size[0].max())
    start = block(world.seed, int(Stream.TEAM_ORDER), 0, number, 0)[0] % len(wishes)
    for who, asked in wishes[start:] + wishes[:start]:
        if any(who in members for members in teams):
            continue
        room = [g for g, members in enumerate(teams) if len(members) < most]
        row = world.graph.indices[world.graph.indptr[who] : world.graph.indptr[who + 1]]
        friends = [g for friend in row for g in room if friend in teams[g]]
        word = block(world.seed, int(Stream.STRANGER), who, number, luck)[0]
        if asked in room:
            g = asked
        elif friends:
            g = friends[0]
        elif room and uniform(np.uint32(word)) < offers.strangers[0]:
            g = room[0]
        else:
            teams.append([])
            g = len(teams) - 1
        teams[g].append(who)


@pytest.mark.parametrize("strangers", [0.0, 0.4, 1.0])
def test_seats_are_taken_as_by_the_plain_twin(strangers: float) -> None:
    offer = team(strangers=strangers, days=9, size=4, tiers=[{"size": 6, "price": 89}])
    world = world_of({"consumers.count": 60}, offer)
    rng = np.random.default_rng(int(10 * strangers))
    with_graph(world, rng.integers(0, 60, 40), rng.integers(0, 60, 40))
    known: list[list[int]] = []
    for number in range(6):
        day = morning(world, number)
        n = 9
        who = rng.integers(0, 60, n)
        asked = rng.integers(-1, max(1, len(known)), n) if known else np.full(n, -1)
        wishes = np.zeros((n, 5), np.int64)
        wishes[:, 0], wishes[:, 4], wishes[:, 3] = who, asked, -1
        day.wishes.append(wishes)
        plain_seats(world, number, list(zip(who.tolist(), asked.tolist(), strict=True)), known)
        settle_teams(day)
        known = [members for members in known if len(members) < 6]
        seat = world.teams.seat
        found = [seat[seat[:, TEAM] == g, WHO].tolist() for g in range(len(world.teams.team))]
        assert found == known
        assert world.teams.team[:, SIZE].tolist() == [len(members) for members in known]


# --- money and goods ----------------------------------------------------------------------------


def test_money_is_held_and_an_item_put_aside_until_all_is_decided() -> None:
    world = world_of(offer=team(days=2))
    stock = world.accounts.stock[0]
    wish(world, [10, 50])
    totals = world.accounts.totals
    assert totals[HELD] == totals[CONSUMERS] == 2 * TEAM_PRICE
    assert world.accounts.stock[0] == stock - 2
    assert world.accounts.cash[0] == 0
    day = wish(world, [11, 12], 1)  # friends of a friend: the team is full, the other is not
    assert day.counts.teams["completed"][0] == 1
    assert day.counts.by_touch[0].sum() == 3
    assert totals[HELD] == TEAM_PRICE
    assert world.accounts.cash[0] == totals[CONSUMERS] - TEAM_PRICE == 3 * TEAM_PRICE
    day = wish(world, [], 2)
    assert day.counts.teams["failed"][0] == day.counts.teams["refunds"][0] == 1
    assert totals[HELD] == 0
    assert totals[CONSUMERS] == world.accounts.cash[0]
    assert world.accounts.stock[0] == stock - 3
    assert len(world.teams.team) == len(world.teams.seat) == 0


def test_members_pay_the_price_of_the_tier_they_reach() -> None:
    """Tiers at 99, 89 and 79 yuan: at the deadline 2, 3, 4 and 5 people pay by their number, and
    who brings the last tier's number need not wait."""
    tiers = [{"size": 3, "price": 89}, {"size": 5, "price": 79}]
    world = world_of({"consumers.count": 40}, team(size=2, days=3, tiers=tiers))
    sizes = (2, 3, 4, 5, 1)
    first = np.cumsum([0, *sizes])[:-1]
    pairs = [(a, a + n) for a, size in zip(first, sizes, strict=True) for n in range(1, size)]
    with_graph(world, *(np.array(ends) for ends in zip(*pairs, strict=True)))
    wish(world, first)
    day = wish(world, sorted(set(range(15)) - set(first.tolist())), 1)
    assert day.counts.teams["completed"][0] == 1
    assert world.accounts.cash[0] == 5 * 7_900
    for number in (2, 3):
        day = wish(world, [], number)
    assert day.counts.teams["completed"][0] == 3
    assert day.counts.teams["failed"][0] == 1
    assert world.accounts.cash[0] == 5 * 7_900 + 2 * 9_900 + 7 * 8_900
    assert day.counts.teams["discount"][0] == 9 * PRICE - 2 * 9_900 - 7 * 8_900
    assert sorted(set(day.orders[:, 2].tolist())) == [8_900, 9_900]


def test_only_openers_whom_a_platform_brought_pay_its_fee() -> None:
    world = world_of()
    with_graph(world, np.array([1, 2, 3]), np.array([2, 3, 1]))
    day = morning(world)
    day.wishes.append(np.array([[1, 0, PAID, 0, ALONE], [2, 0, GROUP_BUY, -1, ALONE]]))
    day.wishes.append(np.array([[3, 0, GROUP_BUY, -1, ALONE]]))
    settle_teams(day)
    assert world.accounts.totals[PLATFORMS] == round(0.05 * TEAM_PRICE)
    assert day.counts.by_touch[0, PAID] == 1
    assert day.counts.by_touch[0, GROUP_BUY] == 2


@pytest.mark.parametrize("end", ["price", "size", "offer", "merchant"])
def test_a_team_that_loses_its_offer_is_paid_back(end: str) -> None:
    """By the platform that holds the money: even if the merchant is bankrupt."""
    world = world_of(offer=team(days=9))
    stock = world.accounts.stock[0]
    wish(world, [10, 50])
    new = {"price": team(days=9, price=98), "size": team(days=9, size=4), "offer": None}
    if end == "merchant":
        world.in_business[0] = world.offers.is_open[0] = False
    else:
        post_team(world.teams.offers, 0, new[end])
    day = next_day(world, 1)
    assert day.counts.teams["refunds"][0] == day.counts.teams["failed"][0] == 2
    assert world.accounts.totals[CONSUMERS] == world.accounts.totals[HELD] == 0
    assert world.accounts.stock[0] == stock - (2 if end == "merchant" else 0)


def test_nobody_sits_twice_and_no_seat_is_sold_without_stock() -> None:
    world = world_of(offer=team(days=9, size=9))
    world.accounts.stock[0] = 3
    day = wish(world, [5, 5, 20, 20, 40, 60, 80])
    assert day.counts.teams["opened"][0] == 3
    assert day.counts.stockouts[0] == 2
    assert len(set(world.teams.seat[:, WHO].tolist())) == len(world.teams.seat) == 3
    assert world.accounts.stock[0] == 0
    assert wish(world, [5], 1).counts.stockouts[0] == 0  # sits already


def test_a_team_lives_as_many_days_as_it_was_promised() -> None:
    for days in (1, 4):
        world = world_of(offer=team(days=days))
        wish(world, [5])
        assert world.teams.team[0, DUE] == days
        failed = [int(wish(world, [], n).counts.teams["failed"][0]) for n in range(1, days + 1)]
        assert failed == [0] * (days - 1) + [1]


# --- felt in a market ---------------------------------------------------------------------------

TERMS = "merchants.buyer.strategy.team"


def market(changes: dict[str, Any] | None = None, *, seed: int = 1, **more: Any) -> Market:
    """A market of 2,000 people in which three merchants sell to teams, at its end."""
    values = {
        "inviting": {"rate": 0.3, "persuasion": 3.0},
        "merchants.buyer.strategy": {
            "kind": "group_buy",
            "daily_budget": 200,
            "bid": 2.5,
            "target_cac": 60,
            "team": {"size": 3, "price": 99, "days": 2, "strangers": 0.3},
        },
    }
    return play({**values, **(changes or {})}, seed=seed, **more)


def sums(changes: dict[str, Any] | None = None, *, seed: int = 1) -> dict[str, int]:
    """Totals of the funnel."""
    rows = tables(market(changes, seed=seed))["teams"]
    return {name: int(v.sum()) for name, v in rows.items() if v.dtype != object}


def test_lower_prices_open_more_teams_and_larger_ones_complete_less() -> None:
    for seed in (1, 2, 3):
        plain, cheap, large = (
            sums(changes, seed=seed)
            for changes in ({}, {f"{TERMS}.price": 70}, {f"{TERMS}.size": 6})
        )
        assert cheap["opened"] + cheap["joined"] > plain["opened"] + plain["joined"]
        rate = [x["completed"] / (x["completed"] + x["failed"]) for x in (plain, large)]
        assert rate[0] > rate[1] + 0.1


def test_without_ties_only_strangers_complete_teams() -> None:
    """Nobody is asked, nobody has friends: without strangers every team fails."""
    apart = {"graph": {"kind": "complete", "contacts": 0.001}, "inviting.rate": 0.0}
    alone = sums({f"{TERMS}.strangers": 0.0, **apart})
    assert alone["opened"] > 50
    assert alone["completed"] == alone["joined"] == alone["orders"] == 0
    assert sums({f"{TERMS}.strangers": 0.8, **apart})["completed"] > 0
    assert sums({f"{TERMS}.strangers": 0.0})["completed"] > 0


def test_every_seat_ends_as_an_order_or_a_refund_or_waits() -> None:
    played = market()
    rows = tables(played)["teams"]
    for name in np.unique(rows["merchant"]):
        mine = {k: v[rows["merchant"] == name] for k, v in rows.items()}
        seats = mine["opened"] + mine["joined"] + mine["strangers"]
        ends = mine["orders"] + mine["refunds"]
        assert (np.cumsum(seats) - np.cumsum(ends) == mine["waiting"]).all()
        assert (np.cumsum(mine["completed"] + mine["failed"]) <= np.cumsum(mine["opened"])).all()
    assert total(played, "orders_group_buy") > 0
    assert total(played, "first_group_buy") > 0


def test_friends_are_asked_more_the_more_is_saved() -> None:
    """Per seat: the discount makes people invite, as much as it weighs with them."""
    per_seat = []
    for changes in (
        {f"{TERMS}.price": 120},
        {f"{TERMS}.price": 80},
        {f"{TERMS}.price": 80, "inviting.incentive": 4.0},
    ):
        found = sums(changes)
        per_seat.append(found["invited"] / (found["opened"] + found["joined"]))
    assert per_seat[0] < per_seat[1] < per_seat[2]


def test_any_number_of_threads_gives_the_same_bits() -> None:
    assert digest(market({"days": 15})) == digest(market({"days": 15}, threads=3))


def test_who_offers_nothing_to_teams_has_no_rows() -> None:
    assert len(tables(play({"days": 3}))["teams"]["day"]) == 0
