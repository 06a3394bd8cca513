"""A customer who was answered and says nothing: his line's policy reminds him, there and by another channel, puts it
aside, and only then closes.

The clock runs from the operator's last answer. Steps are taken in their order, each once in a silence and never
sooner after the one before than the policy says, so that a night without workers ends in no burst. The customer's
word ends the silence; the next answer begins another. See docs/silence.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from apps.conversations.models import AuthorKind, Conversation, State
from apps.conversations.services import lifecycle, timeline
from apps.core.actors import SYSTEM
from apps.core.each import each_alone
from apps.core.events import announce
from apps.operators.calendar import Hours
from apps.routing.events import SilenceStepped
from apps.routing.models import SilencePolicy, SilenceStep, SilenceTaken
from apps.routing.services import handling, reaching

BATCH = 200  # conversations of one step in one run
Action = SilenceStep.Action
IN_WORK = (State.ASSIGNED, State.BOT)
ANSWERED = (AuthorKind.OPERATOR, AuthorKind.BOT)


class Clock:
    """How long somebody has been silent, as the policy counts."""

    def __init__(self, policy: SilencePolicy) -> None:
        calendar = policy.queue.calendar
        self._hours = Hours(calendar) if calendar and policy.counts_open_hours else None

    def runs(self, now: datetime) -> bool:
        """Whether steps are taken now: not while the line is closed, where only open hours count."""
        return self._hours is None or self._hours.is_open(now)

    def passed(self, since: datetime, now: datetime) -> timedelta:
        return now - since if self._hours is None else self._hours.open_time(since, now)


def follow_silences(*, now: datetime) -> int:
    """Take the steps that are due in every line with a policy; returns how many were taken."""
    active = SilencePolicy.objects.filter(is_active=True).select_related("queue__calendar")
    return sum(_of_policy(policy, now) for policy in active.prefetch_related("steps"))


def _of_policy(policy: SilencePolicy, now: datetime) -> int:
    clock = Clock(policy)
    if not clock.runs(now):
        return 0
    taken = 0
    for step, before in _in_order(policy):
        ids = list(_candidates(policy, step, before, now).values_list("pk", flat=True)[:BATCH])
        take = partial(_take, policy=policy, step=step, clock=clock, now=now)
        taken += sum(each_alone("a step against silence", take, ids))
    return taken


def _in_order(policy: SilencePolicy) -> Iterator[tuple[SilenceStep, SilenceStep | None]]:
    """Each step with the one before it."""
    steps = sorted(policy.steps.all(), key=lambda step: step.after_minutes)
    yield from zip(steps, [None, *steps], strict=False)


def _candidates(
    policy: SilencePolicy, step: SilenceStep, before: SilenceStep | None, now: datetime
) -> QuerySet[Conversation]:
    """Conversations that may have to take this step now: by the clock on the wall, which never runs slower."""
    found = silent().filter(line=policy.queue_id, last_at__lte=now - timedelta(minutes=step.after_minutes))
    found = found.annotate(reached=_latest("step__after_minutes"), stepped_at=_latest("at"))
    if before is None:
        return found.filter(reached__isnull=True).order_by("last_at", "pk")
    pause = timedelta(minutes=step.after_minutes - before.after_minutes)
    return found.filter(reached__lt=step.after_minutes, stepped_at__lte=now - pause).order_by(
        "stepped_at", "pk"
    )


def silent() -> QuerySet[Conversation]:
    """Answered by an operator or a bot, and nothing since: in work, or put aside by a policy in this very silence."""
    held = Q(state__in=IN_WORK) | (Q(state=State.SNOOZED, snoozed_until__isnull=True) & Exists(_put_aside()))
    return Conversation.objects.filter(held, awaiting_since__isnull=True, last_author__in=ANSWERED)


def ahead() -> QuerySet[SilenceStep]:
    """Steps that a policy in force has still to take in the silence of the conversation around it."""
    reached = SilenceTaken.objects.filter(
        conversation=OuterRef(OuterRef("pk")),
        since=OuterRef(OuterRef("last_at")),
        step__after_minutes__gte=OuterRef("after_minutes"),
    )
    steps = SilenceStep.objects.filter(policy__is_active=True, policy__queue=OuterRef("line"))
    return steps.exclude(Exists(reached))


def _in_this_silence() -> QuerySet[SilenceTaken]:
    return SilenceTaken.objects.filter(conversation=OuterRef("pk"), since=OuterRef("last_at"))


def _put_aside() -> QuerySet[SilenceTaken]:
    return _in_this_silence().filter(step__action=Action.SNOOZE)


def _latest(column: str) -> Subquery:
    return Subquery(
        _in_this_silence().order_by().values("conversation").annotate(last=Max(column)).values("last")
    )


@transaction.atomic
def _take(
    conversation_id: int, *, policy: SilencePolicy, step: SilenceStep, clock: Clock, now: datetime
) -> bool:
    """Everything is asked again under the lock: he may have written a moment ago, or another worker was quicker."""
    conversation = lifecycle.lock(conversation_id)
    if conversation.line_id != policy.queue_id or not silent().filter(pk=conversation.pk).exists():
        return False
    since = conversation.last_at
    if not _is_due(conversation, step, clock, now):
        return False
    SilenceTaken.objects.create(conversation=conversation, since=since, step=step, at=now)
    event = SilenceStepped(
        conversation=conversation.pk,
        step=step.pk,
        action=step.action,
        line=conversation.line_id,
        holder=conversation.holder_id,
        minutes=step.after_minutes,
    )
    announce(event, actor=SYSTEM, now=now)
    _act(conversation, step, now)
    return True


def _is_due(conversation: Conversation, step: SilenceStep, clock: Clock, now: datetime) -> bool:
    """By open hours where those count, from the answer and from the step before."""
    after = timedelta(minutes=step.after_minutes)
    last = (
        SilenceTaken.objects.filter(conversation=conversation, since=conversation.last_at)
        .order_by("-step__after_minutes")
        .values_list("step__after_minutes", "at")
        .first()
    )
    if clock.passed(conversation.last_at, now) < after:
        return False
    if last is None:
        return True
    reached, at = last
    return reached < step.after_minutes and clock.passed(at, now) >= after - timedelta(minutes=reached)


def _act(conversation: Conversation, step: SilenceStep, now: datetime) -> None:
    words = step.text(conversation.customer.language)
    if step.action == Action.REACH:
        reaching.reach(conversation, step, words, now=now)
    elif words:
        timeline.add_automatic_message(conversation, words, actor=SYSTEM, now=now)
    if step.action == Action.SNOOZE and conversation.state == State.ASSIGNED:
        handling.put_aside(conversation, now=now)
    elif step.action == Action.CLOSE:
        handling.close_for_silence(conversation, now=now)
