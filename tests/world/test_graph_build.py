"""From the scenario's record to the graph: every kind, its promises, and the seed."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

import sim.world.graph
from sim.scenario.population import Graph as GraphSpec
from sim.world.graph import (
    BuiltGraph,
    FileProblem,
    build_graph,
    known_ties,
    mean_degree,
)
from tests.world.test_graph_csr import check_rows

SPEC: TypeAdapter[GraphSpec] = TypeAdapter(GraphSpec)
COUNT = 2000
TRIBE = (np.arange(COUNT) * 11 % 5).astype(np.int32)


def build(spec: dict[str, object], seed: int = 1, folder: Path = Path()) -> BuiltGraph:
    return build_graph(SPEC.validate_python(spec), COUNT, TRIBE, seed, folder)


KINDS = [
    {"kind": "tribal"},
    {"kind": "small_world", "mean_degree": 6},
    {"kind": "scale_free", "mean_degree": 6},
    {"kind": "random", "mean_degree": 6},
    {"kind": "ring"},
    {"kind": "networkx:powerlaw_cluster_graph", "arguments": {"m": 3, "p": 0.4}},
]


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: str(spec["kind"]))
def test_every_kind_keeps_the_promises(spec: dict[str, object]) -> None:
    built = build(spec)
    check_rows(built.graph.indptr, built.graph.indices)
    assert built.graph.indptr.size == COUNT + 1
    assert built.graph.strength.shape == built.graph.indices.shape
    assert built.graph.strength.min() > 0
    assert built.graph.contacts == 0.0
    assert (built.tribe, built.tribe_names) == (None, None)
    again, other = build(spec), build(spec, seed=2)
    assert all(np.array_equal(a, b) for a, b in zip(built.graph[:3], again.graph[:3], strict=True))
    if spec["kind"] != "ring":
        assert not np.array_equal(built.graph.indices[:5000], other.graph.indices[:5000])


def test_complete_is_never_stored() -> None:
    graph = build({"kind": "complete", "contacts": 7}).graph
    assert isinstance(graph.contacts, float)
    assert graph.contacts == 7.0
    assert graph.indptr.tolist() == [0] * (COUNT + 1)
    assert graph.indices.size == graph.strength.size == 0
    assert (graph.indices.dtype, graph.strength.dtype) == (np.int32, np.float32)


def test_strong_inside_weak_across() -> None:
    strength = {"inside": 1, "across": 0.25, "common_friends": 0}
    graph = build({"kind": "random", "mean_degree": 8, "strength": strength}).graph
    rows = np.repeat(TRIBE, np.diff(graph.indptr))
    inside = rows == TRIBE[graph.indices]
    assert set(graph.strength[inside].tolist()) == {1.0}
    assert set(graph.strength[~inside].tolist()) == {0.25}


def test_people_come_with_the_file_which_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text("a,b\nb,c\nc,a\n")
    (tmp_path / "who.csv").write_text("a,x\nb,x\nc,y\n")
    spec = SPEC.validate_python({"kind": "edge_list", "path": "ties.csv", "labels": "who.csv"})
    ties = known_ties(spec, None, 1, tmp_path)
    assert ties is not None
    assert ties.people == 3
    (tmp_path / "ties.csv").unlink()
    built = build_graph(spec, ties.people, None, 1, tmp_path, ties)
    assert built.tribe is not None
    assert built.tribe.tolist() == [0, 0, 1]
    assert built.tribe_names == ["x", "y"]
    assert mean_degree(built.graph) == 2
    # All three know each other: 1 + 0.5 * 1/2 inside, 0.4 + 0.5 * 1/2 across.
    assert built.graph.strength.tolist() == pytest.approx([1.25, 0.65, 1.25, 0.65, 0.65, 0.65])
    with pytest.raises(FileProblem):
        build_graph(spec, None, None, 1, tmp_path)


def test_kinds_without_own_people_have_no_ties_to_know() -> None:
    assert known_ties(SPEC.validate_python({"kind": "tribal"}), 10, 1, Path()) is None


@pytest.mark.parametrize(
    ("spec", "count", "tribe", "says"),
    [
        ({"kind": "tribal"}, None, None, "consumers.count must be given"),
        ({"kind": "ring"}, 10, None, "tribe must be given"),
        ({"kind": "ring"}, 10, np.zeros(9, np.int32), "10 numbers from 0"),
        ({"kind": "ring"}, 10, np.full(10, -1, np.int32), "10 numbers from 0"),
        ({"kind": "networkx:karate_club_graph"}, 35, np.zeros(35, np.int32), "made 34 people"),
    ],
)
def test_what_does_not_fit_is_refused(
    spec: dict[str, object], count: int | None, tribe: np.ndarray | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        build_graph(SPEC.validate_python(spec), count, tribe, 1, Path())


def test_count_must_be_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "ties").write_text("1 2\n")
    spec = SPEC.validate_python({"kind": "edge_list", "path": "ties"})
    with pytest.raises(ValueError, match="has 2 people"):
        known_ties(spec, 3, 1, tmp_path)


def test_every_kernel_is_compiled_once() -> None:
    """An int where a float was expected would silently compile a kernel again.

    (Numba compiles apart for constants written into a call, which is its business.)
    """
    for spec in KINDS:
        build(spec)
        build({**spec, "strength": {"inside": 2, "across": 1, "common_friends": 0}})
    for info in pkgutil.iter_modules(sim.world.graph.__path__):
        module = importlib.import_module(f"sim.world.graph.{info.name}")
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", "") == module.__name__:
                texts = [str(signature) for signature in getattr(thing, "signatures", [])]
                compiled = {re.sub(r"Literal\[(\w+)\]\(\w+\)", r"\1", text) for text in texts}
                compiled = {re.sub(r"\bint\b", "int64", text) for text in compiled}
                assert len(compiled) <= 1, f"{info.name}.{name}: {compiled}"
