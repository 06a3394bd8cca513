"""One repair for each kind of violation: through the services, under their locks, safe to press twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.conversations.models import Conversation, Participant, Role, State
from apps.conversations.services import lifecycle
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict
from apps.operators.models import Operator
from apps.routing.models import (
    Assignment,
    AssignmentEnd,
    BotEnd,
    BotStay,
    Breach,
    Decision,
    EntryReason,
    LeavingReason,
    QueueEntry,
    Violation,
)
from apps.routing.services import (
    capacity,
    dispatch,
    handling,
    offers,
    placement,
    silence,
    steps,
    to_bot,
    upkeep,
)
from apps.routing.watchdog import checks, patrol

Repair = Callable[[Violation, datetime], None]


def repair(violation_id: int, *, actor: Actor, now: datetime) -> bool:
    """Bring what was found into order; whether it holds now. What is over already is left alone."""
    row = Violation.objects.get(pk=violation_id)
    if row.state in patrol.HOLDING and _is_found(row, now):
        REPAIRS[Breach(row.code)](row, now)
    return _settle(violation_id, actor=actor, now=now)


@transaction.atomic
def _settle(violation_id: int, *, actor: Actor, now: datetime) -> bool:
    row = Violation.objects.select_for_update(no_key=True).get(pk=violation_id)
    if row.state not in patrol.HOLDING:
        return True
    if _is_found(row, now):
        return False
    patrol.end(row, Violation.State.REPAIRED, actor=actor, now=now)
    return True


def _is_found(row: Violation, now: datetime) -> bool:
    wanted = (row.code, row.conversation_id, None if row.conversation_id else row.operator_id)
    return any(finding.key == wanted for finding in checks.look(now=now, only=row.code))


# --- one for each ---------------------------------------------------------------------------------------


def _route(row: Violation, now: datetime) -> None:
    placement.route(_number(row), now=now)


@transaction.atomic
def _stand_in_line(row: Violation, now: datetime) -> None:
    """It waits in its line again, as it stood there last."""
    conversation = lifecycle.lock(_number(row))
    if conversation.state == State.ASSIGNED:
        _return(conversation, AssignmentEnd.REPAIRED, now)
        return
    if conversation.state not in (State.QUEUED, State.OFFLINE):
        return
    steps.end_assignment(conversation, reason=AssignmentEnd.REPAIRED, now=now)
    _stands_again(conversation, now)


@transaction.atomic
def _end_entry(row: Violation, now: datetime) -> None:
    conversation = lifecycle.lock(_number(row))
    if conversation.state not in (State.QUEUED, State.OFFLINE):
        steps.end_entry(conversation, reason=LeavingReason.REPAIRED, now=now)


@transaction.atomic
def _end_assignment(row: Violation, now: datetime) -> None:
    """A reservation for nothing ends; the place it took is free."""
    conversation = lifecycle.lock(_number(row))
    open_ones = Assignment.objects.filter(conversation=conversation, ended_at__isnull=True)
    open_ones.filter(operator=row.operator_id).update(ended_at=now, end_reason=AssignmentEnd.REPAIRED)


@transaction.atomic
def _make_participant(row: Violation, now: datetime) -> None:
    conversation = lifecycle.lock(_number(row))
    holding = Participant.objects.filter(conversation=conversation, role=Role.HOLDER, until__isnull=True)
    if conversation.holder_id is None or holding.filter(user=conversation.holder_id).exists():
        return
    holding.update(until=now)
    Participant.objects.create(
        conversation=conversation, user_id=conversation.holder_id, role=Role.HOLDER, since=now
    )


@transaction.atomic
def _put_back(row: Violation, now: datetime) -> None:
    """Its holder is gone: it waits in its line again, with a line in the thread that says so."""
    conversation = lifecycle.lock(_number(row))
    if conversation.state == State.ASSIGNED and conversation.holder_id == row.operator_id:
        _return(conversation, AssignmentEnd.HOLDER_GONE, now)


def _return(conversation: Conversation, end: AssignmentEnd, now: datetime) -> None:
    handling.put_back(conversation, end, actor=SYSTEM, now=now)


def _stands_again(conversation: Conversation, now: datetime) -> None:
    steps.stand_in_line(
        conversation,
        conversation.line,
        reason=EntryReason.REPAIRED,
        why=Decision.Reason.REPAIRED,
        actor=SYSTEM,
        now=now,
    )


def _end_offer(row: Violation, now: datetime) -> None:
    offers.expire(now=now)


def _unload(row: Violation, now: datetime) -> None:
    """What he was given last goes back to its line, until he holds no more than he may."""
    assert row.operator_id is not None
    reserving = Assignment.objects.filter(
        operator=row.operator_id, ended_at__isnull=True, freed_at__isnull=True
    )
    for number in list(reserving.order_by("-started_at", "-pk").values_list("conversation", flat=True)):
        if not _give_up_one(number, row.operator_id, now):
            return


@transaction.atomic
def _give_up_one(conversation_id: int, operator_id: int, now: datetime) -> bool:
    """Whether he held too much, and this one went back."""
    conversation = lifecycle.lock(conversation_id)
    offer = offers.open_offer(conversation)
    capacity.lock_in_order(operator_id, offer.sender_id if offer else None)
    if capacity.load_of(operator_id) <= Operator.objects.get(pk=operator_id).capacity:
        return False
    if conversation.holder_id == operator_id:
        _return(conversation, AssignmentEnd.REPAIRED, now)
    else:
        offers.withdraw_from(operator_id, conversation_id, now=now)
    return True


@transaction.atomic
def _agree_on_silence(row: Violation, now: datetime) -> None:
    """The place follows what the conversation says; where none is free, it waits for its holder in the line."""
    conversation = lifecycle.lock(_number(row))
    if conversation.state != State.ASSIGNED or conversation.holder_id is None:
        return
    if conversation.idle:
        capacity.free(conversation, now=now)
        return
    holder = Operator.objects.select_for_update(no_key=True).get(pk=conversation.holder_id)
    try:
        capacity.take_back(conversation, holder)
    except Conflict:
        _return(conversation, AssignmentEnd.HOLDER_FULL, now)


def _hear(row: Violation, now: datetime) -> None:
    silence.heard(_number(row), now=now)


@transaction.atomic
def _take_from_bot(row: Violation, now: datetime) -> None:
    """As the sweep does; what no bot's stay speaks of waits in its line."""
    if to_bot.take_back_one(_number(row), now=now):
        return
    conversation = lifecycle.lock(_number(row))
    stays = BotStay.objects.filter(conversation=conversation, ended_at__isnull=True)
    if conversation.state == State.BOT and not stays.exists():
        steps.end_bot_stay(conversation, reason=BotEnd.REPAIRED, now=now)
        _stands_again(conversation, now)


