"""Following the event log: what came after a position, in an order in which nothing is ever passed by.

Ids commit out of order: a transaction that took its number early may commit late. So events are walked by
(xid, id) and only those below the oldest transaction that still runs are shown: nothing can appear behind a
position any more. A transaction held open holds every follower back, which is the price of losing nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from django.db.models import Q, QuerySet
from django.db.models.expressions import Func

from apps.core.models import Event, LogCursor
from apps.core.models.log import TransactionIdField

_WRITTEN = re.compile(r"(\d{1,18})\.(\d{1,18})")


class Position(NamedTuple):
    """Everything up to and including this event has been read."""

    xid: int = 0
    event_id: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.event_id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """A position as it was handed out; ValueError when it never was."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text[:40]!r} is not a position in the log")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(event.xid, event.pk)


class OldestRunning(Func):
    """``pg_snapshot_xmin``: every transaction below it has ended."""

    template = "pg_snapshot_xmin(pg_current_snapshot())"
    arity = 0
    output_field = TransactionIdField()


def settled() -> QuerySet[Event]:
    """Events behind which nothing can appear any more, in the order of the log."""
    return Event.objects.filter(xid__lt=OldestRunning()).order_by("xid", "pk")


def beyond(events: QuerySet[Event], position: Position) -> QuerySet[Event]:
    """Of these events, those after a position."""
    return events.filter(Q(xid__gt=position.xid) | Q(pk__gt=position.event_id), xid__gte=position.xid)


def read_after(position: Position, *, limit: int) -> list[Event]:
    """The next events after a position; empty when all that is settled has been read."""
    return list(beyond(settled(), position)[:limit])


def end_of_log() -> Position:
    """The position of the last settled event."""
    last = settled().reverse().first()
    return Position.of(last) if last else Position()


def lock_cursor(name: str) -> LogCursor | None:
    """The follower's cursor with its row locked until the transaction ends; None while another one works."""
    LogCursor.objects.get_or_create(name=name)
    return LogCursor.objects.select_for_update(no_key=True, skip_locked=True).filter(name=name).first()


def move_cursor(cursor: LogCursor, position: Position) -> None:
    """Everything up to ``position`` is done."""
    cursor.xid, cursor.event_id = position
    cursor.save(update_fields=["xid", "event_id"])
