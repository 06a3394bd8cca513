"""Edits and deletions: new facts about a message. What it said before is kept in its versions."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.registry import adapter_class
from apps.conversations.access import Sight
from apps.conversations.events import MessageChanged
from apps.conversations.models import Conversation, Identity, Message, MessageKind, MessageVersion
from apps.conversations.services import lifecycle, timeline
from apps.conversations.services.outbound import visible_or_404
from apps.conversations.services.splits import hide_split_card
from apps.conversations.services.words import may_hide_card
from apps.core.actors import Actor
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.core.events import announce


class TooLate(Conflict):
    """The time in which the author may change a message has passed, or the conversation is closed."""

    code = "too_late"


@transaction.atomic
def change_own(identity: Identity, message_id: int, *, text: str | None, now: datetime) -> Message:
    """A customer edits (``text``) or deletes (None) a message of his; raises NotFound, TooLate."""
    message, conversation = _locked(
        Message.objects.filter(pk=message_id, identity_id=identity.pk, author_kind="customer")
    )
    minutes = identity.channel.edit_minutes
    if message.at + timedelta(minutes=minutes) < now or conversation.state == "closed":
        raise TooLate(_("This message can no longer be changed."))
    if text is not None and may_hide_card(text):
        author = {"identity_id": identity.pk}
        text = hide_split_card(conversation, author=author, text=text, now=now, edited=message)
    return _change(conversation, message, text, actor=Actor.customer(identity.pk), now=now)


@transaction.atomic
def change_as_staff(sight: Sight, message_id: int, *, text: str | None, now: datetime) -> Message:
    """Its author edits or deletes an answer or a note; raises NotFound, Forbidden where the channel cannot."""
    message, conversation = _locked(Message.objects.filter(pk=message_id, author_id=sight.user_id))
    visible_or_404(sight, conversation.pk)
    if not message.staff_only:
        if not Conversation.objects.answerable_by(sight).filter(pk=conversation.pk).exists():
            raise TooLate(_("You no longer hold this conversation; its messages stay as they are."))
        assert message.identity is not None  # an answer always has an addressee
        if not adapter_class(message.identity.channel.kind).abilities.edits:
            raise Forbidden(_("This channel cannot change a message that was sent."))
    if text is not None and may_hide_card(text):
        author = {"author_id": sight.user_id}
        text = hide_split_card(conversation, author=author, text=text, now=now, edited=message)
    return _change(conversation, message, text, actor=Actor.staff(sight.user_id), now=now)


def _locked(found: QuerySet[Message]) -> tuple[Message, Conversation]:
    message = found.select_related("identity__channel").first()
    if message is None or message.kind == MessageKind.SYSTEM:
        raise NotFound(_("There is no such message."))
    conversation = lifecycle.lock(message.conversation_id)
    message.refresh_from_db(fields=["text", "deleted_at", "kind"])
    if message.deleted_at is not None:
        raise NotFound(_("There is no such message."))
    return message, conversation


def _change(
    conversation: Conversation, message: Message, text: str | None, *, actor: Actor, now: datetime
) -> Message:
    change = MessageVersion.Change.DELETE if text is None else MessageVersion.Change.EDIT
    MessageVersion.objects.create(
        message=message, change=change, text=message.text, by_kind=actor.kind, by_id=actor.id, at=now
    )
    conversation.rev += 1
    timeline.retell(conversation, message, text or "")
    conversation.save(update_fields=["rev", "last_text"])
    message.rev = conversation.rev
    if text is None:
        message.deleted_at = now
    else:
        message.text, message.edited_at = text, now
    message.save(update_fields=["rev", "text", "edited_at", "deleted_at"])
    event = MessageChanged(
        conversation=conversation.pk,
        rev=conversation.rev,
        message=message.pk,
        seq=message.seq,
        change=change,
        staff_only=message.staff_only,
    )
    announce(event, actor=actor, now=now)
    return message
