"""What must never be, as one statement each: rows of (conversation, operator, line, what was seen).

Every statement reads open conversations, open stays or open reservations by the partial indexes made for them, so
its cost follows what is going on now and not what ever was. Nothing here changes anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from apps.conversations.models import Conversation, State
from apps.operators.models import Queue
from apps.routing.models import Breach, QueueEntry
from apps.routing.services import dispatch, hours, publishing, refusals, to_bot, upkeep

LIMIT = 200  # findings of one kind that one look takes up
LATE = 5  # seconds that anything may take after it became due
# A clock that a lost nudge did not begin is begun by the next mending, each half minute.
UNMENDED = timedelta(seconds=30 + LATE)
# How long what everybody has declined may wait before somebody is told.
UNWANTED = timedelta(minutes=1)
# Whether a policy promises anything to a conversation is asked of its story: of so many, the latest first.
STORIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where an invariant does not hold."""

    code: str
    conversation: int | None = None
    operator: int | None = None
    line: int | None = None
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int | None, int | None]:
        """What makes two findings the same one: of a conversation it is its operator that may change."""
        return (self.code, self.conversation, None if self.conversation else self.operator)


STATEMENTS: dict[str, str] = {
    Breach.NEW_TOO_LONG: """
SELECT v.id, NULL::bigint, v.line_id, jsonb_build_object('since', v.state_since)
FROM conversations_conversation v
WHERE v.state = 'new' AND NOT (v.state = 'closed') AND v.state_since < %(late)s""",
    Breach.QUEUED_WITHOUT_ENTRY: """
SELECT v.id, NULL::bigint, v.line_id, jsonb_build_object('state', v.state, 'since', v.state_since)
FROM conversations_conversation v
WHERE v.state IN ('queued', 'offline') AND NOT (v.state = 'closed') AND NOT EXISTS (
    SELECT 1 FROM routing_queueentry e WHERE e.conversation_id = v.id AND e.left_at IS NULL)""",
    Breach.ENTRY_WITHOUT_WAIT: """
SELECT v.id, NULL::bigint, e.queue_id, jsonb_build_object('state', v.state, 'entry', e.id)
FROM routing_queueentry e JOIN conversations_conversation v ON v.id = e.conversation_id
WHERE e.left_at IS NULL AND v.state NOT IN ('queued', 'offline')""",
    Breach.STAGE_DISAGREES: """
SELECT found.id, NULL::bigint, found.line_id, jsonb_build_object(
    'stage', found.stage, 'expected', found.expected, 'entry', found.entry, 'line', found.queue_id)
FROM (
    SELECT v.id, v.line_id, e.stage, e.id AS entry, e.queue_id, CASE WHEN v.state = 'offline' THEN 'offline'
        WHEN a.id IS NULL THEN 'waiting' ELSE 'offered' END AS expected
    FROM routing_queueentry e JOIN conversations_conversation v ON v.id = e.conversation_id
    LEFT JOIN routing_assignment a
        ON a.conversation_id = v.id AND a.ended_at IS NULL AND a.accepted_at IS NULL
    WHERE e.left_at IS NULL AND v.state IN ('queued', 'offline')) AS found
WHERE found.stage <> found.expected OR found.queue_id <> found.line_id""",
    Breach.ASSIGNED_WITHOUT_ASSIGNMENT: """
SELECT v.id, v.holder_id, v.line_id, jsonb_build_object('since', v.state_since)
FROM conversations_conversation v
WHERE v.state = 'assigned' AND NOT (v.state = 'closed') AND NOT EXISTS (
    SELECT 1 FROM routing_assignment a WHERE a.conversation_id = v.id AND a.ended_at IS NULL
        AND a.accepted_at IS NOT NULL AND a.operator_id = v.holder_id)""",
    Breach.ASSIGNMENT_WITHOUT_HOLD: """
SELECT v.id, a.operator_id, a.queue_id, jsonb_build_object('state', v.state, 'assignment', a.id)
FROM routing_assignment a JOIN conversations_conversation v ON v.id = a.conversation_id
WHERE a.ended_at IS NULL AND NOT (
    (a.accepted_at IS NULL AND v.state = 'queued')
    OR (a.accepted_at IS NOT NULL AND v.state = 'assigned' AND v.holder_id = a.operator_id))""",
    Breach.HOLDER_NOT_PARTICIPANT: """
SELECT v.id, v.holder_id, v.line_id, '{}'::jsonb
FROM conversations_conversation v
WHERE v.state = 'assigned' AND NOT (v.state = 'closed') AND NOT EXISTS (
    SELECT 1 FROM conversations_participant p WHERE p.conversation_id = v.id AND p.user_id = v.holder_id
        AND p.role = 'holder' AND p.until IS NULL)""",
    Breach.HOLDER_GONE: """
SELECT v.id, v.holder_id, v.line_id, jsonb_build_object('presence', p.state, 'gone', p.gone_since)
FROM conversations_conversation v
JOIN core_user u ON u.id = v.holder_id
JOIN operators_operator o ON o.user_id = v.holder_id
LEFT JOIN operators_presence p ON p.operator_id = v.holder_id
WHERE v.state = 'assigned' AND NOT (v.state = 'closed') AND (
    NOT u.is_active OR NOT o.is_active
    OR (p.state = 'offline' AND p.since < %(gone)s) OR p.gone_since < %(gone)s)""",
    Breach.OFFER_OVERDUE: """
SELECT a.conversation_id, a.operator_id, a.queue_id,
    jsonb_build_object('until', a.offer_until, 'assignment', a.id)
FROM routing_assignment a
WHERE a.ended_at IS NULL AND a.accepted_at IS NULL AND a.offer_until < %(late)s""",
    # A capacity that was lowered while he held more is no fault: it is met as conversations end.
    Breach.OVER_CAPACITY: """
SELECT NULL::bigint, o.user_id, NULL::bigint, jsonb_build_object('load', held.units, 'capacity', o.capacity)
FROM (
    SELECT a.operator_id, sum(a.units) AS units, max(a.started_at) AS last FROM routing_assignment a
    WHERE a.ended_at IS NULL AND a.freed_at IS NULL GROUP BY a.operator_id) AS held
JOIN operators_operator o ON o.user_id = held.operator_id
WHERE held.units > o.capacity AND held.last > COALESCE((
    SELECT max(h.pgh_created_at) FROM operators_operatorevent h WHERE h.pgh_obj_id = o.user_id), '-infinity')""",
    Breach.IDLE_DISAGREES: """
SELECT v.id, v.holder_id, v.line_id, jsonb_build_object('idle', v.idle, 'assignment', a.id)
FROM conversations_conversation v
JOIN routing_assignment a ON a.conversation_id = v.id AND a.ended_at IS NULL AND a.accepted_at IS NOT NULL
WHERE v.state = 'assigned' AND NOT (v.state = 'closed') AND v.idle <> (a.freed_at IS NOT NULL)""",
    Breach.IDLE_BUT_WRITTEN: """
SELECT v.id, v.holder_id, v.line_id, jsonb_build_object('since', v.awaiting_since)
FROM conversations_conversation v
WHERE v.state = 'assigned' AND NOT (v.state = 'closed') AND v.idle AND v.awaiting_since < %(late)s""",
    Breach.BOT_STAY_WITHOUT_BOT: """
SELECT v.id, s.account_id, v.line_id, jsonb_build_object('state', v.state, 'stay', s.id)
FROM routing_botstay s JOIN conversations_conversation v ON v.id = s.conversation_id
WHERE s.ended_at IS NULL AND v.state <> 'bot'""",
    Breach.BOT_GONE: """
SELECT v.id, NULL::bigint, v.line_id, jsonb_build_object('since', v.state_since)
FROM conversations_conversation v
WHERE v.state = 'bot' AND NOT (v.state = 'closed') AND NOT EXISTS (
    SELECT 1 FROM routing_botstay s WHERE s.conversation_id = v.id AND s.ended_at IS NULL)""",
    Breach.SNOOZE_OVERDUE: """
SELECT v.id, NULL::bigint, v.line_id, jsonb_build_object('until', v.snoozed_until)
FROM conversations_conversation v
WHERE v.snoozed_until IS NOT NULL AND v.snoozed_until < %(late)s""",
    Breach.UNANSWERED_WITHOUT_CLOCK: """
SELECT v.id, v.holder_id, v.line_id, jsonb_build_object('since', v.last_at)
FROM conversations_conversation v
WHERE NOT (v.state = 'closed') AND v.state <> 'bot' AND v.last_author = 'customer'
    AND v.awaiting_since IS NULL""",
}


