"""What the dispatcher reads: which lines can be served, what waits there, and everybody who could be asked.

A few statements. Most of the time one place became free: then only its lines, and their members, are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from apps.operators.models import Presence, Skill
from apps.routing.matching import pool
from apps.routing.matching.pool import UNIT, Hand, Waiting
from apps.routing.ruling.frozen import Content, Need
from apps.routing.services.order import ORDER

# Lines in which something waits and a member, or whom it waits for, may have room: coarsely, matching looks closer.
_SERVED = """
WITH free AS MATERIALIZED (
    SELECT o.user_id AS id FROM operators_operator o
    JOIN core_user u ON u.id = o.user_id AND u.is_active
    JOIN operators_presence p ON p.operator_id = o.user_id AND p.state = 'online'
    LEFT JOIN (
        SELECT a.operator_id, sum(a.units) AS units FROM routing_assignment a
        WHERE a.ended_at IS NULL AND a.freed_at IS NULL GROUP BY a.operator_id) held ON held.operator_id = o.user_id
    WHERE o.is_active AND COALESCE(held.units, 0) < o.capacity)
SELECT q.id FROM operators_queue q
WHERE q.id = ANY(%(lines)s)
    AND EXISTS (SELECT 1 FROM routing_queueentry e WHERE e.queue_id = q.id AND e.stage = 'waiting')
    AND EXISTS (
        SELECT 1 FROM operators_queuemembership m JOIN free ON free.id = m.operator_id WHERE m.queue_id = q.id)
UNION
SELECT e.queue_id FROM routing_queueentry e JOIN free ON free.id = e.kept_for_id
WHERE e.stage = 'waiting' AND e.queue_id = ANY(%(lines)s)
"""

_HANDS = """
SELECT o.user_id, o.capacity, p.state, p.gone_since IS NOT NULL, p.wrap_up_until, p.offers_until, p.since,
    (SELECT array_agg(m.queue_id) FROM operators_queuemembership m WHERE m.operator_id = o.user_id),
    (SELECT jsonb_object_agg(s.skill_id, s.level) FROM operators_skilllevel s WHERE s.operator_id = o.user_id),
    (SELECT jsonb_object_agg(l.kind, l.at_most) FROM routing_operatorlimit l WHERE l.operator_id = o.user_id),
    (SELECT jsonb_object_agg(held.kind, jsonb_build_array(held.number, held.units)) FROM (
        SELECT a.kind, count(*) AS number, sum(a.units) AS units FROM routing_assignment a
        WHERE a.operator_id = o.user_id AND a.ended_at IS NULL AND a.freed_at IS NULL GROUP BY a.kind) held),
    (SELECT max(a.started_at) FROM routing_assignment a WHERE a.operator_id = o.user_id),
    (SELECT max(a.ended_at) FROM routing_assignment a WHERE a.operator_id = o.user_id)
FROM operators_operator o
JOIN core_user u ON u.id = o.user_id AND u.is_active
LEFT JOIN operators_presence p ON p.operator_id = o.user_id
WHERE o.is_active AND (
    o.user_id = ANY(%(only)s)
    OR o.user_id IN (SELECT m.operator_id FROM operators_queuemembership m WHERE m.queue_id = ANY(%(lines)s)))
ORDER BY o.user_id
"""

# What came back to a full holder stands first: matching serves it before what is new.
_FIRST = f"(e.kept_reason = 'holder' AND e.kept_for_id IS NOT NULL AND e.kept_until > %(now)s) DESC, {ORDER}"

# The first ones are chosen before anything else of them is read.
_WAITING = f"""
WITH first AS MATERIALIZED (
    SELECT e.* FROM routing_queueentry e JOIN operators_queue q ON q.id = e.queue_id
    WHERE e.stage = 'waiting' AND e.queue_id = ANY(%(lines)s)
    ORDER BY {_FIRST} LIMIT %(limit)s)
SELECT e.id, e.conversation_id, e.queue_id, q.live_priority, e.waiting_since, e.rank, e.due_at, c.kind,
    COALESCE(w.units, 1), e.needs, e.kept_for_id, e.kept_until, e.kept_reason,
    (SELECT jsonb_object_agg(r.operator_id, jsonb_build_array(r.times, r.last)) FROM (
        SELECT a.operator_id, count(*) AS times, max(a.ended_at) AS last FROM routing_assignment a
        WHERE a.entry_id = e.id AND a.end_reason IN ('declined', 'timed_out') GROUP BY a.operator_id) r)
