"""The small steps of which every verb of routing is made. The caller holds the conversation's row lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min

from apps.conversations.models import Conversation, Participant, Role, State
from apps.conversations.services import lifecycle
from apps.core.actors import SYSTEM, Actor
from apps.core.events import announce
from apps.operators.models import Queue
from apps.routing.events import BotLeft
from apps.routing.models import Assignment, BotEnd, BotStay, Clock, Decision, QueueEntry, Stage
from apps.routing.services import capacity, hours, promised, ranking

# Nothing followed its customer's category meanwhile.
STOOD_IN_NO_LINE = (State.ASSIGNED, State.BOT, State.SNOOZED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """One operator is asked before the others, until a moment."""

    operator_id: int
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the stay of a conversation begins with that has been placed."""

    waiting_since: datetime
    category: int | None
    rank: int
    needs: Sequence[Sequence[int]]


def end_entry(conversation: Conversation, *, reason: str, now: datetime) -> QueueEntry | None:
    """End the stay in the line, if there is one, and return it."""
    entry = QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).first()
    if entry is not None:
        entry.left_at, entry.left_reason, entry.stage = now, reason, Stage.LEFT
        entry.save(update_fields=["left_at", "left_reason", "stage"])
    return entry


def end_entries(entries: Sequence[int], *, reason: str, now: datetime) -> None:
    """End these stays at once."""
    QueueEntry.objects.filter(pk__in=entries).update(left_at=now, left_reason=reason, stage=Stage.LEFT)


def end_assignment(conversation: Conversation, *, reason: str, now: datetime) -> None:
    """Free the holder's capacity, or that of who was offered it; a holder becomes a former one, as a bot does."""
    if conversation.state == State.BOT:
        end_bot_stay(conversation, reason=reason, now=now)
    Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).update(
        ended_at=now, end_reason=reason
    )
    Participant.objects.filter(conversation=conversation, role=Role.HOLDER, until__isnull=True).update(
        until=now
    )


def end_bot_stay(conversation: Conversation, *, reason: str, now: datetime) -> None:
    """The bot has it no longer, and its application sees nothing more of it.

    If no person has answered yet, the customer waits for one from now on: what the bot said was no answer of ours.
    """
    stay = BotStay.objects.filter(conversation=conversation, ended_at__isnull=True).first()
    parts = Participant.objects.filter(conversation=conversation, role=Role.BOT, until__isnull=True)
    parts.update(until=now)
    if stay is not None:
        stay.ended_at, stay.end_reason = now, reason
        stay.save(update_fields=["ended_at", "end_reason"])
        left = BotLeft(
            conversation=conversation.pk, bot=stay.bot_id, line=conversation.line_id, reason=reason
        )
        announce(left, actor=SYSTEM, now=now)
    waits = reason != BotEnd.CLOSED and promised.owes_answer(conversation.pk)
    if waits and conversation.awaiting_since is None:
        conversation.awaiting_since = now
        conversation.save(update_fields=["awaiting_since"])


def stand_in_line(
    conversation: Conversation,
    queue: Queue,
    *,
    reason: str,
    why: str | None,
    actor: Actor,
    now: datetime,
    standing: Standing | None = None,
    keeping: Keeping | None = None,
    **seen: Any,
) -> QueueEntry:
    """Put the conversation into a line: waiting when it is open, outside its hours as the line says.

    Without ``standing`` it stands as in its stay before: the same age and raised rank. What comes back from a person,
    a bot or a snooze belongs where its customer does by now. ``keeping``: who is asked before the others.
    ``why`` and ``seen`` are written down as the decision of this placement; None where that of an assignment tells it.
    """
    if why is not None:
        decide(conversation, Decision.Kind.PLACEMENT, why, queue_id=queue.pk, now=now, **seen)
    state = hours.state_on_arrival(queue, reason=reason, now=now)
    entry = QueueEntry.objects.create(
        conversation=conversation,
        queue=queue,
        reason=reason,
        entered_at=now,
        stage=stage_in(state),
        kept_for_id=keeping.operator_id if keeping else None,
        kept_until=keeping.until if keeping else None,
        kept_reason=keeping.reason if keeping else "",
        **(_placed(standing) if standing else _as_before(conversation, now)),
    )
    if conversation.state in STOOD_IN_NO_LINE:
        ranking.follow_back(conversation, entry, now=now)
    lifecycle.move(conversation, to=state, line_id=queue.pk, actor=actor, now=now)
    return entry


