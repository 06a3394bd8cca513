"""Shifts: who is to work when? Weekly ones, replaced on dates of their own, in the operator's own time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core.models import User
from apps.operators.models import Shift, WeeklyShift

HORIZON = 60  # days looked ahead for the next shift
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of work, from–to."""

    begins: datetime
    ends: datetime

    def covers(self, at: datetime) -> bool:
        """The last moment itself is over."""
        return self.begins <= at < self.ends


class Plan:
    """The shifts of one operator, read once and asked without the database."""

    def __init__(self, time_zone: str, weekly: Iterable[WeeklyShift], dated: Iterable[Shift]) -> None:
        self.zone = ZoneInfo(time_zone)
        self._weekly: dict[int, list[WeeklyShift]] = defaultdict(list)
        for row in weekly:
            self._weekly[row.weekday].append(row)
        self._dated: dict[date, list[Shift]] = defaultdict(list)
        for shift in dated:
            self._dated[shift.date].append(shift)

    def between(self, start: datetime, end: datetime) -> list[Span]:
        """Shifts that touch this time, in order; those that touch each other are one."""
        first = start.astimezone(self.zone).date() - DAY
        last = end.astimezone(self.zone).date()
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        found = sorted((span for day in days for span in self._of(day)), key=lambda span: span.begins)
        return [span for span in _joined(found) if span.begins < end and span.ends > start]

    def at(self, moment: datetime) -> Span | None:
        """The shift that goes on at a moment. Seen a day ahead, so that one after midnight belongs to it."""
        return next((span for span in self.between(moment, moment + DAY) if span.covers(moment)), None)

    def next(self, moment: datetime) -> Span | None:
        """The first shift that begins after a moment; None within two months means: not in sight."""
        ahead = self.between(moment, moment + timedelta(days=HORIZON))
        return next((span for span in ahead if span.begins > moment), None)

    def _of(self, day: date) -> Iterator[Span]:
        for begins, ends in self._times(day):
            over = day + DAY if ends <= begins else day
            yield Span(self._moment(day, begins), self._moment(over, ends))

    def _moment(self, day: date, at: time) -> datetime:
        """In UTC: of one zone Python subtracts what the clock on the wall says, summer time or not."""
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def _times(self, day: date) -> list[tuple[time, time]]:
        if day in self._dated:
            return [(each.begins, each.ends) for each in self._dated[day] if each.begins and each.ends]
        return [
            (each.begins, each.ends)
            for each in self._weekly[day.weekday()]
            if (each.valid_from is None or each.valid_from <= day)
            and (each.valid_to is None or day <= each.valid_to)
        ]


def _joined(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for span in spans:
        if found and span.begins <= found[-1].ends:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def plans(operators: Iterable[int], start: datetime, end: datetime) -> dict[int, Plan]:
    """Plans of those of these operators who have shifts at all, now or later; good for this time. Four queries.

    Who has none is bound by none, so he is left out.
    """
    wanted = list(operators)
    first, last = (start - 2 * DAY).date(), (end + 2 * DAY).date()
    weekly, dated = _rows(wanted, first, last)
    bound = {*weekly, *dated, *_planned_later(wanted, first)}
    zones = User.objects.filter(pk__in=bound).values_list("pk", "time_zone")
    return {pk: Plan(zone, weekly.get(pk, ()), dated.get(pk, ())) for pk, zone in zones}


def _rows(
    operators: list[int], first: date, last: date
) -> tuple[dict[int, list[WeeklyShift]], dict[int, list[Shift]]]:
    weekly: defaultdict[int, list[WeeklyShift]] = defaultdict(list)
    for row in WeeklyShift.objects.filter(operator__in=operators).exclude(valid_to__lt=first):
        weekly[row.operator_id].append(row)
    dated: defaultdict[int, list[Shift]] = defaultdict(list)
    for shift in Shift.objects.filter(operator__in=operators, date__range=(first, last)):
        dated[shift.operator_id].append(shift)
    return weekly, dated


def _planned_later(operators: list[int], first: date) -> set[int]:
    """Whose only shifts have dates, none of them near."""
    later = Shift.objects.filter(operator__in=operators, date__gte=first, begins__isnull=False)
    return set(later.order_by().values_list("operator", flat=True).distinct())


def plan_of(operator_id: int, *, now: datetime) -> Plan | None:
    """One operator's plan, with a look ahead; None when he has no shifts."""
    return plans([operator_id], now, now + timedelta(days=HORIZON)).get(operator_id)
