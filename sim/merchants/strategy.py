"""What a strategy sees and decides, and how strategies are found by name.

A strategy sees its own ledger, its platforms' dashboards and its audience's averages; never a
consumer. ``decide(observation, rng) -> Decision`` is called every ``review`` days; between two
reviews the last decision stands. A user's own class is named ``package.module:Class`` in YAML and
is built with the further keys given there: ``Class(options: dict)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol, runtime_checkable

import numpy as np

from sim.errors import did_you_mean
from sim.merchants.pieces import (
    MOST_MONEY,
    NO_PIECES,
    Pieces,
    is_number,
    is_whole,
    problems_of_pieces,
)
from sim.merchants.views import MediumView, PlatformView, Rank
from sim.scenario.firms import STRATEGIES, UserStrategy
from sim.scenario.social import Team
from sim.world.market import AUDIENCES


@dataclass(frozen=True)
class Observation:
    """What a merchant knows on the morning of ``day``.

    Money is in whole smallest units. Sums run over the ``period`` days since the last review
    (0 at the first). ``new_paid`` are new customers whose first touch was a paid click;
    ``team_discount`` is what teams paid less than the posted price. ``tribe`` is the segment of
    one's own product; segments are numbered region x ``tribes`` + tribe. ``orders_community`` came
    by a post to followers or in a group. ``recent_orders`` are those of the last 30 days, as in the
    public ``ranking`` of the best sellers (50 at most).
    """

    day: int
    days: int
    name: str
    tribe: int
    segments: int
    cash: int
    credit: int
    stock: int
    price: int
    unit_cost: int
    period: int
    orders: int
    orders_paid: int
    orders_owned: int
    new_customers: int
    new_paid: int
    repeat_orders: int
    refunds: int
    revenue: int
    spend_ads: int
    spend_community: int
    followers: int
    members: int
    muted: int
    groups: int
    activity: float
    integration: float
    active_customers: int
    spend_rewards: int
    team_discount: int
    platforms: tuple[PlatformView, ...]
    tribes: int = 0
    orders_community: int = 0
    recent_orders: int = 0
    ranking: tuple[Rank, ...] = ()
    spend_media: int = 0
    spend_content: int = 0
    readers: int = 0
    media: tuple[MediumView, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What a merchant does until its next review. Money is in whole smallest units.

    budgets, bids: by platform, money a day and money a click (or mille or
    order, where that is billed); targets: segments to advertise to
    (None: all); price: None keeps it; staff [people], wage [money a person and day]; levers: shares
    of hours for participation, sharing, interaction, honour; sales_posts, content_posts,
    service_posts [a group and day]; integration_spend [money a day]; conversion in [0, 1],
    conversion_cost [money an order]; listen_hours [hours a day] of the staff's, reposition [share
    a day]: listening to fans, moving the product there; leader_budget [money a day] for posts of
    opinion leaders; messages [a customer and day], message_cost [money each]: to old customers;
    stage: rung of a ladder from 1 to 9, only recorded; daily_limit [money a day]: once ads, wages,
    integration and conversion have cost so much, no further order is converted that day (None: no
    limit); media: by medium, money a day; listing_spend, promotion_spend: for presence and
    promotion in stores [money a day]; content: what is published;
    audience: ads are for ``everybody`` in the targets, own ``followers`` among them, or
    ``lookalikes`` (segments like one's own audience); team: what is offered to teams that buy
    together (None: nothing; open teams are paid back).
    """

    budgets: Mapping[str, int] = field(default_factory=dict)
    bids: Mapping[str, int] = field(default_factory=dict)
    targets: tuple[int, ...] | None = None
    audience: str = "everybody"
    price: int | None = None
    staff: float = 0.0
    wage: int = 0
    levers: tuple[float, float, float, float] = (0.25, 0.25, 0.25, 0.25)
    sales_posts: float = 0.0
    content_posts: float = 0.0
    service_posts: float = 0.0
    integration_spend: int = 0
    conversion: float = 0.0
    conversion_cost: int = 0
    listen_hours: float = 0.0
    reposition: float = 0.0
    leader_budget: int = 0
    messages: float = 0.0
    message_cost: int = 0
    stage: int = 0
    daily_limit: int | None = None
    media: Mapping[str, int] = field(default_factory=dict)
    listing_spend: int = 0
    promotion_spend: int = 0
    content: Pieces = NO_PIECES
    team: Team | None = None


