"""What the search for a tipping point tells in a pipe, on a terminal, and if quiet."""

from __future__ import annotations

import sys

import pytest

from sim.cli.looks import Looks


def told(looks: Looks, runs: int) -> None:
    with looks:
        for todo in (runs, 0, 3):
            looks("plan", trials=runs, todo=todo, societies=1, done=0)
            for left in range(todo - 1, -1, -1):
                looks("trial", todo=left, done=1, failed=0, running=1)
            looks("write")


def test_lines_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    told(Looks(show=True), 40)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "look 1: 40 runs" and lines[-1] == "look 3: 3 runs"
    assert len(lines) == 2 + 9  # every tenth but the last; a look without runs is not told
    assert lines[1].startswith("  4 of 40 done, ") and lines[1].endswith("left in this look")


def test_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    told(Looks(show=True), 25)
    captured = capsys.readouterr()
    assert captured.out == "" and "of 25 done" not in captured.err


def test_nothing_if_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    told(Looks(show=False), 40)
    assert capsys.readouterr() == ("", "")
