"""A line, those who work in it, and what comes to it: the words in which tests of its settings are written."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Customer, Identity
from apps.conversations.services import inbound, outbound
from apps.operators.models import LineSkill, Operator, Presence, Queue, Skill, SkillLevel
from apps.routing.models import Assignment, ChannelLine
from apps.routing.services import dispatch, handling, placement
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

_numbers = count(1)
EARLIER = NOW - timedelta(hours=1)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def offering_line(name: str = "Cards", **values: object) -> Queue:
    """A line that offers, with everything that would make it wait switched off unless named."""
    usual = {
        "offering": "automatic",
        "accept_seconds": 30,
        "prefers_last_seconds": 0,
        "prefers_manager_seconds": 0,
        "idle_minutes": 0,
        "own_wait_seconds": 0,
    }
    organisation.common_line()
    return organisation.line(name, **{**usual, **values})


def worker(name: str, *lines: Queue, since: datetime = EARLIER, **values: Any) -> Operator:
    """An operator who has been at work for a while."""
    found = people.operator(name, lines=lines, **values)
    Presence.objects.filter(operator=found).update(since=since)
    return found


def change(row: Any, **values: object) -> None:
    """Set columns of a row as its page would; nothing was published here, so the rows work at once."""
    type(row).objects.filter(pk=row.pk).update(**values)


def channel_of(line: Queue, kind: str = "web") -> Channel:
    chosen = ChannelLine.objects.select_related("channel").filter(queue=line, channel__kind=kind).first()
    if chosen is not None:
        return chosen.channel
    made = organisation.channel(kind=kind)
    ChannelLine.objects.create(channel=made, queue=line)
    return made


def customer(line: Queue, kind: str = "web", *, at: datetime = NOW, **values: object) -> Identity:
    """Somebody known in a channel of the line; values are his own."""
    identity = dialogues.identity(channel_of(line, kind), now=at)
    Customer.objects.filter(pk=identity.customer_id).update(**values)
    return Identity.objects.select_related("customer", "channel").get(pk=identity.pk)


def arrives(
    line: Queue, kind: str = "web", *, by: Identity | None = None, at: datetime = NOW
) -> Conversation:
    """A customer writes and is placed into the line."""
    by = by or customer(line, kind, at=at)
    stored = inbound.receive(by, text="Здравствуйте", client_id=f"arrives-{next(_numbers)}", now=at)
    placement.route(stored.conversation_id, now=at)
    found = Conversation.objects.get(pk=stored.conversation_id)
    assert found.line_id == line.pk
    return found


def held(line: Queue, by: Operator, *, at: datetime = NOW) -> Conversation:
    """A conversation that somebody has taken himself."""
    found = arrives(line, at=at)
    handling.accept(people.sight(by), found.pk, now=at)
    found.refresh_from_db()
    return found


def answered(conversation: Conversation, by: Operator, *, at: datetime) -> None:
    key = f"answers-{next(_numbers)}"
    outbound.answer(
        people.sight(by), conversation_id=conversation.pk, text="Добрый день", client_id=key, now=at
    )


def writes_again(conversation: Conversation, *, at: datetime) -> None:
    inbound.receive(
        conversation.identity,
        text="Ещё вопрос",
        client_id=f"again-{next(_numbers)}",
        now=at,
        conversation_id=conversation.pk,
    )


def asked(*, at: datetime = NOW) -> dict[int, str]:
    """Give everything that can be given now; who is asked or has each conversation, by its number."""
    dispatch.dispatch(now=at)
    return whom()


def whom() -> dict[int, str]:
    rows = Assignment.objects.filter(ended_at__isnull=True)
    return dict(rows.values_list("conversation", "operator__operator__public_name"))


def closed(conversation: Conversation, by: Operator, *, at: datetime) -> None:
    handling.close(people.sight(by), conversation.pk, now=at)


def knows(operator: Operator, skill: Skill, level: int) -> None:
    SkillLevel.objects.update_or_create(operator=operator, skill=skill, defaults={"level": level})


def needs(line: Queue, skill: Skill, level: int = 1, *, relax: int = 0) -> LineSkill:
    return LineSkill.objects.create(queue=line, skill=skill, level=level, relax_seconds=relax)
