"""Silent conversations: answered, and the customer says nothing. They give their place away and take it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.conversations.models import AuthorKind, Conversation, State
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.operators.models import Operator
from apps.routing.models import AssignmentEnd, Decision, EntryReason, KeptReason
from apps.routing.services import capacity, publishing, steps
from apps.routing.services.steps import Keeping

BATCH = 200


def free_the_silent(*, now: datetime) -> int:
    """Conversations that have been silent for their line's time give their place away; how many did."""
    freed = 0
    for line in publishing.current(now=now).lines:
        if line.terms.idle_minutes:
            since = now - timedelta(minutes=line.terms.idle_minutes)
            fall_silent = partial(_fall_silent, now=now, since=since)
            freed += sum(each_alone("falling silent", fall_silent, _silent(line.id, before=since)))
    return freed


def _silent(line_id: int, *, before: datetime) -> list[int]:
    """Held by operators: an application has no places that could become free."""
    found = Conversation.objects.filter(line_id=line_id, state=State.ASSIGNED, idle=False)
    found = found.filter(holder__operator__isnull=False)
    answered = (AuthorKind.OPERATOR, AuthorKind.BOT)
    found = found.filter(awaiting_since__isnull=True, last_author__in=answered, last_at__lte=before)
    return list(found.order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _fall_silent(conversation_id: int, *, now: datetime, since: datetime) -> bool:
    conversation = lifecycle.lock(conversation_id)
    spoken = conversation.awaiting_since is not None or conversation.last_at > since
    if conversation.state != State.ASSIGNED or conversation.idle or spoken:
        return False
    if not capacity.free(conversation, now=now):
        return False
    lifecycle.fall_silent(conversation, silent=True, now=now)
    return True


@transaction.atomic
def heard(conversation_id: int, *, now: datetime) -> bool:
    """The customer wrote in a silent conversation: its holder has it again, or it waits for him first.

    Returns whether the holder has it. Any other conversation is left alone.
    """
    conversation = lifecycle.lock(conversation_id)
    if conversation.state != State.ASSIGNED or not conversation.idle or conversation.awaiting_since is None:
        return conversation.state == State.ASSIGNED
    holder = Operator.objects.select_for_update(no_key=True).get(pk=conversation.holder_id)
    try:
        capacity.take_back(conversation, holder)
    except capacity.AtCapacity:
        _wait_for(conversation, holder, now)
        return False
    lifecycle.fall_silent(conversation, silent=False, now=now)
    return True


def _wait_for(conversation: Conversation, holder: Operator, now: datetime) -> None:
    """He is full: it waits for him for the line's time, marked, and then for anybody."""
    terms = publishing.current(now=now).terms_of(conversation.line_id)
    wait = timedelta(seconds=terms.own_wait_seconds)
    kept = Keeping(operator_id=holder.pk, until=now + wait, reason=KeptReason.HOLDER) if wait else None
    steps.end_assignment(conversation, reason=AssignmentEnd.HOLDER_FULL, now=now)
    timeline.add_system_line(
        conversation, "holder_full", actor=SYSTEM, now=now, staff_only=True, name=holder.public_name
    )
    steps.decide(
        conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.HOLDER_FULL,
        operator_id=holder.pk,
        queue_id=conversation.line_id,
        now=now,
        load=capacity.shown(capacity.load_of(holder.pk)),
    )
    steps.stand_in_line(
        conversation,
        conversation.line,
        reason=EntryReason.HOLDER_FULL,
        why=None,
        actor=SYSTEM,
        now=now,
        keeping=kept,
    )
