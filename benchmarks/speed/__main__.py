"""``python -m benchmarks.speed [--full] [--only NAME] [--out FILE.json] [--check]``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.speed.figure import Figure

NAMES = ("core_loop", "scaling", "mechanisms", "memory", "startup", "stages", "sweep")
VERDICTS = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--full", action="store_true", help="larger cases, more repeats")
    parser.add_argument("--only", choices=NAMES, action="append", help="may be repeated")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser.parse_args()


def shown(value: float) -> str:
    """Return a number with three figures that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def main() -> int:
    asked = arguments()
    console = Console(width=None if sys.stdout.isatty() else 110)
    table = Table("", "what", "figure", "", "target", "verdict", header_style="bold")
    table.columns[2].justify = "right"
    found: list[tuple[str, Figure]] = []
    for name in asked.only or NAMES:
        start = time.perf_counter()
        for figure in importlib.import_module(f"benchmarks.speed.{name}").measure(asked.full):
            found.append((name, figure))
            verdict = VERDICTS[figure.met]
            table.add_row(
                name, figure.what, shown(figure.value), figure.unit, figure.target, verdict
            )
        table.add_section()
        Console(stderr=True).print(f"{name}: {time.perf_counter() - start:.0f} s", style="dim")
    console.print(table)
    missed = [figure.what for _, figure in found if figure.met is False]
    targets = sum(figure.met is not None for _, figure in found)
    console.print(f"{targets - len(missed)} of {targets} targets met")
    if asked.out:
        machine = {"cores": os.cpu_count(), "python": platform.python_version()}
        rows = [{"benchmark": name} | figure.row() for name, figure in found]
        text = json.dumps({"machine": machine, "figures": rows}, indent=1, ensure_ascii=False)
        asked.out.write_text(text + "\n", encoding="utf-8")
    return int(asked.check and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
