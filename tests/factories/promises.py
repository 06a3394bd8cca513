"""Policies, public promises, escalation rules, and the small acts of a dialogue."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.services import inbound, outbound
from apps.operators.models import Calendar, CalendarInterval, Operator, Queue
from apps.routing.models import Clock, Escalation, PolicyAction, Promise, ServicePolicy
from apps.routing.services import clocks, doors, greeting, upkeep
from tests.factories import dialogues, organisation
from tests.factories.people import NOW, sight

_numbers = count(1)
LONG_AGO = NOW - timedelta(days=30)


def policy(*actions: dict[str, Any], **values: Any) -> ServicePolicy:
    """A policy that has worked for long; round the clock unless told otherwise. Each action as its columns."""
    defaults = {"name": f"Policy {next(_numbers)}", "business_hours": False, "since": LONG_AGO}
    made = ServicePolicy.objects.create(**{**defaults, **values})
    for each in actions:
        PolicyAction.objects.create(policy=made, **each)
    return made


def promise(**values: Any) -> Promise:
    """A promise of the first answer in ten minutes or a free month, in every channel and at any hour."""
    number = next(_numbers)
    defaults = {
        "name": f"Promise {number}",
        "text_ru": "Ответим за 10 минут или месяц бесплатно",
        "text_en": "We answer in 10 minutes or a month is free",
        "seconds": 600,
        "business_hours": False,
        "compensation_code": "free_month",
        "compensation_ru": "Месяц бесплатно",
        "since": LONG_AGO,
    }
    return Promise.objects.create(**{**defaults, **values})


def greeted(
    by: Identity | None = None,
    *,
    line: Queue | None = None,
    holder: Operator | None = None,
    now: datetime = NOW,
    shown_at: datetime | None = None,
    department: Queue | None = None,
) -> Conversation:
    """A conversation begun in a chat that said what it promises then; the chat leads to the line, or to the common one.

    The clocks have followed.
    """
    by = by or dialogues.identity(now=now)
    lines = [(line or organisation.common_line()).pk] if department is None else _doors(by, department)
    said = greeting.greet(by.channel, lines, by.customer, language="ru", now=shown_at or now)
    begun = partial(said.begun, department=department.pk if department else None)
    found = dialogues.conversation(by=by, line=line or department, holder=holder, now=now, begun=begun)
    clocks.keep(found.pk, now=now)
    return found


def _doors(by: Identity, department: Queue) -> list[int]:
    return [each.pk for each in doors.lines_of(by.channel)] or [department.pk]


def escalation(**values: Any) -> Escalation:
    return Escalation.objects.create(**{"name": f"Escalation {next(_numbers)}", "since": LONG_AGO, **values})


def weekdays(opens: str = "09:00", closes: str = "18:00", zone: str = "Europe/Moscow") -> Calendar:
    """Open from Monday to Friday."""
    made = Calendar.objects.create(name=f"Hours {next(_numbers)}", time_zone=zone)
    for weekday in range(5):
        CalendarInterval.objects.create(calendar=made, weekday=weekday, opens=opens, closes=closes)
    return made


def asks(conversation: Conversation, text: str = "Алло?", *, after: float = 0) -> Message:
    """The customer writes so many seconds after NOW, and the clocks follow."""
    now = NOW + timedelta(seconds=after)
    stored = inbound.receive(conversation.identity, text=text, client_id=f"asked-{next(_numbers)}", now=now)
    clocks.keep(conversation.pk, now=now)
    return Message.objects.get(pk=stored.message_id)


def answers(conversation: Conversation, operator: Operator, *, after: float = 0, note: bool = False) -> None:
    """The operator answers so many seconds after NOW, and the clocks follow."""
    now = NOW + timedelta(seconds=after)
    outbound.answer(
        sight=sight(operator),
        conversation_id=conversation.pk,
        text="Сейчас",
        client_id=f"said-{next(_numbers)}",
        note=note,
        now=now,
    )
    clocks.keep(conversation.pk, now=now)


def at(after: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=after)


def sweep(after: float) -> None:
    """What the sweep does so many seconds after NOW."""
    upkeep.act_on_due(now=at(after))


def clock(conversation: Conversation, kind: str = "first", **values: Any) -> Clock:
    return Clock.objects.get(conversation=conversation, kind=kind, **values)
