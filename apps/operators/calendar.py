"""Business hours: is a line open at a moment, and when does it open next? In the line's own time zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.operators.models import Calendar, ProductionDay, Queue

HORIZON = 60  # days looked ahead for the next opening
HOUR = timedelta(hours=1)  # by so much a day before a holiday is shorter
Times = list[tuple[time, time]]


def production_days() -> dict[date, ProductionDay]:
    """The country's production calendar: days that are not what their weekday says."""
    return {each.date: each for each in ProductionDay.objects.all()}


class Hours:
    """A calendar read once (two queries, a third where it follows the country's) and asked without the database.

    A special day of its own stands above the production calendar, and that above the week.
    """

    def __init__(self, calendar: Calendar, production: Mapping[date, ProductionDay] | None = None) -> None:
        """``production``: read before by who asks for many calendars."""
        self.zone = ZoneInfo(calendar.time_zone)
        self._production: Mapping[date, ProductionDay] = {}
        if calendar.follows_production:
            self._production = production_days() if production is None else production
        self._week: dict[int, list[tuple[time, time]]] = {}
        for interval in calendar.intervals.all():
            self._week.setdefault(interval.weekday, []).append((interval.opens, interval.closes))
        self._special = {each.date: each for each in calendar.exceptions.all()}

    def is_special(self, day: date) -> bool:
        """Whether a date has hours of its own: a holiday, a short day, a working Saturday."""
        return day in self._special or day in self._production

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` lies in open hours; the closing minute itself is closed."""
        day = at.astimezone(self.zone).date()
        return any(opens <= at < closes for opens, closes in self._spans(day))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first opening after ``at``; None within two months means: not in sight."""
        start = at.astimezone(self.zone).date()
        for ahead in range(HORIZON):
            for opens, _closes in self._spans(start + timedelta(days=ahead)):
                if opens > at:
                    return opens
        return None

    def closing(self, at: datetime) -> datetime | None:
        """The end of the open stretch in which ``at`` lies, over midnights; None: closed, or never within a week."""
        if not self.is_open(at):
            return None
        for _step in range(2 * 7):
            end = self._end_of_span(at)
            if not self.is_open(end):
                return end
            at = end
        return None

    def open_time(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time between two moments was open."""
        day, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        found = timedelta()
        while day <= last:
            for opens, closes in self._spans(day):
                found += max(timedelta(), min(_utc(closes), _utc(until)) - max(_utc(opens), _utc(since)))
            day += timedelta(days=1)
        return found

    def _end_of_span(self, at: datetime) -> datetime:
        day = at.astimezone(self.zone).date()
        return max(closes for opens, closes in self._spans(day) if opens <= at < closes)

    def text(self, day: date) -> str:
        """The hours of a day as customers read them: "9:00–18:00", empty when closed."""
        return ", ".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in self._spans(day))

    def stretches(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches of a day of the calendar's zone, in order."""
        return self._spans(day)

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in sorted(self._times(day)):
            ends = datetime.combine(day + timedelta(days=closes == time(0)), closes, self.zone)
            yield datetime.combine(day, opens, self.zone), ends

    def _times(self, day: date) -> Times:
        special = self._special.get(day)
        if special is None:
            return self._ordinary(day)
        if special.opens is None or special.closes is None:
            return []
        return [(special.opens, special.closes)]

    def _ordinary(self, day: date) -> Times:
        produced = self._production.get(day)
        if produced is None:
            return self._week.get(day.weekday(), [])
        if produced.kind == ProductionDay.Kind.OFF:
            return []
        weekday = day.weekday() if produced.hours_of is None else produced.hours_of
        times = self._week.get(weekday, [])
        return _shortened(times) if produced.kind == ProductionDay.Kind.SHORT else times


def _shortened(times: Times) -> Times:
    """The day ends an hour earlier; a stretch of which nothing is left is gone."""
    if not times:
        return []
    *before, (opens, closes) = sorted(times)
    # 24:00 is the midnight after: any day will do to count back from.
    end = datetime.combine(date(2000, 1, 1 + (closes == time(0))), closes) - HOUR
    return [*before, (opens, end.time())] if end.time() > opens and end.day == 1 else before


def _utc(moment: datetime) -> datetime:
    """Of one zone Python subtracts what the clock on the wall says, summer time or not."""
    return moment.astimezone(UTC)


def house_zone() -> str:
    """In which zone the bank's day begins: that of the common line's hours, else of most lines, else the settings'."""
    zones = Queue.objects.filter(calendar__isnull=False).values_list("calendar__time_zone", flat=True)
    common = zones.filter(is_default=True).first()
    usual = Counter(zones.order_by("pk")).most_common(1)
    return common or (usual[0][0] if usual else settings.TIME_ZONE)


def is_open(
    calendar: Calendar | None, at: datetime, production: Mapping[date, ProductionDay] | None = None
) -> bool:
    """Whether a line with this calendar is open; without a calendar it always is."""
    return calendar is None or Hours(calendar, production).is_open(at)


def closes_within(calendar: Calendar | None, at: datetime, *, minutes: int) -> bool:
    """Whether open hours end in so many minutes or fewer; a line without a calendar never closes."""
    if calendar is None or not minutes:
        return False
    closing = Hours(calendar).closing(at)
    return closing is not None and _utc(closing) - _utc(at) <= timedelta(minutes=minutes)
