"""Brand equity: who knows a name, how it fades, and what it is worth at the till."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine.model import Market
from sim.steps.brand import REMINDER, recall
from sim.world.relations import BOUGHT, DEEP
from sim.world.world import World
from tests.engine.tiny import build, digest, morning, play, total
from tests.steps.shop import PLAIN, know

PEOPLE = 8000


def town(**brand: Any) -> World:
    """Two shops of a camp with a name, in a town that nothing else happens in."""
    changes = {"merchants.shop.product.brand": {"awareness": 0.3, **brand}}
    world = build(changes, PLAIN).world
    world.in_business[:] = True
    return world


def aware(world: World, m: int = 0) -> np.ndarray:
    return (world.relations.merchant == m).any(axis=1)


def test_a_share_of_people_know_the_name_as_the_law_says() -> None:
    world = town(awareness=0.3, goodwill=0.25, trust=0.4)
    recall(morning(world))
    error = 4 * (0.3 * 0.7 / PEOPLE) ** 0.5
    knows = [aware(world, m) for m in (0, 1)]
    assert [k.mean() for k in knows] == pytest.approx([0.3, 0.3], abs=error)
    # Two names are known independently.
    assert (knows[0] & knows[1]).mean() == pytest.approx(0.09, abs=error)
    here = world.relations.merchant == 0
    assert world.relations.goodwill[here] == pytest.approx(0.25)
    assert world.relations.trust[here] == pytest.approx(0.4)
    assert (world.relations.flags[here] == DEEP).all()


def test_who_knows_a_weak_brand_knows_a_strong_one() -> None:
    weak, strong = town(awareness=0.1), town(awareness=0.4)
    for world in (weak, strong):
        recall(morning(world))
    assert (aware(strong) | ~aware(weak)).all()
    assert aware(strong).sum() > 3 * aware(weak).sum()


@pytest.mark.parametrize("half_life", [100, 400])
def test_a_brand_halves_in_its_half_life(half_life: int) -> None:
    """Those of whom the name has lately come to mind, after four hundred days; each of them did in
    the last 28, and goodwill has faded since no longer than that."""
    world = town(awareness=0.8, goodwill=0.2, half_life=half_life)
    for n in range(401):
        recall(morning(world, n))
    fresh = 0.2 * 2 ** (-(REMINDER + 0.5) / world.scenario.memory.goodwill_half_life)
    now = (world.relations.goodwill * world.laws.memory.fade * (world.relations.merchant == 0)).max(
        axis=1
    )
    left = 0.8 * 2 ** (-400 / half_life)
    error = 4 * (left * (1 - left) / PEOPLE) ** 0.5 + left * (2 ** (REMINDER / half_life) - 1)
    assert (now > fresh).mean() == pytest.approx(left, abs=error)
    assert now.max() <= 0.2 + 1e-6


def test_experience_counts_for_more_than_a_name() -> None:
    """Goodwill above the brand's, and trust that was earned, stay as they are."""
    world = town(awareness=1.0, goodwill=0.2, trust=0.5)
    know(world, 0, trust=-0.7)
    world.relations.goodwill[:, 0] = 0.6
    recall(morning(world))
    assert (world.relations.trust[:, 0] == np.float32(-0.7)).all()
    assert world.relations.goodwill[:, 0] == pytest.approx(0.6)
    assert (world.relations.flags[:, 0] & BOUGHT > 0).all()
    other = world.relations.merchant == 1  # of whom they know the name alone
    assert world.relations.trust[other] == pytest.approx(np.full(PEOPLE, 0.5))


def test_those_who_are_not_there_come_to_nobodys_mind() -> None:
    world = town()
    world.in_business[1] = False
    recall(morning(world))
    assert aware(world, 0).any()
    assert not aware(world, 1).any()


def test_no_brand_changes_nothing() -> None:
    settings = {"awareness": 0, "goodwill": 0.9, "trust": 0.9, "half_life": 9}
    plain, nameless = (
        play({"days": 15}),
        play({"days": 15, "merchants.buyer.product.brand": settings}),
    )
    assert digest(plain) == digest(nameless)


def test_a_newcomer_brings_its_name() -> None:
    market = Market(
        build(
            {
                "merchants.known": {
                    "count": 0,
                    "product": {"brand": {"awareness": 0.5}},
                    "strategy": {"kind": "buy_traffic", "daily_budget": 0},
                },
                "entry": {"rate_per_month": 60, "mix": {"known": 1}, "first_day": 3, "last_day": 4},
            }
        ).loaded,
        collect=False,
    )
    here = [firm.number for firm in market.world.firms if firm.entry_day]
    assert here
    for _ in range(6):
        seen = np.isin(market.world.relations.merchant, here).any()
        assert not seen or market.day > 3
        market.step()
    assert np.isin(market.world.relations.merchant, here).mean() > 0.01


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_name_sells_without_ads_and_makes_ads_cheaper(seed: int) -> None:
    """Paired by the same luck. It sells most at first: a name alone is used up."""
    silent = {"merchants.buyer.strategy.daily_budget": 0}
    name = {"merchants.buyer.product.brand": {"awareness": 0.5, "half_life": 40}}
    none, alone = play(silent, seed=seed), play({**silent, **name}, seed=seed)
    assert total(alone, "orders", camp="buyer") > 1.2 * total(none, "orders", camp="buyer")
    ads, both = play({}, seed=seed), play(name, seed=seed)
    paid = [
        total(m, "spend_ads", camp="buyer") / total(m, "new_customers", camp="buyer")
        for m in (ads, both)
    ]
    assert paid[1] < paid[0]