FROM first e
JOIN operators_queue q ON q.id = e.queue_id
JOIN conversations_conversation v ON v.id = e.conversation_id
JOIN support_channels_channel c ON c.id = v.channel_id
LEFT JOIN routing_kindweight w ON w.kind = c.kind
ORDER BY {_FIRST}
"""  # noqa: S608 - the order is a constant of this app


def served(lines: Iterable[int]) -> set[int]:
    """Of these lines those that have something to give and, perhaps, somebody to take it."""
    return {line for (line,) in _asked(_SERVED, {"lines": sorted(lines)})}


def hands(now: datetime, *, lines: Iterable[int] = (), only: Iterable[int] = ()) -> list[Hand]:
    """Members of these lines, at work or not, and these operators besides, of those who work here."""
    rows = _asked(_HANDS, {"lines": sorted(lines), "only": sorted(only)})
    return [_hand(row, now) for row in rows]


def _hand(row: Sequence[Any], now: datetime) -> Hand:
    operator, capacity, state, lost, wrap_up_until, offers_until, since, lines, *rest = row
    skills, limits, held, given, let_go = rest
    held_by_kind: dict[str, Any] = _json(held)
    moments = [moment for moment in (since, given, let_go) if moment is not None]
    return Hand(
        id=operator,
        lines=frozenset(lines or ()),
        absent=_absent(state, lost, offers_until, wrap_up_until, now),
        capacity=capacity * UNIT,
        load=sum(round(float(units) * UNIT) for _number, units in held_by_kind.values()),
        skills={int(skill): level for skill, level in _json(skills).items()},
        room_by_kind={kind: most - held_by_kind.get(kind, (0, 0))[0] for kind, most in _json(limits).items()},
        given_at=given,
        idle_since=max(moments, default=now),
    )


def _absent(
    state: str | None,
    lost: bool,
    offers_until: datetime | None,
    wrap_up_until: datetime | None,
    now: datetime,
) -> str:
    if state is None or state == Presence.State.OFFLINE:
        return pool.OFFLINE
    if state == Presence.State.BREAK:
        return pool.BREAK
    if lost:
        return pool.LOST
    if offers_until is not None and offers_until <= now:
        return pool.OFF_SHIFT
    return pool.WRAP_UP if wrap_up_until is not None and wrap_up_until > now else ""


def waiting(content: Content, lines: Iterable[int], *, now: datetime, limit: int) -> list[Waiting]:
    """What waits in these lines, first served first."""
    asked = {line.id: line.needs for line in content.lines}
    rows = _asked(_WAITING, {"lines": sorted(lines), "now": now, "limit": limit})
    known = set(Skill.objects.values_list("pk", flat=True))
    return [_waiting(row, asked, known) for row in rows]


def _waiting(row: Sequence[Any], asked: dict[int, tuple[Need, ...]], known: set[int]) -> Waiting:
    entry, conversation, line, priority, since, rank, due_at, kind, units, needs, *rest = row
    kept_for, kept_until, kept_reason, refused = rest
    own = tuple(Need(skill=skill, level=level, relax=relax) for skill, level, relax in _json(needs) or ())
    return Waiting(
        entry=entry,
        conversation=conversation,
        line=line,
        priority=priority,
        since=since,
        rank=rank,
        due_at=due_at,
        kind=kind,
        units=round(units * UNIT),
        # Versions and stays name skills that may be deleted meanwhile: nobody could ever have those.
        needs=tuple(need for need in asked.get(line, ()) + own if need.skill in known),
        kept_for=kept_for,
        kept_until=kept_until,
        returns=kept_reason == "holder",
        refused={
            int(operator): (times, datetime.fromisoformat(last))
            for operator, (times, last) in _json(refused).items()
        },
    )


def _json(value: Any) -> Any:
    """A cursor gives JSON as text."""
    if value is None:
        return {}
    return json.loads(value) if isinstance(value, str) else value


def _asked(statement: str, values: dict[str, Any]) -> list[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
