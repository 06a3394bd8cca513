"""Who has refused what waits: from when on he may be asked again, and what nobody at work may be asked any more.

One rule. Who missed an offer may be asked again after ``matching.PAUSE``; who declined it, after the minutes of his
reason (without one, after ``DECLINED``), and where the reason says so, not before the customer has written more. It
is forgotten with the stay: in another line, or when the conversation comes back, everybody is asked anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from apps.routing.matching.matching import PAUSE
from apps.routing.matching.pool import NEVER

# How long who declined without a reason is not asked again.
DECLINED = timedelta(minutes=5)
# The longest that a reason may say.
LONGEST = timedelta(days=1)

REFUSED = "a.end_reason IN ('declined', 'timed_out')"
_REASON = "LEFT JOIN operators_declinereason d ON d.id = a.decline_reason_id"
# From when on the operator of a refused offer (a, with its reason d) may be asked again.
_AGAIN_AT = f"""CASE
    WHEN a.end_reason = 'timed_out' THEN a.ended_at + interval '{PAUSE.seconds} s'
    WHEN d.until_written AND NOT EXISTS (
        SELECT FROM conversations_message m WHERE m.conversation_id = a.conversation_id
            AND m.author_kind = 'customer' AND m.at > a.ended_at) THEN timestamptz '{NEVER.isoformat()}'
    ELSE a.ended_at + make_interval(mins => COALESCE(d.again_minutes, {DECLINED.seconds // 60})) END"""
# Of a stay (e): {operator: [how often he refused it, from when on he may be asked again]}.
BY_OPERATOR = f"""(
    SELECT jsonb_object_agg(r.operator_id, jsonb_build_array(r.times, r.again_at)) FROM (
        SELECT a.operator_id, count(*) AS times, max({_AGAIN_AT}) AS again_at
        FROM routing_assignment a {_REASON}
        WHERE a.entry_id = e.id AND {REFUSED} GROUP BY a.operator_id) r)"""  # noqa: S608 - made of constants of this module

_NOBODY_LEFT = f"""
WITH present AS MATERIALIZED (
    SELECT m.queue_id, m.operator_id FROM operators_queuemembership m
    JOIN operators_presence p ON p.operator_id = m.operator_id AND p.state = 'online' AND p.gone_since IS NULL
    JOIN operators_operator o ON o.user_id = m.operator_id AND o.is_active)
SELECT e.id, e.conversation_id, e.queue_id, e.entered_at
FROM routing_queueentry e
WHERE e.stage = 'waiting' AND (%(line)s::bigint IS NULL OR e.queue_id = %(line)s)
    AND (e.kept_until IS NULL OR e.kept_until <= %(now)s)
    AND EXISTS (SELECT FROM routing_assignment a WHERE a.entry_id = e.id AND {REFUSED})
    AND EXISTS (SELECT FROM present WHERE present.queue_id = e.queue_id)
    AND NOT EXISTS (
        SELECT FROM present WHERE present.queue_id = e.queue_id AND NOT EXISTS (
            SELECT FROM routing_assignment a {_REASON}
            WHERE a.entry_id = e.id AND a.operator_id = present.operator_id AND {REFUSED}
            HAVING min(a.ended_at) <= %(before)s AND max({_AGAIN_AT}) > %(until)s))
ORDER BY e.id
"""  # noqa: S608 - made of constants of this module


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A stay that nobody at work in its line may be asked to take."""

    entry: int
    conversation: int
    line: int
    since: datetime


def nobody_left(
    *, before: datetime, until: datetime, now: datetime, line_id: int | None = None
) -> list[Unwanted]:
    """What everybody at work in its line (None: in each line) has refused by ``before``, and is not asked again by
    ``until``.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOBODY_LEFT, {"before": before, "until": until, "now": now, "line": line_id})
        return [Unwanted(*row) for row in cursor.fetchall()]


def read(refused: Any) -> dict[int, tuple[int, datetime]]:
    """What ``BY_OPERATOR`` found."""
    found: Iterable[tuple[str, tuple[int, str]]] = (refused or {}).items()
    return {int(operator): (times, datetime.fromisoformat(at)) for operator, (times, at) in found}
