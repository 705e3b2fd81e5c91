"""Shelves and content as strategies: the money is what was set, split as was set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.channel import Channel
from sim.merchants.content import Content
from sim.merchants.pieces import Pieces
from sim.merchants.strategy import Decision, problems_of
from sim.merchants.trial import sample_observations
from sim.scenario import outreach
from tests.engine.tiny import play, tables

SEEN = sample_observations()[1]
RNG = np.random.default_rng(0)


@given(budget=st.integers(0, 10**8), share=st.floats(0, 1))
def test_the_budget_of_shelves_is_split_without_rest(budget: int, share: float) -> None:
    settings = outreach.Channel.model_validate(
        {"daily_budget": budget / 100, "promotion_share": share}
    )
    decision = Channel(settings).decide(SEEN, RNG)
    assert problems_of(decision, SEEN) == []
    assert decision.listing_spend + decision.promotion_spend == settings.daily_budget
    assert decision.promotion_spend == int(settings.daily_budget * share)


def test_content_spends_the_budget_on_pieces() -> None:
    settings = outreach.Content.model_validate(
        {"daily_budget": 300, "piece_cost": 1_200, "style": 2, "virality": 3}
    )
    decision = Content(settings).decide(SEEN, RNG)
    assert problems_of(decision, SEEN) == []
    assert decision.content == Pieces(0.25, 120_000, 60, 3.0, 2)
    assert decision.sales_posts == settings.sales_posts


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rate": -1}, "content.rate"),
        ({"virality": 101}, "content.virality"),
        ({"cost": 0}, "content.cost"),
        ({"cost": 1.5}, "content.cost"),
        ({"shelf_life": 0}, "content.shelf_life"),
        ({"style": SEEN.segments}, "content.style"),
    ],
)
def test_wrong_pieces_are_told(wrong: dict[str, Any], said: str) -> None:
    (problem,) = problems_of(Decision(content=replace(Pieces(), **wrong)), SEEN)
    assert problem.startswith(said)


def test_a_plan_without_a_review_is_made_anew_when_an_event_changes_it() -> None:
    strategy = {"kind": "channel", "daily_budget": 50, "promotion_share": 0}
    change = {"day": 6, "set": {"merchants.buyer.strategy.daily_budget": 80}}
    market = play({"days": 12, "merchants.buyer.strategy": strategy, "events": [change]})
    rows = tables(market)["merchants"]
    spend = rows["spend_media"][rows["camp"] == "buyer"].reshape(12, -1)
    assert (spend[:6] == 5_000).all()
    assert (spend[6:] == 8_000).all()
