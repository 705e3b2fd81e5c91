"""A strategy that fails, so that a comparison has something to leave out."""

from __future__ import annotations

from typing import Any


class Stumbles:
    """Raises on its first decision."""

    def __init__(self, options: Any) -> None:
        self.options = options

    def decide(self, observation: Any, rng: Any) -> Any:
        raise RuntimeError("stumbled")
