"""What happens when, on the virtual clock; and the sweep, which finds what is due by time alone."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple


class Beat(NamedTuple):
    """A task that passes again and again; ``phase``: at which second it first does."""

    every: timedelta
    phase: timedelta = timedelta()


# As often as config.settings says ("routing-sweep", "routing-free-the-silent", "routing-attend"). Of two tasks in the
# same instant either may be first, and people are not served alike by both; so they pass at different seconds.
SWEEP = Beat(timedelta(seconds=2))
SILENCE = Beat(timedelta(seconds=20), timedelta(seconds=1))
ATTENDING = Beat(timedelta(seconds=10), timedelta(seconds=3))

Act = Callable[..., None]


class Agenda:
    """Acts by their moments; of one moment in the order in which they were written down."""

    def __init__(self, begins: datetime) -> None:
        self.now = begins
        self._begins = begins
        self._acts: list[tuple[datetime, int, Act, tuple[Any, ...]]] = []
        self._number = 0

    def at(self, moment: datetime, act: Act, *values: Any) -> None:
        """Do it then; what lies in the past is done at once."""
        self._number += 1
        heapq.heappush(self._acts, (max(moment, self.now), self._number, act, values))

    def after(self, seconds: float, act: Act, *values: Any) -> None:
        self.at(self.now + timedelta(seconds=seconds), act, *values)

    def swept(self, moment: datetime, act: Act, *values: Any, beat: Beat = SWEEP) -> None:
        """Do it when the first sweep from that moment on passes."""
        self.at(self.sweep_from(moment, beat), act, *values)

    def sweep_from(self, moment: datetime, beat: Beat = SWEEP) -> datetime:
        """When the first sweep from that moment on passes."""
        first = self._begins + beat.phase
        passed = -((first - max(moment, self.now)) // beat.every)
        return first + passed * beat.every

    def step(self) -> bool:
        """Everything of the next moment; False when nothing is left."""
        if not self._acts:
            return False
        self.now = self._acts[0][0]
        while self._acts and self._acts[0][0] == self.now:
            _moment, _number, act, values = heapq.heappop(self._acts)
            act(*values)
        return True
