"""The pictures of what merchants own: drawn where there is something, with the run's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.study import charts_owned
from sim.study.story import Story
from tests.study import fabricate


def story(path: Path, climbing: bool) -> Story:
    """Sixty days in which a quarter of those won by ads follow, a tenth join, a fifth come back."""
    asked = fabricate.scenario(days=60)
    found = fabricate.tables(asked)
    rows = found["merchants"]
    won = rows["first_paid"]
    for column, part in (("paid_followers", 4), ("paid_members", 10), ("paid_returned", 5)):
        rows[column] = won // part
    if climbing:
        rows["stage"] = np.where(rows["camp"] == "grower", 1 + rows["day"] // 20, 0)
    return Story(fabricate.folder(path, asked, found))


def bar(figure: charts_owned.Figure, chart: int) -> list[float]:
    return [trace["x"][0] for trace in figure.charts[chart].data]


def test_the_funnel_shows_the_measures_of_the_run(tmp_path: Path) -> None:
    told = story(tmp_path, climbing=False)
    figure = charts_owned.owned(told)
    assert figure is not None
    assert len(figure.charts) == 4
    for camp, (won, *shares) in zip(
        told.camps, zip(*(bar(figure, chart) for chart in range(4)), strict=True), strict=True
    ):
        assert won == told.panel.flow("first_paid")[:, told.mine(camp["name"])].sum()
        keys = ("bought_who_follow", "bought_who_join", "bought_who_return")
        assert shares == pytest.approx([100 * camp[key] for key in keys], rel=1e-3)
        assert 0 < camp["bought_who_join"] < camp["bought_who_follow"] < 0.25
    assert charts_owned.rungs(told) is None


def test_without_followers_there_is_no_funnel(tmp_path: Path) -> None:
    asked = fabricate.scenario(days=20)
    assert charts_owned.owned(Story(fabricate.folder(tmp_path, asked))) is None


def test_rungs_are_shown_of_who_climbs(tmp_path: Path) -> None:
    figure = charts_owned.rungs(story(tmp_path, climbing=True))
    assert figure is not None
    (line,) = figure.charts[0].data
    assert line["name"] == "grower"
    assert line["y"][0] == 1
    assert line["y"][-1] == 3
    assert "day 40" in figure.note
