"""How long a customer of a line will wait now: a range from who is at work, how fast they are, and who goes before.

What was seen of a line is read in three statements and kept for a few seconds in this process, so that a thousand
customers who look at their place cost as much as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db import connection

from apps.operators.models import Queue
from apps.routing.estimating import pace
from apps.routing.estimating.pace import Seen
from apps.routing.estimating.ranges import Range
from apps.routing.estimating.spread import Spread
from apps.routing.ruling.frozen import Terms
from apps.routing.services import publishing

KEPT = timedelta(seconds=5)
# The last half hour tells most of now; where too little ended in it, longer ago is better than nothing.
WINDOWS = (timedelta(minutes=30), timedelta(hours=4), timedelta(days=7))

_kept: dict[int, tuple[datetime, Seen]] = {}
_lock = Lock()


def estimate(line_id: int, *, now: datetime, ahead: int | None = None) -> Range | None:
    """Seconds until an operator answers whoever has ``ahead`` others of the line before him (None: all who wait).

    None where nobody of the line is at work, or where nothing is known of its pace yet.
    """
    return pace.estimate(seen(line_id, now=now), ahead=ahead)


def seen(line_id: int, *, now: datetime) -> Seen:
    """The line's state and pace, as old as ``KEPT`` at most."""
    with _lock:
        found = _kept.get(line_id)
    if found is not None and timedelta(0) <= now - found[0] < KEPT:
        return found[1]
    fresh = look(line_id, now=now)
    with _lock:
        _kept[line_id] = (now, fresh)
    return fresh


def forget() -> None:
    """Look anew at every line."""
    with _lock:
        _kept.clear()


def look(line_id: int, *, now: datetime) -> Seen:
    """What can be seen of the line now, over the shortest stretch of time in which enough happened."""
    terms = publishing.current(now=now).terms_of(line_id)
    found = _look(line_id, terms, WINDOWS[0], now)
    for window in WINDOWS[1:]:
        if not found.places or found.ends >= pace.FEWEST_ENDS:
            break
        found = _look(line_id, terms, window, now)
    return found


def _look(line_id: int, terms: Terms, window: timedelta, now: datetime) -> Seen:
    priority = Queue.objects.values_list("live_priority", flat=True).get(pk=line_id)
    asked = {"line": line_id, "priority": priority, "since": now - window, "now": now}
    units, places, free = _one(_PLACES, asked)
    ends, held, overtakers, count, mean, variance = _one(_WORK, asked)
    waiting, longest, elsewhere, left, waited = _one(_WAITING, asked)
    answering = Spread(mean, max(variance, 1.0)) if count >= pace.FEWEST_ENDS else pace.UNKNOWN_ANSWER
    return Seen(
        free=int(free / units),
        places=int(places / units),
        waiting=waiting,
        passed_over=0.0 if terms.offers else longest,
        elsewhere=elsewhere,
        held=held,
        ends=ends,
        wrap_up=terms.wrap_up_seconds,
        overtaking=overtakers / window.total_seconds(),
        leaving=left / waited if waited else 0.0,
        answering=answering,
    )


