"""The market behind the camps: what a click costs, how far words travel, whether tribes form."""

from __future__ import annotations

import numpy as np

from sim.study import words
from sim.study.figure import LABEL_LETTERS, Chart, Figure
from sim.study.marks import band, days_axis, linear, log_ticks, note, rounded, rules, safe, series
from sim.study.story import Story
from sim.study.tables import Array

MOST_FRAMES = 6
"""Platforms shown, those with the most ad revenue first."""


def click_prices(story: Story) -> Figure | None:
    """Price per click over time, one frame per platform, with the middle 80 % of clicks."""
    table = story.tables["platforms"]
    spent = {
        name: int(table["spend"][_at(table, name)].sum())
        for name in story.summary["market"]["price_per_click"]
    }
    sold = sorted((name for name in spent if spent[name] > 0), key=lambda name: -spent[name])
    if not sold:
        return None
    shown = [name for name in spent if name in sold[:MOST_FRAMES]]
    frames = {name: _prices(story, name) for name in shown}
    top = max(float(np.nanmax(high)) for _, _, high in frames.values())
    charts = []
    for place, (name, (middle, low, high)) in enumerate(frames.items()):
        chart = Chart(f"price{place}", name, f"{words.opened(story.coin)} per click", height=280)
        chart.data = [
            *band(low, high, "@haze"),
            series(middle, color="@ink", name="mean", hover="%{y:,.2f}"),
        ]
        chart.layout = {
            "xaxis": days_axis(story.days, story.start),
            "yaxis": {**linear(0, top), "tickformat": ",.2~f"},
            **rules(story.events),
        }
        last = middle[np.isfinite(middle)]
        chart.label.append((f"{last[-1]:.2f}", float(last[-1]), "@ink"))
        charts.append(chart)
    prices = story.summary["market"]["price_per_click"]
    ends = {
        name: words.change(
            words.amount(prices[name]["first"], story.currency),
            words.money(prices[name]["last"], story.currency),
        )
        for name in shown
    }
    told = [f"{name} {change}" for name, change in ends.items()]
    hidden = len(sold) - len(shown)
    more = f" {words.count(hidden, 'smaller platform')} not shown." if hidden else ""
    window = words.count(story.summary["market"]["price_window_days"], "day").removeprefix("1 ")
    return Figure(
        f"Price of a click, first to last {window}: {words.listed(told)}",
        f"Line: mean of the day; band: the middle 80 % of billed clicks.{more}",
        charts,
        columns=min(3, len(charts)),
    )


def cascades(story: Story) -> Figure | None:
    """How many messages reached at least so many people, on two logarithmic axes."""
    table = story.tables["cascades"]
    if not len(table["size"]) or table["size"].max() < 2:
        return None
    camp_of = dict(zip(story.panel.names, story.panel.camp, strict=True))
    owner = np.array([camp_of.get(str(name), "") for name in table["merchant"]], object)
    chart = Chart(
        "cascades", "", "% of messages that reached at least so many people, log scale", height=360
    )
    longest = max(len(camp["name"]) for camp in story.camps)
    chart.always_key = len(story.camps) > words.NAMED or longest > LABEL_LETTERS
    chart.layout["annotations"] = []
    lowest = 100.0
    for camp in story.camps:
        size = np.sort(table["size"][owner == camp["name"]])
        if not len(size):
            continue
        style = story.styles[camp["name"]]
        x = _spaced(np.unique(size))
        share = 100 * (len(size) - np.searchsorted(size, x)) / len(size)
        lowest = min(lowest, float(share[-1]))
        chart.data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": x.tolist(),
                "y": rounded(share, 4),
                "name": safe(camp["name"]),
                "line": {"color": style.line, "width": 2, "dash": style.dash},
                "marker": {"color": style.line, "size": 5},
                "hovertemplate": "%{x:,} people or more: %{y:.3~r} %"
                f"<extra>{safe(camp['name'])}</extra>",
            }
        )
        chart.key.append((camp["name"], style.line, style.kind))
        chart.layout["annotations"].append(
            note(
                camp["name"],
                color=style.text,
                size=13,
                x=float(np.log10(x[-1])),
                y=float(np.log10(share[-1])),
                xanchor="left",
                xshift=8,
                name="direct",
            )
        )
    if chart.always_key:
        chart.layout["annotations"].clear()
    found = story.summary["cascades"]
    chart.layout |= {
        "hovermode": "closest",
        "margin": {"r": 14 if chart.always_key else 18 + 7.7 * longest},
        "xaxis": {
            **log_ticks(1, float(table["size"].max()) * 1.1),
            "title": {"text": "people reached, the sender included, log scale"},
        },
        "yaxis": log_ticks(lowest / 1.4, 115),
    }
    return Figure(
        f"{words.share(found['singletons'])} of messages reached nobody but their sender",
        f"{words.share(found['beyond_one_step'])} were passed on; the largest reached"
        f" {words.number(found['max_size'])} people. Real cascades: 70–95 % reach nobody else,"
        " 1–4 % go beyond one step (Goel et al. 2012, 2016).",
        [chart],
    )


