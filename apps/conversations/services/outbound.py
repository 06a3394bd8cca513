"""A member of staff writes: an answer to the customer or a note to colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.events import DeliveryQueued, MessageSent
from apps.conversations.models import Conversation, Message, Right
from apps.conversations.services import hot, lifecycle, timeline
from apps.conversations.services.inbound import Stored, stored_repeat
from apps.conversations.services.splits import hide_split_card
from apps.conversations.services.words import may_hide_card
from apps.core.actors import Actor
from apps.core.errors import Forbidden, NotFound
from apps.core.events import dispatch


class NotYours(Forbidden):
    """The conversation is seen but not held: only its holder or a helper writes to the customer."""

    code = "not_yours"


def visible_or_404(sight: Sight, conversation_id: int) -> Conversation:
    """The conversation when its text may be read; NotFound otherwise, as if it did not exist."""
    found = Conversation.objects.visible_to(sight).filter(pk=conversation_id).first()
    if found is None:
        raise NotFound(_("There is no such conversation."))
    return found


def locked(sight: Sight, conversation_id: int) -> Conversation:
    """The visible conversation with its row locked; raises NotFound.

    Who sees it only because he takes part is asked again: his part may have ended while he waited for the lock.
    """
    visible_or_404(sight, conversation_id)
    found = lifecycle.lock(conversation_id)
    if not sight.covers(Right.TEXT, line_id=found.line_id, channel_id=found.channel_id):
        visible_or_404(sight, conversation_id)
    return found


def send_text(
    user_id: int,
    *,
    conversation_id: int,
    text: str,
    client_id: str,
    now: datetime,
    reply_to: int | None = None,
) -> hot.Written | None:
    """The hot path for the holder's prepared text. None: the ordinary path (``answer``) has to decide."""
    if reply_to is not None:
        timeline.checked_quote(conversation_id, reply_to)
    return hot.write_from_staff(
        conversation_id=conversation_id,
        user_id=user_id,
        client_id=client_id,
        text=text,
        reply_to=reply_to,
        now=now,
    )


def told(written: hot.Written, view: object) -> None:
    """Announce an answer of the hot path: its event row is already written, only receivers are left."""
    event = MessageSent(
        conversation=written.conversation_id,
        rev=written.rev,
        message=written.message_id,
        seq=written.seq,
        staff_only=False,
        view=view,
    )
    transaction.on_commit(lambda: dispatch(event, written.event_id))
    if written.delivery_id is not None and written.delivery_event_id is not None:
        leaves = DeliveryQueued(
            conversation=written.conversation_id, rev=written.rev, delivery=written.delivery_id
        )
        transaction.on_commit(partial(dispatch, leaves, written.delivery_event_id))


def is_stored(author_id: int, client_id: str) -> bool:
    """Whether this author's message came before: what arrives now is a repeat."""
    return Message.objects.filter(author_id=author_id, client_id=client_id).exists()


@transaction.atomic
def answer(
    sight: Sight,
    *,
    conversation_id: int,
    text: str,
    client_id: str | None,
    now: datetime,
    note: bool = False,
    reply_to: int | None = None,
    files: Sequence[UUID] = (),
    uploaded_by: str = "",
    actor: Actor | None = None,
) -> Stored:
    """Store an answer or a note by the ordinary path; raises NotFound, NotYours, Invalid."""
    visible_or_404(sight, conversation_id)
    conversation = lifecycle.lock(conversation_id)
    if client_id and (repeat := Message.objects.filter(author_id=sight.user_id, client_id=client_id).first()):
        return stored_repeat(repeat)
    if not note and not Conversation.objects.answerable_by(sight).filter(pk=conversation_id).exists():
        raise NotYours(_("You do not hold this conversation. Accept it or ask its holder."))
    if may_hide_card(text):
        text = hide_split_card(conversation, author={"author_id": sight.user_id}, text=text, now=now)
    message = timeline.add_staff_message(
        conversation,
        author_id=sight.user_id,
        text=text,
        client_id=client_id,
        now=now,
        actor=actor or Actor.staff(sight.user_id),
        note=note,
        reply_to=reply_to,
        files=timeline.take_files(files, uploaded_by=uploaded_by) if files else (),
    )
    return Stored(
        message.pk, conversation_id, message.seq, message.rev, now, quotes=message.reply_to_id is not None
    )
