"""Adding to a conversation by the ordinary path: the caller holds its row lock and has asked for the right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.registry import own_socket_kinds
from apps.conversations.events import DeliveryQueued, MessageReceived, MessageSent
from apps.conversations.models import (
    IN_PASSING,
    Attachment,
    AuthorKind,
    Conversation,
    Delivery,
    Identity,
    Message,
    MessageKind,
)
from apps.conversations.services.words import preview
from apps.core.actors import Actor
from apps.core.errors import Invalid
from apps.core.events import announce, announce_all
from apps.core.models import StoredFile

FILES_AT_ONCE = 10
# Kinds whose last one a list shows the beginning of.
PREVIEWED = (MessageKind.TEXT, MessageKind.FILE)


def add_customer_message(
    conversation: Conversation,
    *,
    identity: Identity,
    text: str,
    client_id: str | None,
    now: datetime,
    reply_to: int | None = None,
    files: Sequence[StoredFile] = (),
) -> Message:
    """A customer's words or files, with the first moment that waits for an answer."""
    conversation.unread += 1
    conversation.awaiting_since = conversation.awaiting_since or now
    conversation.identity = identity
    conversation.channel_id = identity.channel_id
    message = _append(
        conversation,
        kind=MessageKind.FILE if files else MessageKind.TEXT,
        author_kind=AuthorKind.CUSTOMER,
        identity=identity,
        client_id=client_id,
        text=text,
        reply_to_id=checked_quote(conversation.pk, reply_to, identity=identity),
        now=now,
        files=files,
    )
    event = MessageReceived(
        conversation=conversation.pk,
        rev=conversation.rev,
        message=message.pk,
        seq=message.seq,
        state=conversation.state,
        idle=conversation.idle,
    )
    announce(event, actor=Actor.customer(identity.pk), now=now)
    return message


def add_staff_message(
    conversation: Conversation,
    *,
    author_id: int,
    text: str,
    client_id: str | None,
    now: datetime,
    actor: Actor,
    note: bool = False,
    in_passing: bool = False,
    reply_to: int | None = None,
    files: Sequence[StoredFile] = (),
    bot: str | None = None,
) -> Message:
    """An answer to the customer, or a note that only staff see.

    ``in_passing``: words to the customer while he is sent on. They answer nothing, so he waits as before. ``bot``: by
    which name a bot says it. Its answer ends the waiting and is no person's: the first answer of the house is still
    to come.
    """
    if not note:
        conversation.unread = 0
    if not (note or in_passing):
        conversation.awaiting_since = None
    if not (note or in_passing) and bot is None:
        conversation.first_answer_at = conversation.first_answer_at or now
    kind = MessageKind.NOTE if note else MessageKind.FILE if files else MessageKind.TEXT
    message = _append(
        conversation,
        kind=kind,
        author_kind=AuthorKind.OPERATOR if bot is None else AuthorKind.BOT,
        params={} if bot is None else {"name": bot},
        author_id=author_id,
        identity_id=None if note else conversation.identity_id,
        client_id=client_id,
        text=text,
        code=IN_PASSING if in_passing else "",
        staff_only=note,
        reply_to_id=checked_quote(conversation.pk, reply_to, note=note),
        now=now,
        files=files,
    )
    if not note:
        conversation.staff_read_seq = message.seq
        conversation.save(update_fields=["staff_read_seq"])
        _queue_delivery(conversation, message, actor=actor, now=now)
    announce(_sent(message), actor=actor, now=now)
    return message


def add_automatic_message(
    conversation: Conversation, text: str, *, actor: Actor, now: datetime, to: Identity | None = None
) -> Message:
    """Words that nobody wrote: a reminder. They are nobody's answer and end no silence.

    They go to the customer's address, or to another one of his.
    """
    message = _append(
        conversation,
        kind=MessageKind.TEXT,
        author_kind=AuthorKind.SYSTEM,
        identity_id=to.pk if to else conversation.identity_id,
        text=text,
        now=now,
    )
    _queue_delivery(conversation, message, actor=actor, now=now, to=to)
    announce(_sent(message), actor=actor, now=now)
    return message


def add_system_line(
    conversation: Conversation,
    code: str,
    *,
    actor: Actor,
    now: datetime,
    staff_only: bool = False,
    **params: Any,
) -> Message:
    """What happened, in the thread itself: a code with params, worded on each reader's screen."""
    message = _append(
        conversation,
        kind=MessageKind.SYSTEM,
        author_kind=AuthorKind.SYSTEM,
        text="",
        code=code,
        params=params,
        staff_only=staff_only,
        now=now,
    )
    announce(_sent(message), actor=actor, now=now)
    return message