def look(*, now: datetime, only: str | None = None) -> list[Finding]:
    """Everything that is not as it must be, or what one check says."""
    codes = [only] if only else list(Breach.values)
    return [finding for code in codes for finding in _found(code, now)]


def _found(code: str, now: datetime) -> Iterable[Finding]:
    if code == Breach.LEFT_WAITING:
        return _left_waiting(now)
    if code == Breach.NOBODY_LEFT:
        return _nobody_left(now)
    if code == Breach.OFFLINE_THOUGH_OPEN:
        return _offline_though_open(now)
    if code == Breach.UNANSWERED_WITHOUT_CLOCK:
        return [*_asked(code, now), *_without_promised_clock(now)]
    if code == Breach.BOT_GONE:
        return [*_asked(code, now), *_left_with_a_bot(now)]
    return _asked(code, now)


def _asked(code: str, now: datetime) -> list[Finding]:
    moment = now.timestamp()
    values: dict[str, datetime | int] = {
        "late": datetime.fromtimestamp(moment - LATE, now.tzinfo),
        "gone": datetime.fromtimestamp(moment - settings.OPERATOR_GRACE_SECONDS - LATE, now.tzinfo),
        "limit": LIMIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENTS[code] + "\nLIMIT %(limit)s", values)
        rows = cursor.fetchall()
    return [
        Finding(code=code, conversation=conversation, operator=operator, line=line, seen=json.loads(seen))
        for conversation, operator, line, seen in rows
    ]


