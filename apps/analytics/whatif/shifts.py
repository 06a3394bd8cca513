"""Shifts that bind: nobody is offered anything out of his own, and who has nothing left then goes home.

As ``operators.services.attendance`` and ``routing.services.attendance`` do it, on the virtual clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.analytics.whatif.agenda import ATTENDING
from apps.analytics.whatif.day import Bound
from apps.routing.matching import pool

if TYPE_CHECKING:
    from apps.analytics.whatif.simulator import Simulation


class Shifts:
    """Of those whom the day's shifts bind; nobody else is in here."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._of = {
            pk: bounds for pk, bounds in simulation.day.shifts.items() if pk in simulation.crew.members
        }
        # As the log of that day has him, whether his shift lets him or not.
        self._wanted: dict[int, str] = {}

    def begin(self) -> None:
        for operator, bounds in self._of.items():
            self._follow(operator)
            for bound in bounds:
                for moment in (bound.begins, bound.until, bound.ends):
                    if moment > self._simulation.now:
                        self._simulation.agenda.at(moment, self._follow, operator)

    def allowed(self, operator: int, presence: str) -> str:
        """Where he may be: who has gone home does not come out of his shift. Who began the day at work is there."""
        if operator not in self._of:
            return presence
        self._wanted[operator] = presence
        began = self._simulation.now <= self._simulation.day.begins
        at_home = self._simulation.crew.members[operator].presence == pool.OFFLINE
        return pool.OFFLINE if at_home and not began and self._now(operator) is None else presence

    def let_go(self, operator: int) -> None:
        """Something left him: if it was the last and his shift is over, he goes home."""
        if operator in self._of and self._now(operator) is None:
            self._simulation.agenda.swept(self._simulation.now, self._go_home, operator, beat=ATTENDING)

    def _now(self, operator: int) -> Bound | None:
        now = self._simulation.now
        return next((bound for bound in self._of[operator] if bound.begins <= now < bound.ends), None)

    def _follow(self, operator: int) -> None:
        """A shift begins, gives nothing new any more, or is over."""
        simulation, bound = self._simulation, self._now(operator)
        is_offered = bound is not None and simulation.now < bound.until
        simulation.crew.bind(operator, simulation.now, off_shift=not is_offered)
        if bound is None:
            self.let_go(operator)
            return
        wanted = self._wanted.get(operator, pool.OFFLINE)
        if simulation.crew.members[operator].presence == pool.OFFLINE and wanted != pool.OFFLINE:
            simulation.be(operator, wanted)
        simulation.look_again()

    def _go_home(self, operator: int) -> None:
        is_here = self._simulation.crew.members[operator].presence != pool.OFFLINE
        if is_here and self._now(operator) is None and not self._simulation.has_something(operator):
            self._simulation.be(operator, pool.OFFLINE)
