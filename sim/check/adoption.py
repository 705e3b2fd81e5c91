"""Family: Bass' adoption, in a crowd, on a ring, on any small graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.check.exact_bass import (
    closed_form,
    crowd_steps,
    graph_steps,
    ring_form,
    ring_steps,
)
from sim.check.known_graphs import graph_of, named
from sim.check.measured import Check, Effort, Found, Point, curve, mean_point, twin_found
from sim.check.twins import friends_of, plain_bass
from sim.errors import ScenarioError, Where
from sim.steps.diffusion import bass
from sim.world.graph.classic import ring_rows
from sim.world.graph.csr import Graph, mean_field

FAMILY = "adoption"
P, Q = 0.03, 0.38
"""The means of Bass' durables (Sultan, Farley & Lehmann 1990)."""


def _curves(graph: Graph, p: float, q: float, dt: float, steps: int, runs: int, seed: int) -> Any:
    """Return float64[runs, steps]: adopters after each step."""
    first = 1 + 1_000_000 * seed
    return np.stack(
        [bass(graph, p, q, steps=steps, dt=dt, seed=first + n) for n in range(runs)]
    ).astype(np.float64)


def years(effort: Effort) -> Found:
    """Measure adoption among ten people in yearly steps, against the exact chain."""
    return own_years(effort)


def own_years(
    effort: Effort,
    *,
    people: int = 10,
    p: float = P,
    q: float = Q,
    dt: float = 1.0,
    steps: int = 15,
    runs: int = 40_000,
) -> Found:
    """Measure adoption in a small crowd of the user's."""
    _refuse(p, q, dt)
    if not 1 <= people <= 300:
        raise ScenarioError(Where("--people"), f"{people:,} people", "1 to 300 can be exact")
    count = effort.runs(runs)
    mean, deviation = crowd_steps(people, p, q, dt, steps)
    got = _curves(mean_field(people, 1.0), p, q, dt, steps, count, effort.seed).mean(axis=0)
    name = f"{people} people"
    points = tuple(
        Point(
            f"{name}, after {dt * (n + 1):g} years",
            float(mean[n]),
            float(got[n]),
            float(deviation[n]) / math.sqrt(count),
            dt * (n + 1),
            name,
        )
        for n in range(steps)
    )
    times = dt * np.arange(steps + 1)
    exact = curve(name, times.tolist(), [0.0, *mean.tolist()])
    return Found(points, "years", "mean number of adopters", (exact,))


def _refuse(p: float, q: float, dt: float) -> None:
    if min(p, q) < 0 or dt <= 0 or (p + q) * dt > 1:
        raise ScenarioError(
            Where("--p, --q, --dt"), f"p {p:g}, q {q:g}, dt {dt:g}", "(p + q) x dt is at most 1"
        )


