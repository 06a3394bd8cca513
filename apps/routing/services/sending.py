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
from apps.routing.services.steps import Keeping

MOVABLE = (State.QUEUED, State.OFFLINE, State.ASSIGNED, State.BOT)


def lift(conversation: Conversation, rank: int, *, now: datetime) -> bool:
    """Raise it in the line where it waits; False when nobody waits, or it stands as high already."""
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is None or not rises(entry.rank, rank):
        return False
    entry.rank, entry.rank_reason = rank, RankReason.RAISED
    entry.save(update_fields=["rank", "rank_reason"])
    announce(TurnRaised(conversation=conversation.pk, rank=rank), actor=SYSTEM, now=now)
    return True


def rises(rank: int | None, to: int) -> bool:
    """Whether a stay of this rank (None: there is none) would stand higher with the other."""
    return rank is not None and rank < to


def obstacle(queue_id: int, *, state: str, stands_in: int, keeps: bool) -> str:
    """ "" or the code why a conversation in this state and line cannot be sent there. ``keeps``: for one person."""
    if not Queue.objects.filter(pk=queue_id, is_active=True).exists():
        return "switched_off"
    if state not in MOVABLE:
        return "not_waiting"
    # From a bot it goes to people, in whichever line.
    moves = stands_in != queue_id or state == State.BOT
    return "" if moves or keeps else "same_line"


def send_on(
    conversation: Conversation,
    queue_id: int,
    *,
    now: datetime,
    because: str,
    keeping: Keeping | None = None,
    **details: Any,
) -> str:
    """Bring it to another line, from its line, its holder or a bot; "" or the code why that is not possible.

    Its age and raised rank go with it, so that nobody starts anew.
    """
    refusal = obstacle(
        queue_id, state=conversation.state, stands_in=conversation.line_id, keeps=keeping is not None
    )
    if refusal:
        return refusal
    queue = Queue.objects.select_related("calendar").get(pk=queue_id)
    _leave(conversation, now)
    _tell(conversation, queue, because, now)
    steps.stand_in_line(
        conversation,
        queue,
        reason=EntryReason.ESCALATED,
        why=Decision.Reason.ESCALATED,
        actor=SYSTEM,
        now=now,
        keeping=keeping,
        line=conversation.line_id,
        because=because,
        **details,
    )
    return ""


def _leave(conversation: Conversation, now: datetime) -> None:
    offers.withdraw(conversation, actor=SYSTEM, now=now)
    steps.end_assignment(conversation, reason=AssignmentEnd.ESCALATED, now=now)
    steps.end_entry(conversation, reason=LeavingReason.ESCALATED, now=now)


def _tell(conversation: Conversation, queue: Queue, because: str, now: datetime) -> None:
    """A line in the thread that staff see."""
    timeline.add_system_line(
        conversation,
        "escalated",
        actor=SYSTEM,
        now=now,
        staff_only=True,
        line=queue.pk,
        names=queue.public_names(),
        because=because,
    )
