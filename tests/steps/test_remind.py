"""Messages to old customers: their rates, their cost, and how little they do."""

from __future__ import annotations

import math

import numpy as np

from sim.steps.remind import remind
from sim.world.clients import count_order, with_room
from sim.world.market import MEDIA_TOTAL
from sim.world.relations import COMMUNITY
from sim.world.world import World
from tests.engine.tiny import build, by_day, morning, play, total

OLD = "merchants.buyer.strategy.legacy_channels"


def shop(customers: int, ordered: int = 0) -> World:
    """A market in which the first ``customers`` people bought from merchant 0."""
    world = build({"groups.message_read": 0.3}).world
    world.in_business[:] = world.offers.is_open[:] = True
    world.clients = with_room(world.clients, customers, 0)
    for i in range(customers):
        count_order(world.clients, i, 0, ordered, 0)
    return world


def test_messages_go_to_yearly_buyers_at_their_rate_and_few_are_read() -> None:
    world = shop(1500)
    world.care.messages[0], world.care.message_cost[0] = 0.4, 7
    before = world.accounts.cash[0]
    day = morning(world, 3)
    remind(day)
    sent = day.counts.reminders[0]
    assert abs(sent - 600) < 4 * math.sqrt(1500 * 0.24)
    who, merchant, touch, _ = day.occasions.joined()
    assert abs(len(who) - 0.3 * sent) < 4 * math.sqrt(sent * 0.21)
    assert (merchant == 0).all()
    assert (touch == COMMUNITY).all()
    assert (who < 1500).all()
    knows = (world.relations.merchant == 0).any(axis=1)
    assert sorted(np.flatnonzero(knows)) == sorted(who)
    assert before - world.accounts.cash[0] == 7 * sent == day.counts.spend_media[0]
    assert world.accounts.totals[MEDIA_TOTAL] == 7 * sent


def test_after_a_year_nobody_is_written_to() -> None:
    world = shop(100)
    world.care.messages[0] = 1.0
    for number, sent in ((364, 100), (365, 0)):
        day = morning(world, number)
        remind(day)
        assert day.counts.reminders[0] == sent


def test_old_channels_share_the_budget_and_bring_followers() -> None:
    plain = play()
    old = play({OLD: {"messages": 0.2, "message_cost": 0.1, "scans": 0.3, "card_cost": 0.5}})
    assert total(old, "reminders", camp="buyer") > 500
    assert total(old, "spend_community", camp="buyer") > 0  # the cards
    spent = sum(by_day(old, f"spend_{what}") for what in ("ads", "media", "community"))
    assert spent[:, :3].sum() <= 1.02 * 200_00 * 3 * old.day
    assert by_day(old, "followers")[-1, :3].sum() > by_day(plain, "followers")[-1, :3].sum()
    assert total(old, "orders_community", camp="buyer") > 0
    assert total(plain, "orders_community", camp="buyer") == 0
