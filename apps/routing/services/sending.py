"""Sending a conversation on by rule: to another line, first of all to one person, or up in its line.

The caller holds the row lock of the conversation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.conversations.models import Conversation, State
from apps.conversations.services import timeline
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.operators.models import Queue
from apps.routing.events import TurnRaised
from apps.routing.models import (
    AssignmentEnd,
    Decision,
    EntryReason,
    LeavingReason,
    QueueEntry,
    RankReason,
)
from apps.routing.services import offers, steps
from apps.routing.services.steps import Keeping, Standing

MOVABLE = (State.QUEUED, State.OFFLINE, State.ASSIGNED)


def lift(conversation: Conversation, rank: int, *, now: datetime) -> bool:
    """Raise it in the line where it waits; False when nobody waits, or it stands as high already."""
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is None or entry.rank >= rank:
        return False
    entry.rank, entry.rank_reason = rank, RankReason.RAISED
    entry.save(update_fields=["rank", "rank_reason"])
    announce(TurnRaised(conversation=conversation.pk, rank=rank), actor=SYSTEM, now=now)
    return True


def send_on(
    conversation: Conversation,
    queue_id: int,
    *,
    now: datetime,
    because: str,
    keeping: Keeping | None = None,
    **details: Any,
) -> str:
    """Bring it to another line, out of its line or its holder's hands; "" or the code why that is not possible.

    Its age, category and rank go with it, so that nobody starts anew.
    """
    queue = Queue.objects.select_related("calendar").filter(pk=queue_id, is_active=True).first()
    if queue is None:
        return "switched_off"
    if conversation.state not in MOVABLE:
        return "not_waiting"
    if conversation.line_id == queue_id and keeping is None:
        return "same_line"
    before = QueueEntry.objects.filter(conversation=conversation).order_by("-pk").first()
    _leave(conversation, now)
    _tell(conversation, queue, because, now, details)
    steps.stand_in_line(
        conversation,
        queue,
        reason=EntryReason.ESCALATED,
        actor=SYSTEM,
        now=now,
        standing=_standing(conversation, before, keeping, now) if keeping else None,
    )
    return ""


def _leave(conversation: Conversation, now: datetime) -> None:
    offers.withdraw(conversation, actor=SYSTEM, now=now)
    steps.end_assignment(conversation, reason=AssignmentEnd.ESCALATED, now=now)
    steps.end_entry(conversation, reason=LeavingReason.ESCALATED, now=now)


def _tell(
    conversation: Conversation, queue: Queue, because: str, now: datetime, details: dict[str, Any]
) -> None:
    """A record of the decision, and a line in the thread that staff see."""
    steps.decide(
        conversation,
        Decision.Kind.PLACEMENT,
        Decision.Reason.ESCALATED,
        queue_id=queue.pk,
        now=now,
        line=conversation.line_id,
        because=because,
        **details,
    )
    timeline.add_system_line(
        conversation,
        "escalated",
        actor=SYSTEM,
        now=now,
        staff_only=True,
        line=queue.pk,
        names={"ru": queue.public_name("ru"), "en": queue.public_name("en")},
        because=because,
    )


def _standing(
    conversation: Conversation, before: QueueEntry | None, keeping: Keeping, now: datetime
) -> Standing:
    return Standing(
        waiting_since=min(conversation.awaiting_since or now, now),
        category=before.category_id if before else None,
        rank=before.rank if before else 0,
        needs=before.needs if before else (),
        keeping=keeping,
    )
