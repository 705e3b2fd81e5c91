"""How customers stayed and what they brought: cohorts by month of the first order."""

from __future__ import annotations

import numpy as np

from sim.study import cohorts as of
from sim.study import words
from sim.study.cohorts import Cohorts, cohorts_of
from sim.study.figure import Chart, Figure
from sim.study.marks import linear, rounded
from sim.study.story import Story
from sim.study.tables import Array

MOST = 12
"""Months after the first that are shown."""


def retention(story: Story) -> Figure | None:
    """A map per camp: month of the first order downwards, months after it to the right."""
    found = {name: cohorts for name, cohorts in _watched(story).items() if cohorts.size.any()}
    if not found:
        return None
    charts = [_map(story, place, *item) for place, item in enumerate(found.items())]
    kept = {name: float(cohorts.retention(1)) for name, cohorts in found.items()}
    known = {name: share for name, share in kept.items() if np.isfinite(share)}
    return Figure(
        f"Bought again in the month after their first: {words.across(known, words.share)}",
        "Customers by the month of their first order with a merchant (downwards), and the share of"
        " them who ordered in the months after it, per cent. A month has 30 days; months that the"
        " run did not finish are left out.",
        charts,
        columns=2,
    )


def _watched(story: Story) -> dict[str, Cohorts]:
    """Cohorts of every camp, if at least two whole months were simulated."""
    found = {c["name"]: cohorts_of(story.tables["cohorts"], c["name"]) for c in story.camps}
    return {name: cohorts for name, cohorts in found.items() if cohorts.months >= 2}


def _map(story: Story, place: int, camp: str, cohorts: Cohorts) -> Chart:
    style, months = story.styles[camp], min(cohorts.months - 1, MOST)
    shown = np.full((months, months), np.nan)
    for cohort in range(months):
        active = cohorts.active[cohort, 1 : months - cohort + 1]
        if cohorts.size[cohort]:
            shown[cohort, : len(active)] = 100 * active / cohorts.size[cohort]
    ages = list(range(1, months + 1))
    chart = Chart(f"retention{place}", camp, "Month of the first order", height=70 + 26 * months)
    chart.data.append(
        {
            "type": "heatmap",
            "x": ages,
            "y": ages,
            "z": [rounded(row, 3) for row in shown],
            "zmin": 0,
            "zmax": max(1.0, float(np.nanmax(shown))) if np.isfinite(shown).any() else 1.0,
            "colorscale": [[0, "@paper"], [1, style.line]],
            "showscale": False,
            "xgap": 1,
            "ygap": 1,
            "hoverongaps": False,
            "texttemplate": "%{z:.0f}",
            "textfont": {"size": 11},
            "hovertemplate": "first order in month %{y}, %{x} later: %{z:.1f} %<extra></extra>",
        }
    )
    whole = {"tickmode": "array", "tickvals": ages, "showgrid": False}
    chart.layout = {
        "hovermode": "closest",
        "xaxis": {**whole, "title": {"text": "months after the first order"}},
        "yaxis": {**whole, "range": [months + 0.5, 0.5]},
    }
    return chart


def value(story: Story) -> Figure | None:
    """What a customer had brought so many months after the first order, against what one cost."""
    found = {name: cohorts for name, cohorts in _watched(story).items() if cohorts.size.any()}
    if not found:
        return None
    chart = Chart("customer_value", "", f"{words.opened(story.coin)} per customer", height=320)
    top, longest = 0.0, 1
    for camp in story.camps:
        if camp["name"] in found:
            high, months = _line(story, chart, camp["name"], found[camp["name"]], camp)
            top, longest = max(top, high), max(longest, months)
    chart.layout = {
        "xaxis": {
            "range": [0, longest + 0.5],
            "dtick": -(-longest // 8),
            "title": {"text": "months since the first order"},
        },
        "yaxis": linear(0, top),
    }
    told = {c["name"]: c["lifetime_value"] for c in story.camps}
    told = {name: money for name, money in told.items() if not words.absent(money)}
    first = words.across(told, lambda money: words.money(money, story.currency))
    later = {c["name"]: c["projected_value"] for c in story.camps}
    later = {name: money for name, money in later.items() if not words.absent(money)}
    projected = words.across(later, lambda money: words.money(money, story.currency))
    return Figure(
        f"A customer brought {first} in 90 days" if told else "What a customer brought",
        "Gross margin less refunds, added up over the months; dots: what a new customer cost"
        " (gross CAC), where the line begins to pay."
        + (
            f" Extrapolated, not seen: over {of.HORIZON} months {projected}, if customers go on"
            " fading as they did (shifted beta-geometric)."
            if later
            else ""
        ),
        [chart],
    )


def _line(
    story: Story, chart: Chart, camp: str, cohorts: Cohorts, told: dict[str, float]
) -> tuple[float, int]:
    """Draw a camp's value by age and the cost of a customer; return the highest value, months."""
    style = story.styles[camp]
    by_month = story.main(cohorts.margin_by_month())
    by_month = by_month[np.isfinite(by_month)][: MOST + 1]
    total: Array = np.concatenate([np.zeros(1), np.cumsum(by_month)])
    months = list(range(len(total)))
    chart.data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": camp,
            "x": months,
            "y": rounded(total),
            "line": {"color": style.line, "width": 2.2, "dash": style.dash},
            "hovertemplate": "%{y:,.4~r}",
        }
    )
    cost = told["gross_cac"]
    if not words.absent(cost):
        chart.data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"{camp}: cost",
                "x": [0, months[-1]],
                "y": rounded(story.main(np.full(2, cost))),
                "line": {"color": style.line, "width": 1.3, "dash": "dot"},
                "hovertemplate": "%{y:,.4~r}",
            }
        )
    chart.label.append((camp, float(total[-1]), style.text))
    chart.key += [(camp, style.line, style.kind), (f"{camp}: cost", style.line, "dot")]
    highest = max(
        float(total.max()), 0.0 if words.absent(cost) else float(story.main(np.array(cost)))
    )
    return highest, len(months) - 1
