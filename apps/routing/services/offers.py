"""Offers: a reservation that asks. Made by the dispatcher or a colleague; accepted, declined, missed or withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, Invalid
from apps.core.events import announce
from apps.operators.models import DeclineReason, Operator
from apps.operators.services import presence
from apps.routing.events import OfferEnded, OfferMade
from apps.routing.matching.matching import Match
from apps.routing.matching.pool import UNIT
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    Decision,
    LeavingReason,
    QueueEntry,
    Stage,
)
from apps.routing.ruling.frozen import Terms
from apps.routing.services import capacity, steps


class NotOffered(Conflict):
    """The offer has run out, or was withdrawn, or went to somebody else."""

    code = "not_offered"


def make(
    conversation: Conversation, found: Match, terms: Terms, *, rule_set_id: int | None, now: datetime
) -> Assignment:
    """Reserve the operator for the conversation; where the line does not ask, give it to him. Rows are locked."""
    waiting = found.waiting
    until = now + timedelta(seconds=terms.accept_seconds) if terms.accept_seconds else None
    made = Assignment.objects.create(
        conversation=conversation,
        operator_id=found.operator,
        queue_id=waiting.line,
        entry_id=waiting.entry,
        kind=waiting.kind,
        units=Decimal(waiting.units) / UNIT,
        reason=AssignmentReason.OFFERED,
        started_at=now,
        offer_until=until,
        accepted_at=None if until else now,
    )
    _record(conversation, found, rule_set_id, now)
    if until is None:
        take_out(conversation, made, actor=SYSTEM, now=now)
        return made
    QueueEntry.objects.filter(pk=waiting.entry).update(stage=Stage.OFFERED)
    _announce_made(made, now)
    return made


def _record(conversation: Conversation, found: Match, rule_set_id: int | None, now: datetime) -> None:
    waiting = found.waiting
    steps.decide(
        conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.KEPT if found.kept else Decision.Reason.POLICY,
        operator_id=found.operator,
        queue_id=waiting.line,
        rule_set_id=rule_set_id,
        now=now,
        policy=found.policy,
        others=list(found.others),
        excluded={reason: list(ids) for reason, ids in found.excluded.items()},
        needs=[
            [need.skill, need.level_after((now - waiting.since).total_seconds())] for need in waiting.needs
        ],
        rank=waiting.rank,
        waited=round((now - waiting.since).total_seconds(), 1),
        due_in=round((waiting.due_at - now).total_seconds(), 1) if waiting.due_at else None,
    )


def _announce_made(made: Assignment, now: datetime) -> None:
    assert made.offer_until is not None
    event = OfferMade(
        conversation=made.conversation_id,
        operator=made.operator_id,
        assignment=made.pk,
        line=made.queue_id,
        until=made.offer_until,
    )
    announce(event, actor=SYSTEM, now=now)


@transaction.atomic
def accept(operator_id: int, conversation_id: int, *, now: datetime) -> Conversation:
    """The operator takes what is offered to him; raises NotOffered."""
    conversation = lifecycle.lock(conversation_id)
    offer = _offer(conversation, operator_id)
    capacity.lock_at_work(operator_id, actor=Actor.staff(operator_id))
    offer.accepted_at = now
    offer.save(update_fields=["accepted_at"])
    presence.answered_one(operator_id)
    take_out(conversation, offer, actor=Actor.staff(operator_id), now=now)
    return conversation


def take_out(conversation: Conversation, reserved: Assignment, *, actor: Actor, now: datetime) -> None:
    """End the stay in the line and make the operator, for whom it is reserved, its holder."""
    steps.end_entry(conversation, reason=LeavingReason.ASSIGNED, now=now)
    steps.hold(conversation, reserved.operator_id, actor=actor, now=now, line_id=reserved.queue_id)
    timeline.add_system_line(
        conversation,
        "joined",
        actor=actor,
        now=now,
        operator=reserved.operator_id,
        name=Operator.objects.values_list("public_name", flat=True).get(pk=reserved.operator_id),
    )


@transaction.atomic
def decline(operator_id: int, conversation_id: int, *, reason_id: int | None, now: datetime) -> Conversation:
    """He does not take it, and says why; it is offered to somebody else. Raises NotOffered, Invalid."""
    conversation = lifecycle.lock(conversation_id)
    offer = _offer(conversation, operator_id)
    offered = DeclineReason.objects.filter(is_active=True)
    if reason_id is None and offered.exists():
        raise Invalid(_("Choose why you do not take it."), code="reason_needed")
    if reason_id is not None and not offered.filter(pk=reason_id).exists():
        raise Invalid(_("There is no such reason."))
    offer.decline_reason_id = reason_id
    end(conversation, offer, AssignmentEnd.DECLINED, actor=Actor.staff(operator_id), now=now)
    presence.answered_one(operator_id)
    return conversation


def _offer(conversation: Conversation, operator_id: int) -> Assignment:
    found = open_offer(conversation)
    if found is None or found.operator_id != operator_id:
        raise NotOffered(_("This conversation is not offered to you any more."))
    return found


def open_offer(conversation: Conversation) -> Assignment | None:
    """The offer of a conversation that nobody has accepted yet."""
    return Assignment.objects.filter(
        conversation=conversation, ended_at__isnull=True, accepted_at__isnull=True
    ).first()


def end(conversation: Conversation, offer: Assignment, reason: str, *, actor: Actor, now: datetime) -> None:
    """The offer is over and the conversation waits again, where it stood. Its row is locked."""
    offer.ended_at, offer.end_reason = now, reason
    offer.save(update_fields=["ended_at", "end_reason", "decline_reason"])
    QueueEntry.objects.filter(conversation=conversation, stage=Stage.OFFERED).update(stage=Stage.WAITING)
    event = OfferEnded(
        conversation=conversation.pk,
        operator=offer.operator_id,
        assignment=offer.pk,
        line=offer.queue_id,
        reason=reason,
    )
    announce(event, actor=actor, now=now)


def withdraw(conversation: Conversation, *, actor: Actor, now: datetime) -> None:
    """Whatever is offered is not any more: somebody closed, moved or took the conversation. Its row is locked."""
    if offer := open_offer(conversation):
        end(conversation, offer, AssignmentEnd.WITHDRAWN, actor=actor, now=now)


def expire(*, now: datetime) -> int:
    """Offers that were not accepted in time end; returns how many."""
    due = Assignment.objects.filter(ended_at__isnull=True, accepted_at__isnull=True, offer_until__lte=now)
    return sum(
        _expire(pk, conversation, now) for pk, conversation in list(due.values_list("pk", "conversation"))
    )


@transaction.atomic
def _expire(assignment_id: int, conversation_id: int, now: datetime) -> bool:
    conversation = lifecycle.lock(conversation_id)
    offer = open_offer(conversation)
    if offer is None or offer.pk != assignment_id:
        return False
    end(conversation, offer, AssignmentEnd.TIMED_OUT, actor=SYSTEM, now=now)
    presence.missed_one(offer.operator_id, now=now)
    return True


@transaction.atomic
def withdraw_from(operator_id: int, conversation_id: int, *, now: datetime) -> bool:
    """He is not at work any more: what was offered to him waits for others."""
    conversation = lifecycle.lock(conversation_id)
    offer = open_offer(conversation)
    if offer is None or offer.operator_id != operator_id:
        return False
    end(conversation, offer, AssignmentEnd.WITHDRAWN, actor=SYSTEM, now=now)
    return True


def offered_to(operator_id: int) -> list[Assignment]:
    """What he is asked to take now."""
    open_ones = Assignment.objects.filter(
        operator=operator_id, ended_at__isnull=True, accepted_at__isnull=True
    )
    return list(open_ones.order_by("started_at"))
