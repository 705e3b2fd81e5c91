"""Family: elasticities: by how many per cent orders change where ads, or talk, change by one.

Meta-analyses tell what studies of real firms found. Here the same is measured in the flagship by
experiment: the same market with the same luck, with half of the money for ads in one month, or
with messages that pass twice as readily. Two statements can be judged. Where only clicks sell,
orders are clicks x the chance of a logit, and money beyond all there is to buy changes nothing;
and an experiment shows what it changes and no luck: no order is another one before the money is.
What the flagship's elasticities are is set beside what was published and not judged: where they
differ, the scenario is not the world.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from sim.check.experiments import (
    ONE,
    Window,
    adstock_regression,
    budgets_changed,
    daily,
    jackknife,
    play,
    set_apart,
    with_budgets,
)
from sim.check.flagship import AWAY, FLAGSHIP
from sim.check.measured import Check, Effort, Found, Point, curve, share_point
from sim.engine.model import Market
from sim.errors import ScenarioError, Where
from sim.scenario.checked import Loaded
from sim.scenario.load import load
from sim.scenario.vary import vary
from sim.study.tables import Tables

FAMILY = "elasticities"
SHORT, LONG = 0.12, 0.24  # Sethuraman, Tellis & Briesch 2011
VOLUME, VALENCE = 0.236, 0.417  # You, Vadakkepatt & Joshi 2015
FIRST = "first"  # with a daily budget
IMPULSE = 2.0
BARE: dict[str, Any] = {
    "name": "clicks",
    "days": 20,
    "consumers": {"count": 20_000, "need_rate": 0.0, "price_sensitivity": 0.0},
    "graph": {"kind": "complete"},
    "platforms": {
        "mall": {
            "visits_per_day": 0.5,
            "ad_slots": 1,
            "ticks_per_day": 48,
            "auction": {"rule": "fixed_price", "reserve": 1, "pacing": "none"},
            "click_rate": {"feed": 0.2},
        }
    },
    "memory": {"fatigue": 0},
    "choice": {
        **dict.fromkeys(("quality", "goodwill", "trust", "friends"), 0),
        "impulse": IMPULSE,
    },
}
"""A market in which a click tempts, and nothing that anybody knows or has bought does."""


def _bought(budget: float, seed: int) -> tuple[int, int]:
    """Return clicks and orders of a merchant who has so much for clicks at a yuan each."""
    strategy = {"kind": "buy_traffic", "mode": "constant", "bid": 1, "daily_budget": budget}
    shop = {
        "product": {"spirit": 0.0},
        "operations": {"cash": 10**8, "stock": 10**6},
        "strategy": strategy,
    }
    market = Market({**BARE, "merchants": {"shop": shop}}, seed=seed, collect=False)
    while market.running:
        market.step()
    merchants = market.recorder.tables()["merchants"]
    market.close()
    return int(merchants["clicks"].sum()), int(merchants["orders"].sum())


def clicks_to_orders(effort: Effort) -> Found:
    """Measure orders for budgets below and beyond what there is to buy."""
    chance, points = 1 / (1 + math.exp(IMPULSE)), []
    repeats = effort.runs(6, least=2)
    for budget in (200.0, 400.0, 800.0):
        got = [_bought(budget, effort.seed + n) for n in range(repeats)]
        clicks, orders = (sum(column) for column in zip(*got, strict=True))
        label = f"budget of {budget:g} yuan a day: orders a click"
        points.append(share_point(label, chance, orders, clicks, budget, "chance of a logit"))
    full, more = (_bought(budget, effort.seed) for budget in (20_000.0, 40_000.0))
    points.append(
        Point("twice the money for all clicks there are: further orders", 0, more[1] - full[1])
    )
    line = curve("chance of a logit", [100.0, 900.0], [chance, chance])
    return Found(tuple(points), "budget, yuan a day", "orders a click", (line,))


def measured(base: Loaded, camp: str, change: float, when: Window, seeds: range) -> list[Point]:
    """Measure the elasticities of a scenario by experiment, and as studies estimate them."""
    camps = [name for name in with_budgets(base) if name != camp]
    apart = set_apart(base, camp)
    camps += [camp] if apart.scenario.merchants[camp].count else []
    passes = base.scenario.sharing.tie_probability
    arms = {
        "as it is": apart,
        "one": budgets_changed(apart, [ONE], change, when),
        "all": budgets_changed(apart, [ONE, *camps], change, when),
        "talk": vary(apart, {"sharing.tie_probability": min(1.0, 2 * passes)}),
        "praise": vary(apart, {"sharing.complaint_ratio": 0.0}),
    }
    runs = [{name: play(arm, when.length, seed) for name, arm in arms.items()} for seed in seeds]
    one = [_ads(run["as it is"], run["one"], when, ONE) for run in runs]
    everybody = [_ads(run["as it is"], run["all"], when) for run in runs]
    talk = [_talk(run["as it is"], run["talk"], _heard) for run in runs]
    praise = [_talk(run["as it is"], run["praise"], _good) for run in runs]
    studied = np.array([adstock_regression(run["as it is"]) for run in runs])
    root = math.sqrt(len(runs))
    return [
        _ratio("ads of one merchant, orders while they change", SHORT, one, 1),
        _ratio("ads of one merchant, later orders too", LONG, one, 2),
        _ratio("ads of all merchants, orders while they change", math.nan, everybody, 1),
        _ratio("ads of all merchants, later orders too", math.nan, everybody, 2),
        *(
            Point(f"ads, regression over weeks, {name}", other, mean, float(error))
            for name, other, mean, error in zip(
                ("short run", "long run"),
                (SHORT, LONG),
                studied.mean(axis=0).tolist(),
                studied.std(axis=0, ddof=1) / root,
                strict=True,
            )
        ),
        _ratio("messages heard, orders of the whole run", VOLUME, talk, 1),
        _ratio("share of good messages, orders of the whole run", VALENCE, praise, 1),
    ]


def _ratio(label: str, other: float, changes: list[tuple[float, ...]], of: int) -> Point:
    """Return a change of orders over that of its cause."""
    rows = np.array(changes)
    got, error = jackknife(rows[:, of], rows[:, 0])
    return Point(label, other, got, error)


def _ads(before: Tables, after: Tables, when: Window, camp: str = "") -> tuple[float, ...]:
    """Return changes on log scale: spend, orders during the window, and with all later orders."""
    window = slice(when.first, when.last)
    spend = [daily(run, "spend_ads", camp)[window].sum() for run in (before, after)]
    orders = [daily(run, "orders", camp) for run in (before, after)]
    usual, now = (each[window].sum() for each in orders)
    later = (orders[1] - orders[0])[when.first :].sum()
    return (
        math.log(spend[1] / spend[0]),
        math.log(now / usual),
        math.log1p(later / usual),
    )


def _talk(before: Tables, after: Tables, what: Any) -> tuple[float, ...]:
    """Return changes on log scale: of messages, and of orders."""
    orders = [float(run["merchants"]["orders"].sum()) for run in (before, after)]
    return math.log(what(after) / what(before)), math.log(orders[1] / orders[0])


def _heard(tables: Tables) -> float:
    market = tables["market"]
    return float(sum(market[f"heard_{n}"].sum() for n in ("first", "second", "third")))


def _good(tables: Tables) -> float:
    return float(tables["cascades"]["good"].mean())


def foreseen(base: Loaded, camp: str, days: int, seed: int) -> Point:
    """Return how many orders change before the money for ads does, half-way through ``days``."""
    when = Window(days // 2, days - days // 2, days)
    apart = set_apart(base, camp)
    arms = (apart, budgets_changed(apart, [ONE], 0.5, when))
    a, b = (daily(play(arm, days, seed), "orders")[: when.first] for arm in arms)
    return Point("orders that change before the money does", 0, int(np.abs(a - b).sum()))


def elasticities(effort: Effort) -> Found:
    """Measure the flagship's elasticities in its fifth month."""
    if not FLAGSHIP.exists():
        return Found((), skipped=AWAY)
    base = load(FLAGSHIP)
    point = foreseen(vary(base, {"scale": "10%"}), "buyer", 30, effort.seed)
    if effort.quick:
        return Found((point,), y_title="orders")
    when, seeds = Window(112, 28, 196), range(effort.seed, effort.seed + 4)
    return _shown(point, measured(base, "buyer", 0.5, when, seeds))


