"""What a line does out of hours and in its last minutes before closing: said once for placing, sweeping and telling."""

from __future__ import annotations

from datetime import datetime

from apps.conversations.models import State
from apps.operators.calendar import Hours, closes_within, is_open
from apps.operators.models import OutOfHours, Queue
from apps.routing.models import EntryReason


def state_on_arrival(queue: Queue, *, reason: str, now: datetime) -> str:
    """How a conversation begins to stand in the line: waiting, or apart until it opens.

    The last minutes are only for new conversations: who was served before is not sent away by the clock.
    """
    taken = takes_new(queue, now) if reason == EntryReason.PLACED else is_open(queue.calendar, now)
    return State.QUEUED if taken or queue.out_of_hours == OutOfHours.WAITS else State.OFFLINE


def is_closing(queue: Queue, now: datetime) -> bool:
    """Whether these are the line's last minutes before closing."""
    return closes_within(queue.calendar, now, minutes=queue.last_minutes)


def takes_new(queue: Queue, now: datetime) -> bool:
    """Whether new conversations are taken now as in open hours."""
    return is_open(queue.calendar, now) and not (queue.last_minutes_closed and is_closing(queue, now))


def next_opening(queue: Queue, now: datetime) -> datetime | None:
    """When the line opens next; None where it always is open, or no opening is in sight."""
    return Hours(queue.calendar).next_opening(now) if queue.calendar else None


def lets_in(queue: Queue, now: datetime) -> bool:
    """Whether what stands apart may wait in the line now."""
    return queue.out_of_hours == OutOfHours.WAITS or takes_new(queue, now)


def sends_out(queue: Queue, now: datetime) -> bool:
    """Whether what waits has to stand apart now that the hours were edited."""
    return queue.out_of_hours != OutOfHours.WAITS and not is_open(queue.calendar, now)


def asks_contact(queue: Queue, now: datetime) -> bool:
    """Whether the chat shows the form for a contact instead of a conversation."""
    return queue.out_of_hours == OutOfHours.FORM and not takes_new(queue, now)
