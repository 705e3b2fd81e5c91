"""A market at another size: one simulated person stands for several, and per head nothing changes.

At a scale s there are s times the people, and s times of everything that is there for all of them
together (``GROWS``: budgets, staff, stock, groups). What is said per person, per click, per order
or as a share stays, and so does the number of merchants, tribes and platforms. Sums of the run are
then s times those of the market that was written down; shares, prices and costs per head are the
same but for what small numbers do, which docs/scale.md measures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from sim.errors import ScenarioErrors
from sim.scenario.events import apply_event
from sim.scenario.problems import Found, found, place_of
from sim.scenario.resolved import resolved
from sim.scenario.schema import Scenario
from sim.scenario.tree import Node, Path, from_python
from sim.scenario.units import MINOR_DIGITS, format_money, parse_money

# ``*`` is any one name. Money per head, per piece of goods or per click is not among these.
GROWS = (
    "consumers.count",
    "platforms.*.rent",
    "platforms.*.auction.prior_impressions",
    "platforms.*.organic.head_start",
    "media.*.minimum_spend",
    "stores.listing_cost",
    "stores.promotion_cost",
    "merchants.*.shop.cost",
    "merchants.*.abroad.localisation",
    "merchants.*.abroad.localisation_cost",
    "merchants.*.persona.spend",
    "merchants.*.persona.spend_half",
    *(
        f"merchants.*.operations.{name}"
        for name in (
            "cash",
            "credit_line",
            "overhead",
            "stock",
            "order_cost",
            "capacity",
            "overtime.orders",
        )
    ),
    "merchants.*.launch.seeds",
    *(
        f"merchants.*.strategy.{name}"
        for name in (
            "daily_budget",
            "leader_budget",
            "piece_cost",
            "staff",
            "seed_members",
            "customers",
            "fans",
            "members",
        )
    ),
    *(
        f"merchants.*.strategy.community.{name}"
        for name in ("staff", "first_staff", "listen_hours", "integration_spend")
    ),
    "leaders.*.following",
    "leaders.*.fee",
    "groups.cap",
    "groups.critical_mass",
    "groups.effort_half",
    "groups.integration_cost",
    "groups.posts.hours",
)
"""Settings that are there for all people together. Groups become smaller, not fewer: what staff
does for each depends on their number."""

ROUNDED = 0.1
"""Largest part that a number of people, things or fen may gain or lose by rounding."""


def scaled(scenario: Scenario, tree: Node) -> Scenario:
    """Return the market at ``scenario.scale`` of its size, which has a scale of 1; ``tree`` is what
    was written.

    Raises:
        ScenarioErrors: it cannot be made that small or large, with every reason.
    """
    share, currency = scenario.scale, scenario.currency
    problems = _cannot_grow(scenario)
    values = _walked(resolved(scenario, currency), (), share, currency, problems.append)
    values |= {"scale": 1.0, "events": _events(scenario, share)}
    values["description"] = f"{scenario.description} (At {said(share)} of its size.)".strip()
    made = None
    try:
        made = Scenario.model_validate(values, context={"currency": currency})
    except ValidationError as error:
        here = from_python(values, place_of(tree, ("scale",)), currency)
        problems += found(error, here, currency)
    if made is None or problems:
        told = [
            one._replace(problem=f"at a scale of {said(share)}: {one.problem}") for one in problems
        ]
        raise ScenarioErrors([one.at(place_of(tree, one.path)) for one in told])
    return made


def grows(path: Path) -> bool:
    """Tell whether the setting at a path is there for all people together."""
    return any(
        len(wanted) == len(path) and all(w in ("*", p) for w, p in zip(wanted, path, strict=True))
        for wanted in _GROWS
    )


_GROWS = [tuple(pattern.split(".")) for pattern in GROWS]


def said(share: float) -> str:
    """Return ``1%`` for .01."""
    return f"{100 * share:g}%"


def _walked(
    value: Any, path: Path, share: float, currency: str, complain: Callable[[Found], None]
) -> Any:
    """Return a resolved value with all that grows multiplied."""
    if isinstance(value, dict):
        return {
            key: _walked(part, (*path, key), share, currency, complain)
            for key, part in value.items()
        }
    if value is None or not grows(path):
        return value
    if isinstance(value, float):
        return value * share
    number = parse_money(value, currency) if isinstance(value, str) else value
    new = round(number * share)
    if abs(new - number * share) > ROUNDED * number * share:
        exact = number * share
        if isinstance(value, str):
            exact /= 10 ** MINOR_DIGITS.get(currency, 2)
        allowed = f"rounding may change it by {said(ROUNDED)}"
        complain(Found(path, "scale", f"{value} becomes {exact:g}, which is not whole", allowed))
    return format_money(new, currency) if isinstance(value, str) else new


def _events(scenario: Scenario, share: float) -> list[dict[str, Any]]:
    """Return what happens, with what grows as it is after each event; the rest as it was written.

    An event may bring back a default, so what its settings come to is seen in the whole scenario.
    """
    currency, now = scenario.currency, scenario
    done: dict[int, dict[str, Any]] = {}
    for number, event in sorted(enumerate(scenario.events), key=lambda pair: pair[1].day):
        now = apply_event(now, event)
        before = resolved(now, currency)
        after = _walked(before, (), share, currency, lambda problem: None)
        settings = dict(event.set)
        for path in settings:
            new = _at(after, path)
            if new != _at(before, path):
                settings[path] = new
        done[number] = {"day": event.day, "set": settings}
    return [done[number] for number in range(len(done))]


def _at(values: Any, path: str) -> Any:
    """Return what a resolved scenario has at a dotted path, None if it has nothing."""
    for part in path.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _cannot_grow(scenario: Scenario) -> list[Found]:
    """Return what no scale can be applied to."""
    problems = []
    if scenario.graph_brings_people:
        why = "the people of a graph that is given stand for themselves"
        problems.append(Found(("graph",), "scale", why, "choose a kind that is built"))
    for name, group in scenario.merchants.items():
        options = getattr(group.strategy, "model_extra", None)
        if options:
            path: Path = ("merchants", name, "strategy")
            why = f"what {', '.join(options)} mean is known to the strategy alone"
            problems.append(Found(path, "scale", why, "scale such options yourself, and leave 1"))
    return problems
