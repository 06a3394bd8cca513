"""A card number sent in pieces: the new message is masked, the earlier ones are redacted in place, with events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.conversations.events import MessageChanged
from apps.conversations.models import Conversation, Message, MessageVersion
from apps.conversations.services import timeline
from apps.conversations.services.words import SPLIT_MESSAGES, split_since
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.masking import mask_split


def hide_split_card(
    conversation: Conversation,
    *,
    author: dict[str, Any],
    text: str,
    now: datetime,
    edited: Message | None = None,
) -> str:
    """The text to store, given the author's last messages; redacts those that held a part. Row lock needed.

    ``edited``: the text takes this message's place among them instead of coming after them.
    """
    said = Message.objects.filter(
        conversation=conversation, at__gte=split_since(now), kind="text", deleted_at__isnull=True, **author
    )
    if edited is not None:
        said = said.exclude(pk=edited.pk)
    others = list(said.order_by("-seq")[: SPLIT_MESSAGES - 1])[::-1]
    if not others:
        return text
    place = sum(each.seq < edited.seq for each in others) if edited else len(others)
    shown = [each.text for each in others]
    shown.insert(place, text)
    # As if it and what followed it had come just now, one after another.
    for end in range(place, len(shown)):
        earlier, shown[end] = mask_split(shown[:end], shown[end])
        shown[:end] = earlier
    new = shown.pop(place)
    for message, hidden in zip(others, shown, strict=True):
        if message.text != hidden:
            _redact(conversation, message, hidden, now)
    return new


def _redact(conversation: Conversation, message: Message, hidden: str, now: datetime) -> None:
    conversation.rev += 1
    timeline.retell(conversation, message, hidden)
    conversation.save(update_fields=["rev", "last_text"])
    message.text, message.rev = hidden, conversation.rev
    message.save(update_fields=["text", "rev"])
    # The words themselves are gone: the version only says that something was hidden.
    MessageVersion.objects.create(
        message=message, change=MessageVersion.Change.REDACT, text="", by_kind=SYSTEM.kind, by_id=None, at=now
    )
    event = MessageChanged(
        conversation=conversation.pk,
        rev=conversation.rev,
        message=message.pk,
        seq=message.seq,
        change="redact",
        staff_only=message.staff_only,
    )
    announce(event, actor=SYSTEM, now=now)
