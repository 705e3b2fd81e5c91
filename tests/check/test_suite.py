"""The quick suite passes on the engine as it is; its page, its words and the document about it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from sim.check import document, told
from sim.check.measured import FACES, QUICK, Curve, Effort, Found, Point
from sim.check.page import page, write_page
from sim.check.suite import CHECKS, Report, run_checks
from tests.check.pretend import pretend

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_quick_suite() -> None:
    """What ``sim check --quick`` does: every check of the engine against what is known."""
    report = run_checks(CHECKS.values(), Effort(share=QUICK))
    assert report.passed, "\n".join(told.failures(report))


def made(wrong: bool) -> Report:
    """A report of a check with a curve and of one with a list; the second may be wrong."""
    points = (
        Point("at one", 1.0, 1.01, 0.02, 1.0, "straight"),
        Point("at <two>", 2.0, 1.97, 0.02, 2.0, "straight"),
    )
    curves = (Curve("straight", ((0.0, 0.0), (3.0, 3.0))),)
    line = Found(points, "people", "orders", curves, ((1.5, 1.4),))
    rows = Found((Point("left", 3.0, 4.0 if wrong else 3.0), Point("right", -1.0, -1.0)), "items")
    return run_checks(
        [pretend("line", lambda effort: line), pretend("rows", lambda effort: rows, "other")],
        Effort(seed=7, share=0.2),
    )


def test_words_of_what_agrees() -> None:
    report = made(False)
    assert told.verdict(report) == "All 2 checks agree with what is known"
    assert "2 numbers with luck in them, the farthest 1.5 standard errors off" in told.sureness(
        report
    )
    assert "2 numbers that must be exact: all are." in told.sureness(report)
    assert told.failures(report) == []
    assert told.row(report.results[0])[:4] == ["line", "at <two>", "2", "2"]


def test_what_cannot_be_made_here_is_said_and_fails_nothing() -> None:
    nothing = pretend("far", lambda effort: Found((), skipped="the data are not here"))
    both = run_checks([*(result.check for result in made(False).results), nothing], Effort())
    assert both.passed
    assert told.verdict(both) == "All 2 checks agree with what is known; 1 could not be made here"
    assert told.row(both.results[2])[1] == "the data are not here"
    assert told.row(both.results[2])[-2] == "skipped"
    assert "the data are not here" in page(both).html()
    assert told.verdict(run_checks([nothing], Effort())) == "Nothing could be checked here"


def test_words_of_what_fails() -> None:
    report = made(True)
    assert told.verdict(report) == "1 of 2 checks fail: rows"
    assert told.failures(report) == ["rows: left: expected 3, got 4"]
    assert "2 numbers that must be exact: 1 are." in told.sureness(report)
    assert "FAILS" in told.row(report.results[1])


def test_words_of_known_misses_and_ranges() -> None:
    tail = Point("tail <100>", 1.0, 9.0, 0.1, upto=2.0, miss="hubs are small")
    missing = pretend("far", lambda effort: Found((tail, Point("head", 1.0, 1.5, 0.1, upto=2.0))))
    report = run_checks([*(result.check for result in made(False).results), missing], Effort())
    assert report.passed
    assert told.verdict(report) == (
        "All 3 checks agree with what is known, but for 1 known miss (far)"
    )
    assert told.misses(report) == [
        "far, known miss: tail <100>: expected 1 to 2, got 9. Why: hubs are small."
    ]
    assert "the farthest 1.5 standard errors off" in told.sureness(report)
    assert told.row(report.results[2])[3:] == ["1 to 2", "9", "0.1", "+70.00", "misses", "0.0"]
    assert told.cells(Point("", 0.0, 3.0, 1.0, upto=math.inf))[0] == "0 or more"
    (_, number) = told.as_json(report)["checks"][2]["numbers"]
    assert (number["expected"], number["expected_up_to"], number["agrees"]) == (1.0, 2.0, True)
    text = page(report).html()
    assert re.search(r'd="M([\d.]+) ([\d.]+)H([\d.]+)M\3 ', text), "no bar for a range"
    assert "Known misses. far holds." in text and "<td>known miss</td>" in text
    assert "tail &lt;100&gt;: expected 1 to 2" in text
    (section,) = re.findall(r"^\| `far` \| (.+?) \|", document.document(report), re.M)
    assert section == "**Known misses:** far holds."


def test_what_is_set_beside_other_numbers_is_shown_and_not_judged() -> None:
    aside = (Point("volume", 0.236, 0.026, 0.001), Point("of <all>", math.nan, 0.05, 0.01))
    found = Found((Point("none", 0, 0),), y_title="elasticity", beside=aside)
    report = run_checks([pretend("odd", lambda effort: found)], Effort())
    assert report.passed and report.numbers == 0
    assert told.beside(report) == [
        "odd: volume: 0.026 ± 0.001, beside 0.236",
        "odd: of <all>: 0.05 ± 0.01",
    ]
    text = page(report).html()
    assert text.count("not judged") >= 2 and "of &lt;all&gt;" in text
    assert "nan" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)
    (known,) = told.as_json(report)["checks"]
    assert [number["other"] for number in known["beside"]] == [0.236, None]
    assert "| volume | `odd` | 0.236 | 0.026 | 0.001 |" in document.document(report)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.412650507, "3.41265"),
        (1234567.0, "1,234,567"),
        (-0.000123456789, "−0.000123457"),
        (0.0, "0"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
        (2000.0, "2,000"),
    ],
)
def test_numbers_keep_the_digits_that_count(value: float, text: str) -> None:
    assert told.number(value) == text


@pytest.mark.parametrize("wrong", [False, True])
def test_page_has_a_picture_for_every_check_and_every_number(wrong: bool) -> None:
    text = page(made(wrong)).html()
    assert text.count('<svg class="wide"') == text.count('<svg class="narrow"') == 2
    assert "at &lt;two&gt;" in text and "at <two>" not in text
    assert "nobody &amp; nothing" in text
    assert ("FAILS" in text) == wrong
    assert text.count("M") and "nan" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)
    for point in ("left", "right", "at one"):
        assert f"<td>{point}</td>" in text


def test_a_long_list_shows_what_fails_first() -> None:
    points = [Point(f"number {n}", 1.0, 1.0) for n in range(30)]
    points[28] = Point("the odd one", 1.0, math.nan)
    long = pretend("long", lambda effort: Found(tuple(points), y_title="items"))
    text = page(run_checks([long], Effort())).html()
    picture = text[: text.index("</svg>")]
    assert picture.index("the odd one") < picture.index("number 0")
    assert "number 14" in picture and "number 15" not in picture
    assert "and 14 more, in the table below" in picture
    assert "<td>number 29</td>" in text


def test_page_and_document_of_numbers_are_written(tmp_path: Path) -> None:
    written = write_page(tmp_path / "new", made(True))
    assert written == tmp_path / "new" / "check.html"
    known = json.loads((tmp_path / "new" / "check.json").read_text(encoding="utf-8"))
    assert known["passed"] is False
    assert known["seed"] == 7
    assert [len(check["numbers"]) for check in known["checks"]] == [2, 2]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "check.html",
        "check.json",
    ]


def test_the_same_luck_gives_the_same_numbers() -> None:
    names = ("ic", "revenue", "bass-years", "small-cascades")
    first, second = (
        run_checks([CHECKS[name] for name in names], Effort(share=0.01)) for _ in range(2)
    )
    # In words, since NaN, which stands for "none", is not equal to itself.
    assert [repr(r.found) for r in first.results] == [repr(r.found) for r in second.results]
    other = run_checks([CHECKS["ic"]], Effort(seed=2, share=0.01))
    assert repr(other.results[0].found) != repr(first.results[0].found)


def test_docs_validation_is_of_this_suite() -> None:
    """Every check, its claim and its source, and nothing else; figures are those of a run."""
    text = document.TARGET.read_text(encoding="utf-8")
    row = r"^\| `([\w-]+)` \| (?:\*\*Known misses:\*\* )?(.+?) \| (.+?) \| (\d+) \|"
    rows = re.findall(row, text, re.M)
    known = [(check.name, check.claim, check.source) for check in CHECKS.values()]
    assert [(name, claim, source) for name, claim, source, _ in rows] == known, (
        "run 'make validation'"
    )
    for part in (document.INTRODUCTION, document.JUDGED, document.RAND_AND_RUST):
        assert part in text
    for face in FACES:
        assert f"\n| {face} | " in text


def test_every_check_says_what_it_is() -> None:
    for check in CHECKS.values():
        assert check.face in FACES
        assert check.claim.endswith(".")
        assert check.source
        assert re.fullmatch(r"[a-z][a-z-]+", check.name)
