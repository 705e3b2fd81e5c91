"""Order logs are read with care, and repeats are counted from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.check.order_log import CDNOW, joined_within, make_log, read_log
from sim.errors import ScenarioError

CSV = """\
date, customer, amount
2024-03-01, ann, 3
20240305, bob, 1
2024-03-05, bob, 9
2024-03-04, ann, 2
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_file_may_have_other_columns_and_both_kinds_of_date(tmp_path: Path) -> None:
    log = read_log(written(tmp_path, CSV))
    assert list(zip(log.who.tolist(), log.day.tolist(), strict=True)) == [(0, 0), (0, 3), (1, 4)]


def test_both_layouts_say_the_same(tmp_path: Path) -> None:
    lines = [line.split() for line in CDNOW.read_text(encoding="ascii").splitlines()]
    rows = "\n".join(f"{who},{day[:4]}-{day[4:6]}-{day[6:]}" for _, who, day, *_ in lines)
    plain, again = read_log(), read_log(written(tmp_path, f"customer,date\n{rows}\n"))
    assert plain.who.tolist() == again.who.tolist()
    assert plain.day.tolist() == again.day.tolist()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "customer,day\nann,2024-03-01\n",
            r"log.csv:1:1: no column 'date', there is customer, day",
        ),
        ("customer,date\nann,2024-13-01\n", r"log.csv:2:1: '2024-13-01' is no date"),
        ("customer,date\nann,2024-03-01\n,2024-03-02\n", r"log.csv:3:1: no customer"),
        ("customer,date\nann\n", r"log.csv:2:1: '' is no date"),
        ("1 1 19970101 2 20.0\n1 1\n", r"log.csv:2:1: '1 1'"),
        ("1 1 1997-31-01 2 20.0\n", r"log.csv:1:1: '1997-31-01' is no date"),
        ("customer,date\n", "no purchase in it"),
        ("", "no purchase in it"),
    ],
)
def test_what_cannot_be_read_is_told_by_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=says):
        read_log(written(tmp_path, text))


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        read_log(tmp_path / "none.csv")
    (tmp_path / "log.csv").write_bytes(b"customer,date\n\xff\xfe\n")
    with pytest.raises(ScenarioError, match="is no text"):
        read_log(tmp_path / "log.csv")


def test_who_joins_late_is_left_out_and_the_others_keep_all_they_bought() -> None:
    log = make_log([3, 3, 5, 5, 9], [0, 90, 80, 81, 7])  # type: ignore[arg-type]
    kept = joined_within(log, 14)
    assert kept.who.tolist() == [0, 0, 1]
    assert kept.day.tolist() == [0, 90, 7]
