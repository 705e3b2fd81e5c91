"""What may change during a run, and how an event changes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import ValidationError

from sim.errors import ScenarioError, Where
from sim.scenario.markets import Event
from sim.scenario.problems import Found, dotted, found, place_of
from sim.scenario.schema import Scenario
from sim.scenario.tree import Node, Path, assign, from_python, nearest, plain

# ``*`` is any one name; every pattern also covers what lies below it.
CHANGEABLE = (
    "platforms.*.*",
    "visits.*",
    "merchants.*.shop.*",
    "merchants.*.listing.*",
    "media.*.*",
    "content.*",
    "stores.*",
    "merchants.*.product.price",
    "merchants.*.product.unit_cost",
    "merchants.*.product.quality",
    "merchants.*.strategy.*",
    *(
        f"merchants.*.operations.{name}"
        for name in (
            "overhead",
            "interest",
            "cover",
            "order_point",
            "order_cost",
            "express.cover",
            "express.surcharge",
            "capacity",
            "overtime",
            "delivery",
            "service",
            "return_cost",
        )
    ),
    "merchants.*.abroad.localisation",
    "merchants.*.abroad.shipping",
    "merchants.*.persona.spend",
    "merchants.*.referral.*",
    "merchants.*.sharing_incentive",
    "choice.*",
    "memory.*",
    "groups.*",
    "sharing.*",
    "inviting.*",
)
# Fixed once the world is built: array sizes, the meaning of past prices, who decides.
FIXED = (
    "platforms.*.ticks_per_day",
    "platforms.*.opens",
    "media.*.kind",
    "media.*.loyalty",
    "merchants.*.strategy.kind",
    "choice.reference_price",
    "groups.acquaintances",
)
_MAY_CHANGE = (
    "events may set platforms.<name>.*, visits.*, media.<name>.*, content.*, stores.*,"
    " merchants.<name>.shop|listing.*,"
    " merchants.<name>.product.price|unit_cost|quality, merchants.<name>.strategy.*,"
    " merchants.<name>.operations.*, merchants.<name>.abroad.localisation|shipping,"
    " merchants.<name>.persona.spend, merchants.<name>.referral.*,"
    " merchants.<name>.sharing_incentive, choice.*, memory.*, groups.*, sharing.* and inviting.*,"
    " except ticks_per_day, opens, loyalty, cash, credit_line, stock, lead_time, express as a whole"
    ", kind, reference_price and acquaintances"
)


def may_change(path: str) -> bool:
    """Whether a dotted path names a setting that an event may set."""
    parts = path.split(".")
    return _covers(CHANGEABLE, parts) and not _covers(FIXED, parts)


def _covers(patterns: tuple[str, ...], parts: list[str]) -> bool:
    for pattern in patterns:
        wanted = pattern.split(".")
        pairs = zip(wanted, parts, strict=False)
        if len(parts) >= len(wanted) and all(want in ("*", part) for want, part in pairs):
            return True
    return False


def due(events: Sequence[Event], day: int) -> list[Event]:
    """Return the events of a day, in the order in which they are written."""
    return [event for event in events if event.day == day]


def apply_event(scenario: Scenario, event: Event) -> Scenario:
    """Return the scenario as it is from the day of ``event`` on.

    A path names what is replaced: what lies below it and is not written becomes the default;
    ``null`` brings the default back.

    Raises:
        ScenarioError: if a path does not exist or may not change, or a value is not allowed. A
            scenario that was loaded has been checked for this, event by event in order of days.
    """
    where = Where(f"event on day {event.day}")
    tree = from_python(scenario, where, scenario.currency)
    for path, value in event.set.items():
        place = Where(f"event on day {event.day}", path=path)
        if not may_change(path):
            raise ScenarioError(place, "cannot change during a run", _MAY_CHANGE)
        tree = assign(tree, path, from_python(value, place), place)
    try:
        return Scenario.model_validate(plain(tree), context={"currency": scenario.currency})
    except ValidationError as error:
        first = found(error, tree, scenario.currency)[0]
        raise first.at(Where(where.file, path=dotted(first.path))) from None


def event_problems(tree: Node, currency: str) -> Iterator[ScenarioError]:
    """Yield what is wrong with the settings of events, each at its place in the file.

    Events are tried in order of days, each on top of those before. Only the part of the scenario
    that a path touches is validated, so a thousand events cost little.
    """
    events = tree.get("events")
    if events is None or not isinstance(events.value, list):
        return
    days = [(_day(event), index) for index, event in enumerate(events.value)]
    for _, index in sorted(days):
        settings = events.value[index].get("set")
        if settings is None or not isinstance(settings.value, dict):
            continue
        for path, value in settings.value.items():
            at: Path = ("events", index, "set", path)
            problem, tree = _try(tree, path, value, place_of(tree, at, at_key=True), currency)
            if problem is not None:
                yield problem


def _day(event: Node) -> int:
    day = event.get("day")
    return day.value if day is not None and isinstance(day.value, int) else 0


def _try(
    tree: Node, path: str, value: Node, place: Where, currency: str
) -> tuple[ScenarioError | None, Node]:
    """Return (problem or None, tree with the setting applied if there is none)."""
    try:
        after = assign(tree, path, value, place)
    except ScenarioError as error:
        return error, tree
    if not may_change(path):
        return ScenarioError(place, "cannot change during a run", _MAY_CHANGE), tree
    parts = tuple(path.split("."))
    old = _part_problems(tree, parts, currency)
    for item in _part_problems(after, parts, currency):
        if item in old:
            continue  # told at its own place
        if item.path[: len(parts)] != parts:  # a neighbour that the new value does not go with
            item = item._replace(problem=f"makes {dotted(item.path)} wrong: {item.problem}")
            return item.at(replace(value.where, path=place.path)), tree
        rest = item.path[len(parts) :]
        node, _ = nearest(value, rest)
        return item.at(replace(node.where, path=dotted((place.path, *rest)))), tree
    return None, after


def _part_problems(tree: Node, parts: tuple[str, ...], currency: str) -> list[Found]:
    """Validate a scenario reduced to the section (and named thing) that ``parts`` touches."""
    section = tree.get(parts[0])
    kept = section
    if section is not None and parts[0] in ("platforms", "media", "merchants"):
        named = section.get(parts[1])
        kept = Node({parts[1]: named} if named else {}, section.where)
    small = Node({} if kept is None else {parts[0]: kept}, tree.where)
    try:
        Scenario.model_validate({"name": "event", **plain(small)}, context={"currency": currency})
    except ValidationError as error:
        return found(error, small, currency)
    return []
