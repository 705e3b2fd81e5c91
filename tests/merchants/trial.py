"""Strategies for the tests: each has one fault, or writes down what it sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.merchants.strategy import Decision, Observation


class Quiet:
    """Decides what its options say, always: any fields of ``Decision``."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.decision = Decision(
            **{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        )

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        return self.decision


class Diary(Quiet):
    """Writes down every observation (``pages`` by name) and a random number."""

    pages: dict[str, list[Observation]] = {}  # noqa: RUF012 - emptied by each test
    luck: dict[str, list[float]] = {}  # noqa: RUF012

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        Diary.pages.setdefault(observation.name, []).append(observation)
        Diary.luck.setdefault(observation.name, []).append(float(rng.random()))
        return self.decision


class Raises(Quiet):
    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        if observation.day >= 5:
            raise KeyError("no plan")
        return self.decision


class NotADecision(Quiet):
    def decide(self, observation: Observation, rng: np.random.Generator) -> Any:
        return {"budgets": {}}


class NegativeBudget(Quiet):
    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        return Decision(budgets={view.name: -1 for view in observation.platforms})


class FractionalBid(Quiet):
    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        return Decision(bids={view.name: 1.5 for view in observation.platforms})  # type: ignore[dict-item]


class OwnDice(Quiet):
    """Draws from a generator of its own, so no two are alike."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.rng = np.random.default_rng()

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        return Decision(staff=float(self.rng.random()))


class GlobalDice(Quiet):
    """Draws from numpy's global state."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        return Decision(staff=float(np.random.random()))


class Forgets(Quiet):
    """Divides by what a poor situation lacks."""

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        each = 100 // len(observation.platforms)
        return Decision(budgets={view.name: each for view in observation.platforms})


class Picky:
    """Refuses options it does not know."""

    def __init__(self, options: dict[str, Any]) -> None:
        if options:
            raise ValueError(f"no use for {sorted(options)}")

    def decide(self, observation: Observation, rng: np.random.Generator) -> Decision:
        return Decision(staff=float(rng.random()))


class NotAStrategy:
    """Has no method ``decide``."""
