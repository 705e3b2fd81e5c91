"""Cohorts against a plain twin: a list of all orders, and what was paid back of them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from sim.steps import deliver as delivering
from sim.steps.day import Day
from sim.steps.purchase import FEE, MERCHANT, PRICE, WHO
from sim.world.clients import MONTH, build_clients, count_order, give_back, with_room
from tests.engine.tiny import build, play, tables

FREQUENT = {"days": 100, "consumers.count": 500, "memory.return_rate": 0.2}


def log_of(market: Market, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[Any]]:
    """Run a market to its end; return its orders (day, who, merchant, margin) and, from the
    parcels, how many of whom were paid back on which day."""
    orders: list[Any] = []
    back: list[Any] = []
    cost = market.world.offers.unit_cost
    kernel = delivering.deliver
    place = {name: n for n, name in enumerate(inspect.signature(kernel.py_func).parameters)}

    def spied(*args: Any) -> Any:
        """Deliver parcel by parcel: what was paid back is told by the tally."""
        parcels, tallies, rows = (args[place[name]] for name in ("parcels", "tallies", "messages"))
        found = 0
        for n in range(len(parcels)):
            before = tallies[:, 1].sum()
            one = list(args)
            one[place["parcels"]], one[place["messages"]] = parcels[n : n + 1], rows[found:]
            found += kernel(*one)
            if tallies[:, 1].sum() > before:
                p = parcels[n]
                m = int(p[MERCHANT])
                back.append((args[1], int(p[WHO]), m, int(p[PRICE] - p[FEE] - cost[m])))
        return found

    monkeypatch.setattr(delivering, "deliver", spied)
    stage = market._stages["purchase"]

    def noting(day: Day, threads: Any) -> None:
        stage(day, threads)
        for row in day.orders:
            m = int(row[MERCHANT])
            margin = int(row[PRICE] - row[FEE] - cost[m])
            orders.append((day.number, int(row[WHO]), m, margin))

    market._stages["purchase"] = noting
    while market.running:
        market.step()
    return orders, back


def test_cohorts_are_those_of_the_order_log(monkeypatch: pytest.MonkeyPatch) -> None:
    market = build(FREQUENT)
    orders, back = log_of(market, monkeypatch)
    assert len(orders) > 3000
    assert len(back) > 300
    names = [firm.name for firm in market.world.firms]
    first: dict[tuple[int, int], int] = {}
    people: dict[tuple[int, int, int], set[int]] = {}
    number: dict[tuple[int, int, int], int] = {}
    margin: dict[tuple[int, int, int], int] = {}
    for day, who, m, earned in orders:
        cohort = first.setdefault((who, m), day) // MONTH
        cell = (m, cohort, day // MONTH)
        people.setdefault(cell, set()).add(who)
        number[cell] = number.get(cell, 0) + 1
        margin[cell] = margin.get(cell, 0) + earned
    for day, who, m, earned in back:
        cell = (m, first[who, m] // MONTH, day // MONTH)
        margin[cell] = margin.get(cell, 0) - earned
    t = tables(market)["cohorts"]
    seen = set()
    for name, cohort, month, days, size, active, bought, earned in zip(
        *(t[c] for c in t if c not in ("day", "camp")), strict=True
    ):
        cell = (names.index(name), int(cohort), int(month))
        seen.add(cell)
        assert days == min(MONTH, 100 - MONTH * month)
        assert size == sum(d // MONTH == cohort for (_, m), d in first.items() if m == cell[0])
        assert active == len(people.get(cell, ()))
        assert bought == number.get(cell, 0)
        assert earned == margin.get(cell, 0)
    assert set(people) | set(margin) <= seen


@pytest.mark.parametrize("capacity", [None, 2])
def test_cohorts_add_up_to_the_series(capacity: int | None) -> None:
    """Orders and gross margin to the fen, with parcels that come back and orders never sent."""
    market = play(
        {**FREQUENT, "memory.patience": 5, "merchants.buyer.operations.capacity": capacity}
    )
    cohorts, rows = (tables(market)[name] for name in ("cohorts", "merchants"))
    for name in np.unique(rows["merchant"]):
        mine, days = cohorts["merchant"] == name, rows["merchant"] == name
        earned = rows["revenue"] - rows["cogs"] - rows["platform_fees"]
        assert cohorts["margin"][mine].sum() == earned[days].sum()
        assert cohorts["orders"][mine].sum() == rows["orders"][days].sum()
    own = cohorts["cohort"] == cohorts["month"]
    assert (cohorts["active"][own] == cohorts["customers"][own]).all()
    assert (cohorts["active"] <= cohorts["customers"]).all()
    assert (cohorts["active"] <= cohorts["orders"]).all()


def test_who_comes_back_after_a_silent_year_is_new() -> None:
    clients = build_clients(1, 1000)
    for day in (0, 364, 364 + 365, 364 + 365 + 40):
        clients = with_room(clients, 1, day)
        clients.month[:] = 0
        count_order(clients, 7, 0, day, 100)
        cohort = 0 if day < 365 else (364 + 365) // MONTH
        assert clients.month[0, cohort].tolist() == [1, 1, 100]
        assert clients.month.sum() == 102
    give_back(clients, 7, 0, 30)
    give_back(clients, 8, 0, 30)  # nobody we know
    assert clients.month.sum() == 72
    count_order(clients, 7, 0, 364 + 365 + 41, 0)  # the second order of a month is nobody new
    assert clients.month[0, :, 0].sum() == 1
