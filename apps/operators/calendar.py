"""Business hours: is a line open at a moment, and when does it open next? In the line's own time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.operators.models import Calendar

HORIZON = 60  # days looked ahead for the next opening


class Hours:
    """A calendar read once (two queries) and asked without the database."""

    def __init__(self, calendar: Calendar) -> None:
        self.zone = ZoneInfo(calendar.time_zone)
        self._week: dict[int, list[tuple[time, time]]] = {}
        for interval in calendar.intervals.all():
            self._week.setdefault(interval.weekday, []).append((interval.opens, interval.closes))
        self._special = {each.date: each for each in calendar.exceptions.all()}

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

    def text(self, day: date) -> str:
        """The hours of a day as customers read them: "9:00–18:00", empty when closed."""
        return ", ".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in self._spans(day))

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in sorted(self._times(day)):
            ends = datetime.combine(day + timedelta(days=closes == time(0)), closes, self.zone)
            yield datetime.combine(day, opens, self.zone), ends

    def _times(self, day: date) -> list[tuple[time, time]]:
        special = self._special.get(day)
        if special is None:
            return self._week.get(day.weekday(), [])
        if special.opens is None or special.closes is None:
            return []
        return [(special.opens, special.closes)]


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    """Whether a line with this calendar is open; without a calendar it always is."""
    return calendar is None or Hours(calendar).is_open(at)
