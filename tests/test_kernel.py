"""The decorator's promises: chunks once each on any number of threads, a cache that follows the
sources, and arithmetic that keeps NaN."""

from __future__ import annotations

import ast
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.kernel
from sim.kernel import WORTH, Threads, allocating, cache_folder, kernel, machine_folder, prefetch
from sim.steps.day import MAX_CHUNKS, chunk_edges


@allocating
def half_or_nan(values: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    for k in range(len(values)):
        out[k] = np.nan if np.isnan(values[k]) else values[k] / 2.0
    return out


@kernel
def picked(values: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
    for k in range(len(rows)):
        prefetch(values, rows[k] + 1_000_000)  # of nobody's: fetching is no reading
        prefetch(values, rows[k])
        out[k] = values[rows[k], 1]


def test_what_is_fetched_in_advance_is_what_is_read() -> None:
    values = np.arange(40, dtype=np.float32).reshape(10, 4)[:, 1:]  # rows are part of wider ones
    rows, out = np.array([9, 0, 4], np.int32), np.zeros(3)
    picked(values, rows, out)
    assert out.tolist() == [38.0, 2.0, 18.0]


def threads_of_the_second_run(count: int, chunks: int, seconds: float) -> int:
    """How many threads take part when the same work comes again that takes ``seconds`` a chunk."""
    took_part: set[int] = set()

    def work(first: int, last: int) -> None:
        took_part.add(threading.get_ident())
        if seconds:
            time.sleep((last - first) * seconds)

    threads = Threads(count)
    threads.run(work, chunks)
    took_part.clear()
    threads.run(work, chunks)
    threads.close()
    return len(took_part)


def test_work_is_shared_by_as_many_threads_as_it_is_worth() -> None:
    assert threads_of_the_second_run(1, 40, 10 * WORTH) == 1
    assert threads_of_the_second_run(2, 40, 10 * WORTH) == 2
    assert threads_of_the_second_run(4, 40, 10 * WORTH) == 4
    # Nothing to do takes no time, unless this machine was busy with others just then.
    assert 1 in {threads_of_the_second_run(2, 40, 0.0) for _ in range(20)}


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


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of four sources: ads -> auction -> rng, and words alone."""
    folder = tmp_path / "sim"
    folder.mkdir()
    (folder / "rng.py").write_text("A = 1\n")
    (folder / "auction.py").write_text("def f():\n    from sim.rng import A\n    return A\n")
    (folder / "ads.py").write_text("from sim import auction\n")
    (folder / "words.py").write_text("import sim\n")
    monkeypatch.setattr(sim.kernel, "PACKAGE", folder)
    yield folder
    forget()


def forget() -> None:
    sim.kernel.imported.cache_clear()
    sim.kernel._fingerprint.cache_clear()
    sim.kernel.cache_folder.cache_clear()


def test_imports_are_read_as_python_reads_them() -> None:
    for source in sim.kernel.PACKAGE.rglob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
            elif isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
        ours = [name.split(".")[1:] for name in names if name.startswith("sim.")]
        others = [path for path in ours if path[0] != sim.kernel.NO_KERNELS]
        files = {sim.kernel.PACKAGE.joinpath(*path).with_suffix(".py") for path in others}
        assert sim.kernel.imported(source) == set(filter(Path.is_file, files)), source


@pytest.mark.parametrize(
    "text",
    [
        "from sim.rng import A\n",
        "from sim.rng import (\n    A,  # one, two\n    B as C,\n)\n",
        "from  sim import rng as r, words\n",
        "if True:\n    import sim.rng as r, os\n",
        "import os, sim.rng  # why\n",
    ],
)
def test_an_import_may_be_written_in_many_ways(package: Path, text: str) -> None:
    (package / "new.py").write_text(text)
    assert package / "rng.py" in sim.kernel.imported(package / "new.py")


@pytest.mark.parametrize(
    ("changed", "compiled_anew"),
    [
        ("rng", {"rng", "auction", "ads"}),
        ("auction", {"auction", "ads"}),
        ("ads", {"ads"}),
        ("words", {"words"}),
    ],
)
def test_machine_code_follows_the_sources_it_comes_from(
    package: Path, changed: str, compiled_anew: set[str]
) -> None:
    def folders() -> dict[str, Path]:
        forget()
        return {source.stem: cache_folder(source) for source in package.glob("*.py")}

    before, warm = folders(), sim.kernel._mark()
    assert all(folder.is_relative_to(sim.kernel.CACHE) for folder in before.values())
    assert len(set(before.values())) == 4
    with (package / f"{changed}.py").open("a") as source:
        source.write("B = 2\n")
    assert {name for name, folder in folders().items() if folder != before[name]} == compiled_anew
    assert sim.kernel._mark() == warm  # nothing here is a kernel
    (package / f"{changed}.py").write_text("from sim.kernel import kernel\n")
    assert sim.kernel._mark() != warm


def test_no_constant_of_a_scenario_is_compiled_in() -> None:
    """Kernels are not compiled anew when a file of ``sim/scenario`` changes."""
    for source in sim.kernel.PACKAGE.rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        if "@kernel" in text or "@allocating" in text or "@inlined" in text:
            for names in re.findall(r"^from sim\.scenario\.\w+ import ([^(\n]+)$", text, re.M):
                assert not re.search(r"\b[A-Z][A-Z_0-9]+\b", names), source


def test_machine_folder_follows_cpu_and_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    first = machine_folder()
    monkeypatch.setattr(sim.kernel, "_cpu", lambda: "another CPU")
    second = machine_folder()
    monkeypatch.setattr(sim.kernel, "version", lambda name: f"{name} of tomorrow")
    assert len({first, second, machine_folder()}) == 3


def test_only_the_last_states_of_a_source_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim.kernel, "CACHE", tmp_path)
    for age in range(sim.kernel.KEEP + 2):
        for name in ("steps.ads", "world.csr"):
            folder = tmp_path / f"{name}-{age:016x}"
            folder.mkdir()
            os.utime(folder, (1e9 - age, 1e9 - age))
    assert not sim.kernel.is_warm()
    sim.kernel.mark_warm()
    assert sim.kernel.is_warm()
    for name in ("steps.ads", "world.csr"):
        left = sorted(folder.name for folder in tmp_path.glob(f"{name}-*"))
        assert left == [f"{name}-{age:016x}" for age in range(sim.kernel.KEEP)]


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.int64])
def test_a_kernel_is_compiled_once_whatever_whole_number_another_hands_it(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sim.kernel.OPTIONS, "cache", False)

    @kernel
    def doubled(value: int, times: int) -> int:
        return value * 2**times

    @kernel
    def doubled_in_three_ways(narrow: np.ndarray, out: np.ndarray) -> None:
        out[0] = doubled(narrow[0], 1)
        out[1] = doubled(len(narrow), narrow[1])
        out[2] = doubled(7, times=narrow[1])

    out = np.zeros(3, np.int64)
    doubled_in_three_ways(np.array([100, 3], kind), out)
    assert out.tolist() == [200, 16, 56]
    signatures = doubled.signatures  # type: ignore[attr-defined]
    assert [str(each) for each in signatures] == ["(int64, int64)"]
