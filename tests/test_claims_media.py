"""What docs/model.md says of media, push and pull, and stores holds on every seed of small worlds.

Runs of one seed share people, ties and luck, so differences are those of the setting.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.claims import run, summary, summed

SEEDS = (1, 2, 3)
SMALL = ("consumers.count=6000", "days=120")


def camps(name: str, seed: int, *overrides: str) -> dict[str, dict[str, Any]]:
    """What the summary says of every camp of a small run, and under "" of the market."""
    found = summary(name, seed, *SMALL, *overrides)
    camps: dict[str, dict[str, Any]] = found["camps"]
    return camps | {"": found["market"]}


def stores(share: float) -> tuple[str, ...]:
    camps = ("shelf", "direct")
    money = tuple(f"merchants.{camp}.strategy.daily_budget=90" for camp in camps)
    return (f"stores.share={share}", "stores.listing_cost=6000", *money)


@pytest.mark.parametrize("seed", SEEDS)
def test_customers_are_dearer_without_intermediaries_where_people_shop_in_stores(
    seed: int,
) -> None:
    """Claim 2 turns with the share of needs that are met in stores."""
    dearer = []
    for share in (0.2, 0.9):
        found = camps("in_depth_distribution", seed, *stores(share))
        dearer.append(found["direct"]["gross_cac"] - found["shelf"]["gross_cac"])
    assert dearer[0] < 0 < dearer[1]


PUSH = tuple(f"merchants.{camp}.strategy.daily_budget=80" for camp in ("pusher", "writer"))


@pytest.mark.parametrize("seed", SEEDS)
def test_pull_wins_dearer_customers_who_come_back(seed: int) -> None:
    found = camps("push_or_pull", seed, *PUSH)
    pusher, writer = found["pusher"], found["writer"]
    assert writer["gross_cac"] > pusher["gross_cac"]
    assert writer["repurchase"] > pusher["repurchase"]
    assert writer["owned_share"] > pusher["owned_share"]


@pytest.mark.parametrize("seed", SEEDS)
def test_push_is_abandoned_and_the_pushers_pay_for_it(seed: int) -> None:
    patient, thin = (
        camps("push_or_pull", seed, *PUSH, f"memory.opt_out={bound}") for bound in ("null", "0.1")
    )
    assert patient[""]["opted_out"] == 0 < thin[""]["opted_out"]
    assert thin["pusher"]["orders"] < patient["pusher"]["orders"]


@pytest.mark.parametrize("seed", SEEDS)
def test_television_is_for_who_can_pay_the_minimum(seed: int) -> None:
    money = ("merchants.loud.strategy.daily_budget=200", "merchants.loud.count=1")
    small, large = (
        camps("offline_media", seed, *money, f"media.television.minimum_spend={least}")
        for least in (50, 500)
    )
    assert small[""]["media"]["television"]["contacts"] > 0
    assert large[""]["media"]["television"]["contacts"] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_brand_outlives_its_advertising_the_longer_it_is_remembered(seed: int) -> None:
    """Orders in the second month after the last ad, over those without any ad at all."""
    kept = []
    stop = "events=[{day: 60, set: {merchants.loud.strategy.daily_budget: 0 CNY}}]"
    for half_life in (10, 90):
        memory = f"memory.goodwill_half_life={half_life}"
        loud = "merchants.loud.strategy.daily_budget=300"
        silent = "merchants.loud.strategy.daily_budget=0"
        found = [
            late_orders(seed, memory, *change) for change in ((loud, stop), (silent,), (loud,))
        ]
        kept.append((found[0] - found[1]) / (found[2] - found[1]))
    assert kept[0] < kept[1]
    assert kept[1] > 0.2


def late_orders(seed: int, *overrides: str) -> int:
    return summed(run("offline_media", seed, *SMALL, *overrides), "loud", "orders", first=90)
