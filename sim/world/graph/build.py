"""From the scenario's graph record to the graph.

ties = known_ties(spec, count, seed, folder)    # None, or people that the graph brings along
count = ties.people if ties else count           # now the consumers can be made
built = build_graph(spec, count, tribe, seed, folder, ties)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.kernel import Threads
from sim.scenario.population import (
    Complete,
    EdgeList,
    Networkx,
    Random,
    Ring,
    ScaleFree,
    SmallWorld,
    Strength,
    Tribal,
)
from sim.scenario.population import Graph as GraphSpec
from sim.world.graph.classic import random_rows, ring_rows, scale_free_rows, small_world_rows
from sim.world.graph.crossing import cross
from sim.world.graph.csr import Graph, mean_field, rows_from_edges
from sim.world.graph.draws import Ints, Longs
from sim.world.graph.strength import Weight, with_strength
from sim.world.graph.ties import Ties
from sim.world.graph.tribal import Target, tribal_rows
from sim.world.regions import Regions, one_region

Rows = tuple[Longs, Ints]


class BuiltGraph(NamedTuple):
    """The graph, and the tribes it brings along.

    Attributes:
        graph: who knows whom.
        tribe: int32[N] from the file (labels or communities), or None: the caller's stay.
        tribe_names: one per tribe of ``tribe``, or None.
    """

    graph: Graph
    tribe: Ints | None
    tribe_names: list[str] | None


def known_ties(spec: GraphSpec, count: int | None, seed: int, folder: Path) -> Ties | None:
    """Return the ties and people of a graph that brings its own, else None.

    Args:
        spec: the scenario's graph.
        count: people that the scenario asks for, or None.
        seed: of the run.
        folder: of the scenario; relative paths begin there.

    Raises:
        FileProblem: for files that cannot be understood (with file, line and problem).
        ValueError: for what else cannot be done, in words.
    """
    if isinstance(spec, EdgeList):
        from sim.world.graph.edge_list import edge_list_ties

        ties = edge_list_ties(Path(folder), spec.path, spec.labels, seed)
        if count not in (None, ties.people):
            raise ValueError(
                f"{spec.path} has {ties.people:,} people, but consumers.count is {count:,}; leave"
                " it out"
            )
        return ties
    if isinstance(spec, Networkx):
        # networkx takes a third of a second to import, which others need not wait for.
        from sim.world.graph.networkx_graph import networkx_ties

        return networkx_ties(spec.kind.partition(":")[2], spec.arguments, count, seed)
    return None


def build_graph(
    spec: GraphSpec,
    count: int | None,
    tribe: npt.ArrayLike | None,
    seed: int,
    folder: Path,
    ties: Ties | None = None,
    threads: Threads | None = None,
    regions: Regions | None = None,
) -> BuiltGraph:
    """Build the graph that a scenario asks for.

    Args:
        spec: the scenario's graph.
        count: N; may be None where the graph brings its people along.
        tribe: int32[N], each person's tribe from 0; may be None if the graph brings tribes along
            (``edge_list``).
        seed: of the run; all randomness is from stream GRAPH.
        folder: of the scenario; relative paths begin there.
        ties: what ``known_ties`` returned, so that no file is read twice.
        threads: to share the work of weighing ties.
        regions: who lives where; left out: all in one.

    Raises:
        FileProblem, ValueError: as ``known_ties``; and if no such graph exists.
    """
    ties = ties or known_ties(spec, count, seed, folder)
    people = ties.people if ties else count
    if people is None:
        raise ValueError(f"graph {spec.kind}: consumers.count must be given")
    if isinstance(spec, Complete):
        return BuiltGraph(mean_field(people, spec.contacts), None, None)
    own = ties.tribe if ties else None
    tribes = _tribes(own if own is not None else tribe, people)
    if ties:
        rows = rows_from_edges(ties.u, ties.v, people)
    else:
        rows = _rows(spec, tribes, regions or one_region(), seed)
    graph = with_strength(rows, tribes, weight_of(spec.strength), threads, regions)
    return BuiltGraph(graph, own, ties.tribe_names if ties else None)


def _rows(spec: GraphSpec, tribe: Ints, regions: Regions, seed: int) -> Rows:
    """Return the rows of a graph that is made up; a tribe's own people are those of one region."""
    if len(regions.distance) == 1:
        return _ROWS[type(spec)](spec, tribe, seed)
    pool = regions.home.astype(np.int32) * (int(tribe.max()) + 1) + tribe
    rows = _ROWS[type(spec)](spec, pool, seed)
    if isinstance(spec, Tribal) and spec.crossing is not None:
        cross(rows, pool, regions.home, float(spec.crossing), seed)
    return rows


def weight_of(strength: Strength) -> Weight:
    """Return what a tie is worth, in the form kernels take."""
    return Weight(float(strength.inside), float(strength.across), float(strength.common_friends))


def _tribes(tribe: npt.ArrayLike | None, people: int) -> Ints:
    if tribe is None:
        raise ValueError("everybody's tribe must be given: the graph does not bring tribes along")
    tribes = np.ascontiguousarray(tribe, np.int32)
    if tribes.shape != (people,) or (people and tribes.min() < 0):
        raise ValueError(f"tribes must be {people:,} numbers from 0, got shape {tribes.shape}")
    return tribes


def _tribal(spec: Tribal, tribe: Ints, seed: int) -> Rows:
    target = Target(float(spec.mean_degree), float(spec.mixing), float(spec.clustering))
    return tribal_rows(target, float(spec.degree_exponent), tribe, seed)


def _small_world(spec: SmallWorld, tribe: Ints, seed: int) -> Rows:
    return small_world_rows(tribe.size, spec.mean_degree, spec.rewiring, seed)


def _scale_free(spec: ScaleFree, tribe: Ints, seed: int) -> Rows:
    return scale_free_rows(tribe.size, spec.mean_degree, seed)


def _random(spec: Random, tribe: Ints, seed: int) -> Rows:
    return random_rows(tribe.size, spec.mean_degree, seed)


def _ring(spec: Ring, tribe: Ints, seed: int) -> Rows:
    return ring_rows(tribe.size, spec.mean_degree)


_ROWS: dict[type, Callable[..., Rows]] = {
    Tribal: _tribal,
    SmallWorld: _small_world,
    ScaleFree: _scale_free,
    Random: _random,
    Ring: _ring,
}
