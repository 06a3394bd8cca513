"""Offers: a reservation that asks. Made by the dispatcher or a colleague; accepted, declined, missed or withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import IN_PASSING, Conversation, Message, MessageKind
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM, Actor
from apps.core.each import each_alone
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import announce, announce_all
from apps.operators.models import DeclineReason
from apps.operators.selectors import serves
from apps.operators.services import presence
from apps.routing.events import OfferEnded, OfferMade
from apps.routing.matching.matching import Match
from apps.routing.matching.pool import UNIT
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    Decision,
    KeptReason,
    LeavingReason,
    QueueEntry,
    Stage,
)
from apps.routing.ruling.frozen import Terms
from apps.routing.services import capacity, handing, steps
from apps.routing.services.naming import name_of


class NotOffered(Conflict):
    """The offer has run out, or was withdrawn, or went to somebody else."""

    code = "not_offered"


@dataclass(frozen=True, slots=True)
class Offered:
    """A pair that matching made: the locked conversation, why this operator, how its line offers, and his name."""

    conversation: Conversation
    found: Match
    terms: Terms
    name: str


def make(pairs: Sequence[Offered], *, rule_set_id: int | None, took_ms: int, now: datetime) -> None:
    """Reserve the operators for the conversations; where the line does not ask, give them. Rows are locked.

    A handful of statements, however many there are. ``took_ms``: how long deciding took.
    """
    if not pairs:
        return
    made = Assignment.objects.bulk_create([_reservation(each, now) for each in pairs])
    Decision.objects.bulk_create([_record(each, rule_set_id, took_ms, now) for each in pairs])
    given, asked = [], []
    for pair, assignment in zip(pairs, made, strict=True):
        if assignment.offer_until is None:
            given.append((pair, assignment))
        else:
            asked.append(assignment)
    _ask(asked, now)
    _give(given, now)


def _reservation(pair: Offered, now: datetime) -> Assignment:
    waiting, seconds = pair.found.waiting, pair.terms.accept_seconds
    return Assignment(
        conversation=pair.conversation,
        operator_id=pair.found.operator,
        queue_id=waiting.line,
        entry_id=waiting.entry,
        kind=waiting.kind,
        units=Decimal(waiting.units) / UNIT,
        reason=AssignmentReason.OFFERED,
        started_at=now,
        offer_until=now + timedelta(seconds=seconds) if seconds else None,
        accepted_at=None if seconds else now,
    )


def _record(pair: Offered, rule_set_id: int | None, took_ms: int, now: datetime) -> Decision:
    """Who was looked at, who was not and why, and what made the difference."""
    found, waiting = pair.found, pair.found.waiting
    waited = (now - waiting.since).total_seconds()
    return steps.decision(
        pair.conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.KEPT if found.kept else Decision.Reason.POLICY,
        operator_id=found.operator,
        queue_id=waiting.line,
        rule_set_id=rule_set_id,
        now=now,
        policy=found.policy,
        tie_break=found.tie_break,
        load=capacity.shown(Decimal(found.load) / UNIT),
        capacity=capacity.shown(Decimal(found.capacity) / UNIT),
        others=list(found.others),
        excluded={reason: list(ids) for reason, ids in found.excluded.items()},
        needs=[[need.skill, need.level_after(waited)] for need in waiting.needs],
        rank=waiting.rank,
        waited=round(waited, 1),
        due_in=round((waiting.due_at - now).total_seconds(), 1) if waiting.due_at else None,
        freed=_freed(found, now),
        took=took_ms,
    )


def _freed(found: Match, now: datetime) -> float | None:
    """How many seconds ago the place became free for which it had waited; None when one was free as it came."""
    if found.free_since is None or found.free_since <= found.waiting.since:
        return None
    return round(max(0.0, (now - found.free_since).total_seconds()), 3)


def _ask(asked: Sequence[Assignment], now: datetime) -> None:
    """Their operators have a while to accept; the conversations stand in their lines meanwhile."""
    if not asked:
        return
    entries = [each.entry_id for each in asked if each.entry_id is not None]
    QueueEntry.objects.filter(pk__in=entries).update(stage=Stage.OFFERED)
    made = [
        OfferMade(
            conversation=each.conversation_id,
            operator=each.operator_id,
            assignment=each.pk,
            line=each.queue_id,
            until=each.offer_until,
        )
        for each in asked
        if each.offer_until is not None
    ]
    announce_all(made, actor=SYSTEM, now=now)


def _give(given: Sequence[tuple[Offered, Assignment]], now: datetime) -> None:
    """Their operators hold them from now on."""
    if not given:
        return
    holders = [(pair.conversation, assignment.operator_id) for pair, assignment in given]
    entries = [each.entry_id for _pair, each in given if each.entry_id is not None]
    steps.end_entries(entries, reason=LeavingReason.ASSIGNED, now=now)
    steps.hold_all(holders, actor=SYSTEM, now=now)
    joined = [
        (pair.conversation, {"operator": assignment.operator_id, "name": pair.name})
        for pair, assignment in given
    ]
    timeline.add_system_lines(joined, "joined", actor=SYSTEM, now=now)


@transaction.atomic
def accept(operator_id: int, conversation_id: int, *, now: datetime) -> Conversation:
    """The operator takes what is offered to him; raises NotOffered."""
    conversation = lifecycle.lock(conversation_id)
    offer = offered(conversation, operator_id)
    if not _is_still_his(offer):
        raise NotOffered(_("This conversation is not offered to you any more."))
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
        name=name_of(reserved.operator_id),
    )


@transaction.atomic
def decline(operator_id: int, conversation_id: int, *, reason_id: int | None, now: datetime) -> Conversation:
    """He does not take it, and says why; it is offered to somebody else. Raises NotFound, NotOffered, Invalid.

    Of what was never his to take he learns nothing, not even that it exists.
    """
    asked = Assignment.objects.filter(conversation=conversation_id, operator=operator_id)
    if not asked.filter(accepted_at__isnull=True).exists():
        raise NotFound(_("There is no such conversation."))
    conversation = lifecycle.lock(conversation_id)
    offer = offered(conversation, operator_id)
    reasons = DeclineReason.objects.filter(is_active=True)
    if reason_id is None and reasons.exists():
        raise Invalid(_("Choose why you do not take it."), code="reason_needed")
    if reason_id is not None and not reasons.filter(pk=reason_id).exists():
        raise Invalid(_("There is no such reason."))
    offer.decline_reason_id = reason_id
    end(conversation, offer, AssignmentEnd.DECLINED, actor=Actor.staff(operator_id), now=now)
    handing.come_back(conversation, offer, now=now)
    presence.answered_one(operator_id)
    return conversation


def offered(conversation: Conversation, operator_id: int) -> Assignment:
    """What is offered to him; raises NotOffered."""
    found = open_offer(conversation)
    if found is None or found.operator_id != operator_id:
        raise NotOffered(_("This conversation is not offered to you any more."))
    return found


def _is_still_his(offer: Assignment) -> bool:
    """Whether he may take it: handed to him, waiting for him by name, or offered by a line that he has not left.

    Having answered last names nobody who has left: he is asked as one of the line.
    """
    entry = offer.entry
    if offer.sender_id is not None:
        return True
    if entry and entry.kept_for_id == offer.operator_id and entry.kept_reason != KeptReason.LAST_OPERATOR:
        return True
    return serves(offer.operator_id, offer.queue_id)


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
    pairs = list(due.values_list("pk", "conversation"))
    return sum(each_alone("ending an offer", lambda pair: _expire(*pair, now=now), pairs))


@transaction.atomic
def _expire(assignment_id: int, conversation_id: int, *, now: datetime) -> bool:
    conversation = lifecycle.lock(conversation_id)
    offer = open_offer(conversation)
    if offer is None or offer.pk != assignment_id:
        return False
    # It comes back to its sender, and who missed it may be set away: both rows are needed.
    capacity.lock_in_order(offer.sender_id, offer.operator_id)
    end(conversation, offer, AssignmentEnd.TIMED_OUT, actor=SYSTEM, now=now)
    handing.come_back(conversation, offer, now=now)
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
    handing.come_back(conversation, offer, now=now)
    return True


def offered_to(operator_id: int) -> list[Assignment]:
    """What he is asked to take now."""
    open_ones = Assignment.objects.filter(
        operator=operator_id, ended_at__isnull=True, accepted_at__isnull=True
    )
    return list(open_ones.order_by("started_at"))


def comments_on(found: Sequence[Assignment]) -> dict[int, str]:
    """What those who hand these open offers over say with them: addressed to whom they ask, whatever else he may read.

    The words are written with the offer, in its transaction and of its moment.
    """
    by_hand = [each for each in found if each.sender_id is not None]
    if not by_hand:
        return {}
    theirs = [
        Q(conversation=each.conversation_id, author=each.sender_id, at=each.started_at) for each in by_hand
    ]
    said = Message.objects.filter(Q(kind=MessageKind.NOTE) | Q(code=IN_PASSING), deleted_at__isnull=True)
    rows = said.filter(reduce(or_, theirs)).values_list("conversation_id", "text")
    words = dict(rows)
    return {each.pk: words.get(each.conversation_id, "") for each in by_hand}