def _left_waiting(now: datetime) -> list[Finding]:
    """What the dispatcher would give now: a moment before it does, this is as it must be; seconds later it is not."""
    matches, _looked_at, _more = dispatch.plan(publishing.current(now=now), now=now)
    return [
        Finding(
            code=Breach.LEFT_WAITING,
            conversation=each.waiting.conversation,
            operator=each.operator,
            line=each.waiting.line,
            seen={"entry": each.waiting.entry, "since": each.waiting.since.isoformat()},
        )
        for each in matches
    ]


def _nobody_left(now: datetime) -> list[Finding]:
    """Only what time alone does not change; for a minute an overflow or a colleague may still help."""
    found = refusals.nobody_left(before=now - UNWANTED, until=now + refusals.LONGEST, now=now)
    return [
        Finding(
            code=Breach.NOBODY_LEFT,
            conversation=each.conversation,
            line=each.line,
            seen={"entry": each.entry, "since": each.since.isoformat()},
        )
        for each in found[:LIMIT]
    ]


def _without_promised_clock(now: datetime) -> list[Finding]:
    """A policy promises an answer, and no clock runs for it."""
    numbers = upkeep.without_clock(now=now - UNMENDED, limit=STORIES)
    rows = Conversation.objects.filter(pk__in=numbers).values_list("pk", "holder", "line", "awaiting_since")
    return [
        Finding(
            code=Breach.UNANSWERED_WITHOUT_CLOCK,
            conversation=conversation,
            operator=operator,
            line=line,
            seen={"since": since.isoformat() if since else None, "promised": True},
        )
        for conversation, operator, line, since in rows
    ]


def _left_with_a_bot(now: datetime) -> list[Finding]:
    """What the sweep would take back now: a moment before it does, this is as it must be; seconds later it is not."""
    found = dict(to_bot.stranded(now=now))
    lines = Conversation.objects.filter(pk__in=found).values_list("pk", "line")
    return [
        Finding(code=Breach.BOT_GONE, conversation=number, line=line, seen={"because": str(found[number])})
        for number, line in lines
    ]


def _offline_though_open(now: datetime) -> list[Finding]:
    """Lines are few: which of them let in now is asked of their calendars."""
    waiting = Conversation.objects.filter(state=State.OFFLINE).order_by().values("line").distinct()
    lines = Queue.objects.filter(pk__in=waiting).select_related("calendar")
    still_open = [line.pk for line in lines if hours.lets_in(line, now)]
    found = QueueEntry.objects.filter(
        left_at__isnull=True, queue__in=still_open, conversation__state=State.OFFLINE
    )
    return [
        Finding(code=Breach.OFFLINE_THOUGH_OPEN, conversation=conversation, line=line)
        for conversation, line in found.values_list("conversation", "queue")[:LIMIT]
    ]