def add_system_lines(
    lines: Sequence[tuple[Conversation, dict[str, Any]]], code: str, *, actor: Actor, now: datetime
) -> None:
    """The same line, with params of its own, in each of these locked conversations, in three statements."""
    numbers = [conversation.pk for conversation, _params in lines]
    Conversation.objects.filter(pk__in=numbers).update(seq=F("seq") + 1, rev=F("rev") + 1)
    for conversation, _params in lines:
        conversation.seq += 1
        conversation.rev += 1
    made = Message.objects.bulk_create(
        [
            Message(
                conversation=conversation,
                seq=conversation.seq,
                rev=conversation.rev,
                kind=MessageKind.SYSTEM,
                author_kind=AuthorKind.SYSTEM,
                text="",
                code=code,
                params=params,
                at=now,
            )
            for conversation, params in lines
        ]
    )
    announce_all([_sent(message) for message in made], actor=actor, now=now)


def checked_quote(
    conversation_id: int, reply_to: int | None, *, note: bool = False, identity: Identity | None = None
) -> int | None:
    """The quoted message when it is of this conversation and who reads may see it; raises Invalid.

    A note may quote a note. An address that is not trusted quotes what it wrote and what was written to it.
    """
    if reply_to is None:
        return None
    quoted = Message.objects.filter(pk=reply_to, conversation_id=conversation_id)
    if not note:
        quoted = quoted.filter(staff_only=False)
    if identity is not None and not identity.is_trusted:
        quoted = quoted.filter(identity=identity)
    if not quoted.exists():
        raise Invalid(_("The quoted message is not in this conversation."))
    return reply_to


def take_files(ids: Sequence[UUID], *, uploaded_by: str) -> list[StoredFile]:
    """The writer's own files that no message has yet, in the order asked for; raises Invalid."""
    if len(ids) > FILES_AT_ONCE:
        raise Invalid(_("At most %(limit)s files in one message.") % {"limit": FILES_AT_ONCE})
    own = StoredFile.objects.filter(pk__in=ids, uploaded_by=uploaded_by).order_by("pk")
    # Locked first: a second message with the same file waits here and then finds it taken.
    by_id = {each.pk: each for each in own.select_for_update(no_key=True)}
    if len(by_id) != len(ids) or Attachment.objects.filter(file__in=by_id).exists():
        raise Invalid(_("A file is missing. Attach it again."), code="file_missing")
    return [by_id[each] for each in ids]


def retell(conversation: Conversation, message: Message, text: str) -> None:
    """Bring the list's preview up to changed words of a message; system lines and notes after it do not matter.

    The caller saves ``last_text``.
    """
    later = Message.objects.filter(conversation=conversation, seq__gt=message.seq, kind__in=PREVIEWED)
    if message.kind in PREVIEWED and not later.exists():
        conversation.last_text = preview(text)


def _append(
    conversation: Conversation,
    *,
    kind: str,
    author_kind: str,
    text: str,
    now: datetime,
    files: Sequence[StoredFile] = (),
    **values: Any,
) -> Message:
    conversation.seq += 1
    conversation.rev += 1
    if kind in PREVIEWED and author_kind != AuthorKind.SYSTEM:
        conversation.last_at = now
        conversation.last_text = preview(text) or preview(", ".join(each.name for each in files))
        conversation.last_author = author_kind
    conversation.save(update_fields=_TOUCHED)
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.seq,
        rev=conversation.rev,
        kind=kind,
        author_kind=author_kind,
        text=text,
        at=now,
        **values,
    )
    Attachment.objects.bulk_create(
        [Attachment(message=message, file=each, position=place) for place, each in enumerate(files)]
    )
    return message


def _queue_delivery(
    conversation: Conversation, message: Message, *, actor: Actor, now: datetime, to: Identity | None = None
) -> None:
    if (to or conversation).channel.kind in own_socket_kinds():
        return
    delivery = Delivery.objects.create(
        message=message,
        conversation=conversation,
        identity_id=to.pk if to else conversation.identity_id,
        place=message.seq,
        due_at=now,
        created_at=now,
        changed_at=now,
    )
    event = DeliveryQueued(conversation=conversation.pk, rev=conversation.rev, delivery=delivery.pk)
    announce(event, actor=actor, now=now)


def _sent(message: Message) -> MessageSent:
    return MessageSent(
        conversation=message.conversation_id,
        rev=message.rev,
        message=message.pk,
        seq=message.seq,
        staff_only=message.staff_only,
    )


_TOUCHED = [
    "seq",
    "rev",
    "unread",
    "awaiting_since",
    "first_answer_at",
    "identity",
    "channel",
    "last_at",
    "last_text",
    "last_author",
]
