"""Rules about opinion leaders that span several parts of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.errors import ScenarioError
from sim.scenario.problems import place_of
from sim.scenario.tree import Node, nearest, plain
from sim.scenario.units import parse_money


def leader_problems(tree: Node, merchants: list[str], currency: str) -> Iterator[ScenarioError]:
    """Yield merchants who pay leaders where there are none, and leaders with more followers than
    there are people."""
    leaders = _value(tree, "leaders")
    if not leaders:
        for name in merchants:
            path = ("merchants", name, "strategy", "leader_budget")
            if _amount(_value(tree, *path), currency) > 0:
                yield ScenarioError(
                    place_of(tree, path), "there are no leaders to pay", "leaders defines none"
                )
    people = _value(tree, "consumers", "count")
    for name, leader in leaders.items() if isinstance(leaders, dict) else ():
        wanted = leader.get("following") if isinstance(leader, dict) else None
        if isinstance(people, int) and isinstance(wanted, int) and wanted >= people:
            yield ScenarioError(
                place_of(tree, ("leaders", name, "following")),
                f"a leader cannot have {wanted:,} followers",
                f"there are {people:,} people",
            )


def _amount(written: Any, currency: str) -> int:
    """Return an amount of money; 0 if it is none, which the schema will say."""
    try:
        return parse_money(written, currency)
    except ValueError:
        return 0


def _value(tree: Node, *path: str) -> Any:
    """Return the plain value at a path, or None if nothing was written there."""
    node, exact = nearest(tree, path)
    return plain(node) if exact else None