@transaction.atomic
def _end_bot_stay(row: Violation, now: datetime) -> None:
    conversation = lifecycle.lock(_number(row))
    if conversation.state != State.BOT:
        steps.end_bot_stay(conversation, reason=BotEnd.REPAIRED, now=now)


def _dispatch(row: Violation, now: datetime) -> None:
    dispatch.dispatch(now=now)


@transaction.atomic
def _ask_anew(row: Violation, now: datetime) -> None:
    """Another stay in the same line, as old as it was: refusals are forgotten with the stay."""
    conversation = lifecycle.lock(_number(row))
    if conversation.state == State.QUEUED and offers.open_offer(conversation) is None:
        steps.end_entry(conversation, reason=LeavingReason.REPAIRED, now=now)
        _stands_again(conversation, now)


def _open_line(row: Violation, now: datetime) -> None:
    if row.queue_id is not None:
        placement.open_line(row.queue_id, now=now)


def _start_clock(row: Violation, now: datetime) -> None:
    """Counted since his last words, by every promise that holds for it."""
    with transaction.atomic():
        lifecycle.await_answer(lifecycle.lock(_number(row)))
    upkeep.keep_all([_number(row)], now)


@transaction.atomic
def _restage(row: Violation, now: datetime) -> None:
    """The stay says again what its offer says, in the line in which the conversation stands."""
    conversation = lifecycle.lock(_number(row))
    stage = steps.stage_in(conversation.state)
    if conversation.state == State.QUEUED and offers.open_offer(conversation):
        stage = "offered"
    QueueEntry.objects.filter(conversation=conversation, left_at__isnull=True).update(
        stage=stage, queue=conversation.line_id
    )


def _number(row: Violation) -> int:
    assert row.conversation_id is not None
    return row.conversation_id


REPAIRS: dict[Breach, Repair] = {
    Breach.NEW_TOO_LONG: _route,
    Breach.QUEUED_WITHOUT_ENTRY: _stand_in_line,
    Breach.ENTRY_WITHOUT_WAIT: _end_entry,
    Breach.STAGE_DISAGREES: _restage,
    Breach.ASSIGNED_WITHOUT_ASSIGNMENT: _stand_in_line,
    Breach.ASSIGNMENT_WITHOUT_HOLD: _end_assignment,
    Breach.HOLDER_NOT_PARTICIPANT: _make_participant,
    Breach.HOLDER_GONE: _put_back,
    Breach.OFFER_OVERDUE: _end_offer,
    Breach.OVER_CAPACITY: _unload,
    Breach.IDLE_DISAGREES: _agree_on_silence,
    Breach.IDLE_BUT_WRITTEN: _hear,
    Breach.LEFT_WAITING: _dispatch,
    Breach.NOBODY_LEFT: _ask_anew,
    Breach.BOT_GONE: _take_from_bot,
    Breach.BOT_STAY_WITHOUT_BOT: _end_bot_stay,
    Breach.SNOOZE_OVERDUE: _route,
    Breach.OFFLINE_THOUGH_OPEN: _open_line,
    Breach.UNANSWERED_WITHOUT_CLOCK: _start_clock,
}
