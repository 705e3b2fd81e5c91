"""The folder of a sweep: what was asked, what was found, and who may write there now.

manifest.json     what this is: engine, design, how far it has come
base.yaml         the scenario that trials change, every default written out
design.jsonl      one trial a line: number, changes, seed, key
parts/*.jsonl     outcomes as they came (sim.study.sweep.parts)
results.parquet   one row per trial in order of numbers; holds nothing that varies between two
                  executions of a design, so equal designs give equal bytes
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim import __version__
from sim.errors import ScenarioError, Where
from sim.study.sweep.metric import Metric
from sim.study.sweep.parts import PARTS, part_files
from sim.study.sweep.trial import Trial

SCHEMA_VERSION = 1
MANIFEST, DESIGN, LOCK = "manifest.json", "design.jsonl", ".lock"
_RESULTS_HANG_ON = (
    "rng.py kernel.py scenario world steps merchants engine"
    " study/metrics.py study/formulas.py study/tables.py study/sweep/metric.py"
)


@cache
def this_engine() -> str:
    """Return the version of the package and of what else the bits of results hang on: a digest of
    the sources, NumPy, numba."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for part in _RESULTS_HANG_ON.split():
        for path in sorted((root / part).rglob("*.py")) or [root / part]:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    others = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    return f"{__version__} (sources {digest.hexdigest()[:12]}, {others})"


@dataclass(frozen=True)
class Design:
    """Everything that is to be run. ``about`` is told in the manifest and changes no result."""

    trials: tuple[Trial, ...]
    metrics: tuple[Metric, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of trials and metrics."""
        content = [self.lines, [metric.as_dict() for metric in self.metrics]]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @cached_property
    def lines(self) -> list[str]:
        """The trials as JSON, one a line."""
        return [json.dumps(trial.as_dict(), separators=(",", ":")) for trial in self.trials]

    def distinct(self) -> list[Trial]:
        """Return one trial for every key, in order of numbers."""
        return list({trial.key: trial for trial in reversed(self.trials)}.values())[::-1]


@dataclass(frozen=True)
class Shard:
    """Part ``number`` of ``count`` of a design, from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return this shard's trials: every ``count``-th."""
        return list(trials[self.number - 1 :: self.count])


# --- who may write -------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path, shard: Shard | None) -> Iterator[None]:
    """Hold a sweep folder for one driver, or one shard of it, until the block ends.

    A driver excludes every other; shards exclude only themselves and a driver of the whole.

    Raises:
        ScenarioError: somebody else holds it; says who.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / LOCK, shared=shard is not None):
        if shard is None:
            yield
            return
        with _lock(folder / f"{LOCK}-{shard.number}-of-{shard.count}", shared=False):
            yield


@contextmanager
def _lock(path: Path, *, shared: bool) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"
            raise ScenarioError(
                Where(str(path.parent)),
                f"{who} is working in this folder",
                "wait for it, or choose another folder with --out",
            ) from None
        except OSError as error:
            # Some network file systems have no locks; two drivers then only do work twice.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


# --- what was asked ------------------------------------------------------------------------------


def prepare(folder: Path, design: Design, base: str, *, extend: bool = False) -> None:
    """Write a new sweep folder, or see that the one that is there is of this design.

    Args:
        folder: held by ``locked``.
        design: what is to be run.
        base: the scenario that trials change, as YAML.
        extend: accept a folder whose trials are the first of this design.

    Raises:
        ScenarioError: the folder holds something else; says what differs.
    """
    lock = folder / f"{LOCK}-design"
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # shards come at the same moment
        if not (folder / MANIFEST).exists():
            (folder / PARTS).mkdir(exist_ok=True)
            write_whole(folder / "base.yaml", base.encode())
        elif not _same(folder, design, extend):
            return
        write_whole(folder / DESIGN, "".join(f"{x}\n" for x in design.lines).encode())
        write_manifest(folder, manifest_of(design))
    finally:
        os.close(handle)


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something else, before anything is written.

    Raises:
        ScenarioError: it does, or it is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ScenarioError(Where(str(folder)), "is not a folder", "choose another with --out")
    if not folder.exists() or (folder / MANIFEST).exists():
        return
    others = [p.name for p in folder.iterdir() if not p.name.startswith(".")]
    unfinished = {"base.yaml", DESIGN, PARTS}  # from a start that was cut off
    if set(others) - unfinished:
        raise ScenarioError(
            Where(str(folder)),
            "holds something that is not a sweep",
            "choose another folder with --out",
        )


def _same(folder: Path, design: Design, extend: bool) -> bool:
    """Return whether the folder's design must be written anew (it grew); refuse another design."""
    known = read_manifest(folder)
    here = Where(str(folder))
    elsewhere = "choose another folder with --out"
    if known["engine"] != this_engine():
        problem = f"was written by flowtribe {known['engine']}, this is {this_engine()}"
        raise ScenarioError(here, problem, elsewhere)
    if known["design_sha256"] == design.digest:
        return False
    metrics = [metric.as_dict() for metric in design.metrics]
    if json.loads(json.dumps(metrics)) != known["metrics"]:
        raise ScenarioError(here, "holds a sweep with other metrics", elsewhere)
    before = (folder / DESIGN).read_text(encoding="utf-8").splitlines()
    if extend and design.lines[: len(before)] == before:
        return True
    asked, has = len(design.trials), known["trials"]
    differ = f"{has} trials, not {asked}" if asked != has else "other parameters or seeds"
    raise ScenarioError(here, f"holds another sweep ({differ})", elsewhere)


def manifest_of(design: Design) -> dict[str, Any]:
    """Return the manifest of a design of which nothing has been run yet."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "sweep",
        "status": "started",
        "engine": this_engine(),
        "design_sha256": design.digest,
        "trials": len(design.trials),
        "distinct": len(design.distinct()),
        "metrics": [metric.as_dict() for metric in design.metrics],
        "about": dict(design.about),
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a sweep folder.

    Raises:
        ScenarioError: there is none, or it is of something else.
    """
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if not isinstance(known, dict) or known.get("kind") != "sweep":
        raise ScenarioError(Where(str(folder)), "is not the folder of a sweep")
    return known


def read_design(folder: Path) -> Design:
    """Return the design of a sweep folder.

    Raises:
        ScenarioError: there is none.
    """
    known = read_manifest(folder)
    lines = (folder / DESIGN).read_text(encoding="utf-8").splitlines()
    design = Design(
        trials=tuple(Trial(**json.loads(line)) for line in lines),
        metrics=tuple(_metric(metric) for metric in known["metrics"]),
        about=known["about"],
    )
    if design.digest != known["design_sha256"]:
        raise ScenarioError(Where(str(folder / DESIGN)), f"was altered: {MANIFEST} knows another")
    return design


def _metric(content: Mapping[str, Any]) -> Metric:
    days = content["days"]
    where = tuple((column, value) for column, value in content["where"])
    return Metric(**{**content, "where": where, "days": tuple(days) if days else None})


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the manifest in one step."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(folder / MANIFEST, f"{text}\n".encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, bring it to disk, then give it its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def parts_of(folder: Path) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of every part file."""
    return [
        {
            "name": path.name,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in part_files(folder)
    ]
