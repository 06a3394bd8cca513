"""A day or a week of a line: who will come, how many operators that needs, and how many shifts there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from apps.analytics.models import StaffingTarget
from apps.analytics.staffing import history
from apps.analytics.staffing.erlang import Load, operators_needed
from apps.analytics.staffing.forecast import QUARTERS, Forecast, forecast
from apps.analytics.staffing.history import Measured
from apps.operators.calendar import Hours
from apps.operators.models import Operator, Queue
from apps.operators.shifts import Plan, plans

QUARTER = timedelta(minutes=15)
# Where the past says nothing: one conversation at once, who waits ten minutes.
PATIENCE, SLOTS = 600.0, 1.0
# Days of history before which a forecast is a guess: each weekday twice.
SHORT = 14


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of an hour; ``needed`` includes who is on a break, as shifts do."""

    begins: datetime
    expected: float
    spread: float
    needed: int
    scheduled: int
    is_open: bool
    # Of a day that has begun: nothing can be planned for it any more.
    is_over: bool = False

    @property
    def missing(self) -> int:
        return 0 if self.is_over else max(0, self.needed - self.scheduled)

    @property
    def clock(self) -> str:
        """In the line's zone, whatever that of the reader is."""
        return f"{self.begins:%H:%M}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which operators are missing: how many at most, and its ends by the line's clock."""

    begins: str
    ends: str
    missing: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the plan, and from which days of the past it is known."""

    date: date
    quarters: Sequence[Quarter]
    known: Forecast
    is_special: bool

    @property
    def gaps(self) -> list[Gap]:
        """Quarters with too few that follow each other are one."""
        found: list[list[Quarter]] = []
        for each in self.quarters:
            if each.missing and found and found[-1][-1].begins + QUARTER == each.begins:
                found[-1].append(each)
            elif each.missing:
                found.append([each])
        return [
            Gap(run[0].clock, f"{run[-1].begins + QUARTER:%H:%M}", max(each.missing for each in run))
            for run in found
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """With what is reckoned, and whether it was measured or set."""

    handling: float | None
    handled: int
    slots: float
    slots_measured: bool
    patience: float
    patience_measured: bool
    patience_set: bool

    @property
    def handling_minutes(self) -> float:
        return (self.handling or 0.0) / 60

    @property
    def patience_minutes(self) -> float:
        return self.patience / 60


@dataclass(frozen=True, slots=True)
class Outlook:
    """A line's days. Without history or handling nothing is forecast, and ``days`` is empty.

    ``known``: from how many whole days of the past.
    """

    days: Sequence[Day]
    basis: Basis
    zone: ZoneInfo
    known: int = 0

    @property
    def is_short(self) -> bool:
        """Some weekdays were seen once or never."""
        return self.known < SHORT


def outlook(target: StaffingTarget, first: date, *, days: int, zone: ZoneInfo, now: datetime) -> Outlook:
    """The days from ``first`` on, in the zone of the line's hours or else in ``zone``.

    A fixed number of queries, however many days.
    """
    line = _line(target.queue_id)
    hours = Hours(line.calendar) if line.calendar else None
    zone = hours.zone if hours else zone
    today = now.astimezone(zone).date()
    basis = _basis(target, history.measured(line.pk, since=now - timedelta(weeks=target.weeks), until=now))
    past = history.arrivals(line.pk, zone, today=today, weeks=target.weeks)
    if not past or basis.handling is None:
        return Outlook([], basis, zone)
    planned = _planned(line, datetime.combine(first, datetime.min.time(), zone), days)
    needed = _needs(target, basis)
    found = [_day(first + timedelta(days=n), zone, hours, past, needed, planned, now) for n in range(days)]
    return Outlook(found, basis, zone, len(past))


def _line(number: int) -> Queue:
    lines = Queue.objects.select_related("calendar").prefetch_related(
        "calendar__intervals", "calendar__exceptions"
    )
    return lines.get(pk=number)


def _basis(target: StaffingTarget, found: Measured) -> Basis:
    return Basis(
        handling=found.handling,
        handled=found.handled,
        slots=float(target.slots) if target.slots else found.concurrency or SLOTS,
        slots_measured=target.slots is None and found.concurrency is not None,
        patience=float(target.patience_seconds or found.patience or PATIENCE),
        patience_measured=target.patience_seconds is None and found.patience is not None,
        patience_set=target.patience_seconds is not None,
    )


def _planned(line: Queue, start: datetime, days: int) -> list[Plan]:
    members = Operator.objects.filter(is_active=True, user__is_active=True, memberships__queue=line)
    return list(plans(members.values_list("pk", flat=True), start, start + timedelta(days=days)).values())


def _needs(target: StaffingTarget, basis: Basis) -> Callable[[float], int]:
    """Operators whose shifts are needed for so many arrivals in a quarter of an hour."""
    present = 1 - target.shrinkage_percent / 100

    @cache
    def needed(expected: float) -> int:
        load = Load(
            rate=expected / QUARTER.total_seconds(),
            handling=basis.handling or 0.0,
            patience=basis.patience,
        )
        found = operators_needed(
            load, each=basis.slots, share=target.percent / 100, within=float(target.seconds)
        )
        return math.ceil(found / present - 1e-9)

    return needed


def _day(
    day: date,
    zone: ZoneInfo,
    hours: Hours | None,
    past: dict[date, dict[int, int]],
    needed: Callable[[float], int],
    planned: Sequence[Plan],
    now: datetime,
) -> Day:
    is_special = hours.is_special if hours else (lambda _day: False)
    known = forecast(past, day, is_special=is_special)
    start = datetime.combine(day, datetime.min.time(), zone)
    end = start + timedelta(days=1)
    spans = [span for plan in planned for span in plan.between(start, end)]
    quarters = []
    for number in range(QUARTERS):
        begins = start + number * QUARTER
        is_open = hours is None or hours.is_open(begins)
        expected = known.quarters[number]
        middle = begins + QUARTER / 2
        quarters.append(
            Quarter(
                begins=begins,
                expected=expected.mean if is_open else 0.0,
                spread=expected.spread if is_open else 0.0,
                needed=needed(expected.mean) if is_open else 0,
                scheduled=sum(span.covers(middle) for span in spans),
                is_open=is_open,
                is_over=begins + QUARTER <= now,
            )
        )
    return Day(day, quarters, known, is_special(day))
