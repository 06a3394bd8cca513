"""What a line's past says: arrivals, handling, conversations at once, patience. A fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from apps.routing.models import EntryReason

# Who comes anew, and not back. What came out of hours counts when its line opened, not before.
ANEW = [
    EntryReason.PLACED,
    EntryReason.REOPENED,
    EntryReason.TRANSFERRED,
    EntryReason.OVERFLOW,
    EntryReason.ESCALATED,
    EntryReason.OPENED,
]

_ARRIVALS = """
SELECT came::date, (extract(hour FROM came) * 4 + floor(extract(minute FROM came) / 15))::int, count(*)
FROM (
    SELECT entered_at AT TIME ZONE %(zone)s AS came FROM routing_queueentry
    WHERE queue_id = %(line)s AND entered_at >= %(since)s AND entered_at < %(until)s
        AND (left_at IS NULL OR left_at >= %(since)s) AND left_reason <> 'opened' AND reason = ANY(%(anew)s)
) e GROUP BY 1, 2
"""
_BEGUN = "SELECT min(entered_at) FROM routing_queueentry WHERE queue_id = %(line)s"

_HANDLING = """
SELECT avg(extract(epoch FROM COALESCE(freed_at, ended_at) - accepted_at)), count(*) FROM routing_assignment
WHERE queue_id = %(line)s AND accepted_at >= %(since)s AND accepted_at < %(until)s AND ended_at IS NOT NULL
"""
# Time of dialogues by time with at least one, of the line's members in whatever line they worked.
_CONCURRENCY = """
WITH held AS (
    SELECT operator_id, accepted_at AS since, COALESCE(freed_at, ended_at) AS until FROM routing_assignment
    WHERE accepted_at >= %(since)s AND accepted_at < %(until)s AND ended_at IS NOT NULL AND operator_id IN (
        SELECT operator_id FROM operators_queuemembership WHERE queue_id = %(line)s)
), after AS (
    SELECT since, until, max(until) OVER (
        PARTITION BY operator_id ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM held
)
SELECT sum(extract(epoch FROM until - since)),
    sum(GREATEST(0, extract(epoch FROM until - GREATEST(since, before))))
FROM after
"""
# Exponential patience with those who were served as censored: all waiting by those who gave up. Who left a contact
# instead gave up as well; what staff closed says as little of the customer as what they took.
_PATIENCE = """
SELECT sum(extract(epoch FROM e.left_at - e.entered_at)),
    count(*) FILTER (WHERE e.left_reason = 'closed' AND NOT EXISTS (
        SELECT 1 FROM core_event c WHERE c.subject_kind = 'conversation' AND c.subject_id = e.conversation_id
            AND c.kind = 'conversation.moved' AND c.at = e.left_at AND c.actor_kind <> 'customer'))
FROM routing_queueentry e WHERE e.queue_id = %(line)s AND e.left_at >= %(since)s AND e.left_at < %(until)s
    AND e.left_reason IN ('assigned', 'closed')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds of handling, conversations at once and seconds of patience; None where the past does not say."""

    handling: float | None
    handled: int
    concurrency: float | None
    patience: float | None


def measured(line_id: int, *, since: datetime, until: datetime) -> Measured:
    """Over all that was handled in a line in this time. Three statements."""
    asked = {"line": line_id, "since": since, "until": until}
    handling, handled = _row(_HANDLING, asked)
    dialogues, busy = _row(_CONCURRENCY, asked)
    waited, gave_up = _row(_PATIENCE, asked)
    return Measured(
        handling=float(handling) if handling else None,
        handled=handled,
        concurrency=max(1.0, float(dialogues / busy)) if busy else None,
        patience=float(waited / gave_up) if gave_up and waited else None,
    )


def arrivals(line_id: int, zone: ZoneInfo, *, today: date, weeks: int) -> dict[date, dict[int, int]]:
    """Arrivals of whole days before today, as many weeks back as asked or as there are; empty days are there too."""
    first = today - timedelta(weeks=weeks)
    begun = _row(_BEGUN, {"line": line_id})[0]
    if begun is None:
        return {}
    first = max(first, begun.astimezone(zone).date() + timedelta(days=1))
    found: dict[date, dict[int, int]] = defaultdict(dict)
    for number in range((today - first).days):
        found[first + timedelta(days=number)] = {}
    asked = {"line": line_id, "zone": zone.key, "anew": ANEW}
    since, until = (datetime.combine(day, datetime.min.time(), zone) for day in (first, today))
    for day, quarter, count in _rows(_ARRIVALS, {**asked, "since": since, "until": until}):
        found[day][quarter] = count
    return dict(found)


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _row(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    return _rows(statement, values)[0]