def _one(statement: str, asked: dict[str, Any]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        row: Sequence[Any] = cursor.fetchone()
        return row


_HANDS = """
hands AS (
    SELECT o.user_id, o.capacity, COALESCE(p.wrap_up_until > %(now)s, false) AS writes_up
    FROM operators_queuemembership m
    JOIN operators_operator o ON o.user_id = m.operator_id AND o.is_active
    JOIN operators_presence p ON p.operator_id = o.user_id AND p.state = 'online' AND p.gone_since IS NULL
    WHERE m.queue_id = %(line)s
)
"""

# Units of what they hold on average, units they have, and of those the free ones.
_PLACES = f"""
WITH {_HANDS}, held AS (
    SELECT a.operator_id, sum(a.units) AS units, count(*) AS number FROM routing_assignment a
    JOIN hands ON hands.user_id = a.operator_id
    WHERE a.ended_at IS NULL AND a.freed_at IS NULL GROUP BY a.operator_id
)
SELECT COALESCE(sum(held.units) / NULLIF(sum(held.number), 0), 1)::float, COALESCE(sum(capacity), 0)::float,
    COALESCE(sum(CASE WHEN writes_up THEN 0 ELSE GREATEST(capacity - COALESCE(held.units, 0), 0) END), 0)::float
FROM hands LEFT JOIN held ON held.operator_id = hands.user_id
"""  # noqa: S608 - made of constants of this module

# Of the line's operators: ends and place-seconds, starts that went before the line's own, and first answers in it.
_WORK = f"""
WITH {_HANDS}, work AS (
    SELECT a.*, COALESCE(a.freed_at, a.ended_at) AS done, q.live_priority, e.rank,
        extract(epoch FROM v.first_answer_at - a.started_at)::float AS answer
    FROM routing_assignment a
    JOIN hands ON hands.user_id = a.operator_id
    JOIN operators_queue q ON q.id = a.queue_id
    JOIN conversations_conversation v ON v.id = a.conversation_id
    LEFT JOIN routing_queueentry e ON e.id = a.entry_id
    WHERE a.started_at <= %(now)s AND (a.ended_at IS NULL OR a.ended_at >= %(since)s)
), answered AS (
    SELECT answer FROM work
    WHERE queue_id = %(line)s AND started_at >= %(since)s AND answer >= 0 AND accepted_at IS NOT NULL
        AND answer <= extract(epoch FROM COALESCE(ended_at, %(now)s) - started_at)
)
SELECT count(*) FILTER (WHERE accepted_at IS NOT NULL AND done >= %(since)s),
    COALESCE(sum(GREATEST(extract(epoch FROM
        LEAST(COALESCE(done, %(now)s), %(now)s) - GREATEST(started_at, %(since)s)), 0)), 0)::float,
    count(*) FILTER (WHERE accepted_at IS NOT NULL AND started_at >= %(since)s
        AND (live_priority > %(priority)s OR (queue_id = %(line)s AND rank > 0))),
    (SELECT count(*) FROM answered), (SELECT avg(answer)::float FROM answered),
    (SELECT COALESCE(var_samp(answer), 0)::float FROM answered)
FROM work
"""  # noqa: S608 - as above

# Who waits here, and the longest for how long; of lines that go before this one the part its operators serve; who gave
# up, and how long all waited.
_WAITING = f"""
WITH {_HANDS}, shares AS (
    SELECT a.queue_id, avg(CASE WHEN hands.user_id IS NULL THEN 0.0 ELSE 1.0 END)::float AS share
    FROM routing_assignment a LEFT JOIN hands ON hands.user_id = a.operator_id
    WHERE a.accepted_at IS NOT NULL AND a.started_at BETWEEN %(since)s AND %(now)s
        AND a.operator_id IN (SELECT m.operator_id FROM operators_queuemembership m)
    GROUP BY a.queue_id
), stays AS (
    SELECT e.left_reason, extract(epoch FROM
        COALESCE(e.left_at, %(now)s) - GREATEST(e.entered_at, %(since)s))::float AS waited,
        e.stage = 'waiting' AS stands
    FROM routing_queueentry e
    WHERE e.queue_id = %(line)s AND (e.stage = 'waiting' OR e.left_at >= %(since)s)
)
SELECT (SELECT count(*) FROM routing_queueentry e WHERE e.queue_id = %(line)s AND e.stage = 'waiting'),
    (SELECT COALESCE(max(waited) FILTER (WHERE stands), 0)::float FROM stays),
    (SELECT COALESCE(sum(COALESCE(shares.share, 0)), 0)::float FROM routing_queueentry e
        JOIN operators_queue q ON q.id = e.queue_id AND q.live_priority >= %(priority)s
        LEFT JOIN shares ON shares.queue_id = e.queue_id
        WHERE e.stage = 'waiting' AND e.queue_id <> %(line)s),
    (SELECT count(*) FROM stays WHERE left_reason = 'closed'),
    (SELECT COALESCE(sum(waited), 0)::float FROM stays WHERE waited > 0)
"""  # noqa: S608 - as above
