"""What policies do at a warning and a breach: raising, and sending to another line. ``services.consequences``, played.

Tags and notices change nobody's wait, so they are left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from apps.analytics.whatif.cases import Case
from apps.analytics.whatif.promising import Alarm, Key
from apps.routing.models import PolicyAction

if TYPE_CHECKING:
    from apps.analytics.whatif.simulator import Simulation

Act = PolicyAction.Act


class Acting:
    """Looks at the sweeps at which a clock can have become due, and at no others."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation, self._promised = simulation, simulation.day.promised
        self._planned: set[tuple[int, Key, datetime]] = set()
        self._done: set[tuple[int, Key]] = set()

    def look(self, case: Case) -> None:
        """Its clocks may have begun or moved: when might something follow?"""
        if not self._promised.actions:
            return
        for alarm in self._promised.alarms(case, self._simulation.now):
            planned = (case.arrival.number, alarm.key, alarm.at)
            if planned not in self._planned:
                self._planned.add(planned)
                self._simulation.agenda.swept(alarm.at, self._sound, case)

    def follow(self, case: Case) -> None:
        """Somebody works on it from now on: the customer's next questions begin clocks of their own."""
        if not self._promised.actions:
            return
        self.look(case)
        for turn in case.arrival.handling.turns:
            if turn.asked > case.done:
                self._simulation.agenda.after(turn.asked - case.done, self.look, case)

    def _sound(self, case: Case) -> None:
        for alarm in list(self._promised.alarms(case, self._simulation.now)):
            key = (case.arrival.number, alarm.key)
            if alarm.at <= self._simulation.now and key not in self._done:
                self._done.add(key)
                self._carry_out(case, alarm)
        self.look(case)

    def _carry_out(self, case: Case, alarm: Alarm) -> None:
        for action in self._promised.actions[alarm.policy]:
            if action.moment != alarm.key.moment:
                continue
            if action.act == Act.RAISE and action.rank is not None:
                self._simulation.lift(case, action.rank)
            elif action.act == Act.MOVE and action.queue_id is not None:
                self._simulation.send_on(case, action.queue_id)
