"""What monitoring asks: how much does not hold, for how long, whether the watchdog is awake and the CRM answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from apps.conversations.access import Sight
from apps.conversations.models import Right
from apps.routing.models import Patrol, Violation
from apps.routing.services import lookups

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Open violations within a sight. ``seconds_since_look`` None: it never looked.

    ``lookups``: how often each came of asking the bank's system in the last hour, ``lookup_failures`` how many of
    them were no answer; None for whom not every line is.
    """

    open: int
    by_code: dict[str, int]
    oldest_seconds: float
    seconds_since_look: float | None
    lookups: dict[str, int] | None
    lookup_failures: int | None


def figures(sight: Sight, *, now: datetime) -> Figures:
    found = Violation.objects.filter(state=Violation.State.OPEN)
    lines = sight.lines(Right.METADATA)
    if lines is not None:
        found = found.filter(queue__in=lines)
    rows = list(found.order_by().values("code").annotate(number=Count("pk"), oldest=Min("first_seen")))
    oldest = min((row["oldest"] for row in rows), default=now)
    asked = lookups.outcomes(since=now - HOUR) if lines is None else None
    last = Patrol.objects.values_list("at", flat=True).first()
    return Figures(
        open=sum(row["number"] for row in rows),
        by_code={row["code"]: row["number"] for row in rows},
        oldest_seconds=round((now - oldest).total_seconds(), 1),
        seconds_since_look=round((now - last).total_seconds(), 1) if last else None,
        lookups=asked,
        lookup_failures=None if asked is None else lookups.failures(asked),
    )
