"""What follows a warning and a breach: raise, send on, notify, tag. The caller holds the conversation's row lock."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apps.conversations.access import sight_of
from apps.conversations.events import ConversationTagged
from apps.conversations.models import Conversation, ConversationTag, State
from apps.conversations.services import timeline
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.models import User
from apps.routing.events import ClockBroken, ClockEvent, ClockWarned, PolicyRefused
from apps.routing.models import Clock, Notice, PolicyAction
from apps.routing.services import sending

Moment = PolicyAction.Moment
NOT_DONE: dict[str, str] = {PolicyAction.Act.MOVE: "not_sent_on", PolicyAction.Act.RAISE: "not_raised"}


def announce_broken(clock: Clock, *, now: datetime) -> None:
    announce(_told(ClockBroken, clock), actor=SYSTEM, now=now)


def after_warning(conversation: Conversation, clock: Clock, *, now: datetime) -> None:
    announce(_told(ClockWarned, clock), actor=SYSTEM, now=now)
    _carry_out(conversation, clock, Moment.WARNING, now)


def after_breach(conversation: Conversation, clock: Clock, *, now: datetime) -> None:
    """Only while nobody has answered: afterwards there is nothing to hurry.

    What was closed without an answer is told of and tagged, and stands nowhere that it could be raised.
    """
    _carry_out(conversation, clock, Moment.BREACH, now)


def _told(event: type[ClockEvent], clock: Clock) -> ClockEvent:
    return event(
        conversation=clock.conversation_id,
        clock=clock.pk,
        promised=clock.kind,
        policy=clock.policy_id,
        promise=clock.promise_id,
        line=clock.line_id,
        seconds=clock.seconds,
    )


def _carry_out(conversation: Conversation, clock: Clock, moment: str, now: datetime) -> None:
    """Tags and notices first: to whom it goes afterwards must not decide who is told."""
    if clock.policy_id is None:
        return
    actions = list(
        PolicyAction.objects.filter(policy=clock.policy_id, moment=moment)
        .select_related("queue")
        .order_by("pk")
    )
    _tag(conversation, [each.tag_id for each in actions if each.tag_id and each.act == "tag"], now)
    _notify(conversation, clock, moment, [each for each in actions if each.act == "notify"], now)
    if conversation.state == State.CLOSED:
        return
    for each in actions:
        if refusal := _hurry(conversation, clock, each, now):
            _tell_refused(conversation, clock, each, refusal, now)


def _hurry(conversation: Conversation, clock: Clock, action: PolicyAction, now: datetime) -> str:
    """Raise it or send it on; "" or the code why that is not possible."""
    if action.act == PolicyAction.Act.RAISE and action.rank is not None:
        return "" if sending.lift(conversation, action.rank, now=now) else "not_waiting"
    if action.act == PolicyAction.Act.MOVE and action.queue_id is not None:
        return sending.send_on(
            conversation, action.queue_id, now=now, because="clock", clock=clock.pk, policy=clock.policy_id
        )
    return ""


def _tell_refused(
    conversation: Conversation, clock: Clock, action: PolicyAction, refusal: str, now: datetime
) -> None:
    """What the policy wanted was not possible: a line in the thread that staff see, and an event."""
    line = {} if action.queue is None else {"line": action.queue_id, "names": action.queue.public_names()}
    timeline.add_system_line(
        conversation, NOT_DONE[action.act], actor=SYSTEM, now=now, staff_only=True, why=refusal, **line
    )
    event = PolicyRefused(
        conversation=conversation.pk,
        clock=clock.pk,
        policy=clock.policy_id,
        act=action.act,
        line=action.queue_id,
        refusal=refusal,
    )
    announce(event, actor=SYSTEM, now=now)


def _tag(conversation: Conversation, tags: list[int], now: datetime) -> None:
    present = set(conversation.tagging.values_list("tag_id", flat=True))
    added = sorted(set(tags) - present)
    if not added:
        return
    ConversationTag.objects.bulk_create(
        ConversationTag(conversation=conversation, tag_id=tag, at=now) for tag in added
    )
    conversation.rev += 1
    conversation.save(update_fields=["rev"])
    event = ConversationTagged(
        conversation=conversation.pk, rev=conversation.rev, added=tuple(added), removed=()
    )
    announce(event, actor=SYSTEM, now=now)


def _notify(
    conversation: Conversation, clock: Clock, moment: str, actions: list[PolicyAction], now: datetime
) -> None:
    """Who is named and may read the conversation; of others the notice would tell what is not theirs."""
    named = Q(pk__in=[each.operator_id for each in actions if each.operator_id])
    named |= Q(groups__in=[each.group_id for each in actions if each.group_id])
    if not actions:
        return
    seen = Conversation.objects.filter(pk=conversation.pk)
    told = [
        Notice(user=user, clock=clock, moment=moment, at=now)
        for user in User.objects.filter(named, is_active=True).distinct().order_by("pk")
        if seen.visible_to(sight_of(user)).exists()
    ]
    Notice.objects.bulk_create(told, ignore_conflicts=True)
