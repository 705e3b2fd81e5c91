"""From a tree to a checked record: every rule of the schema, and those that span several parts.

Everything that is wrong is found in one reading and told in the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import ScenarioError, ScenarioErrors, Where, did_you_mean
from sim.scenario.events import event_problems
from sim.scenario.leader_rules import leader_problems
from sim.scenario.population import Tribes
from sim.scenario.problems import found, place_of
from sim.scenario.region_rules import region_problems
from sim.scenario.resolved import digest
from sim.scenario.scaled import scaled
from sim.scenario.schema import Scenario
from sim.scenario.shape import listed
from sim.scenario.tree import Node, nearest, plain


@dataclass(frozen=True)
class Loaded:
    """A scenario that was understood, and where each of its values was written.

    scenario: the frozen record. folder: where relative paths in it start. file: what was read,
    as named by the caller. warnings: what is allowed but probably not meant, with its place.
    """

    scenario: Scenario
    folder: Path
    file: str
    tree: Node = field(repr=False)
    warnings: tuple[str, ...] = ()

    def place(self, path: str) -> Where:
        """Return where the value at a dotted path was written.

        For a default, which nobody wrote, it is the place of the nearest mapping around it.
        """
        node = self.tree
        parts: list[str | int] = []
        for name in path.split("."):
            index = isinstance(node.value, list) and name.isdecimal()
            key: str | int = int(name) if index else name
            parts.append(key)
            node = node.get(key) or node
        return place_of(self.tree, tuple(parts))

    def error(self, path: str, problem: str, allowed: str = "", hint: str = "") -> ScenarioError:
        """Return an error about the value at a dotted path, for stages that find it later."""
        return ScenarioError(self.place(path), problem, allowed, hint)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what results depend on; see ``sim.scenario.resolved.digest``."""
        return digest(self.scenario, self.folder)


def check(tree: Node, file: str, folder: Path) -> Loaded:
    """Validate a tree.

    Raises:
        ScenarioErrors: with every single problem, in the order of the file.
    """
    currency = currency_in(tree)
    problems = list(_rules_across(tree, folder))
    problems += event_problems(tree, currency)
    scenario = None
    try:
        scenario = Scenario.model_validate(plain(tree), context={"currency": currency})
    except ValidationError as error:
        problems += [
            item.at(place_of(tree, item.path, item.at_key)) for item in found(error, tree, currency)
        ]
    if scenario is None or problems:
        raise ScenarioErrors(_sorted(problems, file))
    if scenario.scale != 1.0:
        scenario = scaled(scenario, tree)
    return Loaded(scenario, folder, file, tree, tuple(_warnings(tree, scenario)))


def currency_in(tree: Node) -> str:
    """Return the scenario's currency; empty (any will do) where it is itself wrong."""
    node = tree.get("currency")
    if node is None:
        return "CNY"
    text = node.value
    right = isinstance(text, str) and len(text) == 3 and text.isascii() and text.isupper()
    return str(text) if right else ""


def _sorted(problems: list[ScenarioError], file: str) -> list[ScenarioError]:
    """Order by place (the file itself first, then what it extends, then the command line)."""
    unique = {str(problem): problem for problem in problems}.values()

    def order(problem: ScenarioError) -> tuple[bool, bool, str, int, int]:
        where = problem.where
        return (where.line == 0, where.file != file, where.file, where.line, where.column)

    return sorted(unique, key=order)


def _value(tree: Node, *path: str | int) -> Any:
    """Return the plain value at a path, or None if nothing was written there."""
    node, exact = nearest(tree, path)
    return plain(node) if exact else None


def _rules_across(tree: Node, folder: Path) -> Iterator[ScenarioError]:
    """Yield breaches of the rules that span several parts; tolerates any tree."""
    merchants = _value(tree, "merchants")
    names = list(merchants) if isinstance(merchants, dict) else []
    yield from _unknown_names(tree, names)
    yield from region_problems(tree, names)
    yield from _nobody_to_copy(tree, names)
    yield from _unknown_categories(tree, names)
    yield from _unknown_media(tree, names)
    yield from _teams_too_large(tree, names)
    yield from leader_problems(tree, names, currency_in(tree))
    kind = str(_value(tree, "graph", "kind") or "tribal")
    mode = _value(tree, "sharing", "mode")
    if kind == "complete" and mode in ("linear_threshold", "threshold"):
        yield ScenarioError(
            place_of(tree, ("sharing", "mode")),
            f"{mode} needs friends, and a complete graph stores no ties",
            "choose another graph, independent_cascade or bass",
        )
    if kind == "complete" and _value(tree, "memory", "drift_mode") == "company":
        yield ScenarioError(
            place_of(tree, ("memory", "drift_mode")),
            "company needs friends, and a complete graph stores no ties",
            "choose another graph, friend or pair",
        )
    if kind == "edge_list":
        yield from _missing_files(tree, folder)
    elif not kind.startswith("networkx:"):
        yield from _unknown_tribes(tree, names)