def assortativity(story: Story) -> Figure | None:
    """Whether ties run inside tribes, between fans of one brand, and between like tastes."""
    table = story.tables["market"]
    lines = {
        "tribe": (table["tribe_assortativity"], "@ink", "solid"),
        "brand": (table["brand_assortativity"], "@grey1", "dash"),
        "taste": (table["taste_assortativity"], "@grey1", "dot"),
    }
    chart = Chart("assortativity", "", "Assortativity r of ties", height=300)
    flat: list[float] = []
    for name, (values, color, dash) in lines.items():
        known = _measured(values)
        if not len(known):
            continue
        flat += values[known].tolist()
        chart.data.append(
            {
                "type": "scatter",
                "mode": "markers" if len(known) == 1 else "lines",
                "x": known.tolist(),
                "y": rounded(values[known], 4),
                "name": name,
                "line": {"color": color, "width": 2.2, "dash": dash},
                "marker": {"color": color},
                "hovertemplate": f"%{{y:.3f}}<extra>{name}</extra>",
            }
        )
        chart.label.append((name, float(values[known[-1]]), "@ink"))
        chart.key.append((name, color, "line" if dash == "solid" else dash))
    if not flat:
        return None
    chart.layout = {
        "xaxis": days_axis(story.days, story.start),
        "yaxis": linear(min(flat), max(flat)),
    }
    ends = story.summary["market"]["tribe_assortativity"]
    told = (
        "not measured"
        if ends["first"] is None
        else words.change(words.number(ends["first"], 2), words.number(ends["last"], 2))
    )
    return Figure(
        f"Do tribes form? Assortativity of ties by tribe {told}",
        "Newman's r: 1, all ties run inside a tribe (or between people with the same favourite"
        " merchant, or of the same taste); 0, ties do not care. Measured weekly.",
        [chart],
    )


def timings(story: Story) -> Figure | None:
    """Seconds per stage of a day, over the whole run."""
    found = story.manifest.get("stage_s") or {}
    if not found:
        return None
    names, seconds = list(found), [float(value) for value in found.values()]
    chart = Chart("timings", "", "", height=70 + 26 * len(names))
    chart.data = [
        {
            "type": "bar",
            "orientation": "h",
            "x": rounded(seconds, 4),
            "y": names,
            "marker": {"color": "@grey2"},
            "text": [f"{value:.2f} s" for value in seconds],
            "textposition": "outside",
            "cliponaxis": False,
            "textfont": {"size": 12},
            "hoverinfo": "skip",
        }
    ]
    chart.layout = {
        "hovermode": False,
        "margin": {"t": 6},
        "xaxis": {
            "title": {"text": "seconds, all days together"},
            "range": [0, 1.25 * max(seconds) or 1],
        },
        "yaxis": {"autorange": "reversed", "type": "category", "dtick": 1, "showgrid": False},
    }
    return Figure("", "", [chart])


def _measured(values: Array) -> Array:
    """Days on which a weekly measure was taken, whether the days between are empty or repeat it."""
    known = np.flatnonzero(np.isfinite(values))
    changed = np.diff(values[known], prepend=np.nan) != 0
    result: Array = known[changed | (known == known[-1:])]
    return result


def _prices(story: Story, name: str) -> tuple[Array, Array, Array]:
    """Mean, tenth and ninetieth percentile by day; NaN on days without a click."""
    table = story.tables["platforms"]
    here = _at(table, name)
    out = np.full((3, story.days), np.nan)
    for row, column in enumerate(("price_per_click", "price_per_click_p10", "price_per_click_p90")):
        out[row, table["day"][here]] = story.main(table[column][here])
    out[:, ~(out[0] > 0)] = np.nan
    return out[0], out[1], out[2]


def _at(table: dict[str, Array], name: str) -> Array:
    return np.asarray([str(other) == name for other in table["platform"]], bool)


def _spaced(sizes: Array, most: int = 60) -> Array:
    """Thin out sizes evenly on a logarithmic scale, the smallest and the largest kept."""
    if len(sizes) <= most:
        return sizes
    wanted = np.geomspace(sizes[0], sizes[-1], most)
    return np.unique(sizes[np.clip(np.searchsorted(sizes, wanted), 0, len(sizes) - 1)])
