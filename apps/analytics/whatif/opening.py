"""When lines of a simulated day are open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from apps.analytics.whatif.day import Opening


class Doors:
    def __init__(self, opening: Opening, last_minutes: Mapping[int, timedelta]) -> None:
        self._opening, self._last_minutes = opening, last_minutes

    def is_open(self, line: int, now: datetime) -> bool:
        spans = self._opening.get(line)
        return spans is None or any(opens <= now < closes for opens, closes in spans)

    def takes_new(self, line: int, now: datetime) -> bool:
        """Open, and not in the last minutes in which only those who come back are let in."""
        spans, last = self._opening.get(line), self._last_minutes.get(line, timedelta())
        return spans is None or any(opens <= now < closes and closes - now > last for opens, closes in spans)

    def next_opening(self, line: int, now: datetime) -> datetime | None:
        """The first opening after now, of those that are known."""
        return min((opens for opens, _closes in self._opening.get(line, ()) if opens > now), default=None)