def _unknown_names(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    """Yield names of merchants or platforms that stand for nobody."""
    mix = _value(tree, "entry", "mix")
    for name in mix if isinstance(mix, dict) else ():
        if name not in merchants:
            yield _nobody(place_of(tree, ("entry", "mix", name), at_key=True), name, merchants)
    for section in ("entry", "exit"):
        lines = _value(tree, section, "schedule")
        for index, line in enumerate(lines if isinstance(lines, list) else ()):
            name = line.get("merchant") if isinstance(line, dict) else None
            if isinstance(name, str) and name not in merchants:
                place = place_of(tree, (section, "schedule", index, "merchant"))
                yield _nobody(place, name, merchants)
    found = _value(tree, "platforms")
    platforms = list(found) if isinstance(found, dict) else []
    for merchant in merchants:
        chosen = _value(tree, "merchants", merchant, "platforms")
        for index, name in enumerate(chosen if isinstance(chosen, list) else ()):
            if isinstance(name, str) and name not in platforms:
                place = place_of(tree, ("merchants", merchant, "platforms", index))
                yield _nobody(place, name, platforms, "platform")


def _nobody(where: Where, name: str, known: list[str], kind: str = "merchant") -> ScenarioError:
    allowed = f"defined are {listed(known)}" if known else f"{kind}s defines none"
    return ScenarioError(where, f"no such {kind}", allowed, did_you_mean(name, known))


def _nobody_to_copy(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    """Yield imitators of merchants who are not there, or who imitate themselves."""
    imitators = {
        name
        for name in merchants
        if _value(tree, "merchants", name, "strategy", "kind") == "imitate"
    }
    models = [name for name in merchants if name not in imitators]
    allowed = f"defined are {listed(models)}" if models else "all others imitate, too"
    for name in merchants:
        path = ("merchants", name, "strategy", "among")
        among = _value(tree, *path) if name in imitators else None
        if name in imitators and not models:
            where = place_of(tree, ("merchants", name, "strategy"))
            yield ScenarioError(where, "has nobody to imitate", allowed)
        for index, other in enumerate(among if isinstance(among, list) else ()):
            if other not in models:
                where = place_of(tree, (*path, index))
                problem = "imitates others itself" if other in imitators else "no such merchant"
                yield ScenarioError(where, problem, allowed, did_you_mean(str(other), models))


def _unknown_media(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    media = _value(tree, "media")
    known = list(media) if isinstance(media, dict) else []
    for merchant in merchants:
        path = ("merchants", merchant, "strategy")
        if _value(tree, *path, "kind") != "mass_media":
            continue
        mix = _value(tree, *path, "mix")
        for name in mix if isinstance(mix, dict) else ():
            if name not in known:
                where = place_of(tree, (*path, "mix", name), at_key=True)
                allowed = f"defined are {listed(known)}" if known else "media defines none"
                yield ScenarioError(where, "no such medium", allowed, did_you_mean(name, known))


def _unknown_tribes(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    count = _value(tree, "consumers", "tribes", "count")
    if count is None:
        count = Tribes().count
    paths: list[tuple[str | int, ...]] = []
    for name in merchants:
        paths.append(("merchants", name, "product", "tribe"))
        named = _value(tree, "merchants", name, "strategy", "tribes")
        listed_tribes = range(len(named)) if isinstance(named, list) else ()
        paths += [("merchants", name, "strategy", "tribes", n) for n in listed_tribes]
        if _value(tree, "merchants", name, "strategy", "kind") == "content":
            paths.append(("merchants", name, "strategy", "style"))
    leaders = _value(tree, "leaders")
    paths += [("leaders", name, "tribe") for name in (leaders if isinstance(leaders, dict) else ())]
    for path in paths:
        tribe = _value(tree, *path)
        if isinstance(tribe, int) and isinstance(count, (int, float)) and tribe >= count:
            allowed = f"tribes are numbered from 0 to {int(count) - 1}"
            yield ScenarioError(place_of(tree, path), f"there is no tribe {tribe}", allowed)


def _unknown_categories(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    categories = _value(tree, "categories")
    known = list(categories) if isinstance(categories, dict) else []
    for name in merchants:
        path = ("merchants", name, "product", "category")
        given = _value(tree, *path)
        if isinstance(given, str) and given not in known:
            yield ScenarioError(
                place_of(tree, path),
                f"there is no category {given!r}",
                f"defined are {listed(known)}" if known else "categories defines none",
                did_you_mean(given, known),
            )


def _teams_too_large(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    people = _value(tree, "consumers", "count")
    if not isinstance(people, (int, float)):
        return
    for name in merchants:
        path = ("merchants", name, "strategy", "team", "size")
        size = _value(tree, *path)
        if isinstance(size, int) and size > people:
            problem = f"a team of {size:,} is larger than the population"
            yield ScenarioError(place_of(tree, path), problem, f"there are {int(people):,} people")


def _missing_files(tree: Node, folder: Path) -> Iterator[ScenarioError]:
    for name in ("path", "labels"):
        text = _value(tree, "graph", name)
        if not isinstance(text, str) or not text:
            continue
        where = place_of(tree, ("graph", name))
        path = Path(folder, text)
        try:
            there, siblings = path.is_file(), [p.name for p in path.parent.glob("*")][:10_000]
        except (OSError, ValueError):  # a name that no file can have
            there, siblings = False, []
        if not there:
            problem = f"there is no file {text!r}"
            near = did_you_mean(path.name, siblings)
            hint = str(Path(text).with_name(near)) if near else ""
            yield ScenarioError(where, problem, "paths start at the scenario file's folder", hint)


def _warnings(tree: Node, scenario: Scenario) -> Iterator[str]:
    for index, event in enumerate(scenario.events):
        if event.day >= scenario.days:
            where = place_of(tree, ("events", index, "day"))
            yield f"{where}: day {event.day} never comes, the last day is {scenario.days - 1}"
    for index, answer in enumerate(scenario.question.answers if scenario.question else ()):
        if answer.days is not None and answer.days[1] > scenario.days:
            where = place_of(tree, ("question", "answers", index, "days"))
            yield f"{where}: no answer, the last day is {scenario.days - 1}"
