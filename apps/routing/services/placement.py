"""Which line a conversation joins, or back to whom it goes. For new and woken conversations; safe to run twice."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.conversations.models import Conversation, State
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM
from apps.core.errors import Conflict
from apps.operators.calendar import is_open
from apps.operators.models import Queue
from apps.routing.models import (
    AssignmentReason,
    ChannelLine,
    Decision,
    Department,
    EntryReason,
    LeavingReason,
    QueueEntry,
)
from apps.routing.services import steps

BATCH = 200  # conversations moved in one transaction


@transaction.atomic
def route(conversation_id: int, *, now: datetime) -> str:
    """Bring a new or woken conversation to its place; returns the state it has then. Any other is left alone."""
    conversation = lifecycle.lock(conversation_id)
    if conversation.state == State.NEW:
        _place(conversation, now)
    elif conversation.state == State.SNOOZED:
        _wake(conversation, now)
    return conversation.state


def _place(conversation: Conversation, now: datetime) -> None:
    reopened = QueueEntry.objects.filter(conversation=conversation).exists()
    queue, why, rejected = _line_for(conversation, reopened)
    steps.decide(conversation, Decision.Kind.PLACEMENT, why, queue_id=queue.pk, rejected=rejected, now=now)
    if reopened and _give_back(conversation, now, line_id=queue.pk):
        return
    reason = EntryReason.REOPENED if reopened else EntryReason.PLACED
    steps.stand_in_line(conversation, queue, reason=reason, actor=SYSTEM, now=now)


def _line_for(conversation: Conversation, reopened: bool) -> tuple[Queue, str, list[dict[str, object]]]:
    """The line, why it is this one, and what was looked at before it."""
    rejected: list[dict[str, object]] = []
    for queue, why, refusal in _candidates(conversation, reopened):
        if refusal is None:
            return queue, why, rejected
        rejected.append({"line": queue.pk, "as": why, "because": refusal})
    return Queue.objects.get(is_default=True), Decision.Reason.DEFAULT, rejected


def _candidates(conversation: Conversation, reopened: bool) -> list[tuple[Queue, str, str | None]]:
    found: list[tuple[Queue, str, str | None]] = []
    if reopened:
        found.append((conversation.line, Decision.Reason.SAME_LINE, _refusal(conversation.line)))
    if asked := conversation.requested_line:
        offered = Department.objects.filter(channel=conversation.channel_id, queue=asked).exists()
        found.append((asked, Decision.Reason.DEPARTMENT, _refusal(asked) if offered else "not_offered"))
    if chosen := ChannelLine.objects.select_related("queue").filter(channel=conversation.channel_id).first():
        found.append((chosen.queue, Decision.Reason.CHANNEL, _refusal(chosen.queue)))
    return found


def _refusal(queue: Queue) -> str | None:
    return None if queue.is_active else "switched_off"


def _wake(conversation: Conversation, now: datetime) -> None:
    timeline.add_system_line(conversation, "woken", actor=SYSTEM, now=now, staff_only=True)
    if not _give_back(conversation, now):
        steps.stand_in_line(conversation, conversation.line, reason=EntryReason.WOKEN, actor=SYSTEM, now=now)


def _give_back(conversation: Conversation, now: datetime, line_id: int | None = None) -> bool:
    """Give it, in this line or (None) in its own, to who held it last, when he is at work and has room."""
    last = conversation.preferred_id
    if last is None:
        return False
    try:
        with transaction.atomic():
            steps.claim(
                conversation,
                last,
                reason=AssignmentReason.RETURNED,
                actor=SYSTEM,
                now=now,
                line_id=line_id,
            )
    except Conflict as refusal:
        conversation.refresh_from_db()
        steps.decide(
            conversation,
            Decision.Kind.ASSIGNMENT,
            Decision.Reason.LAST_OPERATOR,
            operator_id=last,
            now=now,
            refused=refusal.code,
        )
        return False
    steps.decide(
        conversation, Decision.Kind.ASSIGNMENT, Decision.Reason.LAST_OPERATOR, operator_id=last, now=now
    )
    return True


def follow_hours(queue_id: int, *, now: datetime) -> int:
    """The line's hours were edited: what waits there becomes offline where it is closed now, and the reverse.

    Only an edit sends waiting conversations out of hours; when the day ends by itself they keep waiting.
    """
    queue = Queue.objects.select_related("calendar").filter(pk=queue_id).first()
    if queue is None:
        return 0
    if is_open(queue.calendar, now):
        return open_line(queue_id, now=now)
    return close_line(queue_id, now=now)


@transaction.atomic
def close_line(queue_id: int, *, now: datetime) -> int:
    """What waits in the line is out of hours now; it keeps its place. Returns how many there were."""
    waiting = Conversation.objects.filter(line_id=queue_id, state=State.QUEUED).order_by("pk")
    count = 0
    for conversation in waiting.select_for_update(of=("self",), skip_locked=True)[:BATCH]:
        lifecycle.move(conversation, to=State.OFFLINE, actor=SYSTEM, now=now)
        count += 1
    return count


@transaction.atomic
def open_line(queue_id: int, *, now: datetime) -> int:
    """The line's hours began: what came out of hours waits in it now. Returns how many there were."""
    waiting = Conversation.objects.filter(line_id=queue_id, state=State.OFFLINE).order_by("pk")
    count = 0
    for conversation in waiting.select_for_update(of=("self",), skip_locked=True)[:BATCH]:
        steps.end_entry(conversation, reason=LeavingReason.OPENED, now=now)
        queue = conversation.line
        steps.stand_in_line(conversation, queue, reason=EntryReason.OPENED, actor=SYSTEM, now=now)
        count += 1
    return count
