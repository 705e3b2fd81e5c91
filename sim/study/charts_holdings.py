"""What the camps hold: followers, members, living groups, cash."""

from __future__ import annotations

import numpy as np

from sim.study import formulas, words
from sim.study.camp_lines import lines
from sim.study.figure import Chart, Figure
from sim.study.marks import (
    band as band_of,
)
from sim.study.marks import (
    days_axis,
    linear,
    safe,
    series,
    thinned,
)
from sim.study.marks import (
    rounded as short,
)
from sim.study.palette import Style
from sim.study.story import Story, spread
from sim.study.tables import Array, Panel, trailing

WEEK = 7
FEW = 60
"""Up to so many merchants, every one gets a line of its own."""


def following(story: Story) -> Figure | None:
    """Followers and group members per merchant that came, by camp."""
    counts = {
        column: {
            camp["name"]: story.panel.flow(column)[:, story.mine(camp["name"])].sum(axis=1)
            / np.maximum(1, story.panel.present[:, story.mine(camp["name"])].sum(axis=1))
            for camp in story.camps
        }
        for column in ("followers", "members")
    }
    charts = [
        lines(story, column, title, "People per merchant", values)
        for (column, values), title in zip(
            counts.items(), ("Followers", "Group members"), strict=True
        )
        if any(line.any() for line in values.values())
    ]
    if not charts:
        return None
    ends = {name: float(values[-1]) for name, values in counts["followers"].items()}
    return Figure(
        f"Followers per merchant in the end: {words.across(ends, words.number)}",
        "Followers include group members. Per merchant that had come, the insolvent included.",
        charts,
        columns=len(charts),
    )


def groups(story: Story) -> Figure | None:
    """How alive the groups are: activity, and the share of members who look in."""
    table = story.tables["communities"]
    if not len(table["day"]) or not np.any(table["members"] > 0):
        return None
    camp_of = dict(zip(story.panel.names, story.panel.camp, strict=True))
    owner = np.array([camp_of.get(str(name), "") for name in table["merchant"]], object)
    activity, attendance = {}, {}
    for camp in story.camps:
        mine = owner == camp["name"]
        day, members = table["day"][mine], table["members"][mine].astype(float)
        total = np.bincount(day, members, story.days)
        alive = np.bincount(day, members * np.nan_to_num(table["activity"][mine]), story.days)
        looked = np.bincount(day, table["attendance"][mine], story.days)
        if total.any():
            activity[camp["name"]] = formulas.over(alive, total)
            attendance[camp["name"]] = 100 * formulas.over(
                trailing(looked, WEEK), trailing(total, WEEK)
            )
    charts = [
        lines(story, "activity", "Activity", "Mean activity, 0 silent to 1 lively", activity),
        lines(story, "attendance", "Attendance", "% of members looking in on a day", attendance),
    ]
    ends = {name: float(line[np.isfinite(line)][-1]) for name, line in activity.items()}
    return Figure(
        f"Activity of groups in the end: {words.across(ends, lambda v: words.number(v, 2))}",
        "Averaged over members; attendance over a week.",
        charts,
        columns=2,
    )


def cash(story: Story) -> Figure | None:
    """Cash of every merchant (or the spread, if there are many), with the insolvent marked."""
    if not story.camps:
        return None
    level = np.where(story.panel.present, story.main(story.panel.level("cash")), np.nan)
    divisor, unit = story.money_unit(float(np.nanmax(np.abs(level))))
    level = level / divisor
    gone = story.panel.present & (story.panel.level("active") == 0)
    before = np.vstack([np.zeros_like(gone[:1]), gone[:-1]])
    chart = Chart("cash", "", f"Cash, {unit}", height=340)
    many = level.shape[1] > FEW
    for camp in story.camps:
        name, style, mine = camp["name"], story.styles[camp["name"]], story.mine(camp["name"])
        if many:
            row = spread(level[:, mine])
            chart.data += band_of(row.low, row.high, style.haze)
            chart.data += band_of(row.lower, row.upper, style.band)
            chart.data.append(series(row.middle, color=style.line, name=name, dash=style.dash))
        else:
            # The line reaches the day of insolvency, where the cross stands, and ends there.
            ended = np.where(before, np.nan, level)
            chart.data.append(_threads(ended, story.panel, np.flatnonzero(mine), style))
        chart.label.append((name, float(np.median(level[-1, mine])), style.text))
        chart.key.append((name, style.line, style.kind))
    chart.data.append(_crosses(level, gone, story.panel))
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "hovermode": "closest",
        "yaxis": linear(float(np.nanmin(level)), float(np.nanmax(level))),
    }
    broke = int(gone[-1].sum())
    ruined = f"{words.count(broke, 'merchant')} of {level.shape[1]}" if broke else "No merchant"
    return Figure(
        f"{ruined} ran out of money",
        (
            "Line: the middle merchant; bands: the middle half and the spread. "
            if many
            else "One line per merchant. "
        )
        + "A cross marks insolvency.",
        [chart],
    )


def _crosses(level: Array, gone: Array, panel: Panel) -> dict[str, object]:
    who = np.flatnonzero(gone[-1])
    days = np.argmax(gone[:, who], axis=0)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": days.tolist(),
        "y": short(level[days, who]),
        "cliponaxis": False,
        "text": [safe(panel.names[i]) for i in who],
        "marker": {"symbol": "x-thin", "size": 10, "line": {"width": 2, "color": "@ink"}},
        "hovertemplate": "%{text} insolvent on day %{x:,d}<extra></extra>",
    }


def _threads(level: Array, panel: Panel, index: Array, style: Style) -> dict[str, object]:
    """One trace for all merchants of a camp: thin lines with a gap between them."""
    days = thinned(np.arange(len(level)))
    gap = np.full(1, np.nan)
    y = np.concatenate([np.append(thinned(level[:, i]), gap) for i in index])
    return {
        "type": "scatter",
        "mode": "lines" if len(days) > 1 else "markers",
        "x": np.tile(np.append(days, -1), len(index)).tolist(),
        "y": short(y, 4),
        "text": [safe(panel.names[i]) for i in index for _ in range(len(days) + 1)],
        "line": {"color": style.line, "width": 1.3, "dash": style.dash},
        "opacity": 0.75,
        "marker": {"color": style.line, "size": 8},
        "hovertemplate": "%{text}, day %{x:,d}: %{y:,.4~r}<extra></extra>",
    }
