"""The small steps of which every verb of routing is made. The caller holds the conversation's row lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation, Participant, Role, State
from apps.conversations.services.lifecycle import move
from apps.core.actors import Actor
from apps.core.errors import Conflict
from apps.operators.calendar import is_open
from apps.operators.models import Operator, Presence, Queue
from apps.routing.models import Assignment, Decision, QueueEntry


class AtCapacity(Conflict):
    """The operator holds as many conversations as he may."""

    code = "at_capacity"


class NotAtWork(Conflict):
    """The operator is on a break, away, or does not work here any more."""

    code = "not_at_work"


def end_entry(conversation: Conversation, *, reason: str, now: datetime) -> None:
    """End the stay in the line, if there is one."""
    QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).update(
        left_at=now, left_reason=reason
    )


def end_assignment(conversation: Conversation, *, reason: str, now: datetime) -> None:
    """Free the holder's capacity, if there is a holder; he becomes a former one."""
    Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).update(
        ended_at=now, end_reason=reason
    )
    Participant.objects.filter(conversation=conversation, role=Role.HOLDER, until__isnull=True).update(
        until=now
    )


def stand_in_line(
    conversation: Conversation, queue: Queue, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Put the conversation into a line: waiting when it is open, offline outside its hours."""
    QueueEntry.objects.create(conversation=conversation, queue=queue, reason=reason, entered_at=now)
    state = State.QUEUED if is_open(queue.calendar, now) else State.OFFLINE
    move(conversation, to=state, line_id=queue.pk, actor=actor, now=now)


def claim(
    conversation: Conversation,
    operator_id: int,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    line_id: int | None = None,
) -> None:
    """Reserve an operator's capacity and give him the conversation; raises NotAtWork, AtCapacity.

    It moves to ``line_id`` at the same time; None keeps its line.
    Counting happens under his row lock, so however many processes race, nobody holds one too many.
    """
    operator = (
        Operator.objects.select_for_update()
        .filter(pk=operator_id, is_active=True, user__is_active=True)
        .first()
    )
    if (
        operator is None
        or not Presence.objects.filter(operator=operator, state=Presence.State.ONLINE).exists()
    ):
        raise NotAtWork(_not_at_work(operator, actor))
    load = load_of(operator_id)
    if load >= operator.capacity:
        raise AtCapacity(
            _("%(name)s already holds %(load)s of %(capacity)s conversations.")
            % {"name": operator.public_name, "load": load, "capacity": operator.capacity}
        )
    Assignment.objects.create(
        conversation=conversation,
        operator_id=operator_id,
        queue_id=line_id or conversation.line_id,
        reason=reason,
        started_at=now,
    )
    Participant.objects.create(conversation=conversation, user_id=operator_id, role=Role.HOLDER, since=now)
    move(conversation, to=State.ASSIGNED, line_id=line_id, holder_id=operator_id, actor=actor, now=now)


def _not_at_work(operator: Operator | None, actor: Actor) -> Promise:
    """What the person who asked reads; to the operator himself it is said what to press."""
    if operator is not None and actor == Actor.staff(operator.pk):
        return _("You are not at work: press “Go online” first.")
    return _("The operator is not at work now.")


def load_of(operator_id: int) -> int:
    """How many conversations an operator holds now."""
    return Assignment.objects.filter(operator_id=operator_id, ended_at__isnull=True).count()


def decide(
    conversation: Conversation,
    kind: str,
    reason: str,
    *,
    now: datetime,
    queue_id: int | None = None,
    operator_id: int | None = None,
    rule_set_id: int | None = None,
    **details: Any,
) -> None:
    """Write down why it went so."""
    Decision.objects.create(
        conversation=conversation,
        kind=kind,
        reason=reason,
        queue_id=queue_id,
        operator_id=operator_id,
        rule_set_id=rule_set_id,
        details=details,
        at=now,
    )
