"""What follows a warning and a breach: raise, send on, notify, tag. The caller holds the conversation's row lock."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apps.conversations.access import sight_of
from apps.conversations.events import ConversationTagged
from apps.conversations.models import Conversation, ConversationTag
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.models import User
from apps.routing.events import ClockBroken, ClockEvent, ClockWarned
from apps.routing.models import Clock, Notice, PolicyAction
from apps.routing.services import sending

Moment = PolicyAction.Moment


def announce_broken(clock: Clock, *, now: datetime) -> None:
    announce(_told(ClockBroken, clock), actor=SYSTEM, now=now)


def after_warning(conversation: Conversation, clock: Clock, *, now: datetime) -> None:
    announce(_told(ClockWarned, clock), actor=SYSTEM, now=now)
    _carry_out(conversation, clock, Moment.WARNING, now)


def after_breach(conversation: Conversation, clock: Clock, *, now: datetime) -> None:
    """Only while nobody has answered: afterwards there is nothing to hurry."""
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
    actions = list(PolicyAction.objects.filter(policy=clock.policy_id, moment=moment).order_by("pk"))
    _tag(conversation, [each.tag_id for each in actions if each.tag_id and each.act == "tag"], now)
    _notify(conversation, clock, moment, [each for each in actions if each.act == "notify"], now)
    for each in actions:
        if each.act == PolicyAction.Act.RAISE and each.rank is not None:
            sending.lift(conversation, each.rank, now=now)
        elif each.act == PolicyAction.Act.MOVE and each.queue_id is not None:
            sending.send_on(
                conversation, each.queue_id, now=now, because="clock", clock=clock.pk, policy=clock.policy_id
            )


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
