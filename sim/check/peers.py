"""Family: peers: the same models in other people's programs, where these are installed.

CyNetDiff (``pip install flowtribe[peers]``) and NDlib, which is left out of that extra because it
brings igraph, under the GPL; and six, which it needs and does not name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import networkx as nx
import numpy as np

from sim.check.known_graphs import graph_of
from sim.check.measured import Check, Effort, Found, Point, twin_found
from sim.steps.diffusion import independent_cascade
from sim.steps.thresholds import linear_threshold, threshold

FAMILY = "peers"
CYNETDIFF, NDLIB = "CyNetDiff", "NDlib"
NEEDS = {CYNETDIFF: ("cynetdiff",), NDLIB: ("ndlib", "six")}
START = 0


def installed(peer: str) -> bool:
    """Tell whether a peer can be imported."""
    return all(find_spec(name) is not None for name in NEEDS[peer])


def _graphs(effort: Effort) -> dict[str, nx.Graph]:
    """Return graphs too large for exact methods, and a small one."""
    return {
        "karate club": nx.Graph(nx.karate_club_graph().edges),
        "scale-free, 500 people": nx.barabasi_albert_graph(500, 3, seed=effort.seed),
        "small world, 500 people": nx.connected_watts_strogatz_graph(500, 6, 0.1, seed=effort.seed),
    }


def _in_order(ties: nx.Graph) -> nx.Graph:
    """Return the graph with people from 0 up, in that order."""
    ordered = nx.Graph()
    ordered.add_nodes_from(range(len(ties)))
    ordered.add_edges_from(ties.edges)
    return ordered


def _sizes_of_cynetdiff(model: Any, runs: int) -> np.ndarray:
    """Return sizes of so many runs, int64[runs]."""
    model.set_seeds({START})
    sizes = np.empty(runs, np.int64)
    for n in range(runs):
        model.reset_model()
        model.advance_until_completion()
        sizes[n] = model.get_num_activated_nodes()
    return sizes


def cynetdiff_cascade(ties: nx.Graph, p: float, runs: int, seed: int) -> np.ndarray:
    """Return sizes of CyNetDiff's independent cascades."""
    make = import_module("cynetdiff.utils").networkx_to_ic_model
    model, _ = make(ties, activation_prob=p, rng=np.random.default_rng(seed))
    return _sizes_of_cynetdiff(model, runs)


def cynetdiff_threshold(ties: nx.Graph, runs: int, seed: int) -> np.ndarray:
    """Return sizes of CyNetDiff's linear threshold model; friends weigh 1 / degree."""
    make = import_module("cynetdiff.utils").networkx_to_lt_model
    model, _ = make(ties.to_directed(), rng=np.random.default_rng(seed))
    return _sizes_of_cynetdiff(model, runs)


def _of_ndlib(kind: str, ties: nx.Graph, configure: Callable[[Any], None]) -> Any:
    model = getattr(import_module("ndlib.models.epidemics"), kind)(ties)
    settings = import_module("ndlib.models.ModelConfig").Configuration()
    settings.add_model_initial_configuration("Infected", [START])
    configure(settings)
    model.set_initial_status(settings)
    return model


def ndlib_cascade(ties: nx.Graph, p: float, runs: int, seed: int) -> np.ndarray:
    """Return sizes of NDlib's independent cascades, which draw from numpy's global generator."""

    def configure(settings: Any) -> None:
        for tie in ties.edges:
            settings.add_edge_configuration("threshold", tie, p)

    model = _of_ndlib("IndependentCascadesModel", ties, configure)
    start, sizes, state = dict(model.status), np.empty(runs, np.int64), np.random.get_state()
    np.random.seed(seed)
    for n in range(runs):
        model.status, counts = dict(start), {1: 1}
        while counts[1] > 0:
            counts = model.iteration(node_status=False)["node_count"]
        sizes[n] = counts[2]
    np.random.set_state(state)
    return sizes