def own_elasticities(
    effort: Effort,
    *,
    scenario: str = "",
    merchant: str = FIRST,
    change: float = 0.5,
    first: int = 112,
    days: int = 28,
    seeds: int = 4,
) -> Found:
    """Measure the elasticities of a scenario: ``change`` is what budgets are multiplied by."""
    if not Path(scenario).is_file():
        raise ScenarioError(Where("--scenario"), f"no file {scenario!r}", "a scenario in YAML")
    base = load(scenario)
    able = with_budgets(base)
    chosen = able[0] if merchant == FIRST else merchant
    if chosen not in able:
        known = f"with budgets: {', '.join(able)}"
        raise ScenarioError(Where("--merchant"), f"no {merchant!r} with a daily budget", known)
    length = base.scenario.days
    if not 0 < change != 1 or seeds < 2 or days < 1 or not 0 <= first <= length - days:
        allowed = f"change other than 1, 2 seeds or more, days within {length}"
        said = f"{change:g}, {seeds}, {first} + {days}"
        raise ScenarioError(Where("--change, --seeds, --first, --days"), said, allowed)
    when = Window(first, days, length)
    point = foreseen(base, chosen, min(length, 30), effort.seed)
    return _shown(
        point,
        measured(base, chosen, change, when, range(effort.seed, effort.seed + seeds)),
    )


def _shown(point: Point, aside: list[Point]) -> Found:
    note = (
        "Published means in blue, over all products and methods that were studied; those of ads"
        " are of single brands. An elasticity of 0.1: 1 % more, 0.1 % more orders."
    )
    return Found((point,), y_title="elasticity of orders", note=note, beside=tuple(aside))


CHECKS = (
    Check(
        "clicks-to-orders",
        FAMILY,
        "Where only clicks sell, orders follow money as a logit says, as far as there is to buy.",
        "McFadden 1974, closed form",
        clicks_to_orders,
    ),
    Check(
        "elasticities",
        FAMILY,
        "Nothing moves before its cause; what ads and talk do to orders is set beside studies.",
        "Sethuraman, Tellis & Briesch 2011; You, Vadakkepatt & Joshi 2015",
        elasticities,
        own_elasticities,
        "empirical output",
    ),
)
