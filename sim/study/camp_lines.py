"""The commonest chart of a report: one line per camp over the days of the run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.study import words
from sim.study.figure import Chart
from sim.study.marks import days_axis, linear, note, rules, series
from sim.study.story import Story
from sim.study.tables import Array


def lines(
    story: Story,
    name: str,
    title: str,
    unit: str,
    values: dict[str, Array],
    yaxis: dict[str, object] | None = None,
    lacking: str = "none",
) -> Chart:
    """One line per camp (name in the scenario → series), each named at its end.

    Camps without any value are named in a corner with ``lacking``, what they lack.
    """
    chart = Chart(name, title, unit, height=300)
    known = [line[np.isfinite(line)] for line in values.values()]
    flat = np.concatenate(known) if known else np.zeros(1)
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "yaxis": yaxis or linear(float(flat.min(initial=0)), float(flat.max(initial=0))),
        **rules(story.events),
    }
    missing = [camp for camp, line in values.items() if not np.isfinite(line).any()]
    if missing:
        chart.layout["annotations"] = [
            note(
                f"{words.listed(missing)}: {lacking}",
                x=0,
                y=0,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                xshift=4,
            )
        ]
    for camp, line in values.items():
        style = story.styles[camp]
        chart.data.append(series(line, color=style.line, name=camp, dash=style.dash))
        ends = line[np.isfinite(line)]
        if len(ends):
            if _reaches_the_end(line, chart.layout["yaxis"]):
                chart.label.append((camp, float(ends[-1]), style.text))
            else:
                chart.always_key = True
            chart.key.append((camp, style.line, style.kind))
    return chart


def _reaches_the_end(line: Array, yaxis: dict[str, Any]) -> bool:
    """Whether the line is still in the frame near the last day, so that a name there is its."""
    known = np.flatnonzero(np.isfinite(line))
    last = float(line[known[-1]])
    place = math.log10(last) if yaxis.get("type") == "log" else last
    low, high = yaxis["range"]
    return bool(known[-1] >= 0.93 * (len(line) - 1) and low <= place <= high)
