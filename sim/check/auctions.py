"""Family: auctions, against textbook cases, order statistics and a twin in exact fractions."""

from __future__ import annotations

import math

import numpy as np

from sim.check.measured import Check, Effort, Found, Point, curve, mean_point, twin_found
from sim.check.order_statistics import (
    LAWS,
    first_price_bids,
    mean_of_rank,
    revenue_with_reserve,
)
from sim.check.plain_auction import plain_auction
from sim.errors import ScenarioError, Where, did_you_mean
from sim.steps.auction import RULES, AuctionResult, clear_auction

FAMILY = "auctions"
UNIT = 10_000_000
"""A value of 1 in whole units of money, so that rounding up to a whole unit does not matter."""

REVENUE = "mean price of a click, in units of value"
EOS = "Edelman, Ostrovsky & Schwarz 2007"


def _cleared(
    bids: list[int], slots: int, rule: str, clicks: list[int] | None = None
) -> AuctionResult:
    rates = None if clicks is None else np.array(clicks, np.float64)
    equal = np.ones(len(bids))
    return clear_auction(np.array(bids), equal, slots, rule=rule, click_rates=rates)


def _gain(value: int, who: int, bids: list[int], clicks: list[int], rule: str) -> float:
    """Return what a bidder gains: (value - price) x clicks of the slot it wins."""
    result = _cleared(bids, len(clicks), rule, clicks)
    if who not in result.winner:
        return 0.0
    slot = result.winner.tolist().index(who)
    return float(clicks[slot] * (value - result.price[slot]))


def textbook(effort: Effort) -> Found:
    """Measure the payments of the three bidders whom every course on keyword auctions begins with.

    Values 10, 4, 2; slots of 200 and 100 clicks.
    """
    points = []
    for rule, bids, paid in (
        ("gsp", [10, 4, 2], (800, 200)),
        ("vcg", [10, 4, 2], (600, 200)),
        ("gsp", [10, 3, 2], (600, 200)),
        ("second_price", [10, 4, 2], (400, 200)),
        ("first_price", [10, 4, 2], (2000, 400)),
    ):
        price = _cleared(bids, 2, rule, [200, 100]).price
        said = ", ".join(map(str, bids))
        points += [
            Point(f"{rule}, bids {said}: slot {slot + 1} pays", want, float(price[slot] * clicks))
            for slot, (want, clicks) in enumerate(zip(paid, (200, 100), strict=True))
        ]
    shaded = _gain(10, 0, [3, 4, 2], [200, 199], "gsp")
    honest = _gain(10, 0, [10, 4, 2], [200, 199], "gsp")
    points.append(Point("gsp, 200 and 199 clicks: gain of bidding the value 10", 1200, honest))
    points.append(Point("gsp, 200 and 199 clicks: gain of bidding 3", 1592, shaded))
    return Found(tuple(points), "money")


