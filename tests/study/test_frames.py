"""``sim.load``: a folder gives frames that are read when they are looked at, a file a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.errors import ScenarioError
from sim.scenario.checked import Loaded
from sim.study.ask import VIEWS
from tests.study import fabricate

ASKED = fabricate.scenario(days=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    for seed in (1, 2):
        fabricate.folder(root / f"s{seed}", ASKED, seed=seed)
    return root


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_a_frame(folder: Path, view: str) -> None:
    frame = getattr(sim.load(folder), view)
    assert list(frame.columns) == [column.name for column in VIEWS[view]]


def test_frames_hold_what_was_made(folder: Path) -> None:
    frames = sim.Frames(folder)
    assert frames.runs.run.tolist() == ["s1", "s2"]
    for run, seed in (("s1", 1), ("s2", 2)):
        made = fabricate.tables(ASKED, seed)
        market = frames.market[frames.market.run == run]
        assert market.day.tolist() == [0, 1, 2, 3, 4]
        assert market.gmv.tolist() == made["market"]["gmv"].tolist()
        wide = frames.merchants[frames.merchants.run == run].pivot(
            index="day", columns="merchant", values="orders"
        )
        assert wide.sum(axis=1).tolist() == market.orders.tolist()


def test_a_frame_is_read_once_and_only_when_looked_at(folder: Path) -> None:
    frames = sim.Frames(folder)
    assert "market" not in vars(frames)
    assert frames.market is frames.market
    assert "merchants" not in vars(frames)


def test_frames_answer_questions(folder: Path) -> None:
    frames = sim.Frames(folder)
    assert frames.query("select sum(orders) o from market").o[0] == frames.market.orders.sum()
    with pytest.raises(ScenarioError, match="no view 'marked'"):
        frames.query("from marked")


def test_a_file_is_a_scenario_as_before(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("name: shop\nplatforms: {mall: {}}\nmerchants: {buyer: {count: 3}}\n")
    assert isinstance(sim.load(path), Loaded)
    assert sim.load(str(path), ["days=9"]).scenario.days == 9


@pytest.mark.parametrize("name", ["nothing", "nothing.yaml", "."])
def test_nothing_there_is_the_readers_to_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError):
        sim.load(name)


def test_repr_says_what_was_found(folder: Path) -> None:
    assert repr(sim.Frames(folder)).endswith(": 2 runs, 0 sweeps)")
