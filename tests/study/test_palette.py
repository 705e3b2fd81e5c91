"""One colour per strategy, told apart by everybody, on both pages."""

from __future__ import annotations

import re

import pytest

from sim.scenario.firms import STRATEGIES
from sim.study import palette


def test_every_built_in_strategy_has_a_colour_of_its_own() -> None:
    assert set(STRATEGIES) <= set(palette.STRATEGY)
    assert len(set(palette.STRATEGY.values())) == len(palette.STRATEGY)


def test_a_strategy_has_the_same_colour_in_every_run() -> None:
    one = palette.styles([("a", "hybrid"), ("b", "buy_traffic")])
    other = palette.styles([("x", "own.module:Mine"), ("y", "buy_traffic")])
    assert one["b"].colour == other["y"].colour == palette.OKABE_ITO["vermillion"]


def test_unknown_strategies_get_the_colours_that_are_left() -> None:
    camps = [("a", "buy_traffic"), ("b", "z:Z"), ("c", "y:Y"), ("d", "group_buy")]
    found = palette.styles(camps)
    assert len({style.colour for style in found.values()}) == 4
    turned = palette.styles(camps[::-1])
    assert {name: style.colour for name, style in found.items()} == {
        name: style.colour for name, style in turned.items()
    }


def test_camps_of_one_strategy_differ_by_dash() -> None:
    found = palette.styles([("a", "hybrid"), ("b", "hybrid")])
    assert found["a"].colour == found["b"].colour
    assert found["a"].dash != found["b"].dash


@pytest.mark.parametrize("name", ["light", "dark"])
def test_everything_can_be_seen(name: str) -> None:
    camps = palette.styles([(kind, kind) for kind in palette.STRATEGY])
    theme = palette.theme(name, camps)
    paper = theme["@paper"]
    for style in camps.values():
        assert palette._contrast(theme[style.line], paper) >= 3
        assert palette._contrast(theme[style.text], paper) >= 4.5
    for grey in ("@ink", "@muted"):
        assert palette._contrast(theme[grey], paper) >= 4.5
    assert all(re.fullmatch(r"#[0-9a-fA-F]{6}|rgba\([\d.,]+\)", c) for c in theme.values())


def test_more_unknown_strategies_than_colours() -> None:
    found = palette.styles([(f"c{i}", f"m:S{i}") for i in range(20)])
    assert len({(style.colour, style.dash) for style in found.values()}) == 20
