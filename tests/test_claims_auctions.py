"""What the scenarios on selling attention claim, in small worlds over several seeds."""

from __future__ import annotations

import numpy as np

from tests.claims import run, summed

SEEDS = (1, 2, 3, 4)


# --- precise channels -----------------------------------------------------------------------------

CAMPS = ("mass", "niche", "niche_tribe", "niche_alike")
SMALL = (
    "consumers.count=8000",
    "days=90",
    *(f"merchants.{camp}.strategy.daily_budget=100" for camp in CAMPS),
)


def channel(surcharge: str, seed: int, camp: str) -> tuple[float, float, int]:
    """Orders a click, money a thousand impressions, impressions."""
    market = run(
        "precise_channels", seed, *SMALL, f"platforms.mall.auction.precision_surcharge={surcharge}"
    )
    shown, clicks, orders, spend = (
        summed(market, camp, column)
        for column in ("impressions", "clicks", "orders_paid", "spend_ads")
    )
    return orders / clicks, 1000 * spend / shown, shown


def cost_of_a_customer(surcharge: str, camp: str) -> float:
    """Ad spend over customers won by ads, all seeds together."""
    both = np.zeros(2)
    for seed in SEEDS:
        path = f"platforms.mall.auction.precision_surcharge={surcharge}"
        market = run("precise_channels", seed, *SMALL, path)
        both += [summed(market, camp, column) for column in ("spend_ads", "first_paid")]
    return float(both[0] / both[1])


def test_a_precise_channel_converts_costs_more_and_reaches_few() -> None:
    """In every seed: of its own tribe more clicks buy; a thousand impressions cost more; fewer than
    half as many can be had for the same money."""
    for seed in SEEDS:
        everybody = channel("20%", seed, "niche")
        tribe = channel("20%", seed, "niche_tribe")
        assert tribe[0] > 1.3 * everybody[0]
        assert tribe[1] > 1.3 * everybody[1]
        assert tribe[2] < 0.5 * everybody[2]


def test_lookalikes_lie_between_everybody_and_the_tribe() -> None:
    """The platform finds people like the buyers: clicks buy more often than among all, and more
    people are reached than in the tribe alone."""
    for seed in SEEDS:
        everybody, alike, tribe = (
            channel("20%", seed, camp) for camp in ("niche", "niche_alike", "niche_tribe")
        )
        assert alike[0] > everybody[0]
        assert tribe[2] < alike[2] < everybody[2]


def test_reaching_the_right_tribe_lowers_the_cost_of_a_customer() -> None:
    """Of a narrow product, over the seeds, where precision is free."""
    assert cost_of_a_customer("0%", "niche_tribe") < 0.95 * cost_of_a_customer("0%", "niche")


def test_a_surcharge_eats_what_precision_gains() -> None:
    assert cost_of_a_customer("0%", "niche_tribe") < cost_of_a_customer("100%", "niche_tribe")


# --- rules ----------------------------------------------------------------------------------------

FEW = ("consumers.count=4000", "days=60", "merchants.seller.strategy.daily_budget=48")


def click_price(rule: str, mode: str, seed: int, more: tuple[str, ...] = ()) -> float:
    """Money a click from day 20 on."""
    market = run(
        "auction_rules",
        seed,
        *FEW,
        *more,
        f"platforms.mall.auction.rule={rule}",
        f"merchants.seller.strategy.mode={mode}",
    )
    rows = market.recorder.tables()["platforms"]
    late = rows["day"] >= 20
    return float(rows["spend"][late].sum() / rows["clicks"][late].sum())


def test_with_fixed_bids_the_rule_orders_prices() -> None:
    """One's own bid is dearest; the harm to others and the first bid left out are cheaper than the
    next bid."""
    for seed in (1, 2):
        price = {
            rule: click_price(rule, "constant", seed)
            for rule in ("first_price", "gsp", "vcg", "second_price")
        }
        assert price["first_price"] > price["gsp"] > price["vcg"] > price["second_price"]


def test_bids_that_adapt_close_most_of_the_gap() -> None:
    """Bidders who aim at a cost per customer bid less where they pay their bid."""
    more = ("consumers.count=10000", "merchants.seller.strategy.daily_budget=120")
    gap = {
        mode: np.mean(
            [
                click_price("first_price", mode, s, more) / click_price("vcg", mode, s, more) - 1
                for s in (1, 2)
            ]
        )
        for mode in ("constant", "target_cac")
    }
    assert gap["target_cac"] < 0.6 * gap["constant"]
