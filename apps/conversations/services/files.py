"""Files of messages: who may fetch which, asked at every download, and what the virus scanner said of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.events import MessageChanged
from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.selectors import seen_by
from apps.conversations.services import lifecycle
from apps.core.actors import SYSTEM
from apps.core.errors import NotFound
from apps.core.events import announce
from apps.core.models import Brand, StoredFile
from apps.operators.models import Operator


def for_staff(sight: Sight, file_id: UUID) -> StoredFile:
    """A file of a conversation one may read, or one's own upload that is not sent yet; raises NotFound."""
    readable = Message.objects.filter(
        attachments__file=OuterRef("pk"),
        deleted_at__isnull=True,
        conversation__in=Conversation.objects.visible_to(sight),
    )
    return _one(Q(Exists(readable)) | _own(f"user:{sight.user_id}"), file_id)


def for_customer(identity: Identity | None, uploader: str, file_id: UUID) -> StoredFile:
    """A file of a message this address may read, or its own upload that is not sent yet; raises NotFound."""
    allowed = _own(uploader)
    if identity is not None:
        shown = seen_by(identity).filter(attachments__file=OuterRef("pk"), deleted_at__isnull=True)
        allowed |= Q(Exists(shown.order_by()))
    return _one(allowed, file_id)


def public_picture(file_id: UUID) -> StoredFile:
    """The bank's logo or an operator's picture, which anybody sees in the chat; raises NotFound."""
    logo = Brand.objects.filter(logo=OuterRef("pk"))
    face = Operator.objects.filter(avatar=OuterRef("pk"))
    return _one(Q(Exists(logo)) | Q(Exists(face)), file_id)


@transaction.atomic
def note_verdict(file_id: UUID, *, now: datetime) -> None:
    """A file may be shown now, or never: the message that has it changes with it. Nothing without a message."""
    found = Message.objects.filter(attachments__file=file_id).values_list("pk", "conversation_id").first()
    if found is None:
        return
    message_id, conversation_id = found
    conversation = lifecycle.lock(conversation_id)
    message = Message.objects.get(pk=message_id)
    conversation.rev += 1
    conversation.save(update_fields=["rev"])
    message.rev = conversation.rev
    message.save(update_fields=["rev"])
    event = MessageChanged(
        conversation=conversation_id,
        rev=conversation.rev,
        message=message_id,
        seq=message.seq,
        change="file_judged",
        staff_only=message.staff_only,
    )
    announce(event, actor=SYSTEM, now=now)


def _own(uploader: str) -> Q:
    return Q(uploaded_by=uploader, attachment__isnull=True)


def _one(allowed: Q, file_id: UUID) -> StoredFile:
    found = StoredFile.objects.filter(allowed, pk=file_id).first()
    if found is None:
        raise NotFound(_("There is no such file."))
    return found
