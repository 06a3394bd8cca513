"""Which line a conversation joins, or back to whom it goes. For new and woken conversations; safe to run twice."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import transaction

from apps.conversations.models import Conversation, State
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM
from apps.core.errors import Conflict
from apps.operators.models import EditedHours, Queue
from apps.operators.selectors import serves
from apps.routing.models import (
    AssignmentReason,
    Decision,
    EntryReason,
    LeavingReason,
    QueueEntry,
    Stage,
)
from apps.routing.services import hours, keeping, lookups, offers, publishing, steps
from apps.routing.services.choosing import choose

BATCH = 200  # conversations moved in one transaction
# Whoever was placed by the hours before the edit is in the line by then.
SETTLED = timedelta(seconds=10)


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
    began = time.monotonic()
    rule_set, content = publishing.working(now=now)
    choice = choose(conversation, content, reopened=reopened, now=now)
    steps.decide(
        conversation,
        Decision.Kind.PLACEMENT,
        choice.why,
        queue_id=choice.queue.pk,
        rule_set_id=rule_set.pk if rule_set else None,
        now=now,
        took=round((time.monotonic() - began) * 1000),
        **choice.details(),
        **lookups.trace(conversation.customer_id, now=now),
    )
    if reopened and _give_back(conversation, now, line_id=choice.queue.pk):
        return
    reason = EntryReason.REOPENED if reopened else EntryReason.PLACED
    terms = content.terms_of(choice.queue.pk)
    # Its decision stands above that of the operator who was tried first.
    steps.stand_in_line(
        conversation,
        choice.queue,
        reason=reason,
        why=None,
        actor=SYSTEM,
        now=now,
        standing=keeping.standing(conversation, choice, now=now),
        keeping=keeping.preferred(conversation, choice.queue.pk, terms, now=now),
    )


def _wake(conversation: Conversation, now: datetime) -> None:
    timeline.add_system_line(conversation, "woken", actor=SYSTEM, now=now, staff_only=True)
    if _give_back(conversation, now):
        return
    terms = publishing.current(now=now).terms_of(conversation.line_id)
    steps.stand_in_line(
        conversation,
        conversation.line,
        reason=EntryReason.WOKEN,
        why=Decision.Reason.WOKEN,
        actor=SYSTEM,
        now=now,
        keeping=keeping.preferred(conversation, conversation.line_id, terms, now=now),
    )


def _give_back(conversation: Conversation, now: datetime, line_id: int | None = None) -> bool:
    """Give it, in this line or (None) in its own, to who held it last, when he is at work and has room.

    To this line it comes anew, so he must serve it still; what he put aside himself stays his wherever it stood.
    """
    last = conversation.preferred_id
    if last is None or (line_id is not None and not serves(last, line_id)):
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
    """The line's hours were edited: what waits there becomes offline where that closed it, and the reverse.

    Only an edit sends waiting conversations out of hours; when the day ends by itself they keep waiting. Moves one
    batch and returns how many it were; an edit that was followed to its end is forgotten. Safe to run twice.
    """
    edit = EditedHours.objects.select_related("queue__calendar").filter(pk=queue_id).first()
    if edit is None:
        return 0
    closed = hours.sends_out(edit.queue, edit.at) and hours.sends_out(edit.queue, now)
    if closed:
        moved = close_line(queue_id, now=now)
    else:
        moved = open_line(queue_id, now=now) if hours.lets_in(edit.queue, now) else 0
    if not closed or _is_closed(edit, now):
        # Not one that was made meanwhile.
        EditedHours.objects.filter(pk=queue_id, at=edit.at).delete()
    return moved


def _is_closed(edit: EditedHours, now: datetime) -> bool:
    """Nothing waits there: neither a next batch, nor what somebody was writing to, nor what was being placed."""
    left = Conversation.objects.filter(line_id=edit.queue_id, state=State.QUEUED)
    return now >= edit.at + SETTLED and not left.exists()


@transaction.atomic
def close_line(queue_id: int, *, now: datetime) -> int:
    """What waits in the line is out of hours now; it keeps its place. Returns how many there were."""
    waiting = Conversation.objects.filter(line_id=queue_id, state=State.QUEUED).order_by("pk")
    count = 0
    for conversation in waiting.select_for_update(no_key=True, of=("self",), skip_locked=True)[:BATCH]:
        offers.withdraw(conversation, actor=SYSTEM, now=now)
        QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).update(stage=Stage.OFFLINE)
        lifecycle.move(conversation, to=State.OFFLINE, actor=SYSTEM, now=now)
        count += 1
    return count


@transaction.atomic
def open_line(queue_id: int, *, now: datetime) -> int:
    """The line's hours began: what came out of hours waits in it now. Returns how many there were."""
    queue = Queue.objects.select_related("calendar").get(pk=queue_id)
    waiting = Conversation.objects.filter(line=queue, state=State.OFFLINE).order_by("pk")
    count = 0
    for conversation in waiting.select_for_update(no_key=True, of=("self",), skip_locked=True)[:BATCH]:
        steps.end_entry(conversation, reason=LeavingReason.OPENED, now=now)
        steps.stand_in_line(
            conversation,
            queue,
            reason=EntryReason.OPENED,
            why=Decision.Reason.OPENED,
            actor=SYSTEM,
            now=now,
        )
        count += 1
    return count
