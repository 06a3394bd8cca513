"""What has happened, said once: a row in the log within the transaction, receivers after its commit.

A domain event is a frozen dataclass of ids, codes and moments. ``announce`` writes it down and, once the
transaction is committed, hands it to the receivers that config/wiring.py lists for its class. A field marked
``transient`` travels to receivers in memory only (a payload already built) and is never written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache, partial
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from apps.core.actors import Actor
from apps.core.models.log import Event

logger = logging.getLogger(__name__)


def transient(default: Any = None) -> Any:
    """A field for receivers of this process only; not part of the record."""
    return field(default=default, compare=False, repr=False, metadata={"transient": True})


def private() -> Any:
    """A field that is recorded and never leaves the house: an address of a person, a name of a file."""
    return field(metadata={"private": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Base of all events. ``kind`` reads subject.happened; ``subject_kind`` says whose number ``subject`` is."""

    kind: ClassVar[str]
    subject_kind: ClassVar[str]

    def subject(self) -> int:
        """The number of the thing it happened to: the field named as the subject kind."""
        return int(getattr(self, self.subject_kind))

    def details(self) -> dict[str, Any]:
        """The recorded fields, ready for JSON."""
        return {
            each.name: msgspec.to_builtins(getattr(self, each.name))
            for each in fields(self)
            if not each.metadata.get("transient")
        }


Receiver = Callable[[Any], None]


class Together:
    """A receiver of lists: what is announced at once it is told at once, and so asks the database once.

    A decorator. In the wiring table, and called with a single event, it is a receiver as any other.
    """

    def __init__(self, tell: Callable[[Sequence[Any]], None]) -> None:
        self.tell = tell
        self.__name__ = tell.__name__
        self.__doc__ = tell.__doc__

    def __call__(self, event: DomainEvent) -> None:
        self.tell([event])


@cache
def receivers() -> dict[type[DomainEvent], Sequence[Receiver]]:
    """The wiring table, loaded once by its dotted path."""
    found: dict[type[DomainEvent], Sequence[Receiver]] = import_string(settings.OTKLIK_WIRING)
    return found


@cache
def kinds() -> dict[str, type[DomainEvent]]:
    """Every wired kind of event by its name: the catalogue for webhooks, the admin and documentation."""
    return {event.kind: event for event in receivers()}


def shown_details(row: Event) -> dict[str, Any]:
    """What integrations are told of a recorded event: the declared fields of its kind that are not private."""
    kind = kinds().get(row.kind)
    hidden = ("private", "transient")
    names = [each.name for each in fields(kind) if not any(map(each.metadata.get, hidden))] if kind else []
    return {name: row.details[name] for name in names if name in row.details}


def announce(event: DomainEvent, *, actor: Actor, now: datetime) -> None:
    """Record ``event`` in the running transaction and tell its receivers after the commit."""
    row = _row(event, actor, now)
    row.save(force_insert=True)
    transaction.on_commit(partial(dispatch, event, row.pk))


def announce_all(events: Sequence[DomainEvent], *, actor: Actor, now: datetime) -> None:
    """Record several events at once, in their order; receivers that can are told of all of a kind together."""
    rows = Event.objects.bulk_create([_row(event, actor, now) for event in events])
    transaction.on_commit(partial(_dispatch_all, list(zip(events, (row.pk for row in rows), strict=True))))


def _row(event: DomainEvent, actor: Actor, now: datetime) -> Event:
    return Event(
        kind=event.kind,
        subject_kind=event.subject_kind,
        subject_id=event.subject(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        at=now,
        details=event.details(),
    )


def dispatch(event: DomainEvent, row_id: int) -> None:
    """Tell the receivers of a committed event; from a command beside a single-process server, ask that server to.

    A receiver only enqueues a task or pushes to a topic. One that fails is logged and does not stop the others:
    rows are the truth, sweeps and catching up find what was not told.
    """
    if hands_over():
        _hand_over([row_id])
        return
    for receiver in receivers().get(type(event), ()):
        _tell(receiver, [event])


def _dispatch_all(told: Sequence[tuple[DomainEvent, int]]) -> None:
    if hands_over():
        _hand_over([row_id for _event, row_id in told])
        return
    by_kind: dict[type[DomainEvent], list[DomainEvent]] = {}
    for event, _row_id in told:
        by_kind.setdefault(type(event), []).append(event)
    for kind, events in by_kind.items():
        for receiver in receivers().get(kind, ()):
            _tell(receiver, events)


def _tell(receiver: Receiver, events: Sequence[DomainEvent]) -> None:
    """One receiver, of several events of one kind."""
    calls = [partial(receiver.tell, events)] if isinstance(receiver, Together) else None
    for call in calls or [partial(receiver, event) for event in events]:
        try:
            call()
        except Exception:
            subjects = [event.subject() for event in events]
            logger.exception("receiver %s failed for %s %s", receiver.__name__, events[0].kind, subjects)


# --- the single-process shape: a command beside the server -------------------------------------------

NOTIFY_CHANNEL = "otklik_event"
_serves_here = False


def serve_here() -> None:
    """Mark this process as one that has the sockets and the workers of the single-process shape."""
    global _serves_here
    _serves_here = True


def hands_over() -> bool:
    """Whether this process is a command beside the server: without Redis its own receivers reach nobody."""
    return not settings.REDIS_URL and not _serves_here and not settings.TESTING


def _hand_over(row_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, each::text) FROM unnest(%s::bigint[]) AS each", [NOTIFY_CHANNEL, row_ids]
        )


def replay(row_id: int) -> None:
    """Dispatch a recorded event again, as the server does for one that a command wrote beside it."""
    row = Event.objects.filter(pk=row_id).first()
    if row is None or row.kind not in kinds():
        return
    dispatch(msgspec.convert(row.details, kinds()[row.kind]), row.pk)
