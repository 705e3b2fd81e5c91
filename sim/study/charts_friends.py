"""What friends brought: how teams filled, and how far referrals multiplied."""

from __future__ import annotations

import numpy as np

from sim.study import friends, words
from sim.study.camp_lines import lines
from sim.study.charts_customers import bars
from sim.study.figure import Chart, Figure
from sim.study.story import Story


def teams(story: Story) -> Figure | None:
    """From opened to filled: one bar per camp that sells to teams, in four frames."""
    camps = [camp for camp in story.camps if camp.get("teams", {}).get("opened")]
    if not camps:
        return None
    styles = [story.styles[camp["name"]] for camp in camps]
    totals = [
        {
            name: float(values.sum())
            for name, values in friends.team_days(story.tables, story.panel, camp["name"]).items()
        }
        for camp in camps
    ]
    opened = [total["opened"] for total in totals]
    frames = (
        (Chart("team_opened", "1 Opened", "Teams"), opened, 0),
        (Chart("team_invited", "2 Invited", "Friends per team"), "invited", 2),
        (Chart("team_joined", "3 Friends who joined", "People per team"), "joined", 2),
        (Chart("team_strangers", "4 Strangers who joined", "People per team"), "strangers", 2),
    )
    charts = []
    for chart, what, digits in frames:
        values = (
            [total[what] / n for total, n in zip(totals, opened, strict=True)]
            if isinstance(what, str)
            else what
        )
        charts.append(bars(chart, values, digits, styles))
    share = {
        camp["name"]: camp["team_completion"]
        for camp in camps
        if not words.absent(camp["team_completion"])
    }
    return Figure(
        f"Teams that had enough people in time: {words.across(share, words.share)}",
        "A team has its opener, friends whom members invited, and strangers. Where too few came in"
        " time, all were paid back.",
        charts,
        columns=2,
    )


def referrals(story: Story) -> Figure | None:
    """New customers whom invitations brought, of all new customers so far, by camp."""
    shares = {}
    for camp in story.camps:
        mine = story.mine(camp["name"])
        new, came = (
            np.cumsum(story.panel.flow(column)[:, mine].sum(axis=1)).astype(float)
            for column in ("new_customers", "referred")
        )
        if came.any():
            shares[camp["name"]] = np.where(new > 0, 100 * came / np.maximum(new, 1), np.nan)
    if not shares:
        return None
    k = {
        camp["name"]: camp["referral_coefficient"]
        for camp in story.camps
        if camp["name"] in shares and not words.absent(camp["referral_coefficient"])
    }
    told = words.across(k, lambda value: words.number(value, 2))
    return Figure(
        f"Each customer brought {told} further ones",
        "Brought by invitation, for customers of the first half of the run. Below 1, every customer"
        " won otherwise comes to 1/(1-k) in all.",
        [lines(story, "referred", "", "% of new customers so far whom a friend invited", shares)],
    )
