"""Who waits in a chat may go on in a messenger, his place in line kept: when that is offered, and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from apps.channels.models import Channel
from apps.channels.services import links
from apps.conversations.models import Conversation, Identity, State
from apps.conversations.services import continuing
from apps.core.errors import NotFound
from apps.operators.models import Queue
from apps.routing.models import QueueEntry, Stage
from apps.routing.services.contacts import NotOffered


def channels_of(queue: Queue) -> list[Channel]:
    """Where a chat of this line could go on, once its moment has come."""
    return [] if queue.offer_messenger_seconds is None else links.continuing_channels()


def offered(
    queue: Queue, entry: QueueEntry, channels: Sequence[Channel], *, now: datetime
) -> Sequence[Channel]:
    """Of these channels what is offered by now; nothing to whom the line does not make wait."""
    after = queue.offer_messenger_seconds
    if after is None or entry.stage == Stage.OFFLINE:
        return []
    return channels if (now - entry.waiting_since).total_seconds() >= after else []


def link(identity: Identity, conversation_id: int, channel_id: int, *, now: datetime) -> continuing.Made:
    """A link by which he goes on in the channel. Raises NotFound for a conversation that is not his, NotOffered."""
    mine = Conversation.objects.reached_by(identity).open().select_related("line")
    conversation = mine.filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound(_("There is no such conversation."))
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is None or conversation.state != State.QUEUED:
        raise NotOffered(_("A specialist has just joined: he answers you here."), code="already_answered")
    line = conversation.line
    for channel in offered(line, entry, channels_of(line), now=now):
        if channel.pk == channel_id:
            return continuing.make_link(identity, conversation, channel, now=now)
    raise NotOffered(_("This is not offered now."))
