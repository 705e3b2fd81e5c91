"""From bought to owned: what ads bring besides the order."""

from __future__ import annotations

from sim.study import words
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
        columns=4,
    )
