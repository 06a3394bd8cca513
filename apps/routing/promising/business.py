"""Time while a line is open: how much of it lies between two moments, and when so much will have passed.

``hours`` None means round the clock. All arithmetic is done on UTC moments: between two moments of one zone Python
subtracts what the wall shows, and an hour of summer time would come or go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

HORIZON = timedelta(days=400)  # a line that does not open in sight: what it owes is due then


class Opening(Protocol):
    """A calendar as this module asks it; ``operators.calendar.Hours`` is one."""

    zone: ZoneInfo

    def stretches(self, day: date) -> Iterable[tuple[datetime, datetime]]: ...


def open_time(hours: Opening | None, since: datetime, until: datetime) -> timedelta:
    """How long the line is open between two moments; nothing when they stand the wrong way round."""
    if until <= since:
        return timedelta()
    if hours is None:
        return until.astimezone(UTC) - since.astimezone(UTC)
    found = timedelta()
    for opens, closes in _stretches(hours, since):
        if opens >= until:
            break
        found += min(closes, until) - opens
    return found


def moment_after(hours: Opening | None, since: datetime, needed: timedelta) -> datetime:
    """The first moment at which the line has been open for ``needed`` since ``since``."""
    if needed <= timedelta():
        return since
    if hours is None:
        return since.astimezone(UTC) + needed
    for opens, closes in _stretches(hours, since):
        if closes - opens >= needed:
            return opens + needed
        needed -= closes - opens
    return since + HORIZON


def _stretches(hours: Opening, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches from ``since`` to the horizon in UTC: in order, none empty, none twice."""
    reached, day = since.astimezone(UTC), since.astimezone(hours.zone).date()
    for ahead in range(HORIZON.days):
        for opens, closes in hours.stretches(day + timedelta(days=ahead)):
            begins, ends = max(opens.astimezone(UTC), reached), closes.astimezone(UTC)
            # What overlaps is open once, and what summer time swallowed is not open at all.
            if begins < ends:
                yield begins, ends
                reached = ends