@runtime_checkable
class Strategy(Protocol):
    """Anything that decides."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        """Return what to do until the next review."""
        ...


AMOUNTS = (
    *("wage", "integration_spend", "conversion_cost", "leader_budget", "message_cost"),
    *("listing_spend", "promotion_spend"),
)
"""Fields of a decision that are money."""

NUMBERS = {
    "staff": 1e5,
    "sales_posts": 5.0,
    "content_posts": 5.0,
    "service_posts": 5.0,
    "conversion": 1.0,
    "listen_hours": 1e6,
    "reposition": 1.0,
    "messages": 1.0,
    "stage": 9,
}
"""Fields of a decision that are numbers, and the most that each may be."""

amounts_of, numbers_of = attrgetter(*AMOUNTS), attrgetter(*NUMBERS)


def problems_of(decision: Any, observation: Observation) -> list[str]:
    """Return what is not allowed in a decision, in words; an empty list if all is well."""
    if not isinstance(decision, Decision):
        return [f"decide must return a Decision, got {type(decision).__name__}"]
    malls = (
        "platform",
        "where it does not sell",
        [view.name for view in observation.platforms],
    )
    media = "medium", "which does not exist", [view.name for view in observation.media]
    found = []
    for what, amounts, (kind, lacking, names) in (
        ("budgets", decision.budgets, malls),
        ("bids", decision.bids, malls),
        ("media", decision.media, media),
    ):
        for name, amount in amounts.items():
            if name not in names:
                near = did_you_mean(name, names)
                found.append(
                    f"{what} names {kind} {name!r}, {lacking}"
                    + (f", did you mean {near!r}?" if near else "")
                )
            elif not is_whole(amount) or not 0 <= amount <= MOST_MONEY:
                found.append(
                    f"{what}[{name!r}] is {amount!r}, allowed are whole numbers from 0 to"
                    f" {MOST_MONEY}"
                )
    for what, amount in zip(AMOUNTS, amounts_of(decision), strict=True):
        if not is_whole(amount) or not 0 <= amount <= MOST_MONEY:
            found.append(f"{what} is {amount!r}, allowed are whole numbers from 0 to {MOST_MONEY}")
    for what, least in (("price", 1), ("daily_limit", 0)):
        amount = getattr(decision, what)
        if amount is not None and (not is_whole(amount) or not least <= amount <= MOST_MONEY):
            found.append(
                f"{what} is {amount!r}, allowed are whole numbers from {least} to {MOST_MONEY}"
            )
    for (what, most), number in zip(NUMBERS.items(), numbers_of(decision), strict=True):
        if not is_number(number) or not 0 <= number <= most:
            found.append(f"{what} is {number!r}, allowed are numbers from 0 to {most:g}")
    found += problems_of_pieces(decision.content, observation.segments)
    if len(decision.levers) != 4 or min(decision.levers) < 0 or not sum(decision.levers) < 1e6:
        found.append(f"levers is {decision.levers!r}, allowed are four shares from 0")
    if decision.audience not in AUDIENCES:
        found.append(f"audience is {decision.audience!r}, allowed are {', '.join(AUDIENCES)}")
    if decision.team is not None:
        price = observation.price if decision.price is None else decision.price
        if not isinstance(decision.team, Team) or decision.team.price >= price:
            found.append(
                f"team is {decision.team!r}, allowed is a Team that pays less than {price}"
            )
    if decision.targets is not None:
        wrong = [
            s for s in decision.targets if not is_whole(s) or not 0 <= s < observation.segments
        ]
        if wrong:
            found.append(
                f"targets holds {wrong[0]!r}, allowed are segments 0 to {observation.segments - 1}"
            )
    return found


def find_class(kind: str) -> type:
    """Return the class of a strategy kind.

    Raises:
        ValueError: unknown kind, module that cannot be imported, or no such class; in plain words.
    """
    if ":" in kind:
        module_name, _, class_name = kind.partition(":")
        try:
            module = importlib.import_module(module_name)
        except Exception as error:
            raise ValueError(f"cannot import {module_name!r} for strategy {kind!r}: {error}") from (
                error
            )
        found = getattr(module, class_name, None)
        if not isinstance(found, type) or not callable(getattr(found, "decide", None)):
            near = did_you_mean(class_name, [n for n in dir(module) if n[:1].isupper()])
            raise ValueError(
                f"{module_name!r} has no class {class_name!r} with a method decide"
                + (f", did you mean {near!r}?" if near else "")
            )
        return found
    if kind not in STRATEGIES:
        near = did_you_mean(kind, STRATEGIES)
        raise ValueError(
            f"strategy {kind!r} is unknown, allowed are {', '.join(STRATEGIES)} or"
            " package.module:Class" + (f", did you mean {near!r}?" if near else "")
        )
    module = importlib.import_module(f"sim.merchants.{kind}")
    built_in: type = getattr(module, "".join(part.title() for part in kind.split("_")))
    return built_in


def make_strategy(settings: Any) -> Strategy:
    """Build the strategy that a scenario's ``strategy`` record describes.

    Raises:
        ValueError: as ``find_class``, or the class refuses its options.
    """
    found = find_class(settings.kind)
    options = dict(settings.model_extra or {}) if isinstance(settings, UserStrategy) else settings
    try:
        made: Strategy = found(options)
    except Exception as error:
        raise ValueError(
            f"strategy {settings.kind!r} cannot be built with {options!r}: {error}"
        ) from error
    return made
