"""Escalation by rule: from the first line to the second, to one person, or up in the line. Once, with a record.

What is found by time, category or verification is looked for every two seconds. Words are found by following the
log, so that no message is passed by: what is kept is that a rule was met by a message, never which word it was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.conversations.access import sight_of
from apps.conversations.models import Conversation, Right, State, Verification
from apps.conversations.services import lifecycle, timeline
from apps.core import log
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.locks import only_one
from apps.core.log import Position
from apps.core.models import User
from apps.operators.models import Operator
from apps.routing.events import ConversationEscalated
from apps.routing.models import Escalation, EscalationRun, KeptReason
from apps.routing.services import sending
from apps.routing.services.steps import Keeping

logger = logging.getLogger(__name__)

BATCH = 200
EVENTS_AT_ONCE = 1000
CURSOR = "escalation.words"
When, Act, Outcome = Escalation.When, Escalation.Act, EscalationRun.Outcome
IN_HAND = (State.QUEUED, State.ASSIGNED)


def escalate(*, now: datetime) -> int:
    """Whatever a rule wants to go on now; returns how many conversations went."""
    gone = 0
    for rule in Escalation.objects.filter(is_active=True):
        numbers = list(_met(rule, now).order_by("pk").values_list("pk", flat=True)[:BATCH])
        gone += sum(_applied(rule, number, now) for number in numbers)
    return gone


def _applied(rule: Escalation, conversation_id: int, now: datetime) -> bool:
    """One conversation; a failure is logged and does not hold up the others."""
    try:
        return apply(rule, conversation_id, now=now)
    except Exception:
        logger.exception("rule %s could not escalate conversation %s", rule.pk, conversation_id)
        return False


def _met(rule: Escalation, now: datetime) -> QuerySet[Conversation]:
    """Conversations that the rule wants and on which it has had no effect."""
    runs = EscalationRun.objects.filter(rule=rule, conversation=OuterRef("pk"))
    found = Conversation.objects.filter(state__in=IN_HAND)
    if rule.queue_id is not None:
        found = found.filter(line=rule.queue_id)
    if rule.when == When.WORDS:
        return found.filter(Exists(runs.filter(outcome=Outcome.FOUND)))
    found = found.filter(~Exists(runs))
    if rule.when == When.UNANSWERED:
        return found.filter(awaiting_since__lte=now - timedelta(seconds=rule.seconds or 0))
    waiting = found.filter(state=State.QUEUED)
    if rule.when == When.CATEGORY:
        return waiting.filter(entries__left_at__isnull=True, entries__category=rule.category_id)
    return waiting.exclude(identity__verification__in=Verification.trusted())


@transaction.atomic
def apply(rule: Escalation, conversation_id: int, *, now: datetime) -> bool:
    """Let a rule have its effect, unless it had it or no longer fits. Safe to run twice."""
    conversation = lifecycle.lock(conversation_id)
    if not _met(rule, now).filter(pk=conversation_id).exists():
        return False
    run = EscalationRun.objects.filter(rule=rule, conversation=conversation).first()
    run = run or EscalationRun(rule=rule, conversation=conversation)
    run.refusal = _act(rule, conversation, now, run.message)
    run.outcome, run.at = (Outcome.REFUSED if run.refusal else Outcome.DONE), now
    run.save()
    if run.refusal:
        return False
    announce(ConversationEscalated(conversation=conversation.pk, rule=rule.pk), actor=SYSTEM, now=now)
    return True


def _act(rule: Escalation, conversation: Conversation, now: datetime, message: int | None) -> str:
    """Carry it out; "" or the code why that is not possible."""
    if rule.act == Act.RAISE and rule.rank is not None:
        return _raise(conversation, rule.rank, rule.when, now)
    keeping, line = None, rule.to_queue_id or conversation.line_id
    if rule.act == Act.OPERATOR and rule.to_operator_id is not None:
        if refusal := _cannot_go_to(rule.to_operator_id, conversation, line):
            return refusal
        until = now + timedelta(seconds=rule.wait_seconds)
        keeping = Keeping(operator_id=rule.to_operator_id, until=until, reason=KeptReason.ADDRESSED)
    return sending.send_on(
        conversation, line, now=now, because=rule.when, keeping=keeping, rule=rule.pk, message=message
    )


def _raise(conversation: Conversation, rank: int, because: str, now: datetime) -> str:
    if not sending.lift(conversation, rank, now=now):
        return "not_waiting"
    timeline.add_system_line(
        conversation, "raised", actor=SYSTEM, now=now, staff_only=True, because=because, rank=rank
    )
    return ""


def _cannot_go_to(operator_id: int, conversation: Conversation, line_id: int) -> str:
    """Nobody is sent what he holds already or may not answer."""
    if conversation.holder_id == operator_id:
        return "same_holder"
    return "" if _may_answer(operator_id, line_id, conversation.channel_id) else "no_right"


def _may_answer(operator_id: int, line_id: int, channel_id: int) -> bool:
    user = User.objects.filter(pk=operator_id, is_active=True, operator__is_active=True).first()
    member = Operator.objects.filter(pk=operator_id, memberships__queue=line_id).exists()
    return bool(
        user and member and sight_of(user).covers(Right.ANSWER, line_id=line_id, channel_id=channel_id)
    )


# --- words ----------------------------------------------------------------------------------------------

_WORDS = """
SELECT message.conversation_id, rule.id, message.seq
FROM conversations_message message
JOIN routing_escalation rule ON rule.is_active AND rule."when" = 'words' AND rule.since <= message.at
WHERE message.id = ANY(%s) AND message.author_kind = 'customer' AND EXISTS (
    SELECT FROM unnest(rule.words) word
    WHERE to_tsvector('russian', message.text) @@ phraseto_tsquery('russian', word))
ORDER BY rule."order", rule.id, message.id
"""


def listen(*, now: datetime) -> int:
    """Follow the log to its end and note whose words a rule knows; returns how many were noted.

    One worker at a time; one that dies leaves the stretch to the next, who notes nothing twice.
    """
    noted = 0
    with only_one(CURSOR) as is_mine:
        while is_mine:
            read, found = _read_on(now)
            noted += found
            is_mine = read == EVENTS_AT_ONCE
    return noted


@transaction.atomic
def _read_on(now: datetime) -> tuple[int, int]:
    cursor = log.lock_cursor(CURSOR)
    if cursor is None:
        return 0, 0
    position = Position(cursor.xid, cursor.event_id)
    if not Escalation.objects.filter(is_active=True, when=When.WORDS).exists():
        # Words are looked for from the moment there is a rule: what was said before is passed over.
        if (end := log.end_of_log()) > position:
            log.move_cursor(cursor, end)
        return 0, 0
    events = log.read_after(position, limit=EVENTS_AT_ONCE)
    said = [int(each.details["message"]) for each in events if each.kind == "message.received"]
    noted = hear(said, now=now)
    if events:
        log.move_cursor(cursor, Position.of(events[-1]))
    return len(events), noted


def hear(messages: Iterable[int], *, now: datetime) -> int:
    """Note which of these messages of customers hold a rule's words; once a conversation and rule."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [list(messages)])
        found = cursor.fetchall()
    first = {(number, rule): seq for number, rule, seq in reversed(found)}
    runs = [
        EscalationRun(conversation_id=number, rule_id=rule, message=seq, outcome=Outcome.FOUND, at=now)
        for (number, rule), seq in first.items()
    ]
    return len(EscalationRun.objects.bulk_create(runs, ignore_conflicts=True))
