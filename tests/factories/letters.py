"""Customers who left the chat before they were answered, and the time that passes for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Letter, Message
from apps.conversations.services import fallback, letters, mailboxes, outbound
from apps.core.models import Connection, ProcessLease
from apps.operators.models import Operator
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

EMAIL = "ivan@mail.example"
_numbers = count(1)


def at(seconds: float) -> datetime:
    """So long after the customer wrote."""
    return NOW + timedelta(seconds=seconds)


def chat(*, email: str = EMAIL, channel: Channel | None = None) -> Conversation:
    """A conversation held by an operator, whose customer has no open chat and has left this e-mail there."""
    holder = people.operator(lines=(organisation.common_line(),))
    identity = dialogues.identity(channel)
    conversation = dialogues.conversation(by=identity, holder=holder)
    if email:
        mailboxes.give(identity, email, now=NOW)
    return conversation


def answer(
    conversation: Conversation, text: str = "Your card is ready", *, seconds: float = 0, **values: Any
) -> Message:
    """Its holder writes, so many seconds later."""
    conversation.refresh_from_db()
    sight = people.sight(Operator.objects.get(user=conversation.holder_id))
    stored = outbound.answer(
        sight,
        conversation_id=conversation.pk,
        text=text,
        client_id=f"answer-{next(_numbers):06}",
        now=at(seconds),
        **values,
    )
    return Message.objects.get(pk=stored.message_id)


def look(seconds: float) -> int:
    """The workers look for what is unread; how many letters they wrote."""
    while fallback.notice(now=at(seconds)):
        pass
    return fallback.watch(now=at(seconds))


def post(seconds: float) -> int:
    """The workers send what is due; how many letters they tried."""
    letters.recover(now=at(seconds))
    return letters.send_due(now=lambda: at(seconds))


def passes(seconds: float) -> None:
    """So much time passes after the first answer, with a look when he is first missed and one at the end."""
    look(0)
    look(seconds)
    post(seconds)


def come(conversation: Conversation) -> Connection:
    """He has the chat open; delete the row and he has left."""
    lease = ProcessLease.objects.create(
        node="here", started_at=NOW, renewed_at=NOW, expires_at=datetime.now(NOW.tzinfo) + timedelta(days=1)
    )
    return Connection.objects.create(
        lease=lease, surface="customer", person_id=conversation.customer_id, since=NOW
    )


def lines(conversation: Conversation) -> list[str]:
    """What the thread says about letters, in its order."""
    about = (
        "letter_sent",
        "letter_reminded",
        "letter_failed",
        "letter_uncertain",
        "letter_again",
        "unreachable",
    )
    found = Message.objects.filter(conversation=conversation, code__in=about).order_by("seq")
    return list(found.values_list("code", flat=True))


def states() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("state", flat=True))
