"""Small pictures: values land where the axis says, and text is harmless."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.findings import breakable
from sim.study.plot import NARROW, WIDE, Plot, beginning, both, ending, labelled, spanning

FINITE = st.floats(-1e9, 1e9)


def plot(width: int = WIDE) -> Plot:
    return Plot(width, 300, (0.0, 10.0), (-5.0, 5.0))


def test_values_land_where_the_axis_says() -> None:
    drawn = plot()
    assert drawn.at(0) == drawn.left and drawn.at(10) == drawn.width - drawn.right
    assert drawn.up(-5) == drawn.height - drawn.bottom and drawn.up(5) == drawn.top
    assert drawn.at(5) == (drawn.at(0) + drawn.at(10)) / 2


@given(value=FINITE)
def test_nothing_is_drawn_outside_the_frame(value: float) -> None:
    drawn = plot()
    assert drawn.left <= drawn.at(value) <= drawn.width - drawn.right


@given(values=st.lists(FINITE, min_size=1, max_size=5))
def test_a_range_holds_its_values(values: list[float]) -> None:
    low, high = spanning([*values, math.nan, math.inf])
    assert low < high and all(low <= value <= high for value in values)


@given(low=st.floats(-1e6, 1e6), wide=st.floats(1e-3, 1e6))
def test_marks_are_what_they_say(low: float, wide: float) -> None:
    marks = labelled(low, low + wide)
    assert marks
    for value, text in marks:
        assert low - 1e-6 * wide <= value <= low + 1.000001 * wide
        said = float(text.replace("−", "-").replace(",", ""))
        assert said == pytest.approx(value, abs=1e-9 * max(1, abs(value)))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_picture_is_xml_with_its_text_escaped(width: int) -> None:
    drawn = plot(width)
    drawn.axes("fee <b>", "profit & loss")
    drawn.line([(0, 0), (5, 1)], "@line0")
    drawn.band([0, 10], [-1, -1], [1, 2], "@band0")
    drawn.dot(3, 2, "@ink")
    root = ET.fromstring(drawn.svg('what "it" shows'))
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "fee <b>" in texts and "profit & loss" in texts
    assert root.attrib["class"] == ("wide" if width == WIDE else "narrow")
    assert "var(--line0)" in drawn.svg("x") and "#" not in drawn.svg("x")


def test_both_widths_are_drawn() -> None:
    assert re.findall('class="([a-z]+)"', both(plot, "x")) == ["wide", "narrow"]


def test_names_are_cut_to_what_fits() -> None:
    assert (beginning("abcdef", 4), ending("abcdef", 4)) == ("abc…", "…def")
    assert (beginning("abcd", 4), ending("abcd", 4)) == ("abcd", "abcd")


def test_dotted_names_may_break_and_numbers_not() -> None:
    assert breakable("a.b at 2.6 <i>") == "a.<wbr>b at 2.6 &lt;i&gt;"
