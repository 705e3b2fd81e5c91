"""A scenario's question: what is refused before the run, what its tables answer, how it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import ScenarioError, ScenarioErrors
from sim.scenario.load import Loaded, loads
from sim.scenario.question import Question
from sim.study import answers, palette
from sim.study.question import answered, days_in_words, number_and_unit, understand
from sim.study.run import run
from tests.study import fabricate

BASE = """\
name: asking
days: 40
platforms: {mall: {}, video: {}, search: {}}
merchants:
  buyer: {strategy: {kind: buy_traffic}}
  grower: {strategy: {kind: cultivate_community}}
question:
  ask: Does it?
  answers:
"""


def asking(*written: str, days: int = 40) -> Loaded:
    lines = "".join(f"    - {line}\n" for line in written)
    return loads(BASE + lines, name="a.yaml", overrides=(f"days={days}",))


def place(answer: str, part: str) -> str:
    """Where a part of the first answer stands in the text."""
    line = BASE.count("\n") + 1
    return f"{line}:{len('    - ') + answer.index(part) + 1}"


def asked(*written: dict[str, Any], **more: Any) -> tuple[Any, fabricate.Tables]:
    question = Question.model_validate({"ask": "Does it?", "answers": list(written)})
    scenario = fabricate.scenario(question=question, **more)
    return scenario, fabricate.tables(scenario)


# --- before the run ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "wrong", "problem", "hint"),
    [
        ("{name: x, metric: camps.buyer.proft}", "camps", "no number", "camps.buyer.profit"),
        ("{name: x, metric: camps.byer.profit}", "camps", "no number", "camps.buyer.profit"),
        ("{name: x, table: platform, column: spend}", "platform,", "no table", "platforms"),
        ("{name: x, table: platforms, column: spent}", "spent", "no column", "spend"),
        (
            "{name: x, table: platforms, column: spend, where: {platform: mal}}",
            "mal}", "no platform", "mall",
        ),
        (
            "{name: x, metric: camps.buyer.net_cac, days: [5, 9]}",
            "[5, 9]", "is defined from the first day on", "",
        ),
    ],
)  # fmt: skip
def test_what_no_run_has_is_refused_at_its_place(
    answer: str, wrong: str, problem: str, hint: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        understand(asking(answer))
    said = str(caught.value)
    assert said.startswith(f"a.yaml:{place(answer, wrong)}: question.answers.0.")
    assert problem in said
    assert caught.value.hint == hint


def test_all_that_is_wrong_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    loaded = asking("{name: x, metric: market.gmw}", "{name: y, metric: market.order}")
    with pytest.raises(ScenarioErrors) as caught:
        run(loaded, out=tmp_path / "there")
    assert [error.hint for error in caught.value.errors] == ["market.gmv", "market.orders"]
    assert not (tmp_path / "there").exists()


def test_a_scenario_may_ask_nothing() -> None:
    loaded = loads("name: a\n")
    assert understand(loaded) == ()
    assert answered(fabricate.tables(fabricate.scenario()), fabricate.scenario()) is None


def test_the_question_changes_no_result_and_no_folder_name() -> None:
    one, other = asking("{name: x, metric: market.gmv}"), asking("{name: y, metric: market.orders}")
    assert one.digest == other.digest


def test_a_run_cut_short_warns_of_windows_that_it_does_not_reach() -> None:
    written = "{name: x, metric: market.gmv, days: [20, 40]}"
    assert asking(written).warnings == ()
    short = asking(written, days=30)
    assert [w.partition(" no answer")[0] for w in short.warnings] == [
        f"a.yaml:{place(written, '[20')}: question.answers.0.days:"
    ]
    assert understand(short)[0].days == (20, 40)


# --- after the run -------------------------------------------------------------------------------


def test_answers_are_sums_over_their_windows() -> None:
    scenario, tables = asked(
        {"name": "all", "metric": "market.orders"},
        {"name": "late", "metric": "market.orders", "days": [100, 120]},
        {"name": "mall", "table": "platforms", "column": "spend", "where": {"platform": "mall"},
         "reduce": "sum", "days": [3, 5]},
    )  # fmt: skip
    found = answered(tables, scenario)
    assert found is not None
    market, platforms = tables["market"], tables["platforms"]
    here = (platforms["platform"] == "mall") & np.isin(platforms["day"], [3, 4])
    assert [answer["value"] for answer in found["answers"]] == [
        market["orders"].sum(),
        market["orders"][100:120].sum(),
        platforms["spend"][here].sum(),
    ]
    assert [answer["unit"] for answer in found["answers"]] == ["orders", "orders", "money"]
    assert [days_in_words(answer) for answer in found["answers"]] == [
        "", "days 100 to 119", "days 3 to 4",
    ]  # fmt: skip


def test_the_mean_price_of_a_window_is_what_was_paid_over_clicks() -> None:
    scenario, tables = asked(
        {"name": "x", "metric": "market.price_per_click.mall.mean", "days": [10, 50]}
    )
    platforms = tables["platforms"]
    here = (platforms["platform"] == "mall") & (platforms["day"] >= 10) & (platforms["day"] < 50)
    prices, clicks = platforms["price_per_click"][here], platforms["clicks"][here]
    found = answered(tables, scenario)
    assert found is not None
    assert found["answers"][0]["value"] == pytest.approx(
        float((prices * clicks).sum() / clicks.sum()), rel=1e-6
    )


def test_what_a_run_does_not_reach_or_define_has_no_number() -> None:
    scenario, tables = asked(
        {"name": "later", "metric": "market.gmv", "days": [5, 20]},
        {"name": "nobody", "metric": "cascades.mean_size"},
        days=10,
    )
    tables["cascades"] = {name: column[:0] for name, column in tables["cascades"].items()}
    found = answered(tables, scenario)
    assert found is not None
    assert [answer["value"] for answer in found["answers"]] == [None, None]
    assert [number_and_unit(answer, "CNY") for answer in found["answers"]] == [("–", "")] * 2


@pytest.mark.parametrize(
    ("value", "unit", "said", "shown"),
    [
        (18_345, "money", "", ("183", "yuan")),
        (93, "money", "yuan per click", ("0.93", "yuan per click")),
        (0.0532, "0..1", "", ("5.3", "%")),
        (1.43, "ratio", "", ("143", "%")),
        (-0.25, "-1..1", "", ("−0.25", "")),
        (44_840, "orders", "", ("44,840", "orders")),
        (2.345, "people", "per head", ("2.35", "per head")),
    ],
)
def test_numbers_as_a_reader_wants_them(
    value: float, unit: str, said: str, shown: tuple[str, str]
) -> None:
    assert number_and_unit({"value": value, "unit": unit, "said": said}, "CNY") == shown


# --- the picture ---------------------------------------------------------------------------------


def answer(name: str, value: float | None, unit: str = "money", **more: Any) -> dict[str, Any]:
    base = {"said": "", "metric": f"camps.{name}.profit", "where": {}, "days": None}
    return {"name": name, "value": value, "unit": unit, **base, **more}


def test_bars_are_in_proportion_and_start_at_zero() -> None:
    styles = palette.styles([("buyer", "buy_traffic"), ("grower", "cultivate_community")])
    found = {"answers": [answer("buyer", 300), answer("grower", -100), answer("other", None)]}
    (frame,) = answers.frames(found, "CNY", styles)
    assert frame.zero == 25
    assert [(bar.left, bar.width) for bar in frame.bars] == [(25, 75), (0, 25), (25, 0)]
    assert [bar.color for bar in frame.bars] == ["@line0", "@line1", "@grey1"]


def test_numbers_of_different_units_never_share_a_frame() -> None:
    found = {"answers": [answer("a", 3), answer("b", 0.5, "0..1"), answer("c", 6)]}
    first, second = answers.frames(found, "CNY", {})
    assert [bar.name for bar in first.bars] == ["a", "c"]
    assert [bar.width for bar in first.bars] == [50, 100]
    assert second.bars[0].width == 100
