"""Rules that regions, ties and merchants must keep together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.errors import ScenarioError
from sim.scenario.population import Tribal
from sim.scenario.problems import place_of
from sim.scenario.tree import Node, Path, nearest, plain
from sim.scenario.units import parse_rate

COUNT: Path = ("consumers", "regions", "count")


def _written(tree: Node, path: Path) -> Any:
    """Return the plain value at a path, or None if nothing was written there."""
    node, exact = nearest(tree, path)
    return plain(node) if exact else None


def region_problems(tree: Node, merchants: list[str]) -> Iterator[ScenarioError]:
    """Yield what does not go together; tolerates any tree."""
    count = _written(tree, COUNT)
    regions = count if isinstance(count, int) and not isinstance(count, bool) else 1
    kind = _written(tree, ("graph", "kind")) or "tribal"
    for name in merchants:
        path = ("merchants", name, "region")
        home = _written(tree, path)
        if isinstance(home, int) and home >= regions:
            allowed = f"regions are numbered from 0 to {regions - 1} (consumers.regions.count)"
            yield ScenarioError(place_of(tree, path), f"there is no region {home}", allowed)
    if kind == "edge_list" and regions > 1:
        yield ScenarioError(
            place_of(tree, COUNT),
            "people from a file of ties live in one region",
            "needs 1, or a graph of another kind",
        )
    yield from _crossing(tree, regions)
    yield from _rewiring(tree, str(kind))


def _crossing(tree: Node, regions: int) -> Iterator[ScenarioError]:
    path = ("graph", "crossing")
    crossing = _share(_written(tree, path))
    if crossing is None:
        return
    mixing = _share(_written(tree, ("graph", "mixing")))
    mixing = float(Tribal().mixing) if mixing is None else mixing
    if regions == 1:
        allowed = "leave the line out, or have more (consumers.regions.count)"
        yield ScenarioError(place_of(tree, path), "there is one region, no tie leaves it", allowed)
    elif crossing > mixing:
        yield ScenarioError(
            place_of(tree, path),
            f"got {crossing:g}, but only {mixing:g} of all ties leave a tribe's part of a region",
            "needs at most graph.mixing",
        )


def _rewiring(tree: Node, kind: str) -> Iterator[ScenarioError]:
    path = ("memory", "rewiring")
    if kind == "complete" and _share(_written(tree, path)):
        yield ScenarioError(
            place_of(tree, path),
            "a complete graph has no ties that could be swapped",
            "needs 0, or a graph of another kind",
        )


def _share(value: Any) -> float | None:
    """Return a share as it was written, or None if it is none (told elsewhere)."""
    try:
        return None if value is None else parse_rate(value)
    except ValueError:
        return None
