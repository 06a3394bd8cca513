"""Lines that cannot cope send on to their reserves: ``services.overflow`` on the virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apps.analytics.whatif.cases import Case
from apps.operators.models import Overflow
from apps.routing.ruling.frozen import FrozenOverflow

if TYPE_CHECKING:
    from apps.analytics.whatif.simulator import Simulation

NEVER = datetime.min.replace(tzinfo=UTC)


class Overflowing:
    """Looks at the sweeps at which something can have become due, and at no others."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        lines = simulation.content.lines
        self._rules = {line.id: line.overflows for line in lines if line.overflows}
        self._asked: set[datetime] = set()

    def entered(self, case: Case) -> None:
        """Something stands in a line: when might it have to go on?"""
        for rule in self._rules.get(case.line, ()):
            if rule.by == Overflow.By.WAIT:
                self._look(case.entered + timedelta(seconds=rule.limit))
                if case.waiting is not None and case.waiting.kept_until is not None:
                    self._look(case.waiting.kept_until)
            elif rule.by == Overflow.By.NO_STAFF:
                since = self._without_staff_since(case.line)
                if since is not None:
                    self._look(max(since, self._simulation.day.begins) + timedelta(seconds=rule.limit))
            else:
                self._look(self._simulation.now)

    def staff_changed(self, operator: int) -> None:
        """Somebody came or left: lines that nobody serves any more send on after their limit."""
        for line in self._simulation.crew.members[operator].hand.lines:
            for rule in self._rules.get(line, ()):
                if rule.by == Overflow.By.NO_STAFF:
                    self._look(self._simulation.now + timedelta(seconds=rule.limit))

    def refused(self, case: Case) -> None:
        """Somebody refused it: when nobody else is left, it goes on after the limit."""
        for rule in self._rules.get(case.line, ()):
            if rule.by == Overflow.By.NO_STAFF:
                self._look(self._simulation.now + timedelta(seconds=rule.limit))

    def _look(self, moment: datetime) -> None:
        moment = max(moment, self._simulation.now)
        if moment not in self._asked:
            self._asked.add(moment)
            self._simulation.agenda.swept(moment, self._sweep)

    def _sweep(self) -> None:
        for line, rules in self._rules.items():
            for rule in rules:
                if self._takes(rule.reserve):
                    for case in self._excess(line, rule):
                        self._send_on(case, rule.reserve)
        self._simulation.look_again()

    def _takes(self, reserve: int) -> bool:
        """Whether the reserve line is on and open."""
        simulation = self._simulation
        is_on = simulation.day.house.lines.get(reserve, False)
        return is_on and simulation.doors.is_open(reserve, simulation.now)

    def _excess(self, line: int, rule: FrozenOverflow) -> list[Case]:
        now, waiting = self._simulation.now, self._simulation.queues.of_line(line)
        limit = timedelta(seconds=rule.limit)
        if rule.by == Overflow.By.WAIT:
            due = [case for case in waiting if case.entered + limit <= now]
            # Whoever is asked before the others is asked for the whole of his time.
            return [case for case in due if case.waiting and case.waiting.kept_now(now) is None]
        if rule.by == Overflow.By.LENGTH:
            return waiting[rule.limit :]
        since = self._without_staff_since(line)
        if since is not None:
            return waiting if since + limit <= now else []
        present = [member.hand.id for member in self._simulation.crew.of_line(line) if member.is_online]
        return [case for case in waiting if _refused_by_all(case, present, now - limit, now)]

    def _without_staff_since(self, line: int) -> datetime | None:
        """Since when nobody of the line is at work; None while somebody is."""
        members = self._simulation.crew.of_line(line)
        if any(member.is_online for member in members):
            return None
        return max((member.since for member in members), default=NEVER)

    def _send_on(self, case: Case, reserve: int) -> None:
        """It goes, as old as it is; nothing goes round in circles."""
        if reserve in case.overflowed:
            return
        self._simulation.leave(case)
        case.overflowed.add(case.line)
        case.line = reserve
        case.places.append((self._simulation.now, reserve))
        self._simulation.stand(case)


def _refused_by_all(case: Case, present: list[int], before: datetime, now: datetime) -> bool:
    """Whether each of these had refused it by then and is not asked again yet (``services.refusals``)."""
    if case.waiting is None or case.waiting.kept_now(now) is not None:
        return False
    return all(
        operator in case.refused
        and case.first_refused[operator] <= before
        and not case.waiting.asks_again(operator, now)
        for operator in present
    )
