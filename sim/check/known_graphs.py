"""Small graphs by name, in the form that the kernels see: ``karate``, ``cycle:4``, a file of ties.

Names are those of networkx's generators (``karate_club_graph``), or their beginning; numbers after
a colon are their arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import numpy as np

from sim.errors import ScenarioError, Where, did_you_mean
from sim.world.graph.csr import Graph, rows_from_edges
from sim.world.graph.networkx_graph import generators


def graph_of(ties: nx.Graph, strength: float = 1.0) -> Graph:
    """Return unweighted ties in the project's form; people in networkx's order."""
    number = {node: n for n, node in enumerate(ties)}
    ends = np.array([(number[a], number[b]) for a, b in ties.edges], np.int32).reshape(-1, 2)
    indptr, indices = rows_from_edges(ends[:, 0].copy(), ends[:, 1].copy(), len(number))
    return Graph(indptr, indices, np.full(len(indices), strength, np.float32), 0.0)


def named(text: str) -> nx.Graph:
    """Return a graph by name (``karate``, ``path:5``), or from a file with two names a line.

    Raises:
        ScenarioError: no such graph, or one that cannot be made.
    """
    where = Where("--graph")
    if Path(text).is_file():
        return nx.read_edgelist(text, delimiter="," if text.endswith(".csv") else None)
    name, _, given = text.partition(":")
    made = generators()
    found = _generator(name, made)
    if found is None:
        near = did_you_mean(name, [key.removesuffix("_graph") for key in made])
        known = "a generator of networkx (karate, krackhardt_kite, cycle:4) or a file of ties"
        raise ScenarioError(where, f"{name!r} is no graph", known, near)
    try:
        arguments = [float(part) if "." in part else int(part) for part in given.split(",") if part]
        ties = made[found](*arguments)
    except Exception as error:  # generators complain in many ways
        takes = ", ".join(p for p in inspect.signature(made[found]).parameters if p != "backend")
        raise ScenarioError(where, f"{text!r}: {error}", f"{found} takes {takes}") from error
    if not isinstance(ties, nx.Graph):
        raise ScenarioError(where, f"{text!r} makes no graph but a {type(ties).__name__}")
    return nx.Graph(ties)


def person(ties: nx.Graph, text: str) -> int:
    """Return the number of a person by name (``Medici``) or as networkx numbers them.

    Raises:
        ScenarioError: nobody has this name.
    """
    names = [str(node) for node in ties]
    if text in names:
        return names.index(text)
    some = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    hint = did_you_mean(text, names)
    raise ScenarioError(
        Where("--seed-node"), f"nobody is called {text!r}", f"there are {some}", hint
    )


def _generator(name: str, made: Mapping[str, object]) -> str | None:
    for ending in ("", "_graph", "_club_graph", "_families_graph"):
        if name + ending in made:
            return name + ending
    begins = [key for key in made if key.startswith(name)] if name else []
    return begins[0] if len(begins) == 1 else None
