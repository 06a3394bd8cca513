"""Outside lines: a partner's system answers by REST and webhooks what waits there; no operator is asked.

What comes to stand in such a line, however it came, is offered to its application: the event ``offer.made`` goes to
the partner's webhook, as far as its grants reach. Taken in time, the application holds it and answers as an operator
does; otherwise it goes back to the line, and to the person, it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Conversation, Right, State
from apps.conversations.services import lifecycle
from apps.conversations.services.outbound import visible_or_404
from apps.core.actors import SYSTEM, Actor
from apps.core.each import each_alone
from apps.core.errors import Forbidden, Invalid
from apps.core.events import announce
from apps.core.models import ApiToken
from apps.core.services.tokens import is_live
from apps.operators.models import Operator, Queue
from apps.routing.events import OfferMade
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    AssignmentReason,
    Decision,
    QueueEntry,
    Stage,
)
from apps.routing.ruling.frozen import Content, Terms
from apps.routing.services import handing, handling, offers, publishing, steps
from apps.routing.services.order import WITHIN_A_LINE

BATCH = 200
NO_UNITS = Decimal(0)  # how many it can answer is the partner's affair


def hand_over(*, now: datetime) -> int:
    """Offer what waits in outside lines to their applications; returns how many. Safe to run anywhere, any time."""
    content = publishing.current(now=now)
    lines = {line.id: line.terms for line in content.lines if line.terms.outside_id is not None}
    if not lines:
        return 0
    waiting = QueueEntry.objects.filter(queue__in=lines, stage=Stage.WAITING).order_by(*WITHIN_A_LINE)
    numbers = list(waiting.values_list("conversation", flat=True)[:BATCH])
    give = partial(_hand_over, lines=lines, content=content, now=now)
    return sum(each_alone("handing over", give, numbers))


@transaction.atomic
def _hand_over(conversation_id: int, *, lines: Mapping[int, Terms], content: Content, now: datetime) -> bool:
    conversation = lifecycle.lock(conversation_id)
    entry = QueueEntry.objects.filter(conversation=conversation, stage=Stage.WAITING).first()
    terms = lines.get(conversation.line_id)
    if conversation.state != State.QUEUED or entry is None or terms is None or terms.outside_id is None:
        return False
    sender, back_to = _origin(entry, content)
    if not may_serve(terms.outside_id, conversation.line_id, conversation.channel_id, now=now):
        handing.go_back(
            conversation, terms.outside_id, sender_id=sender, line_id=back_to, refused="unreachable", now=now
        )
        return False
    made = Assignment.objects.create(
        conversation=conversation,
        operator_id=terms.outside_id,
        queue_id=conversation.line_id,
        entry=entry,
        kind=conversation.channel.kind,
        units=NO_UNITS,
        reason=AssignmentReason.OFFERED,
        sender_id=sender,
        back_to_id=back_to,
        started_at=now,
        offer_until=now + timedelta(seconds=terms.accept_seconds),
    )
    entry.stage = Stage.OFFERED
    entry.save(update_fields=["stage"])
    _tell_offered(made, now)
    return True


def may_serve(user_id: int, line_id: int, channel_id: int, *, now: datetime) -> bool:
    """Whether the application has a living token and the right to answer there: others could not take anything."""
    token = ApiToken.objects.select_related("user").filter(user=user_id).first()
    if token is None or not is_live(token, now=now):
        return False
    return sight_of(token.user).covers(Right.ANSWER, line_id=line_id, channel_id=channel_id)


def _origin(entry: QueueEntry, content: Content) -> tuple[int | None, int]:
    """Who held it and sent it here, if a person did, and the last line of our own in which it stood."""
    held = Assignment.objects.filter(
        conversation=entry.conversation_id, ended_at=entry.entered_at, end_reason=AssignmentEnd.TRANSFERRED
    ).first()
    sender = held.operator_id if held and Operator.objects.filter(pk=held.operator_id).exists() else None
    earlier = QueueEntry.objects.filter(conversation=entry.conversation_id, pk__lt=entry.pk).order_by("-pk")
    lines = [*([held.queue_id] if held else []), *earlier.values_list("queue", flat=True)]
    own = next((line for line in lines if content.terms_of(line).outside_id is None), None)
    return sender, own or Queue.objects.values_list("pk", flat=True).get(is_default=True)


def _tell_offered(offer: Assignment, now: datetime) -> None:
    assert offer.offer_until is not None
    steps.decide(
        offer.conversation,
        Decision.Kind.ASSIGNMENT,
        Decision.Reason.TRANSFER,
        operator_id=offer.operator_id,
        queue_id=offer.queue_id,
        now=now,
        by=offer.sender_id,
    )
    event = OfferMade(
        conversation=offer.conversation_id,
        operator=offer.operator_id,
        assignment=offer.pk,
        line=offer.queue_id,
        until=offer.offer_until,
    )
    announce(event, actor=SYSTEM, now=now)


# --- what the partner does ------------------------------------------------------------------------------


@transaction.atomic
def accept(sight: Sight, conversation_id: int, *, actor: Actor, now: datetime) -> Conversation:
    """The application takes what is offered to it; raises NotFound, NotOffered. Safe to run twice."""
    visible_or_404(sight, conversation_id)
    conversation = lifecycle.lock(conversation_id)
    if conversation.holder_id == sight.user_id:
        return conversation
    offer = offers.offered(conversation, sight.user_id)
    offer.accepted_at = now
    offer.save(update_fields=["accepted_at"])
    offers.take_out(conversation, offer, actor=actor, now=now)
    return conversation


@transaction.atomic
def decline(sight: Sight, conversation_id: int, *, actor: Actor, now: datetime) -> Conversation:
    """The application does not take it; raises NotFound, NotOffered."""
    visible_or_404(sight, conversation_id)
    conversation = lifecycle.lock(conversation_id)
    offer = offers.offered(conversation, sight.user_id)
    offers.end(conversation, offer, AssignmentEnd.DECLINED, actor=actor, now=now)
    handing.come_back(conversation, offer, now=now)
    return conversation


@transaction.atomic
def give_back(
    sight: Sight,
    conversation_id: int,
    *,
    queue_id: int | None = None,
    comment: str = "",
    actor: Actor,
    now: datetime,
) -> Conversation:
    """The application returns what it holds to where it came from; raises NotFound, Forbidden, Invalid."""
    if queue_id is not None:
        raise Invalid(_("From an outside line it goes back to where it came from."))
    visible_or_404(sight, conversation_id)
    conversation = lifecycle.lock(conversation_id)
    held = Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).first()
    if held is None or conversation.holder_id != sight.user_id or held.back_to_id is None:
        raise Forbidden(_("You do not hold this conversation."), code="not_yours")
    handling.say(conversation, sight, comment, actor, now)
    steps.end_assignment(conversation, reason=AssignmentEnd.RETURNED, now=now)
    held.end_reason = AssignmentEnd.RETURNED
    handing.come_back(conversation, held, now=now)
    return conversation