def ndlib_threshold(ties: nx.Graph, limits: np.ndarray) -> np.ndarray:
    """Return who adopts in NDlib's threshold model for thresholds float64[N], bool[N]."""

    def configure(settings: Any) -> None:
        for person, limit in enumerate(limits.tolist()):
            settings.add_node_configuration("threshold", person, limit)

    model = _of_ndlib("ThresholdModel", ties, configure)
    before = -1
    while (now := sum(model.status.values())) != before or model.actual_iteration < 2:
        before = now
        model.iteration(node_status=False)
    return np.array([model.status[i] == 1 for i in range(len(ties))])


def _against(label: str, theirs: np.ndarray, ours: np.ndarray) -> Point:
    """Return the mean of ours held against theirs, both of which have luck in them."""
    error = math.sqrt(theirs.var(ddof=1) / len(theirs) + ours.var(ddof=1) / len(ours))
    return Point(label, float(theirs.mean()), float(ours.mean()), error)


def _absent() -> str:
    lacking = [peer for peer in NEEDS if not installed(peer)]
    return f"Not installed: {' and '.join(lacking)}." if lacking else ""


def cascades(effort: Effort) -> Found:
    """Measure mean sizes of independent cascades, ours and theirs."""
    if not any(map(installed, NEEDS)):
        return Found((), skipped="needs CyNetDiff or NDlib, which are not installed here")
    points = []
    for name, ties in _graphs(effort).items():
        ties = _in_order(ties)
        for p in (0.05, 0.15):
            runs = effort.runs(50_000)
            ours, _ = independent_cascade(graph_of(ties), [START], p, runs=runs, seed=effort.seed)
            made: dict[str, tuple[Callable[..., np.ndarray], int]] = {
                CYNETDIFF: (cynetdiff_cascade, effort.runs(10_000)),
                NDLIB: (ndlib_cascade, effort.runs(600)),
            }
            for peer, (draw, count) in made.items():
                if installed(peer):
                    theirs = draw(ties, p, count, effort.seed)
                    points.append(_against(f"{peer}: {name}, p = {p:g}", theirs, ours))
    return Found(tuple(points), y_title="people reached, seed included", note=_absent())


def thresholds(effort: Effort) -> Found:
    """Measure mean sizes of the linear threshold model, ours and CyNetDiff's."""
    if not installed(CYNETDIFF):
        return Found((), skipped="needs CyNetDiff, which is not installed here")
    points = []
    for name, ties in _graphs(effort).items():
        ties, runs = _in_order(ties), effort.runs(10_000)
        ours, _ = linear_threshold(graph_of(ties), [START], runs=runs, seed=effort.seed)
        theirs = cynetdiff_threshold(ties, runs, effort.seed)
        points.append(_against(f"{CYNETDIFF}: {name}", theirs, ours))
    return Found(tuple(points), y_title="people who adopt, seed included")


def same_thresholds(effort: Effort) -> Found:
    """Count the people who adopt in one of ours and NDlib's only, for the same thresholds."""
    if not installed(NDLIB):
        return Found((), skipped="needs NDlib, which is not installed here")
    points, cloud = [], []
    for name, ties in _graphs(effort).items():
        ties, wrong, runs = _in_order(ties), 0, effort.runs(50, least=10)
        alike = partial(threshold, graph_of(ties), [START])
        for n in range(runs):
            limits = np.random.default_rng([effort.seed, n]).uniform(0, 0.6, len(ties))
            ours, theirs = alike(limits) >= 0, ndlib_threshold(ties, limits)
            wrong += int((ours != theirs).sum())
            cloud.append((float(theirs.sum()), float(ours.sum())))
        points.append(Point(f"{name}: people who adopt in one of the two only", 0, wrong))
    return twin_found(points, cloud, "people who adopt")


CHECKS = (
    Check(
        "ic-peer",
        FAMILY,
        "Independent cascades reach as many people as in CyNetDiff and NDlib.",
        "CyNetDiff (Robson, Reddy & Umrawal 2024) and NDlib (Rossetti et al. 2018)",
        cascades,
    ),
    Check(
        "lt-peer",
        FAMILY,
        "As many adopt by linear thresholds as in CyNetDiff.",
        "CyNetDiff (Robson, Reddy & Umrawal 2024)",
        thresholds,
    ),
    Check(
        "threshold-peer",
        FAMILY,
        "The very people adopt by thresholds who adopt in NDlib.",
        "NDlib (Rossetti et al. 2018)",
        same_thresholds,
    ),
)
