"""A figure that was measured, its target, and how it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """What was measured. ``least`` and ``most`` are the target; without either there is none."""

    what: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    @property
    def target(self) -> str:
        """The target in words."""
        parts = [("≥", self.least), ("≤", self.most)]
        return " ".join(f"{sign} {number:g}" for sign, number in parts if number is not None)

    def row(self) -> dict[str, Any]:
        """Return the figure as JSON will have it."""
        return asdict(self) | {"met": self.met}


def in_turn(cases: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return each case's least value over ``rounds`` in which all cases take their turn.

    Taking turns spreads what else happens on the machine evenly; the least is what the case takes
    when it is left alone.
    """
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(rounds):
        for name, case in cases.items():
            best[name] = min(best[name], case())
    return best
