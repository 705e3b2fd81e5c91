"""The decorator's promises: chunks once each on any number of threads, a cache that follows the
sources, and arithmetic that keeps NaN."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.kernel
from sim.kernel import Threads, allocating, cache_folder
from sim.steps.day import MAX_CHUNKS, chunk_edges


@allocating
def half_or_nan(values: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    for k in range(len(values)):
        out[k] = np.nan if np.isnan(values[k]) else values[k] / 2.0
    return out


@settings(deadline=None)
@given(count=st.integers(-1, 5), chunks=st.integers(0, 70))
def test_every_chunk_runs_once(count: int, chunks: int) -> None:
    done: list[int] = []
    lock = threading.Lock()

    def work(first: int, last: int, more: str) -> None:
        assert more == "argument"
        with lock:
            done.extend(range(first, last))

    threads = Threads(count)
    threads.run(work, chunks, "argument")
    threads.close()
    assert sorted(done) == list(range(chunks))


@pytest.mark.parametrize("count", [1, 3])
def test_a_failing_chunk_is_told(count: int) -> None:
    def work(first: int, last: int) -> None:
        if first <= 5 < last:
            raise ZeroDivisionError("chunk 5")

    threads = Threads(count)
    with pytest.raises(ZeroDivisionError, match="chunk 5"):
        threads.run(work, 8)
    threads.close()
    threads.close()  # closing twice is no error


@given(people=st.integers(1, 5_000_000))
def test_chunks_cover_everybody(people: int) -> None:
    edges = chunk_edges(people)
    assert edges[0] == 0
    assert edges[-1] == people
    assert (np.diff(edges) >= 0).all()
    assert (edges[:-1] % 4 == 0).all()  # a random block serves four neighbours of one chunk
    assert 1 <= len(edges) - 1 <= MAX_CHUNKS


def test_nan_is_kept_and_nothing_is_reordered() -> None:
    got = half_or_nan(np.array([1.0, np.nan, 3.0]))
    assert got[0] == 0.5
    assert np.isnan(got[1])
    assert not half_or_nan.targetoptions.get("fastmath")
    assert half_or_nan.targetoptions["nopython"]
    assert half_or_nan.targetoptions["nogil"]


def test_cache_folder_follows_kernel_sources_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sim.kernel, "__file__", str(tmp_path / "sim" / "kernel.py"))
    folder = tmp_path / "sim" / "steps"
    folder.mkdir(parents=True)
    (folder / "auction.py").write_text("from sim.kernel import kernel\nA = 1\n")
    (folder / "words.py").write_text("A = 1\n")
    first = cache_folder()
    assert first.is_relative_to(tmp_path / "cache")

    (folder / "words.py").write_text("A = 2\n")
    assert cache_folder() == first
    (folder / "auction.py").write_text("from sim.kernel import kernel\nA = 2\n")
    second = cache_folder()
    assert second != first
    (folder / "auction.py").rename(folder / "bids.py")
    assert cache_folder() not in (first, second)


def test_cache_folder_follows_cpu_and_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cache_folder()
    monkeypatch.setattr(sim.kernel, "_cpu", lambda: "another CPU")
    second = cache_folder()
    monkeypatch.setattr(sim.kernel, "version", lambda name: f"{name} of tomorrow")
    assert len({first, second, cache_folder()}) == 3
