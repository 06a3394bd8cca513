"""What the dispatcher reads: which lines can be served, what waits there, and everybody who could be asked.

A few statements. Most of the time one place became free: then only its lines, and their members, are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from apps.operators.models import Presence, Skill
from apps.routing.matching import pool
from apps.routing.matching.pool import UNIT, Hand, Waiting
from apps.routing.ruling.frozen import Content, Need
from apps.routing.services import refusals
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

# One look at each table for all of them, not one for each of them.
_HANDS = """
WITH asked AS MATERIALIZED (
    SELECT o.user_id AS id, o.capacity FROM operators_operator o
    JOIN core_user u ON u.id = o.user_id AND u.is_active
    WHERE o.is_active AND (
        o.user_id = ANY(%(only)s)
        OR o.user_id IN (SELECT m.operator_id FROM operators_queuemembership m WHERE m.queue_id = ANY(%(lines)s)))),
works AS (
    SELECT m.operator_id AS id, array_agg(m.queue_id) AS lines
    FROM operators_queuemembership m JOIN asked ON asked.id = m.operator_id GROUP BY m.operator_id),
knows AS (
    SELECT s.operator_id AS id, jsonb_object_agg(s.skill_id, s.level) AS skills
    FROM operators_skilllevel s JOIN asked ON asked.id = s.operator_id GROUP BY s.operator_id),
bound AS (
    SELECT l.operator_id AS id, jsonb_object_agg(l.kind, l.at_most) AS limits
    FROM routing_operatorlimit l JOIN asked ON asked.id = l.operator_id GROUP BY l.operator_id),
holds AS (
    SELECT each.id, jsonb_object_agg(each.kind, jsonb_build_array(each.number, each.units)) AS held FROM (
        SELECT a.operator_id AS id, a.kind, count(*) AS number, sum(a.units) AS units
        FROM routing_assignment a JOIN asked ON asked.id = a.operator_id
        WHERE a.ended_at IS NULL AND a.freed_at IS NULL GROUP BY a.operator_id, a.kind) AS each
    GROUP BY each.id)
SELECT asked.id, asked.capacity, p.state, p.gone_since IS NOT NULL, p.wrap_up_until, p.offers_until, p.since,
    works.lines, knows.skills, bound.limits, holds.held,
    (SELECT max(a.started_at) FROM routing_assignment a WHERE a.operator_id = asked.id),
    (SELECT max(a.ended_at) FROM routing_assignment a WHERE a.operator_id = asked.id),
    (SELECT max(a.freed_at) FROM routing_assignment a WHERE a.operator_id = asked.id AND a.ended_at IS NULL)
FROM asked
LEFT JOIN operators_presence p ON p.operator_id = asked.id
LEFT JOIN works ON works.id = asked.id
LEFT JOIN knows ON knows.id = asked.id
LEFT JOIN bound ON bound.id = asked.id
LEFT JOIN holds ON holds.id = asked.id
ORDER BY asked.id
"""

# What came back to a full holder stands first: matching serves it before what is new.
_FIRST = f"(e.kept_reason = 'holder' AND e.kept_for_id IS NOT NULL AND e.kept_until > %(now)s) DESC, {ORDER}"

# The first ones are chosen before anything else of them is read.
_OF_LINES = f"""
WITH first AS MATERIALIZED (
    SELECT e.* FROM routing_queueentry e JOIN operators_queue q ON q.id = e.queue_id
    WHERE e.stage = 'waiting' AND e.queue_id = ANY(%(lines)s)
    ORDER BY {_FIRST} LIMIT %(limit)s)"""  # noqa: S608 - the order is a constant of this app
_OF_CONVERSATION = """
WITH first AS MATERIALIZED (
    SELECT e.* FROM routing_queueentry e WHERE e.stage = 'waiting' AND e.conversation_id = %(conversation)s)"""
_WAITING = f"""
SELECT e.id, e.conversation_id, e.queue_id, q.live_priority, e.waiting_since, e.rank, e.due_at, c.kind,
    COALESCE(w.units, 1), e.needs, e.kept_for_id, e.kept_until, e.kept_reason,
    {refusals.BY_OPERATOR}
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
    skills, limits, held, given, let_go, silent = rest
    held_by_kind: dict[str, Any] = _json(held)
    return Hand(
        id=operator,
        lines=frozenset(lines or ()),
        absent=_absent(state, lost, offers_until, wrap_up_until, now),
        capacity=capacity * UNIT,
        load=sum(round(float(units) * UNIT) for _number, units in held_by_kind.values()),
        skills={int(skill): level for skill, level in _json(skills).items()},
        room_by_kind={kind: most - held_by_kind.get(kind, (0, 0))[0] for kind, most in _json(limits).items()},
        given_at=given,
        idle_since=_latest(since, given, let_go) or now,
        free_since=_latest(since, let_go, silent, wrap_up_until),
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


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
    rows = _asked(_OF_LINES + _WAITING, {"lines": sorted(lines), "now": now, "limit": limit})
    return _read(content, rows)


def waits(content: Content, conversation_id: int, *, now: datetime) -> Waiting | None:
    """One conversation as the dispatcher sees it; None while it does not wait."""
    rows = _asked(_OF_CONVERSATION + _WAITING, {"conversation": conversation_id, "now": now})
    return next(iter(_read(content, rows)), None)


def _read(content: Content, rows: Sequence[Sequence[Any]]) -> list[Waiting]:
    asked = {line.id: line.needs for line in content.lines}
    # Versions and stays name skills that may be deleted meanwhile: nobody could ever have those.
    known = languages() if _asks_for_skills(rows, asked) else {}
    return [_waiting(row, asked, known) for row in rows]


def _asks_for_skills(rows: Sequence[Sequence[Any]], asked: dict[int, tuple[Need, ...]]) -> bool:
    return any(_json(row[9]) or asked.get(row[2]) for row in rows)


def _waiting(row: Sequence[Any], asked: dict[int, tuple[Need, ...]], known: dict[int, str]) -> Waiting:
    entry, conversation, line, priority, since, rank, due_at, kind, units, needs, *rest = row
    kept_for, kept_until, kept_reason, refused = rest
    own = tuple(Need(skill=skill, level=level, relax=relax) for skill, level, relax in _json(needs) or ())
    needed, languages = needs_of(asked.get(line, ()) + own, known)
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
        needs=needed,
        languages=languages,
        kept_for=kept_for,
        kept_until=kept_until,
        returns=kept_reason == "holder",
        as_member=kept_reason == "last_operator",
        refused=refusals.read(_json(refused)),
    )


def languages() -> dict[int, str]:
    """Every skill with the language that it is, if it is one."""
    return dict(Skill.objects.values_list("pk", "language"))


def needs_of(asked: Iterable[Need], known: Mapping[int, str]) -> tuple[tuple[Need, ...], frozenset[int]]:
    """Of the skills asked for those that there are, and which of them are languages; ``known`` has each one's."""
    found = tuple(need for need in asked if need.skill in known)
    return found, frozenset(need.skill for need in found if known[need.skill])


def _json(value: Any) -> Any:
    """A cursor gives JSON as text."""
    if value is None:
        return {}
    return json.loads(value) if isinstance(value, str) else value


def _asked(statement: str, values: dict[str, Any]) -> list[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