def crowd(effort: Effort) -> Found:
    """Measure adoption among many in continuous time, against Bass' closed form.

    Steps of dt lag behind by an error that is proportional to dt, so twice the result for dt less
    that for 2 dt is free of it, but for what is left of order dt^2: 4e-5 here.
    """
    people, dt, end = 20_000, 0.02, 16.0
    runs, times = effort.runs(120, least=40), (1, 2, 4, 6, 8, 10, 12, 15)
    graph, steps = mean_field(people, 1.0), round(end / dt)
    fine = _curves(graph, P, Q, dt, steps, runs, effort.seed) / people
    coarse = _curves(graph, P, Q, 2 * dt, steps // 2, runs, effort.seed + 500) / people
    points = []
    for t in times:
        values = 2 * fine[:, round(t / dt) - 1] - coarse[:, round(t / dt) // 2 - 1]
        want = float(closed_form(P, Q, t))
        points.append(mean_point(f"share after {t} years", want, values, t, "everybody meets"))
    xs = np.linspace(0, end, 65)
    theory = curve("everybody meets", xs.tolist(), closed_form(P, Q, xs).tolist())
    return Found(tuple(points), "years", "share of adopters", (theory,))


def ring(effort: Effort) -> Found:
    """Measure adoption on a ring, in yearly and in short steps, against the exact rows of
    neighbours."""
    people, runs = 4000, effort.runs(200, least=40)
    rows = ring_rows(people, 2)
    graph = Graph(*rows, np.ones(len(rows[1]), np.float32), 0.0)
    points, curves = [], []
    for dt, times in ((1.0, (2, 5, 10, 15, 20, 25)), (0.1, (2, 5, 10, 15, 20, 25))):
        steps, name = round(25 / dt), f"steps of {dt:g} years"
        exact = ring_steps(P, Q, dt, steps)
        got = _curves(graph, P, Q, dt, steps, runs, effort.seed) / people
        for t in times:
            n = round(t / dt) - 1
            label = f"{name}, share after {t} years"
            points.append(mean_point(label, float(exact[n]), got[:, n], t, name))
        times_ = dt * np.arange(steps + 1)
        curves.append(curve(name, times_.tolist(), [0.0, *exact.tolist()]))
    xs = np.linspace(0, 25, 51)
    curves.append(curve("continuous time", xs.tolist(), ring_form(P, Q, xs).tolist()))
    note = "In continuous time the ring is the slowest of all graphs (Fibich & Gibori 2010)."
    return Found(tuple(points), "years", "share of adopters", tuple(curves), note=note)


def small_graphs(effort: Effort) -> Found:
    """Measure adoption on small graphs between ring and crowd, against the chain of all states."""
    found = [
        own_graph(effort, graph=name, runs=20_000)
        for name in ("path:6", "star:6", "complete:6", "krackhardt_kite")
    ]
    return Found(
        tuple(point for one in found for point in one.points),
        found[0].x_title,
        "mean share of adopters",
        tuple(line for one in found for line in one.curves),
    )


def own_graph(
    effort: Effort,
    *,
    graph: str = "krackhardt_kite",
    p: float = P,
    q: float = Q,
    dt: float = 1.0,
    steps: int = 12,
    runs: int = 20_000,
) -> Found:
    """Measure adoption on a small graph of the user's."""
    _refuse(p, q, dt)
    rows, count = graph_of(named(graph)), effort.runs(runs)
    people = len(rows.indptr) - 1
    mean, deviation = graph_steps([friends_of(rows, i) for i in range(people)], p, q, dt, steps)
    got = _curves(rows, p, q, dt, steps, count, effort.seed).mean(axis=0)
    points = tuple(
        Point(
            f"{graph}, after {dt * (n + 1):g} years",
            float(mean[n]) / people,
            float(got[n]) / people,
            float(deviation[n]) / people / math.sqrt(count),
            dt * (n + 1),
            graph,
        )
        for n in range(1, steps, 2)
    )
    times = dt * np.arange(steps + 1)
    exact = curve(graph, times.tolist(), [0.0, *(mean / people).tolist()])
    return Found(points, "years", "mean share of adopters", (exact,))


def adoption_twin(effort: Effort) -> Found:
    """Count the steps after which kernel and twin count other adopters, under the same draws."""
    points, cloud = [], []
    for name in ("crowd of 40", "krackhardt_kite", "karate", "path:30"):
        graph = mean_field(40, 1.0) if name.startswith("crowd") else graph_of(named(name))
        wrong = 0
        for run in range(6):
            got = bass(graph, P, Q, steps=20, dt=0.5, seed=effort.seed + run)
            twin = plain_bass(graph, P, Q, 20, 0.5, effort.seed + run)
            wrong += int((got != twin).sum())
            cloud += list(zip(twin, got.tolist(), strict=True))
        points.append(Point(f"{name}: steps of 120 that differ", 0, wrong))
    return twin_found(points, cloud, "adopters")


CHECKS = (
    Check(
        "bass-years",
        FAMILY,
        "Ten people adopt year by year as the exact Markov chain says: hazard p + q k / N.",
        "exact chain of the number of adopters; hazard of Bass 1969",
        years,
        own_years,
        "micro-face",
    ),
    Check(
        "bass",
        FAMILY,
        "Where everybody meets everybody, adoption follows Bass' curve.",
        "Bass 1969, closed form",
        crowd,
        None,
        "macro-face",
    ),
    Check(
        "bass-ring",
        FAMILY,
        "On a ring adoption is as slow as theory says.",
        "exact recursion of rows that have not adopted; Fibich & Gibori 2010",
        ring,
    ),
    Check(
        "bass-graph",
        FAMILY,
        "On graphs between ring and crowd the share of one's friends drives adoption.",
        "exact chain of all states (2 to the number of people)",
        small_graphs,
        own_graph,
    ),
    Check(
        "bass-twin",
        FAMILY,
        "The kernel counts the very adopters that the rule in plain Python counts.",
        "plain twin under the same draws; rule of Bass 1969",
        adoption_twin,
    ),
)
