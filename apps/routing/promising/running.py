"""A clock that runs, stands still and runs on: seconds that have run, and the moment at which they are used up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from apps.routing.promising.business import Opening, moment_after, open_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """``spent`` seconds have run before ``resumed_at``; while that is None it stands still."""

    seconds: float
    spent: float = 0
    resumed_at: datetime | None = None

    def spent_at(self, moment: datetime, hours: Opening | None) -> float:
        """How much has run by then."""
        if self.resumed_at is None:
            return self.spent
        return self.spent + open_time(hours, self.resumed_at, moment).total_seconds()

    def paused(self, moment: datetime, hours: Opening | None) -> Self:
        return replace(self, spent=self.spent_at(moment, hours), resumed_at=None)

    def resumed(self, moment: datetime) -> Self:
        return self if self.resumed_at is not None else replace(self, resumed_at=moment)

    def due(self, hours: Opening | None) -> datetime | None:
        """When it is used up if it runs on; None while it stands still."""
        return self._reaching(self.seconds, hours)

    def warning(self, percent: int | None, hours: Opening | None) -> datetime | None:
        """When so much of it is used up; None without a percentage, or while it stands still."""
        return None if percent is None else self._reaching(self.seconds * percent / 100, hours)

    def _reaching(self, seconds: float, hours: Opening | None) -> datetime | None:
        if self.resumed_at is None:
            return None
        return moment_after(hours, self.resumed_at, timedelta(seconds=seconds - self.spent))
