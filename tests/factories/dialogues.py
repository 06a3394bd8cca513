"""Customers and conversations, made by the product's own services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.services import inbound
from apps.operators.models import Operator, Queue
from apps.routing.services import handling, placement
from tests.factories import organisation
from tests.factories.people import NOW, sight

_numbers = count(1)


def identity(channel: Channel | None = None, *, name: str = "Иван", now: datetime = NOW) -> Identity:
    channel = channel or organisation.channel()
    return inbound.identify(
        inbound.Address(channel_id=channel.pk, external_id=f"visitor-{next(_numbers)}", name=name), now=now
    )


def conversation(
    text: str = "Здравствуйте",
    *,
    by: Identity | None = None,
    line: Queue | None = None,
    holder: Operator | None = None,
    now: datetime = NOW,
    begun: Callable[[Message], None] | None = None,
) -> Conversation:
    """A conversation a customer has begun: placed, in ``line`` when given, held by ``holder`` when given."""
    by = by or identity()
    stored = inbound.receive(by, text=text, client_id=f"client-id-{next(_numbers)}", now=now, begun=begun)
    if line is not None:
        Conversation.objects.filter(pk=stored.conversation_id).update(line=line)
    placement.route(stored.conversation_id, now=now)
    found = Conversation.objects.get(pk=stored.conversation_id)
    if line is not None and found.line_id != line.pk:
        found.entries.update(queue=line)
        Conversation.objects.filter(pk=found.pk).update(line=line)
    if holder is not None:
        handling.accept(sight(holder), found.pk, now=now)
    return Conversation.objects.get(pk=found.pk)
