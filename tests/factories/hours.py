"""Lines with hours."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from apps.operators.models import Calendar, CalendarInterval, Queue
from tests.factories import organisation

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 20, 12, tzinfo=MOSCOW)
EVENING = datetime(2026, 11, 20, 17, 50, tzinfo=MOSCOW)  # ten minutes before closing
NIGHT = datetime(2026, 11, 20, 23, tzinfo=MOSCOW)
MORNING = datetime(2026, 11, 21, 9, tzinfo=MOSCOW)  # the next opening


def calendar(name: str = "Days") -> Calendar:
    """Every day from 9 to 18 in Moscow."""
    found, is_new = Calendar.objects.get_or_create(name=name)
    for weekday in range(7) if is_new else ():
        CalendarInterval.objects.create(calendar=found, weekday=weekday, opens="09:00", closes="18:00")
    return found


def common_line(**values: object) -> Queue:
    """The common line with these hours."""
    common = organisation.common_line()
    Queue.objects.filter(pk=common.pk).update(calendar=calendar(), **values)
    return Queue.objects.get(pk=common.pk)
