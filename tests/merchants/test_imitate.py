"""Imitation: who is copied, how often, and what comes of it in a market."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.merchants.buy_traffic import BuyTraffic
from sim.merchants.imitate import Imitate
from sim.merchants.strategy import Decision, Observation
from sim.merchants.trial import sample_observations
from sim.merchants.views import Rank
from sim.scenario.learning import Imitate as Settings
from tests.engine.tiny import build, play, tables
from tests.merchants.trial import Quiet

SEEN = replace(sample_observations()[1], name="me.1", period=7)
WAYS = {"red": lambda: Quiet({"staff": 1.0}), "blue": lambda: Quiet({"staff": 2.0})}


def imitator(**settings: Any) -> Imitate:
    one = Imitate(Settings.model_validate(settings))
    one.meet(WAYS)
    return one


def look(one: Imitate, mine: int, *others: tuple[str, int], seed: int = 0) -> Decision:
    ranking = tuple(Rank(f"{way}.{n}", way, orders) for n, (way, orders) in enumerate(others))
    seen: Observation = replace(SEEN, recent_orders=mine, ranking=ranking)
    return one.decide(seen, np.random.default_rng(seed))


@pytest.mark.parametrize(("mine", "theirs"), [(0, 50), (25, 50), (45, 50), (50, 50), (80, 50)])
def test_better_sellers_are_copied_in_proportion(mine: int, theirs: int) -> None:
    """rate x (theirs - mine) / theirs, never where they sell less."""
    copied = 0
    for seed in range(2000):
        one = imitator(rate=0.6)
        one._follow("red")
        look(one, mine, ("blue", theirs), seed=seed)
        copied += one.way == "blue"
    chance = 0.6 * max(0, theirs - mine) / theirs
    assert copied / 2000 == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 2000) ** 0.5)


def test_it_does_what_the_way_says() -> None:
    one = imitator(rate=1)
    one._follow("red")
    assert look(one, 0, ("red", 50)).staff == 1.0
    decision = look(one, 0, ("blue", 10**9))
    assert (decision.staff, one.way) == (2.0, "blue")


def test_among_whom_it_looks() -> None:
    """Not oneself, none whose way one may not copy; with nobody on the list it goes on."""
    one = imitator(rate=1, among=["red"])
    for seed in range(20):
        look(one, 0, ("blue", 10**9), ("red", 1), seed=seed)
        assert one.way == "red"
    me = (Rank("me.1", "blue", 10**9),)
    one = imitator(rate=1)
    one._follow("red")
    one.decide(replace(SEEN, recent_orders=0, ranking=me), np.random.default_rng(0))
    one.decide(replace(SEEN, recent_orders=0, ranking=()), np.random.default_rng(0))
    assert one.way == "red"


def test_the_first_way_is_drawn_and_alone_it_buys_traffic() -> None:
    first = {
        imitator().decide(replace(SEEN, period=0), np.random.default_rng(n)).staff
        for n in range(20)
    }
    assert first == {1.0, 2.0}
    alone = Imitate(Settings())
    decision = alone.decide(SEEN, np.random.default_rng(0))
    assert decision == BuyTraffic(
        alone._now.settings  # type: ignore[attr-defined]
    ).decide(SEEN, np.random.default_rng(0))


def test_changed_settings_keep_the_way_if_it_is_still_there() -> None:
    one = imitator()
    one._follow("blue")
    one.adopt(imitator(rate=0.1))
    assert (one.way, one.settings.rate) == ("blue", 0.1)
    one.adopt(imitator(among=["red"]))
    look(one, 0)
    assert one.way == "red"


# --- in the market ------------------------------------------------------------------------------

CROWD: dict[str, Any] = {
    "merchants.follower": {
        "count": 8,
        "product": {"price": 129, "unit_cost": 60},
        "operations": {"stock": 150, "cover": 10, "lead_time": 4, "cash": 200_000},
        "strategy": {"kind": "imitate", "review": 3, "rate": 1},
    },
    "merchants.grower.strategy": {"kind": "buy_traffic", "daily_budget": 1, "bid": 0.01},
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_crowd_goes_where_most_is_sold(seed: int) -> None:
    """One camp advertises, the other hardly; imitators begin at random and end with the first."""
    rows = tables(play({**CROWD, "days": 60}, seed=seed))["merchants"]
    mine = rows["camp"] == "follower"
    shares = [
        float((rows["way"][mine & (rows["day"] == day)] == "buyer").mean()) for day in (0, 59)
    ]
    assert shares[1] >= 0.75
    assert shares[1] > shares[0]
    others = ~mine
    assert (rows["way"][others] == rows["camp"][others]).all()


def test_the_list_of_best_sellers_is_public_and_short() -> None:
    market = build({"days": 12})
    for _ in range(12):
        market.step()
        listed = market._ranking
        assert [r.orders for r in listed] == sorted((r.orders for r in listed), reverse=True)
    orders = tables(market)["merchants"]
    for line in listed:
        mine = (orders["merchant"] == line.name) & (orders["day"] < 11)
        assert line.orders == orders["orders"][mine].sum()
        assert line.way == line.name.partition(".")[0]
