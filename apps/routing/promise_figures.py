"""How promises were kept: shares by policy, public promise or line, of what was begun in a period.

Kept and broken are counted in the period in which the customer asked. What still runs and what does not count
(closed without an answer, nothing promised any more, force majeure) stands beside the share and not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, Q

from apps.routing.models import Clock, ClockState

By = Literal["policy", "promise", "line"]


@dataclass(frozen=True, slots=True)
class Share:
    kept: int = 0
    broken: int = 0
    running: int = 0
    cancelled: int = 0

    @property
    def n(self) -> int:
        """Of how many it is a share."""
        return self.kept + self.broken

    @property
    def percent(self) -> float | None:
        """None of nothing."""
        return round(100 * self.kept / self.n, 1) if self.n else None


def shares(
    by: By,
    *,
    since: datetime,
    until: datetime,
    only: Collection[int] | None = None,
    lines: Iterable[int] | None = None,
    kinds: Collection[str] = (),
) -> dict[int, Share]:
    """Shares of the clocks begun from ``since`` to before ``until``: of these policies, lines and kinds."""
    found = Clock.objects.filter(started_at__gte=since, started_at__lt=until, **{f"{by}__isnull": False})
    if only is not None:
        found = found.filter(**{f"{by}__in": only})
    if lines is not None:
        found = found.filter(line__in=lines)
    if kinds:
        found = found.filter(kind__in=kinds)
    rows = found.values(by).order_by(by).annotate(**_COUNTS)
    return {row.pop(by): Share(**row) for row in rows}


_COUNTS: dict[str, Any] = {
    "kept": Count("pk", filter=Q(state=ClockState.KEPT)),
    "broken": Count("pk", filter=Q(state=ClockState.BROKEN)),
    "running": Count("pk", filter=Q(state__in=(ClockState.RUNNING, ClockState.PAUSED))),
    "cancelled": Count("pk", filter=Q(state=ClockState.CANCELLED)),
}
