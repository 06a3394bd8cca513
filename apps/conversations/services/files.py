"""Who may fetch which file: it is asked at every download, through the message the file belongs to."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.selectors import seen_by
from apps.core.errors import NotFound
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


def _own(uploader: str) -> Q:
    return Q(uploaded_by=uploader, attachment__isnull=True)


def _one(allowed: Q, file_id: UUID) -> StoredFile:
    found = StoredFile.objects.filter(allowed, pk=file_id).first()
    if found is None:
        raise NotFound(_("There is no such file."))
    return found
