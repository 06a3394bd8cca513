"""Whether what-if tells the truth: a day of the live dispatcher, read from its rows and played by the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.analytics.history import live_day, reading
from apps.analytics.history.live_day import Plan
from apps.analytics.whatif.figures import LineFigures, figures
from apps.analytics.whatif.generated import LinePlan, Team
from apps.analytics.whatif.simulator import simulate
from apps.routing.ruling.frozen import Terms
from apps.routing.services import publishing

AT_MOST = 0.05
WITHIN = 60.0  # seconds of the service level that is printed beside

_ASKED = Terms(offering="automatic", accept_seconds=20, prefers_last_seconds=0, wrap_up_seconds=10)
_GIVEN = Terms(offering="automatic", policy="longest_idle", idle_minutes=3, own_wait_seconds=60)
_LINES = (
    LinePlan(id=1, priority=20, part=2.0, work=240.0, terms=_ASKED),
    LinePlan(id=2, priority=0, part=4.0, work=300.0, terms=_GIVEN),
    LinePlan(id=3, priority=0, part=3.0, work=360.0, terms=_ASKED),
)
SMALL = Plan(
    lines=_LINES,
    teams=(Team(lines=(1, 2), size=3, places=2), Team(lines=(2, 3), size=3, places=2)),
    occupancy=0.97,
    hours=0.25,
    seed=4,
)
FULL = replace(SMALL, hours=3.0, seed=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One line: what the live dispatcher did, and what the simulator says of the same day and rules."""

    live: LineFigures
    simulated: LineFigures

    @property
    def mean(self) -> float:
        return _part(self.live.mean, self.simulated.mean)

    @property
    def p90(self) -> float:
        return _part(self.live.p90, self.simulated.p90)

    @property
    def holds(self) -> bool:
        return self.mean <= AT_MOST and self.p90 <= AT_MOST


def prove(plan: Plan) -> Sequence[Deviation]:
    """Line by line. It writes a day's rows: the caller's transaction is rolled back."""
    wanted = live_day.produce(plan)
    content = publishing.current(now=wanted.begins)
    past = reading.read(wanted.begins, wanted.ends, [content])
    played = simulate(past.day, content)
    live = figures(past.happened, past.works, within=WITHIN, until=wanted.ends).lines
    simulated = {each.line: each for each in played.figures(within=WITHIN).lines}
    return [Deviation(live=each, simulated=simulated[each.line]) for each in live]


def _part(live: float | None, simulated: float | None) -> float:
    return abs((simulated or 0.0) - live) / live if live else 0.0
