"""The range that each simulated customer is shown when he joins a line, by the functions that live lines ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apps.analytics.whatif.gauges import MINUTE
from apps.routing.estimating import pace
from apps.routing.estimating.pace import Seen
from apps.routing.matching.pool import UNIT

if TYPE_CHECKING:
    from apps.analytics.whatif.simulator import Simulation

KEPT = timedelta(seconds=5)  # as services.estimates keeps what it has seen


class Estimates:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._kept: dict[int, tuple[datetime, Seen]] = {}

    def begin(self) -> None:
        """Write down the sums of each minute of the day."""
        moment = self._simulation.now
        while moment <= self._simulation.day.ends:
            self._simulation.agenda.at(moment, self._minute)
            moment += MINUTE

    def _minute(self) -> None:
        self._simulation.gauges.minute(self._simulation.now)

    def shown(self, line: int) -> tuple[int, int] | None:
        """What somebody who joins the line now reads; where he stands is always known anew."""
        found = pace.estimate(self._seen(line), ahead=self._simulation.queues.length(line))
        return (found.low, found.high) if found else None

    def _seen(self, line: int) -> Seen:
        now = self._simulation.now
        kept = self._kept.get(line)
        if kept is None or now - kept[0] >= KEPT:
            kept = self._kept[line] = (now, self._look(line))
        return kept[1]

    def _look(self, line: int) -> Seen:
        simulation = self._simulation
        online = [member for member in simulation.crew.of_line(line) if member.is_online]
        held = sum(member.held for member in online)
        unit = sum(member.hand.load for member in online) / held if held else UNIT
        free = sum(member.hand.capacity - member.hand.load for member in online if member.has_room)
        return simulation.gauges.seen(
            line,
            simulation.now,
            free=int(free / unit),
            places=int(sum(member.hand.capacity for member in online) / unit),
            waiting=simulation.queues.length,
            wrap_up=simulation.lines[line].terms.wrap_up_seconds,
        )
