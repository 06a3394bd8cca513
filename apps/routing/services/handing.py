"""From hand to hand: a colleague is asked to take what another sends him; refused or missed, it comes back.

The caller holds the conversation's row lock, and nobody holds the conversation.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.conversations.models import Conversation, State
from apps.conversations.services import timeline
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict
from apps.core.events import announce
from apps.operators.calendar import is_open
from apps.operators.models import Queue
from apps.routing.events import HandingFailed, OfferMade
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    Decision,
    EntryReason,
    KeptReason,
    LeavingReason,
    QueueEntry,
    Stage,
)
from apps.routing.services import capacity, publishing, steps
from apps.routing.services.naming import name_of


def seconds_to_accept(conversation: Conversation, *, now: datetime) -> int:
    """How long a colleague is asked; 0: it is given at once, as always outside the line's hours."""
    if not is_open(conversation.line.calendar, now):
        return 0
    return publishing.current(now=now).terms_of(conversation.line_id).accept_seconds


def goes_back(conversation: Conversation, operator_id: int) -> bool:
    """Whether he is the one who handed it to its present holder: he is not asked to take back his own."""
    held = Assignment.objects.filter(conversation=conversation, ended_at__isnull=True)
    return held.filter(sender=operator_id).exists()


def ask(
    conversation: Conversation, operator_id: int, *, sender_id: int, seconds: int, actor: Actor, now: datetime
) -> Assignment:
    """Reserve the colleague's capacity and ask him; raises NotAtWork, AtCapacity.

    It stands in its line meanwhile, kept for him, and is nobody's.
    """
    until = now + timedelta(seconds=seconds)
    entry = steps.stand_in_line(
        conversation,
        conversation.line,
        reason=EntryReason.TRANSFERRED,
        why=None,
        actor=actor,
        now=now,
        keeping=steps.Keeping(operator_id=operator_id, until=until, reason=KeptReason.ADDRESSED),
    )
    operator = capacity.lock_at_work(operator_id, actor=actor)
    kind = conversation.channel.kind
    units = capacity.units_of(kind)
    capacity.check_room(operator, kind=kind, units=units)
    entry.stage = Stage.OFFERED
    entry.save(update_fields=["stage"])
    made = Assignment.objects.create(
        conversation=conversation,
        operator_id=operator_id,
        queue_id=conversation.line_id,
        entry=entry,
        kind=kind,
        units=units,
        reason=AssignmentReason.TRANSFERRED,
        sender_id=sender_id,
        started_at=now,
        offer_until=until,
    )
    event = OfferMade(
        conversation=conversation.pk,
        operator=operator_id,
        assignment=made.pk,
        line=made.queue_id,
        until=until,
    )
    announce(event, actor=actor, now=now)
    return made


def come_back(conversation: Conversation, offer: Assignment, *, now: datetime) -> None:
    """What was handed to him is not taken: its sender has it again, or else it waits in its line for anybody.

    From an outside line it goes back to the line it came from. An offer that no colleague made is left alone: the
    line offers it on.
    """
    if offer.back_to_id is not None:
        _leave_outside(conversation, offer, offer.back_to_id, now)
        return
    if offer.sender_id is None:
        return
    QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).update(
        kept_for=None, kept_until=None, kept_reason=""
    )
    returned = _held_by_sender(conversation, offer) and give_back(conversation, offer.sender_id, now)
    _tell(
        conversation,
        offer.operator_id,
        offer.sender_id,
        returned=returned,
        refused=offer.end_reason,
        now=now,
        **_why(offer),
    )
    event = HandingFailed(
        conversation=conversation.pk,
        operator=offer.operator_id,
        sender=offer.sender_id,
        reason=offer.end_reason,
        returned=returned,
    )
    announce(event, actor=SYSTEM, now=now)


def _leave_outside(conversation: Conversation, offer: Assignment, line_id: int, now: datetime) -> None:
    """Its application did not take it, or gives it back; what somebody has sent elsewhere meanwhile stays there."""
    if conversation.line_id == offer.queue_id:
        go_back(
            conversation,
            offer.operator_id,
            sender_id=offer.sender_id,
            line_id=line_id,
            refused=offer.end_reason,
            now=now,
        )


def go_back(
    conversation: Conversation,
    application_id: int,
    *,
    sender_id: int | None,
    line_id: int,
    refused: str,
    now: datetime,
) -> None:
    """From an outside line to its sender, if he is at work and has room, or to wait in the line it came from."""
    steps.end_entry(conversation, reason=LeavingReason.OVERFLOW, now=now)
    queue = Queue.objects.select_related("calendar").get(pk=line_id)
    steps.stand_in_line(
        conversation,
        queue,
        reason=EntryReason.RETURNED,
        why=Decision.Reason.OUTSIDE,
        actor=SYSTEM,
        now=now,
        line=conversation.line_id,
        refused=refused,
    )
    returned = sender_id is not None and give_back(conversation, sender_id, now)
    _tell(conversation, application_id, sender_id, returned=returned, refused=refused, now=now)
    if sender_id is not None:
        event = HandingFailed(
            conversation=conversation.pk,
            operator=application_id,
            sender=sender_id,
            reason=refused,
            returned=returned,
        )
        announce(event, actor=SYSTEM, now=now)


def _tell(
    conversation: Conversation,
    asked_id: int,
    sender_id: int | None,
    *,
    returned: bool,
    refused: str,
    now: datetime,
    **why: Any,
) -> None:
    """A line in the thread, for staff: who did not take it, why, and where it is now."""
    timeline.add_system_line(
        conversation,
        "handed_back" if returned else "handed_to_line",
        actor=SYSTEM,
        now=now,
        staff_only=True,
        name=name_of(asked_id),
        to=name_of(sender_id),
        missed=refused == AssignmentEnd.TIMED_OUT,
        held=refused == AssignmentEnd.RETURNED,
        **why,
    )


def _why(offer: Assignment) -> dict[str, dict[str, str]]:
    """The reason that he chose, in each language, where one was asked for."""
    chosen = offer.decline_reason
    return {"reason": {"ru": chosen.name_ru, "en": chosen.name_en or chosen.name_ru}} if chosen else {}


def _held_by_sender(conversation: Conversation, offer: Assignment) -> bool:
    """Who sent on what he never held himself does not get it now."""
    sent = Assignment.objects.filter(conversation=conversation, operator=offer.sender_id)
    return sent.filter(end_reason=AssignmentEnd.TRANSFERRED, ended_at=offer.started_at).exists()


def give_back(conversation: Conversation, sender_id: int, now: datetime) -> bool:
    """Its sender has it again out of the line where it waits, if he is at work and has room."""
    if conversation.state != State.QUEUED:
        return False
    try:
        with transaction.atomic():
            entry = steps.end_entry(conversation, reason=LeavingReason.ASSIGNED, now=now)
            steps.claim(
                conversation,
                sender_id,
                reason=AssignmentReason.RETURNED,
                actor=SYSTEM,
                now=now,
                entry=entry,
            )
    except Conflict as refusal:
        conversation.refresh_from_db()
        _decide(conversation, sender_id, now, refused=refusal.code)
        return False
    _decide(conversation, sender_id, now)
    return True


def _decide(conversation: Conversation, sender_id: int, now: datetime, *, refused: str = "") -> None:
    steps.decide(
        conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.HANDED_BACK,
        operator_id=sender_id,
        queue_id=conversation.line_id,
        now=now,
        refused=refused,
    )
