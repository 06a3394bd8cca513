"""When lines of a simulated day are open."""

from __future__ import annotations

from datetime import datetime

from apps.analytics.whatif.day import Opening


class Doors:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def is_open(self, line: int, now: datetime) -> bool:
        spans = self._opening.get(line)
        return spans is None or any(opens <= now < closes for opens, closes in spans)

    def next_opening(self, line: int, now: datetime) -> datetime | None:
        """The first opening after now, of those that are known."""
        return min((opens for opens, _closes in self._opening.get(line, ()) if opens > now), default=None)