def auction_twin(effort: Effort) -> Found:
    """Count the slots whose winner or price is another than the twin's, for random auctions."""
    luck = np.random.default_rng(effort.seed)
    count = effort.runs(6000)
    points, cloud = [], []
    for rule in RULES:
        wrong = 0
        for _ in range(count // len(RULES)):
            n, slots = int(luck.integers(0, 13)), int(luck.integers(0, 9))
            bids = luck.integers(0, 5000, n)
            quality = luck.integers(1, 65, n) / 8  # eighths are exact in binary
            clicks = np.sort(luck.integers(1, 300, slots))[::-1].astype(np.float64)
            reserve = int(luck.integers(1, 1000))
            got = clear_auction(
                bids, quality, slots, rule=rule, reserve=reserve, click_rates=clicks
            )
            pairs = list(zip(got.winner.tolist(), got.price.tolist(), strict=True))
            want = plain_auction(bids, quality, clicks, rule, reserve)
            wrong += sum(one != other for one, other in zip(pairs, want, strict=True))
            cloud += [(other[1], one[1]) for one, other in zip(pairs, want, strict=True)]
        label = f"{rule}: slots that differ in {count // len(RULES):,} random auctions"
        points.append(Point(label, 0, wrong))
    return twin_found(points, cloud, "price of a click")


def _prices(
    law: str, bidders: int, slots: int, rule: str, runs: int, seed: int, reserve: float = 0.0
) -> np.ndarray:
    """Return the mean price a click of each auction, 0 for slots that stay empty."""
    values = LAWS[law](np.random.default_rng([seed, bidders, slots]), (runs, bidders))
    bids = first_price_bids(law, values) if rule == "first_price" else values
    whole, equal, least = (
        np.rint(bids * UNIT).astype(np.int64),
        np.ones(bidders),
        round(reserve * UNIT),
    )
    paid = [
        clear_auction(row, equal, slots, rule=rule, reserve=least).price.mean() for row in whole
    ]
    return np.array(paid) / UNIT


def revenue(effort: Effort) -> Found:
    """Measure what one slot earns for two to ten bidders: the second highest value, whatever the
    rule."""
    points, curves = [], []
    for law in LAWS:
        for rule in ("second_price", "gsp", "vcg", "first_price"):
            if rule == "first_price" and law == "exponential":
                continue  # its equilibrium has no simple form
            for n in (2, 3, 6, 10) if rule == "second_price" else (3, 6):
                prices = _prices(law, n, 1, rule, effort.runs(20_000), effort.seed)
                label = f"{law} values, {rule}, {n} bidders"
                points.append(mean_point(label, mean_of_rank(law, n, 2), prices, n, law))
        curves.append(curve(law, range(2, 11), [mean_of_rank(law, n, 2) for n in range(2, 11)]))
    return Found(tuple(points), "bidders for one slot", REVENUE, tuple(curves))


def own_revenue(
    effort: Effort,
    *,
    law: str = "uniform",
    bidders: int = 6,
    slots: int = 1,
    rule: str = "second_price",
    runs: int = 20_000,
) -> Found:
    """Measure what an auction of the user's earns a click."""
    for name, text, allowed in (
        ("--law", law, list(LAWS)),
        ("--rule", rule, ["second_price", "vcg"]),
    ):
        if text not in allowed:
            hint = did_you_mean(text, allowed)
            raise ScenarioError(Where(name), f"{text!r}", " or ".join(allowed), hint)
    if not 1 <= slots < bidders <= 200:
        raise ScenarioError(
            Where("--slots"), f"{slots} slots, {bidders} bidders", "1 to bidders - 1"
        )
    prices = _prices(law, bidders, slots, rule, effort.runs(runs), effort.seed)
    label = f"{law} values, {rule}, {bidders} bidders, {slots} slots"
    return Found((mean_point(label, mean_of_rank(law, bidders, slots + 1), prices),), REVENUE)


def supply(effort: Effort) -> Found:
    """Measure the price of a click as slots are added: it falls to the value of the first bidder
    left out."""
    points, curves = [], []
    for law in LAWS:
        for slots in range(1, 10, 2):
            for rule in ("second_price", "vcg"):
                prices = _prices(law, 10, slots, rule, effort.runs(15_000), effort.seed)
                label = f"{law} values, {rule}, {slots} of 10 served"
                want = mean_of_rank(law, 10, slots + 1)
                points.append(mean_point(label, want, prices, slots, law))
        curves.append(
            curve(law, range(1, 10), [mean_of_rank(law, 10, k + 1) for k in range(1, 10)])
        )
    return Found(tuple(points), "slots for ten bidders", REVENUE, tuple(curves))


def reserve(effort: Effort) -> Found:
    """Measure revenue against the reserve: highest at one half, however many bid (Myerson)."""
    points, curves, xs = [], [], np.linspace(0, 1, 41)
    for n in (1, 2, 3, 6):
        name = f"{n} bidder{'s' if n > 1 else ''}"
        for least in (0.2, 0.5, 0.8):
            prices = _prices(
                "uniform", n, 1, "second_price", effort.runs(20_000), effort.seed, least
            )
            want = revenue_with_reserve(n, least)
            points.append(mean_point(f"{name}, reserve {least:g}", want, prices, least, name))
        curves.append(curve(name, xs.tolist(), [revenue_with_reserve(n, x) for x in xs]))
    return Found(tuple(points), "reserve price, in units of value", REVENUE, tuple(curves))


def truth(effort: Effort) -> Found:
    """Count random auctions in which another bid than one's value gains more.

    Prices are rounded up to whole units, so gains within one unit a click are none.
    """
    luck = np.random.default_rng(effort.seed)
    count = effort.runs(1500)
    better = {"second_price": 0, "vcg": 0, "gsp": 0}
    for _ in range(count):
        n = int(luck.integers(2, 8))
        values = [int(v) for v in luck.integers(1, 5000, n)]
        clicks = sorted((int(c) for c in luck.integers(1, 300, 3)), reverse=True)
        who = int(luck.integers(n))
        for rule in better:
            rates = clicks[:1] if rule == "second_price" else clicks
            honest = _gain(values[who], who, values, rates, rule)
            for other in luck.integers(0, 5000, 6):
                bids = [int(other) if m == who else v for m, v in enumerate(values)]
                if _gain(values[who], who, bids, rates, rule) > honest + rates[0]:
                    better[rule] += 1
                    break
    points = [Point(f"{rule}: auctions where lying pays", 0, better[rule]) for rule in better]
    points[2] = Point("gsp: lying pays in some auctions (1: yes)", 1, float(better["gsp"] > 0))
    return Found(tuple(points), f"of {count:,} random auctions")


def envy(effort: Effort) -> Found:
    """Measure payments in the equilibrium of GSP that is best for bidders: those of VCG.

    Whoever is below bids so that it would not gain by the slot above at the price paid there:
    bid[k] = value[k] - clicks[k] / clicks[k-1] (value[k] - bid[k+1]) (theorem 1). Halving clicks
    and values in multiples of 64 keep all of it in whole numbers.
    """
    luck = np.random.default_rng(effort.seed)
    points = []
    for slots in (2, 3, 4, 5):
        clicks, differ, envied = [2 ** (9 - k) for k in range(slots)], 0, 0
        for _ in range(effort.runs(400)):
            values = np.sort(luck.choice(np.arange(1, 400), slots + 1, replace=False))[::-1] * 64
            bids = [int(v) for v in values]
            for k in range(slots - 1, 0, -1):
                bids[k] = int(values[k] - (values[k] - bids[k + 1]) // 2)
            calm = _cleared(bids, slots, "gsp", clicks).price
            differ += int((calm != _cleared(values.tolist(), slots, "vcg", clicks).price).sum())
            envied += _envious(values, calm, clicks)
        points.append(Point(f"{slots} slots: prices unlike those of VCG", 0, differ))
        points.append(Point(f"{slots} slots: bidders who envy another slot", 0, envied))
    return Found(tuple(points), "in random auctions")


def _envious(values: np.ndarray, price: np.ndarray, clicks: list[int]) -> int:
    """Return how many slots somebody would rather have, at the price paid there."""
    gain = (values[:-1, None] - price[None, :]) * np.array(clicks)[None, :]
    left_out = (values[-1] - price) * np.array(clicks)
    return int((gain > np.diag(gain)[:, None]).sum() + (left_out > 0).sum())


def bounds(effort: Effort) -> Found:
    """Find the least bid of the second bidder at which nobody is envious: 3."""
    values, clicks, found = np.array([10, 4, 2]) * 100, [200, 100], math.nan
    for bid in range(201, 1000):
        price = _cleared([1000, bid, 200], 2, "gsp", clicks).price
        if _envious(values, price, clicks) == 0:
            found = bid / 100
            break
    return Found((Point("values 10, 4, 2; 200 and 100 clicks", 3.0, found),), "lowest calm bid")


CHECKS = (
    Check("textbook", FAMILY, "The standard case is paid as in the paper.", EOS, textbook),
    Check(
        "auction-twin",
        FAMILY,
        "Every winner and every price is that of the rules in exact fractions.",
        "plain twin in fractions; rules of " + EOS + ", Vickrey 1961, Clarke 1971, Groves 1973",
        auction_twin,
    ),
    Check(
        "revenue",
        FAMILY,
        "One slot earns the second highest value under every rule (revenue equivalence).",
        "order statistics; Vickrey 1961, Myerson 1981",
        revenue,
        own_revenue,
    ),
    Check(
        "supply",
        FAMILY,
        "The price of a click falls as slots are added, to the value of the first left out.",
        "order statistics (David & Nagaraja 2003)",
        supply,
        None,
        "macro-face",
    ),
    Check(
        "reserve",
        FAMILY,
        "A reserve earns what its virtual values say, most at one half.",
        "Myerson 1981; closed form for values U(0, 1)",
        reserve,
    ),
    Check(
        "truth",
        FAMILY,
        "Bidding one's value is best at a second price and under VCG, and not under GSP.",
        "Vickrey 1961; Clarke 1971; Groves 1973; " + EOS,
        truth,
        None,
        "micro-face",
    ),
    Check(
        "envy-free",
        FAMILY,
        "The calm equilibrium of GSP pays what VCG charges, and nobody envies anybody.",
        EOS + ", theorem 1",
        envy,
    ),
    Check("envy-bound", FAMILY, "The lowest calm bid is where it must be.", EOS, bounds),
)
