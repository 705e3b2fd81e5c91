"""From the command line to a benchmark: options over a file, or a benchmark made of options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.errors import ScenarioError, Where
from sim.scenario.load import load, parse
from sim.scenario.shape import listed
from sim.scenario.sources import read_text
from sim.scenario.tree import Node, from_python
from sim.study.compare.spec import Asked, benchmark_of


def asked_of(
    file: str,
    options: Mapping[str, Any],
    sets: Sequence[str] = (),
    variants: int | None = None,
) -> Asked:
    """Read a benchmark; ``options`` (seeds, metric, precision, most_seeds) win over the file, and
    ``sets`` (``dotted.path=value``) over its scenario; only its first ``variants`` are looked at.

    Raises:
        ScenarioError: see ``read_benchmark``.
    """
    tree = parse(read_text(file), file)
    if not isinstance(tree.value, dict):
        raise ScenarioError(tree.where, "not a benchmark", "it is lines of 'name: value'")
    if "base" not in tree.value and "merchants" in tree.value:
        allowed = "name strategies to exchange, for example --arms buy_traffic,hybrid"
        raise ScenarioError(tree.where, "this is a scenario, not a benchmark", allowed)
    given = tree.value.get("variants")
    if variants is not None and given is not None and isinstance(given.value, dict):
        few = replace(given, value=dict(list(given.value.items())[:variants]))
        tree = replace(tree, value={**tree.value, "variants": few})
    return benchmark_of(_over(tree, options), file, Path(file).parent, sets)


def scenario_of(
    file: str,
    arms: str,
    focus: str | None,
    options: Mapping[str, Any],
    sets: Sequence[str] = (),
) -> Asked:
    """Make a benchmark of a scenario: ``arms`` are kinds with commas between; ``sets``
    (``dotted.path=value``) change the scenario.

    Raises:
        ScenarioError: the scenario is wrong, or it is not clear which camp is meant.
    """
    scenario = load(file, sets).scenario
    camps = list(scenario.merchants)
    if focus is None and len(camps) != 1:
        allowed = f"merchants are {listed(camps)}" if camps else "the scenario has no merchants"
        raise ScenarioError(Where("--focus"), "whose strategy is to be exchanged?", allowed)
    given = {
        "name": scenario.name,
        "base": os.path.basename(file),
        "focus": camps[0] if focus is None else focus,
        "arms": [kind.strip() for kind in arms.split(",") if kind.strip()],
    }
    nodes = {key: from_python(value, Where(f"--{key}")) for key, value in given.items()}
    tree = _over(Node(nodes, Where(file)), options)
    return benchmark_of(tree, file, Path(file).parent, sets)


def check_together(asked: Sequence[Asked]) -> None:
    """Refuse benchmarks that cannot share a page.

    Raises:
        ScenarioError: two have the same name, or they decide by different metrics or currencies.
    """
    first, *others = asked
    for number, it in enumerate(others, 1):
        if it.spec.name in [before.spec.name for before in asked[:number]]:
            problem = f"another benchmark is called {it.spec.name!r} too"
            raise ScenarioError(it.place("name"), problem, "names tell them apart")
        if it.spec.metric != first.spec.metric:
            problem = f"decided by {it.spec.metric}, {first.spec.name} by {first.spec.metric}"
            raise ScenarioError(it.place("metric"), problem, "one --metric serves all")
        if it.base.scenario.currency != first.base.scenario.currency:
            problem = f"in {it.base.scenario.currency}, not {first.base.scenario.currency}"
            raise ScenarioError(it.place("base"), problem, "compare them apart")


def _over(tree: Node, options: Mapping[str, Any]) -> Node:
    """Return the tree with the options that were given, placed where a person wrote them."""
    given = {
        name: from_python(value, Where(f"--{name.replace('_', '-')}"))
        for name, value in options.items()
        if value is not None
    }
    return replace(tree, value={**tree.value, **given})
