"""Whether Erlang A tells the truth: lines of known arrivals and patience, played on the simulator of what-if.

The formula knows slots; the simulator knows operators with places, who are chosen and given work as the live
dispatcher does it. Only arrivals, handling and patience are drawn as the formula supposes them; it is asked with the
means that were drawn, so that what differs is not the luck of a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean

from apps.analytics.staffing.erlang import Load, Service, service
from apps.analytics.whatif import generated
from apps.analytics.whatif.day import Day
from apps.analytics.whatif.generated import LinePlan, Team
from apps.analytics.whatif.simulator import simulate
from apps.routing.ruling.frozen import Terms

# Shares may differ by so much, and the mean wait of all by so many seconds.
SHARE, SECONDS = 0.015, 2.0
LINE = 1
# Given at once, so that waiting ends when a place is free.
GIVEN = Terms(offering="automatic", accept_seconds=0, idle_minutes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A line: operators by how many conversations each leads at once, and its load as a part of their places."""

    teams: tuple[tuple[int, int], ...]
    occupancy: float
    handling: float = 240.0
    patience: float = 180.0
    within: float = 30.0

    @property
    def operators(self) -> int:
        return sum(size for size, _places in self.teams)

    @property
    def slots(self) -> int:
        return sum(size * places for size, places in self.teams)

    @property
    def load(self) -> Load:
        rate = self.occupancy * self.slots / self.handling
        return Load(rate=rate, handling=self.handling, patience=self.patience)


# From two conversations at once to five, from idle to overrun, from hasty to patient.
SMALL = (
    Case(teams=((4, 3),), occupancy=0.9),
    Case(teams=((10, 1),), occupancy=0.85, patience=600.0, within=60.0),
    # Half of them lead two at once and half three: two and a half on average.
    Case(teams=((4, 2), (4, 3)), occupancy=1.1, patience=120.0, within=20.0),
)
LARGE = tuple(
    Case(teams=teams, occupancy=occupancy, patience=patience, within=within)
    for teams in (((4, 1),), ((4, 3),), ((3, 2), (3, 3)), ((20, 3),))
    for occupancy in (0.7, 0.9, 1.2)
    for patience, within in ((60.0, 20.0), (300.0, 60.0))
)
# Of the large grid: fewer, and a day's luck is more than the deviation asked for.
CUSTOMERS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case: what the formula says, and what customers got who were played one by one."""

    case: Case
    customers: int
    formula: Service
    in_time: float
    abandoned: float
    wait: float

    @property
    def holds(self) -> bool:
        return (
            abs(self.in_time - self.formula.in_time) <= SHARE
            and abs(self.abandoned - self.formula.abandoned) <= SHARE
            and abs(self.wait - self.formula.wait) <= SECONDS
        )


def measure(cases: Sequence[Case], *, customers: int, seed: int) -> Iterator[Row]:
    """Case by case."""
    return (_row(case, _day(case, customers, seed)) for case in cases)


def _plan(case: Case) -> LinePlan:
    return LinePlan(
        id=LINE,
        work=case.handling,
        patience=case.patience,
        terms=GIVEN,
        works=generated.memoryless,
        replies=generated.at_once,
    )


def _day(case: Case, customers: int, seed: int) -> Day:
    teams = [Team(lines=(LINE,), size=size, places=places) for size, places in case.teams]
    hours = customers / case.load.rate / 3600
    return generated.day([_plan(case)], teams, occupancy=case.occupancy, hours=hours, seed=seed)


def _row(case: Case, day: Day) -> Row:
    # Who came while the empty line filled is not counted.
    steady = day.begins + timedelta(seconds=5 * case.handling)
    found = simulate(day, generated.content([_plan(case)])).outcomes
    played = [each for each in found if each.arrived >= steady]
    waits = [each.wait for each in played if each.wait is not None]
    lost = [(each.gave_up - each.arrived).total_seconds() for each in played if each.gave_up]
    return Row(
        case=case,
        customers=len(played),
        formula=service(_drawn(day), case.slots, within=case.within),
        in_time=sum(wait <= case.within for wait in waits) / len(played),
        abandoned=len(lost) / len(played),
        wait=fmean([*waits, *lost]),
    )


def _drawn(day: Day) -> Load:
    """The load as chance made it."""
    handlings = [each.handling for each in day.arrivals]
    return Load(
        rate=len(handlings) / (day.ends - day.begins).total_seconds(),
        handling=fmean(each.work for each in handlings),
        patience=fmean(each.patience for each in handlings if each.patience is not None),
    )
