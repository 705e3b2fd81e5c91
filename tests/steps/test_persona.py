"""Persona: what appearing holds, what it costs, and whom it draws."""

from __future__ import annotations

import numpy as np
import pytest

from sim.world.market import charm, fit
from tests.engine.tiny import build, by_day, play, tables, total

FACE = {"appeal": 0.8, "spend": 0, "half_life": 10}


def test_strength_goes_half_way_to_what_spending_holds_in_a_half_life() -> None:
    face = {"appeal": 0.9, "spend": 100, "spend_half": 300, "half_life": 10}
    market = play({"merchants.buyer.persona": face, "days": 20})
    persona = by_day(market, "persona")[:, 0]
    days = np.arange(1, 21)
    assert persona == pytest.approx(0.25 + 0.65 * 2 ** (-days / 10))
    assert (by_day(market, "spend_content")[:, :3] == 10_000).all()
    assert (by_day(market, "persona")[:, 3:] == 0).all()
    assert market.row["to_media"] == 20 * 3 * 10_000  # and the books balance (check: daily)


def test_it_draws_whom_the_product_fits() -> None:
    world = build({"merchants.buyer.persona": FACE}).world
    for i in range(0, 2000, 37):
        liked = fit(world.offers, world.consumers.taste[i], 0)
        got = charm(world.offers, world.consumers, i, 0)
        assert got == pytest.approx(0.8 * min(1.0, liked))
        assert charm(world.offers, world.consumers, i, 4) == 0.0


def test_without_a_face_nothing_is_paid() -> None:
    market = play({"days": 5})
    assert total(market, "spend_content") == 0
    assert market.row["to_media"] == 0
    assert (tables(market)["merchants"]["persona"] == 0).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_stronger_face_has_more_followers(seed: int) -> None:
    found = []
    for strength in (0.0, 0.3, 0.9):
        face = {"appeal": strength, "half_life": 3650}
        market = play({"merchants.buyer.persona": face, "days": 25}, seed=seed)
        found.append(by_day(market, "followers")[-1, :3].sum())
    assert found[0] < found[1] < found[2]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_face_that_appears_no_more_is_forgotten(seed: int) -> None:
    kept, gone = (
        play({"merchants.buyer.persona": {"appeal": 0.5, "spend": spend, "half_life": 5,
                                          "spend_half": 100}, "days": 35}, seed=seed)
        for spend in (100, 0)
    )  # fmt: skip
    assert by_day(kept, "persona")[-1, 0] == pytest.approx(0.5)
    assert by_day(gone, "persona")[-1, 0] < 0.01
    late = [
        by_day(m, "followers")[-1, :3].sum() - by_day(m, "followers")[10, :3].sum()
        for m in (kept, gone)
    ]
    assert late[0] > late[1]
