"""A market so small that a trial takes milliseconds, and a strategy that misbehaves on demand.

What it does is an option of the scenario, so that a sweep can vary it; where it keeps notes is in
the environment, so that a scenario's digest does not depend on it.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from sim.merchants.strategy import Decision, Observation

NOTES = "FLOWTRIBE_TEST_NOTES"

SMALL: dict[str, Any] = {
    "name": "small",
    "days": 10,
    "consumers": {"count": 200, "need_rate": 0.2},
    "platforms": {"mall": {"visits_per_day": 0.8, "fee": 0.05}},
    "merchants": {
        "buyer": {"strategy": {"kind": "buy_traffic", "daily_budget": 50}},
        "trap": {
            "strategy": {"kind": "tests.study.sweep.traps:Trap", "review": 1, "does": "nothing"}
        },
    },
}
DOES = "merchants.trap.strategy.does"


class Trap:
    """``does``: nothing, fail, die, die_once, hog, wait."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.does = str(options["does"])

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        if observation.day == 0:
            note(f"{self.does} {os.getpid()}")
        if observation.day >= 5:
            self.act()
        return Decision()

    def act(self) -> None:
        once = Path(os.environ.get(NOTES, ".")) / "died"
        if self.does == "fail":
            raise KeyError("no plan")
        if self.does == "die" or (self.does == "die_once" and not once.exists()):
            if self.does == "die_once":
                once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "hog":
            np.ones(1 << 28).sum()  # 2 GiB
        if self.does == "wait":
            time.sleep(0.05)


def note(text: str) -> None:
    """Write down that a trial was begun."""
    folder = os.environ.get(NOTES)
    if folder:
        with open(Path(folder) / "begun", "a", encoding="utf-8") as file:
            file.write(text + "\n")


def begun(folder: Path) -> list[str]:
    """Return what was written down: what the trap was to do, and the process."""
    path = folder / "begun"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
