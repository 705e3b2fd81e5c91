"""Family: friends: customers who bring customers, and teams that complete or do not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.check.bare_market import morning
from sim.check.measured import Check, Effort, Found, Point, curve, share_point
from sim.engine.model import Market
from sim.errors import ScenarioError, Where
from sim.scenario.social import Team
from sim.steps.answers import ALONE
from sim.steps.teams import ask_for_teams, settle_teams
from sim.world.graph.csr import Graph, rows_from_edges
from sim.world.pairs import claim, roomy
from sim.world.referrals import SINCE
from sim.world.relations import PAID
from sim.world.teams import post_team

FAMILY = "friends"
CERTAIN = 20.0
"""A persuasion at which everybody who is asked says yes."""

STILL = {"quality": 0, "goodwill": 0, "trust": 0, "friends": 0, "impulse": 0}
ALIKE = {"sociability": 1.0, "price_sensitivity": 0.0, "need_rate": 0.0}
CONTACTS = 10
MULTIPLIER = "1 / (1 − k)"


def _referring(k: float, people: int, seeds: int, seed: int) -> tuple[int, np.ndarray]:
    """Let so many customers invite in a crowd; return how many came, and by generation."""
    shop = {
        "product": {"price": 129, "spirit": 0.0, "quality": 1.0},
        "operations": {"stock": 10**6, "delivery": 0},
        "referral": {"reward": 10, "friend_reward": 5},
    }
    scenario: dict[str, Any] = {
        "name": "referral",
        "days": 60,
        "consumers": {"count": people, **ALIKE},
        "graph": {"kind": "complete", "contacts": CONTACTS},
        "merchants": {"shop": shop},
        "choice": STILL,
        "memory": {"satisfaction_noise": 0, "return_rate": 0},
        "sharing": {"buyer_rate": 0},
        "inviting": {"rate": k / CONTACTS, "persuasion": CERTAIN},
    }
    market = Market(scenario, seed=seed, collect=False)
    ours, who = market.world.referrals, np.arange(seeds)
    ours.customers = roomy(ours.customers, seeds)
    for i in who:
        ours.customers.value[claim(ours.customers, int(i), 0), SINCE] = 0
    ours.listed[:] = True
    ours.inviters.append(np.stack([who, np.zeros_like(who)], axis=1))
    while market.running:
        market.step()
    tables = market.recorder.tables()
    came = tables["referrals"]["generation"]
    return int(tables["merchants"]["referred"].sum()), np.bincount(came, minlength=4)


def _customers(k: float, people: int, seeds: int) -> float:
    """Return how many customers there are in the end: S / (1 - k), less those who are asked though
    they are customers already (F = S + (N - S) (1 - e^(-k F / N)))."""
    whole = seeds / (1 - k)
    for _ in range(500):
        whole = seeds + (people - seeds) * (1 - math.exp(-k * whole / people))
    return whole


def referral(effort: Effort) -> Found:
    """Measure how customers multiply, for several mean numbers of friends that each brings."""
    found = [own_referral(effort, k=k) for k in (0.2, 0.5, 0.7)]
    xs = np.linspace(0, 0.8, 41)
    line = curve(MULTIPLIER, xs.tolist(), (1 / (1 - xs)).tolist())
    points = tuple(point for one in found for point in one.points)
    return Found(
        points, "k, customers whom a customer brings", "customers for each at first", (line,)
    )


def own_referral(
    effort: Effort, *, k: float = 0.5, seeds: int = 2000, people: int = 200_000
) -> Found:
    """Measure how so many first customers multiply."""
    if not 0 < k < 0.9 or not 100 <= seeds <= people / 20 or people > 5_000_000:
        allowed = "k up to 0.9, 100 seeds or more, twenty times as many people"
        raise ScenarioError(Where("--k, --seeds"), f"{k:g}, {seeds}, {people}", allowed)
    seeds, people = max(100, effort.runs(seeds, least=500)), effort.runs(people, least=50_000)
    came, generation = _referring(k, people, seeds, effort.seed)
    whole, name = _customers(k, people, seeds), f"k = {k:g}"
    points = [
        Point(
            f"{name}: customers for each at first",
            whole / seeds,
            1 + came / seeds,
            math.sqrt(k / (1 - k) ** 3 / seeds),
            k,
            MULTIPLIER,
        )
    ]
    # Those who are customers already are asked in vain: a share of all in proportion to them.
    met = seeds
    for g in (1, 2):
        want = (people - met) * (1 - math.exp(-seeds * k**g / people))
        deviation = math.sqrt(seeds * k**g * (1 - k**g) / (1 - k))
        label = f"{name}: generation {g}, for each at first"
        points.append(Point(label, want / seeds, generation[g] / seeds, deviation / seeds))
        met += round(want)
    return Found(tuple(points), y_title="customers for each at first")


def _binomial(friends: int, needed: int, chance: float) -> float:
    return 1 - sum(
        math.comb(friends, j) * chance**j * (1 - chance) ** (friends - j) for j in range(needed)
    )


def _teams(friends: int, needed: int, asked: float, says_yes: float, stars: int, seed: int) -> int:
    """Let the centres of stars open teams and ask their friends; return how many complete."""
    scenario: dict[str, Any] = {
        "name": "teams",
        "days": 60,
        "consumers": {"count": stars * (friends + 1), **ALIKE},
        "graph": {"kind": "ring", "mean_degree": 2},
        "platforms": {"mall": {"visits_per_day": 0.0, "fee": 0.05}},
        "merchants": {"shop": {"count": 2, "product": {"price": 129, "spirit": 0.0}}},
        "choice": STILL,
        "inviting": {
            "rate": asked,
            "waiting": 0.0,
            "persuasion": math.log(says_yes / (1 - says_yes)),
        },
    }
    world = Market(scenario, seed=seed, collect=False).world
    world.in_business[:] = True
    world.offers.is_open[:] = True
    world.accounts.stock[:] = 10**6
    terms = {"size": needed + 1, "price": 99, "days": 1, "strangers": 0.0}
    post_team(world.teams.offers, 0, Team.model_validate(terms))
    centre = np.arange(stars) * (friends + 1)
    leaves = (centre[:, None] + np.arange(1, friends + 1)).ravel()
    ends = np.repeat(centre, friends).astype(np.int32), leaves.astype(np.int32)
    rows = rows_from_edges(*ends, world.count)
    world.graph = Graph(*rows, np.ones(len(rows[1]), np.float32), 0.0)
    day = morning(world, 0)
    day.wishes.append(
        np.concatenate([centre[:, None], np.tile([0, PAID, -1, ALONE], (stars, 1))], axis=1)
    )
    settle_teams(day)
    day = morning(world, 1)
    ask_for_teams(day)
    settle_teams(day)
    return int(day.counts.teams["completed"][0])


def teams(effort: Effort) -> Found:
    """Measure how many teams complete, as friends say yes more readily."""
    points: list[Point] = []
    curves = []
    for friends, needed in ((10, 2), (20, 3)):
        name = f"{needed} of {friends} friends"
        for asked, says_yes in ((1.0, 0.1), (1.0, 0.15), (0.3, 0.5), (1.0, 0.25)):
            points += own_team(
                effort, friends=friends, needed=needed, asked=asked, says_yes=says_yes
            ).points
        xs = np.linspace(0, 0.4, 61)
        curves.append(curve(name, xs.tolist(), [_binomial(friends, needed, x) for x in xs]))
    x_title = "chance that a friend is asked and says yes"
    return Found(tuple(points), x_title, "share of teams that complete", tuple(curves))


def own_team(
    effort: Effort,
    *,
    friends: int = 10,
    needed: int = 2,
    asked: float = 1.0,
    says_yes: float = 0.15,
    runs: int = 20_000,
) -> Found:
    """Measure how many teams complete that need some of one's friends."""
    if not 1 <= needed <= friends <= 60 or not 0 < asked <= 1 or not 0 < says_yes < 1:
        raise ScenarioError(
            Where("--friends, --needed, --asked, --says-yes"),
            f"{friends}, {needed}, {asked:g}, {says_yes:g}",
            "up to 60 friends, chances above 0 and below 1",
        )
    stars, chance = effort.runs(runs, least=2000), asked * says_yes
    completed = _teams(friends, needed, asked, says_yes, stars, effort.seed)
    name = f"{needed} of {friends} friends"
    label = f"{name}, asked {asked:g}, yes {says_yes:g}"
    want = _binomial(friends, needed, chance)
    point = share_point(label, want, completed, stars, chance, name)
    return Found((point,), y_title="share of teams that complete")


CHECKS = (
    Check(
        "referral",
        FAMILY,
        "Where a customer brings k others, one first customer becomes 1 / (1 − k).",
        "branching process (Borel 1942, Otter 1949), less those who are customers already",
        referral,
        own_referral,
        "macro-face",
    ),
    Check(
        "teams",
        FAMILY,
        "A team completes as often as enough of one's friends say yes.",
        "binomial: at least 2 of 10 at .15 is .4557, 3 of 20 at .1 is .3231",
        teams,
        own_team,
        "micro-face",
    ),
)
