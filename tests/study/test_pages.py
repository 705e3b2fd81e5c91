"""What all pages share."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from sim.study.pages import environment, together

THIN = "\u00a0"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("48 % and 9 yuan", f"48{THIN}% and 9{THIN}yuan"),
        ("teams 12 and 30 days", "teams 12 and 30 days"),
        ("12 yuans", "12 yuans"),
    ],
)
def test_a_number_stays_with_its_unit(written: str, shown: str) -> None:
    assert together(written) == shown


def test_pages_keep_numbers_together_and_escape_what_is_not_theirs() -> None:
    page = environment().from_string("{{ a }} {{ b }} {{ c }}")
    text = page.render(a="<b> 4 %", b=Markup("<i>4 %</i>"), c=7)
    assert text == f"&lt;b&gt; 4{THIN}% <i>4 %</i> 7"
