"""The search over trials: paired, resumable, plain about failures; and what the page may claim."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import NotInstalled, RunError, ScenarioError
from sim.scenario.load import from_dict
from sim.study.ask import Views
from sim.study.folders import find
from sim.study.threshold import told
from sim.study.threshold.answer import answer, default_folder
from sim.study.threshold.page import page, write_page
from sim.study.threshold.question import Question, understand
from tests.study.pretend import Pretended

BASE = from_dict(
    {
        "name": "shop",
        "days": 20,
        "platforms": {"mall": {"fee": "5%"}},
        "merchants": {"buyer": {"count": 4}, "rival": {"count": 4}},
    }
)
FEE, PROFIT, RIVAL = "platforms.mall.fee", "camps.buyer.profit", "camps.rival.profit"
LUCK = {seed: 30_000 * shift for seed, shift in enumerate((-2, 1, 3, -1, -2, 1, 0, 2), start=1)}


def ask(**change: Any) -> Question:
    asked = {"vary": FEE, "metric": PROFIT, "level": "0", "low": "0", "high": "40%", "seeds": 8}
    return understand(BASE, **{**asked, **change})


def sinking(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
    """Profit falls by 1,000 yuan for every point of fee and is 0 at 17 %, give or take luck."""
    profit = 100_000 * 100 * (0.17 - changes[FEE]) + LUCK[seed]
    return {PROFIT: profit, RIVAL: 2_000_000 + LUCK[seed]}


def test_finds_what_was_put_in_with_the_same_seeds_everywhere(tmp_path: Path) -> None:
    asked, backend = ask(), Pretended(sinking)
    found = answer(asked, tmp_path / "t", backend=backend)
    shift = np.mean(list(LUCK.values())) / 1e7
    assert found.crossing == pytest.approx(0.17 + shift, abs=1e-6)
    assert found.low is not None and found.high is not None
    assert found.low < 0.17 < found.high and not found.rises
    by_value: dict[float, list[int]] = {}
    for trial in backend.ran:
        by_value.setdefault(trial.changes[FEE], []).append(trial.seed)
    assert all(seeds == list(asked.seeds) for seeds in by_value.values())
    assert sorted(by_value) == found.curve.points.tolist()


def test_luck_that_both_share_cancels_against_a_rival(tmp_path: Path) -> None:
    asked = ask(level=RIVAL, low="0", high="40%", metric=PROFIT)
    found = answer(asked, tmp_path / "t", backend=Pretended(sinking))
    assert found.crossing is None  # never as much as the rival, whatever the luck

    def level(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {**sinking(changes, seed), RIVAL: 300_000 + LUCK[seed]}

    found = answer(asked, tmp_path / "u", backend=Pretended(level))
    assert found.crossing == pytest.approx(0.14)
    assert (found.low, found.high) == (pytest.approx(0.14), pytest.approx(0.14))


def test_asked_again_nothing_is_run_again(tmp_path: Path) -> None:
    first = answer(ask(), tmp_path / "t", backend=Pretended(sinking))
    backend = Pretended(sinking)
    again = answer(ask(), tmp_path / "t", backend=backend)
    assert backend.ran == []
    assert again.crossing == first.crossing and again.low == first.low
    assert np.array_equal(again.curve.values, first.curve.values)


@pytest.mark.parametrize("most", [2, 15, 17, 22])
def test_stopped_anywhere_it_goes_on(tmp_path: Path, most: int) -> None:
    whole, parts = Pretended(sinking), Pretended(sinking, most=most)
    wanted = answer(ask(seeds=3), tmp_path / "whole", backend=whole)
    with pytest.raises(KeyboardInterrupt):
        answer(ask(seeds=3), tmp_path / "parts", backend=parts)
    rest = Pretended(sinking)
    found = answer(ask(seeds=3), tmp_path / "parts", backend=rest)
    assert len(parts.ran) + len(rest.ran) == len(whole.ran)
    assert found.crossing == wanted.crossing
    results = [(tmp_path / name / "results.parquet").read_bytes() for name in ("whole", "parts")]
    assert results[0] == results[1]


def test_a_finer_tolerance_only_adds_trials(tmp_path: Path) -> None:
    coarse, fine = Pretended(sinking), Pretended(sinking)
    answer(ask(tolerance="4%"), tmp_path / "t", backend=coarse)
    found = answer(ask(tolerance="1%"), tmp_path / "t", backend=fine)
    assert found.crossing == pytest.approx(0.17, abs=0.01)
    assert not {t.key for t in fine.ran} & {t.key for t in coarse.ran}


def test_the_folder_of_another_question_is_refused(tmp_path: Path) -> None:
    answer(ask(), tmp_path / "t", backend=Pretended(sinking))
    with pytest.raises(ScenarioError, match="another sweep"):
        answer(ask(seeds=3), tmp_path / "t", backend=Pretended(sinking))


def test_a_trial_that_fails_ends_it_with_value_and_seed(tmp_path: Path) -> None:
    def formula(changes: Mapping[str, Any], seed: int) -> dict[str, float] | str:
        return "a stage failed" if changes[FEE] > 0.3 and seed == 4 else sinking(changes, seed)

    with pytest.raises(RunError, match=r"fee 0\.4, seed 4: a stage failed"):
        answer(ask(), tmp_path / "t", backend=Pretended(formula))
    assert answer(ask(), tmp_path / "t", backend=Pretended(sinking)).crossing is not None


def test_a_metric_without_a_value_is_the_persons_to_change(tmp_path: Path) -> None:
    def formula(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: float("nan") if seed == 2 else 1.0}

    with pytest.raises(ScenarioError, match=r"no value at .* seed 2"):
        answer(ask(), tmp_path / "t", backend=Pretended(formula))


def test_without_scipy_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    backend = Pretended(sinking)
    with pytest.raises(NotInstalled, match=r"pip install 'flowtribe\[opt\]'"):
        answer(ask(), tmp_path / "t", backend=backend)
    assert backend.ran == [] and not (tmp_path / "t").exists()


def test_trials_can_be_asked_in_sql(tmp_path: Path) -> None:
    found = answer(ask(), tmp_path / "t", backend=Pretended(sinking))
    with Views(find(tmp_path)) as views:
        sql = f'select "{FEE}", avg("{PROFIT}") from trials group by all order by 1'
        rows = list(views.ask(sql).rows)
    assert [row[0] for row in rows] == found.curve.points.tolist()
    assert [row[1] for row in rows] == pytest.approx(found.curve.mean.tolist())


def test_the_default_folder_belongs_to_the_question() -> None:
    assert default_folder(ask()).parts[:2] == ("runs", "shop")
    assert default_folder(ask()) != default_folder(ask(seeds=3))


# --- what is said ----------------------------------------------------------------------------


def words_of(asked: Question, formula: Any, folder: Path) -> tuple[str, str, str]:
    found = answer(asked, folder, backend=Pretended(formula))
    return (
        told.verdict(asked, found),
        told.sureness(asked, found),
        " ".join(told.doubts(asked, found)),
    )


def test_a_clear_answer(tmp_path: Path) -> None:
    said, sure, doubt = words_of(ask(), sinking, tmp_path / "t")
    assert said == f"{PROFIT} falls below 0 CNY at {FEE} 17.1 % of the price"
    assert "With 95 % confidence" in sure and "8 of 8 seeds" in sure
    assert doubt == ""


def test_no_crossing_has_no_number(tmp_path: Path) -> None:
    said, sure, doubt = words_of(ask(level="-5000000"), sinking, tmp_path / "t")
    assert said.startswith(f"{PROFIT} stays above −50,000 CNY for {FEE} from 0.0 to 40.0 %")
    assert "at none of the 5 values" in sure and "confidence" not in sure and doubt == ""


def test_no_crossing_that_noise_may_hide_is_told(tmp_path: Path) -> None:
    def near(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: LUCK[seed] + 20_000}

    said, _, doubt = words_of(ask(), near, tmp_path / "t")
    assert "stays above" in said and "too few seeds to rule a crossing out" in doubt


def test_an_interval_of_the_whole_range_locates_nothing(tmp_path: Path) -> None:
    def loud(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: 1e7 * (0.17 - changes[FEE]) + 1e8 * (-1) ** seed}

    said, sure, doubt = words_of(ask(), loud, tmp_path / "t")
    assert said == f"Where {PROFIT} falls below 0 CNY cannot be told"
    assert "confidence" not in sure and "anywhere in the range" in sure
    assert doubt == "Too few seeds: the interval is the whole range."


def test_one_seed_is_an_anecdote(tmp_path: Path) -> None:
    _, sure, doubt = words_of(ask(seeds=1), sinking, tmp_path / "t")
    assert sure == "One seed is an anecdote, so there is no interval."
    assert "Too few seeds" in doubt


def test_whole_numbers_tip_between_neighbours(tmp_path: Path) -> None:
    def counted(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: 1000.0 * (changes["merchants.buyer.count"] - 6.5) + LUCK[seed] / 1000}

    asked = ask(vary="merchants.buyer.count", low="1", high="20")
    said, _, _ = words_of(asked, counted, tmp_path / "t")
    assert said.endswith("rises above 0 CNY between merchants.buyer.count 6 and 7")


def test_the_page_and_the_json_say_the_same(tmp_path: Path) -> None:
    asked = ask()
    found = answer(asked, tmp_path / "t", backend=Pretended(sinking))
    path = write_page(tmp_path / "t", asked, found)
    text = path.read_text(encoding="utf-8")
    assert told.verdict(asked, found) in text.replace("<wbr>", "").replace("\n", " ")
    for outside in ("http://", "https://", "src="):
        assert outside not in text.replace("http://www.w3.org/2000/svg", "")
    assert text.count("<svg") == 2  # wide and narrow
    content = json.loads((tmp_path / "t" / "threshold.json").read_text())
    assert content["crossing"] == found.crossing
    assert content["interval"] == [found.low, found.high]
    assert [point["value"] for point in content["points"]] == found.curve.points.tolist()


def test_pages_of_hard_cases_are_drawn(tmp_path: Path) -> None:
    def flat(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: 0.0}

    for number, asked in enumerate((ask(seeds=1), ask(), ask(level="1"))):
        found = answer(asked, tmp_path / str(number), backend=Pretended(flat))
        assert "nan" not in page(asked, found).html().partition("<script")[0].lower()
