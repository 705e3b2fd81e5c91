"""The page: whole, safe, without network, and with the same claims as the numbers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from sim.study.compare import boards, sheets
from sim.study.compare.conduct import BreakEvenMap, Comparison
from sim.study.compare.page import render, robustness, sureness, write_page
from sim.study.compare.pictures import gaps, standings
from sim.study.compare.precision import SEQUENTIAL
from sim.study.compare.scales import scale_of
from sim.study.palette import Style, styles
from tests.study.compare.fabricate import ARMS, comparison

SCALE = scale_of("return_on_capital", "CNY")


def named(found: Comparison, name: str, **more: object) -> Comparison:
    spec = found.asked.spec.model_copy(update={"name": name, **more})
    return replace(found, asked=replace(found.asked, spec=spec))


def styles_of(arms: tuple[str, ...]) -> dict[str, Style]:
    return styles([(arm, arm) for arm in arms])


def several() -> list[Comparison]:
    variants = ("as it is", "dear")
    return [
        named(comparison(boards=True, variants=variants), "first_town"),
        named(comparison((0.2, 0.2, 0.2), noise=0.4, variants=variants, seed=2), "second_town"),
    ]


@pytest.fixture(scope="module")
def page() -> str:
    return render(several(), "benchmark")


def words_of(page: str) -> str:
    """The words a reader sees, without markup, scripts and styles."""
    text = re.sub(r"(?s)<(script|style).*?</\1>", " ", page)
    text = unescape(re.sub(r"(?s)<[^>]+>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(text.split())


def test_the_page_loads_nothing(page: str) -> None:
    head = page.split("</head>")[0]
    assert "default-src 'none'" in head
    outside = re.sub(r"(?s)<script.*?</script>", "", page)
    assert not re.search(r"<(?:img|link|script|iframe)[^>]+(?:src|href)=[\"'](?!data:)", outside)


def test_every_chart_has_its_data_and_its_unit(page: str) -> None:
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.S)[1])
    assert set(re.findall(r'data-chart="(\w+)"', page)) == set(figures)
    for chart in ("answer", "gaps", "values", "breakeven", "shares", "robust0", "course0"):
        assert chart in figures
        x, y = (figures[chart]["layout"][axis] for axis in ("xaxis", "yaxis"))
        assert (x.get("title", {}).get("text") and "visible" in y) or "range" in y
    theme = json.loads(re.search(r'id="themes">(.*?)</script>', page, re.S)[1])
    tokens = set(re.findall(r'"(@[\w.]+)"', json.dumps(figures)))
    assert tokens <= set(theme["light"]) == set(theme["dark"])


def test_the_headline_claims_the_clear_market_and_not_the_other(page: str) -> None:
    title = words_of(re.search(r"<h1>.*?</h1>", page, re.S)[0])
    assert title == "cultivate_community does best in first town; in second town one cannot tell"
    assert "One cannot tell" in words_of(page)


def test_all_data_can_be_had(page: str) -> None:
    for name in ("leaderboard", "pairs", "measures", "runs", "overtaking", "payoffs", "crossings"):
        assert f'data-csv="{name}"' in page and f'data-copy="{name}"' in page
    runs = sheets.runs_sheet(several())
    assert len(runs.rows) == 2 * 2 * 3 * 12
    first = several()[0].outcomes
    assert runs.rows[0][4][1] == pytest.approx(
        100 * first.of("return_on_capital", "as it is", ARMS[0])[0]
    )


def test_words_of_others_are_escaped() -> None:
    found = named(comparison(), "town", question="<script>alert(1)</script>")
    assert "<script>alert(1)" not in render([found], "<b>x</b>")


def without_the_last_arm(found: Comparison) -> Comparison:
    few = found.outcomes.arms[:-1]
    values = {name: value[:, :-1] for name, value in found.outcomes.values.items()}
    spec = found.asked.spec
    arms = {arm: given for arm, given in spec.arms.items() if arm in few}
    asked = replace(found.asked, spec=spec.model_copy(update={"arms": arms}))
    outcomes = replace(found.outcomes, arms=few, values=values)
    return replace(found, asked=asked, outcomes=outcomes, curve=found.curve[:, :, :-1])


def test_arms_that_ran_in_all_markets_share_a_leaderboard() -> None:
    one = named(comparison(), "one")
    found = [one, *(named(without_the_last_arm(comparison(seed=n)), f"m{n}") for n in range(5))]
    page = render(found, "benchmark")
    board = page[page.index('id="t-leaderboard"') :]
    board = board[: board.index("</table>")]
    *shared, missing = one.outcomes.arms
    assert all(arm in board for arm in shared) and missing not in board
    assert "Of the 2 strategies that ran in every market, averaged over" in words_of(page)


def test_many_markets_take_a_line_each() -> None:
    colours = styles_of(ARMS)
    rows = [(f"m{n}", comparison(seed=n + 1), "as it is") for n in range(6)]
    for draw, few in ((partial(standings, "x"), 3), (gaps, 2)):
        (small,), (large,) = (
            draw(rows[:2], colours, SCALE).charts,
            draw(rows, colours, SCALE).charts,
        )
        assert len({mark["y"][0] for mark in small.data}) == 2 * few
        assert len({mark["y"][0] for mark in large.data}) == 6


def test_one_comparison_makes_a_page_without_a_leaderboard(tmp_path: Path) -> None:
    target = write_page([comparison()], tmp_path / "report.html", "town")
    text = target.read_text()
    assert 'id="t-leaderboard"' not in text and 'id="robust"' not in text
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert "with the same opening money" in words_of(text)


def test_a_single_outcome_and_a_metric_that_is_nowhere_make_a_page() -> None:
    found = comparison(seeds=2)
    for values in found.outcomes.values.values():
        values[:, 1] = np.nan
    found.curve[:, :, 1] = np.nan
    assert "cannot tell" in words_of(render([found], "town"))


def test_what_pairing_gained_and_what_failed_is_said() -> None:
    (plain,) = sureness([comparison()])
    assert "same 12 seeds" in plain and "cut the variance of differences by a factor of" in plain
    told = sureness([replace(comparison(), failed={"no stock": 2})])
    assert told[-1] == "2 runs failed, left out: no stock"
    at_once = sureness([comparison(precision="5%")])
    assert SEQUENTIAL not in at_once
    grown = comparison(precision="5%")
    pair = next(iter(grown.outcomes.pairs("return_on_capital")))
    grown = replace(grown, sequential=True, short=(pair,))
    told = sureness([grown])
    assert SEQUENTIAL in told
    assert "1 pair missed the precision of 5 % when the cap on seeds was met." in told


def test_robustness_says_holds_turns_or_cannot_tell() -> None:
    variants = ("as it is", "dear")
    (holds,) = robustness([comparison(variants=variants)])
    assert holds == "town: the lead of cultivate_community holds under dear."
    (turns,) = robustness([comparison(variants=variants, shift=1.0)])
    assert turns == "town: the lead of cultivate_community turns under dear (hybrid)."
    (open_,) = robustness([comparison((0.1, 0.1, 0.1), noise=0.5, variants=variants)])
    assert open_ == "town: one cannot tell as it is; nor in any variant."


def test_a_map_is_told_by_what_each_cell_holds() -> None:
    found = comparison(boards=True)
    sure = np.full((2, 2, 12), 0.0)
    rng = np.random.default_rng(1)
    sure += 0.01 * rng.normal(size=sure.shape)
    sure[0, 0] += 1
    sure[1, 1] -= 1
    sure[0, 1] = np.tile([1.0, -1.0], 6)
    sure[1, 0] = np.tile([1.0, -1.0], 6)
    board = BreakEvenMap((1.0, 2.0), (0.0, 1.0), sure)
    assert boards.cells(board).tolist() == [[1, 0], [0, -1]]
    told = boards.told_break_even(replace(found, map=board), SCALE)
    assert told == (
        "Of four cells of the map, cultivate_community is ahead in one, buy_traffic is ahead in"
        " one and in two one cannot tell"
    )
    beyond = np.tile([[[0.5]], [[-0.5]], [[0.1]]], (1, 4, 12))
    levels = (0.0, 0.3, 0.6, 0.9)
    sheet = boards.break_even_sheet(replace(found, map=BreakEvenMap((1, 2, 3), levels, beyond)))
    assert sheet is not None
    assert [row[1][0] for row in sheet.rows] == ["below the map", "above the map", "below the map"]
    drawn = boards.break_even_sheet(found)
    assert drawn is not None
    # Made with the zero at 0.6 - 0.06 x price, see fabricate.py.
    assert drawn.rows[1][1][1] == pytest.approx(0.48, abs=0.1)
    blurred = BreakEvenMap((1.0, 2.0), (0.0, 1.0), np.tile([1.0, -1.0], (2, 2, 6)))
    nowhere = boards.told_break_even(replace(found, map=blurred), SCALE)
    assert nowhere.startswith("Nowhere on the map can one tell")


def test_arms_of_one_kind_are_told_apart_by_shape() -> None:
    arms = {"plain": {"strategy": "hybrid"}, "frugal": {"strategy": "hybrid"}, "third": "hybrid"}
    found = comparison(boards=False, arms=arms)
    found = replace(found, outcomes=replace(found.outcomes, arms=tuple(arms)))
    text = render([found], "town")
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.S)[1])
    symbols = [trace["marker"]["symbol"] for trace in figures["answer"]["data"]]
    assert len(set(symbols)) == 3
    assert "● plain" in text and "◆ frugal" in text


def test_a_tournament_is_told_by_its_resamples_and_stable_mixes() -> None:
    found = comparison(boards=True)
    assert found.tournament is not None
    game = replace(found.tournament, survival=np.array([1.0, 0.5, 0.01]))
    told = boards.told_tournament(replace(found, tournament=game))
    assert told.startswith("buy_traffic survives imitation; one cannot tell about cultivate_com")
    assert "hybrid" not in told and "50 %" in told
    unsure = replace(found.tournament, survival=np.array([0.4, 0.5, 0.1]))
    open_ = boards.told_tournament(replace(found, tournament=unsure))
    assert open_.startswith("One cannot tell about buy_traffic") and "survives" not in open_
    figure = boards.tournament(found, styles_of(ARMS))
    assert figure is not None and "Stable in the matrix:" in figure.note


def test_overtaking_is_told_with_its_interval() -> None:
    found = comparison((0.0, 0.5, -0.5), noise=0.001)
    late = found.curve.copy()
    late[0, :, 1] = found.curve[0, :, 0] - 1e5  # behind on day 30, ahead on day 60
    rows = sheets.overtaking_sheet([("town", replace(found, curve=late), "as it is")]).rows
    day = next(row for row in rows if row[1][0] == "cultivate_community over buy_traffic")
    assert day[2][1] is not None and 30 < day[2][1] < 60
    assert day[4][1] == 100
