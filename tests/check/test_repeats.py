"""Repeat buying: models against each other and enumeration, and logs of the user's."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from sim.check.buying import BgNbd, draw_bgnbd, fit_nbd
from sim.check.measured import Effort
from sim.check.order_log import count_repeats
from sim.check.repeats import one_shop, own_repeats
from sim.check.suite import CHECKS, own_instance, run_checks
from sim.check.verdict import agree
from sim.errors import ScenarioError


@pytest.mark.parametrize("weeks", [10.0, 39.0, 200.0])
def test_drawn_customers_come_back_as_often_as_expected(weeks: float) -> None:
    model, luck = BgNbd(0.8, 6.0, 1.7, 4.0), np.random.default_rng(1)
    drawn = draw_bgnbd(model, np.full(100_000, weeks), luck)
    error = drawn.x.std() / np.sqrt(len(drawn.x))
    assert abs(drawn.x.mean() - model.expected(np.array([weeks]))[0]) < 4 * error
    none = float((drawn.x == 0).mean())
    assert abs(none - model.none(weeks)) < 4 * np.sqrt(none * (1 - none) / len(drawn.x))
    assert np.all(drawn.recency <= weeks) and np.all((drawn.recency > 0) == (drawn.x > 0))


def log_of(folder: Path, people: int, days: int, rate: float) -> str:
    """A shop whose customers buy at Gamma rates; they join on their first day."""
    luck = np.random.default_rng(7)
    rates = luck.gamma(0.5, rate / 0.5, people)
    rows = ["customer,date"]
    for who in range(people):
        joined = int(luck.integers(0, 70))
        bought = np.flatnonzero(luck.random(days) < 1 - np.exp(-rates[who]))
        for day in [joined, *bought[bought > joined].tolist()]:
            rows.append(f"c{who},{date(2024, 1, 1) + timedelta(days=day)}")
    path = folder / "shop.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


def test_needs_fitted_to_a_log_of_ones_own_come_back_as_it_does(tmp_path: Path) -> None:
    log = log_of(tmp_path, 1500, 210, 0.02)
    given = {"log": log, "weeks": "30", "joining": "10", "times": "10"}
    report = run_checks([own_instance(CHECKS["repeats"], given)], Effort())
    assert report.passed
    assert "need_rate: {gamma: {mean: 0.0" in report.results[0].found.note


def test_a_log_that_is_not_gamma_is_seen(tmp_path: Path) -> None:
    """Half of the customers come back once, the others never: no Gamma does that."""
    rows = ["customer,date"]
    rows += [f"c{n},2024-01-{1 + n % 28:02}" for n in range(2000)]
    rows += [f"c{n},2024-05-{1 + n % 28:02}" for n in range(1000)]
    rows += [f"c{n},2024-06-{1 + n % 28:02}" for n in range(5)]
    path = tmp_path / "odd.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    found = own_repeats(Effort(share=0.2), log=str(path), weeks=23, joining=4)
    assert not all(agree(found.points))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"log": "nowhere.csv"}, "nowhere.csv: no such file"),
        ({"weeks": "12"}, "fewer in which customers join"),
        ({"weeks": "60"}, "ends in week 30, at least 60"),
        ({"joining": "0"}, "fewer in which customers join"),
        ({"times": "0"}, "1 to 10,000"),
        ({"week": "3"}, "did you mean '--weeks'"),
    ],
)
def test_what_cannot_be_fitted_is_told(given: dict[str, str], says: str, tmp_path: Path) -> None:
    log = log_of(tmp_path, 300, 210, 0.02)
    asked = {"log": log, "weeks": "30", **given}
    with pytest.raises(ScenarioError, match=says):
        run_checks([own_instance(CHECKS["repeats"], asked)], Effort(share=0.01))


def test_few_customers_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="at least 100"):
        own_repeats(Effort(), log=log_of(tmp_path, 60, 210, 0.02), weeks=30)


def test_one_shop_is_found_again() -> None:
    """Needs drawn by the engine and fitted are the needs that were asked for."""
    luck = np.random.default_rng(3)
    entry = luck.integers(0, 84, 500)
    seen = draw_bgnbd(BgNbd(0.4, 10.0, 1e-6, 10.0), (272 - entry) / 7.0, luck)
    asked = fit_nbd(seen._replace(entry=entry))
    log, joined = one_shop(asked, entry, 273, 40, seed=5)
    found = fit_nbd(count_repeats(log, joined, 272))
    assert abs(found.r - asked.r) < 4 * found.r_error
    # A day brings one need at most, so the busiest are a little slower.
    assert abs(found.alpha - asked.alpha) < 4 * found.alpha_error + 0.01 * asked.alpha
