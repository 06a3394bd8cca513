"""How far each side has received and read. Marks only move forward; one that does not move changes nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from apps.conversations.access import Sight
from apps.conversations.events import ConversationRead
from apps.conversations.models import Conversation, Identity
from apps.conversations.querysets import ConversationQuerySet
from apps.core.actors import Actor
from apps.core.events import announce


@transaction.atomic
def customer_received(
    identity: Identity, conversation_id: int, *, seq: int, read: bool, now: datetime
) -> bool:
    """The customer's screen has everything up to ``seq``, and shows it when ``read``. False: nothing new."""
    mine = Conversation.objects.reached_by(identity).filter(pk=conversation_id)
    reached = Least(seq, F("seq"))
    behind = Q(customer_delivered_seq__lt=reached)
    values: dict[str, object] = {"customer_delivered_seq": Greatest(F("customer_delivered_seq"), reached)}
    if read:
        behind |= Q(customer_read_seq__lt=reached)
        values["customer_read_seq"] = Greatest(F("customer_read_seq"), reached)
    return _mark(mine.filter(behind), values, conversation_id, Actor.customer(identity.pk), now)


@transaction.atomic
def staff_read(sight: Sight, conversation_id: int, *, seq: int, now: datetime) -> bool:
    """The holder has seen everything up to ``seq``. Colleagues looking on change nothing."""
    held = Conversation.objects.filter(pk=conversation_id, holder_id=sight.user_id)
    reached = Least(seq, F("seq"))
    values = {"staff_read_seq": Greatest(F("staff_read_seq"), reached), "unread": 0}
    return _mark(
        held.filter(staff_read_seq__lt=reached), values, conversation_id, Actor.staff(sight.user_id), now
    )


def _mark(
    behind: ConversationQuerySet, values: dict[str, object], conversation_id: int, actor: Actor, now: datetime
) -> bool:
    if not behind.update(rev=F("rev") + 1, **values):
        return False
    row = Conversation.objects.values(
        "rev", "staff_read_seq", "customer_delivered_seq", "customer_read_seq"
    ).get(pk=conversation_id)
    event = ConversationRead(
        conversation=conversation_id,
        rev=row["rev"],
        staff_read=row["staff_read_seq"],
        customer_delivered=row["customer_delivered_seq"],
        customer_read=row["customer_read_seq"],
    )
    announce(event, actor=actor, now=now)
    return True
