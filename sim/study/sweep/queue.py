"""Which trial a worker takes next: one whose people and ties it has built already."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from sim.study.sweep.trial import Trial


class Queue:
    """Trials that wait, those of one society together."""

    def __init__(self, trials: Iterable[Trial]) -> None:
        self._groups: dict[str, deque[Trial]] = {}
        self._count = 0
        for trial in trials:
            self.put(trial)

    def __len__(self) -> int:
        return self._count

    def has(self, society: str) -> bool:
        """Tell whether a trial of a society waits."""
        return society in self._groups

    def put(self, trial: Trial) -> None:
        """Add a trial behind the others of its society."""
        self._groups.setdefault(trial.society, deque()).append(trial)
        self._count += 1

    def take(self, held: str = "", elsewhere: Collection[str] = ()) -> Trial:
        """Remove and return a trial: of the society a worker holds, else of one that nobody holds,
        else of the one of which most is left.

        Raises:
            IndexError: none waits.
        """
        if not self._groups:
            raise IndexError("no trial waits")
        name = held if held in self._groups else self._other(elsewhere)
        group = self._groups[name]
        trial = group.popleft()
        self._count -= 1
        if not group:
            del self._groups[name]
        return trial

    def _other(self, elsewhere: Collection[str]) -> str:
        free = next((name for name in self._groups if name not in elsewhere), None)
        if free is not None:
            return free
        return max(self._groups, key=lambda name: len(self._groups[name]))
