"""The ladder climbs by its own books, keeps what it has reached, and stays within its budget."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.ladder import COMMUNITY, FANS, SOCIALISATION, TRAFFIC, Ladder
from sim.scenario.ladder import Ladder as Settings
from tests.engine.tiny import by_day, play
from tests.merchants.test_settings import TEAM, decide, seen


def ladder(**settings: Any) -> Ladder:
    return Ladder(Settings.model_validate(settings))


def rungs(**thresholds: int) -> Ladder:
    return ladder(
        daily_budget=1000,
        customers=100,
        fans=50,
        members=30,
        ads_share=0.25,
        community={**TEAM, "conversion": 0.4, "content_posts": 0.5, "sales_posts": 0.2},
        **thresholds,
    )


def at(customers: int, followers: int, members: int) -> Any:
    return seen(
        active_customers=customers, followers=followers, members=members, orders=0, period=7
    )


def test_each_rung_has_its_threshold_and_its_deeds() -> None:
    strategy = rungs()
    first = decide(strategy, at(99, 900, 900))
    assert (first.stage, first.staff, first.conversion) == (TRAFFIC, 0, 0)
    assert first.budgets == {"mall": 100_000}
    second = decide(strategy, at(100, 49, 900))
    assert (second.stage, second.staff, second.conversion) == (FANS, 0, 0.4)
    assert second.sales_posts == 0.2
    third = decide(strategy, at(100, 50, 29))
    assert third.stage == COMMUNITY
    assert third.staff > 0
    assert third.levers[1] == third.levers[3] == 0 == third.content_posts
    assert third.budgets == {"mall": 100_000 - 200 * 100}
    top = decide(strategy, at(100, 50, 30))
    assert top.stage == SOCIALISATION
    assert min(top.levers) > 0
    assert top.content_posts == 0.5
    assert top.budgets == {"mall": (100_000 - 200 * 100) // 4}


def test_a_rung_once_reached_is_kept() -> None:
    strategy = rungs()
    assert decide(strategy, at(500, 500, 500)).stage == SOCIALISATION
    assert decide(strategy, at(0, 0, 0)).stage == SOCIALISATION


@given(
    budget=st.integers(0, 3000),
    wage=st.integers(0, 900),
    staff=st.floats(0, 20),
    tools=st.integers(0, 4000),
    people=st.integers(0, 5000),
    orders=st.integers(0, 3000),
)
def test_the_ladder_spends_its_daily_budget_at_most(
    budget: int, wage: int, staff: float, tools: int, people: int, orders: int
) -> None:
    team = {"staff": staff, "wage": wage, "integration_spend": tools}
    strategy = ladder(daily_budget=budget, community=team)
    decision = decide(strategy, at(people, people // 2, people // 3))
    wages = round(decision.staff * decision.wage)
    spent = wages + decision.integration_spend + sum(decision.budgets.values())
    assert spent <= 100 * budget + 1  # rounding of wages
    assert decision.daily_limit == 100 * budget


def test_a_market_climbs_in_order() -> None:
    merchant = {
        "kind": "ladder",
        "daily_budget": 500,
        "bid": 2,
        "target_cac": 60,
        "customers": 40,
        "fans": 20,
        "members": 25,
        "community": {"members_per_staff": 20, "wage": 100, "conversion": 0.9},
    }
    market = play({"days": 120, "merchants.grower.strategy": merchant})
    stage = by_day(market, "stage")
    for m in (3, 4):
        assert sorted(set(stage[:, m])) == [1, 2, 3, 4]
        assert (stage[1:, m] >= stage[:-1, m]).all()
        assert not by_day(market, "members")[stage[:, m] < COMMUNITY, m].any()
    assert not stage[:, :3].any()
