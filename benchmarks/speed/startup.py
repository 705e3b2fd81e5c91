"""The shell: help, validation, the first run ever, and the example with warm kernels."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed.figure import Figure, in_turn

QUICK = Path("scenarios/quickstart.yaml")
FLAGSHIP = Path("scenarios/traffic_vs_community.yaml")
ROUNDS = 7


def seconds(*arguments: str, **environment: str) -> float:
    """Return the wall time of a Python process."""
    kept = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, env=kept | environment
    )
    return time.perf_counter() - start


def run(scenario: Path, folder: str, **environment: str) -> float:
    """Return the wall time of ``sim run``."""
    out = str(Path(folder) / "run")
    return seconds("-m", "sim", "run", str(scenario), "--force", "-q", "--out", out, **environment)


def measure(full: bool) -> Iterator[Figure]:
    """Measure what there is."""
    cases = {"python": ("-c", "pass"), "help": ("-m", "sim", "--help")}
    if QUICK.exists():
        cases["validate"] = ("-m", "sim", "validate", str(QUICK))
    best = in_turn({name: lambda a=args: seconds(*a) for name, args in cases.items()}, ROUNDS)
    yield Figure("python -c pass", best["python"], "s")
    for name in list(cases)[1:]:
        yield Figure(f"sim {name}", best[name], "s", most=0.5)
        yield Figure(f"sim {name} over python -c pass", best[name] / best["python"], "times")
    with tempfile.TemporaryDirectory() as folder:
        if QUICK.exists():
            first = run(QUICK, folder, XDG_CACHE_HOME=str(Path(folder) / "cache"))
            yield Figure("first run ever (compiles), quickstart", first, "s", most=90)
            run(QUICK, folder)
            yield Figure("quickstart, warm kernels", run(QUICK, folder), "s")
        if FLAGSHIP.exists():
            run(FLAGSHIP, folder) if full else None
            yield Figure(f"{FLAGSHIP.stem}, warm kernels", run(FLAGSHIP, folder), "s", most=20)
