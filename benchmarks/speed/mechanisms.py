"""What each mechanism costs when it is on: a day of the flagship market with it, over one without.

A ratio holds everything: the mechanism's own work, and the visits, orders and messages that there
are more or fewer of because of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed.figure import Figure, in_turn
from benchmarks.speed.market import WARM_DAYS, nanoseconds
from sim.engine.model import Market
from sim.scenario.load import load

FLAGSHIP = Path(__file__).parents[2] / "scenarios" / "traffic_vs_community.yaml"
PEOPLE = 200_000
WEEK = 7  # what is measured weekly falls into every measurement once
TOGETHER = 5  # markets that are measured in turn, so that few are in memory at once
ROUNDS = 3
ADS = "merchants.buyer.strategy"
GROUPS = "merchants.grower.strategy.community"

CASES: dict[str, tuple[str, ...]] = {
    "three more platforms, visits drift": (
        *(f"platforms.other{n}={{visits_per_day: 0.1}}" for n in range(3)),
        "visits.drift=5%",
    ),
    "auction: VCG": ("platforms.mall.auction.rule=vcg",),
    "pacing: multiplicative": ("platforms.mall.auction.pacing=multiplicative",),
    "billing by order": ("platforms.mall.auction.billing=order",),
    "targeting: tribes": (f"{ADS}.targeting=tribes",),
    "targeting: lookalikes": (f"{ADS}.targeting=lookalikes",),
    "six media": (
        "media={tv: {kind: television}, paper: {kind: newspaper}, radio: {kind: radio},"
        " magazine: {kind: magazine}, shelf: {kind: point_of_sale}, street: {kind: outdoor}}",
        "merchants.loud={count: 2, strategy: {kind: mass_media, daily_budget: 3000}}",
    ),
    "content": ("merchants.writer={count: 2, strategy: {kind: content, daily_budget: 3000}}",),
    "stores": (
        "stores.share=50%",
        "merchants.shelf={count: 2, strategy: {kind: channel, daily_budget: 3000}}",
    ),
    "opting out of ads": ("memory.opt_out=2",),
    "content and service posts": (f"{GROUPS}.content_posts=0.5", f"{GROUPS}.service_posts=0.5"),
    "acquaintances, advocates": (
        "groups.acquaintances.slots=8",
        "groups.advocates.rate=1%",
        f"{GROUPS}.honour=0.25",
    ),
    "opinion leaders": (
        "leaders={star: {count: 20, following: 3000}}",
        f"{ADS}.leader_budget=1000",
    ),
    "messages to old customers": (f"{ADS}.legacy_channels={{messages: 0.1, scans: 5%}}",),
    "listening to fans": (f"{GROUPS}.listen_hours=8", f"{GROUPS}.reposition=1%"),
    "sharing: linear threshold": ("sharing.mode=linear_threshold",),
    "sharing: Bass' hazard": ("sharing.mode=bass",),
    "referral": ("merchants.grower.referral={}", "inviting.rate=10%"),
    "pay for messages": ("merchants.grower.sharing_incentive=2",),
    "group buying": (
        "inviting.rate=10%",
        "merchants.team={count: 2, strategy: {kind: group_buy, daily_budget: 3000, bid: 6}}",
    ),
    "ties follow tastes": ("memory.rewiring=1%",),
    "two regions": ("consumers.regions.count=2",),
    "persona": ("merchants.grower.persona={appeal: 30%, spend: 200}",),
    "service, overtime, express": tuple(
        f"merchants.{camp}.operations.{setting}"
        for camp in ("buyer", "grower")
        for setting in ("service=5", "capacity=20", "overtime.orders=20", "express.cover=2")
    ),
    "adaptive merchants": (
        "merchants.learner={count: 2, strategy: {kind: adaptive, daily_budget: 3000}}",
    ),
    "imitating merchants": ("merchants.copier={count: 2, strategy: {kind: imitate}}",),
    "three categories": (
        "categories={tea: {need_rate: 0.03}, shoes: {need_rate: 0.01}, beds: {need_rate: 0.001}}",
        "merchants.buyer.product.category=tea",
        "merchants.grower.product.category=shoes",
    ),
    "calendar": ("calendar.week_needs=[1, 1, 1, 1, 1, 1.2, 0.8]",),
    "coupons": (
        "merchants.buyer.promotions=[{day: 0, days: 900, off: 20, to: lapsed}]",
        "merchants.grower.promotions=[{day: 0, days: 900, off: 20, to: followers}]",
    ),
    "prices people get used to": ("choice.reference_half_life=60d",),
}


def market_with(changes: tuple[str, ...]) -> Market:
    """Build the flagship with ``changes`` and let the first month pass."""
    loaded = load(FLAGSHIP, (f"consumers.count={PEOPLE}", "days=2000", *changes))
    market = Market(loaded, threads=2, collect=False)
    for _ in range(WARM_DAYS):
        market.step()
    return market


def measure(full: bool) -> Iterator[Figure]:
    """Measure in groups, each beside the plain market."""
    rounds = ROUNDS * (3 if full else 1)
    plain = market_with(())
    names = list(CASES)
    for start in range(0, len(names), TOGETHER):
        markets = {name: market_with(CASES[name]) for name in names[start : start + TOGETHER]}
        cases = {"": plain, **markets}
        best = in_turn(
            {name: lambda m=market: nanoseconds(m, PEOPLE, WEEK) for name, market in cases.items()},
            rounds,
        )
        for name in markets:
            yield Figure(name, best[name] / best[""], "times the plain day")
    yield Figure("a plain day", best[""], "ns/consumer-day")
