"""``networkx:<generator>``: any graph that networkx can make, for up to 100,000 people."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import networkx as nx
import numpy as np

from sim.errors import did_you_mean
from sim.rng import Stream, generator
from sim.world.graph.ties import Ties

MOST_PEOPLE = 100_000
"""Beyond this a graph of Python objects takes too much time and memory."""
MACHINERY = {"backend", "create_using"}
"""Arguments of networkx that are about itself."""
NOT_PEOPLE = {
    "binomial_tree",
    "circular_ladder_graph",
    "dorogovtsev_goltsev_mendes_graph",
    "generalized_petersen_graph",
    "grid_2d_graph",
    "hexagonal_lattice_graph",
    "hypercube_graph",
    "kneser_graph",
    "ladder_graph",
    "lollipop_graph",
    "margulis_gabber_galil_graph",
    "mycielski_graph",
    "navigable_small_world_graph",
    "partial_duplication_graph",
    "random_cograph",
    "random_lobster",
    "random_lobster_graph",
    "star_graph",
    "sudoku_graph",
    "tadpole_graph",
    "triangular_lattice_graph",
    "windmill_graph",
}
"""Generators whose ``n`` is not the number of people (often 2^n are), so it is never filled in."""


def generators() -> dict[str, Callable[..., Any]]:
    """Return networkx's public graph generators by name (those that need no graph to begin)."""
    return dict(_generators())


@cache
def _generators() -> dict[str, Callable[..., Any]]:
    import networkx.generators as package

    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for name in getattr(module, "__all__", []):
            function = getattr(module, name)
            if callable(function) and "G" not in inspect.signature(function).parameters:
                found[name] = function
    return found


def networkx_ties(name: str, arguments: Mapping[str, Any], count: int | None, seed: int) -> Ties:
    """Call a generator and number its nodes 0, 1, ... in their order.

    Directions are forgotten, and so are repeated ties and ties of a node with itself.

    Args:
        name: of the generator, without ``networkx:``.
        arguments: by keyword; ``n`` (people) and ``seed`` are filled in where it takes them.
        count: people that there must be; None takes what comes.
        seed: of the run.

    Raises:
        ValueError: for an unknown generator, arguments that do not fit it or that it refuses, and
            a number of nodes other than ``count``.
    """
    function = _generators().get(name)
    if function is None:
        near = did_you_mean(name, _generators())
        hint = f", did you mean {near!r}?" if near else ""
        raise ValueError(f"networkx has no generator {name!r}{hint}")
    call = _complete(name, function, arguments, count, seed)
    if name not in NOT_PEOPLE and isinstance(call.get("n"), int):
        _refuse_large(call["n"])
    try:
        graph = function(**call)
    except Exception as error:
        # Generators complain in many ways (networkx's own errors, TypeError, KeyError, ...).
        given = ", ".join(f"{key}={value!r}" for key, value in call.items())
        raise ValueError(f"networkx.{name}({given}) failed: {error}") from error
    if not isinstance(graph, nx.Graph):
        raise ValueError(f"networkx.{name} makes no graph but a {type(graph).__name__}")
    return _numbered(name, graph, count)


def _complete(
    name: str,
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    count: int | None,
    seed: int,
) -> dict[str, Any]:
    """Check the arguments against the signature and fill in ``n`` and ``seed``."""
    takes = {
        key: p
        for key, p in inspect.signature(function).parameters.items()
        if key not in MACHINERY and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }
    for key in arguments:
        if key not in takes:
            near = did_you_mean(key, takes)
            hint = f", did you mean {near!r}?" if near else ""
            has = ", ".join(takes) or "none"
            raise ValueError(f"networkx.{name} has no argument {key!r}, it has {has}{hint}")
    call = dict(arguments)
    n_is_people = "n" in takes and name not in NOT_PEOPLE
    if n_is_people and "n" not in call and count is not None:
        call["n"] = count
    if "seed" in takes and "seed" not in call:
        call["seed"] = int(generator(seed, Stream.GRAPH).integers(2**31))
    missing = [k for k, p in takes.items() if p.default is p.empty and k not in call]
    if missing:
        people = " (or consumers.count)" if "n" in missing and n_is_people else ""
        raise ValueError(f"networkx.{name} needs {', '.join(missing)}{people}")
    return call


def _refuse_large(people: int) -> None:
    if people > MOST_PEOPLE:
        raise ValueError(
            f"networkx graphs are for up to {MOST_PEOPLE:,} people, not {people:,}; use tribal,"
            " small_world, scale_free or random"
        )


def _numbered(name: str, graph: Any, count: int | None) -> Ties:
    people = graph.number_of_nodes()
    _refuse_large(people)
    if people == 0:
        raise ValueError(f"networkx.{name} made a graph without people")
    if count is not None and people != count:
        raise ValueError(
            f"networkx.{name} made {people:,} people, but consumers.count is {count:,}; leave it"
            " out or give arguments that fit"
        )
    number = {node: i for i, node in enumerate(graph)}
    ends = np.array([(number[a], number[b]) for a, b in graph.edges()], dtype=np.int32).reshape(
        -1, 2
    )
    return Ties(people, ends[:, 0].copy(), ends[:, 1].copy(), None, None)
