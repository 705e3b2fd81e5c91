"""From bought to owned: what ads bring besides the order, and how far up the ladder camps are."""

from __future__ import annotations

import numpy as np

from sim.study import words
from sim.study.camp_lines import lines
from sim.study.charts_customers import bars
from sim.study.figure import Chart, Figure
from sim.study.story import Story

STEPS = (
    ("bought_who_follow", "2 Followed", "Of 100 of them"),
    ("bought_who_join", "3 Joined a group", "Of 100 of them"),
    ("bought_who_return", "4 Came back unbought", "Of 100 of them"),
)


def owned(story: Story) -> Figure | None:
    """Of the customers won by ads: who follows, joins, and comes back by an owned touch."""
    camps = [camp for camp in story.camps if not words.absent(camp["bought_who_return"])]
    if not any(camp[key] for camp in camps for key, _, _ in STEPS):
        return None
    styles = [story.styles[camp["name"]] for camp in camps]
    won = [
        float(story.panel.flow("first_paid")[:, story.mine(camp["name"])].sum()) for camp in camps
    ]
    first = Chart("owned_won", "1 Won by ads", "New customers")
    charts = [bars(first, won, 0, styles)]
    for key, title, unit in STEPS:
        values = [100 * float(camp[key]) for camp in camps]
        charts.append(bars(Chart(f"owned_{key}", title, unit), values, 1, styles))
    told = words.across({camp["name"]: camp["bought_who_return"] for camp in camps}, words.share)
    return Figure(
        f"Customers won by ads who came back of their own accord: {told}",
        "New customers whose first touch was a paid ad, over the whole run. Coming back counts once"
        " a person, by a post, a friend's word, or no touch at all.",
        charts,
        columns=2,
    )


def rungs(story: Story) -> Figure | None:
    """On which rung of the ladder a camp's merchants stand, where a camp climbs."""
    stage = story.panel.level("stage").astype(float)
    means = {
        camp["name"]: stage[:, story.mine(camp["name"])].mean(axis=1)
        for camp in story.camps
        if stage[:, story.mine(camp["name"])].any()
    }
    if not means:
        return None
    axis = {
        "range": [0.8, 4.2],
        "tickvals": [1, 2, 3, 4],
        "ticktext": ["traffic", "fans", "community", "socialisation"],
    }
    chart = lines(story, "rungs", "", "Rung, mean of the camp's merchants", means, axis)
    top = {name: line[-1] for name, line in means.items()}
    days = {name: int(np.argmax(line >= line[-1])) for name, line in means.items()}
    told = words.across(top, lambda value: words.number(value, 1))
    return Figure(
        f"Rung of the ladder in the end: {told}",
        "1 traffic, 2 fans, 3 community, 4 socialisation; last step up on day "
        + ", ".join(words.number(day) for day in days.values())
        + ".",
        [chart],
    )