def _placed(standing: Standing) -> dict[str, Any]:
    return {
        "waiting_since": standing.waiting_since,
        "category_id": standing.category,
        "rank": standing.rank,
        "needs": [list(each) for each in standing.needs],
    }


def _as_before(conversation: Conversation, now: datetime) -> dict[str, Any]:
    """Who waited without an answer goes on waiting, who was answered meanwhile begins anew: so does what is due."""
    before = QueueEntry.objects.filter(conversation=conversation).order_by("-pk").first()
    kept = ("category_id", "rank", "rank_reason", "needs") if before else ()
    running = Clock.objects.filter(conversation=conversation, ended_at__isnull=True)
    return {
        "waiting_since": min(conversation.awaiting_since or now, now),
        "due_at": running.aggregate(at=Min("due_at"))["at"],
        **{name: getattr(before, name) for name in kept},
    }


def stage_in(state: str) -> str:
    """How an open stay stands while its conversation is in ``state``."""
    return Stage.WAITING if state == State.QUEUED else Stage.OFFLINE


def claim(
    conversation: Conversation,
    operator_id: int,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    line_id: int | None = None,
    entry: QueueEntry | None = None,
) -> Assignment:
    """Reserve an operator's capacity and give him the conversation; raises NotAtWork, AtCapacity.

    It moves to ``line_id`` at the same time; None keeps its line. ``entry``: the stay out of which he takes it.
    """
    operator = capacity.lock_at_work(operator_id, actor=actor)
    kind = conversation.channel.kind
    units = capacity.units_of(kind)
    capacity.check_room(operator, kind=kind, units=units)
    claimed = Assignment.objects.create(
        conversation=conversation,
        operator_id=operator_id,
        queue_id=line_id or conversation.line_id,
        entry=entry,
        kind=kind,
        units=units,
        reason=reason,
        started_at=now,
        accepted_at=now,
    )
    hold(conversation, operator_id, actor=actor, now=now, line_id=line_id)
    return claimed


def hold(
    conversation: Conversation, operator_id: int, *, actor: Actor, now: datetime, line_id: int | None = None
) -> None:
    """Make the operator, for whom it is reserved already, its holder."""
    Participant.objects.create(conversation=conversation, user_id=operator_id, role=Role.HOLDER, since=now)
    lifecycle.move(
        conversation, to=State.ASSIGNED, line_id=line_id, holder_id=operator_id, actor=actor, now=now
    )


def hold_all(holders: Sequence[tuple[Conversation, int]], *, actor: Actor, now: datetime) -> None:
    """Make these operators, for whom these are reserved already, their holders, at once."""
    Participant.objects.bulk_create(
        [
            Participant(conversation=conversation, user_id=holder, role=Role.HOLDER, since=now)
            for conversation, holder in holders
        ]
    )
    lifecycle.give_all(holders, actor=actor, now=now)


def decide(conversation: Conversation, kind: str, reason: str, *, now: datetime, **values: Any) -> None:
    """Write down why it went so; ``values`` as for ``decision``."""
    decision(conversation, kind, reason, now=now, **values).save(force_insert=True)


def decision(
    conversation: Conversation,
    kind: str,
    reason: str,
    *,
    now: datetime,
    queue_id: int | None = None,
    operator_id: int | None = None,
    rule_set_id: int | None = None,
    **details: Any,
) -> Decision:
    """The record of why it went so, to be saved; how long the customer had waited stands in each."""
    if conversation.awaiting_since is not None:
        details.setdefault("waited", round((now - conversation.awaiting_since).total_seconds(), 1))
    return Decision(
        conversation=conversation,
        kind=kind,
        reason=reason,
        queue_id=queue_id,
        operator_id=operator_id,
        rule_set_id=rule_set_id,
        details=details,
        at=now,
    )
