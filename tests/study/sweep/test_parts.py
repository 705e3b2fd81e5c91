"""Part files: what is written is read, and whatever else a file holds counts for nothing."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.sweep.parts import FAILED, Outcome, Part, part_files, read_parts, understood

VALUES = st.dictionaries(st.text(max_size=12), st.floats(allow_infinity=False), max_size=5)
OUTCOMES = st.one_of(
    st.builds(Outcome, st.text(max_size=64), VALUES),
    st.builds(
        Outcome,
        st.text(max_size=64),
        status=st.just(FAILED),
        reason=st.text(max_size=80),
        stage=st.text(max_size=9),
    ),
)


def same(one: Outcome, other: Outcome) -> bool:
    """Equal to the last bit, NaN included."""
    pairs = ((one.values[k], other.values.get(k)) for k in one.values)
    return (
        (one.key, one.status, one.reason, one.stage)
        == (other.key, other.status, other.reason, other.stage)
        and one.values.keys() == other.values.keys()
        and all(a == b or (math.isnan(a) and math.isnan(b or 0.0)) for a, b in pairs)
    )


@given(OUTCOMES)
def test_a_line_says_what_was_found(outcome: Outcome) -> None:
    line = outcome.line()
    assert line.count(b"\n") == 1
    back = understood(line)
    assert back is not None and same(outcome, back)


@given(OUTCOMES, st.data())
def test_a_line_that_was_cut_off_or_altered_says_nothing(
    outcome: Outcome, data: st.DataObject
) -> None:
    line = outcome.line()
    assert understood(line[: data.draw(st.integers(0, len(line) - 1))]) is None
    at, flip = data.draw(st.integers(0, len(line) - 1)), data.draw(st.integers(1, 255))
    altered = bytearray(line)
    altered[at] ^= flip
    assert understood(bytes(altered)) is None


def test_a_truncated_file_loses_one_trial(tmp_path: Path) -> None:
    part = Part(tmp_path)
    for i in range(5):
        part.write(Outcome(f"k{i}", {"x": i / 3}))
    part.close()
    assert {k: o.values["x"] for k, o in read_parts(tmp_path)[0].items()} == {
        f"k{i}": i / 3 for i in range(5)
    }
    os.truncate(part.path, part.path.stat().st_size - 4)
    found, broken = read_parts(tmp_path)
    assert sorted(found) == ["k0", "k1", "k2", "k3"]
    assert broken == 1


def test_lines_are_there_before_the_file_is_closed(tmp_path: Path) -> None:
    part = Part(tmp_path)
    part.write(Outcome("k", {"x": 1.0}))
    assert list(read_parts(tmp_path)[0]) == ["k"]
    part.close()


def test_writers_never_share_a_file(tmp_path: Path) -> None:
    for i in range(3):
        part = Part(tmp_path)
        part.write(Outcome(f"k{i}", {}))
        part.close()
    assert len(part_files(tmp_path)) == 3


def test_a_success_counts_more_than_a_failure(tmp_path: Path) -> None:
    good, bad = Outcome("k", {"x": 1.0}), Outcome("k", status=FAILED, reason="died")
    for order in ((good, bad), (bad, good)):
        folder = tmp_path / order[0].status
        folder.mkdir()
        for outcome in order:
            part = Part(folder)
            part.write(outcome)
            part.close()
        assert read_parts(folder)[0]["k"] == good


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told_and_the_next_line_starts_a_new_file(tmp_path: Path) -> None:
    part = Part(tmp_path)
    part.write(Outcome("before", {}))
    (tmp_path / "parts" / "full.jsonl").symlink_to("/dev/full")
    part.close()
    part.path = tmp_path / "parts" / "full.jsonl"
    with pytest.raises(OSError, match="No space left"):
        part.write(Outcome("lost", {}))
    part.write(Outcome("after", {}))
    part.close()
    (tmp_path / "parts" / "full.jsonl").unlink()
    assert sorted(read_parts(tmp_path)[0]) == ["after", "before"]
