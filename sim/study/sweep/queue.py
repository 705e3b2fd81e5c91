"""Which trial a worker takes next: one whose people and ties it has built already."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from sim.study.sweep.trial import Trial


class Queue:
    """Trials that wait, those of one society together."""

    def __init__(self, trials: Iterable[Trial]) -> None:
        self._groups: dict[str, deque[Trial]] = {}
        for trial in trials:
            self.put(trial)

    def __len__(self) -> int:
        return sum(len(group) for group in self._groups.values())

    def has(self, society: str) -> bool:
        """Tell whether a trial of a society waits."""
        return society in self._groups

    def put(self, trial: Trial) -> None:
        """Add a trial behind the others of its society."""
        self._groups.setdefault(trial.society, deque()).append(trial)

    def take(self, held: str = "", elsewhere: Collection[str] = ()) -> Trial:
        """Remove and return a trial: of the society a worker holds, else of one that nobody holds,
        else of the one of which most is left.

        Raises:
            IndexError: none waits.
        """
        if not self._groups:
            raise IndexError("no trial waits")
        if held in self._groups:
            name = held
        else:
            free = [name for name in self._groups if name not in elsewhere]
            name = free[0] if free else max(self._groups, key=lambda n: len(self._groups[n]))
        group = self._groups[name]
        trial = group.popleft()
        if not group:
            del self._groups[name]
        return trial
