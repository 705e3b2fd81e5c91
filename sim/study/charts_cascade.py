"""How one message travelled: the largest of those that were kept, as a tree of who told whom."""

from __future__ import annotations

import numpy as np

from sim.study import words
from sim.study.figure import Chart, Figure
from sim.study.marks import safe
from sim.study.story import Story
from sim.study.tables import Array, Table

LEAST, MOST = 6, 500
"""People of a tree that is worth drawing, and that can be drawn."""


def largest(story: Story) -> Figure | None:
    """The tree of the largest message that can be drawn, its sender on top."""
    table = story.tables["cascades"]
    fits = np.flatnonzero((table["size"] >= LEAST) & (table["size"] <= MOST))
    if not len(fits):
        return None
    row = int(fits[np.argmax(table["size"][fits])])
    people, parent = tree(story.tables["tellings"], table, row)
    across, generation = places(parent)
    about = str(table["merchant"][row])
    camp = dict(zip(story.panel.names, story.panel.camp, strict=True)).get(about, "")
    colour = story.styles[camp].line if camp in story.styles else "@ink"
    child = np.flatnonzero(parent >= 0)
    gaps = np.full(len(child), np.nan)
    chart = Chart("largest_cascade", "", "", height=90 + 60 * int(generation.max()))
    chart.data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": _flat(across[parent[child]], across[child], gaps),
            "y": _flat(generation[parent[child]], generation[child], gaps),
            "line": {"color": "@grey2", "width": 1},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": across.tolist(),
            "y": generation.tolist(),
            "customdata": people.tolist(),
            "marker": {"color": colour, "size": [12] + [7] * (len(people) - 1)},
            "hovertemplate": f"person %{{customdata}}, step %{{y}}<extra>{safe(about)}</extra>",
        },
    ]
    chart.layout = {
        "hovermode": "closest",
        "xaxis": {"visible": False, "range": [-1, float(across.max()) + 1]},
        "yaxis": {
            "range": [float(generation.max()) + 0.4, -0.4],
            "tickvals": list(range(int(generation.max()) + 1)),
            "ticktext": ["sender", *(f"step {n}" for n in range(1, int(generation.max()) + 1))],
        },
    }
    said = "praise of" if table["good"][row] else "a complaint about"
    size, depth = int(table["size"][row]), int(table["depth"][row])
    return Figure(
        f"How {said} {about} reached {words.number(size - 1)} people in"
        f" {words.count(depth, 'step')}",
        "The largest message of those that were kept. A dot is a person, a line runs from who told"
        " to who heard first. A fan is a broadcast; long chains are what goes viral (structural"
        f" virality here {words.number(float(table['structural_virality'][row]), 1)}).",
        [chart],
    )


def tree(tellings: Table, cascades: Table, row: int) -> tuple[Array, Array]:
    """Return the people of a kept message int64[n], the sender first and others in order of
    hearing, and the position of who told each int64[n], -1 for the sender."""
    day, number = cascades["day"][row], cascades["cascade"][row]
    mine = np.flatnonzero((tellings["day"] == day) & (tellings["cascade"] == number))
    mine = mine[np.argsort(tellings["place"][mine], kind="stable")]
    people = np.concatenate([[cascades["sender"][row]], tellings["receiver"][mine]])
    place = {int(person): n for n, person in enumerate(people)}
    told = [place[int(person)] for person in tellings["sender"][mine]]
    return people.astype(np.int64), np.array([-1, *told], np.int64)


def places(parent: Array) -> tuple[Array, Array]:
    """Return where people of a tree stand: float64[n] across, int64[n] generation. Those who told
    nobody stand side by side, everybody else above the middle of whom they told."""
    children: list[list[int]] = [[] for _ in parent]
    generation = np.zeros(len(parent), np.int64)
    for n in range(1, len(parent)):
        children[parent[n]].append(n)
        generation[n] = generation[parent[n]] + 1
    across = np.zeros(len(parent))
    free, order = 0.0, [0]
    while order:
        n = order.pop()
        if not children[n]:
            across[n], free = free, free + 1
        order += children[n][::-1]
    for n in range(len(parent) - 1, -1, -1):  # those who heard later come first
        if children[n]:
            across[n] = np.mean(across[children[n]])
    return across, generation


def _flat(start: Array, end: Array, gap: Array) -> list[float | None]:
    """Return pairs one after another, with None between them, where plotly breaks a line."""
    values = np.stack([start, end, gap], axis=1).ravel().tolist()
    return [None if value != value else value for value in values]
